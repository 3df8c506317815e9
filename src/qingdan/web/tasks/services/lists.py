"""The monthly list: drafted from last month, corrected line by line, issued and then frozen for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils.translation import gettext as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError, Stale
from qingdan.web.common.events import canonical, record
from qingdan.web.common.rights import require
from qingdan.web.units.models import Role, User

from .. import rights
from ..models import Assignment, Campaign, Closure, ListEdition, ListLine, Task

Change = ListLine.Change
Removal = ListLine.Removal

# The words of a line that make it "changed" when they differ from last month's.
PRINTED = ("plan_name", "item_name", "work", "leads", "responsible", "supporters", "deadline", "key")
# How a line's removal closes its task; a deferred task stays open for a later list.
CLOSES = {
    Removal.DONE: Closure.Kind.DONE,
    Removal.MERGED: Closure.Kind.MERGED,
    Removal.CANCELLED: Closure.Kind.WITHDRAWN,
}
# How a closed task's line is proposed for removal; a task that became routine work is done as a listed one.
REMOVED_AS = {
    Closure.Kind.DONE: Removal.DONE,
    Closure.Kind.ROUTINE: Removal.DONE,
    Closure.Kind.MERGED: Removal.MERGED,
    Closure.Kind.WITHDRAWN: Removal.CANCELLED,
}


def default_title(month: date, campaign: Campaign | None) -> str:
    """What the list is called when nobody says otherwise."""
    subject = "".join(f"“{tag.name}”" for tag in campaign.strategies.all()) if campaign else ""
    return f"{subject}战略{month.month}月行动计划任务清单" if subject else f"{month.year}年{month.month}月任务清单"


@transaction.atomic
def draft_edition(actor: User, month: date, *, title: str = "", campaign: Campaign | None = None) -> ListEdition:
    """Draft the list of ``month`` (P-19): last list's unfinished tasks carried over, finished ones proposed for
    removal as done, tasks that are on no list yet proposed as new.

    One draft at a time for a month; after an issue a further draft becomes the next version.
    """
    require(rights.may_manage_tasks(actor))
    month = month.replace(day=1)
    last = ListEdition.objects.filter(month=month).order_by("-version").first()
    if last and not last.is_issued:
        raise DomainError(_("任务清单"), _("%s的清单草稿已在编制中。") % last.title, _("请打开该草稿继续编制。"))
    previous = ListEdition.objects.issued().filter(month__lte=month).order_by("-month", "-version").first()
    edition = ListEdition.objects.create(
        month=month,
        version=last.version + 1 if last else 1,
        title=title.strip() or default_title(month, campaign),
        campaign=campaign,
        previous=previous,
        created_at=clock.now(),
    )
    lines = _proposed_lines(edition)
    ListLine.objects.bulk_create(lines, batch_size=500)
    record(actor, "tasks.draft_edition", edition, month=month, lines=len(lines), previous=previous)
    return edition


@transaction.atomic
def refresh_draft(actor: User, edition: ListEdition) -> ListEdition:
    """Bring a draft up to date with the tasks as they are now; decisions already made on lines are kept."""
    require(rights.may_manage_tasks(actor))
    _refuse_issued(edition)
    made = {line.task_id: line for line in edition.lines.all()}
    fresh, update = [], []
    for line in _proposed_lines(edition):
        old = made.pop(line.task_id, None)
        if old is None:
            fresh.append(line)
            continue
        line.pk = old.pk
        line.reason, line.approver, line.merged_into_id = old.reason, old.approver, old.merged_into_id
        if Change.REMOVED in (line.change, old.change) and old.change != line.change and old.reason:
            line.change, line.removal = old.change, old.removal
        update.append(line)
    edition.lines.filter(pk__in=[line.pk for line in made.values()]).delete()
    ListLine.objects.bulk_create(fresh, batch_size=500)
    ListLine.objects.bulk_update(
        update, [*PRINTED, "change", "removal", "due_on", "lead_unit", "plan", "item", "position"], batch_size=200
    )
    record(actor, "tasks.refresh_draft", edition, added=len(fresh), dropped=len(made))
    return edition


def _proposed_lines(edition: ListEdition) -> list[ListLine]:
    before = {line.task_id: line for line in edition.previous.lines.standing_lines()} if edition.previous else {}
    ever_listed = set(ListLine.objects.filter(edition__issued_at__isnull=False).values_list("task", flat=True))
    open_ids = set(Task.objects.open_at().values_list("pk", flat=True))
    wanted = [
        task for task in _printable_tasks() if task.pk in before or (task.pk in open_ids and task.parent_id is None)
    ]
    closed = {c.task_id: c for c in Closure.objects.filter(task__in=set(before) - open_ids).order_by("at", "id")}
    lines = []
    for position, task in enumerate(wanted):
        line = line_of(edition, task, position)
        old = before.get(task.pk)
        if old is None:
            # A deferred task comes back; anything else not on the last list is new.
            line.change = Change.NEW
            line.reason = _("此前顺延，本月重新列入") if task.pk in ever_listed else ""
        elif task.pk not in open_ids:
            closure = closed[task.pk]
            line.change, line.removal = Change.REMOVED, REMOVED_AS[Closure.Kind(closure.kind)]
            line.reason, line.merged_into = closure.note, closure.merged_into
        else:
            same = all(getattr(old, name) == getattr(line, name) for name in PRINTED)
            line.change = Change.CARRIED if same else Change.CHANGED
        lines.append(line)
    return lines


def _printable_tasks(only: Iterable[int] | None = None) -> Sequence[Task]:
    tasks = Task.objects.with_deadline().select_related("item__plan")
    if only is not None:
        tasks = tasks.filter(pk__in=only)
    return list(
        tasks.prefetch_related(
            Prefetch("assignments", Assignment.objects.select_related("unit").order_by("part", "order"))
        ).order_by("item__plan__sort", "item__sort", "sort", "pk")
    )


def line_of(edition: ListEdition, task: Any, position: int) -> ListLine:
    """An unsaved line with the task's words as they are now. ``task`` comes with deadline and assignments."""
    units: dict[str, list[Any]] = {}
    for assignment in task.assignments.all():
        units.setdefault(assignment.part, []).append(assignment.unit)
    leads = units.get(Assignment.Part.LEAD, [])
    return ListLine(
        edition=edition,
        task=task,
        plan=task.item.plan,
        item=task.item,
        lead_unit=leads[0] if leads else None,
        plan_name=task.item.plan.name,
        item_name=task.item.name,
        work=task.work,
        leads="、".join(unit.name for unit in leads),
        responsible="、".join(unit.name for unit in units.get(Assignment.Part.RESPONSIBLE, [])),
        supporters="、".join(unit.name for unit in units.get(Assignment.Part.SUPPORT, [])),
        deadline=task.due_written or "",
        due_on=task.due_on,
        key=task.key,
        position=position,
    )


@transaction.atomic
def set_line(
    actor: User, line: ListLine, *, change: str, removal: str = "", reason: str = "", approver: str = "",
    merged_into: Task | None = None,
) -> ListLine:  # fmt: skip
    """Decide what becomes of one line of a draft.

    Taking a task off needs the kind of removal and the reason; merging names the task that it goes into.
    """
    require(rights.may_manage_tasks(actor))
    _refuse_issued(line.edition)
    if change == Change.REMOVED:
        if removal not in Removal.values:
            raise DomainError(_("移出原因"), _("未选择。"), _("请选择完成、合并、取消或顺延。"), field="removal")
        if not reason.strip():
            raise DomainError(_("变动说明"), _("移出任务须说明理由。"), _("请填写变动说明。"), field="reason")
        if removal == Removal.MERGED and (merged_into is None or merged_into.pk == line.task_id):
            raise DomainError(
                _("并入任务"), _("合并须指明并入哪项任务。"), _("请选择另一项任务。"), field="merged_into"
            )
    else:
        removal, merged_into = "", None
    before = {"change": line.change, "removal": line.removal, "reason": line.reason}
    line.change, line.removal, line.reason, line.approver = change, removal, reason.strip(), approver.strip()
    line.merged_into = merged_into
    line.save()
    record(actor, "tasks.set_line", line, before=before, change=change, removal=removal, reason=reason, task=line.task)
    return line


@transaction.atomic
def add_line(actor: User, edition: ListEdition, task: Task, *, reason: str = "", approver: str = "") -> ListLine:
    """Put a task on a draft list by hand."""
    require(rights.may_manage_tasks(actor))
    _refuse_issued(edition)
    if edition.lines.filter(task=task).exists():
        raise DomainError(_("任务"), _("已在本月清单中。"), _("请直接修改该行。"))
    (full,) = _printable_tasks([task.pk])
    position = (edition.lines.aggregate(last=Max("position"))["last"] or 0) + 1
    line = line_of(edition, full, position)
    line.change, line.reason, line.approver = Change.NEW, reason.strip(), approver.strip()
    line.save()
    record(actor, "tasks.add_line", line, task=task, reason=reason)
    return line


def issue_obstacles(edition: ListEdition) -> list[str]:
    """Why ``edition`` cannot be issued yet, one line each with its place; empty when it can (P-03)."""
    problems = []
    lines = list(edition.lines.all())
    if not any(line.change != Change.REMOVED for line in lines):
        problems.append(_("清单中没有任务，请先增加任务。"))
    for number, line in enumerate(lines, start=1):
        place = _("第%(n)d行“%(work)s”") % {"n": number, "work": line.work[:20]}
        if line.change == Change.REMOVED:
            if not line.removal or not line.reason:
                problems.append(_("%s：移出须有原因和说明。") % place)
            continue
        for value, name in ((line.work, _("工作内容")), (line.leads, _("牵头单位")), (line.deadline, _("完成时限"))):
            if not value.strip():
                problems.append(_("%(place)s：%(name)s为空，请补齐。") % {"place": place, "name": name})
    return problems


@transaction.atomic
def issue(actor: User, edition: ListEdition, *, approver: str) -> ListEdition:
    """Issue the list: from this moment neither the edition nor a line of it can change, in any way (P-02).

    ``approver`` (a post) stands for every new, changed or removed line that names none. Tasks taken off as done,
    merged or cancelled are closed with it.
    """
    edition = ListEdition.objects.select_for_update().get(pk=edition.pk)
    verdict = rights.may_issue(actor, edition)
    if edition.is_issued and actor.standing.has(Role.SUPERVISION_HEAD):
        raise Stale(edition.title, _("已由他人印发。"), _("请刷新页面。"))
    require(verdict, edition.title)
    if not approver.strip():
        raise DomainError(_("批准人"), _("未填写。"), _("请填写批准本期清单的岗位。"), field="approver")
    obstacles = issue_obstacles(edition)
    if obstacles:
        raise DomainError(edition.title, " ".join(obstacles[:20]), _("共%d处，补齐后再印发。") % len(obstacles))
    edition.lines.filter(approver="").exclude(change=Change.CARRIED).update(approver=approver.strip())
    closed = _close_removed(actor, edition)
    lines = list(edition.lines.order_by("position", "id").values(*_FROZEN_FIELDS))
    edition.digest = hashlib.sha256(canonical(lines).encode()).hexdigest()
    edition.issued_at, edition.issued_by = clock.now(), actor
    edition.save()
    record(
        actor, "tasks.issue", edition, approver=approver, lines=len(lines), digest=edition.digest, closed=closed
    )  # fmt: skip
    return edition


_FROZEN_FIELDS = ("task__code", *PRINTED, "due_on", "change", "removal", "reason", "approver")


def _close_removed(actor: User, edition: ListEdition) -> list[str]:
    open_ids = set(Task.objects.open_at().filter(lines__edition=edition).values_list("pk", flat=True))
    now, closures, codes = clock.now(), [], []
    for line in edition.lines.filter(change=Change.REMOVED).select_related("task"):
        kind = CLOSES.get(Removal(line.removal))
        if kind is None or line.task_id not in open_ids:
            continue
        closures.append(
            Closure(
                task=line.task,
                kind=kind,
                finished_on=clock.today() if kind == Closure.Kind.DONE else None,
                merged_into=line.merged_into,
                document=edition.title,
                note=line.reason,
                by=actor,
                at=now,
            )
        )
        codes.append(line.task.code)
    Closure.objects.bulk_create(closures)
    return codes


@transaction.atomic
def drop_draft(actor: User, edition: ListEdition, *, reason: str) -> None:
    """Throw a draft away; an issued edition stays."""
    require(rights.may_manage_tasks(actor))
    _refuse_issued(edition)
    lines = edition.lines.count()
    ListEdition.objects.filter(pk=edition.pk).delete()
    record(actor, "tasks.drop_draft", edition, reason=reason, lines=lines)


def _refuse_issued(edition: ListEdition) -> None:
    if edition.is_issued:
        raise DomainError(
            edition.title, _("已于%s印发，不得再改。") % f"{edition.issued_at:%Y-%m-%d}", _("请在下一期清单中调整。")
        )
