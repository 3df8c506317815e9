"""What the office and leaders do about reports: problems, extensions, closing, judgement, lights set by hand."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from qingdan.standards.deadlines import read_deadline
from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError, Stale
from qingdan.web.common.events import record
from qingdan.web.common.inbox import notify
from qingdan.web.common.rights import require
from qingdan.web.units.models import Role, Unit, User
from qingdan.web.units.roles import UNIT_ROLES, people_with

from .. import rights
from ..light import Light
from ..models import (
    Closure,
    ExtensionDecision,
    ExtensionRequest,
    Forecast,
    Judgement,
    LightOverride,
    Problem,
    ProblemStep,
    Task,
)
from .plans import current_deadline, put_deadline, refuse_unread

Step = ProblemStep.Kind


def _needed(text: str, label: str, field: str) -> str:
    if not text.strip():
        raise DomainError(label, _("未填写。"), _("请填写%s。") % label, field=field)
    return text.strip()


# --- problems for the leadership -------------------------------------------------------------------------------------


@transaction.atomic
def assign_problem(actor: User, problem: Problem, owner: Unit, due_on: date, *, text: str = "") -> ProblemStep:
    """Give a problem an owner and a day to answer by; assigning again moves it."""
    require(rights.may_assign_problem(actor))
    if due_on < clock.today():
        raise DomainError(_("答复期限"), _("早于今天。"), _("请选择今天或以后的日期。"), field="due_on")
    kind = Step.REOPENED if _last(problem) == Step.SOLVED else Step.ASSIGNED
    return _step(actor, problem, kind, text, owner=owner, due_on=due_on)


@transaction.atomic
def answer_problem(actor: User, problem: Problem, *, text: str) -> ProblemStep:
    """The owner's (or a leader's) answer."""
    assigned = problem.steps.filter(owner__isnull=False).order_by("-at", "-id").first()
    require(rights.may_answer_problem(actor, assigned.owner_id if assigned else None))
    if _last(problem) == Step.SOLVED:
        raise Stale(_("问题"), _("已确认解决。"), _("如需继续办理，请重新交办。"))
    return _step(actor, problem, Step.ANSWERED, _needed(text, _("答复"), "text"))


@transaction.atomic
def solve_problem(actor: User, problem: Problem, *, text: str) -> ProblemStep:
    """The office confirms that the problem is solved: the way back to the task is closed."""
    require(rights.may_verify(actor))
    if _last(problem) == Step.SOLVED:
        raise Stale(_("问题"), _("已确认解决。"), _("请刷新页面。"))
    return _step(actor, problem, Step.SOLVED, _needed(text, _("解决情况"), "text"))


def _last(problem: Problem) -> str:
    step = problem.steps.order_by("-at", "-id").first()
    return step.kind if step else ""


def _step(actor: User, problem: Problem, kind: str, text: str, *, owner: Unit | None = None, due_on: date | None = None) -> ProblemStep:  # fmt: skip  # noqa: E501
    step = ProblemStep.objects.create(
        problem=problem, kind=kind, owner=owner, due_on=due_on, text=text.strip(), by=actor, at=clock.now()
    )
    record(actor, f"tasks.problem_{kind}", problem, owner=owner, due_on=due_on, text=text, task=problem.task)
    # The owner hears of what it is given; whoever raised the problem hears of everything.
    told = _people_of(problem.unit) | (_people_of(owner) if owner else set())
    title = _("问题%(state)s：%(text)s") % {"state": ProblemStep.Kind(kind).label, "text": problem.text[:60]}
    notify(told, key=f"problem-step:{step.pk}", title=title, url=reverse("tasks:problem", args=[problem.pk]))
    return step


def _people_of(unit: Unit) -> set[User]:
    """Who reports and signs for a unit."""
    return {person for role in UNIT_ROLES for person in people_with(role, unit)}


# --- extensions ------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_extension(actor: User, task: Task, unit: Unit, *, deadline: str, reason: str) -> ExtensionRequest:
    """A lead unit asks for a later deadline, before the present one has passed and one request at a time."""
    require(rights.may_act_for(actor, task))
    if unit.pk not in actor.standing.reporting_units:
        raise DomainError(_("单位"), _("不是您所在的单位。"), _("请以本单位名义申请。"), field="unit")
    current = current_deadline(task)
    today = clock.today()
    if current is None or current.due_on is None:
        raise DomainError(_("完成时限"), _("该任务没有确定的完成时限。"), _("无须申请延期。"))
    if current.due_on < today:
        raise DomainError(
            _("延期申请"), _("完成时限%s已过。") % current.written, _("延期须在到期前申请，请联系目督办。")
        )
    if ExtensionRequest.objects.filter(task=task, decision__isnull=True).exists():
        raise DomainError(_("延期申请"), _("已有一份申请待审批。"), _("请等待审批结果。"))
    reading = read_deadline(deadline, reference=today)
    refuse_unread(reading)
    if reading.due is None or reading.due <= current.due_on:
        raise DomainError(
            _("申请时限"), _("须晚于现时限%s。") % current.written, _("请填写更晚的日期。"), field="deadline"
        )
    request = ExtensionRequest.objects.create(
        task=task,
        unit=unit,
        old_written=current.written,
        old_due_on=current.due_on,
        written=deadline.strip(),
        due_on=reading.due,
        reason=_needed(reason, _("理由"), "reason"),
        by=actor,
        at=clock.now(),
    )
    record(actor, "tasks.request_extension", task, unit=unit, old=current.written, new=deadline, reason=reason)
    notify(
        people_with(Role.SUPERVISION_HEAD),
        key=f"extension:{request.pk}",
        title=_("%(unit)s申请延期至%(deadline)s：%(work)s")
        % {"unit": unit.name, "deadline": request.written, "work": task.work[:60]},
        url=reverse("tasks:extension", args=[request.pk]),
    )
    return request


@transaction.atomic
def decide_extension(actor: User, request: ExtensionRequest, *, approved: bool, reason: str) -> ExtensionDecision:
    """Approve or refuse. Approval adds the new deadline beside the old one, which stays visible for ever."""
    require(rights.may_decide(actor))
    if ExtensionDecision.objects.filter(request=request).exists():
        raise Stale(_("延期申请"), _("已审批。"), _("请刷新页面。"))
    decision = ExtensionDecision.objects.create(
        request=request, approved=approved, reason=_needed(reason, _("审批意见"), "reason"), by=actor, at=clock.now()
    )
    if approved:
        put_deadline(
            actor, request.task, request.written, reference=request.at.date(), reason=_("延期：%s") % request.reason
        )
    record(actor, "tasks.decide_extension", request.task, approved=approved, reason=reason, new=request.written)
    title = _("延期申请已同意：%s") if approved else _("延期申请未同意：%s")
    notify(
        _people_of(request.unit),
        key=f"extension-decided:{request.pk}",
        title=title % request.task.work[:60],
        body=decision.reason,
        url=reverse("tasks:task", args=[request.task_id]),
    )
    return decision


# --- closing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def close_task(
    actor: User, task: Task, *, kind: str, note: str, finished_on: date | None = None, merged_into: Task | None = None,
    document: str = "",
) -> Closure:  # fmt: skip
    """Close a task by the office's own verification, never by the unit's word alone.

    done needs the day it was finished; merged the task it goes into; withdrawn the approving document.
    """
    require(rights.may_verify(actor))
    if not Task.objects.open_at().filter(pk=task.pk).exists():
        raise Stale(f"{task}", _("已经办结。"), _("请刷新页面。"))
    if kind not in Closure.Kind.values or kind == Closure.Kind.REOPENED:
        raise DomainError(_("办结方式"), _("未选择。"), _("请选择办结、转为常态、撤销或并入。"), field="kind")
    if kind == Closure.Kind.DONE and (finished_on is None or finished_on > clock.today()):
        raise DomainError(_("完成日期"), _("未填写或晚于今天。"), _("请填写实际完成日期。"), field="finished_on")
    if kind == Closure.Kind.MERGED and (merged_into is None or merged_into == task):
        raise DomainError(_("并入任务"), _("未指明。"), _("请选择并入哪项任务。"), field="merged_into")
    if kind == Closure.Kind.WITHDRAWN and not document.strip():
        raise DomainError(_("批准文号"), _("撤销任务须有批准文号。"), _("请填写批准文号。"), field="document")
    closure = Closure.objects.create(
        task=task,
        kind=kind,
        finished_on=finished_on if kind == Closure.Kind.DONE else None,
        merged_into=merged_into if kind == Closure.Kind.MERGED else None,
        document=document.strip(),
        note=_needed(note, _("核实情况"), "note"),
        by=actor,
        at=clock.now(),
    )
    record(actor, "tasks.close_task", task, kind=kind, finished_on=finished_on, note=note, document=document)
    return closure


@transaction.atomic
def reopen_task(actor: User, task: Task, *, note: str) -> Closure:
    """Open a closed task again, with the reason."""
    require(rights.may_verify(actor))
    if Task.objects.open_at().filter(pk=task.pk).exists():
        raise Stale(f"{task}", _("尚未办结。"), _("请刷新页面。"))
    closure = Closure.objects.create(
        task=task, kind=Closure.Kind.REOPENED, note=_needed(note, _("理由"), "note"), by=actor, at=clock.now()
    )
    record(actor, "tasks.reopen_task", task, note=note)
    return closure


# --- judgement and light ---------------------------------------------------------------------------------------------


@transaction.atomic
def judge(actor: User, task: Task, *, forecast: str, note: str) -> Judgement:
    """The office's own view whether the task will be on time; the unit's forecast stays as it is."""
    require(rights.may_verify(actor))
    if forecast not in Forecast.values:
        raise DomainError(_("研判"), _("未选择。"), _("请选择能、不能或不确定。"), field="forecast")
    judgement = Judgement.objects.create(
        task=task, forecast=forecast, note=_needed(note, _("依据"), "note"), by=actor, at=clock.now()
    )
    record(actor, "tasks.judge", task, forecast=forecast, note=note)
    return judgement


@transaction.atomic
def override_light(actor: User, task: Task, *, light: str, reason: str, expires_on: date) -> LightOverride:
    """Set the light by hand until ``expires_on``; the computed light is kept and shown beside it."""
    require(rights.may_verify(actor))
    if light not in Light.values:
        raise DomainError(_("灯号"), _("未选择。"), _("请选择灯号。"), field="light")
    if expires_on < clock.today():
        raise DomainError(_("有效至"), _("早于今天。"), _("请选择今天或以后的日期。"), field="expires_on")
    override = LightOverride.objects.create(
        task=task,
        light=light,
        reason=_needed(reason, _("理由"), "reason"),
        expires_on=expires_on,
        by=actor,
        at=clock.now(),
    )
    record(actor, "tasks.override_light", task, light=light, reason=reason, expires_on=expires_on)
    return override


@transaction.atomic
def end_override(actor: User, task: Task, *, reason: str) -> LightOverride:
    """Give the light back to computation before the override expires."""
    require(rights.may_verify(actor))
    override = LightOverride.objects.create(
        task=task,
        light="",
        reason=_needed(reason, _("理由"), "reason"),
        expires_on=clock.today(),
        by=actor,
        at=clock.now(),
    )
    record(actor, "tasks.end_override", task, reason=reason)
    return override
