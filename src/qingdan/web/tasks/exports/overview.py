"""进展情况一览表 as a workbook that can be read back, as Word and PDF papers, and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.utils.translation import gettext_lazy as _

from qingdan.papers import (
    OVERVIEW_HEADERS,
    Cell,
    Colour,
    OverviewItem,
    OverviewPlan,
    OverviewTask,
    Paper,
    Pill,
    overview_paper,
    to_docx,
    to_pdf,
)
from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_csv, write_ledger
from qingdan.web.common.files import CONTENT_TYPES, MadeFile

from ..light import Light
from ..models import Forecast, ListEdition, Task
from ..overview import Row, grouped

KINDS = {"xlsx": "Excel", "docx": "Word", "pdf": "PDF", "csv": "CSV"}
COLOURS = {
    Light.DONE: Colour.BLUE,
    Light.NORMAL: Colour.GREEN,
    Light.NEAR: Colour.YELLOW,
    Light.WARN: Colour.ORANGE,
    Light.LATE: Colour.RED,
    Light.OPEN: Colour.GREY,
}
_NOTE = _("预估一列只可填写能、不能或不确定；隐藏的任务编码供重新导入时对应，请勿修改。")


def overview_title(edition: ListEdition) -> str:
    """“中优”“西控”战略7月行动计划进展情况一览表: the list's own title with its last words exchanged."""
    title = edition.title.strip()
    return (title.removesuffix("任务清单") if title.endswith("任务清单") else title) + "进展情况一览表"


def as_of(day: date) -> str:
    """截至2017年7月14日"""
    return f"截至{day.year}年{day.month}月{day.day}日"


def overview_file(
    kind: str, edition: ListEdition, day: date, found: Sequence[Row], numbers: Mapping[int, int]
) -> MadeFile:
    """The rows as a file of ``kind`` (a key of `KINDS`); ``numbers`` are the items' running numbers in the list."""
    title = overview_title(edition)
    # The file's date is that of what it says, so the same rows always give the same bytes.
    created = datetime.combine(day, time(9))
    if kind == "xlsx":
        data = write_ledger(overview_sheet(title, day, found, numbers, _codes(edition)), created)
    elif kind == "csv":
        data = write_csv(overview_sheet(title, day, found, numbers, _codes(edition)))
    else:
        paper = _paper(title, day, found, numbers, created)
        data = to_pdf(paper) if kind == "pdf" else to_docx(paper)
    return MadeFile(f"{title}（{as_of(day)}）.{kind}", CONTENT_TYPES[kind], data)


def _codes(edition: ListEdition) -> dict[int, str]:
    return dict(Task.objects.filter(lines__edition=edition).values_list("pk", "code"))


def overview_sheet(
    title: str, day: date, found: Sequence[Row], numbers: Mapping[int, int], codes: Mapping[int, str]
) -> LedgerSheet:
    """The rows as a sheet: number and item merged over their tasks, the code of each task hidden at the end."""
    work, lead, deadline, progress, forecast, reason, problem = OVERVIEW_HEADERS
    columns = (
        OutColumn("number", "序号", 6, "center"),
        OutColumn("item", "大项", 18),
        OutColumn("work", work, 36),
        OutColumn("lead", lead, 16, "center"),
        OutColumn("deadline", deadline, 14, "center"),
        OutColumn("progress", progress, 44),
        OutColumn("forecast", forecast, 12, "choice", tuple(str(label) for label in Forecast.labels)),
        OutColumn("reason", reason, 28),
        OutColumn("problem", problem, 24),
        OutColumn("responsible", "责任单位", 16, "code"),
        OutColumn("light", "灯号", 10, "code"),
        OutColumn("code", "任务编码", 16, "code"),
    )
    groups = []
    for plan in grouped(found):
        blocks = []
        for item in plan.items:
            tasks = [
                {
                    "work": row.line.work,
                    "lead": row.line.leads,
                    "deadline": row.deadline,
                    "progress": row.progress,
                    "forecast": row.forecast_label,
                    "reason": row.reason_and_advice,
                    "problem": row.problem,
                    "responsible": row.line.responsible,
                    "light": str(row.light.label),
                    "code": codes[row.line.task_id],
                }
                for row in item.rows
            ]
            blocks.append(ItemBlock({"number": numbers.get(item.item_id), "item": item.name}, tasks))
        groups.append(Group(plan.name, blocks))
    return LedgerSheet(title, columns, groups, subtitle=as_of(day), notes=(str(_NOTE),), name="一览表")


def _paper(title: str, day: date, found: Sequence[Row], numbers: Mapping[int, int], created: datetime) -> Paper:
    plans = [
        OverviewPlan(
            plan.name,
            tuple(
                OverviewItem(str(numbers.get(item.item_id, "")), item.name, tuple(_line(row) for row in item.rows))
                for item in plan.items
            ),
        )
        for plan in grouped(found)
    ]
    return overview_paper(title, plans, as_of=as_of(day), created=created)


def _line(row: Row) -> OverviewTask:
    judged = f"\n（研判：{row.judgement_label}）" if row.facts.judgement else ""
    return OverviewTask(
        content=row.line.work,
        lead=row.line.leads,
        deadline=Cell(row.deadline, struck=row.old_deadline, pill=Pill(str(row.light.label), COLOURS[row.light])),
        progress=row.progress,
        forecast=row.forecast_label + judged,
        reason=row.reason_and_advice,
        problem=row.problem,
    )
