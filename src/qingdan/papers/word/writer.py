"""Paper -> .docx for Word and WPS.

Positions are fixed lengths (28.95 pt lines, characters set 0.25 pt tighter) and not Word's document grid,
which other office programs lay out differently. Typefaces are named as offices know them.
"""

import io
import zipfile
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement
from docx.section import Section
from docx.shared import Mm

from .. import gbt9704 as g
from ..errors import PaperError
from ..model import (
    Align,
    Attachment,
    Block,
    Chapter,
    Cover,
    Heading,
    Imprint,
    Letterhead,
    Orientation,
    PageBreak,
    PageNumbers,
    Paper,
    Paragraph,
    Signature,
    Spacer,
    Table,
    Toc,
)
from ..pdf import contents, oriented, utc
from ..text import printable, width_in_ems
from .tables import ledger
from .xml import field, fonts, points, qn, run, sub, twips

# The first moment a zip archive can name; real times would make equal papers unequal.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_CHAR = g.SIZE_3 + g.TRACKING
_STYLES: tuple[tuple[str, str, float, float, int | None], ...] = (
    # style, role, size, line pitch, outline level
    ("Heading 1", "title", 20, 1.5 * g.LINE_PITCH, 0),
    ("Heading 2", "hei", g.SIZE_3, g.LINE_PITCH, 1),
    ("Heading 3", "kai", g.SIZE_3, g.LINE_PITCH, 2),
    ("Heading 4", "body", g.SIZE_3, g.LINE_PITCH, 3),
    ("Heading 5", "body", g.SIZE_3, g.LINE_PITCH, 4),
)


def to_docx(paper: Paper) -> bytes:
    """The paper as a Word file. The same paper gives the same bytes.

    Raises PaperError for a malformed table or a heading level outside 1..4.
    """
    return _Writer(paper).write()


class _Writer:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.document: DocumentType = Document()
        self.body = self.document.element.body
        self.bookmarks = 0
        self.orientation: Orientation | None = None
        self.after_cover = False
        self.new_page = False

    # ---- the file ------------------------------------------------------------------------------------

    def write(self) -> bytes:
        self._styles()
        self._settings()
        self._properties()
        has_flow = False
        for block, orientation in oriented(self.paper):
            if isinstance(block, Cover):
                self._cover(block)
                continue
            self._enter(orientation)
            if not has_flow:
                self._head(orientation)
                has_flow = True
            self._block(block)
        if not has_flow:
            self._enter(self.paper.orientation)
            self._head(self.paper.orientation)
        if self.paper.imprint:
            self._imprint(self.paper.imprint)
        self._end_on_paragraph()
        buffer = io.BytesIO()
        self.document.save(buffer)
        return _repack(buffer.getvalue())

    def _styles(self) -> None:
        styles = self.document.styles
        normal = styles["Normal"].element
        self._style(normal, "body", g.SIZE_3, g.LINE_PITCH)
        for name, role, size, pitch, level in _STYLES:
            element = styles[name].element
            self._style(element, role, size, pitch)
            properties = element.find(qn("w:pPr"))
            properties.insert(0, OxmlElement("w:keepNext"))
            if level == 0:
                sub(properties, "w:jc", val="center")
            else:
                sub(properties, "w:ind", firstLine=twips(2 * _CHAR))
            sub(properties, "w:outlineLvl", val=str(level))

    def _style(self, element: Any, role: str, size: float, pitch: float) -> None:
        """Replace what the template's style says: theme fonts and colours must not shine through."""
        for tag in ("w:rPr", "w:pPr"):
            old = element.find(qn(tag))
            if old is not None:
                element.remove(old)
        properties = sub(element, "w:pPr")
        sub(properties, "w:widowControl", val="0")
        # No space of its own between Chinese and digits: it would break the count of 28 characters.
        sub(properties, "w:autoSpaceDE", val="0")
        sub(properties, "w:autoSpaceDN", val="0")
        sub(properties, "w:snapToGrid", val="0")
        sub(properties, "w:spacing", before="0", after="0", line=twips(pitch), lineRule="exact")
        text = sub(element, "w:rPr")
        fonts(text, role)
        sub(text, "w:b", val="0")
        sub(text, "w:i", val="0")
        sub(text, "w:color", val="000000")
        if size == g.SIZE_3:
            sub(text, "w:spacing", val=twips(g.TRACKING))
        sub(text, "w:sz", val=str(round(size * 2)))
        sub(text, "w:szCs", val=str(round(size * 2)))
        sub(text, "w:lang", val="zh-CN", eastAsia="zh-CN")

    def _settings(self) -> None:
        settings = self.document.settings
        official = self.paper.page_numbers is PageNumbers.OFFICIAL
        settings.odd_and_even_pages_header_footer = official
        if official:
            # 订口 is at the right of even pages. The schema has few elements that may stand before this one.
            before = [
                child
                for child in settings.element
                if child.tag in map(qn, ("w:writeProtection", "w:view", "w:zoom", "w:removePersonalInformation"))
            ]
            settings.element.insert(len(before), OxmlElement("w:mirrorMargins"))

    def _properties(self) -> None:
        properties = self.document.core_properties
        created = utc(self.paper.created).replace(tzinfo=None, microsecond=0)
        properties.title = printable(self.paper.title).replace("\n", "")[:255]
        properties.author = properties.last_modified_by = printable(self.paper.author)[:255]
        properties.keywords = "、".join(printable(word) for word in self.paper.keywords)[:255]
        properties.comments = ""
        properties.created = properties.modified = created
        properties.revision = 1

    # ---- sections ------------------------------------------------------------------------------------

    def _enter(self, orientation: Orientation) -> None:
        """Be in a section of this orientation; a new one begins on a new page."""
        if self.orientation is orientation and not self.after_cover:
            return
        if self.orientation is None and not self.after_cover:
            section = self.document.sections[0]
        else:
            # After the cover: the next right-hand page, so that the cover's back stays blank.
            section = self.document.add_section(WD_SECTION.ODD_PAGE if self.after_cover else WD_SECTION.NEW_PAGE)
        self._frame(section, orientation)
        if self.after_cover:
            numbering = sub(section._sectPr, "w:pgNumType", start="1")
            section._sectPr.find(qn("w:pgMar")).addnext(numbering)
        else:
            for old in section._sectPr.findall(qn("w:pgNumType")):
                section._sectPr.remove(old)
        self._footers(section, orientation)
        self.orientation = orientation
        self.after_cover = False

    def _frame(self, section: Section, orientation: Orientation) -> None:
        for grid in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(grid)
        flat = orientation is not Orientation.PORTRAIT
        section.orientation = WD_ORIENT.LANDSCAPE if flat else WD_ORIENT.PORTRAIT
        section.page_width = Mm(g.PAGE_HEIGHT if flat else g.PAGE_WIDTH)
        section.page_height = Mm(g.PAGE_WIDTH if flat else g.PAGE_HEIGHT)
        if orientation is Orientation.PORTRAIT:
            edges = (g.TOP, g.OUTSIDE, g.BOTTOM, g.INSIDE)
        elif orientation is Orientation.BOUND:
            edges = (g.INSIDE, g.TOP, g.OUTSIDE, g.BOTTOM)
        else:
            edges = (g.LANDSCAPE_TOP, g.LANDSCAPE_SIDE, g.LANDSCAPE_BOTTOM, g.LANDSCAPE_SIDE)
        section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, edges)
        section.gutter = Mm(0)
        section.header_distance = Mm(10)
        # The number's line is as high as its type; the dash in its middle is 7 mm below the text.
        drop = g.NUMBER_DROP + g.SIZE_4 * 25.4 / 72 / 2
        below = edges[2] - drop
        section.footer_distance = Mm(max(below, 5))

    def _footers(self, section: Section, orientation: Orientation) -> None:
        numbers = self.paper.page_numbers
        section.footer.is_linked_to_previous = False
        section.even_page_footer.is_linked_to_previous = False
        for even, footer in ((False, section.footer), (True, section.even_page_footer)):
            root = footer._element
            for child in list(root):
                root.remove(child)
            paragraph = sub(root, "w:p")
            properties = sub(paragraph, "w:pPr")
            if numbers is PageNumbers.NONE:
                continue
            if orientation is Orientation.BOUND and numbers is PageNumbers.OFFICIAL:
                sub(properties, "w:spacing", before="0", after="0", line="20", lineRule="exact")
                root.insert(0, self._turned_number(even))
                continue
            counted = numbers is PageNumbers.COUNTED or orientation is Orientation.LANDSCAPE
            if counted:
                width = points(self._area(orientation)[0])
                tabs = sub(properties, "w:tabs")
                sub(tabs, "w:tab", val="center", pos=twips(width / 2))
                sub(tabs, "w:tab", val="right", pos=twips(width))
            spacing = {"before": "0", "after": "0", "line": twips(g.SIZE_4), "lineRule": "exact"}
            sub(properties, "w:spacing", **spacing)
            if counted:
                run(paragraph, "", "song", g.SIZE_4)
                sub(sub(paragraph, "w:r"), "w:tab")
                self._number(paragraph)
                sub(sub(paragraph, "w:r"), "w:tab")
                field(paragraph, "PAGE", "1", g.SIZE_4)
                run(paragraph, "/", "song", g.SIZE_4)
                field(paragraph, "NUMPAGES", "1", g.SIZE_4)
            elif even:
                sub(properties, "w:ind", left=twips(g.SIZE_3))
                self._number(paragraph)
            else:
                sub(properties, "w:ind", right=twips(g.SIZE_3))
                sub(properties, "w:jc", val="right")
                self._number(paragraph)

    def _number(self, paragraph: Any) -> None:
        run(paragraph, "— ", "song", g.SIZE_4)
        field(paragraph, "PAGE", "1", g.SIZE_4)
        run(paragraph, " —", "song", g.SIZE_4)

    def _turned_number(self, even: bool) -> Any:
        """A frameless floating table whose one cell is turned: the number where the bound sheet has it."""
        table = OxmlElement("w:tbl")
        properties = sub(table, "w:tblPr")
        thickness = g.SIZE_4 * 1.4
        length = points(40)
        x = points(g.BOTTOM - g.NUMBER_DROP) - thickness / 2
        inset = g.SIZE_3
        top = points(g.INSIDE) + inset if even else points(g.PAGE_WIDTH - g.OUTSIDE) - inset - length
        sub(
            properties,
            "w:tblpPr",
            leftFromText="0",
            rightFromText="0",
            vertAnchor="page",
            horzAnchor="page",
            tblpX=twips(x),
            tblpY=twips(top),
        )
        sub(properties, "w:tblW", w=twips(thickness), type="dxa")
        sub(properties, "w:tblLayout", type="fixed")
        margins = sub(properties, "w:tblCellMar")
        for side in ("top", "left", "bottom", "right"):
            sub(margins, f"w:{side}", w="0", type="dxa")
        sub(sub(table, "w:tblGrid"), "w:gridCol", w=twips(thickness))
        row = sub(table, "w:tr")
        sub(sub(row, "w:trPr"), "w:trHeight", val=twips(length), hRule="exact")
        cell = sub(row, "w:tc")
        cell_properties = sub(cell, "w:tcPr")
        sub(cell_properties, "w:tcW", w=twips(thickness), type="dxa")
        sub(cell_properties, "w:textDirection", val="tbRl")
        sub(cell_properties, "w:vAlign", val="center")
        paragraph = sub(cell, "w:p")
        paragraph_properties = sub(paragraph, "w:pPr")
        sub(
            paragraph_properties,
            "w:spacing",
            before="0",
            after="0",
            line=twips(g.SIZE_4),
            lineRule="exact",
        )
        sub(paragraph_properties, "w:jc", val="left" if even else "right")
        self._number(paragraph)
        return table

    @staticmethod
    def _area(orientation: Orientation) -> tuple[float, float]:
        """Width and height in mm that text may fill."""
        if orientation is Orientation.PORTRAIT:
            return g.TYPE_WIDTH, g.TYPE_HEIGHT
        if orientation is Orientation.BOUND:
            return g.TYPE_HEIGHT, g.TYPE_WIDTH
        return (
            g.PAGE_HEIGHT - 2 * g.LANDSCAPE_SIDE,
            g.PAGE_WIDTH - g.LANDSCAPE_TOP - g.LANDSCAPE_BOTTOM,
        )

    # ---- paragraphs ----------------------------------------------------------------------------------

    def _append(self, element: Any) -> None:
        """Before the last section's properties, which must stay at the end."""
        last = self.body[-1]
        if last.tag == qn("w:sectPr"):
            last.addprevious(element)
        else:
            self.body.append(element)

    def _paragraph(
        self,
        *,
        style: str | None = None,
        align: str | None = None,
        first: float = 0,
        left: float = 0,
        line: float | None = None,
        before: float = 0,
        tab: float | None = None,
        border: str | None = None,
    ) -> Any:
        """An empty paragraph at the end of the body; lengths in points."""
        paragraph = OxmlElement("w:p")
        properties = sub(paragraph, "w:pPr")
        if style:
            sub(properties, "w:pStyle", val=style)
        if self.new_page:
            sub(properties, "w:pageBreakBefore")
            self.new_page = False
        if border:
            sub(sub(properties, "w:pBdr"), "w:bottom", val="single", sz="10", space="0", color=border)
        if tab is not None:
            sub(sub(properties, "w:tabs"), "w:tab", val="right", leader="middleDot", pos=twips(tab))
        if line is not None or before:
            spacing = {"before": twips(before), "after": "0"}
            spacing |= {"line": twips(line or g.LINE_PITCH), "lineRule": "exact"}
            sub(properties, "w:spacing", **spacing)
        if first or left:
            indent = {"left": twips(left)} if left else {}
            indent |= {"firstLine": twips(first)} if first else {}
            sub(properties, "w:ind", **indent)
        if align:
            sub(properties, "w:jc", val=align)
        self._append(paragraph)
        return paragraph

    def _end_on_paragraph(self) -> None:
        """A section or the document may not end on a table; the added line is as good as invisible."""
        elements = [child for child in self.body if child.tag != qn("w:sectPr")]
        if not elements or elements[-1].tag == qn("w:tbl"):
            run(self._paragraph(line=1), "", size=1)

    def _head(self, orientation: Orientation) -> None:
        paper = self.paper
        if paper.header:
            self._letterhead(paper.header)
        if not paper.show_title:
            return
        title = self._paragraph(align="center", line=36)
        run(title, paper.title, "title", g.SIZE_2)
        if paper.subtitle:
            run(self._paragraph(align="center"), paper.subtitle, "kai", g.SIZE_3)
        self._paragraph(line=6 if orientation is Orientation.LANDSCAPE else g.LINE_PITCH)

    def _letterhead(self, head: Letterhead) -> None:
        used = 0.0
        for text, role in ((head.copy_number, "body"), (head.secrecy, "hei"), (head.urgency, "hei")):
            if text:
                run(self._paragraph(), text, role)
                used += g.LINE_PITCH
        size = min(48.0, 420 / max(1.0, width_in_ems(head.issuer)))
        # A word processor drops the space before a paragraph at the top of a page: give it a line.
        self._paragraph(line=max(1.0, points(g.MARK_DROP) - used))
        mark = self._paragraph(align="center", line=size * 1.2)
        run(mark, head.issuer, "title", size, colour=g.RED.strip("#"))
        self._paragraph()
        self._paragraph()
        number = self._paragraph(align="center")
        run(number, head.number)
        self._paragraph(line=points(g.RED_RULE_GAP), border=g.RED.strip("#"))
        self._paragraph()
        self._paragraph()

    def _cover(self, cover: Cover) -> None:
        section = self.document.sections[0]
        self._frame(section, Orientation.PORTRAIT)
        for footer in (section.footer, section.even_page_footer):
            footer.is_linked_to_previous = False
        self._paragraph(line=points(52))
        for line in cover.title_lines:
            run(self._paragraph(align="center", line=54), line, "title", 36)
        used = points(52) + 54 * sum(line.count("\n") + 1 for line in cover.title_lines)
        if cover.edition:
            run(self._paragraph(align="center", line=32, before=points(14)), cover.edition, "kai", g.SIZE_2)
            used += points(14) + 32
        foot = [text for text in (cover.note, cover.issuer, cover.date) if text]
        # One spacer pushes the foot to 12 mm above the lower edge of the type area.
        gap = points(g.TYPE_HEIGHT - 14) - used - 32 * len(foot)
        self._paragraph(line=max(10.0, gap))
        for text in foot:
            run(self._paragraph(align="center", line=32), text, "body", 18)
        self.after_cover = True

    def _imprint(self, imprint: Imprint) -> None:
        """版记: a frame of ruled paragraphs whose last rule lies on the lower edge of the type area."""
        way = self.orientation or Orientation.PORTRAIT
        width, height = (points(length) for length in self._area(way))
        top = {Orientation.PORTRAIT: g.TOP, Orientation.BOUND: g.INSIDE}.get(way, g.LANDSCAPE_TOP)
        copies = f"抄送：{imprint.copies_to}" if imprint.copies_to else ""
        lines = -int(-width_in_ems(copies) // (width / g.SIZE_4 - 4))
        bottom = points(top) + height - 2
        # Two frames, one above the other: some programs drop a frame with a rule between its paragraphs.
        for text in (copies, "") if copies else ("",):
            paragraph = OxmlElement("w:p")
            properties = sub(paragraph, "w:pPr")
            frame = {"w": twips(width), "hSpace": "0", "wrap": "around", "vAnchor": "page"}
            y = bottom - 23 - (lines * 22 + 1 if text else 0)
            sub(properties, "w:framePr", **frame, hAnchor="margin", x="1", y=twips(y))
            borders = sub(properties, "w:pBdr")
            # The rule above the last line is the thin inner one where something stands above it.
            thin = copies and not text
            rule = {"val": "single", "space": "0", "color": "000000"}
            sub(borders, "w:top", **rule, sz="6" if thin else "8")
            if not text:
                sub(borders, "w:bottom", **rule, sz="8")
            if not text:
                sub(sub(properties, "w:tabs"), "w:tab", val="right", pos=twips(width - g.SIZE_4))
            sub(properties, "w:spacing", before="0", after="0", line=twips(22), lineRule="exact")
            if text:
                # One character in, and the names on further lines below the first.
                sub(properties, "w:ind", left=twips(4 * g.SIZE_4), hanging=twips(3 * g.SIZE_4))
                run(paragraph, text, "body", g.SIZE_4)
            else:
                sub(properties, "w:ind", left=twips(g.SIZE_4))
                run(paragraph, imprint.issuer, "body", g.SIZE_4)
                sub(sub(paragraph, "w:r"), "w:tab")
                run(paragraph, f"{imprint.date}印发", "body", g.SIZE_4)
            self._append(paragraph)
        run(self._paragraph(line=1), "", size=1)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                align = {Align.LEFT: "both", Align.CENTER: "center", Align.RIGHT: "right"}[block.align]
                run(self._paragraph(first=2 * _CHAR if block.indent else 0, align=align), block.text)
            case Heading():
                if not 1 <= block.level <= 4:
                    raise PaperError(f"标题“{block.text}”", f"层次{block.level}不在1至4之间", "公文标题最多四级")
                self._heading(block.text, block.level + 1)
            case Chapter():
                self._heading(block.text, 1)
            case Spacer():
                self._paragraph(line=block.lines * g.LINE_PITCH)
            case PageBreak():
                self.new_page = True
            case Toc():
                self._toc(block)
            case Signature():
                span = max(width_in_ems(block.org) + 2, width_in_ems(block.date) + 4)
                run(self._paragraph(left=(g.CHARS - span) * _CHAR), block.org)
                run(self._paragraph(left=(g.CHARS - span + 2) * _CHAR), block.date)
            case Attachment():
                self.new_page = True
                run(self._paragraph(), block.mark, "hei")
                if block.title:
                    self._paragraph()
                    run(self._paragraph(align="center", line=36), block.title, "title", g.SIZE_2)
                    self._paragraph()
            case Table():
                if self.new_page:
                    self._paragraph(line=1)
                width, height = self._area(block.orientation)
                self._append(ledger(block.spec, points(width), points(height)))
            case _:
                raise TypeError(f"not a block: {block!r}")

    def _heading(self, text: str, level: int) -> None:
        paragraph = self._paragraph(style=f"Heading{level}")
        self.bookmarks += 1
        mark = {"id": str(self.bookmarks), "name": f"qd_{self.bookmarks}"}
        sub(paragraph, "w:bookmarkStart", **mark)
        run(paragraph, text)
        sub(paragraph, "w:bookmarkEnd", id=mark["id"])

    def _toc(self, toc: Toc) -> None:
        """Contents as one line per chapter with a PAGEREF field; the numbers shown until the program
        recomputes them are those of the PDF."""
        title = self._paragraph(align="center", line=2 * g.LINE_PITCH)
        run(title, toc.title, "title", g.SIZE_2)
        pages = iter(contents(self.paper))
        headings = [block for block in self.paper.blocks if isinstance(block, Chapter | Heading)]
        for number, block in enumerate(headings, 1):
            if isinstance(block, Heading) and block.level > 1:
                continue
            page = next(pages)
            deep = isinstance(block, Heading)
            if deep and not toc.headings:
                continue
            left = 2 * _CHAR if deep else 0
            line = self._paragraph(left=left, tab=points(g.TYPE_WIDTH))
            run(line, block.text)
            sub(sub(line, "w:r"), "w:tab")
            field(line, f"PAGEREF qd_{number} \\h", str(page), g.SIZE_3, "body")


def _repack(data: bytes) -> bytes:
    """The same archive without the time of day in it."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return buffer.getvalue()
