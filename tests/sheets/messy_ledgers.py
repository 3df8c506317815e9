"""Messy ledgers made by code. All of them are made up; units are posts and offices, never people."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import docx
import xlsxwriter
import xlwt

SEVEN = [
    "工作内容",
    "牵头单位",
    "完成时限",
    "进展情况",
    "预估是否能够按时办结",
    "预估不能按时办结的原因及建议",
    "需要区委区政府解决的问题",
]


def xlsx(fill: Callable[[Any, Any], None], name: str = "7月") -> bytes:
    """A workbook with one sheet that ``fill(sheet, book)`` writes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    fill(book.add_worksheet(name), book)
    book.close()
    return buffer.getvalue()


def table(rows: Sequence[Sequence[object]], merges: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """A workbook of plain rows; ``merges`` are (top, left, bottom, right)."""

    def fill(sheet: Any, book: Any) -> None:
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])

    return xlsx(fill)


def old_xls(rows: Sequence[Sequence[object]], merges: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    covered = {(r, c) for t, left, b, right in merges for r in range(t, b + 1) for c in range(left, right + 1)}
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None and (r, c) not in covered:
                sheet.write(r, c, value, day) if isinstance(value, date) else sheet.write(r, c, value)
    for top, left, bottom, right in merges:
        sheet.write_merge(top, bottom, left, right, rows[top][left])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def word(
    tables: Sequence[tuple[Sequence[str], Sequence[Sequence[str]], Sequence[tuple[int, int, int, int]]]],
) -> bytes:
    """A Word file: for each table the paragraphs above it, the rows and the merges."""
    document = docx.Document()
    for before, rows, merges in tables:
        for text in before:
            document.add_paragraph(text)
        built = document.add_table(rows=len(rows), cols=len(rows[0]))
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                built.cell(r, c).text = text
        for top, left, bottom, right in merges:
            text = rows[top][left]
            built.cell(top, left).merge(built.cell(bottom, right)).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def district_overview() -> bytes:
    """Title, two plans as headings, items and numbers merged over their tasks, sub-totals and closing notes."""
    header = ["序号", "大项", *SEVEN]
    rows: list[list[object]] = [
        ["“中优”“西控”战略7月行动计划进展情况一览表"],
        ["填报单位：区目督办", None, None, None, None, None, "截至2017年7月14日"],
        header,
        ["一、“创客郫都”建设行动计划"],
        [1, "人才公寓", "624套人才公寓全面达到拎包入住条件", "润弘公司", date(2017, 7, 31), "已完成", "能", None, "无"],
        [None, None, "完善周边道路，及绿化", "区规建局、区城管局", "7月底前", "正在推进", "能"],
        [None, None, "物业进场", "润弘公司", "７月３１日", "招标中", "不能", "流标；建议改为竞争性谈判", "请协调用电"],
        [2, "创客活动", "举办创客周", "区经科局", 42947, "方案已定", "能"],
        ["小计", None, "4项"],
        header,
        ["二、产业转化空间提升行动计划"],
        [5, "厂房腾退", "腾退厂房２.５万平方米", "区经科局，工业港管委会", "长期坚持", "按职责分工负责", "能"],
        ["合计", None, "5项"],
        ["注：1.本表每周五前报送。"],
        ["2.进展情况请写到具体数字。"],
        ["填表人：", None, "联系电话："],
    ]
    merges = [(0, 0, 0, 8), (3, 0, 3, 8), (10, 0, 10, 8), (4, 0, 6, 0), (4, 1, 6, 1), (13, 0, 13, 8), (14, 0, 14, 8)]

    def fill(sheet: Any, book: Any) -> None:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])

    return xlsx(fill)
