"""The system's clock: the one place that says what time it is.

Services ask here instead of the operating system, so that a demo can live in July 2017 and a test on any Friday.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

_frozen: ContextVar[datetime | None] = ContextVar("qingdan_clock", default=None)
_started = timezone.now()


def local(day: date, at: time = time(9)) -> datetime:
    """The aware local datetime of ``day`` at ``at``."""
    return timezone.make_aware(datetime.combine(day, at))


def end_of(day: date) -> datetime:
    """The last instant of ``day``: what "as of that day" includes."""
    return local(day, time.max)


def demo_offset() -> timedelta:
    """How far the demo's clock is from the real one; zero without QD_CLOCK."""
    if not settings.QD_CLOCK:
        return timedelta()
    start = datetime.fromisoformat(settings.QD_CLOCK)
    return (start if start.tzinfo else timezone.make_aware(start)) - _started


def now() -> datetime:
    """The aware datetime that the system lives in."""
    return _frozen.get() or timezone.now() + demo_offset()


def today() -> date:
    """The local day that the system lives in."""
    return timezone.localtime(now()).date()


@contextmanager
def at(moment: datetime | date) -> Iterator[None]:
    """Within the block the clock stands at ``moment`` (a date means nine in the morning)."""
    if not isinstance(moment, datetime):
        moment = local(moment)
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
