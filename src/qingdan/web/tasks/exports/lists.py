"""The monthly list as a workbook that can be read back, the booklet (Word, PDF), and the difference of two lists."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time

from django.utils import timezone

from qingdan.papers import (
    BookletChange,
    BookletItem,
    BookletPlan,
    BookletTask,
    Statistics,
    booklet_paper,
    to_docx,
    to_pdf,
)
from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_ledger
from qingdan.web.common.files import CONTENT_TYPES, MadeFile
from qingdan.web.units.models import User

from .. import overview
from ..editions import EditionDiff
from ..facts import TaskFacts
from ..models import ListEdition, ListLine

BOOKLET_KINDS = ("docx", "pdf")
LIST_COLUMNS = (
    OutColumn("number", "序号", 6, "center"),
    OutColumn("item", "大项", 20),
    OutColumn("work", "工作内容", 48),
    OutColumn("leads", "牵头单位", 18, "center"),
    OutColumn("responsible", "责任单位", 20),
    OutColumn("supporters", "配合单位", 20),
    OutColumn("deadline", "完成时限", 16, "center"),
    OutColumn("key", "重点", 6, "choice", ("是", "否")),
    OutColumn("change", "变动", 8, "center"),
    OutColumn("reason", "变动说明", 20),
    OutColumn("code", "任务编码", 16, "code"),
)


def list_file(user: User, edition: ListEdition) -> MadeFile:
    """任务清单 as .xlsx: what can be changed and imported again, matched by the hidden codes."""
    codes = dict(edition.lines.values_list("task", "task__code"))
    numbers = overview.item_numbers(user, edition)
    groups = []
    for plan in _plans(user, edition):
        blocks = [
            ItemBlock(
                {"number": numbers[item.item_id], "item": item.name},
                [
                    {
                        "work": row.line.work,
                        "leads": row.line.leads,
                        "responsible": row.line.responsible,
                        "supporters": row.line.supporters,
                        "deadline": row.line.deadline,
                        "key": "是" if row.line.key else "否",
                        "change": str(ListLine.Change(row.line.change).label),
                        "reason": row.line.reason,
                        "code": codes[row.line.task_id],
                    }
                    for row in item.rows
                ],
            )
            for item in plan.items
        ]
        groups.append(Group(plan.name, blocks))
    subtitle = _issued(edition)
    data = write_ledger(
        LedgerSheet(edition.title, LIST_COLUMNS, groups, subtitle=subtitle, name="任务清单"), _created(edition)
    )
    return MadeFile(f"{edition.title}.xlsx", CONTENT_TYPES["xlsx"], data)


def _plans(user: User, edition: ListEdition) -> list[overview.PlanGroup]:
    """The lines as issued, grouped; nothing of later days is read."""
    rows = [overview.Row(line, TaskFacts()) for line in overview.visible_lines(user, edition)]
    return list(overview.grouped(rows))


def _issued(edition: ListEdition) -> str:
    if edition.issued_at is None:
        return "草稿"
    day = timezone.localtime(edition.issued_at).date()
    return f"{day.year}年{day.month}月{day.day}日印发" + (f"（第{edition.version}版）" if edition.version > 1 else "")


def _created(edition: ListEdition) -> datetime:
    return datetime.combine(edition.month, time(9))


def booklet_file(kind: str, user: User, edition: ListEdition) -> MadeFile:
    """The month's booklet (P-57) as ``kind`` docx or pdf: every line as issued, statistics, and the changes."""
    plans = []
    numbers = overview.item_numbers(user, edition)
    for plan in _plans(user, edition):
        items = tuple(
            BookletItem(
                str(numbers[item.item_id]),
                item.name,
                tuple(
                    BookletTask(
                        row.line.work,
                        row.line.leads,
                        "、".join(filter(None, (row.line.responsible, row.line.supporters))),
                        row.line.deadline,
                        _change_word(row.line),
                    )
                    for row in item.rows
                ),
            )
            for item in plan.items
        )
        plans.append(BookletPlan(plan.name, items))
    lines = list(edition.lines.visible_to(user).order_by("position", "pk"))
    paper = booklet_paper(
        edition.title.replace("战略", "战略\n", 1),
        plans,
        issuer="区委区政府目标督查办公室",
        date=_issued(edition),
        edition=f"{edition.month.year}年{edition.month.month}月"
        + (f"第{edition.version}版" if edition.version > 1 else ""),
        statistics=_statistics(lines),
        changes=_changes(lines),
        created=_created(edition),
    )
    data = to_pdf(paper) if kind == "pdf" else to_docx(paper)
    return MadeFile(f"{edition.title}（分册）.{kind}", CONTENT_TYPES[kind], data)


def _change_word(line: ListLine) -> str:
    return "" if line.change == ListLine.Change.CARRIED else str(ListLine.Change(line.change).label)


def _statistics(lines: list[ListLine]) -> Statistics:
    """Per plan: items, tasks and changes, the two denominators in columns of their own."""
    rows = []
    for name in dict.fromkeys(line.plan_name for line in lines):
        of_plan = [line for line in lines if line.plan_name == name]
        rows.append((name, *_row(of_plan)))
    rows.append(("合计", *_row(lines)))
    headers = ("行动计划", "大项（个）", "任务（项）", "新增", "延续", "调整", "移出")
    return Statistics(headers=headers, rows=tuple(rows))


def _row(lines: list[ListLine]) -> tuple[str, ...]:
    standing = [line for line in lines if line.change != ListLine.Change.REMOVED]
    changes = Counter(line.change for line in lines)
    items = len({line.item_id for line in standing})
    counts = (items, len(standing), *(changes[kind] for kind in ("new", "carried", "changed", "removed")))
    return tuple(str(count) for count in counts)


def _changes(lines: list[ListLine]) -> tuple[BookletChange, ...]:
    found = []
    for kind in (ListLine.Change.NEW, ListLine.Change.CHANGED, ListLine.Change.REMOVED):
        for line in lines:
            if line.change == kind:
                word = str(kind.label)
                if line.removal:
                    word += f"（{ListLine.Removal(line.removal).label}）"
                found.append(BookletChange(word, line.plan_name, line.work, line.reason or "—", line.approver or "—"))
    return tuple(found)


def diff_file(diff: EditionDiff) -> MadeFile:
    """The difference of two editions as a sheet: one group per kind of change, field by field."""
    columns = (
        OutColumn("plan", "行动计划", 20),
        OutColumn("item", "大项", 20),
        OutColumn("work", "工作内容", 44),
        OutColumn("leads", "牵头单位", 18),
        OutColumn("what", "变化", 44),
        OutColumn("reason", "原因", 24),
        OutColumn("approver", "批准", 18),
    )
    groups = []
    for kind, label in ListLine.Change.choices:
        tasks = [
            {
                "plan": entry.line.plan_name,
                "item": entry.line.item_name,
                "work": entry.line.work,
                "leads": entry.line.leads,
                "what": "\n".join(f"{c.label}：{c.old or '（空）'} → {c.new or '（空）'}" for c in entry.changes),
                "reason": entry.new.reason if entry.new else "",
                "approver": entry.new.approver if entry.new else "",
            }
            for entry in diff.of_kind(kind)
        ]
        groups.append(Group(f"{label}（{len(tasks)}项）", [ItemBlock({}, [task]) for task in tasks]))
    title = f"任务清单变化：{diff.old.month.month}月与{diff.new.month.month}月"
    subtitle = f"{diff.old.title}（{_issued(diff.old)}）→ {diff.new.title}（{_issued(diff.new)}）"
    data = write_ledger(LedgerSheet(title, columns, groups, subtitle=subtitle, name="变化"), _created(diff.new))
    return MadeFile(f"{title}.xlsx", CONTENT_TYPES["xlsx"], data)
