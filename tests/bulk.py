"""A large made-up district straight into the database, for the load test and the benchmarks.

``python bulk.py district --units 200 --tasks 3``: units with a reporter and a signer each, an issued July list,
an open week; prints the ids and a session of every signer. ``drafts`` writes what waits to be signed, ``history N``
report versions and drafts of the N weeks before this one, ``counts`` what was submitted. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count, F  # noqa: E402

from qingdan.web.common import clock  # noqa: E402
from qingdan.web.common.events import record  # noqa: E402
from qingdan.web.common.models import Event  # noqa: E402
from qingdan.web.tasks.models import (  # noqa: E402
    Assignment,
    DeadlineChange,
    Item,
    ListEdition,
    ListLine,
    Plan,
    ReportDraft,
    ReportPeriod,
    ReportVersion,
    Task,
)
from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User, UserSession  # noqa: E402
from qingdan.web.units.signin import SEEN  # noqa: E402

MONDAY = date(2017, 7, 10)
SINCE = date(2016, 1, 1)
PER_ITEM = 5


def session(user: User) -> str:
    """A signed-in session of ``user``, made without the costly check of a password; its key."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store[SEEN] = int(time.time())
    store.create()
    now = clock.now()
    UserSession.objects.create(user=user, session_key=store.session_key, started_at=now, seen_at=now)
    return str(store.session_key)


def _staff(role: Role, units: list[Unit]) -> list[User]:
    """One post with one person in ``role`` for each unit."""
    unusable = make_password(None)
    users = User.objects.bulk_create(
        User(username=f"{unit.code}-{role}"[:60], name=f"{unit.name}{role.label}", password=unusable,
             must_change_password=False, password_changed_at=clock.now())
        for unit in units
    )  # fmt: skip
    posts = Post.objects.bulk_create(Post(unit=unit, title=f"{role.label}岗") for unit in units)
    PostRole.objects.bulk_create(PostRole(post=post, role=role, since=SINCE) for post in posts)
    Holding.objects.bulk_create(
        Holding(post=post, user=user, since=SINCE) for post, user in zip(posts, users, strict=True)
    )
    return users


def told() -> None:
    """The event of the rows that were put there past the services."""
    record(None, "tests.bulk", Unit(pk=0, name="tests"))


@transaction.atomic
def district(units: int, tasks: int) -> dict[str, Any]:
    """``units`` units with ``tasks`` tasks each; all units but the office's have a reporter and a signer."""
    office = Unit.objects.create(code="OFFICE", name="区目督办（测试）", kind=Unit.Kind.OFFICE)
    [officer] = _staff(Role.SUPERVISOR, [office])
    [leader] = _staff(Role.LEADER, [office])
    made = Unit.objects.bulk_create(Unit(code=f"B{n:04}", name=f"第{n:04}测试局", sort=n) for n in range(1, units + 1))
    _staff(Role.REPORTER, made)
    signers = _staff(Role.SIGNER, made)
    plans = Plan.objects.bulk_create(
        Plan(code=f"P{n:02}", name=f"第{n:02}行动计划（测试）", sort=n) for n in range(1, 11)
    )
    total = units * tasks
    items = Item.objects.bulk_create(
        Item(
            plan=plans[n * 10 * PER_ITEM // max(total, 10 * PER_ITEM) % 10], code=f"I{n:05}", name=f"大项{n:05}", sort=n
        )
        for n in range(-(-total // PER_ITEM))
    )
    works = Task.objects.bulk_create(
        (
            Task(
                code=f"T{n:06}", item=items[n // PER_ITEM], work=f"建成某项目{n:06}共{n % 90 + 10}套并交付使用", sort=n
            )
            for n in range(total)
        ),
        batch_size=2000,
    )
    lead = [made[n % units] for n in range(total)]
    Assignment.objects.bulk_create(
        (Assignment(task=task, unit=unit, part="lead") for task, unit in zip(works, lead, strict=True)), batch_size=2000
    )
    at = clock.local(date(2016, 6, 30))
    due = [date(2017, 7, 5) + timedelta(days=n % 60) for n in range(total)]
    DeadlineChange.objects.bulk_create(
        (
            DeadlineChange(task=task, written=f"{day.month}月{day.day}日", kind="date", due_on=day, at=at, by=officer)
            for task, day in zip(works, due, strict=True)
        ),
        batch_size=2000,
    )
    edition = ListEdition.objects.create(month=date(2017, 7, 1), title="测试清单", created_at=at)
    ListLine.objects.bulk_create(
        (
            ListLine(
                edition=edition, task=task, change="new", plan_id=task.item.plan_id, item_id=task.item_id,
                lead_unit=unit, plan_name=plans[0].name, item_name=task.item.name, work=task.work, leads=unit.name,
                deadline=f"{day.month}月{day.day}日", due_on=day, position=n,
            )
            for n, (task, unit, day) in enumerate(zip(works, lead, due, strict=True), 1)
        ),
        batch_size=1000,
    )  # fmt: skip
    edition.issued_at, edition.issued_by = clock.local(date(2017, 6, 30)), officer
    edition.save()
    period = ReportPeriod.objects.create(
        monday=MONDAY, opens_on=MONDAY + timedelta(days=2), due_on=MONDAY + timedelta(days=4)
    )
    told()
    _analyze()
    return {
        "edition": edition.pk, "period": period.pk, "task": works[0].pk, "unit": made[0].pk,
        "officer": session(officer), "leader": session(leader),
        "signers": [{"unit": unit.pk, "session": session(user)} for unit, user in zip(made, signers, strict=True)],
    }  # fmt: skip


@transaction.atomic
def drafts(text: str) -> dict[str, Any]:
    """A complete draft of every task for this week, or a changed one: ``{unit: [task-revision]}``."""
    period = ReportPeriod.objects.get(monday=MONDAY)
    reporters = dict(Holding.objects.filter(post__roles__role=Role.REPORTER).values_list("post__unit", "user"))
    changed = ReportDraft.objects.filter(period=period).update(
        revision=F("revision") + 1, submitted_version=None, progress=text, updated_at=clock.now()
    )
    if not changed:
        ReportDraft.objects.bulk_create(
            ReportDraft(
                period=period, task_id=task, unit_id=unit, progress=text, forecast="yes", revision=1,
                updated_by_id=reporters[unit], updated_at=clock.now(),
            )
            for task, unit in ListLine.objects.values_list("task_id", "lead_unit_id")
        )  # fmt: skip
    told()
    found: dict[int, list[str]] = {}
    for unit, task, revision in ReportDraft.objects.filter(period=period).values_list("unit_id", "task_id", "revision"):
        found.setdefault(unit, []).append(f"{task}-{revision}")
    return {"drafts": found}


@transaction.atomic
def history(weeks: int) -> dict[str, Any]:
    """An accepted report of every task in each of the ``weeks`` weeks before this one, and the drafts behind them.

    Weeks that have reports already are left as they are. One INSERT per week: the rows never pass through Python.
    """
    signer, writer = (User.objects.filter(username__endswith=role).first() for role in (Role.SIGNER, Role.REPORTER))
    assert signer is not None and writer is not None
    for back in range(1, weeks + 1):
        monday = MONDAY - timedelta(weeks=back)
        period, new = ReportPeriod.objects.get_or_create(
            monday=monday, defaults={"opens_on": monday + timedelta(days=2), "due_on": monday + timedelta(days=4)}
        )
        if not new:
            continue
        at = clock.local(monday + timedelta(days=3))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tasks_reportversion (period_id, week, task_id, unit_id, version, written_by_id,"
                " signed_by_id, submitted_at, late, on_behalf, progress, percent, claims_done, forecast, reason,"
                " advice, problem, no_change) SELECT %s, %s, l.task_id, l.lead_unit_id, 1, %s, %s, %s, %s, %s, %s,"
                " l.task_id %% 100, %s,"
                " CASE WHEN l.task_id %% 20 = 0 THEN 'no' ELSE 'yes' END,"
                " CASE WHEN l.task_id %% 20 = 0 THEN '资金未到位' ELSE '' END,"
                " CASE WHEN l.task_id %% 20 = 0 THEN '协调落实资金' ELSE '' END, '无', %s FROM tasks_listline l",
                [period.pk, monday, writer.pk, signer.pk, at, False, False, f"{monday}当周：主体施工。", False, False],
            )  # fmt: skip
            cursor.execute(
                "INSERT INTO tasks_reportdraft (period_id, task_id, unit_id, revision, submitted_version,"
                " updated_by_id, updated_at, progress, percent, claims_done, forecast, reason, advice, problem,"
                " no_change) SELECT period_id, task_id, unit_id, 1, 1, written_by_id, submitted_at, progress, percent,"
                " claims_done, forecast, reason, advice, problem, no_change FROM tasks_reportversion"
                " WHERE period_id = %s",
                [period.pk],
            )
    told()
    return {"versions": ReportVersion.objects.count()}


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def counts() -> dict[str, Any]:
    """What was submitted this week: versions, the most per task, the words kept, and what the events say."""
    versions = ReportVersion.objects.filter(period__monday=MONDAY)
    by_task = dict(versions.values_list("task_id").annotate(n=Count("pk")).order_by())
    events = [event.facts for event in Event.objects.filter(verb="tasks.submit")]
    return {
        "versions": versions.count(),
        "per_task": sorted(set(by_task.values())),
        "tasks": len(by_task),
        "numbers": sorted(set(versions.values_list("version", flat=True))),
        "texts": sorted(set(versions.values_list("progress", flat=True))),
        "events": len(events),
        "told": sum(len(event["reports"]) for event in events),
        "waiting": ReportDraft.objects.filter(period__monday=MONDAY, submitted_version=None).count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    sub = verbs.add_parser("district")
    sub.add_argument("--units", type=int, required=True)
    sub.add_argument("--tasks", type=int, required=True)
    verbs.add_parser("drafts").add_argument("text")
    verbs.add_parser("history").add_argument("weeks", type=int)
    verbs.add_parser("counts")
    given = vars(parser.parse_args())
    work = {"district": district, "drafts": drafts, "history": history, "counts": counts}[given.pop("verb")]
    made = work(**given)  # type: ignore[operator]
    _analyze()
    print(json.dumps(made))


if __name__ == "__main__":
    main()
