"""Run within an installation of its own (`tests.serving`): a person and a file come and go, then both are erased.

``python erasure_installation.py fill`` makes them, ``erase`` erases them and lets the job run. Each prints JSON.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from erasing import CONTENT, EMAIL, FILE_NAME, GROUND, NAME, USERNAME, change  # noqa: E402

from qingdan.web.common import attachments, clock, inbox, log  # noqa: E402
from qingdan.web.common.models import Attachment, Leaf  # noqa: E402
from qingdan.web.trust.jobs_erasure import settle  # noqa: E402
from qingdan.web.trust.services.erasure import ask_erasure, decide_erasure  # noqa: E402
from qingdan.web.units import services, signin  # noqa: E402
from qingdan.web.units.models import AccessChange, Role, Unit, User  # noqa: E402

Kind = AccessChange.Kind


def fill() -> None:
    accounts = {account.user.username: account.user for account in services.bootstrap_admins()}
    system, security = accounts["sysadmin"], accounts["secadmin"]
    office = services.add_unit(system, name="区纪委监察局", kind=Unit.Kind.DISCIPLINE)
    bureau = services.add_unit(system, name="区住建局")
    posts = [
        services.add_post(system, unit, title="岗位", duty="办理", integrity_duty="如实") for unit in (office, bureau)
    ]
    person = services.add_person(system, username=USERNAME, name=NAME, email=EMAIL).user
    inspector = services.add_person(system, username="inspector", name="监察员").user
    today = clock.today()
    for post, role, who in ((posts[0], Role.DISCIPLINE, inspector), (posts[1], Role.REPORTER, person)):
        change(system, security, Kind.GRANT, post, role=role, effective_on=today - timedelta(60))
        change(system, security, Kind.APPOINT, post, user=who, effective_on=today - timedelta(60))
    signin.try_sign_in(RequestFactory().post("/signin/"), USERNAME, "wrong")
    file = io.BytesIO(CONTENT)
    file.name = FILE_NAME
    stored = attachments.store(User.objects.get(pk=person.pk), file)
    with transaction.atomic():
        inbox.notify([inspector], key="told", title=f"{NAME}提交了材料", body=f"{NAME}（{USERNAME}）")
        inbox.notify([person], key="told", title=f"{NAME}，您好")
    services.edit_person(system, person, name=NAME, email="")
    change(system, security, Kind.DISMISS, posts[1], user=person, effective_on=today - timedelta(1))
    # So much that the pages of the tables above split and move.
    for number in range(300):
        services.add_name(system, bureau, f"别名{number}")
    # What PostgreSQL does by itself sooner or later: samples of the values in a catalogue of its own.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"sha256": stored.sha256}))


def erase() -> None:
    security, inspector = (User.objects.get(username=name) for name in ("secadmin", "inspector"))
    before, size = leaves(), log.size()
    root = log.root(size)
    file, person = Attachment.objects.get(), User.objects.get(username=USERNAME)
    asked = [
        ask_erasure(security, "common.attachment", str(file.pk), "what", GROUND),
        ask_erasure(security, "units.user", str(person.pk), "both", GROUND),
    ]
    decisions = [decide_erasure(inspector, request, True) for request in asked]
    for request in asked:
        settle.call(request.pk)
    held = leaves()[:size] == before and log.root(size) == root
    print(json.dumps({"held": held, "events": [decision.events for decision in decisions]}))


def leaves() -> list[str]:
    return [bytes(value).hex() for value in Leaf.objects.order_by("index").values_list("hash", flat=True)]


if __name__ == "__main__":
    {"fill": fill, "erase": erase}[sys.argv[1]]()
