"""Find the ledgers in a book and read their rows, saying of every row what it is.

The header is found by the names of its columns, wherever it stands; nothing is dropped in silence: title,
heading, sub-total, note, repeated header and blank rows come back with their kind and the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from .errors import SheetError
from .grid import Book, Grid, Value, column_letters, show
from .headers import DUTYLIKE, Column, Header, find_columns, find_headers, fingerprint
from .reading import serial_date
from .vocabulary import Field, normalise_header


class RowKind(StrEnum):
    """What a row of a sheet is to a ledger."""

    DATA = "data"
    HEADING = "heading"
    SUBTOTAL = "subtotal"
    NOTE = "note"
    HEADER = "header"
    TITLE = "title"
    BLANK = "blank"


class Cell(NamedTuple):
    """One value under one field.

    ``value`` as stored, ``text`` as read, ``place`` the address of the cell itself, ``merged_from`` the
    address the value was taken from where a merge covers the cell (None: the cell is its own, also when empty).
    """

    value: Value
    text: str
    place: str
    merged_from: str | None = None


_NEW_CELL = partial(tuple.__new__, Cell)  # half the time of Cell(...), which counts for a hundred thousand cells


class PeriodHint(NamedTuple):
    """Year, month, day and week of the month that the title speaks of; None where it does not."""

    year: int | None
    month: int | None
    day: int | None
    week: int | None


@dataclass(slots=True)
class LedgerRow:
    """A row of the sheet: ``number`` counts from 1 as people see it, ``place`` names it.

    ``plan`` and ``item`` hold the texts in force for a DATA row, from a column, a merge, a heading row or the
    row above. ``values`` is empty unless the row is DATA. ``reason`` says why a row is not DATA.
    """

    number: int
    place: str
    kind: RowKind
    plan: str | None = None
    item: str | None = None
    values: dict[Field, Cell] = field(default_factory=dict)
    text: str = ""
    reason: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """One table of tasks inside a book.

    ``header_place`` names the header, ``fingerprint`` is the same for tables with the same headers (digits
    aside), so a corrected mapping can be remembered under it. ``notes`` hold the warnings of single cells.
    """

    sheet: str
    title: str
    header_place: str
    columns: list[Column]
    fingerprint: str
    period: PeriodHint
    notes: list[str]
    _grid: Grid = field(repr=False)
    _first: int = field(repr=False)
    _last: int = field(repr=False)
    _headers: dict[int, str] = field(repr=False)
    _header_top: int = field(repr=False)
    _start_plan: str | None = field(default=None, repr=False)

    def mapping(self) -> dict[int, Field | None]:
        """The guessed mapping, column index to field."""
        return {column.index: column.field for column in self.columns}

    def rows(self, mapping: Mapping[int, Field | None] | None = None) -> list[LedgerRow]:
        """Every row of the ledger's part of the sheet, in order.

        ``mapping`` corrects the guess for the columns it names; a guessed column gives way when the mapping
        puts its field elsewhere. Raises SheetError when two columns are mapped to one field.
        """
        return _Reader(self, _merge_mapping(self, mapping)).read()


def find_ledgers(book: Book) -> list[Ledger]:
    """All ledgers of a book, in order of sheets and rows; empty when no header can be found."""
    ledgers: list[Ledger] = []
    for grid in book.sheets:
        found = _ledgers_of(grid)
        if not found and grid.word_table and ledgers and ledgers[-1]._grid.width == grid.width:
            found = [_continued(grid, ledgers[-1])]
        ledgers.extend(found)
    return ledgers


def require_ledgers(book: Book) -> list[Ledger]:
    """``find_ledgers``, but a book without any raises a SheetError that says what a header must have."""
    ledgers = find_ledgers(book)
    if not ledgers:
        raise SheetError(
            book.filename,
            "没有找到台账的表头",
            "表头行至少要有“工作内容”一列，以及“牵头单位”“责任单位”“完成时限”“进展情况”中的一列",
            "no_ledger",
        )
    return ledgers


def _ledgers_of(grid: Grid) -> list[Ledger]:
    blocks: list[list[Header]] = []
    for header in find_headers(grid):
        if blocks and blocks[-1][0].key == header.key:
            blocks[-1].append(header)
        else:
            blocks.append([header])
    starts = [0]
    for block in blocks[1:]:
        starts.append(_title_start(grid, block[0].top, starts[-1]))
    ends = [*starts[1:], grid.height]
    return [_ledger(grid, block, start, end) for block, start, end in zip(blocks, starts, ends, strict=False)]


def _title_start(grid: Grid, header_top: int, floor: int) -> int:
    """Where a later ledger of the same sheet begins: at the blank or one-cell rows above its header."""
    row = header_top
    while row - 1 > floor:
        texts = [text for column in range(len(grid.rows[row - 1])) if (text := grid.text(row - 1, column))]
        if len(texts) > 1 or (texts and (_SUBTOTAL.match(texts[0]) or _NOTE.match(texts[0]))):
            break
        row -= 1
    return row


def _ledger(grid: Grid, block: list[Header], first: int, last: int) -> Ledger:
    header = block[0]
    above = [text for row in range(first, header.top) if (text := _row_text(grid, row))]
    headings = [text for text in [*grid.before, *above] if _heading_rank(text) is not None]
    titles = [text for text in [*grid.before, *above] if text not in headings]
    title = _title(titles)
    rows = {}
    for number, one in enumerate(block):
        for row in range(one.top, one.bottom + 1):
            rows[row] = "表头" if number == 0 else "重复的表头"
    columns = find_columns(grid, header, header.bottom + 1, last)
    return Ledger(
        sheet=grid.name,
        title=title,
        header_place=grid.row_name(header.top),
        columns=columns,
        fingerprint=fingerprint(header),
        period=period_hint(" ".join([title, *titles])),
        notes=[f"{note.place}：{note.text}" for note in grid.notes if first <= note.row < last],
        _grid=grid,
        _first=first,
        _last=last,
        _headers=rows,
        _header_top=header.top,
        _start_plan=headings[-1] if headings else None,
    )


def _continued(grid: Grid, previous: Ledger) -> Ledger:
    """A Word table without a header that goes on where the one before ended."""
    return Ledger(
        sheet=grid.name,
        title=previous.title,
        header_place=previous.header_place,
        columns=previous.columns,
        fingerprint=previous.fingerprint,
        period=previous.period,
        notes=[f"{grid.name}没有表头，沿用{previous.sheet}的表头"],
        _grid=grid,
        _first=0,
        _last=grid.height,
        _headers={},
        _header_top=-1,
        _start_plan=next((text for text in reversed(grid.before) if _heading_rank(text) is not None), None),
    )


def _title(texts: list[str]) -> str:
    for text in texts:
        if re.search(r"(表|清单|台账|方案|计划)(\s*[（(].*[）)])?$", text) and not text.startswith("附件"):
            return text
    return next((text for text in texts if not re.match(r"附件|填报|单位[:：]|时间[:：]", text)), "")


def period_hint(title: str) -> PeriodHint:
    """Year, month, day and week named in a title: ``2017年7月第二周`` -> 2017, 7, None, 2."""
    text = unicodedata.normalize("NFKC", title)
    year = re.search(r"(20\d\d)\s*年", text)
    months = list(re.finditer(r"(?<!\d)(1[0-2]|0?[1-9])\s*月(?:\s*(3[01]|[12]\d|0?[1-9])\s*日)?", text))
    month = int(months[0][1]) if months else None
    day = next((int(found[2]) for found in months if found[2] and int(found[1]) == month), None)
    week = re.search(r"第\s*([一二三四五六1-6])\s*周", text)
    number = (" 一二三四五六".find(week[1]) if not week[1].isdecimal() else int(week[1])) if week else None
    return PeriodHint(int(year[1]) if year else None, month, day, number)


# --------------------------------------------------------------------------------------------------- rows

_NUMERALS = "一二三四五六七八九十百"
_RANKS = (
    re.compile(rf"第[{_NUMERALS}\d]+[章篇编部]"),
    re.compile(rf"[{_NUMERALS}]+\s*[、.．]"),
    re.compile(rf"[（(]\s*[{_NUMERALS}]+\s*[）)]"),
)
_CHINESE_SERIAL = re.compile(rf"[（(]?\s*[{_NUMERALS}]+\s*[）)]?[、.．]?$")
_SUBTOTAL = re.compile(r"(本页|本表|全区|全县|全市)?(小\s*计|合\s*计|总\s*计|共\s*计|累\s*计)\s*([:：（(\d].*)?$", re.S)
_NOTE = re.compile(
    r"(注|备注|说明|附注|填表说明|填表人|填报人|填报单位|填报时间|填报日期|填表单位|填表时间|制表人?|制表单位|审核人?|审签人?"
    r"|联系人|联系电话|单位负责人|主要负责人|分管领导|签字|报送单位|报送时间|单位[(（]盖章[)）]|数据来源)\s*\d*\s*"
    r"([(（][^)）]{0,8}[)）])?\s*[:：]|[※★*＊]\s*\S"
)


def _heading_rank(text: str) -> int | None:
    """0 for 第一部分, 1 for 一、, 2 for （一）, None for other texts and for whole paragraphs."""
    if len(text) > 60:
        return None
    return next((rank for rank, pattern in enumerate(_RANKS) if pattern.match(text)), None)


def _row_text(grid: Grid, row: int) -> str:
    return " ".join(text for column in range(len(grid.rows[row])) if (text := grid.text(row, column)))


def _merge_mapping(ledger: Ledger, mapping: Mapping[int, Field | None] | None) -> dict[int, Field]:
    guessed = ledger.mapping()
    if not mapping:
        return {column: kind for column, kind in guessed.items() if kind is not None}
    given = {column: Field(kind) for column, kind in mapping.items() if kind is not None}
    for kind in given.values():
        columns = [column for column, other in given.items() if other == kind]
        if len(columns) > 1:
            places = "、".join(ledger._grid.cell_name(max(ledger._header_top, 0), column) for column in columns)
            raise SheetError(
                f"“{ledger.sheet}”{places}",
                f"几列都对应“{kind.label}”",
                "每个字段只能选一列，其余的列请选“不导入”",
                "mapping",
            )
    chosen = set(given.values())
    rest = {c: k for c, k in guessed.items() if k is not None and c not in mapping and k not in chosen}
    return {**rest, **given}


class _Reader:
    """Walks the rows of one ledger once, remembering the plan, the item and the serial number in force."""

    def __init__(self, ledger: Ledger, fields: dict[int, Field]) -> None:
        self.ledger, self.grid, self.fields = ledger, ledger._grid, fields
        self.places = [(c, kind, "" if self.grid.word_table else column_letters(c)) for c, kind in fields.items()]
        self.width = max(fields, default=-1) + 1
        self.column = {kind: column for column, kind in fields.items()}
        self.task = self.column.get(Field.TASK, self.width)
        duties = DUTYLIKE | {Field.REASON, Field.PROBLEM, Field.STATUS, Field.PERSON}
        self.duties = {column for column, kind in fields.items() if kind in duties}
        self.header_texts = {normalise_header(part) for c in ledger.columns for part in c.header.split("/") if part}
        self.plan: str | None = ledger._start_plan
        self.plan_rank = 9 if self.plan is None else _heading_rank(self.plan) or 1
        self.heading_item: str | None = None
        self.item: str | None = None
        self.serial: int | None = None
        self.in_notes = False
        self.notes: dict[int, list[str]] = {}
        for note in ledger._grid.notes:
            self.notes.setdefault(note.row, []).append(f"{note.place}：{note.text}")
        # Which mapped columns are under a merge, per row: most rows of most ledgers have few.
        self.merged_rows: set[int] = {row for row, _ in self.grid._owner}

    def read(self) -> list[LedgerRow]:
        return [self._row(row) for row in range(self.ledger._first, self.ledger._last)]

    def _row(self, row: int) -> LedgerRow:
        grid = self.grid
        texts: dict[int, str] = {}
        for column, value in enumerate(grid.rows[row]):
            if value is not None:
                text = value.strip() if type(value) is str else grid.text(row, column)
                if text:
                    texts[column] = text
        result = LedgerRow(row + 1, grid.row_name(row), RowKind.DATA)
        kind, reason = self._kind(row, texts)
        result.kind, result.reason = kind, reason
        if kind is RowKind.DATA:
            self.in_notes = False
            self._fill(row, texts, result)
        else:
            result.text = " ".join(texts.values())
            result.plan, result.item = self.plan, self.heading_item
            if kind is RowKind.NOTE:
                self.in_notes = True
        if row in self.notes:
            result.notes.extend(self.notes[row])
        return result

    def _kind(self, row: int, texts: dict[int, str]) -> tuple[RowKind, str]:
        ledger = self.ledger
        if row in ledger._headers:
            return RowKind.HEADER, ledger._headers[row]
        if not texts:
            if row in self.merged_rows and any(self.grid.is_hidden(row, column) for column in self.fields):
                return RowKind.BLANK, "整行被合并单元格覆盖，没有自己的内容"
            return RowKind.BLANK, "空行"
        if row < ledger._header_top:
            text = " ".join(texts.values())
            if len(texts) == 1 and _heading_rank(text) is not None:
                self._heading(text)
                return RowKind.HEADING, "表头上方的计划标题"
            return RowKind.TITLE, "表头上方的标题或说明"
        if self.task in texts and not self.duties.isdisjoint(texts) and len(texts) > 2:
            first = next(iter(texts.values()))
            if first[0] not in "小合总共累本全":
                return RowKind.DATA, ""
        return self._unusual(row, texts)

    def _unusual(self, row: int, texts: dict[int, str]) -> tuple[RowKind, str]:
        columns = list(texts)
        first = texts[columns[0]]
        if any(_SUBTOTAL.match(texts[column]) for column in columns[:2]):
            return RowKind.SUBTOTAL, "小计或合计行"
        if len(columns) > 1 and all(normalise_header(text) in self.header_texts for text in texts.values()):
            return RowKind.HEADER, "重复的表头"
        is_task = columns[0] == self.task and not self.duties.isdisjoint(texts)
        if _NOTE.match(first) and not is_task:
            return RowKind.NOTE, "表后的注释或填表信息"
        if self.in_notes and len(columns) == 1 and columns[0] != self.task:
            return RowKind.NOTE, "注释的续行"
        if not self.duties.isdisjoint(texts) or any(column > self.task for column in columns):
            return RowKind.DATA, ""
        if len(columns) == 1:
            return self._single(row, columns[0], first)
        serial_column = self.column.get(Field.SERIAL, -1)
        if len(columns) == 2 and columns[0] == serial_column and _CHINESE_SERIAL.match(first):
            mark = first if first[-1] in "、.．）)" else f"{first}、"
            self._heading(mark + texts[columns[1]])
            return RowKind.HEADING, "只有中文序号和标题的行"
        return RowKind.DATA, ""

    def _single(self, row: int, column: int, text: str) -> tuple[RowKind, str]:
        merge = self.grid.merge_at(row, column)
        wide = merge is not None and merge.right > merge.left
        if column == self.column.get(Field.SERIAL) and not wide and len(text) <= 6 and _heading_rank(text) is None:
            return RowKind.BLANK, "只有序号，没有内容"
        if column == self.column.get(Field.ITEM) and not wide and _heading_rank(text) is None:
            self.item = self.heading_item = text
            return RowKind.HEADING, "只有大项名称的行"
        named = text.endswith(("行动计划", "计划", "行动", "工程")) and len(text) <= 40
        if wide or column < self.task or _heading_rank(text) is not None or (column == self.task and named):
            self._heading(text)
            return RowKind.HEADING, "整行只有一个标题"
        return RowKind.DATA, ""

    def _heading(self, text: str) -> None:
        rank = _heading_rank(text)
        rank = 1 if rank is None else rank
        self.item = None
        if rank <= self.plan_rank or self.plan is None:
            self.plan, self.plan_rank, self.heading_item = text, rank, None
        else:
            self.heading_item = text

    def _fill(self, row: int, texts: dict[int, str], result: LedgerRow) -> None:
        grid, values = self.grid, result.values
        cells = grid.rows[row]
        merged = row in self.merged_rows
        number, owners, new_cell = str(row + 1), grid._owner, _NEW_CELL
        for column, kind, letters in self.places:
            text = texts.get(column)
            place = letters + number if letters else grid.cell_name(row, column)
            if text is not None:
                value = cells[column]
                if kind is Field.DEADLINE or kind is Field.START:
                    value, text = self._day(value, text)
                values[kind] = new_cell((value, text, place, None))
                continue
            merge = owners.get((row, column)) if merged else None
            if merge is None or (merge.top, merge.left) == (row, column):
                values[kind] = new_cell((None, "", place, None))
                continue
            value, text = grid.value(merge.top, merge.left), grid.text(merge.top, merge.left)
            if kind is Field.DEADLINE or kind is Field.START:
                value, text = self._day(value, text)
            values[kind] = Cell(value, text, place, grid.cell_name(merge.top, merge.left))
        self._plan_and_item(result)
        self._check_serial(result)

    @staticmethod
    def _day(value: Value, text: str) -> tuple[Value, str]:
        """A bare serial number below a deadline header is a day whose cell lost its date format."""
        if isinstance(value, str) and text.isascii() and text.isdecimal() and len(text) == 5:
            value = int(text)
        if isinstance(value, int) and not isinstance(value, bool) and (day := serial_date(value)) is not None:
            return day, show(day)
        if isinstance(value, date) and text != show(value):
            return text, text  # shown as 2017年7月: the month is meant, not its first day
        return value, text

    def _plan_and_item(self, result: LedgerRow) -> None:
        plan = result.values.get(Field.PLAN)
        if plan is not None and plan.text and plan.text != self.plan:
            self.plan, self.item = plan.text, None
        item = result.values.get(Field.ITEM)
        if item is not None and item.text:
            self.item = item.text
            result.item = item.text
        elif item is not None and self.item is not None:
            result.item = self.item
            result.notes.append(f"{item.place}：空格，沿用上方的大项“{self.item[:20]}”")
        else:
            result.item = self.heading_item
        result.plan = self.plan

    def _check_serial(self, result: LedgerRow) -> None:
        cell = result.values.get(Field.SERIAL)
        if cell is None or cell.merged_from is not None or not cell.text:
            return
        digits = unicodedata.normalize("NFKC", cell.text).strip(".、 ")
        if not digits.isdecimal() or len(digits) > 6:
            return
        number = int(digits)
        if self.serial is not None and number not in (self.serial + 1, self.serial, 1):
            result.notes.append(f"{cell.place}：序号由 {self.serial} 跳到 {number}")
        self.serial = number
