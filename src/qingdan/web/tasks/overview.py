"""进展情况一览表: the rows, their grouping and their counts, for any edition and any past day.

One reading serves the page, the workbook, the paper and the leaders' screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qingdan.standards.weeks import monday_of
from qingdan.web.common import clock
from qingdan.web.units.models import User

from .facts import Report, TaskFacts, facts_of
from .light import Light, worst
from .models import Closure, Forecast, ListEdition, ListLine, Tag, Task
from .revision import remembered

CHUNK = 100
# What units write into a column that has nothing to say.
EMPTY_WORDS = frozenset({"", "无", "/", "-", "—", "暂无", "没有"})


def said(text: str) -> bool:
    """Whether a column says anything."""
    return text.strip().rstrip("。") not in EMPTY_WORDS


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the overview is wanted; empty means all."""

    plan: int | None = None
    unit: int | None = None
    tag: int | None = None
    light: str = ""
    forecast: str = ""
    key: bool = False
    problems: bool = False
    text: str = ""
    # Cannot be finished in time: the unit says so, or it is late already.
    cannot: bool = False
    # Still open and without a report in the week of the day.
    unreported: bool = False

    def lines(self, lines: QuerySet[ListLine]) -> QuerySet[ListLine]:
        """The conditions that the database can answer."""
        if self.plan:
            lines = lines.filter(plan=self.plan)
        if self.unit:
            lines = lines.filter(Q(lead_unit=self.unit) | Q(lead_unit__members=self.unit)).distinct()
        if self.tag:
            lines = lines.filter(task__tags=self.tag)
        if self.key:
            lines = lines.filter(key=True)
        if self.text.strip():
            word = self.text.strip()
            lines = lines.filter(Q(work__icontains=word) | Q(item_name__icontains=word) | Q(leads__icontains=word))
        return lines

    @property
    def needs_facts(self) -> bool:
        """Whether rows must be computed before they can be chosen."""
        return bool(self.light or self.forecast or self.problems or self.cannot or self.unreported)

    @property
    def on_lines(self) -> Filters:
        """Only the conditions that the database can answer: what the counts above the table are taken over."""
        return replace(self, light="", forecast="", problems=False, cannot=False, unreported=False)

    def keeps(self, fact: TaskFacts, monday: date) -> bool:
        """The conditions on what was known in the week of ``monday``."""
        return (
            (not self.light or fact.shown.light == self.light)
            and (not self.forecast or fact.forecast == self.forecast)
            and (not self.problems or any(said(report.problem) for report in fact.reports))
            and (not self.cannot or cannot_in_time(fact))
            and (not self.unreported or unreported(fact, monday))
        )


def cannot_in_time(fact: TaskFacts) -> bool:
    """Whether an open task will not be, or is not, finished in time."""
    return fact.is_open and (fact.forecast == Forecast.NO or fact.shown.light == Light.LATE)


def unreported(fact: TaskFacts, monday: date) -> bool:
    """Whether an open task has no report of the week of ``monday``."""
    return fact.is_open and (fact.report is None or fact.report.monday < monday)


@dataclass(slots=True)
class Row:
    """One task in the overview: its line as issued, and what was known of it on the day."""

    line: ListLine
    facts: TaskFacts

    @property
    def deadline(self) -> str:
        """The deadline in force on the day; the line keeps the one that was issued."""
        return self.facts.deadline or self.line.deadline

    @property
    def old_deadline(self) -> str:
        """The original deadline when it has changed since: shown struck through, for ever."""
        return self.facts.original_deadline

    @property
    def progress(self) -> str:
        reports = self.facts.reports
        if len(reports) > 1:
            return "；".join(f"{r.unit}：{r.progress}" for r in sorted(reports, key=lambda r: r.unit_id))
        return reports[0].progress if reports else ""

    @property
    def forecast_label(self) -> str:
        return str(Forecast(self.facts.forecast).label) if self.facts.forecast else ""

    @property
    def reason_and_advice(self) -> str:
        """The sixth column: why not in time, and what to do."""
        parts = []
        for report in self.facts.reports:
            if report.reason:
                parts.append(_("原因：%s") % report.reason)
            if report.advice:
                parts.append(_("建议：%s") % report.advice)
        return "\n".join(parts)

    @property
    def problem(self) -> str:
        return "\n".join(r.problem for r in self.facts.reports if said(r.problem))

    @property
    def report(self) -> Report | None:
        """The newest report."""
        return self.facts.report

    @property
    def report_mark(self) -> str:
        """Which report the row shows: 7月14日报."""
        if self.report is None:
            return ""
        day = timezone.localtime(self.report.submitted_at)
        return _("%(month)d月%(day)d日报") % {"month": day.month, "day": day.day}

    def stale_mark(self, monday: date) -> str:
        """上周 or the number of weeks when an open task's report is not of the week of ``monday``."""
        if self.report is None or not self.facts.is_open or self.report.monday >= monday:
            return ""
        weeks = (monday - self.report.monday) // timedelta(weeks=1)
        return _("上周") if weeks == 1 else _("%d周前") % weeks

    @property
    def judgement_label(self) -> str:
        return str(Forecast(self.facts.judgement).label) if self.facts.judgement else ""

    @property
    def light(self) -> Light:
        return self.facts.shown.light


def visible_lines(user: User, edition: ListEdition) -> QuerySet[ListLine]:
    """The lines of work of ``edition`` that ``user`` may see, in list order."""
    return edition.lines.standing_lines().visible_to(user).order_by("position", "pk")


def rows(
    user: User, edition: ListEdition, day: date | None = None, filters: Filters | None = None, *, offset: int = 0,
    limit: int | None = CHUNK,
) -> list[Row]:  # fmt: skip
    """A chunk of the overview as of the end of ``day`` (default now), ``limit`` None for all rows."""
    filters = filters or Filters()
    lines = filters.lines(visible_lines(user, edition))
    if filters.needs_facts or limit is None:
        monday = monday_of(day or clock.today())
        facts = facts_of(Task.objects.filter(pk__in=lines.order_by().values("task")), day)
        kept = [line for line in lines if filters.keeps(facts[line.task_id], monday)]
        chosen = kept[offset : None if limit is None else offset + limit]
        return [Row(line, facts[line.task_id]) for line in chosen]
    found = list(lines[offset : offset + limit])
    facts = facts_of([line.task_id for line in found], day)
    return [Row(line, facts[line.task_id]) for line in found]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The rows that one response shows. ``before`` is the line above the first row: where the chunk begins inside
    an item, the item is named again as continued. ``more``: rows follow."""

    rows: list[Row]
    offset: int
    before: ListLine | None
    more: bool


def chunk(
    user: User, edition: ListEdition, day: date | None = None, filters: Filters | None = None, *, offset: int = 0
) -> Chunk:
    """`CHUNK` rows from ``offset``; what was known is read for these rows alone."""
    filters = filters or Filters()
    lines = filters.lines(visible_lines(user, edition))
    first, last = max(offset - 1, 0), offset + CHUNK + 1
    if filters.needs_facts:
        chosen = _kept_lines(user, edition, day, filters)[first:last]
        found = list(edition.lines.filter(pk__in=chosen).order_by("position", "pk"))
    else:
        found = list(lines[first:last])
    before = found.pop(0) if offset and found else None
    more, found = len(found) > CHUNK, found[:CHUNK]
    facts = facts_of([line.task_id for line in found], day)
    return Chunk([Row(line, facts[line.task_id]) for line in found], offset, before, more)


def _kept_lines(user: User, edition: ListEdition, day: date | None, filters: Filters) -> list[int]:
    """Ids of the lines that conditions on facts leave, so that later chunks need not work them out again."""
    return remembered(
        "kept", user, edition, (day, filters),
        lambda: [row.line.pk for row in rows(user, edition, day, filters, limit=None)],
    )  # fmt: skip


def count_rows(user: User, edition: ListEdition, day: date | None = None, filters: Filters | None = None) -> int:
    """How many rows `rows` would give without a limit."""
    filters = filters or Filters()
    if filters.needs_facts:
        return len(_kept_lines(user, edition, day, filters))
    return filters.lines(visible_lines(user, edition)).count()


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """The rows of one item, which are merged into one cell on the sheet."""

    number: int
    item_id: int
    name: str
    rows: Sequence[Row]

    @property
    def light(self) -> Light:
        return worst([row.light for row in self.rows])


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The items of one plan under its heading."""

    plan_id: int
    name: str
    items: Sequence[ItemGroup]


def grouped(found: Sequence[Row], *, first_number: int = 1) -> Iterator[PlanGroup]:
    """Rows in list order as plans over items over tasks; items are numbered through the whole list."""
    number = first_number
    for (plan, plan_name), in_plan in groupby(found, key=lambda r: (r.line.plan_id, r.line.plan_name)):
        items = []
        for (item, item_name), in_item in groupby(in_plan, key=lambda r: (r.line.item_id, r.line.item_name)):
            items.append(ItemGroup(number, item, item_name, list(in_item)))
            number += 1
        yield PlanGroup(plan, plan_name, items)


def item_numbers(user: User, edition: ListEdition) -> dict[int, int]:
    """The running number of each item in the edition, so that any chunk shows the right one."""
    return remembered("numbers", user, edition, (), lambda: _count_items(user, edition))


def _count_items(user: User, edition: ListEdition) -> dict[int, int]:
    firsts = visible_lines(user, edition).order_by().values("item_id").annotate(first=Min("position"))
    ids = firsts.order_by("first", "item_id").values_list("item_id", flat=True)
    return {item: number for number, item in enumerate(ids, start=1)}


def choices(user: User, edition: ListEdition) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The plans and the lead units that occur in what ``user`` sees of the edition, as (id, name) in their order."""
    return remembered("choices", user, edition, (), lambda: _find_choices(user, edition))


def _find_choices(user: User, edition: ListEdition) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    lines = visible_lines(user, edition)
    plans = lines.order_by("plan__sort", "plan_id").values_list("plan_id", "plan_name", "plan__sort").distinct()
    units = (
        lines.exclude(lead_unit=None)
        .order_by("lead_unit__sort", "lead_unit_id")
        .values_list("lead_unit_id", "lead_unit__name", "lead_unit__sort")
        .distinct()
    )
    return [(pk, name) for pk, name, _sort in plans], [(pk, name) for pk, name, _sort in units if pk]


@dataclass(slots=True)
class Statistics:
    """Counts of an overview with both denominators: tasks, and the items above them.

    5 late tasks are 5 of the *tasks*; the items that contain them are counted apart. The two are never mixed.
    """

    tasks: int = 0
    items: int = 0
    task_lights: Counter[str] = field(default_factory=Counter)
    item_lights: Counter[str] = field(default_factory=Counter)
    forecasts: Counter[str] = field(default_factory=Counter)
    not_in_time_tasks: int = 0
    not_in_time_items: int = 0
    without_reason_or_advice: int = 0
    reported: int = 0
    unreported: int = 0
    finished_in_time: int = 0
    problems: int = 0
    open_problems: int = 0
    key_tasks: int = 0
    key_late: int = 0
    by_plan: dict[str, Counter[str]] = field(default_factory=dict)
    by_unit: dict[str, Counter[str]] = field(default_factory=dict)
    by_tag: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.task_lights[Light.DONE]

    @property
    def late(self) -> int:
        return self.task_lights[Light.LATE]


def statistics(user: User, edition: ListEdition, day: date | None = None, filters: Filters | None = None) -> Statistics:
    """Count the overview of ``edition`` as of ``day``, over what ``user`` may see."""
    return remembered("statistics", user, edition, (day, filters), lambda: _count(user, edition, day, filters))


def _count(user: User, edition: ListEdition, day: date | None, filters: Filters | None) -> Statistics:
    found = rows(user, edition, day, filters, limit=None)
    result = Statistics(tasks=len(found))
    tags = _tags_of(edition)
    monday = monday_of(day or clock.today())
    for plan in grouped(found):
        lights = result.by_plan.setdefault(plan.name, Counter())
        for item in plan.items:
            result.items += 1
            result.item_lights[item.light] += 1
            lights["items"] += 1
            not_in_time = 0
            for row in item.rows:
                not_in_time += _count_row(result, row, lights, tags.get(row.line.task_id, ()))
                result.unreported += unreported(row.facts, monday)
            result.not_in_time_items += bool(not_in_time)
    return result


def _count_row(result: Statistics, row: Row, plan: Counter[str], tags: Sequence[str]) -> int:
    facts, light = row.facts, row.light
    result.task_lights[light] += 1
    result.forecasts[facts.forecast] += 1
    unit = result.by_unit.setdefault(row.line.leads.split("、")[0], Counter())
    counters = [plan, unit, *(result.by_tag.setdefault(tag, Counter()) for tag in tags)]
    for counter in counters:
        counter["tasks"] += 1
        counter[light] += 1
    result.key_tasks += row.line.key
    result.key_late += row.line.key and light == Light.LATE
    result.reported += bool(facts.reports)
    result.problems += bool(row.problem.strip())
    result.open_problems += facts.open_problems
    if facts.closed == Closure.Kind.DONE and facts.finished_on is not None:
        result.finished_in_time += facts.due_on is None or facts.finished_on <= facts.due_on
    not_in_time = cannot_in_time(facts)
    if not_in_time:
        result.not_in_time_tasks += 1
        for counter in counters:
            counter["not_in_time"] += 1
        told = [r for r in facts.reports if r.forecast == Forecast.NO]
        result.without_reason_or_advice += not told or any(not (r.reason and r.advice) for r in told)
    return int(not_in_time)


def _tags_of(edition: ListEdition) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    tagged = Tag.tasks.through.objects.filter(task__lines__edition=edition)
    for task, name in tagged.values_list("task_id", "tag__name").distinct():
        found.setdefault(task, []).append(name)
    return found
