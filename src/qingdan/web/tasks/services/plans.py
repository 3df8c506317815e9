"""Plans, items and tasks: making them, changing them, breaking them down, and moving deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qingdan.standards.deadlines import Deadline, DeadlineKind, period_end, read_deadline
from qingdan.standards.quantities import find_quantities
from qingdan.web.common import clock
from qingdan.web.common.calendar import work_calendar
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require
from qingdan.web.units.models import Unit, User

from .. import rights
from ..models import Assignment, Campaign, DeadlineChange, Item, Plan, PlanLead, Source, Tag, Target, Task

Part = Assignment.Part


@dataclass(frozen=True)
class TaskSpec:
    """A task as asked for: its words, its units by part (leads in order), its deadline as written."""

    work: str
    leads: Sequence[Unit] = ()
    deadline: str = ""
    responsible: Sequence[Unit] = ()
    supporters: Sequence[Unit] = ()
    key: bool = False
    supervision: str = Task.Supervision.ROUTINE
    tolerance_days: int | None = None
    closing_rule: str = ""
    tags: Sequence[Tag] = ()
    sources: Sequence[Source] = ()
    code: str = ""
    # The day that a deadline without a year, or a period such as 5个工作日内, is counted from; empty: today.
    reference: date | None = None


@transaction.atomic
def add_campaign(actor: User, name: str, starts_on: date, ends_on: date, strategies: Iterable[Tag] = ()) -> Campaign:
    """Open a campaign from ``starts_on`` to ``ends_on`` (both included)."""
    require(rights.may_manage_tasks(actor))
    if ends_on < starts_on:
        raise DomainError(_("结束日期"), _("早于开始日期。"), _("请核对起止日期。"), field="ends_on")
    campaign = Campaign.objects.create(name=name, starts_on=starts_on, ends_on=ends_on)
    campaign.strategies.set(strategies)
    record(actor, "tasks.add_campaign", campaign, starts_on=starts_on, ends_on=ends_on)
    return campaign


@transaction.atomic
def add_tag(actor: User, kind: str, name: str) -> Tag:
    """Add a strategy or functional zone."""
    require(rights.may_manage_tasks(actor))
    tag, made = Tag.objects.get_or_create(kind=kind, name=name.strip())
    if made:
        record(actor, "tasks.add_tag", tag, kind=kind)
    return tag


@transaction.atomic
def add_source(actor: User, *, kind: str, level: str, title: str, number: str = "", held_on: date | None = None,
               date_written: str = "") -> Source:  # fmt: skip
    """Add a source document or meeting."""
    require(rights.may_manage_tasks(actor))
    source, made = Source.objects.get_or_create(
        title=title.strip(),
        number=number.strip(),
        defaults={"kind": kind, "level": level, "held_on": held_on, "date_written": date_written},
    )
    if made:
        record(actor, "tasks.add_source", source, kind=kind, level=level, held_on=held_on)
    return source


@transaction.atomic
def add_plan(actor: User, name: str, *, leads: Sequence[Unit] = (), campaign: Campaign | None = None) -> Plan:
    """Add an action plan at the end of the list of plans."""
    require(rights.may_manage_tasks(actor))
    name = name.strip()
    if not name:
        raise DomainError(_("行动计划"), _("名称不能为空。"), _("请填写行动计划名称。"), field="name")
    if Plan.objects.filter(name=name).exists():
        raise DomainError(_("行动计划"), _("“%s”已存在。") % name, _("请改用已有的计划。"), field="name")
    sort = (Plan.objects.aggregate(last=Max("sort"))["last"] or 0) + 1
    plan = Plan.objects.create(code=f"P{sort:02d}", name=name, campaign=campaign, sort=sort)
    PlanLead.objects.bulk_create([PlanLead(plan=plan, unit=unit, order=n) for n, unit in enumerate(leads)])
    record(actor, "tasks.add_plan", plan, name=name, leads=[unit.name for unit in leads])
    return plan


@transaction.atomic
def set_plan(actor: User, plan: Plan, *, name: str, leads: Sequence[Unit], campaign: Campaign | None) -> Plan:
    """Change a plan's name, leads and campaign."""
    require(rights.may_manage_tasks(actor))
    before = {"name": plan.name, "leads": [str(lead.unit) for lead in plan.plan_leads.select_related("unit")]}
    plan.name, plan.campaign = name.strip(), campaign
    plan.save()
    plan.plan_leads.all().delete()
    PlanLead.objects.bulk_create([PlanLead(plan=plan, unit=unit, order=n) for n, unit in enumerate(leads)])
    record(actor, "tasks.set_plan", plan, before=before, name=name, leads=[unit.name for unit in leads])
    return plan


@transaction.atomic
def add_item(actor: User, plan: Plan, name: str) -> Item:
    """Add an item (大项) at the end of ``plan``."""
    require(rights.may_manage_tasks(actor))
    name = name.strip()
    if not name:
        raise DomainError(_("事项"), _("名称不能为空。"), _("请填写事项名称。"), field="name")
    item = new_item(plan, name)
    record(actor, "tasks.add_item", item, plan=plan.code)
    return item


def new_item(plan: Plan, name: str) -> Item:
    """The next item row of ``plan``. Only for services, inside their transaction."""
    sort = (plan.items.aggregate(last=Max("sort"))["last"] or 0) + 1
    return Item.objects.create(plan=plan, code=f"{plan.code}-{sort:03d}", name=name, sort=sort)


@transaction.atomic
def add_task(actor: User, item: Item, spec: TaskSpec) -> Task:
    """Add a task to ``item``; its deadline as written becomes the original deadline."""
    require(rights.may_manage_tasks(actor))
    task = new_task(actor, item, spec)
    record(actor, "tasks.add_task", task, **describe(spec))
    return task


@transaction.atomic
def add_subtask(actor: User, parent: Task, spec: TaskSpec) -> Task:
    """Break a task into a sub-task with its own node (P-48): by the office or by the task's lead unit.

    A sub-task's deadline may not be later than its parent's.
    """
    verdict = rights.may_manage_tasks(actor)
    require(verdict if verdict else rights.may_act_for(actor, parent))
    if parent.parent_id:
        raise DomainError(_("子任务"), _("子任务之下不再分解。"), _("请在上级任务下增加子任务。"))
    reading = read_deadline(spec.deadline, reference=spec.reference or clock.today())
    limit = current_deadline(parent)
    if limit and limit.due_on and reading.due and reading.due > limit.due_on:
        raise DomainError(
            _("完成时限"), _("晚于上级任务的时限%s。") % limit.written, _("请调整节点或先申请延期。"), field="deadline"
        )
    if not spec.leads:
        leads = [a.unit for a in parent.assignments.filter(part=Part.LEAD).select_related("unit")[:1]]
        spec = replace(spec, leads=leads)
    task = new_task(actor, parent.item, spec, parent=parent)
    record(actor, "tasks.add_subtask", task, parent=parent.code, **describe(spec))
    return task


def new_task(actor: User, item: Item, spec: TaskSpec, *, parent: Task | None = None) -> Task:
    """The rows of one new task. Only for services, inside their transaction."""
    work = spec.work.strip()
    if not work:
        raise DomainError(_("工作内容"), _("不能为空。"), _("请写明具体工作内容。"), field="work")
    sort = (item.tasks.aggregate(last=Max("sort"))["last"] or 0) + 1
    code = spec.code or f"{item.code}-{sort:03d}"
    if Task.objects.filter(code=code).exists():
        raise DomainError(_("任务编码"), _("“%s”已被使用。") % code, _("请更换编码或留空由系统编制。"), field="code")
    task = Task.objects.create(
        code=code,
        item=item,
        parent=parent,
        work=work,
        key=spec.key,
        supervision=spec.supervision,
        tolerance_days=spec.tolerance_days,
        closing_rule=spec.closing_rule,
        sort=sort,
        created_at=clock.now(),
    )
    set_units(task, spec)
    set_targets(task)
    task.tags.set(spec.tags)
    task.sources.set(spec.sources)
    if spec.deadline.strip():
        put_deadline(actor, task, spec.deadline, reference=spec.reference or clock.today())
    return task


def set_units(task: Task, spec: TaskSpec) -> None:
    """Write who has which part, leads in order; a lead is not repeated among the others."""
    task.assignments.all().delete()
    leads = list(dict.fromkeys(spec.leads))
    responsible = [unit for unit in dict.fromkeys(spec.responsible) if unit not in leads]
    supporters = [unit for unit in dict.fromkeys(spec.supporters) if unit not in leads and unit not in responsible]
    Assignment.objects.bulk_create(
        Assignment(task=task, unit=unit, part=part, order=order)
        for part, units in ((Part.LEAD, leads), (Part.RESPONSIBLE, responsible), (Part.SUPPORT, supporters))
        for order, unit in enumerate(units)
    )


def set_targets(task: Task) -> None:
    """Read the quantified targets out of the task's own words."""
    task.targets.all().delete()
    Target.objects.bulk_create(
        Target(task=task, value=q.value, unit=q.unit[:20], qualifier=q.qualifier, written=q.written[:60])
        for q in find_quantities(task.work)
    )


def put_deadline(actor: User, task: Task, written: str, *, reference: date, reason: str = "") -> DeadlineChange:
    """Add what the deadline is from now on. Only for services, inside their transaction."""
    reading = read_deadline(written, reference=reference)
    refuse_unread(reading)
    due = period_end(reference, reading.period, work_calendar()) if reading.period else reading.due
    return DeadlineChange.objects.create(
        task=task, written=written.strip(), kind=reading.kind, due_on=due, at=clock.now(), by=actor, reason=reason
    )


@transaction.atomic
def change_deadline(actor: User, task: Task, *, deadline: str, reason: str) -> DeadlineChange:
    """Move a task's deadline by decision of the head, with the reason; the old one stays beside it for ever."""
    require(rights.may_move_deadline(actor))
    if not reason.strip():
        raise DomainError(_("理由"), _("调整完成时限须说明理由。"), _("请填写理由。"), field="reason")
    current = current_deadline(task)
    if current is not None and current.written == deadline.strip():
        raise DomainError(_("完成时限"), _("与现时限相同。"), _("请填写新的时限。"), field="deadline")
    change = put_deadline(actor, task, deadline, reference=clock.today(), reason=reason.strip())
    record(
        actor, "tasks.change_deadline", task, old=current.written if current else "", new=change.written, reason=reason
    )
    return change


def refuse_unread(reading: Deadline) -> None:
    """A deadline that cannot be read is refused, never guessed."""
    if reading.kind == DeadlineKind.UNREAD:
        raise DomainError(
            _("完成时限"),
            _("读不懂“%s”。") % reading.written,
            _("请写成如“7月20日前”“7月底前”“三季度”“年内”“每月28日前”“持续推进”。"),
            field="deadline",
        )


def current_deadline(task: Task) -> DeadlineChange | None:
    """The deadline in force now."""
    return task.deadlines.filter(at__lte=clock.now()).order_by("-at", "-id").first()


def describe(spec: TaskSpec) -> dict[str, Any]:
    """The spec as event facts."""
    return {
        "work": spec.work,
        "leads": [unit.name for unit in spec.leads],
        "responsible": [unit.name for unit in spec.responsible],
        "supporters": [unit.name for unit in spec.supporters],
        "deadline": spec.deadline,
        "key": spec.key,
        "tags": [tag.name for tag in spec.tags],
        "sources": [source.title for source in spec.sources],
    }


@transaction.atomic
def change_task(actor: User, task: Task, spec: TaskSpec, *, reason: str = "") -> Task:
    """Change a task's words, units, flags and tags. An issued list keeps the old words; the next one shows
    the line as changed. A changed deadline is added beside the old one and needs a reason."""
    require(rights.may_manage_tasks(actor))
    work = spec.work.strip()
    if not work:
        raise DomainError(_("工作内容"), _("不能为空。"), _("请写明具体工作内容。"), field="work")
    before = {
        "work": task.work,
        "key": task.key,
        "units": [f"{a.get_part_display()} {a.unit}" for a in task.assignments.select_related("unit")],
    }
    task.work, task.key, task.supervision = work, spec.key, spec.supervision
    task.tolerance_days, task.closing_rule = spec.tolerance_days, spec.closing_rule
    task.save()
    set_units(task, spec)
    set_targets(task)
    task.tags.set(spec.tags)
    task.sources.set(spec.sources)
    current, moved_from = current_deadline(task), ""
    if spec.deadline.strip() and (current is None or spec.deadline.strip() != current.written):
        if current is not None:
            require(rights.may_move_deadline(actor), _("完成时限"))
            if not reason.strip():
                raise DomainError(_("理由"), _("调整完成时限须说明理由。"), _("请填写理由。"), field="reason")
            moved_from = current.written
        put_deadline(actor, task, spec.deadline, reference=spec.reference or clock.today(), reason=reason)
    record(actor, "tasks.change_task", task, before=before, reason=reason, moved_from=moved_from, **describe(spec))
    return task


def spec_of(task: Task) -> TaskSpec:
    """A task as it is now, to change a part of it with `dataclasses.replace`; the deadline is left as it is."""
    units: dict[str, list[Unit]] = {part: [] for part in Part.values}
    for assignment in task.assignments.all():
        units[assignment.part].append(assignment.unit)
    return TaskSpec(
        work=task.work,
        leads=units[Part.LEAD],
        responsible=units[Part.RESPONSIBLE],
        supporters=units[Part.SUPPORT],
        key=task.key,
        supervision=task.supervision,
        tolerance_days=task.tolerance_days,
        closing_rule=task.closing_rule,
        tags=list(task.tags.all()),
        sources=list(task.sources.all()),
    )
