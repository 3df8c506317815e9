"""How good each unit's forecasts were: what it said against what came (said 能, finished late)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from qingdan.web.common import clock
from qingdan.web.units.models import Unit, User

from .models import Closure, DeadlineChange, Forecast, ReportVersion


@dataclass(frozen=True, slots=True)
class Surprise:
    """A task whose unit said 能 in its last report before the deadline, and that was late."""

    task_id: int
    work: str
    unit_id: int
    due_on: date
    finished_on: date | None
    last_said: date


@dataclass(slots=True)
class ForecastRecord:
    """One unit's forecasts on tasks whose outcome is known, each weekly report counted once."""

    unit: Unit
    yes_in_time: int = 0
    yes_late: int = 0
    no_in_time: int = 0
    no_late: int = 0
    unsure: int = 0
    surprises: list[Surprise] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Forecasts that said 能 or 不能."""
        return self.yes_in_time + self.yes_late + self.no_in_time + self.no_late

    @property
    def right(self) -> Fraction | None:
        """The share of these that came true; None without any."""
        return Fraction(self.hits, self.judged) if self.judged else None

    @property
    def hits(self) -> int:
        """Forecasts that came true."""
        return self.yes_in_time + self.no_late


def forecast_records(
    user: User, since: date, until: date, *, units: Iterable[int] | None = None
) -> list[ForecastRecord]:
    """Each unit's record over reports submitted from ``since`` to ``until``; the least right first.

    A forecast is judged against the deadline in force when it was made. The outcome is known once the task is finished,
    or when that deadline has passed without; tasks withdrawn or merged are left out.
    """
    today = clock.today()
    closed = Closure.objects.filter(task=OuterRef("task")).order_by("-at", "-id")
    due_then = DeadlineChange.objects.filter(task=OuterRef("task"), at__lte=OuterRef("submitted_at")).order_by(
        "-at", "-id"
    )
    versions = (
        ReportVersion.objects.visible_to(user)
        .not_returned()
        .filter(submitted_at__gte=clock.local(since, time.min), submitted_at__lte=clock.end_of(until))
        .annotate(
            due=Subquery(due_then.values("due_on")[:1]),
            closed_kind=Subquery(closed.values("kind")[:1]),
            finished=Subquery(closed.values("finished_on")[:1]),
        )
        .filter(
            Q(closed_kind__isnull=True) | Q(closed_kind__in=(Closure.Kind.DONE, Closure.Kind.REOPENED)),
            due__isnull=False,
        )
    )
    if units is not None:
        versions = versions.filter(unit__in=list(units))
    rows = versions.order_by("submitted_at", "version").values_list(
        "task_id", "task__work", "unit_id", "period_id", "submitted_at", "forecast", "due", "closed_kind", "finished"
    )
    # A correction within the week replaces what was said before it.
    last_of_week = {(task, unit, period): row for row in rows for task, unit, period in [(row[0], row[2], row[3])]}
    records: dict[int, ForecastRecord] = {}
    names = Unit.objects.in_bulk({unit for _task, unit, _period in last_of_week})
    said_yes: dict[tuple[int, int], Surprise] = {}
    for task, work, unit, _period, at, forecast, due, closed_kind, finished in last_of_week.values():
        done_on = finished if closed_kind == Closure.Kind.DONE else None
        if done_on is None and due >= today:
            continue  # not known yet
        late = done_on is None or done_on > due
        record = records.setdefault(unit, ForecastRecord(names[unit]))
        if forecast == Forecast.UNSURE:
            record.unsure += 1
        elif forecast == Forecast.YES:
            record.yes_late += late
            record.yes_in_time += not late
        else:
            record.no_late += late
            record.no_in_time += not late
        day = timezone.localtime(at).date()
        if late and forecast == Forecast.YES and day <= due:
            said_yes[task, unit] = Surprise(task, work, unit, due, done_on, day)
        else:
            said_yes.pop((task, unit), None)
    for (_task, unit), surprise in said_yes.items():
        records[unit].surprises.append(surprise)
    return sorted(records.values(), key=lambda r: (1 if r.right is None else r.right, r.unit.sort, r.unit.pk))
