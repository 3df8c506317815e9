"""The document model: frozen values that say what a paper contains, not how it is drawn.

All texts are plain: nothing in them is read as markup. A newline starts a new line; other control
characters, and the invisible ones that reverse the reading direction, are dropped on output.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Orientation(StrEnum):
    """How a table's sheets lie."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    """A sheet of its own, read on screen or pinned up: page number centred below."""
    BOUND = "bound"
    """GB/T 9704-2012 clause 8: turned into a portrait document. The page number keeps its place; the
    table's head is at the binding side of odd pages and at the cut side of even ones, which is the
    portrait sheet's left side both times."""


class PageNumbers(StrEnum):
    """What stands at the foot of a page."""

    OFFICIAL = "official"
    """“— 1 —” as GB/T 9704-2012 clause 7.5 has it: odd pages right, even pages left."""
    COUNTED = "counted"
    """“— 1 —” centred and “1/25” at the right: for single-sided sheets that must not go missing."""
    NONE = "none"


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Colour(StrEnum):
    """Colour of a pill. The word beside it carries the meaning; colour only helps."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    GREY = "grey"


@dataclass(frozen=True)
class Pill:
    """A small framed word such as 逾期; readable in black and white."""

    word: str
    colour: Colour = Colour.GREY


@dataclass(frozen=True)
class Cell:
    """A table cell: an optional pill, an optional crossed-out former value, then the text.

    >>> Cell("8月15日前", struck="7月31日前")      # the old deadline crossed out, the new one beside it
    Cell(text='8月15日前', struck='7月31日前', pill=None, bold=False)
    """

    text: str = ""
    struck: str = ""
    pill: Pill | None = None
    bold: bool = False


CellLike = Cell | str


@dataclass(frozen=True)
class Col:
    """A column; widths are shares of the type area's width."""

    header: str
    width_share: float
    align: Align = Align.LEFT


@dataclass(frozen=True)
class TableItem:
    """Rows that belong together. `spanning` maps a column's index to the cell merged over all rows;
    each row gives the cells of the remaining columns from left to right."""

    spanning: Mapping[int, CellLike]
    rows: tuple[tuple[CellLike, ...], ...]


@dataclass(frozen=True)
class TableGroup:
    """Items under a heading that spans the table's width (None: no heading row)."""

    heading: str | None
    items: tuple[TableItem, ...]


@dataclass(frozen=True)
class TableSpec:
    """A table whose header row is repeated on every page. `font_size` in pt."""

    columns: tuple[Col, ...]
    groups: tuple[TableGroup, ...]
    font_size: float = 10.5


@dataclass(frozen=True)
class Heading:
    """A heading with its number written out (GB/T 9704-2012 clause 7.3.3): level 1 “一、” 黑体,
    2 “（一）” 楷体, 3 “1.” and 4 “（1）” 仿宋. `numbered` text is given by the caller."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Chapter:
    """A centred chapter title; appears in the contents and the bookmarks."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str
    indent: bool = True
    align: Align = Align.LEFT


@dataclass(frozen=True)
class Table:
    spec: TableSpec
    orientation: Orientation = Orientation.PORTRAIT


@dataclass(frozen=True)
class PageBreak:
    pass


@dataclass(frozen=True)
class Spacer:
    """Blank lines of the text grid."""

    lines: float = 1


@dataclass(frozen=True)
class Toc:
    """Contents with page numbers, made from the chapters (and headings of level 1 when asked)."""

    title: str = "目　录"
    headings: bool = False


@dataclass(frozen=True)
class Cover:
    """A cover sheet and its blank back; pages are counted after it."""

    title_lines: tuple[str, ...]
    issuer: str
    date: str
    edition: str = ""
    note: str = ""


@dataclass(frozen=True)
class Signature:
    """Issuing body and date of an unsealed paper (GB/T 9704-2012 clause 7.3.5.2)."""

    org: str
    date: str


@dataclass(frozen=True)
class Attachment:
    """Start of an attachment (clause 7.3.7): new page, its mark in 黑体 at the top left, title on line 3."""

    mark: str
    title: str = ""


@dataclass(frozen=True)
class Letterhead:
    """Head of a formal document (clause 7.2): the issuer's red mark, the document number, the red rule."""

    issuer: str
    number: str
    secrecy: str = ""
    urgency: str = ""
    copy_number: str = ""


@dataclass(frozen=True)
class Imprint:
    """版记 (clause 7.4) at the foot of the last page."""

    issuer: str
    date: str
    copies_to: str = ""


Block = Heading | Chapter | Paragraph | Table | PageBreak | Spacer | Toc | Cover | Signature | Attachment


@dataclass(frozen=True)
class Paper:
    """A whole document.

    `title` (may hold newlines for a trapezoid or diamond break) is set above the blocks unless `show_title`
    is false; `subtitle` stands below it. `created` is written into the file's properties instead of the
    clock, so that the same paper gives the same bytes; a naive time is taken as UTC.
    `orientation` is that of the blocks which have none of their own.
    """

    title: str
    blocks: tuple[Block, ...]
    created: datetime
    subtitle: str = ""
    header: Letterhead | None = None
    imprint: Imprint | None = None
    orientation: Orientation = Orientation.PORTRAIT
    page_numbers: PageNumbers = PageNumbers.OFFICIAL
    show_title: bool = True
    author: str = ""
    keywords: tuple[str, ...] = field(default=())
