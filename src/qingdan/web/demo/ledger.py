"""The messy workbook that the demo starts from: what an office really merges by hand every month.

Title rows, a two-line header, items merged over their tasks, plan headings, sub-totals, full-width digits, units by
their old names and in mixed separators, leads repeated among the supporters, a trailing note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter

WIDTHS = (6, 22, 50, 16, 22, 14, 6)


@dataclass(frozen=True)
class LedgerTask:
    """One row as the office's clerk typed it."""

    plan: str
    item: str
    work: str
    leads: str
    others: str
    deadline: str
    key: bool = False


def full_width(text: str) -> str:
    """Digits as some clerks type them."""
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def workbook(title: str, tasks: Sequence[LedgerTask]) -> bytes:
    """The ledger ``title`` over ``tasks`` (in list order) as .xlsx bytes."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("任务清单")
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True})
    cell = book.add_format({"valign": "vcenter", "border": 1, "text_wrap": True})
    big = book.add_format({"bold": True, "align": "center", "font_size": 18})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, 6, title, big)
    sheet.merge_range(1, 0, 1, 6, "填报单位：区目督办　　　　　　　　（演示数据，除新闻所载事项外均为示例）")
    for column, name in ((0, "序号"), (1, "大项"), (2, "工作内容"), (5, "完成时限"), (6, "重点")):
        sheet.merge_range(2, column, 3, column, name, head)
    sheet.merge_range(2, 3, 2, 4, "责任分工", head)
    sheet.write(3, 3, "牵头单位", head)
    sheet.write(3, 4, "责任单位", head)
    row, serial = 4, 0
    for plan in dict.fromkeys(task.plan for task in tasks):
        in_plan = [task for task in tasks if task.plan == plan]
        sheet.merge_range(row, 0, row, 6, plan, head)
        row += 1
        for item in dict.fromkeys(task.item for task in in_plan):
            found = [task for task in in_plan if task.item == item]
            serial += 1
            _span(sheet, row, len(found), 0, serial, cell=cell)
            _span(sheet, row, len(found), 1, item, cell=cell)
            for offset, task in enumerate(found):
                values = (task.work, task.leads, task.others, task.deadline, "是" if task.key else "")
                for column, value in enumerate(values, start=2):
                    sheet.write_string(row + offset, column, value, cell)
            row += len(found)
        items = len({task.item for task in in_plan})
        sheet.merge_range(row, 0, row, 6, f"小计：{items}个大项，{len(in_plan)}项具体工作", cell)
        row += 1
    sheet.merge_range(row, 0, row, 6, "注：责任单位排名第一的，协助牵头单位汇总；“每月”类任务按期报送。")
    book.close()
    return out.getvalue()


def _span(sheet: Any, row: int, rows: int, column: int, value: object, *, cell: Any) -> None:
    if rows == 1:
        sheet.write(row, column, value, cell)
    else:
        sheet.merge_range(row, column, row + rows - 1, column, value, cell)
