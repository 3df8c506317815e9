"""The register of problems for the leadership as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from qingdan.papers import OVERVIEW_HEADERS
from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_ledger
from qingdan.web.common.files import CONTENT_TYPES, MadeFile

from ..models import ProblemStep
from .overview import as_of

_TITLE = OVERVIEW_HEADERS[-1] + "台账"


def state_label(state: str) -> str:
    """A problem's state in words; nobody assigned yet is 待交办."""
    return str(ProblemStep.Kind(state).label) if state else "待交办"


def problems_file(problems: Sequence[Any], day: date) -> MadeFile:
    """``problems`` with their state (`with_state`) and ``steps``, one line each."""
    columns = (
        OutColumn("number", "序号", 6, "center"),
        OutColumn("text", "问题", 40),
        OutColumn("work", "工作内容", 32),
        OutColumn("unit", "提出单位", 14, "center"),
        OutColumn("raised", "提出日期", 14, "center"),
        OutColumn("state", "状态", 10, "center"),
        OutColumn("owner", "承办单位", 14, "center"),
        OutColumn("due", "答复期限", 14, "center"),
        OutColumn("steps", "办理情况", 50),
        OutColumn("code", "任务编码", 16, "code"),
    )
    rows = [
        {
            "number": number,
            "text": problem.text,
            "work": problem.task.work,
            "unit": problem.unit.name,
            "raised": timezone.localtime(problem.raised_at).date(),
            "state": state_label(problem.state),
            "owner": problem.owner_name or "",
            "due": problem.answer_due,
            "steps": "\n".join(_step(step) for step in problem.steps.all()),
            "code": problem.task.code,
        }
        for number, problem in enumerate(problems, start=1)
    ]
    sheet = LedgerSheet(
        _TITLE, columns, [Group("", [ItemBlock({}, rows)])] if rows else [], as_of(day), name="问题台账"
    )
    name = f"{_TITLE}（{as_of(day)}）.xlsx"
    return MadeFile(name, CONTENT_TYPES["xlsx"], write_ledger(sheet, datetime.combine(day, time(9))))


def _step(step: ProblemStep) -> str:
    at = timezone.localtime(step.at)
    return f"{at.month}月{at.day}日{step.get_kind_display()}" + (f"：{step.text}" if step.text else "")
