"""Tables of a Word document (.docx) as grids, with the merges of WordprocessingML."""

from __future__ import annotations

from typing import Any

from .archive import Archive, broken
from .errors import SheetError
from .grid import Book, Grid, Limits, Merge, Value, clean_value

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"


def read_word(archive: Archive, place: str, limits: Limits) -> Book:
    """Every top-level table becomes a grid; the paragraphs since the last table go to ``Grid.before``."""
    root = archive.xml("word/document.xml")
    if root.tag.encode().startswith(b"{" + _STRICT):
        raise broken(place, "是“严格 Open XML”格式的文档")
    body = root.find(f"{_W}body")
    if body is None:
        raise broken(place)
    grids: list[Grid] = []
    before: list[str] = []
    cells = 0
    for element in _own(body, (f"{_W}tbl", f"{_W}p"), ""):
        if element.tag == f"{_W}p":
            if text := _paragraph(element):
                before.append(text)
            continue
        grid = _table(element, len(grids) + 1, before, limits)
        cells += grid.width * grid.height
        if cells > limits.max_cells:
            raise SheetError(place, f"表格超过 {limits.max_cells} 格", "请拆成几个文件", "too_many_cells")
        grids.append(grid)
        before = []
    if not grids:
        raise SheetError(place, "文档里没有表格", "台账请做成 Word 表格；新闻文字请用“粘贴文字”导入", "no_ledger")
    book = Book(place, "docx", grids)
    if before:
        book.notes.append(f"最后一张表之后的文字没有读作任务：{before[0][:40]}")
    if "word/vbaProject.bin" in archive.infos:
        book.notes.append("文件带有宏，宏没有运行，只读取了表格。")
    return book


def _own(parent: Any, tags: tuple[str, ...], stop: str) -> list[Any]:
    """Elements below ``parent``, also inside content controls, but none inside one found or a ``stop``."""
    found: list[Any] = []
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if element.tag in tags:
            found.append(element)
        elif element.tag != stop:
            stack.extend(reversed(element))
    return found


def _paragraph(paragraph: Any) -> str:
    pieces = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        elif node.tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif node.tag != f"{_W}tab" or node.getparent().tag == f"{_W}r":  # a tab stop is no tab
            pieces.append("\t" if node.tag == f"{_W}tab" else "\n")
    return "".join(pieces).strip()


def _number(element: Any, path: str, default: int) -> int:
    node = element.find(path)
    text = node.get(f"{_W}val", "") if node is not None else ""
    return int(text) if text.isdecimal() and len(text) < 6 else default


def _table(table: Any, number: int, before: list[str], limits: Limits) -> Grid:
    rows: list[list[Value]] = []
    merges: list[Merge] = []
    open_merges: dict[int, tuple[int, int]] = {}  # left column -> (top row, right column)
    for row_element in _own(table, (f"{_W}tr",), f"{_W}tbl"):
        row_index = len(rows)
        if row_index >= limits.max_rows:
            raise SheetError(f"表{number}", f"超过 {limits.max_rows} 行", "请拆成几个文件", "too_many_rows")
        cells: list[Value] = [None] * _number(row_element, f"{_W}trPr/{_W}gridBefore", 0)
        still_open: dict[int, tuple[int, int]] = {}
        for cell in _own(row_element, (f"{_W}tc",), f"{_W}tbl"):
            left = len(cells)
            right = left + max(1, _number(cell, f"{_W}tcPr/{_W}gridSpan", 1)) - 1
            if right >= limits.max_columns:
                raise SheetError(
                    f"表{number}第{row_index + 1}行",
                    f"超过 {limits.max_columns} 列",
                    "请删去多余的列",
                    "too_many_columns",
                )
            vertical = cell.find(f"{_W}tcPr/{_W}vMerge")
            continues = vertical is not None and vertical.get(f"{_W}val", "continue") == "continue"
            value: Value = None
            if continues and left in open_merges:
                still_open[left] = open_merges.pop(left)
            else:
                value = clean_value("\n".join(_paragraph(p) for p in cell.iter(f"{_W}p")).strip())
                if vertical is not None:
                    still_open[left] = (row_index, right)
                elif right > left:
                    merges.append(Merge(row_index, left, row_index, right))
            cells.extend([value, *[None] * (right - left)])
        for left, (top, right) in open_merges.items():
            _close(merges, top, left, row_index - 1, right)
        open_merges = still_open
        rows.append(cells)
    for left, (top, right) in open_merges.items():
        _close(merges, top, left, len(rows) - 1, right)
    return Grid(f"表{number}", rows, merges, before=before, word_table=number)


def _close(merges: list[Merge], top: int, left: int, bottom: int, right: int) -> None:
    if bottom > top or right > left:
        merges.append(Merge(top, left, bottom, right))
