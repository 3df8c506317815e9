"""Cells as they stand in a file: values, merged ranges and the name of every place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from .errors import SheetError

Value = str | int | float | bool | date | datetime | None

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may weigh before it is read.

    ``max_bytes`` of the file, ``max_inflated`` bytes of all parts of a packed file together, ``max_ratio``
    inflated to packed (only looked at above 32 MiB, small files compress well by nature), ``max_entries``
    parts, ``max_rows`` x ``max_columns`` that hold something per sheet and ``max_cells`` of that rectangle,
    ``max_text`` characters summed over the texts of one sheet, ``seconds`` for reading an old .xls.
    """

    max_bytes: int = 20 * MIB
    max_inflated: int = 256 * MIB
    max_ratio: int = 200
    max_entries: int = 2_000
    max_rows: int = 100_000
    max_columns: int = 200
    max_cells: int = 4_000_000
    max_text: int = 200_000_000
    seconds: int = 60


class Merge(NamedTuple):
    """A merged range, zero-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


class CellNote(NamedTuple):
    """Something a person should know about one cell, such as ``#REF!`` in it."""

    row: int
    column: int
    place: str
    text: str


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def show(value: Value) -> str:
    """The text of a value as a Chinese ledger would print it; strings lose only outer blanks.

    Dates become 2017年7月14日, whole floats lose their ``.0``, booleans become 是/否.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if "\u200b" in value or "\ufeff" in value:
            value = value.replace("\u200b", "").replace("\ufeff", "")
        if "\r" in value:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        day = f"{value.year}年{value.month}月{value.day}日"
        return day if value.time() == time() else f"{day}{value:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        return f"{value:f}" if "e" in text and abs(value) < 1e15 else text
    return str(value)


def clean_value(value: object) -> Value:
    """A value of the reading library as one of ours: empty text is None, whole floats are ints.

    Texts lose marks without width and get one kind of line break, so that later steps need not look again.
    """
    if isinstance(value, str):
        if value and not value.isprintable():
            value = value.replace("\u200b", "").replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
        return value or None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if value is None or isinstance(value, (bool, int, date)):
        return value
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    return str(value)


@dataclass(slots=True)
class Grid:
    """One sheet, one CSV file or one Word table.

    ``rows`` may be ragged; ``shown`` holds the text of cells whose number format changes what is read
    (``50%``, ``2017年7月``); ``before`` the paragraphs above a Word table; ``word_table`` its number, from 1.
    """

    name: str
    rows: list[list[Value]]
    merges: list[Merge] = field(default_factory=list)
    notes: list[CellNote] = field(default_factory=list)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    word_table: int = 0
    width: int = 0
    _owner: dict[tuple[int, int], Merge] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # A merge may reach beyond the last value (a whole column merged); only the part within counts.
        self.width = max(map(len, self.rows), default=0)
        height = len(self.rows)
        covered = 0
        kept: list[Merge] = []
        for given in self.merges:
            if given.top >= height or given.left >= self.width:
                continue
            merge = Merge(given.top, given.left, min(given.bottom, height - 1), min(given.right, self.width - 1))
            covered += (merge.bottom - merge.top + 1) * (merge.right - merge.left + 1)
            if covered > 1_000_000:
                raise SheetError(
                    f"“{self.name}”",
                    "合并单元格相互重叠或面积过大",
                    "请取消多余的合并后重新保存",
                    "too_many_cells",
                )
            kept.append(merge)
            for row in range(merge.top, merge.bottom + 1):
                for column in range(merge.left, merge.right + 1):
                    self._owner.setdefault((row, column), merge)
        self.merges = kept

    @property
    def height(self) -> int:
        return len(self.rows)

    def value(self, row: int, column: int) -> Value:
        """What the cell itself holds; None where nothing is, also under a merge."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None

    def merge_at(self, row: int, column: int) -> Merge | None:
        """The merged range the cell lies in; None for a cell of its own."""
        return self._owner.get((row, column))

    def is_hidden(self, row: int, column: int) -> bool:
        """True when a merge covers the cell and it is not the range's first cell."""
        merge = self._owner.get((row, column))
        return merge is not None and (merge.top, merge.left) != (row, column)

    def text(self, row: int, column: int) -> str:
        """The cell's own text, outer blanks removed."""
        if self.shown and (row, column) in self.shown:
            return self.shown[row, column]
        return show(self.value(row, column))

    def cell_name(self, row: int, column: int) -> str:
        """``C7`` in a workbook, ``表1第3行第2列`` in a Word document; row and column count from 0."""
        if self.word_table:
            return f"表{self.word_table}第{row + 1}行第{column + 1}列"
        return f"{column_letters(column)}{row + 1}"

    def row_name(self, row: int) -> str:
        """``第7行``, or ``表1第7行``."""
        return f"表{self.word_table}第{row + 1}行" if self.word_table else f"第{row + 1}行"


@dataclass(slots=True)
class Book:
    """A file that was read: ``kind`` xlsx, xls, csv or docx; ``notes`` say what was left aside and why."""

    filename: str
    kind: str
    sheets: list[Grid]
    notes: list[str] = field(default_factory=list)
