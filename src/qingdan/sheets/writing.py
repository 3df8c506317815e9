"""Typed rows -> a styled workbook that prints well and can be read back.

The layout follows the overviews that offices use: title of 22 points, header repeated on every page, plan
headings over the whole width, item and number merged over their tasks, A4 landscape one page wide.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import xlsxwriter

from .errors import SheetError
from .grid import column_letters, show

Out = str | int | float | Decimal | bool | date | datetime | None
ColumnKind = Literal["text", "center", "choice", "light", "code"]

BODY_POINTS = 10.5  # at this size one Chinese character is as wide as two units of column width
_LINE_POINTS = 14.5
_MAX_ROW_POINTS = 409.0
_MAX_CELL_CHARACTERS = 32_767
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA_START = re.compile(r"'*[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?%?\Z")

DEFAULT_COLOURS = {
    "不能": "#F8D7DA",
    "不确定": "#FFF3CD",
    "红": "#F8D7DA",
    "橙": "#FFE0B8",
    "黄": "#FFF3CD",
    "蓝": "#D6E6F7",
    "绿": "#DDF0DF",
}


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column: ``key`` of the value in the rows, ``header`` as printed, ``width`` in characters.

    ``kind``: ``text`` wraps to the left, ``center`` is centred, ``choice`` is centred with a drop-down of
    ``choices``, ``light`` shows a word on a colour, ``code`` is the hidden stable code. ``colours`` maps a
    word to a fill (``#RRGGBB``) for choice and light columns; by default the usual words are coloured.
    """

    key: str
    header: str
    width: float = 12
    kind: ColumnKind = "text"
    choices: tuple[str, ...] = ()
    colours: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ItemBlock:
    """An item: ``cells`` are merged over its tasks, ``tasks`` hold the other values by column key."""

    cells: Mapping[str, Out] = field(default_factory=dict)
    tasks: Sequence[Mapping[str, Out]] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Items below one plan heading; without heading they follow directly."""

    heading: str = ""
    items: Sequence[ItemBlock] = ()


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """One sheet: title, line below it (unit, as-of date), columns, groups, notes after the table.

    ``freeze_columns`` first columns stay in view; ``name`` is the sheet's name, by default from the title.
    """

    title: str
    columns: Sequence[OutColumn]
    groups: Sequence[Group]
    subtitle: str = ""
    notes: Sequence[str] = ()
    name: str = ""
    freeze_columns: int = 2


def neutralise(text: str) -> str:
    """A text for CSV that no spreadsheet takes for a formula: an apostrophe before ``= + - @`` tab and CR.

    Plain numbers such as ``-5`` or ``+3.2%`` stay as they are. Reading a CSV takes the apostrophe back.
    """
    if _FORMULA_START.match(text) and not _PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def write_ledger(sheet: LedgerSheet, created: datetime = datetime(2000, 1, 1)) -> bytes:
    """One sheet as an .xlsx file; the same input and date always give the same bytes."""
    return write_workbook([sheet], created)


def write_workbook(sheets: Sequence[LedgerSheet], created: datetime = datetime(2000, 1, 1)) -> bytes:
    """Several sheets as one .xlsx file.

    Texts are written as texts whatever they begin with; the properties name no person. Raises SheetError for
    a text longer than a cell holds.
    """
    if not sheets:
        raise SheetError("工作簿", "没有任何工作表", "请至少给出一张表", "content")
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": _clean(sheets[0].title), "author": "", "created": created.replace(tzinfo=None)})
    styles = _Styles(book)
    names: set[str] = set()
    for sheet in sheets:
        name = _sheet_name(sheet.name or sheet.title, names)
        _SheetWriter(book.add_worksheet(name), sheet, name, styles).write()
    book.close()
    return buffer.getvalue()


def write_csv(sheet: LedgerSheet) -> bytes:
    """The rows as CSV (UTF-8 with mark, for Excel and WPS): merged values repeated, plan as a first column."""
    buffer = io.StringIO(newline="")
    out = csv.writer(buffer)
    headings = any(group.heading for group in sheet.groups)
    out.writerow(
        [neutralise(text) for text in [*(["行动计划"] if headings else []), *(c.header for c in sheet.columns)]]
    )
    for group in sheet.groups:
        for item in group.items:
            for task in item.tasks:
                row = {**item.cells, **task}
                cells = [_text(row.get(column.key)) for column in sheet.columns]
                out.writerow([neutralise(text) for text in ([group.heading, *cells] if headings else cells)])
    return buffer.getvalue().encode("utf-8-sig")


def _sheet_name(wanted: str, taken: set[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "", _clean(wanted)).strip("' \n")[:31] or "清单"
    base, number = name, 2
    while name.lower() in taken:
        name = f"{base[:27]}({number})"
        number += 1
    taken.add(name.lower())
    return name


def _clean(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isprintable() else _UNPRINTABLE.sub("", text)


def _text(value: Out) -> str:
    if isinstance(value, str):
        return _clean(value)
    return f"{value:f}" if isinstance(value, Decimal) else show(value)


def _lines(text: str, width: float) -> int:
    """Lines a text takes in a column: Chinese characters count two units, others one."""
    room = max(2.0, width - 1)
    # Three UTF-8 bytes for a Chinese character, one for a Latin letter: the mean with the length is the width.
    if "\n" not in text:
        return math.ceil((len(text) + len(text.encode())) / 2 / room) or 1
    return sum(math.ceil((len(part) + len(part.encode())) / 2 / room) or 1 for part in text.split("\n"))


class _Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "宋体", "font_size": BODY_POINTS, "valign": "vcenter", "text_wrap": True}
        cell = {**base, "border": 1}
        self.title = book.add_format(
            {"font_name": "方正小标宋简体", "font_size": 22, "align": "center", "valign": "vcenter", "text_wrap": True}
        )
        self.subtitle = book.add_format({**base, "align": "right"})
        self.header = book.add_format(
            {**cell, "font_name": "黑体", "font_size": 11, "align": "center", "bg_color": "#EDF1F5"}
        )
        self.heading = book.add_format(
            {**cell, "font_name": "楷体", "font_size": 12, "bold": True, "bg_color": "#F6F8FA"}
        )
        self.text = book.add_format({**cell, "align": "left"})
        self.center = book.add_format({**cell, "align": "center"})
        self.day = book.add_format({**cell, "align": "center", "num_format": 'yyyy"年"m"月"d"日"'})
        self.code = book.add_format(
            {**cell, "font_color": "#6B7280", "bg_color": "#F3F4F6", "italic": True, "locked": True, "num_format": "@"}
        )
        self.note = book.add_format({**base, "align": "left"})
        self._book = book
        self._fills: dict[str, Any] = {}

    def fill(self, colour: str) -> Any:
        if colour not in self._fills:
            self._fills[colour] = self._book.add_format({"bg_color": colour})
        return self._fills[colour]

    def of(self, column: OutColumn) -> Any:
        if column.kind == "text":
            return self.text
        return self.code if column.kind == "code" else self.center


class _SheetWriter:
    """Writes one sheet from top to bottom; ``row`` is the next free row."""

    def __init__(self, sheet: Any, source: LedgerSheet, name: str, styles: _Styles) -> None:
        self.sheet, self.source, self.name, self.styles = sheet, source, name, styles
        self.columns = list(source.columns)
        self.last = len(self.columns) - 1
        self.formats = [styles.of(column) for column in self.columns]
        self.row = 0

    def write(self) -> None:
        if not self.columns:
            raise SheetError(f"“{self.name}”", "没有任何列", "请至少给出一列", "content")
        self._page()
        for index, column in enumerate(self.columns):
            options = {"hidden": True} if column.kind == "code" else {}
            self.sheet.set_column(index, index, column.width, None, options)
        shown = sum(column.width for column in self.columns if column.kind != "code")
        self._band(self.source.title, self.styles.title, 32.0 * _lines(self.source.title, shown / 2.1) + 6)
        if self.source.subtitle:
            self._band(self.source.subtitle, self.styles.subtitle, _LINE_POINTS + 4)
        header = self.row
        for index, column in enumerate(self.columns):
            self._put(header, index, column.header, self.styles.header)
        height = max(_lines(column.header, column.width) for column in self.columns)
        self.sheet.set_row(header, height * 15.5 + 8)
        self.row += 1
        for group in self.source.groups:
            if group.heading:
                self._band(group.heading, self.styles.heading, 16.0 * _lines(group.heading, shown / 1.2) + 6)
            for item in group.items:
                self._item(item)
        self._after_rows(header)
        for note in self.source.notes:
            self._band(note, self.styles.note, _LINE_POINTS * _lines(note, shown) + 4)

    def _page(self) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.6, top=0.75, bottom=0.75)
        sheet.center_horizontally()
        sheet.set_footer("&C— &P —&R第 &P 页，共 &N 页")
        sheet.hide_gridlines(2)

    def _after_rows(self, header: int) -> None:
        sheet, last_row = self.sheet, max(self.row - 1, header)
        sheet.repeat_rows(header)
        sheet.freeze_panes(header + 1, min(self.source.freeze_columns, self.last))
        sheet.autofilter(header, 0, last_row, self.last)
        sheet.print_area(0, 0, last_row + len(self.source.notes), self.last)
        if last_row == header:
            return
        for index, column in enumerate(self.columns):
            area = (header + 1, index, last_row, index)
            if column.choices and sum(map(len, column.choices)) + len(column.choices) <= 255:
                sheet.data_validation(
                    *area,
                    {
                        "validate": "list",
                        "source": list(column.choices),
                        "error_title": "请从列表中选择",
                        "error_message": "可填：" + "、".join(column.choices)[:200],
                    },
                )
            if column.kind in ("choice", "light"):
                colours = DEFAULT_COLOURS if column.colours is None else column.colours
                for word, colour in colours.items():
                    rule = {
                        "type": "text",
                        "criteria": "begins with",
                        "value": word,
                        "format": self.styles.fill(colour),
                    }
                    sheet.conditional_format(*area, {**rule, "stop_if_true": True})

    def _band(self, text: str, style: Any, height: float) -> None:
        """A text over the whole width of the table."""
        text = self._checked(self.row, 0, _clean(text))
        if self.last:
            self.sheet.merge_range(self.row, 0, self.row, self.last, "", style)
        self.sheet.write_string(self.row, 0, text, style)
        self.sheet.set_row(self.row, min(height, _MAX_ROW_POINTS))
        self.row += 1

    def _item(self, item: ItemBlock) -> None:
        tasks = list(item.tasks) or [{}]
        top, bottom = self.row, self.row + len(tasks) - 1
        spanning = [index for index, column in enumerate(self.columns) if column.key in item.cells]
        own = [index for index in range(len(self.columns)) if index not in set(spanning)]
        lines = []
        for offset, task in enumerate(tasks):
            most = 1
            for index in own:
                column = self.columns[index]
                text = self._put(top + offset, index, task.get(column.key), self.formats[index])
                if text and column.kind != "code":
                    most = max(most, _lines(text, column.width))
            lines.append(most)
        for index in spanning:
            column = self.columns[index]
            if bottom > top:
                self.sheet.merge_range(top, index, bottom, index, "", self.formats[index])
            text = self._put(top, index, item.cells[column.key], self.formats[index])
            missing = (_lines(text, column.width) if text and column.kind != "code" else 1) - sum(lines)
            if missing > 0:  # a long item name over few short tasks: share the missing lines
                lines = [count + math.ceil(missing / len(lines)) for count in lines]
        for offset, count in enumerate(lines):
            self.sheet.set_row(top + offset, min(count * _LINE_POINTS + 5, _MAX_ROW_POINTS))
        self.row = bottom + 1

    def _put(self, row: int, column: int, value: Out, style: Any) -> str:
        """Write one value by its type and return its text."""
        sheet = self.sheet
        if type(value) is str:
            text = self._checked(row, column, _clean(value))
            if text:
                sheet.write_string(row, column, text, style)
            else:
                sheet.write_blank(row, column, None, style)
            return text
        if value is None:
            sheet.write_blank(row, column, None, style)
            return ""
        if isinstance(value, (date, datetime)) and value.year >= 1901:
            day = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            sheet.write_datetime(row, column, day, self.styles.day)
            return show(value)
        text = _text(value)
        exact = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and math.isfinite(value)
        if exact and len(text.strip("-").replace(".", "")) <= 15:
            sheet.write_number(row, column, float(text), style)
        else:
            sheet.write_string(row, column, text, style)
        return text

    def _checked(self, row: int, column: int, text: str) -> str:
        if len(text) > _MAX_CELL_CHARACTERS:
            raise SheetError(
                f"“{self.name}”{column_letters(column)}{row + 1}",
                f"文字有 {len(text)} 字，一个单元格最多 {_MAX_CELL_CHARACTERS} 字",
                "请缩短文字或改放附件",
                "too_long",
            )
        return text
