"""Jobs by the clock: every slot once, whoever runs, on whichever database."""

import os
import subprocess
import sys
import threading
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.common import clock, scheduler
from qingdan.web.common.models import ScheduleSlot
from qingdan.web.common.scheduler import daily, every, run_due, scheduled, weekly

WEDNESDAY = clock.local(date(2017, 7, 12), time(9, 7))


@pytest.fixture
def jobs(monkeypatch):
    """An empty registry, and the runs that its jobs made."""
    monkeypatch.setattr(scheduler, "_registry", {})
    return []


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        (every(10), "2017-07-12T09:00"),
        (every(60), "2017-07-12T09:00"),
        (daily("09:00"), "2017-07-12T09:00"),
        (daily("09:07"), "2017-07-12T09:07"),
        (daily("09:08"), "2017-07-11T09:08"),
        (weekly(4, "17:30"), "2017-07-07T17:30"),
        (weekly(2, "09:00"), "2017-07-12T09:00"),
        (weekly(2, "10:00"), "2017-07-05T10:00"),
    ],
)
def test_the_latest_slot_is_the_last_due_moment(rule, due):
    assert rule.latest(WEDNESDAY).isoformat() == f"{due}:00+08:00"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.one_of(
        st.integers(1, 1440).map(every),
        st.times().map(lambda t: daily(f"{t:%H:%M}")),
        st.tuples(st.integers(0, 6), st.times()).map(lambda p: weekly(p[0], f"{p[1]:%H:%M}")),
    ),
)
def test_the_latest_slot_is_never_ahead_and_never_a_period_late(naive, rule):
    now = timezone.make_aware(naive)
    latest = rule.latest(now)
    period = timedelta(minutes=rule.minutes) if rule.minutes else timedelta(days=1 if rule.weekday is None else 7)
    assert latest <= now < latest + period
    assert rule.latest(latest) == latest


@pytest.mark.parametrize("wrong", [lambda: every(0), lambda: weekly(7, "09:00"), lambda: daily("25:00")])
def test_a_wrong_rule_is_refused(wrong):
    with pytest.raises(ValueError, match=r"minutes|weekday|hour"):
        wrong()


@pytest.mark.django_db
def test_a_slot_runs_once_and_keeps_what_the_job_said(jobs):
    scheduled("tests.daily", daily("09:00"))(lambda slot: jobs.append(slot) or "提醒 3 人")
    with clock.at(WEDNESDAY):
        run_due()
        run_due()
    assert jobs == [clock.local(date(2017, 7, 12), time(9))]
    slot = ScheduleSlot.objects.get()
    assert (slot.ok, slot.result, slot.slot) == (True, "提醒 3 人", "2017-07-12T09:00+08:00")


@pytest.mark.django_db
def test_after_a_stop_only_the_latest_missed_slot_is_caught_up(jobs):
    scheduled("tests.daily", daily("09:00"))(jobs.append)
    with clock.at(WEDNESDAY):
        run_due()
    with clock.at(WEDNESDAY + timedelta(days=5)):
        run_due()
    assert [slot.date() for slot in jobs] == [date(2017, 7, 12), date(2017, 7, 17)]


@pytest.mark.django_db
def test_a_failed_slot_is_tried_again_later_three_times(jobs):
    @scheduled("tests.daily", daily("09:00"))
    def job(slot):
        jobs.append(slot)
        raise RuntimeError("数据源不可用")

    for minutes in (0, 1, 5, 6, 20, 80, 200):
        with clock.at(WEDNESDAY + timedelta(minutes=minutes)):
            run_due()
    assert len(jobs) == 4
    slot = ScheduleSlot.objects.get()
    assert slot.ok is False and slot.result == "RuntimeError: 数据源不可用" and slot.attempts == 4


@pytest.mark.django_db
def test_one_failing_job_does_not_stop_the_others(jobs):
    scheduled("tests.a", daily("09:00"))(lambda slot: 1 / 0)
    scheduled("tests.b", daily("09:00"))(jobs.append)
    with clock.at(WEDNESDAY):
        run_due()
    assert len(jobs) == 1


@pytest.mark.django_db
def test_a_slot_of_a_dead_worker_is_taken_over_after_an_hour(jobs):
    scheduled("tests.daily", daily("09:00"))(jobs.append)
    with clock.at(WEDNESDAY):
        scheduler.take("tests.daily", daily("09:00").latest(WEDNESDAY))
        run_due()
    assert jobs == []
    with clock.at(WEDNESDAY + timedelta(minutes=61)):
        run_due()
    assert len(jobs) == 1


RACER = """
import sys, time
import django
django.setup()
from qingdan.web.common import scheduler
scheduler._registry.clear()
for n in range(5):
    scheduler.scheduled(f"tests.{n}", scheduler.daily("00:00"))(lambda slot, n=n: print(f"tests.{n}"))
from django.db import connection
connection.ensure_connection()
print("ready", file=sys.stderr, flush=True)
sys.stdin.readline()
for _ in range(5):
    scheduler.run_due()
"""


def test_processes_that_race_run_each_slot_once(database_for_others, tmp_path):
    url = database_for_others()
    environment = {**os.environ, "DATABASE_URL": url, "QD_DATA": str(tmp_path), "QD_SECRET_KEY": "x"}
    environment["DJANGO_SETTINGS_MODULE"] = "qingdan.web.settings"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stderr.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("\n")
        racer.stdin.flush()
    said = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], said
    ran = sorted(line for out, _ in said for line in out.split())
    assert ran == [f"tests.{n}" for n in range(5)]


@pytest.mark.django_db
def test_two_apps_cannot_give_jobs_the_same_name(jobs):
    def other(slot): ...

    other.__module__ = "another.app"
    scheduled("tests.same", daily("09:00"))(lambda slot: None)
    with pytest.raises(ValueError, match=r"tests\.same"):
        scheduled("tests.same", daily("09:00"))(other)


@pytest.mark.django_db
def test_the_heartbeat_tells_its_age():
    assert scheduler.heartbeat_age() is None
    scheduler.beat()
    assert 0 <= scheduler.heartbeat_age() < 60


@pytest.mark.django_db(transaction=True)
def test_the_loop_runs_until_it_is_stopped(jobs):
    stop = threading.Event()

    @scheduled("tests.minute", every(1))
    def job(slot):
        jobs.append(slot)
        stop.set()

    thread = threading.Thread(target=scheduler.run_forever, args=(stop, 0.05))
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and jobs
