"""Ledgers made by code for the tests of imports. All of them are made up; units are posts and offices."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import docx
import xlsxwriter
import xlwt

NAMES = ["区住建局", "区农林局", "区规建局", "区城管局", "区经科局", "区投促局", "工业港管委会", "润弘公司"]


def upload(data: bytes, name: str = "7月台账.xlsx") -> io.BytesIO:
    """A file as a form sends it."""
    file = io.BytesIO(data)
    file.name = name
    return file


def workbook(sheets: dict[str, tuple[Sequence[Sequence[Any]], Sequence[tuple[int, int, int, int]]]]) -> bytes:
    """A workbook of several sheets: rows and merges (top, left, bottom, right) of each."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy/m/d"})
    for name, (rows, merges) in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])
    book.close()
    return buffer.getvalue()


def table(rows: Sequence[Sequence[Any]], merges: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """A workbook of one sheet named 7月."""
    return workbook({"7月": (rows, merges)})


def old_table(rows: Sequence[Sequence[Any]]) -> bytes:
    """The same as an old .xls."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def word(rows: Sequence[Sequence[str]], before: Sequence[str] = ()) -> bytes:
    """A Word file with paragraphs and one table."""
    document = docx.Document()
    for text in before:
        document.add_paragraph(text)
    built = document.add_table(rows=len(rows), cols=len(rows[0]))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            built.cell(r, c).text = text or ""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def messy() -> bytes:
    """Two sheets: title, plan headings with leads, merged items, a two-line header, gaps, sub-totals, notes."""
    first: list[list[Any]] = [
        ["“中优”“西控”战略7月行动计划任务清单"],
        ["填报单位：区目督办", None, None, None, None, None, "截至2017年7月14日"],
        ["序号", "大项", "工作内容", "责任单位", None, "完成时限", "进展情况"],
        [None, None, None, "牵头", "配合", None, None],
        ["一、“创客郫都”建设行动计划（牵头单位：区经科局、区规建局）"],
        [
            1,
            "人才公寓",
            "624套人才公寓全面达到拎包入住条件",
            "润弘公司",
            "区规建局、润弘公司，区城管局",
            date(2017, 7, 31),
            "正在装修",
        ],
        [None, None, "完善周边道路", "区规建局，区城管局", "无", "7月底前", "施工中"],
        [None, None, "物业进场", "润弘公司", "按职责分工负责", "７月３１日", None],
        [4, "创客活动", "举办创客周", "区经科局", None, 42947, "方案已定"],
        ["小计", None, "4项"],
        ["二、产业转化空间提升行动计划"],
        [7, "厂房腾退", "腾退厂房２.５万平方米以上", "区经科局，工业港管委会", None, "长期坚持", None],
        ["合计", None, "5项"],
        ["注：1.本表每周五前报送。"],
        ["填表人：", None, "联系电话："],
    ]
    merges = [
        (0, 0, 0, 6), (2, 0, 3, 0), (2, 1, 3, 1), (2, 2, 3, 2), (2, 3, 2, 4), (2, 5, 3, 5), (2, 6, 3, 6),
        (4, 0, 4, 6), (5, 0, 7, 0), (5, 1, 7, 1), (10, 0, 10, 6), (13, 0, 13, 6),
    ]  # fmt: skip
    second = [
        ["行动计划", "大项", "工作内容", "牵头单位", "完成时限"],
        ["招商引资行动计划", "招商方案", "编制千亿级企业招引方案并积极落实", "区投促局", "年内"],
    ]
    return workbook({"7月": (first, merges), "补充": (second, ())})
