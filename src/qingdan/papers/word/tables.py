"""Tables of Word files: repeated header, merged items, rows that stay whole."""

from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement

from ..model import Align, Cell, CellLike, Colour, TableItem, TableSpec
from ..pdf import check_table
from ..text import width_in_ems
from .xml import run, sub, twips

_PILL = {
    Colour.RED: ("A61B1B", "FDEAEA"),
    Colour.ORANGE: ("A84D00", "FFF0E0"),
    Colour.YELLOW: ("7A5C00", "FFF8D6"),
    Colour.GREEN: ("1E6B34", "E8F5EA"),
    Colour.BLUE: ("1D4F91", "E8F0FB"),
    Colour.GREY: ("555555", "F0F0F0"),
}


def ledger(spec: TableSpec, width: float, height: float) -> Any:
    """The table as an element, `width` points wide, for pages with `height` points of room."""
    check_table(spec)
    total = sum(col.width_share for col in spec.columns)
    widths = [width * col.width_share / total for col in spec.columns]
    table = OxmlElement("w:tbl")
    properties = sub(table, "w:tblPr")
    sub(properties, "w:tblW", w=twips(width), type="dxa")
    sub(properties, "w:jc", val="center")
    borders = sub(properties, "w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        sub(borders, f"w:{side}", val="single", sz="4", space="0", color="000000")
    sub(properties, "w:tblLayout", type="fixed")
    margins = sub(properties, "w:tblCellMar")
    for side, space in (("top", 2.0), ("left", 2.5), ("bottom", 2.0), ("right", 2.5)):
        sub(margins, f"w:{side}", w=twips(space), type="dxa")
    grid = sub(table, "w:tblGrid")
    for share in widths:
        sub(grid, "w:gridCol", w=twips(share))
    size = spec.font_size
    head = _row(table, header=True)
    for col, share in zip(spec.columns, widths, strict=True):
        _cell(head, share, size, Cell(col.header), Align.CENTER, role="hei", fill="E6E6E6", keep=True)
    for group in spec.groups:
        if group.heading is not None:
            row = _row(table)
            _cell(
                row,
                width,
                size,
                Cell(group.heading),
                Align.LEFT,
                role="hei",
                fill="F2F2F2",
                keep=True,
                span=len(widths),
            )
        for item in group.items:
            _item(table, spec, item, widths, 0.4 * height)
    return table


def _item(table: Any, spec: TableSpec, item: TableItem, widths: Sequence[float], keep_below: float) -> None:
    size = spec.font_size
    free = [index for index in range(len(widths)) if index not in item.spanning]
    heights = [max(_height(cell, widths[i], size) for i, cell in zip(free, row, strict=True)) for row in item.rows]
    # Rows of a short item stay on one page; a long one may break between its rows.
    together = sum(heights) <= keep_below
    for number, row in enumerate(item.rows):
        element = _row(table, whole=heights[number] <= 2 * keep_below)
        cells = dict(zip(free, row, strict=True))
        keep = together and number < len(item.rows) - 1
        for index, col in enumerate(spec.columns):
            if index in item.spanning:
                cell = item.spanning[index] if number == 0 else ""
                merge = ("restart" if number == 0 else "continue") if len(item.rows) > 1 else None
            else:
                cell, merge = cells[index], None
            _cell(element, widths[index], size, cell, col.align, merge=merge, keep=keep)


def _row(table: Any, *, header: bool = False, whole: bool = True) -> Any:
    row = sub(table, "w:tr")
    properties = sub(row, "w:trPr")
    if whole:
        sub(properties, "w:cantSplit")
    if header:
        sub(properties, "w:tblHeader")
    return row


def _cell(
    row: Any,
    width: float,
    size: float,
    cell: CellLike,
    align: Align,
    *,
    role: str = "body",
    fill: str | None = None,
    merge: str | None = None,
    span: int = 1,
    keep: bool = False,
) -> None:
    element = sub(row, "w:tc")
    properties = sub(element, "w:tcPr")
    sub(properties, "w:tcW", w=twips(width), type="dxa")
    if span > 1:
        sub(properties, "w:gridSpan", val=str(span))
    if merge:
        sub(properties, "w:vMerge", val=merge)
    if fill:
        sub(properties, "w:shd", val="clear", color="auto", fill=fill)
    sub(properties, "w:vAlign", val="center")
    paragraph = sub(element, "w:p")
    paragraph_properties = sub(paragraph, "w:pPr")
    if keep:
        sub(paragraph_properties, "w:keepNext")
    sub(paragraph_properties, "w:spacing", line=twips(size * 1.3), lineRule="exact")
    justify = {Align.LEFT: "both" if width > 11 * size else "left"}.get(align, align.value)
    sub(paragraph_properties, "w:jc", val=justify)
    if isinstance(cell, str):
        cell = Cell(cell)
    if cell.pill:
        run(paragraph, cell.pill.word, role, size - 1, boxed=_PILL[cell.pill.colour])
        run(paragraph, " ", role, size)
    if cell.struck:
        run(paragraph, cell.struck, role, size, strike=True)
        run(paragraph, " ", role, size)
    if cell.text:
        run(paragraph, cell.text, role, size, bold=cell.bold)


def _height(cell: CellLike, width: float, size: float) -> float:
    """About how high the cell will be, in points: enough to tell a long item from a short one."""
    text = cell if isinstance(cell, str) else f"{cell.pill.word if cell.pill else ''}{cell.struck}{cell.text}"
    per_line = max(1.0, (width - 5) // size)
    lines = sum(max(1, -int(-width_in_ems(line) // per_line)) for line in text.split("\n"))
    return lines * size * 1.3 + 4
