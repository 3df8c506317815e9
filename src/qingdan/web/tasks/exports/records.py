"""Sheets about reporting itself: who has not reported, forecasts against outcomes, unit records, rungs climbed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.utils import timezone

from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_workbook
from qingdan.standards.weeks import week_label
from qingdan.web.common.files import CONTENT_TYPES, MadeFile

from .overview import as_of

if TYPE_CHECKING:
    from ..expected import UnitReporting
    from ..models import EscalationNotice, ReportPeriod
    from ..records import ForecastRecord
    from ..unit_records import UnitRecord

Cell = str | int | date | None


def _sheet(title: str, heads: Sequence[tuple[str, float]], rows: Iterable[Sequence[Cell]], subtitle: str, *, name: str,
           notes: Sequence[str] = ()) -> LedgerSheet:  # fmt: skip
    columns = tuple(
        OutColumn(str(index), head, width, "text" if width > 20 else "center")
        for index, (head, width) in enumerate(heads)
    )
    blocks = [ItemBlock({}, [{str(index): value for index, value in enumerate(row)}]) for row in rows]
    return LedgerSheet(title, columns, [Group("", blocks)], subtitle=subtitle, name=name, notes=notes)


def _file(name: str, sheets: Sequence[LedgerSheet], day: date) -> MadeFile:
    return MadeFile(f"{name}.xlsx", CONTENT_TYPES["xlsx"], write_workbook(sheets, datetime.combine(day, time(9))))


def missing_file(period: ReportPeriod, rows: Sequence[UnitReporting], day: date) -> MadeFile:
    """Who owes how many reports in the week, and how many are missing."""
    title = f"{week_label(period.monday)}周报报送情况"
    heads = (("单位", 28), ("应报", 10), ("已报", 10), ("未报", 10), ("迟报", 10), ("退回（次）", 12))
    cells = [(row.unit.name, row.owed, row.accepted, row.missing, row.late, row.returned) for row in rows]
    return _file(f"{title}（{as_of(day)}）", [_sheet(title, heads, cells, as_of(day), name="报送情况")], day)


def _share(record: ForecastRecord) -> str:
    right = record.right
    return "" if right is None else f"{float(right) * 100:.1f}%"


def forecast_sheets(records: Sequence[ForecastRecord], since: date, until: date) -> list[LedgerSheet]:
    """The table of units, and the list of tasks said 能 that were late."""
    span = f"{since.isoformat()} 至 {until.isoformat()}"
    heads = (
        ("单位", 28), ("已见结果的预估", 14), ("说准", 10), ("准确率", 10), ("报能·按时", 12), ("报能·逾期", 12),
        ("报不能·按时", 12), ("报不能·逾期", 12), ("不确定", 10),
    )  # fmt: skip
    rows = [
        (r.unit.name, r.judged, r.hits, _share(r), r.yes_in_time, r.yes_late, r.no_in_time,
         r.no_late, r.unsure)
        for r in records
    ]  # fmt: skip
    first = _sheet("各单位预估与结果对照表", heads, rows, span, name="预估记录")
    late_heads = (("单位", 24), ("工作内容", 50), ("时限", 14), ("完成日期", 14), ("最后一次报“能”", 16))
    late = [
        (r.unit.name, s.work, s.due_on, s.finished_on or "未完成", s.last_said) for r in records for s in r.surprises
    ]
    return [first, _sheet("报“能”而逾期的任务", late_heads, late, span, name="报能而逾期")]


def forecast_file(records: Sequence[ForecastRecord], since: date, until: date) -> MadeFile:
    name = f"预估与结果对照表（{since.isoformat()}至{until.isoformat()}）"
    return _file(name, forecast_sheets(records, since, until), until)


def record_file(records: Sequence[UnitRecord], since: date, until: date) -> MadeFile:
    """The unit's record for assessing 作风 and 效能: counts only, no score."""
    span = f"{since.isoformat()} 至 {until.isoformat()}"
    heads = (
        ("单位", 28), ("应报", 10), ("按时报送", 10), ("迟报", 10), ("未报", 10), ("退回（次）", 10), ("无变化", 10),
        ("雷同提示", 10), ("称办结无佐证", 12), ("预估有结果", 12), ("说准", 10), ("准确率", 10), ("报能而逾期", 12),
        ("逾期任务", 10), ("升级（次）", 10),
    )  # fmt: skip
    rows = [
        (r.unit.name, r.owed, r.in_time, r.late, r.missing, r.returned, r.no_change, r.copied, r.no_evidence,
         r.forecasts.judged if r.forecasts else 0,
         r.forecasts.hits if r.forecasts else 0,
         _share(r.forecasts) if r.forecasts else "", len(r.forecasts.surprises) if r.forecasts else 0,
         r.late_tasks, r.escalated)
        for r in records
    ]  # fmt: skip
    note = "雷同和无佐证为系统提示，供核对，不作为结论；未报只计已过截止日的周次。"
    sheet = _sheet("单位工作作风和行政效能记录", heads, rows, span, name="单位记录", notes=(note,))
    return _file(f"单位作风效能记录（{since.isoformat()}至{until.isoformat()}）", [sheet], until)


def escalations_file(notices: Iterable[EscalationNotice], day: date) -> MadeFile:
    """The log of rungs climbed."""
    heads = (("时间", 18), ("单位", 22), ("级别", 14), ("任务编码", 14), ("内容", 80))
    rows = [
        (f"{timezone.localtime(n.at):%Y-%m-%d %H:%M}", n.unit.name, n.rule_name, n.task.code if n.task else "", n.text)
        for n in notices
    ]
    sheet = _sheet("逐级提醒和升级记录", heads, rows, as_of(day), name="升级记录")
    return _file(f"升级记录（{as_of(day)}）", [sheet], day)
