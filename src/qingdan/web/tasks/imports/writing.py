"""The rows of a preview into the database. Only for `services.imports`, inside its transaction.

By set and not task by task, so that ten thousand rows are written in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max

from qingdan.web.common import clock
from qingdan.web.units.models import User

from ..models import Assignment, DeadlineChange, ImportBatch, Item, Plan, PlanLead, Tag, Target, Task
from .reading import plain
from .rows import Action, Preview, Row

BATCH = 500
Part = Assignment.Part
PARTS = {Part.LEAD: "leads", Part.RESPONSIBLE: "responsible", Part.SUPPORT: "supporters"}


def write_tasks(actor: User, batch: ImportBatch, preview: Preview, *, reason: str) -> dict[str, Any]:
    """Create and change the tasks; return what was done as event facts."""
    created = [row for row in preview.rows if row.action is Action.CREATE]
    changed = [row for row in preview.rows if row.action is Action.CHANGE]
    plans = _plans(created, preview)
    items = _items(created, plans)
    tasks = _create(actor, created, items)
    changes = _change(actor, changed, reason)
    return {
        "plans": sorted(plan.code for plan, new in plans.values() if new),
        "items": sorted(item.code for item, new in items.values() if new),
        "created": [task.code for task in tasks],
        "changed": changes,
    }


def _plans(rows: Iterable[Row], preview: Preview) -> dict[str, tuple[Plan, bool]]:
    """The plans by plain name, with whether they are new; missing ones are added at the end."""
    plans = {plain(plan.name): (plan, False) for plan in Plan.objects.all()}
    codes = {plan.code for plan, _ in plans.values()}
    sort = Plan.objects.aggregate(last=Max("sort"))["last"] or 0
    leads = []
    for row in rows:
        key = plain(row.plan)
        if key in plans:
            continue
        sort = _next(sort, codes, "P{:02d}")
        plan = Plan.objects.create(code=f"P{sort:02d}", name=row.plan, sort=sort)
        plans[key] = (plan, True)
        units = preview.plan_leads.get(row.plan, ())
        leads += [PlanLead(plan=plan, unit_id=unit, order=order) for order, unit in enumerate(units)]
    PlanLead.objects.bulk_create(leads)
    return plans


def _next(number: int, taken: set[str], pattern: str) -> int:
    """The next number whose code is free."""
    number += 1
    while pattern.format(number) in taken:
        number += 1
    taken.add(pattern.format(number))
    return number


def _items(rows: Iterable[Row], plans: dict[str, tuple[Plan, bool]]) -> dict[tuple[str, str], tuple[Item, bool]]:
    items: dict[tuple[str, str], tuple[Item, bool]] = {}
    codes: set[str] = set()
    sorts: dict[int, int] = {}
    for item in Item.objects.select_related("plan"):
        items.setdefault((plain(item.plan.name), plain(item.name)), (item, False))
        codes.add(item.code)
        sorts[item.plan_id] = max(sorts.get(item.plan_id, 0), item.sort)
    fresh = []
    for row in rows:
        key = plain(row.plan), plain(row.item)
        if key in items:
            continue
        plan = plans[key[0]][0]
        pattern = plan.code + "-{:03d}"
        sorts[plan.pk] = sort = _next(sorts.get(plan.pk, 0), codes, pattern)
        item = Item(plan=plan, code=pattern.format(sort), name=row.item, sort=sort)
        items[key] = (item, True)
        fresh.append(item)
    Item.objects.bulk_create(fresh, batch_size=BATCH)
    return items


def _create(actor: User, rows: Sequence[Row], items: dict[tuple[str, str], tuple[Item, bool]]) -> list[Task]:
    now = clock.now()
    codes = set(Task.objects.values_list("code", flat=True)) | {row.code for row in rows if row.code}
    sorts = dict(Task.objects.values_list("item").annotate(last=Max("sort")))
    tasks = []
    for row in rows:
        item = items[plain(row.plan), plain(row.item)][0]
        pattern = item.code + "-{:03d}"
        last = sorts.get(item.pk) or 0
        sorts[item.pk] = sort = last + 1 if row.code else _next(last, codes, pattern)
        tasks.append(
            Task(code=row.code or pattern.format(sort), item=item, work=row.work, key=row.key_task, sort=sort,
                 created_at=now)
        )  # fmt: skip
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    pairs = list(zip(tasks, rows, strict=True))
    _assign((task.pk, row) for task, row in pairs)
    _targets((task.pk, row) for task, row in pairs)
    _tags((task.pk, row) for task, row in pairs)
    DeadlineChange.objects.bulk_create(
        (_deadline(actor, task.pk, row, now, "") for task, row in pairs if row.deadline), batch_size=BATCH
    )
    return tasks


def _deadline(actor: User, task_id: int, row: Row, now: Any, reason: str) -> DeadlineChange:
    return DeadlineChange(
        task_id=task_id, written=row.deadline, kind=row.deadline_kind, due_on=row.due, at=now, by=actor, reason=reason
    )


def _assign(pairs: Iterable[tuple[int, Row]]) -> None:
    Assignment.objects.bulk_create(
        (
            Assignment(task_id=task_id, unit_id=unit, part=part, order=order)
            for task_id, row in pairs
            for part, name in PARTS.items()
            for order, unit in enumerate(getattr(row, name))
        ),
        batch_size=BATCH,
    )  # fmt: skip


def _targets(pairs: Iterable[tuple[int, Row]]) -> None:
    Target.objects.bulk_create(
        (
            Target(task_id=task_id, value=q.value, unit=q.unit[:20], qualifier=q.qualifier, written=q.written[:60])
            for task_id, row in pairs
            for q in row.quantities
        ),
        batch_size=BATCH,
    )


def _tags(pairs: Iterable[tuple[int, Row]]) -> None:
    tags = {(tag.kind, tag.name): tag for tag in Tag.objects.all()}
    through = []
    for task_id, row in pairs:
        for kind, name in row.tags:
            if (kind, name) not in tags:
                tags[kind, name] = Tag.objects.create(kind=kind, name=name)
            through.append(Task.tags.through(task_id=task_id, tag_id=tags[kind, name].pk))
    Task.tags.through.objects.bulk_create(through, batch_size=BATCH, ignore_conflicts=True)


def _change(actor: User, rows: Sequence[Row], reason: str) -> dict[str, list[list[str]]]:
    """Change the tasks of ``rows`` in what differs; the facts by code as ``[field, old, new]``."""
    now = clock.now()
    tasks = Task.objects.in_bulk([row.task_id for row in rows if row.task_id])
    facts: dict[str, list[list[str]]] = {}
    worded, moved, reassigned = [], [], []
    for row in rows:
        task = tasks[row.task_id or 0]
        fields = {change.field for change in row.changes}
        facts[task.code] = [[change.field, change.old, change.new] for change in row.changes]
        if "work" in fields:
            task.work = row.work
        if "key" in fields:
            task.key = row.key_task
        if fields & {"work", "key"}:
            worded.append((task, row))
        if "deadline" in fields:
            moved.append(_deadline(actor, task.pk, row, now, reason))
        if fields & {"leads", "responsible", "supporters"}:
            reassigned.append((task.pk, _completed(task, row, fields)))
    Task.objects.bulk_update([task for task, _ in worded], ["work", "key"], batch_size=200)
    for part in _parts([task.pk for task, _ in worded]):
        Target.objects.filter(task__in=part).delete()
    _targets((task.pk, row) for task, row in worded)
    for part in _parts([pk for pk, _ in reassigned]):
        Assignment.objects.filter(task__in=part).delete()
    _assign(reassigned)
    DeadlineChange.objects.bulk_create(moved, batch_size=BATCH)
    return facts


def _parts(ids: list[int]) -> Iterable[list[int]]:
    """``ids`` in pieces that a query may carry as parameters."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _completed(task: Task, row: Row, fields: set[str]) -> Row:
    """The row with the parts that the file does not change filled from the task, no unit twice."""
    kept: dict[str, list[int]] = {}
    for part, unit in task.assignments.order_by("order").values_list("part", "unit_id"):
        kept.setdefault(PARTS[Part(part)], []).append(unit)
    used: set[int] = set()
    for name in PARTS.values():
        units = getattr(row, name) if name in fields else tuple(kept.get(name, ()))
        units = tuple(unit for unit in units if unit not in used)
        used.update(units)
        setattr(row, name, units)
    return row
