"""Tasks: failures stay on record and are tried again; housekeeping clears what is old."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from qingdan.web.common import clock, jobs
from qingdan.web.common.models import ScheduleSlot

calls: list[tuple[int, str]] = []


@jobs.retrying_task(0, 0)
def flaky(works_at: int, *, word: str = "") -> str:
    """A task that fails until its ``works_at``-th call."""
    calls.append((works_at, word))
    if len(calls) < works_at:
        raise RuntimeError("not yet")
    return "done"


@pytest.fixture(autouse=True)
def no_calls(monkeypatch):
    calls.clear()
    # Only the queue is of interest here.
    monkeypatch.setattr("qingdan.web.common.scheduler._registry", {})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("works_at", "statuses"), [
    (1, ["SUCCESSFUL"]), (3, ["FAILED", "FAILED", "SUCCESSFUL"]), (9, ["FAILED", "FAILED", "FAILED"]),
])  # fmt: skip
def test_a_failing_task_is_tried_again_as_often_as_it_says(works_at, statuses):
    flaky.enqueue(works_at, word="x")
    jobs.worker(once=True)
    assert list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True)) == statuses
    assert set(calls) == {(works_at, "x")}


@pytest.mark.django_db
def test_a_task_enqueued_in_a_change_that_fails_never_runs():
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        flaky.enqueue(1)
        raise ZeroDivisionError
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_housekeeping_drops_what_is_old_and_names_dead_tasks(standing_clock):
    now = clock.now()
    flaky.enqueue(1)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(hours=7))
    ScheduleSlot.objects.create(name="a", slot="old", taken_at=now - timedelta(days=91))
    ScheduleSlot.objects.create(name="a", slot="new", taken_at=now)
    jobs.housekeeping(now)
    assert ScheduleSlot.objects.get().slot == "new"
    result = DBTaskResult.objects.get()
    assert result.status == "FAILED" and "stopped" in result.traceback


def test_a_worker_beats_and_ends_well_when_told_to(database_for_others, tmp_path):
    environment = {**os.environ, "DATABASE_URL": database_for_others(), "QD_DATA": str(tmp_path), "QD_SECRET_KEY": "x"}
    environment["DJANGO_SETTINGS_MODULE"] = "qingdan.web.settings"
    program = (
        "import django; django.setup(); from qingdan.web.common import jobs, scheduler\n"
        "scheduler._registry.clear()\n"
        "scheduler.scheduled('tests.once', scheduler.every(1))(lambda slot: print('ran', flush=True))\n"
        "jobs.worker()"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], env=environment, text=True, stdout=subprocess.PIPE)
    try:
        assert worker.stdout.readline() == "ran\n"
        time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
    finally:
        worker.kill()
        worker.stdout.close()
