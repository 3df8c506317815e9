"""Read one workbook in a process of its own, with a ceiling on memory and time.

Run as a script by ``reading.py``: the file comes in on standard input, a pickled list of sheets goes out on
standard output. Old binary workbooks and XML of an unusual form cannot be weighed beforehand, and a parser
that runs out of memory would take the whole server with it; here it takes only this process.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import sys
from typing import Any


def read_sheets(data: bytes) -> tuple[list[tuple[str, list[list[Any]], list[Any]]], list[str]]:
    """Visible worksheets as (name, rows, merges), and the names of hidden ones."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets, hidden = [], []
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != SheetVisibleEnum.Visible:
            hidden.append(meta.name)
            continue
        sheet = book.get_sheet_by_index(index)
        rows = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
        sheets.append((meta.name, rows, sheet.merged_cell_ranges or []))
    return sheets, hidden


def main() -> None:
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: tuple[str, Any]
    try:
        answer = ("ok", read_sheets(sys.stdin.buffer.read()))
    except BaseException as error:  # also a panic of the Rust parser, which is no Exception
        answer = ("error", (type(error).__name__, str(error)[:500]))
    sys.stdout.buffer.write(pickle.dumps(answer, protocol=5))


if __name__ == "__main__":
    main()
