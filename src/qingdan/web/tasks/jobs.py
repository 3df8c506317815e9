"""What runs by the clock: the week opens, rungs are climbed. Several workers may run these; each slot runs once."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from qingdan.web.common.scheduler import daily, every, scheduled, weekly

from .services import escalation, reports


@scheduled("tasks.open_week", daily("06:00"))
def open_week(slot: datetime) -> str:
    """Open this week's reporting on its first run, and tell the reporters when its opening day has come."""
    period = reports.open_period(None, timezone.localtime(slot).date())
    return f"{period}: {escalation.tell_opening(period)} told"


@scheduled("tasks.climb", every(30))
def climb(slot: datetime) -> str:
    """Remind and escalate."""
    return f"{len(escalation.climb())} rungs"


@scheduled("tasks.tell_leaders", weekly(4, "18:00"))
def tell_leaders(slot: datetime) -> str:
    """On Friday evening the leaders get the week in one line."""
    return f"{escalation.tell_leaders(timezone.localtime(slot).date())} told"
