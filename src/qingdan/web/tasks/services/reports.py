"""The weekly report: opening a week, writing, signing and submitting, sending back, entering on a unit's behalf."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from qingdan.standards.weeks import monday_of, week_label
from qingdan.web.common import clock, values
from qingdan.web.common.calendar import work_calendar
from qingdan.web.common.errors import DomainError, Stale
from qingdan.web.common.events import record
from qingdan.web.common.inbox import notify
from qingdan.web.common.models import Attachment, Notification
from qingdan.web.common.rights import YES, Verdict, no, require
from qingdan.web.units.models import Role, Unit, User
from qingdan.web.units.roles import people_with

from .. import rights
from ..expected import expected_reports
from ..models import (
    Forecast,
    Problem,
    ProblemStep,
    ReportDraft,
    ReportEvidence,
    ReportPeriod,
    ReportReturn,
    ReportVersion,
    Task,
)

CONTENT = ReportVersion.CONTENT
# Until how many days after the due day a unit may still correct a week by itself.
CORRECTION_DAYS = 14


@transaction.atomic
def open_period(actor: User | None, day: date) -> ReportPeriod:
    """Open the reporting week of ``day``; opening it again gives the same one.

    The configured opening and due weekdays move to the week's nearest working days; a week without any working day
    is kept as skipped. ``actor`` None: the scheduler.
    """
    if actor is not None:
        require(rights.may_manage_tasks(actor))
    monday = monday_of(day)
    found = ReportPeriod.objects.filter(monday=monday).first()
    if found:
        return found
    workdays = work_calendar().week_workdays(monday)
    if not workdays:
        period = ReportPeriod.objects.create(monday=monday, skipped=_("本周无工作日"))
    else:
        opens = monday + timedelta(days=int(values.get("report_opens_weekday")))
        due = monday + timedelta(days=int(values.get("report_due_weekday")))
        period = ReportPeriod.objects.create(
            monday=monday,
            opens_on=next((d for d in workdays if d >= opens), workdays[-1]),
            due_on=next((d for d in reversed(workdays) if d <= due), workdays[-1]),
        )
    record(actor, "tasks.open_period", period, opens_on=period.opens_on, due_on=period.due_on, skipped=period.skipped)
    return period


def carried_content(task: Task, unit: Unit, period: ReportPeriod) -> dict[str, Any]:
    """Last accepted content of ``unit`` for ``task`` before ``period``, to start this week's text from."""
    last = last_accepted(task, unit, before=period)
    return {name: getattr(last, name) for name in CONTENT} | {"no_change": False} if last else {}


def last_accepted(task: Task, unit: Unit, *, before: ReportPeriod | None = None) -> ReportVersion | None:
    """The accepted report of the latest week (before ``before`` when given)."""
    versions = ReportVersion.objects.not_returned().filter(task=task, unit=unit)
    if before is not None:
        versions = versions.filter(period__monday__lt=before.monday)
    return versions.order_by("-period__monday", "-version").first()


def no_change_run(task: Task, unit: Unit, period: ReportPeriod) -> int:
    """How many weeks in a row just before ``period`` were reported as without change."""
    return no_change_runs([task.pk], unit, period).get(task.pk, 0)


def no_change_runs(tasks: Collection[int], unit: Unit, period: ReportPeriod) -> dict[int, int]:
    """The same for many tasks in one query, by task id; looks back half a year, beyond any cap."""
    versions = ReportVersion.objects.not_returned().filter(
        task__in=tasks, unit=unit, period__monday__lt=period.monday,
        period__monday__gte=period.monday - timedelta(weeks=26),
    )  # fmt: skip
    weeks: dict[int, dict[date, bool]] = {}
    newest_first = versions.order_by("-period__monday", "-version")
    for task, monday, no_change in newest_first.values_list("task_id", "period__monday", "no_change"):
        weeks.setdefault(task, {}).setdefault(monday, no_change)
    runs = {}
    for task, by_week in weeks.items():
        states = list(by_week.values())
        runs[task] = states.index(False) if False in states else len(states)
    return runs


def may_skip(task: Task, content: Mapping[str, Any], run: int) -> Verdict:
    """Whether 本周无变化 may be said: there is a report to carry over, and fewer than the cap in a row so far."""
    if not content:
        return no(_("此前没有可沿用的报告，请填写本周进展。"))
    cap = int(values.get("no_change_cap"))
    if run >= cap:
        return no(_("已连续%(run)d周报“无变化”，达到上限%(cap)d周，请写明实际进展或原因。") % {"run": run, "cap": cap})
    return YES


def check_content(content: Mapping[str, Any], work: str) -> None:
    """Refuse a report that may not be submitted; ``work`` names the place."""
    place = _("“%s”") % work[:20]
    if not str(content.get("progress") or "").strip():
        raise DomainError(place, _("进展情况为空。"), _("请填写本周进展。"), field="progress")
    if content.get("forecast") not in Forecast.values:
        raise DomainError(place, _("未预估是否能够按时办结。"), _("请选择能、不能或不确定。"), field="forecast")
    if content.get("forecast") == Forecast.NO:
        for name, label in (("reason", _("原因")), ("advice", _("建议"))):
            if not str(content.get(name) or "").strip():
                raise DomainError(place, _("预估不能按时办结，未填%s。") % label, _("原因和建议均须填写。"), field=name)
    percent = content.get("percent")
    if percent is not None and not 0 <= int(percent) <= 100:
        raise DomainError(place, _("完成比例须在0至100之间。"), _("请核对完成比例。"), field="percent")


def _refuse_closed(period: ReportPeriod, unit: Unit, tasks: Sequence[Task]) -> None:
    """Refuse a week that is not open, and tasks that ``unit`` does not owe in it."""
    today = clock.today()
    if period.due_on is None or period.opens_on is None:
        raise DomainError(week_label(period.monday), period.skipped, _("本周免报。"))
    if today < period.opens_on:
        raise DomainError(week_label(period.monday), _("尚未开放填报。"), _("请于%s起填报。") % period.opens_on)
    if today > period.due_on + timedelta(days=CORRECTION_DAYS):
        raise DomainError(week_label(period.monday), _("更正期已过。"), _("如需更正，请联系目督办。"))
    owed = {pair.task_id for pair in expected_reports(period, units=[unit.pk], tasks=[task.pk for task in tasks])}
    for task in tasks:
        if task.pk not in owed:
            raise DomainError(f"{task}", _("本周不需要%s报送。") % unit.name, _("请核对清单中的牵头单位。"))


@transaction.atomic
def save_draft(
    actor: User, period: ReportPeriod, task: Task, unit: Unit, content: Mapping[str, Any], *,
    revision: int | None = None, evidence: Sequence[Attachment] | None = None,
) -> ReportDraft:  # fmt: skip
    """Save what a unit's reporter has written so far; incomplete content is welcome.

    ``revision`` is the one the page was loaded with: when somebody else saved meanwhile, nothing is overwritten.
    """
    require(rights.may_write_report(actor, unit))
    _refuse_closed(period, unit, [task])
    draft, _made = ReportDraft.objects.select_for_update().get_or_create(
        period=period,
        task=task,
        unit=unit,
        defaults={"revision": 0, "updated_by": actor, "updated_at": clock.now()},
    )
    if draft.revision and revision is not None and revision != draft.revision:
        raise Stale(
            _("周报草稿"),
            _("%s已先保存了另一份内容。") % draft.updated_by.name,
            _("请刷新后核对，您填写的内容未被保存。"),
        )
    for name in CONTENT:
        if name in content:
            setattr(draft, name, content[name])
    draft.no_change = bool(content.get("no_change", False))
    draft.revision += 1
    draft.submitted_version = None
    draft.updated_by, draft.updated_at = actor, clock.now()
    draft.save()
    if evidence:
        draft.evidence.add(*evidence)
    record(
        actor, "tasks.save_draft", draft, revision=draft.revision, **{name: getattr(draft, name) for name in CONTENT}
    )  # fmt: skip
    return draft


@transaction.atomic
def report_no_change(actor: User, period: ReportPeriod, task: Task, unit: Unit) -> ReportDraft:
    """本周无变化 in one click: last week's report again, so marked; refused after the cap in a row."""
    require(rights.may_write_report(actor, unit))
    content = carried_content(task, unit, period)
    verdict = may_skip(task, content, no_change_run(task, unit, period))
    if not verdict:
        raise DomainError(f"{task}", verdict.reason)
    content |= {"no_change": True, "problem": ""}
    return save_draft(actor, period, task, unit, content)


@transaction.atomic
def report_rest_unchanged(actor: User, period: ReportPeriod, unit: Unit) -> tuple[int, int]:
    """本周无变化 for every task that has neither draft nor report this week; returns how many were marked, and how
    many were left because they may not be."""
    require(rights.may_write_report(actor, unit))
    owed = {pair.task_id for pair in expected_reports(period, units=[unit.pk])}
    begun = ReportDraft.objects.filter(period=period, unit=unit).values_list("task_id", flat=True)
    told = ReportVersion.objects.filter(period=period, unit=unit).values_list("task_id", flat=True)
    rest = owed - set(begun) - set(told)
    runs, marked = no_change_runs(rest, unit, period), 0
    for task in Task.objects.filter(pk__in=rest):
        if may_skip(task, carried_content(task, unit, period), runs.get(task.pk, 0)):
            report_no_change(actor, period, task, unit)
            marked += 1
    return marked, len(rest) - marked


@transaction.atomic
def attach_evidence(
    actor: User, period: ReportPeriod, task: Task, unit: Unit, files: Sequence[Attachment]
) -> ReportDraft:  # fmt: skip
    """Put files beside a unit's draft (made from last week's text when there is none yet).

    The draft's revision stays: adding a file overwrites nobody's words.
    """
    require(rights.may_write_report(actor, unit))
    _refuse_closed(period, unit, [task])
    _lock(unit)
    draft = ReportDraft.objects.filter(period=period, task=task, unit=unit).first()
    if draft is None:
        start = current_content(task, unit, period) | {"no_change": False}
        draft = ReportDraft.objects.create(
            period=period, task=task, unit=unit, revision=0, updated_by=actor, updated_at=clock.now(), **start
        )
    draft.evidence.add(*files)
    draft.submitted_version, draft.updated_by, draft.updated_at = None, actor, clock.now()
    draft.save(update_fields=["submitted_version", "updated_by", "updated_at"])
    record(actor, "tasks.attach_evidence", draft, files=[{"name": f.name, "sha256": f.sha256} for f in files])
    return draft


@transaction.atomic
def detach_evidence(actor: User, draft: ReportDraft, file: Attachment) -> ReportDraft:
    """Take a file off a draft; versions already submitted keep theirs."""
    require(rights.may_write_report(actor, draft.unit))
    _refuse_closed(draft.period, draft.unit, [draft.task])
    draft.evidence.remove(file)
    draft.submitted_version, draft.updated_by, draft.updated_at = None, actor, clock.now()
    draft.save(update_fields=["submitted_version", "updated_by", "updated_at"])
    record(actor, "tasks.detach_evidence", draft, name=file.name, sha256=file.sha256)
    return draft


def current_content(task: Task, unit: Unit, period: ReportPeriod) -> dict[str, Any]:
    """What a new draft starts from: this week's newest version when there is one, else last week's text."""
    newest = ReportVersion.objects.filter(period=period, task=task, unit=unit).order_by("-version").first()
    if newest is not None:
        return {name: getattr(newest, name) for name in CONTENT}
    return carried_content(task, unit, period)


def _lock(unit: Unit) -> None:
    """One writer of versions per unit at a time, so that two who submit at once get numbers one after the other."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)


@transaction.atomic
def submit(
    actor: User, period: ReportPeriod, unit: Unit, tasks: Iterable[int] | None = None, *,
    seen: Mapping[int, int] | None = None,
) -> list[ReportVersion]:  # fmt: skip
    """Sign and submit the unit's drafts of the week that are not submitted yet, all or none.

    ``seen``: the revision of each draft (by task id) that the signer had before them; a draft changed since is not
    signed unread.
    Exactly one report per unit, task and week is accepted: the highest version not sent back (P-36). Submitting again
    without new changes submits nothing and gives an empty list. Who wrote a draft cannot sign it.
    """
    require(rights.may_sign_report(actor, unit))
    _lock(unit)
    drafts = (
        ReportDraft.objects.select_for_update(of=("self",))
        .filter(period=period, unit=unit, submitted_version__isnull=True, revision__gt=0)
        .select_related("task", "updated_by")
    )
    if tasks is not None:
        drafts = drafts.filter(task__in=list(tasks))
    ready = list(drafts.order_by("task__item__plan__sort", "task__item__sort", "task__sort"))
    if not ready:
        return []
    _refuse_closed(period, unit, [draft.task for draft in ready])
    for draft in ready:
        if seen is not None and seen.get(draft.task_id) != draft.revision:
            raise Stale(
                _("“%s”") % draft.task.work[:20], _("打开本页后，填报人又改过内容。"), _("请核对新的内容后再签发。")
            )
        check_content({name: getattr(draft, name) for name in CONTENT}, draft.task.work)
        if draft.updated_by_id == actor.pk:
            raise DomainError(
                _("“%s”") % draft.task.work[:20], _("填报人不得签发本人填写的内容。"), _("请由另一名签发人签发。")
            )
    now = clock.now()
    versions = [
        _add_version(draft.task, unit, period, {name: getattr(draft, name) for name in CONTENT},
                     at=now, written_by=draft.updated_by, signed_by=actor, evidence=list(draft.evidence.all()))
        for draft in ready
    ]  # fmt: skip
    for draft, version in zip(ready, versions, strict=True):
        draft.submitted_version = version.version
        draft.save(update_fields=["submitted_version"])
    record(actor, "tasks.submit", period, unit=unit, reports=[_facts(version) for version in versions])
    return versions


@transaction.atomic
def submit_on_behalf(
    actor: User, period: ReportPeriod, unit: Unit, contents: Mapping[int, Mapping[str, Any]], *, file: Attachment
) -> list[ReportVersion]:
    """The office enters the filled template of a unit without an account; ``contents`` by task id, ``file`` the
    template as received, kept as evidence with every report."""
    require(rights.may_verify(actor))
    _lock(unit)
    now = clock.now()
    expected = {pair.task_id: pair for pair in expected_reports(period, units=[unit.pk])}
    versions = []
    for task_id, content in contents.items():
        if task_id not in expected:
            raise DomainError(unit.name, _("任务%s本周不由该单位报送。") % task_id, _("请核对模板。"))
        task = Task.objects.get(pk=task_id)
        check_content(content, task.work)
        full = {name: content.get(name, _EMPTY[name]) for name in CONTENT}
        versions.append(
            _add_version(
                task, unit, period, full, at=now, written_by=actor, signed_by=actor, evidence=[file], on_behalf=True
            )
        )
    record(actor, "tasks.submit_on_behalf", period, unit=unit, file=file.sha256, reports=[_facts(v) for v in versions])
    return versions


_EMPTY: dict[str, Any] = {
    "progress": "", "percent": None, "quantity": None, "claims_done": False, "forecast": "", "reason": "", "advice": "",
    "problem": "", "no_change": False,
}  # fmt: skip


def _add_version(
    task: Task, unit: Unit, period: ReportPeriod, content: Mapping[str, Any], *, at: datetime, written_by: User,
    signed_by: User, evidence: Sequence[Attachment] = (), on_behalf: bool = False,
) -> ReportVersion:  # fmt: skip
    same = ReportVersion.objects.filter(period=period, unit=unit, task=task)
    number = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    late = period.due_on is not None and at > clock.local(period.due_on, values.get("report_due_hour"))
    version = ReportVersion.objects.create(
        period=period, week=period.monday, unit=unit, task=task, version=number, written_by=written_by,
        signed_by=signed_by,
        submitted_at=at, late=late, on_behalf=on_behalf, **content,
    )  # fmt: skip
    ReportEvidence.objects.bulk_create(ReportEvidence(report=version, attachment=file) for file in evidence)
    _raise_problem(version)
    return version


def _raise_problem(version: ReportVersion) -> None:
    """A problem told again word for word while it is open is still the same problem."""
    text = version.problem.strip()
    if not text or text in {"无", "/", "-", "—"}:
        return
    for known in Problem.objects.filter(task=version.task, unit=version.unit, text=text):
        last = known.steps.order_by("-at", "-id").first()
        if last is None or last.kind != ProblemStep.Kind.SOLVED:
            return
    Problem.objects.create(
        task=version.task, unit=version.unit, report=version, text=text, raised_at=version.submitted_at
    )  # fmt: skip


def _facts(version: ReportVersion) -> dict[str, Any]:
    return {"task": version.task.code, "version": version.version, "late": version.late} | {
        name: getattr(version, name) for name in CONTENT
    }


@transaction.atomic
def return_report(actor: User, version: ReportVersion, *, reason: str) -> ReportReturn:
    """Send a report back: it is no longer accepted, and the unit corrects it with a new version."""
    require(rights.may_verify(actor))
    if not reason.strip():
        raise DomainError(_("退回理由"), _("未填写。"), _("请写明需要更正什么。"), field="reason")
    if ReportReturn.objects.filter(report=version).exists():
        raise Stale(_("周报"), _("该版本已被退回。"), _("请刷新页面。"))
    returned = ReportReturn.objects.create(report=version, reason=reason.strip(), by=actor, at=clock.now())
    title = _("%(week)s周报“%(work)s”被退回，请更正后重新签发") % {
        "week": week_label(version.period.monday), "work": version.task.work[:40],
    }  # fmt: skip
    people = [*people_with(Role.REPORTER, version.unit), *people_with(Role.SIGNER, version.unit)]
    notify(
        people, key=f"returned:{version.pk}", title=title, body=reason.strip(),
        url=reverse("tasks:report", args=[version.pk]), kind=Notification.Kind.URGE,
    )  # fmt: skip
    record(actor, "tasks.return_report", version, reason=reason, unit=version.unit, task=version.task)
    return returned
