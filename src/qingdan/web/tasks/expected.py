"""Who owes which report in a week: read from the list in force, never stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from qingdan.web.common import clock
from qingdan.web.units.models import Unit

from .models import ListEdition, ListLine, ReportPeriod, ReportReturn, ReportVersion, Task


@dataclass(frozen=True, slots=True)
class Expected:
    """One report that is owed: by which unit for which task."""

    task_id: int
    unit_id: int


def edition_in_force(day: date) -> ListEdition | None:
    """The list that counts on ``day``: the newest edition issued by then, of that month or the nearest before."""
    return (
        ListEdition.objects.issued()
        .filter(month__lte=day, issued_at__lte=clock.end_of(day))
        .order_by("-month", "-version")
        .first()
    )


def lines_owed(period: ReportPeriod) -> QuerySet[ListLine]:
    """The lines of the list in force whose tasks were still open when the week began.

    A task closed during the week is no longer owed; one closed before is not either.
    """
    if period.due_on is None:
        return ListLine.objects.none()
    # A month's list issued late in the week still counts for that week.
    edition = edition_in_force(min(period.sunday, max(clock.today(), period.due_on)))
    if edition is None:
        return ListLine.objects.none()
    moment = min(clock.now(), clock.end_of(period.sunday))
    return edition.lines.standing_lines().filter(task__in=Task.objects.open_at(moment).values("pk"))


def expected_reports(
    period: ReportPeriod, *, units: Collection[int] | None = None, tasks: Collection[int] | None = None
) -> list[Expected]:
    """The reports owed in ``period``, in list order; limited to some units or tasks when given.

    The first lead unit owes; when it is a collective (各镇街) each of its members does.
    """
    lines = lines_owed(period).exclude(lead_unit=None)
    if tasks is not None:
        lines = lines.filter(task__in=tasks)
    if units is not None:
        lines = lines.filter(Q(lead_unit__in=units) | Q(lead_unit__members__in=units)).distinct()
    pairs = list(lines.order_by("position").values_list("task_id", "lead_unit_id"))
    members = _members({unit for _, unit in pairs})
    return [
        Expected(task, unit)
        for task, lead in pairs
        for unit in members.get(lead, (lead,))
        if units is None or unit in units
    ]


def _members(leads: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    through = Unit.members.through.objects.filter(
        from_unit__in=leads, from_unit__kind=Unit.Kind.COLLECTIVE
    ).order_by("to_unit__sort")  # fmt: skip
    for collective, member in through.values_list("from_unit", "to_unit"):
        found.setdefault(collective, []).append(member)
    return found


@dataclass(frozen=True, slots=True)
class UnitReporting:
    """One unit's reporting in a week: how many reports it owes, how many are accepted, how many of these came late,
    and how many versions were sent back."""

    unit: Unit
    owed: int
    accepted: int
    late: int = 0
    returned: int = 0

    @property
    def missing(self) -> int:
        return self.owed - self.accepted


def reporting_by_unit(period: ReportPeriod, *, units: Collection[int] | None = None) -> list[UnitReporting]:
    """Every unit (or those of ``units``) that owes reports in ``period``; those with most missing first (P-04)."""
    owed: dict[int, set[int]] = {}
    for pair in expected_reports(period, units=units):
        owed.setdefault(pair.unit_id, set()).add(pair.task_id)
    accepted: dict[int, dict[int, bool]] = {}
    done = ReportVersion.objects.not_returned().filter(period=period, unit__in=owed).order_by("version")
    for unit, task, late in done.values_list("unit_id", "task_id", "late"):
        # Late is the first report; a correction after the due day does not make it so.
        accepted.setdefault(unit, {}).setdefault(task, late)
    sent_back = ReportReturn.objects.filter(report__period=period, report__unit__in=owed)
    returned = Counter(sent_back.values_list("report__unit", flat=True))
    names = Unit.objects.in_bulk(owed)
    rows = []
    for unit, tasks in owed.items():
        lates = [late for task, late in accepted.get(unit, {}).items() if task in tasks]
        rows.append(UnitReporting(names[unit], len(tasks), len(lates), sum(lates), returned[unit]))
    return sorted(rows, key=lambda row: (-row.missing, row.unit.sort, row.unit.code))
