"""The workbook that a unit without an account fills in for a week and the office uploads on its behalf.

The seven columns of the overview with what is known already, and the hidden code of each task by which the import
finds it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from qingdan.papers import OVERVIEW_HEADERS
from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_ledger
from qingdan.standards.weeks import week_label

from ..models import Forecast
from ..week import UnitWeek
from .overview import CONTENT_TYPES, MadeFile

_NOTES = (
    "请在“进展情况”中直接修改上期文字；确无变化的可不改。预估请从下拉列表中选择能、不能或不确定。",
    "预估“不能”的，原因和建议均须填写，写作“原因：……建议：……”。",
    "隐藏的任务编码供导入时对应，请勿改动；请勿增删列。",
)


def template_sheet(week: UnitWeek) -> LedgerSheet:
    """The week of a unit as a sheet to fill in: one row per owed task, grouped as in the list."""
    work, lead, deadline, progress, forecast, reason, problem = OVERVIEW_HEADERS
    columns = (
        OutColumn("number", "序号", 6, "center"),
        OutColumn("item", "大项", 18),
        OutColumn("work", work, 36),
        OutColumn("lead", lead, 16, "center"),
        OutColumn("deadline", deadline, 14, "center"),
        OutColumn("progress", progress, 44),
        OutColumn("percent", "完成比例", 9, "center"),
        OutColumn("forecast", forecast, 12, "choice", tuple(str(label) for label in Forecast.labels)),
        OutColumn("reason", reason, 28),
        OutColumn("problem", problem, 24),
        OutColumn("code", "任务编码", 16, "code"),
    )
    plans: dict[str, dict[str, list[Mapping[str, str | int | None]]]] = {}
    for task in week.tasks:
        if not task.owed:
            continue
        content = task.content
        percent = content.get("percent")
        row: Mapping[str, str | int | None] = {
            "work": task.work,
            "lead": week.unit.name,
            "deadline": task.deadline,
            "progress": content.get("progress", ""),
            "percent": None if percent is None else f"{percent}%",
            # A forecast is this week's own: it is never filled in beforehand.
            "forecast": "",
            "reason": "",
            "problem": content.get("problem", ""),
            "code": task.task.code,
        }
        plan = task.line.plan_name if task.line else task.task.item.plan.name
        item = task.line.item_name if task.line else task.task.item.name
        plans.setdefault(plan, {}).setdefault(item, []).append(row)
    number, groups = 0, []
    for plan, items in plans.items():
        blocks = []
        for item, rows in items.items():
            number += 1
            blocks.append(ItemBlock({"number": number, "item": item}, rows))
        groups.append(Group(plan, blocks))
    due = week.period.due_on
    subtitle = f"{week.unit.name}　{week_label(week.period.monday)}" + (
        f"　请于{due.month}月{due.day}日前报送" if due else ""
    )
    return LedgerSheet("周报填报表", columns, groups, subtitle=subtitle, notes=_NOTES, name="周报")


def template_file(week: UnitWeek) -> MadeFile:
    """The sheet as a file; the same week and content always give the same bytes."""
    created = datetime.combine(week.period.monday, time(9))
    name = f"{week.unit.name}{week_label(week.period.monday)}周报填报表.xlsx"
    return MadeFile(name, CONTENT_TYPES["xlsx"], write_ledger(template_sheet(week), created))
