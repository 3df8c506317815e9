"""Jobs by the clock. Each run of a job is a *slot*: whoever inserts its unique row runs it, so several workers
run every slot once. After a stop only the latest missed slot is caught up.

    @scheduled("tasks.remind", daily("09:00"))
    def remind(slot: datetime) -> str:
        ...

Times are local times of `common.clock`. A job says in a few words what it did. One that fails is tried again
three times, after 5, 15 and 60 minutes; one whose worker died is taken over after an hour.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time as real_time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import DatabaseError, IntegrityError, close_old_connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import clock
from .models import Heartbeat, ScheduleSlot
from .values import WEEKDAYS

logger = logging.getLogger(__name__)

Job = Callable[[datetime], object]
HEARTBEAT = "worker"
PULSE_SECONDS = 15.0
# A failed slot is tried again after these minutes; a slot without an end is taken over after the last one.
RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
TAKE_OVER_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Rule:
    """When a job runs: every so many ``minutes``, or at ``at`` local time each day or each ``weekday`` (0 = Monday)."""

    minutes: int = 0
    at: time = time()
    weekday: int | None = None

    def latest(self, now: datetime) -> datetime:
        """The last moment up to ``now`` (aware) at which the job was due."""
        local = timezone.localtime(now)
        if self.minutes:
            step = self.minutes * 60
            return timezone.localtime(datetime.fromtimestamp(now.timestamp() // step * step, local.tzinfo))
        day = local.date()
        if self.weekday is not None:
            day -= timedelta(days=(day.weekday() - self.weekday) % 7)
        moment = clock.local(day, self.at)
        if moment > now:
            moment = clock.local(day - timedelta(days=1 if self.weekday is None else 7), self.at)
        return moment

    def __str__(self) -> str:
        """The rule in words, for the administrators' page."""
        if self.minutes:
            return _("每 %(n)s 分钟") % {"n": self.minutes}
        at = f"{self.at:%H:%M}"
        if self.weekday is None:
            return _("每天 %(at)s") % {"at": at}
        return _("每%(day)s %(at)s") % {"day": WEEKDAYS[self.weekday], "at": at}


def every(minutes: int) -> Rule:
    """Every ``minutes`` (1 to 1440), counted from the epoch, so that all workers agree."""
    if not 1 <= minutes <= 1440:
        raise ValueError(f"every 1 to 1440 minutes, not {minutes}")
    return Rule(minutes=minutes)


def daily(at: str) -> Rule:
    """Each day at ``at`` ("09:00")."""
    return Rule(at=time.fromisoformat(at))


def weekly(weekday: int, at: str) -> Rule:
    """Each week on ``weekday`` (0 = Monday) at ``at``."""
    if not 0 <= weekday <= 6:
        raise ValueError(f"weekday 0 to 6, not {weekday}")
    return Rule(at=time.fromisoformat(at), weekday=weekday)


@dataclass(frozen=True)
class Entry:
    name: str
    rule: Rule
    job: Job


_registry: dict[str, Entry] = {}


def scheduled(name: str, rule: Rule) -> Callable[[Job], Job]:
    """Register a job under ``name`` (at most 80 characters, unique); the job itself stays callable."""

    def register(job: Job) -> Job:
        known = _registry.get(name)
        if known is not None and known.job.__module__ != job.__module__:
            raise ValueError(f"two jobs are named {name}")
        _registry[name] = Entry(name, rule, job)
        return job

    return register


def registered() -> list[Entry]:
    """All jobs by name."""
    return [_registry[name] for name in sorted(_registry)]


def run_due(only: str | None = None) -> list[ScheduleSlot]:
    """Run every job whose latest slot nobody has taken yet; return the slots run here."""
    done = []
    for entry in registered():
        if only is not None and entry.name != only:
            continue
        moment = entry.rule.latest(clock.now())
        slot = take(entry.name, moment)
        if slot is not None:
            run(entry, slot, moment)
            done.append(slot)
    return done


def take(name: str, moment: datetime) -> ScheduleSlot | None:
    """The slot of ``moment``, when this worker got it: new, due for another try, or left by a dead worker."""
    key = moment.isoformat(timespec="minutes")
    now = clock.now()
    found = ScheduleSlot.objects.filter(name=name, slot=key).first()
    if found is None:
        try:
            with transaction.atomic():
                return ScheduleSlot.objects.create(name=name, slot=key, taken_at=now)
        except IntegrityError:
            return None  # another worker was quicker
    if found.ok is None:
        again = found.taken_at + TAKE_OVER_AFTER
    elif found.ok or found.attempts > len(RETRY_AFTER):
        return None
    else:
        again = (found.finished_at or found.taken_at) + RETRY_AFTER[found.attempts - 1]
    if now < again:
        return None
    # Whoever changes the count first has it.
    taken = ScheduleSlot.objects.filter(pk=found.pk, attempts=found.attempts, ok=found.ok).update(
        attempts=found.attempts + 1, taken_at=now, finished_at=None, ok=None, result=""
    )
    return ScheduleSlot.objects.get(pk=found.pk) if taken else None


def run(entry: Entry, slot: ScheduleSlot, moment: datetime) -> None:
    """Run the job of a slot that was taken, and keep what it said or why it failed."""
    try:
        slot.result = str(entry.job(moment) or "")[:500]
        slot.ok = True
    except Exception as error:
        logger.exception("scheduled job %s failed for %s", entry.name, slot.slot)
        slot.result = f"{type(error).__name__}: {error}"[:500]
        slot.ok = False
    slot.finished_at = clock.now()
    slot.save(update_fields=["result", "ok", "finished_at"])


# ------------------------------------------------------------------ the loop and its pulse
def beat() -> None:
    """Say that this worker is alive. In real time: the clocks of two demo processes differ."""
    pulse = {"at": real_time.time(), "host": socket.gethostname(), "pid": os.getpid()}
    Heartbeat.objects.update_or_create(pk=HEARTBEAT, defaults={"value": pulse})


def heartbeat_age() -> float | None:
    """Seconds since a worker was last heard of; None when none ever was."""
    value = Heartbeat.objects.filter(pk=HEARTBEAT).values_list("value", flat=True).first()
    return max(0.0, real_time.time() - value["at"]) if value else None


def run_forever(stop: threading.Event, seconds: float = PULSE_SECONDS) -> None:
    """Beat and run what is due until ``stop`` is set. A database that is away is waited for."""
    while not stop.is_set():
        close_old_connections()
        try:
            beat()
            run_due()
        except DatabaseError:
            logger.exception("scheduler: the database does not answer, trying again in %s s", seconds)
        stop.wait(seconds)
    close_old_connections()
