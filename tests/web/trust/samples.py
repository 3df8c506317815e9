"""Sample objects of the trusted record for the walk over every address."""

from __future__ import annotations

from typing import Any

from qingdan.evidence.signers import Signer
from qingdan.web.common import log
from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.trust.services import checkpoints, witnesses
from qingdan.web.trust.services.erasure import ask_erasure


def _checkpoint(world: Any) -> int:
    log.seal_now()
    made = checkpoints.make_checkpoint()
    assert made is not None
    return made.size


def _witness(world: Any) -> int:
    key = Signer("sample-witness", bytes(32), "cosignature").key
    return witnesses.add_witness(world.users["security_admin"], "示例见证单位", key.vkey, "示例").pk


def _erasure(world: Any) -> int:
    person = world.users["nobody"]
    # Any event about an account makes it known to the log.
    record(None, "units.add_person", person)
    return ask_erasure(world.users["security_admin"], "units.user", str(person.pk), "both", "示例").pk


def _submitted(world: Any) -> Event:
    """The event of the sample report that involves ``world.unit`` and that ``world.support`` sees too."""
    return Event.objects.filter(verb="tasks.submit", leaf__isnull=False).latest("id")


SAMPLES = {
    "erasure_id": _erasure,
    "size": _checkpoint,
    "witness_id": _witness,
    # What the sample month of work left in the log.
    "event_id": lambda world: _submitted(world).pk,
    "trust:check.index": lambda world: _submitted(world).leaf.index,
    "trust:check.leaf": lambda world: bytes(_submitted(world).leaf.hash).hex(),
    "object_type": lambda world: "tasks.task",
    "object_id": lambda world: world.shared["work"].shared.pk,
}
