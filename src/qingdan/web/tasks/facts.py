"""What was known of tasks at a moment: deadline, report, closing, light. The "as of 14 July" of every page and paper.

All reads are by set, a constant number of queries however many tasks and however long their history: the newest row
per task comes from an index (task, -at), never from scanning the years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Min, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from qingdan.web.common import clock, values
from qingdan.web.common.calendar import work_calendar
from qingdan.web.units.models import Unit

from .light import Light, LightFacts, LightReading, read_light
from .models import (
    Assignment,
    Closure,
    DeadlineChange,
    ExtensionRequest,
    Judgement,
    LightOverride,
    ListLine,
    ProblemStep,
    ReportPeriod,
    ReportReturn,
    ReportVersion,
    Task,
)


@dataclass(slots=True)
class Report:
    """A report version as pages and papers use it."""

    pk: int
    unit_id: int
    unit: str
    monday: date
    submitted_at: datetime
    progress: str
    percent: int | None
    quantity: Decimal | None
    claims_done: bool
    forecast: str
    reason: str
    advice: str
    problem: str
    no_change: bool
    late: bool
    on_behalf: bool
    version: int


@dataclass(slots=True)
class TaskFacts:
    """Everything known of one task at the moment."""

    deadline: str = ""
    due_on: date | None = None
    due_kind: str = ""
    original_deadline: str = ""
    closed: str = ""
    finished_on: date | None = None
    closed_note: str = ""
    reports: list[Report] = field(default_factory=list)
    judgement: str = ""
    judgement_note: str = ""
    override: dict[str, Any] | None = None
    computed: LightReading = field(default_factory=lambda: LightReading(Light.OPEN, ""))
    shown: LightReading = field(default_factory=lambda: LightReading(Light.OPEN, ""))
    open_problems: int = 0
    extension_pending: bool = False

    @property
    def report(self) -> Report | None:
        """The newest report (of a collective: of any member)."""
        return max(self.reports, key=lambda r: (r.monday, r.submitted_at), default=None)

    @property
    def forecast(self) -> str:
        """The worst forecast of the reporting units: a task is only as sure as its least sure member."""
        given = [r.forecast for r in self.reports]
        return next((level for level in ("no", "unsure", "yes") if level in given), "")

    @property
    def is_open(self) -> bool:
        return not self.closed


def _latest(model: type[Model], tasks: QuerySet[Task], moment: datetime) -> QuerySet[Any]:
    """The newest row of ``model`` per task at ``moment``, one index probe each."""
    newest = model._default_manager.filter(task=OuterRef("pk"), at__lte=moment).order_by("-at", "-id").values("pk")[:1]
    picked = tasks.order_by().annotate(_newest=Subquery(newest)).filter(_newest__isnull=False).values("_newest")
    return model._default_manager.filter(pk__in=picked)


def _accepted(moment: datetime) -> QuerySet[ReportVersion]:
    """The versions of the outer row's task that counted at ``moment``, the newest week first: by week and not by when
    it came in, so that a late correction of an older week hides no newer report."""
    sent_back = ReportReturn.objects.filter(report=OuterRef("pk"), at__lte=moment)
    accepted = ReportVersion.objects.filter(~Exists(sent_back), submitted_at__lte=moment)
    return accepted.order_by("-week", "-version", "-id")


def _reports(tasks: QuerySet[Task], moment: datetime) -> QuerySet[ReportVersion]:
    """The newest report of each task at ``moment``."""
    newest = _accepted(moment).filter(task=OuterRef("pk")).values("pk")[:1]
    picked = tasks.order_by().annotate(_newest=Subquery(newest)).filter(_newest__isnull=False).values("_newest")
    return ReportVersion.objects.filter(pk__in=picked)


def _collective_reports(tasks: QuerySet[Task], moment: datetime) -> QuerySet[ReportVersion]:
    """For tasks led by a collective: the newest report of each of its members."""
    led = Assignment.objects.filter(
        part=Assignment.Part.LEAD, order=0, unit__kind=Unit.Kind.COLLECTIVE, task__in=tasks.order_by()
    ).annotate(member=F("unit__members"))
    newest = _accepted(moment).filter(task=OuterRef("task"), unit=OuterRef("member")).values("pk")[:1]
    picked = led.annotate(_newest=Subquery(newest)).filter(_newest__isnull=False).values("_newest")
    return ReportVersion.objects.filter(pk__in=picked)


_REPORT_FIELDS = (
    "pk", "unit_id", "unit__name", "period__monday", "submitted_at", "progress", "percent", "quantity", "claims_done",
    "forecast", "reason", "advice", "problem", "no_change", "late", "on_behalf", "version",
)  # fmt: skip


def facts_of(tasks: QuerySet[Task] | Iterable[int], day: date | None = None) -> dict[int, TaskFacts]:
    """What was known of ``tasks`` at the end of ``day`` (default: now), by task id."""
    if not isinstance(tasks, QuerySet):
        tasks = Task.objects.filter(pk__in=list(tasks))
    moment = clock.now() if day is None else clock.end_of(day)
    today = timezone.localtime(moment).date()
    tolerances = dict(tasks.order_by().values_list("pk", "tolerance_days"))
    facts = {pk: TaskFacts() for pk in tolerances}

    first = DeadlineChange.objects.filter(task=OuterRef("task")).order_by("at", "id").values("written")[:1]
    rows = _latest(DeadlineChange, tasks, moment).annotate(first=Subquery(first))
    for task, written, kind, due, original in rows.values_list("task_id", "written", "kind", "due_on", "first"):
        fact = facts[task]
        fact.deadline, fact.due_kind, fact.due_on = written, kind, due
        fact.original_deadline = original if original != written else ""
    for task, kind, finished, note in _latest(Closure, tasks, moment).values_list(
        "task_id", "kind", "finished_on", "note"
    ):
        if kind != Closure.Kind.REOPENED:
            facts[task].closed, facts[task].finished_on, facts[task].closed_note = kind, finished, note
    seen: set[int] = set()
    for query in (_reports(tasks, moment), _collective_reports(tasks, moment)):
        for task, pk, *rest in query.values_list("task_id", *_REPORT_FIELDS):
            if pk not in seen:
                seen.add(pk)
                facts[task].reports.append(Report(pk, *rest))
    for task, forecast, note in _latest(Judgement, tasks, moment).values_list("task_id", "forecast", "note"):
        facts[task].judgement, facts[task].judgement_note = forecast, note
    for row in _latest(LightOverride, tasks, moment).values("task_id", "light", "reason", "expires_on"):
        if row["light"] and row["expires_on"] >= today:
            facts[row["task_id"]].override = row
    solved = ProblemStep.objects.filter(problem=OuterRef("problems"), at__lte=moment).order_by("-at", "-id")
    open_problems = (
        tasks.order_by()
        .filter(problems__raised_at__lte=moment)
        # A problem without any step yet is open too: NULL would drop out of the comparison.
        .annotate(last=Coalesce(Subquery(solved.values("kind")[:1]), Value("")))
        .exclude(last=ProblemStep.Kind.SOLVED)
        .values_list("pk")
        .annotate(n=Count("problems", distinct=True))
    )
    for task, count in open_problems:
        facts[task].open_problems += count
    pending = ExtensionRequest.objects.filter(task__in=tasks.order_by(), at__lte=moment)
    for task in pending.exclude(decision__at__lte=moment).values_list("task_id", flat=True):
        facts[task].extension_pending = True

    _read_lights(facts, today, tolerances, _expected_since(tasks, moment))
    return facts


def _read_lights(
    facts: dict[int, TaskFacts], today: date, tolerances: Mapping[int, int | None], expected_since: Mapping[int, date]
) -> None:
    calendar = work_calendar()
    near, stale = int(values.get("yellow_days")), int(values.get("stale_weeks"))
    for pk, fact in facts.items():
        newest = fact.report
        basis = LightFacts(
            due_on=fact.due_on,
            due_kind=fact.due_kind,
            due_written=fact.deadline,
            closed=fact.closed,
            closed_label=str(Closure.Kind(fact.closed).label) if fact.closed else "",
            finished_on=fact.finished_on,
            forecast=fact.forecast,
            reported_on=timezone.localtime(newest.submitted_at).date() if newest else None,
            expected_since=expected_since.get(pk),
            tolerance_days=tolerances[pk],
        )
        fact.computed = fact.shown = read_light(basis, today, calendar, near_days=near, stale_weeks=stale)
        if fact.override:
            overridden = LightFacts(
                override=fact.override["light"],
                override_reason=fact.override["reason"],
                override_until=fact.override["expires_on"],
            )
            fact.shown = read_light(overridden, today, calendar)


def period_of(day: date) -> ReportPeriod | None:
    """The reporting week of ``day``, if it was opened."""
    return ReportPeriod.objects.filter(monday__lte=day).order_by("-monday").first()


def _expected_since(tasks: QuerySet[Task], moment: datetime) -> dict[int, date]:
    """From which day reports on each task are expected: the issue of the first list it stands on."""
    lines = ListLine.objects.standing_lines().filter(task__in=tasks.order_by(), edition__issued_at__lte=moment)
    first = lines.order_by().values_list("task").annotate(first=Min("edition__issued_at"))
    return {task: timezone.localtime(issued).date() for task, issued in first}
