"""Sample objects of organisation, people and access for the walk over every address."""

from __future__ import annotations

from typing import Any

from qingdan.web.common import clock
from qingdan.web.units import services
from qingdan.web.units.models import AccessChange, UnitName, UserSession


def _change(world: Any) -> int:
    post = world.users["reporter"].holdings.get().post
    return services.request_access_change(
        world.users["system_admin"],
        AccessChange.Kind.APPOINT,
        post,
        user=world.users["nobody"],
        effective_on=clock.today(),
        reason="示例",
    ).pk


def _session(world: Any) -> int:
    now = clock.now()
    return UserSession.objects.create(
        user=world.users["reporter"], session_key="sample-session", started_at=now, seen_at=now
    ).pk


SAMPLES = {
    "unit_id": lambda world: world.unit.pk,
    "name_id": lambda world: UnitName.objects.create(unit=world.unit, name="示例局别名").pk,
    "post_id": lambda world: world.users["reporter"].holdings.get().post_id,
    "person_id": lambda world: world.users["reporter"].pk,
    "session_id": _session,
    "change_id": _change,
    "units:audit_of.kind": lambda world: "events",
    "units:audit_csv.kind": lambda world: "access",
}
