"""Background work: tasks with retries, the jobs of the ground floor, and the worker that runs both.

An app puts its own tasks and ``@scheduled`` jobs into its ``jobs.py``; it is imported when the app is set up.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task

from . import clock, scheduler, transports
from .models import Delivery, ScheduleSlot
from .scheduler import daily, every, scheduled

logger = logging.getLogger(__name__)
KEEP_RESULTS = timedelta(days=90)
DEAD_AFTER = timedelta(hours=6)


def retrying_task(*minutes: float) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """A task that is enqueued again after ``minutes`` when it fails: ``@retrying_task(1, 10)`` tries three times.

    Every failed try stays on record with its traceback. The function must be at the top of its module, and its
    arguments JSON.
    """

    def decorate(function: Callable[..., Any]) -> Task[..., Any]:
        @functools.wraps(function)
        def tried(*args: Any, attempt: int = 1, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception:
                if attempt <= len(minutes):
                    # The queue itself lives in real time, whatever the demo's clock says.
                    later = timezone.now() + timedelta(minutes=minutes[attempt - 1])
                    made.using(run_after=later).enqueue(*args, attempt=attempt + 1, **kwargs)
                raise

        made: Task[..., Any] = task()(tried)
        return made

    return decorate


@retrying_task(1, 10)
def deliver_digests() -> dict[str, int]:
    """Send the digests that are due."""
    sent, failed = transports.deliver()
    return {"sent": sent, "failed": failed}


@scheduled("common.digests", every(transports.EVERY_MINUTES))
def digests(slot: datetime) -> str:
    """Pack new notifications and have what is due sent; nothing at all without a way out."""
    if not transports.configured():
        return "未配置邮件或机器人"
    with transaction.atomic():
        packed = transports.collect()
        waiting = Delivery.objects.filter(next_try_at__lte=clock.now()).count()
        if waiting:
            deliver_digests.enqueue()
    return f"新 {packed}，待发 {waiting}"


@scheduled("common.housekeeping", daily("03:10"))
def housekeeping(slot: datetime) -> str:
    """Drop what is old of queue, slots and deliveries; name tasks whose worker died as failed."""
    from django_tasks_db.models import DBTaskResult

    real_now = timezone.now()  # the queue's own time
    dead = list(DBTaskResult.objects.running().filter(started_at__lt=real_now - DEAD_AFTER))
    for result in dead:
        result.set_failed(RuntimeError("the worker stopped before the end"))
    old, _by_model = DBTaskResult.objects.finished().filter(finished_at__lt=real_now - KEEP_RESULTS).delete()
    before = clock.now() - KEEP_RESULTS
    slots, _by_model = ScheduleSlot.objects.filter(taken_at__lt=before).delete()
    sent, _by_model = Delivery.objects.filter(created_at__lt=before, next_try_at__isnull=True).delete()
    return f"中断 {len(dead)}，清理任务 {old}、时段 {slots}、投递 {sent}"


def worker(*, once: bool = False) -> None:
    """Run the queue in this thread and the scheduler beside it until SIGINT or SIGTERM.

    With ``once`` run what is due and what is queued, then return. A database that is away is waited for.
    """
    from django.utils.crypto import get_random_string
    from django_tasks_db.management.commands.db_worker import Worker

    def queue() -> Worker:
        return Worker(
            queue_names=["*"], excluded_queue_names=[], interval=1, batch=once, backend_name="default",
            startup_delay=not once, max_tasks=None, worker_id=get_random_string(32),
        )  # fmt: skip

    if once:
        scheduler.beat()
        scheduler.run_due()
        queue().run()
        return
    stop = threading.Event()
    beside = threading.Thread(target=scheduler.run_forever, args=(stop,), name="scheduler", daemon=True)
    beside.start()
    try:
        while True:
            runner = queue()
            runner.configure_signals()
            try:
                runner.run()
                break
            except DatabaseError:
                logger.exception("worker: the database does not answer, trying again in 5 s")
                close_old_connections()
                time.sleep(5)
    finally:
        stop.set()
        beside.join(timeout=30)
