"""Write the sample workbook of the tutorial, docs/samples/: a short ledger as a clerk might type it, made up.

    python tools/sample_ledger.py

Two title rows, a two-line header, items merged over their tasks, a plan as a heading, full-width digits, mixed
separators, a unit that is not registered, one deadline that cannot be read, a sub-total and a note.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import xlsxwriter

PATH = Path(__file__).resolve().parents[1] / "docs/samples/9月新增任务（示例）.xlsx"
PLAN = "行动计划四"
WIDTHS = (6, 20, 46, 14, 24, 16)
# item, then its tasks: work, lead, responsible, deadline
ITEMS = (
    (
        "〔示例〕秋季水质提升",
        (
            ("完成毗河沿线排口整治１２处", "区水务局", "区环保局、团结镇", "９月２８日前"),
            ("完成河道清淤3.5公里并通过验收", "水务局", "区水务局，各镇街", "9月底前"),
        ),
    ),
    (
        "〔示例〕秸秆综合利用",
        (
            ("建成秸秆收储点4个，综合利用率达到95%以上", "区农林局", "安德镇;唐昌镇", "三季度"),
            ("组织秸秆禁烧巡查", "区农林局", "各镇街按职责分工负责", "每月28日前"),
            ("编制秸秆利用三年方案", "区农业局", "无", "9月底前"),
            ("建立秸秆利用台账", "区农林局", "", "尽快"),
        ),
    ),
)


def write(path: Path = PATH) -> Path:
    """Write the workbook; the same bytes every time."""
    path.parent.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "9月新增任务（示例）", "created": datetime(2017, 8, 1)})
    sheet = book.add_worksheet("9月")
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True})
    cell = book.add_format({"valign": "vcenter", "border": 1, "text_wrap": True})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, 5, "9月行动计划新增任务", head)
    sheet.merge_range(1, 0, 1, 5, "填报单位：区目督办（教程示例，内容均为虚构）", cell)
    for column, name in ((0, "序号"), (1, "大项"), (2, "工作内容"), (5, "完成时限")):
        sheet.merge_range(2, column, 3, column, name, head)
    sheet.merge_range(2, 3, 2, 4, "责任分工", head)
    sheet.write(3, 3, "牵头单位", head)
    sheet.write(3, 4, "责任单位", head)
    sheet.merge_range(4, 0, 4, 5, PLAN, head)
    row = 5
    for serial, (item, tasks) in enumerate(ITEMS, start=1):
        sheet.merge_range(row, 0, row + len(tasks) - 1, 0, serial, cell)
        sheet.merge_range(row, 1, row + len(tasks) - 1, 1, item, cell)
        for task in tasks:
            for column, value in enumerate(task, start=2):
                sheet.write_string(row, column, value, cell)
            row += 1
    sheet.merge_range(row, 0, row, 5, "小计：2个大项，6项具体工作", cell)
    sheet.merge_range(row + 1, 0, row + 1, 5, "注：排名第一的责任单位协助牵头单位汇总。", cell)
    book.close()
    return path


if __name__ == "__main__":
    print(write())
