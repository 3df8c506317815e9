"""Read and write a large ledger with merged cells: ours with all interpretation, others with the raw work only.

    python benchmarks/sheets/ledger.py [--rows 10000] [--rounds 5]

Every measurement is a fresh process; it prints the CPU seconds of the work itself, imports excluded. The
contestants take turns within a round, so a busy machine hits all of them alike; medians and ratios follow.

Ours does more than the others: it weighs the file, types every cell, finds header, headings, items and
merges and names the place of each value. openpyxl reads values and merges, its read-only mode values only;
pandas reads values only, once through each engine.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path


def the_sheet(rows: int) -> object:
    from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn

    columns = [
        OutColumn("serial", "序号", 6, "center"),
        OutColumn("item", "大项", 18),
        OutColumn("task", "工作内容", 36),
        OutColumn("lead", "牵头单位", 14, "center"),
        OutColumn("due", "完成时限", 14, "center"),
        OutColumn("progress", "进展情况", 40),
        OutColumn("forecast", "预估是否能够按时办结", 12, "choice", ("能", "不能", "不确定")),
        OutColumn("reason", "预估不能按时办结的原因及建议", 26),
        OutColumn("problem", "需要区委区政府解决的问题", 26),
        OutColumn("code", "任务编码", 12, "code"),
    ]
    groups, number, item = [], 0, 0
    for plan in range(10):
        items = []
        while number < rows * (plan + 1) // 10:
            item += 1
            size = min(1 + item % 5, rows * (plan + 1) // 10 - number)
            tasks = []
            for _ in range(size):
                number += 1
                late = number % 40 == 0
                tasks.append(
                    {
                        "task": f"推进第{number}项具体工作，完成方案编制、送审和现场落实",
                        "lead": f"第{number % 60}局",
                        "due": f"7月{1 + number % 31}日前" if number % 3 else "持续推进",
                        "progress": f"第{number}项已完成前期工作，累计完成投资{number % 977}万元，达到序时进度",
                        "forecast": "不能" if late else "能",
                        "reason": "用地手续未办结；建议提前介入" if late else "",
                        "problem": "请协调用电保障" if late else "无",
                        "code": f"T{number:06d}",
                    }
                )
            items.append(ItemBlock({"serial": item, "item": f"第{item}个大项工作"}, tasks))
        groups.append(Group(f"行动计划{plan + 1}", items))
    return LedgerSheet("7月行动计划进展情况一览表", columns, groups, "区目督办　截至2017年7月14日", ["注：样例数据。"])


def read_ours(path: str) -> int:
    from qingdan.sheets import RowKind, find_ledgers, read_grid

    (ledger,) = find_ledgers(read_grid(Path(path).read_bytes(), path))
    return sum(row.kind is RowKind.DATA for row in ledger.rows())


def read_openpyxl(path: str) -> int:
    import openpyxl

    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    return len(list(sheet.values)) + 0 * len(sheet.merged_cells.ranges)


def read_openpyxl_stream(path: str) -> int:
    import openpyxl

    return len(list(openpyxl.load_workbook(path, data_only=True, read_only=True).worksheets[0].values))


def read_pandas_openpyxl(path: str) -> int:
    import pandas

    return len(pandas.read_excel(path, header=None, engine="openpyxl"))


def read_pandas_calamine(path: str) -> int:
    import pandas

    return len(pandas.read_excel(path, header=None, engine="calamine"))


def write_ours(rows: str) -> Callable[[], int]:
    from qingdan.sheets import write_ledger

    sheet = the_sheet(int(rows))
    return lambda: len(write_ledger(sheet, datetime(2017, 7, 14)))  # type: ignore[arg-type]


def write_openpyxl(rows: str) -> Callable[[], int]:
    """The same cells, merges, borders, wrapping, drop-down and print set-up; no row heights, no colours."""
    import openpyxl
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    source = the_sheet(int(rows))

    def work() -> int:
        book = openpyxl.Workbook()
        sheet = book.active
        side = Side(style="thin")
        border, wrap, font = (
            Border(side, side, side, side),
            Alignment(wrap_text=True, vertical="center"),
            Font("宋体", 10.5),
        )
        width = len(source.columns)  # type: ignore[attr-defined]
        sheet.append([source.title])  # type: ignore[attr-defined]
        sheet.append([source.subtitle])  # type: ignore[attr-defined]
        sheet.append([column.header for column in source.columns])  # type: ignore[attr-defined]
        row = 3
        merges = [(1, 1, 1, width), (2, 1, 2, width)]
        for group in source.groups:  # type: ignore[attr-defined]
            row += 1
            sheet.append([group.heading])
            merges.append((row, 1, row, width))
            for item in group.items:
                for offset, task in enumerate(item.tasks):
                    values = {**item.cells, **task} if offset == 0 else task
                    sheet.append([values.get(column.key) for column in source.columns])  # type: ignore[attr-defined]
                if len(item.tasks) > 1:
                    merges += [(row + 1, column, row + len(item.tasks), column) for column in (1, 2)]
                row += len(item.tasks)
        for cells in sheet.iter_rows(min_row=3, max_row=row, max_col=width):
            for cell in cells:
                cell.border, cell.alignment, cell.font = border, wrap, font
        for top, left, bottom, right in merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        choice = DataValidation(type="list", formula1='"能,不能,不确定"')
        sheet.add_data_validation(choice)
        choice.add(f"G4:G{row}")
        sheet.freeze_panes, sheet.print_title_rows = "C4", "3:3"
        sheet.auto_filter.ref = f"A3:J{row}"
        buffer = io.BytesIO()
        book.save(buffer)
        return len(buffer.getvalue())

    return work


def write_openpyxl_bare(rows: str) -> Callable[[], int]:
    """Values only: no merge, no border, no print set-up."""
    import openpyxl

    source = the_sheet(int(rows))

    def work() -> int:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for group in source.groups:  # type: ignore[attr-defined]
            for item in group.items:
                for task in item.tasks:
                    values = {**item.cells, **task}
                    sheet.append([values.get(column.key) for column in source.columns])  # type: ignore[attr-defined]
        buffer = io.BytesIO()
        book.save(buffer)
        return len(buffer.getvalue())

    return work


READERS: dict[str, Callable[[str], int]] = {
    "ours, everything interpreted": read_ours,
    "openpyxl, raw with merges": read_openpyxl,
    "openpyxl read-only, raw, no merges": read_openpyxl_stream,
    "pandas + openpyxl, raw": read_pandas_openpyxl,
    "pandas + calamine, raw": read_pandas_calamine,
}
WRITERS: dict[str, Callable[[str], Callable[[], int]]] = {
    "ours": write_ours,
    "openpyxl, same look": write_openpyxl,
    "openpyxl write-only, values alone": write_openpyxl_bare,
}


def one(kind: str, name: str, argument: str) -> float:
    """CPU seconds of one run in this process, after a warm-up on a small input has done the imports."""
    if kind == "read":
        small = str(Path(argument).with_name("small.xlsx"))
        READERS[name](small)
        start = time.process_time()
        READERS[name](argument)
        return time.process_time() - start
    WRITERS[name]("20")()
    work = WRITERS[name](argument)
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(one(*options.one))
        return
    from qingdan.sheets import write_ledger

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.xlsx")
        path.write_bytes(write_ledger(the_sheet(options.rows)))  # type: ignore[arg-type]
        Path(folder, "small.xlsx").write_bytes(write_ledger(the_sheet(20)))  # type: ignore[arg-type]
        print(f"{options.rows} tasks, file of {path.stat().st_size / 1024:.0f} KiB, {options.rounds} rounds")
        for kind, names, argument in (("read", READERS, str(path)), ("write", WRITERS, str(options.rows))):
            seconds: dict[str, list[float]] = {name: [] for name in names}
            for _ in range(options.rounds):
                for name, taken in seconds.items():
                    command = [sys.executable, __file__, "--one", kind, name, argument]
                    taken.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            ours = statistics.median(next(iter(seconds.values())))
            print(f"\n{kind:<38}{'median CPU s':>14}{'min':>9}{'max':>9}{'x ours':>9}")
            for name, taken in seconds.items():
                middle = statistics.median(taken)
                print(f"{name:<38}{middle:>14.3f}{min(taken):>9.3f}{max(taken):>9.3f}{middle / ours:>9.2f}")


if __name__ == "__main__":
    main()
