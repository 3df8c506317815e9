"""A unit's record over a period, for assessing 作风 and 效能 (P-10): counts of what happened, never a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from django.db.models import F, OuterRef, Q, Subquery

from qingdan.web.common import clock
from qingdan.web.units.models import Unit, User

from .expected import edition_in_force, reporting_by_unit
from .hints import HintKind, hints_of
from .models import Closure, DeadlineChange, EscalationNotice, ListLine, ReportPeriod, ReportVersion
from .records import ForecastRecord, forecast_records


@dataclass(slots=True)
class UnitRecord:
    """What one unit did and did not do. Weeks count whose due day lies in the period and has passed."""

    unit: Unit
    owed: int = 0
    accepted: int = 0
    late: int = 0
    returned: int = 0
    no_change: int = 0
    copied: int = 0
    no_evidence: int = 0
    forecasts: ForecastRecord | None = None
    late_tasks: int = 0
    escalated: int = 0

    @property
    def in_time(self) -> int:
        return self.accepted - self.late

    @property
    def missing(self) -> int:
        return self.owed - self.accepted


def unit_records(user: User, since: date, until: date, *, units: Collection[int] | None = None) -> list[UnitRecord]:
    """The records of all units (or of ``units``) that owed anything between the two days, in order of the units."""
    found: dict[int, UnitRecord] = {}
    last = min(until, clock.today())
    periods = list(ReportPeriod.objects.filter(due_on__gte=since, due_on__lte=last).order_by("monday"))
    for period in periods:
        for row in reporting_by_unit(period, units=units):
            record = found.setdefault(row.unit.pk, UnitRecord(row.unit))
            record.owed += row.owed
            record.accepted += row.accepted
            record.late += row.late
            record.returned += row.returned
        for hint in hints_of(user, period, units=units):
            if (noted := found.get(hint.report.unit_id)) is None:
                continue
            noted.copied += hint.kind in (HintKind.COPIED_SELF, HintKind.COPIED_OTHER)
            noted.no_evidence += hint.kind == HintKind.DONE_WITHOUT_EVIDENCE
    unchanged = ReportVersion.objects.visible_to(user).not_returned().filter(period__in=periods, no_change=True)
    for unit, count in Counter(unchanged.values_list("unit_id", "period_id", "task_id").distinct()).items():
        if unit[0] in found:
            found[unit[0]].no_change += count
    for forecast in forecast_records(user, since, until, units=units):
        if forecast.unit.pk in found:
            found[forecast.unit.pk].forecasts = forecast
    for pk, count in _late_tasks(user, since, last).items():
        if pk in found:
            found[pk].late_tasks = count
    climbed = EscalationNotice.objects.visible_to(user).filter(
        at__gte=clock.local(since, time.min), at__lte=clock.end_of(last)
    )
    for pk, count in Counter(climbed.filter(rule__workdays__gt=0).values_list("unit_id", flat=True)).items():
        if pk in found:
            found[pk].escalated = count
    return sorted(found.values(), key=lambda record: (record.unit.sort, record.unit.code))


def _late_tasks(user: User, since: date, last: date) -> Counter[int]:
    """Tasks by lead unit whose deadline fell into the period and was not met by then."""
    edition = edition_in_force(last)
    if edition is None:
        return Counter()
    due = DeadlineChange.objects.filter(task=OuterRef("task"), at__lte=clock.end_of(last)).order_by("-at", "-id")
    closed = Closure.objects.filter(task=OuterRef("task"), at__lte=clock.end_of(last)).order_by("-at", "-id")
    lines = (
        ListLine.objects.visible_to(user)
        .filter(edition__issued_at__isnull=False, edition__issued_at__lte=clock.end_of(last), lead_unit__isnull=False)
        .annotate(
            due=Subquery(due.values("due_on")[:1]), closing=Subquery(closed.values("kind")[:1]),
            finished=Subquery(closed.values("finished_on")[:1]),
        )
        .filter(due__gte=since, due__lt=last)
        .filter(
            Q(closing__isnull=True) | Q(closing=Closure.Kind.REOPENED)
            | Q(closing=Closure.Kind.DONE, finished__gt=F("due"))
        )
    )  # fmt: skip
    pairs = set(lines.order_by().values_list("task_id", "lead_unit_id").distinct())
    return Counter(unit for _task, unit in pairs)
