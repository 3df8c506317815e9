"""Run within an installation of its own (`tests.serving`): half a year of honest work in small, through the services.

Units, names, accounts, posts, roles, a plan with tasks, an issued list, reports with a file, calendar and settings,
sign-ins, an erasure; three checkpoints, of which two witnesses confirm the first and the last. What the witnesses hold
lies in ``held/<size>.txt`` of the data folder, the database as it was at several moments in ``backups/<size>``: a file,
or on PostgreSQL a folder with the rows of each table. Prints JSON.
"""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from qingdan.evidence.notes import Note  # noqa: E402
from qingdan.evidence.signers import Signer  # noqa: E402
from qingdan.web.common import attachments, calendar, clock, log, values  # noqa: E402
from qingdan.web.tasks.services import lists, plans, reports  # noqa: E402
from qingdan.web.trust.jobs_erasure import settle  # noqa: E402
from qingdan.web.trust.services import checkpoints, witnesses  # noqa: E402
from qingdan.web.trust.services.erasure import ask_erasure, decide_erasure  # noqa: E402
from qingdan.web.units import services, signin  # noqa: E402
from qingdan.web.units.models import AccessChange, Role, Unit, User  # noqa: E402

PEOPLE = {
    "head": ("区目督办", Role.SUPERVISION_HEAD),
    "officer": ("区目督办", Role.SUPERVISOR),
    "reporter": ("区住建局", Role.REPORTER),
    "signer": ("区住建局", Role.SIGNER),
    "inspector": ("区纪委监察局", Role.DISCIPLINE),
    "leaving": ("区农林局", Role.REPORTER),
}
# So many events that the log has a complete inner node.
LEAVES = 256
BACKUP_EVERY = 20


def build() -> dict[str, int]:
    """Everything, in its order."""
    # What a password costs is no matter here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    admins = {account.user.username: account.user for account in services.bootstrap_admins()}
    system, security = admins["sysadmin"], admins["secadmin"]
    signers = [Signer(name, name.encode().ljust(32), "cosignature") for name in ("discipline", "finance")]
    for number, signer in enumerate(signers):
        witnesses.add_witness(security, f"见证单位{number}", signer.key.vkey, "见证协议")
    units, people = staff(system, security)
    sizes = [checkpoint(signers)]
    work(people, units)
    sizes.append(checkpoint([]))
    keep_backup()
    change_and_erase(system, security, people, units)
    while log.size() < LEAVES:
        if log.size() % BACKUP_EVERY == 0:
            keep_backup()
        services.add_name(system, units["区农林局"], f"农林别名{log.size()}")
    # Closed last: what it says of itself stays the newest of its rows.
    sizes.append(checkpoint(signers))
    return {"leaves": log.size(), "checkpoints": len(sizes)}


def staff(system: User, security: User) -> tuple[dict[str, Unit], dict[str, User]]:
    """Units, posts, people in them."""
    kinds = {"区目督办": Unit.Kind.OFFICE, "区纪委监察局": Unit.Kind.DISCIPLINE}
    units = {
        name: services.add_unit(system, name=name, kind=kinds.get(name, Unit.Kind.BUREAU))
        for name in ("区目督办", "区住建局", "区农林局", "区纪委监察局")
    }
    services.add_name(system, units["区住建局"], "区建设局")
    people = {}
    since = clock.today() - timedelta(60)
    for username, (unit, role) in PEOPLE.items():
        post = services.add_post(system, units[unit], title=f"{role.label}岗", duty="办理", integrity_duty="如实")
        user = services.add_person(
            system, username=username, name=f"{unit}{role.label}", email="a@example.invalid"
        ).user
        for kind, what in ((AccessChange.Kind.GRANT, {"role": role}), (AccessChange.Kind.APPOINT, {"user": user})):
            services.change_access(system, security, kind, post, reason="任职文件", effective_on=since, **what)
        signin.try_sign_in(RequestFactory().post("/signin/"), username, "wrong")
        people[username] = User.objects.get(pk=user.pk)
        keep_backup()
    return units, people


def work(people: dict[str, User], units: dict[str, Unit]) -> None:
    """A plan, an issued list, a week of reports, one with a file."""
    officer, bureau = people["officer"], units["区住建局"]
    with clock.at(date(2017, 6, 30)):
        plan = plans.add_plan(officer, "示例行动计划", leads=[bureau])
        item = plans.add_item(officer, plan, "示例大项")
        details = {"leads": [bureau], "responsible": [units["区农林局"]], "deadline": "7月31日前"}
        tasks = [
            plans.add_task(officer, item, plans.TaskSpec(work=text, reference=date(2017, 7, 1), **details))
            for text in ("建成人才公寓624套", "完成道路改造3公里", "编制招商方案")
        ]
        lists.issue(people["head"], lists.draft_edition(officer, date(2017, 7, 1)), approver="区委主要领导")
    period = reports.open_period(officer, clock.today())
    content = {"progress": "主体结构完工", "forecast": "yes"}
    for task in tasks:
        reports.save_draft(people["reporter"], period, task, bureau, content)
        reports.save_draft(people["reporter"], period, task, bureau, {**content, "progress": f"{task.work}，已完成"})
    for number in range(3):
        reports.attach_evidence(people["reporter"], period, tasks[number], bureau, [upload(people["reporter"], number)])
    reports.submit(people["signer"], period, bureau)


def upload(person: User, number: int) -> attachments.Attachment:
    file = io.BytesIO(f"现场记录第{number}份".encode() * 20)
    file.name = f"现场记录{number}.txt"
    return attachments.store(person, file)


def change_and_erase(system: User, security: User, people: dict[str, User], units: dict[str, Unit]) -> None:
    """Calendar, settings, a unit closed; somebody leaves and is erased, with a file."""
    calendar.set_day(system, date(2017, 8, 5), "makeup", remark="补班", reason="通知")
    calendar.set_day(system, date(2017, 8, 7), "holiday", reason="通知")
    calendar.remove_day(system, date(2017, 8, 5), reason="更正")
    values.set_value(people["head"], "yellow_days", 9, "试行")
    services.close_unit(system, services.add_unit(system, name="区临时指挥部"), on=clock.today())
    gone = people["leaving"]
    file = upload(gone, 9)
    post = gone.holdings.get().post
    services.change_access(
        system, security, AccessChange.Kind.DISMISS, post, user=gone, reason="离职",
        effective_on=clock.today() - timedelta(1),
    )  # fmt: skip
    asked = [
        ask_erasure(security, "common.attachment", str(file.pk), "what", "本人书面申请"),
        ask_erasure(security, "units.user", str(gone.pk), "both", "本人书面申请"),
    ]
    for request in asked:
        decide_erasure(people["inspector"], request, True)
        settle.call(request.pk)


def checkpoint(signers: list[Signer]) -> int:
    """Sign the log as it stands; the witnesses confirm and keep what they saw."""
    made = checkpoints.make_checkpoint()
    assert made is not None
    seconds = int(made.made_at.timestamp()) - 60
    for signer in signers:
        witnesses.add_cosignature(made.size, signer.cosign(Note.parse(made.note).body, seconds))
    held = Path(settings.DATA_DIR, "held", f"{made.size}.txt")
    held.parent.mkdir(exist_ok=True)
    held.write_text(checkpoints.text_of(made), "utf-8")
    return made.size


def keep_backup() -> None:
    """The database as it is now."""
    place = Path(settings.DATA_DIR, "backups", str(log.size()))
    place.parent.mkdir(exist_ok=True)
    if connection.vendor == "sqlite":
        with sqlite3.connect(place) as copy:
            connection.connection.backup(copy)
        return
    place.mkdir()
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as lines, (place / table).open("wb") as file:
                file.writelines(bytes(line) for line in lines)


if __name__ == "__main__":
    print(json.dumps(build()))
