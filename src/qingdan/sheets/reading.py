"""Any file that may hold a ledger -> grids of typed cells.

What a file is follows from its content, never from its name.
"""

from __future__ import annotations

import csv
import io
import pickle
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from .archive import Archive, SheetFacts, broken, scan_workbook
from .child import read_sheets
from .errors import SheetError
from .grid import MIB, Book, CellNote, Grid, Limits, Merge, Value, clean_value, column_letters
from .word import read_word

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AS_XLSX = "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
_DEFAULT_LIMITS = Limits()


def read_grid(data: bytes, filename: str, limits: Limits = _DEFAULT_LIMITS) -> Book:
    """Read a workbook (.xlsx, .xlsm, .xls), a text table (.csv, .txt) or the tables of a Word file (.docx).

    ``data`` is the whole file, ``filename`` is only shown in messages. Formulas give the value that was
    saved with them; macros are never run. Every failure is a SheetError; nothing else is raised.
    """
    place = filename or "上传的文件"
    if not data:
        raise SheetError(place, "文件是空的", "请选择有内容的文件", "empty")
    if len(data) > limits.max_bytes:
        raise SheetError(
            place,
            f"文件有 {len(data) / MIB:.1f} MiB，超过 {limits.max_bytes // MIB} MiB",
            "请删去图片和多余内容，或拆成几个文件",
            "too_big",
        )
    if data.startswith(b"PK"):
        return _read_packed(data, place, limits)
    if data.startswith(_OLE):
        return _read_old(data, place, limits)
    return _read_text(data, place, limits)


# ---------------------------------------------------------------------------------------------- packed


def _read_packed(data: bytes, place: str, limits: Limits) -> Book:
    archive = Archive(data, place, limits)
    if "word/document.xml" in archive.infos:
        return read_word(archive, place, limits)
    if "xl/workbook.xml" not in archive.infos:
        if "xl/workbook.bin" in archive.infos:
            raise SheetError(place, "是二进制工作簿 .xlsb", _AS_XLSX, "wrong_type")
        if "mimetype" in archive.infos or "content.xml" in archive.infos:
            raise SheetError(place, "是 OpenDocument 文件", _AS_XLSX, "wrong_type")
        raise SheetError(place, "是压缩包，不是工作簿或 Word 文档", "请解压后上传其中的台账文件", "wrong_type")
    facts, ordinary = scan_workbook(archive)
    if ordinary:
        sheets, hidden = _read_here(data, place)
    else:
        sheets, hidden = _read_in_child(data, place, limits)
    book = _book(sheets, hidden, place, "xlsx", limits)
    for grid in book.sheets:
        if grid.name in facts:
            _apply_facts(grid, facts[grid.name])
    if "xl/vbaProject.bin" in archive.infos:
        book.notes.append("文件带有宏，宏没有运行，只读取了单元格。")
    return book


def _read_here(data: bytes, place: str) -> tuple[list[Any], list[str]]:
    try:
        return read_sheets(data)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the Rust parser is no Exception
        raise _parser_error(type(error).__name__, place) from error


def _parser_error(kind: str, place: str) -> SheetError:
    if kind == "PasswordError":
        return SheetError(place, "工作簿设置了打开密码", "请取消密码后重新保存再上传", "encrypted")
    if kind == "MemoryError":
        return SheetError(place, "内容过大，超出读取所许的内存", _AS_XLSX, "bomb")
    return broken(place)


def _apply_facts(grid: Grid, facts: SheetFacts) -> None:
    for ref, text in facts.errors:
        row, column = _position(ref)
        grid.notes.append(CellNote(row, column, ref, f"单元格是错误值 {text}，按空格处理"))
    for ref in facts.unsaved_formulas:
        row, column = _position(ref)
        grid.notes.append(CellNote(row, column, ref, "公式没有保存计算结果，按空格处理；请在 Excel 中打开并保存一次"))
    for ref, parts in facts.months.items():
        row, column = _position(ref)
        day = grid.value(row, column) if row < grid.height else None
        if isinstance(day, int) and not isinstance(day, bool):
            day = serial_date(day)
        if isinstance(day, date):
            year = f"{day.year}年" if "y" in parts else ""
            month = f"{day.month}月" if "m" in parts else ""
            grid.shown[row, column] = year + month
    for ref in facts.percents:
        row, column = _position(ref)
        number = grid.value(row, column) if row < grid.height else None
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            grid.shown[row, column] = f"{(Decimal(str(number)) * 100).normalize():f}%"


def serial_date(serial: int) -> date | None:
    """The day of an Excel serial number (1900 system) between 2000 and 2099; else None."""
    return date(1899, 12, 30) + timedelta(days=serial) if 36526 <= serial <= 73050 else None


def _position(ref: str) -> tuple[int, int]:
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]) - 1, column - 1


def _book(sheets: list[Any], hidden: list[str], place: str, kind: str, limits: Limits) -> Book:
    grids = []
    for name, raw_rows, raw_merges in sheets:
        rows = [
            [
                None if value == "" else value if type(value) is str and value.isprintable() else clean_value(value)
                for value in row
            ]
            for row in raw_rows
        ]
        if len(rows) > limits.max_rows:
            raise SheetError(f"“{name}”", f"超过 {limits.max_rows} 行", "请拆成几个文件", "too_many_rows")
        if rows and len(rows[0]) > limits.max_columns:
            raise SheetError(f"“{name}”", f"超过 {limits.max_columns} 列", "请删去右侧多余的列", "too_many_columns")
        merges = [Merge(*start, *end) for start, end in raw_merges if start != end]
        grids.append(Grid(name, rows, merges))
    notes = [f"工作表“{name}”是隐藏的，没有读取。" for name in hidden]
    if not any(grid.rows for grid in grids):
        raise SheetError(place, "没有可见的、有内容的工作表", "请取消隐藏，或选择有内容的文件", "empty")
    return Book(place, kind, grids, notes)


# ------------------------------------------------------------------------------------------------- .xls


def _read_old(data: bytes, place: str, limits: Limits) -> Book:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage"):
        raise SheetError(place, "工作簿设置了打开密码", "请取消密码后重新保存再上传", "encrypted")
    if has("WordDocument"):
        raise SheetError(place, "是旧版 Word 文档 .doc", "请用 Word 或 WPS 打开后另存为 .docx 再上传", "wrong_type")
    if not (has("Workbook") or has("Book")):
        raise SheetError(place, "不是工作簿", _AS_XLSX, "wrong_type")
    sheets, hidden = _read_in_child(data, place, limits)
    book = _book(sheets, hidden, place, "xls", limits)
    if errors := _old_errors(data):
        some = "、".join(errors[:5]) + ("等" if len(errors) > 5 else "")
        book.notes.append(f"有单元格是错误值（如 #REF!），按空格处理：{some}。")
    return book


# The library reads error values of old workbooks as blanks. Their BIFF8 records (BOOLERR, and FORMULA with an
# error result) have a shape of their own that can be seen without following the file's sectors; a record
# cut by a sector's end is missed, the sheet is not told, so this makes a note and no more.
_ERROR_CODES = rb"[\x00\x07\x0f\x17\x1d\x24\x2a]"
_OLD_ERRORS = (
    re.compile(rb"\x05\x02\x08\x00(..)(.\x00).." + _ERROR_CODES + rb"\x01", re.S),
    re.compile(rb"\x06\x00.\x00(..)(.\x00)..\x02." + _ERROR_CODES + rb"...\xff\xff", re.S),
)


def _old_errors(data: bytes) -> list[str]:
    cells = {
        (int.from_bytes(row, "little"), int.from_bytes(column, "little"))
        for pattern in _OLD_ERRORS
        for row, column in pattern.findall(data)
    }
    return [f"{column_letters(column)}{row + 1}" for row, column in sorted(cells)]


def _read_in_child(data: bytes, place: str, limits: Limits) -> tuple[list[Any], list[str]]:
    script = str(Path(__file__).with_name("child.py"))
    try:
        done = subprocess.run(  # noqa: S603 - our own script, the file goes through a pipe
            [sys.executable, "-I", script, str(1536 * MIB), str(limits.seconds)],
            input=data,
            capture_output=True,
            timeout=limits.seconds + 30,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SheetError(place, f"{limits.seconds} 秒内没有读完", _AS_XLSX, "bomb") from error
    if done.returncode != 0:
        raise SheetError(place, "内容过大或已损坏，读取被中止", _AS_XLSX, "bomb")
    kind, answer = pickle.loads(done.stdout)  # noqa: S301 - written by our own child process
    if kind == "error":
        raise _parser_error(answer[0], place)
    return answer[0], answer[1]


# -------------------------------------------------------------------------------------------------- text


def _decode(data: bytes, place: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise SheetError(place, "不是台账文件（二进制内容）", "请上传 .xlsx、.xls、.csv 或 .docx", "wrong_type")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    raise SheetError(place, "文字编码不是 UTF-8 或 GB18030", "请用 Excel 或 WPS 另存为“CSV UTF-8”", "wrong_type")


def _delimiter(text: str) -> str:
    """The mark that splits most of the first lines into the same number (> 1) of cells."""
    best, best_score = ",", 0
    head = text[:20_000]
    for mark in ",\t;|":
        widths = Counter(
            sum(1 for _ in re.finditer(re.escape(mark), re.sub(r'"[^"]*"', "", line)))
            for line in head.splitlines()[:50]
        )
        widths.pop(0, None)
        if widths:
            width, lines = widths.most_common(1)[0]
            if (score := lines * min(width, 20)) > best_score:
                best, best_score = mark, score
    return best


def _read_text(data: bytes, place: str, limits: Limits) -> Book:
    text = _decode(data, place)
    start = text[:2_000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "{\\rtf", "%pdf", "<meta", "<head")):
        raise SheetError(place, "实为网页、XML 或其他格式，只是换了后缀名", _AS_XLSX, "wrong_type")
    if "\0" in text:
        raise SheetError(place, "不是台账文件（二进制内容）", "请上传 .xlsx、.xls、.csv 或 .docx", "wrong_type")
    rows: list[list[Value]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    cells = 0
    try:
        for record in reader:
            rows.append([clean_value(_unquote(cell)) for cell in record])
            cells += len(record)
            if len(record) > limits.max_columns:
                raise SheetError(
                    f"第{len(rows)}行", f"超过 {limits.max_columns} 列", "请检查分隔符和引号", "too_many_columns"
                )
            if len(rows) > limits.max_rows:
                raise SheetError(place, f"超过 {limits.max_rows} 行", "请拆成几个文件", "too_many_rows")
            if cells > limits.max_cells:
                raise SheetError(place, f"超过 {limits.max_cells} 格", "请拆成几个文件", "too_many_cells")
    except csv.Error as error:
        reason = "一格文字过长" if "limit" in str(error) else "引号没有成对"
        raise SheetError(f"第{reader.line_num}行", reason, "请检查这一行的引号和换行", "broken") from error
    while rows and not any(cell and cell.strip() for cell in rows[-1] if isinstance(cell, str)):
        rows.pop()
    if not rows:
        raise SheetError(place, "文件是空的", "请选择有内容的文件", "empty")
    return Book(place, "csv", [Grid(Path(place).stem, rows)])


_QUOTED = re.compile(r"'+[=+\-@\t\r]")


def _unquote(cell: str) -> str:
    """Take back the apostrophe that ``neutralise`` puts before a text that looks like a formula."""
    return cell[1:] if cell.startswith("'") and _QUOTED.match(cell) else cell
