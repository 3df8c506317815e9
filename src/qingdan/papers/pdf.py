"""Paper -> PDF through typst. The template is fixed; the paper travels as JSON, so no text is ever markup."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from . import gbt9704
from .errors import PaperError
from .fonts import FontSet, find_fonts
from .model import (
    Attachment,
    Block,
    Cell,
    CellLike,
    Chapter,
    Cover,
    Heading,
    Orientation,
    PageBreak,
    Paper,
    Paragraph,
    Signature,
    Spacer,
    Table,
    TableItem,
    TableSpec,
    Toc,
)
from .text import printable

# A page break and at most three lines of text lead into a turned table; more is a page of text of its own.
_LEAD_IN = 4

TEMPLATE = Path(__file__).with_name("paper.typ")

_FIGURES = {name.lower(): value for name, value in vars(gbt9704).items() if name.isupper() and name != "WORD_FONTS"}


def to_pdf(paper: Paper, fonts: FontSet | None = None, substitute: str | None = None) -> bytes:
    """The paper as PDF/A-2a (ISO 19005-2: made for archives, tagged for screen readers). The same paper and
    fonts give the same bytes.

    A character that no font of this machine can print is an error, unless `substitute` (usually 〓, the
    typesetters' mark for a missing type) is to be printed in its place.

    Raises PaperError when no Chinese font is found, a table is malformed, a character cannot be printed, or
    the typesetter has anything to complain about: a warning would be a page that is not what was asked for.
    """
    fonts = fonts or find_fonts()
    data = json.dumps(payload(paper, fonts), ensure_ascii=False)
    while True:
        try:
            pdf, warnings = typst.compile_with_warnings(
                str(TEMPLATE),
                timestamp=utc(paper.created),
                pdf_standards="a-2a",
                **_inputs(data, fonts),
            )
            break
        except typst.TypstError as error:
            missing = _missing_characters(error.message)
            present = [char for char in missing if char in data]
            if substitute is None or not present or set(present) & set(substitute):
                raise _complaint(paper, error.message) from error
            for char in present:
                data = data.replace(char, json.dumps(substitute)[1:-1])
    if warnings:
        raise PaperError(
            f"文件“{paper.title}”",
            "排版告警（" + "；".join(w.message for w in warnings) + "）",
            "请检查字体是否齐全，或把本条信息告知系统维护人员",
        )
    return pdf


def contents(paper: Paper) -> list[int]:
    """Page numbers of the chapters and level 1 headings, in order, as the PDF has them."""
    fonts = find_fonts()
    data = json.dumps(payload(paper, fonts), ensure_ascii=False)
    try:
        found = typst.query(str(TEMPLATE), "<entry>", field="value", **_inputs(data, fonts))
    except typst.TypstError as error:
        raise _complaint(paper, error.message) from error
    return [int(page) for page in json.loads(found)]


def _inputs(data: str, fonts: FontSet) -> dict[str, Any]:
    return {"root": str(TEMPLATE.parent), "font_paths": fonts.handle, "sys_inputs": {"paper": data}}


def _missing_characters(message: str) -> str:
    """The characters named by typst's complaint that a text cannot be displayed, else nothing."""
    found = re.search(r'the text `"(.*?)"` could not be displayed', message, re.DOTALL)
    if not found:
        return ""
    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda code: chr(int(code[1], 16)), found[1])


def _complaint(paper: Paper, message: str) -> PaperError:
    missing = _missing_characters(message)
    if not missing:
        return PaperError(f"文件“{paper.title}”", f"排版失败（{message}）", "请把本条信息告知系统维护人员")
    codes = "、".join(f"U+{ord(char):04X}" for char in missing)
    return PaperError(
        _place(sections(paper), missing) or f"文件“{paper.title}”",
        f"字符“{missing}”（{codes}）在现有字体中没有字形，打印不出",
        "请改用其他字，或把含该字的字体放入 QINGDAN_FONTS 指定的目录",
    )


def _place(value: Any, needle: str) -> str:
    """The text around the first occurrence of `needle` in nested values, or nothing."""
    if isinstance(value, str):
        at = value.find(needle)
        return f"文字“{value[max(0, at - 12) : at + 12]}”处" if at >= 0 else ""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((place for item in inside if (place := _place(item, needle))), "")


def utc(moment: datetime) -> datetime:
    """`moment` in UTC; a naive one is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def payload(paper: Paper, fonts: FontSet) -> dict[str, Any]:
    """What the template reads: plain JSON values."""
    created = utc(paper.created)
    parts: dict[str, Any] = {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "author": paper.author,
        "keywords": list(paper.keywords),
        "show_title": paper.show_title,
        "page_numbers": paper.page_numbers.value,
        "header": vars(paper.header) if paper.header else None,
        "imprint": vars(paper.imprint) if paper.imprint else None,
        "sections": sections(paper),
    }
    return {
        **_clean(parts),
        "created": {
            "year": created.year,
            "month": created.month,
            "day": created.day,
            "hour": created.hour,
            "minute": created.minute,
            "second": created.second,
        },
        "fonts": {role: list(families) for role, families in fonts.roles.items()},
        "figures": _FIGURES,
    }


def sections(paper: Paper) -> list[dict[str, Any]]:
    """Runs of blocks that share a page frame, in order."""
    result: list[dict[str, Any]] = []
    for block, orientation in oriented(paper):
        if isinstance(block, Cover):
            result.append({"kind": "cover", "cover": {**vars(block), "title_lines": list(block.title_lines)}})
            continue
        if not result or result[-1].get("orientation") != orientation.value:
            result.append({"kind": "flow", "orientation": orientation.value, "blocks": []})
        result[-1]["blocks"].append(_block(block))
    flows = [section for section in result if section["kind"] == "flow"]
    if not flows:
        flows = [{"kind": "flow", "orientation": paper.orientation.value, "blocks": []}]
        result += flows
    tables = (block for section in flows for block in section["blocks"] if block["kind"] == "table")
    for number, table in enumerate(tables):
        table["number"] = number
    for number, section in enumerate(flows):
        section["first"] = number == 0
        section["last"] = number == len(flows) - 1
    return result


def oriented(paper: Paper) -> list[tuple[Block, Orientation]]:
    """Each block with the way its sheet lies.

    Titles and short texts between a page break and a turned table go onto the table's sheet. A page break
    where the sheet turns anyway is dropped, for it would leave an empty page.
    """
    blocks = paper.blocks
    ways = [block.orientation if isinstance(block, Table) else paper.orientation for block in blocks]
    for start, block in enumerate(blocks):
        if isinstance(block, Cover) and start:
            raise PaperError("封面", "封面前已有内容", "请把封面放在最前面")
        if isinstance(block, PageBreak | Attachment):
            end = start + 1
            while end < len(blocks) and isinstance(blocks[end], Chapter | Heading | Paragraph | Spacer):
                end += 1
            if end < len(blocks) and isinstance(blocks[end], Table) and end - start <= _LEAD_IN:
                ways[start:end] = [ways[end]] * (end - start)
    result: list[tuple[Block, Orientation]] = []
    for block, way in zip(blocks, ways, strict=True):
        if isinstance(block, PageBreak) and (
            not result or isinstance(result[-1][0], Cover) or result[-1][1] is not way
        ):
            continue
        result.append((block, way))
    return result


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {
                "kind": "paragraph",
                "text": block.text,
                "indent": block.indent,
                "align": block.align.value,
            }
        case Heading():
            if not 1 <= block.level <= 4:
                raise PaperError(f"标题“{block.text}”", f"层次{block.level}不在1至4之间", "公文标题最多四级")
            return {"kind": "heading", "text": block.text, "level": block.level}
        case Table():
            return {
                "kind": "table",
                "spec": _table(block.spec),
                "orientation": block.orientation.value,
            }
        case Chapter() | Spacer() | Toc() | Signature() | Attachment():
            return {"kind": type(block).__name__.lower(), **vars(block)}
        case PageBreak():
            return {"kind": "pagebreak"}
    raise TypeError(f"not a block: {block!r}")


def _table(spec: TableSpec) -> dict[str, Any]:
    check_table(spec)
    return {
        "font_size": spec.font_size,
        "columns": [{"header": col.header, "share": col.width_share, "align": col.align.value} for col in spec.columns],
        "groups": [{"heading": group.heading, "items": [_item(item) for item in group.items]} for group in spec.groups],
    }


def _item(item: TableItem) -> dict[str, Any]:
    return {
        "spanning": [[index, _cell(cell)] for index, cell in sorted(item.spanning.items())],
        "rows": [[_cell(cell) for cell in row] for row in item.rows],
    }


def _cell(cell: CellLike) -> str | dict[str, Any]:
    if isinstance(cell, str):
        return cell
    if not (cell.struck or cell.pill or cell.bold):
        return cell.text
    result: dict[str, Any] = {"text": cell.text, "bold": cell.bold}
    if cell.struck:
        result["struck"] = cell.struck
    if cell.pill:
        result["pill"] = {"word": cell.pill.word, "colour": cell.pill.colour.value}
    return result


def check_table(spec: TableSpec) -> None:
    """Refuse a table whose rows do not fit its columns, naming the row."""
    columns = len(spec.columns)
    if not columns or any(col.width_share <= 0 for col in spec.columns):
        raise PaperError("表格", "没有列，或有列宽不大于零", "请给每一列一个大于零的宽度份额")
    if not 5 <= spec.font_size <= 36:
        raise PaperError("表格", f"字号{spec.font_size}磅不在5至36磅之间", "请改用合适的字号")
    for g, group in enumerate(spec.groups, 1):
        for n, item in enumerate(group.items, 1):
            place = f"表格第{g}组第{n}项"
            if not item.rows:
                raise PaperError(place, "没有任何行", "每一项至少要有一行")
            if any(not 0 <= index < columns for index in item.spanning):
                raise PaperError(place, f"合并列的序号超出0至{columns - 1}", "请改正合并列")
            free = columns - len(item.spanning)
            if not free:
                raise PaperError(place, "所有列都被合并", "至少留一列逐行填写")
            for r, row in enumerate(item.rows, 1):
                if len(row) != free:
                    raise PaperError(f"{place}第{r}行", f"有{len(row)}格，应有{free}格", "请使格数与未合并的列数一致")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


__all__ = ["Cell", "Orientation", "check_table", "payload", "sections", "to_pdf", "utc"]
