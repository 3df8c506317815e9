"""200 units submit at the same time, twice over: nothing is lost, nothing doubled, nobody meets an error page."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from datetime import date

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.common.models import Event
from qingdan.web.tasks.models import ReportDraft, ReportVersion
from qingdan.web.tasks.services import lists, plans, reports
from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User
from tests.conftest import set_up

THREADS, UNITS_EACH, ROUNDS = 20, 10, 2
UNITS = THREADS * UNITS_EACH


@pytest.fixture
def shared_database(transactional_db, tmp_path):
    """A database that threads really compete for: SQLite in memory has one lock per table and no waiting, so the
    test goes to a file, as an installation does."""
    if connection.vendor != "sqlite":
        yield
        return
    memory = connections["default"]
    memory.ensure_connection()
    path = tmp_path / "many.sqlite3"
    copy = sqlite3.connect(path)
    memory.connection.backup(copy)
    copy.close()
    name = memory.settings_dict["NAME"]
    memory.settings_dict["NAME"] = str(path)
    file = connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        file.close()
        memory.settings_dict["NAME"] = name
        connections["default"] = memory


@pytest.fixture
def many(shared_database, person):
    """An issued list with one task for each of 200 units, and a draft of each to be signed."""
    officer, head = person(Role.SUPERVISOR), person(Role.SUPERVISION_HEAD)
    units, reporters, signers, tasks = [], [], [], []
    since = date(2000, 1, 1)
    with set_up():
        for number in range(UNITS):
            unit = Unit.objects.create(code=f"M-{number}", name=f"示例单位{number}", sort=number)
            people = []
            for role in (Role.REPORTER, Role.SIGNER):
                post = Post.objects.create(unit=unit, title=role.label)
                PostRole.objects.create(post=post, role=role, since=since)
                user = User.objects.create_user(f"{role}-{number}", None, name=role.label, must_change_password=False)
                Holding.objects.create(post=post, user=user, since=since)
                people.append(user)
            units.append(unit)
            reporters.append(people[0])
            signers.append(people[1])
    with clock.at(date(2017, 6, 30)):
        plan = plans.add_plan(officer, "示例行动计划", leads=units[:1])
        item = plans.add_item(officer, plan, "示例大项")
        for number, unit in enumerate(units):
            spec = plans.TaskSpec(work=f"任务{number}", leads=[unit], deadline="7月31日前", reference=date(2017, 7, 1))
            tasks.append(plans.add_task(officer, item, spec))
        lists.issue(head, lists.draft_edition(officer, date(2017, 7, 1)), approver="区委")
    with clock.at(date(2017, 7, 10)):
        period = reports.open_period(officer, date(2017, 7, 12))
    return period, units, reporters, signers, tasks


@pytest.mark.covers("P-36")
@pytest.mark.django_db(transaction=True)
def test_two_hundred_units_that_submit_at_once_lose_and_double_nothing(many, settings):
    period, units, reporters, signers, tasks = many
    settings.QD_CLOCK = ""
    answers: Counter[int] = Counter()
    faults: list[str] = []

    for turn in range(1, ROUNDS + 1):
        barrier = threading.Barrier(THREADS)

        def work(first: int, turn: int = turn, barrier: threading.Barrier = barrier) -> None:
            try:
                with clock.at(date(2017, 7, 12)):
                    barrier.wait(timeout=60)
                    for number in range(first, first + UNITS_EACH):
                        content = {"progress": f"单位{number}第{turn}轮进展", "forecast": "yes"}
                        draft = reports.save_draft(reporters[number], period, tasks[number], units[number], content)
                        client = Client(raise_request_exception=False)
                        client.force_login(signers[number])
                        url = f"{reverse('tasks:sign')}?week={period.pk}&unit={units[number].pk}"
                        box = {"task": f"{tasks[number].pk}-{draft.revision}"}
                        # Pressed twice, as impatient people do: the second finds nothing left to submit.
                        for _press in range(2):
                            answers[client.post(url, box).status_code] += 1
            except Exception as error:
                faults.append(f"{type(error).__name__}: {error}")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(first,)) for first in range(0, UNITS, UNITS_EACH)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=500)
        assert not any(thread.is_alive() for thread in threads)

    assert faults == []
    assert answers == {302: UNITS * ROUNDS * 2}
    found = ReportVersion.objects.order_by("unit__sort", "version").values_list("unit__sort", "version", "progress")
    assert list(found) == [
        (number, turn, f"单位{number}第{turn}轮进展") for number in range(UNITS) for turn in range(1, ROUNDS + 1)
    ]
    assert Event.objects.filter(verb="tasks.submit").count() == UNITS * ROUNDS
    assert not ReportDraft.objects.exclude(submitted_version=ROUNDS).exists()


@pytest.mark.covers("P-36")
@pytest.mark.django_db(transaction=True)
def test_two_signers_of_one_unit_at_the_same_moment_make_one_version(many, person):
    period, units, reporters, signers, tasks = many
    with set_up():
        second = User.objects.create_user("second", None, name="第二签发人", must_change_password=False)
        Holding.objects.create(post=signers[0].standing.posts[0], user=second, since=date(2000, 1, 1))
    with clock.at(date(2017, 7, 12)):
        reports.save_draft(
            reporters[0], period, tasks[0], units[0], {"progress": "主体完工，外墙施工", "forecast": "yes"}
        )
    barrier, made, faults = threading.Barrier(2), [], []

    def work(signer: User) -> None:
        try:
            with clock.at(date(2017, 7, 12)):
                barrier.wait(timeout=30)
                made.append(len(reports.submit(signer, period, units[0])))
        except Exception as error:
            faults.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(signer,)) for signer in (signers[0], second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (faults, sorted(made)) == ([], [0, 1])
    assert [version.version for version in ReportVersion.objects.all()] == [1]
