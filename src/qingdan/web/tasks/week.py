"""A unit's reporting week: what it owes, what it said last week, what is written, signed and sent back.

One reading, in a constant number of queries, serves the reporter's page, the signer's page, the office's drill-down
and the template workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.rights import Verdict
from qingdan.web.units.models import Role, Unit, User

from .expected import expected_reports, lines_owed
from .facts import TaskFacts, facts_of
from .hints import DraftHint, hints_on_drafts
from .models import ListLine, ReportDraft, ReportPeriod, ReportVersion, Target, Task
from .services.reports import CONTENT, CORRECTION_DAYS, check_content, may_skip, no_change_runs


class State(models.TextChoices):
    """How far this week's report on a task is."""

    EMPTY = "empty", _("未填")
    DRAFT = "draft", _("草稿")
    READY = "ready", _("待签发")
    SUBMITTED = "submitted", _("已报送")
    RETURNED = "returned", _("已退回")

    @property
    def css(self) -> str:
        return {"empty": "", "draft": "", "ready": "qd-tag--accent", "submitted": "qd-tag--good"}.get(
            self.value, "qd-tag--warn"
        )


@dataclass
class WeekTask:
    """One task in a unit's week. ``last`` is the accepted report of the latest week before."""

    task: Task
    line: ListLine | None
    unit: Unit
    period: ReportPeriod
    number: int
    facts: TaskFacts = field(default_factory=TaskFacts)
    targets: list[Target] = field(default_factory=list)
    draft: ReportDraft | None = None
    versions: list[ReportVersion] = field(default_factory=list)
    last: ReportVersion | None = None
    run: int = 0
    evidence: list[Any] = field(default_factory=list)
    hints: list[DraftHint] = field(default_factory=list)
    owed: bool = True

    @property
    def work(self) -> str:
        return self.line.work if self.line else self.task.work

    @property
    def deadline(self) -> str:
        return self.facts.deadline or (self.line.deadline if self.line else "")

    @property
    def pending(self) -> ReportDraft | None:
        """The draft with changes that are not submitted yet; one of files only (revision 0) has no words to sign."""
        draft = self.draft
        return draft if draft and draft.revision and draft.submitted_version is None else None

    @property
    def accepted(self) -> ReportVersion | None:
        return next((version for version in self.versions if not hasattr(version, "returned")), None)

    @property
    def returned(self) -> ReportVersion | None:
        """The newest version, when it was sent back."""
        newest = self.versions[0] if self.versions else None
        return newest if newest is not None and hasattr(newest, "returned") else None

    @cached_property
    def fault(self) -> DomainError | None:
        """Why the draft cannot be submitted as it is."""
        if self.pending is None:
            return None
        try:
            check_content({name: getattr(self.pending, name) for name in CONTENT}, self.work)
        except DomainError as error:
            return error
        return None

    @property
    def state(self) -> State:
        if self.pending is not None:
            return State.DRAFT if self.fault else State.READY
        if self.returned is not None:
            return State.RETURNED
        return State.SUBMITTED if self.accepted else State.EMPTY

    @property
    def late(self) -> bool:
        """Whether the first accepted report of the week came late."""
        return any(version.late for version in self.versions[-1:])

    @property
    def content(self) -> dict[str, Any]:
        """What the form starts from: the draft, else this week's newest version, else last week's text."""
        source = self.draft or (self.versions[0] if self.versions else self.last)
        found = {name: getattr(source, name) for name in CONTENT} if source else {}
        if source is self.last and found:
            found["no_change"] = False
        return found

    @property
    def carried(self) -> bool:
        """Whether the form shows last week's words, not yet this week's."""
        return self.draft is None and not self.versions and self.last is not None

    @property
    def skip(self) -> Verdict:
        """Whether 本周无变化 may be said."""
        last: Mapping[str, Any] = {"progress": self.last.progress} if self.last else {}
        return may_skip(self.task, last, self.run)


@dataclass
class UnitWeek:
    """A unit's week with its tasks in list order."""

    period: ReportPeriod
    unit: Unit
    tasks: list[WeekTask]

    @property
    def owed(self) -> int:
        return sum(task.owed for task in self.tasks)

    @property
    def filled(self) -> int:
        """Tasks for which something was written, complete enough to be signed, or submitted."""
        return sum(task.owed and task.state in (State.READY, State.SUBMITTED) for task in self.tasks)

    @property
    def submitted(self) -> int:
        return sum(task.owed and task.accepted is not None for task in self.tasks)

    @property
    def pending(self) -> list[WeekTask]:
        """What waits for the signer."""
        return [task for task in self.tasks if task.pending is not None]

    @property
    def missing(self) -> list[WeekTask]:
        """Tasks with neither a draft nor an accepted report."""
        return [t for t in self.tasks if t.owed and t.state in (State.EMPTY, State.RETURNED)]

    @property
    def skippable(self) -> int:
        """Tasks that 全部无变化 would mark."""
        return sum(t.owed and t.draft is None and not t.versions and bool(t.skip) for t in self.tasks)

    @property
    def days_left(self) -> int | None:
        return (self.period.due_on - clock.today()).days if self.period.due_on else None

    @property
    def open(self) -> bool:
        """Whether the unit may still write: from the opening day until corrections end."""
        if self.period.due_on is None or self.period.opens_on is None:
            return False
        last = self.period.due_on + timedelta(days=CORRECTION_DAYS)
        return self.period.opens_on <= clock.today() <= last


def unit_week(user: User, period: ReportPeriod, unit: Unit, *, task: int | None = None) -> UnitWeek:
    """The week of ``unit`` as ``user`` may see it (drafts only for the unit itself); one task when given."""
    pairs = expected_reports(period, units=[unit.pk], tasks=None if task is None else [task])
    owed = [pair.task_id for pair in pairs]
    versions = (
        ReportVersion.objects.visible_to(user)
        .filter(period=period, unit=unit)
        .select_related("returned__by", "written_by", "signed_by")
        .order_by("-version")
    )
    drafts = ReportDraft.objects.visible_to(user).filter(period=period, unit=unit).select_related("updated_by", "task")
    if task is not None:
        versions, drafts = versions.filter(task=task), drafts.filter(task=task)
    by_task: dict[int, list[ReportVersion]] = {}
    for version in versions:
        by_task.setdefault(version.task_id, []).append(version)
    # A task closed during the week is no longer owed, what was reported on it stays in sight.
    wanted = list(dict.fromkeys([*owed, *by_task]))
    lines = {line.task_id: line for line in lines_owed(period).filter(task__in=owed)}
    tasks = Task.objects.select_related("item__plan").in_bulk(wanted)
    for version in versions:
        version.task = tasks[version.task_id]
    facts = facts_of(wanted, min(clock.today(), period.sunday))
    draft_of = {draft.task_id: draft for draft in drafts}
    last = _last_reports(user, wanted, unit, period)
    runs = no_change_runs(wanted, unit, period)
    targets: dict[int, list[Target]] = {}
    for target in Target.objects.filter(task__in=wanted):
        targets.setdefault(target.task_id, []).append(target)
    files: dict[int, list[Any]] = {}
    through = ReportDraft.evidence.through.objects.filter(reportdraft__in=[d.pk for d in draft_of.values()])
    for row in through.select_related("attachment").order_by("pk"):
        files.setdefault(row.reportdraft_id, []).append(row.attachment)
    found = [
        WeekTask(
            task=tasks[pk], line=lines.get(pk), unit=unit, period=period, number=number, facts=facts[pk],
            targets=targets.get(pk, []), draft=draft_of.get(pk), versions=by_task.get(pk, []), last=last.get(pk),
            run=runs.get(pk, 0), owed=pk in set(owed),
            evidence=files.get(draft_of[pk].pk, []) if pk in draft_of else [],
        )
        for number, pk in enumerate(wanted, 1)
        if pk in tasks
    ]  # fmt: skip
    _add_hints(found, files)
    return UnitWeek(period, unit, found)


def _last_reports(user: User, tasks: list[int], unit: Unit, period: ReportPeriod) -> dict[int, ReportVersion]:
    """The accepted report of the latest week before ``period`` for each task: one index probe each."""
    earlier = ReportVersion.objects.not_returned().filter(
        task=OuterRef("pk"), unit=unit, period__monday__lt=period.monday
    )
    newest = earlier.order_by("-period__monday", "-version").values("pk")[:1]
    picked = Task.objects.filter(pk__in=tasks).annotate(_newest=Subquery(newest)).values("_newest")
    found = ReportVersion.objects.visible_to(user).filter(pk__in=picked).select_related("period")
    return {version.task_id: version for version in found}


def _add_hints(found: list[WeekTask], files: Mapping[int, list[Any]]) -> None:
    drafts = [task.pending for task in found if task.pending is not None]
    before = {task.task.pk: task.last for task in found if task.last is not None}
    hints = hints_on_drafts(drafts, before, evidence={pk: len(rows) for pk, rows in files.items()})
    for task in found:
        task.hints = hints.get(task.task.pk, [])


def waiting_counts(user: User) -> tuple[int, int]:
    """For the navigation: how many reports the person's units still owe this week, and how many drafts wait to be
    signed by them."""
    standing, today = user.standing, clock.today()
    period = ReportPeriod.objects.filter(monday__lte=today, opens_on__lte=today).order_by("-monday").first()
    if period is None or period.sunday < today:
        return 0, 0
    owed = 0
    if writes := standing.units(Role.REPORTER):
        pairs = {(p.task_id, p.unit_id) for p in expected_reports(period, units=writes)}
        done = ReportVersion.objects.not_returned().filter(period=period, unit__in=writes)
        drafted = _unsigned(period).filter(unit__in=writes)
        owed = len(pairs - set(done.values_list("task_id", "unit_id")) - set(drafted.values_list("task_id", "unit_id")))
    signs = standing.units(Role.SIGNER)
    return owed, _unsigned(period).filter(unit__in=signs).count() if signs else 0


def _unsigned(period: ReportPeriod) -> models.QuerySet[ReportDraft]:
    return ReportDraft.objects.filter(period=period, submitted_version__isnull=True, revision__gt=0)
