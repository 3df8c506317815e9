"""Official documents: one document model -> docx and PDF laid out to GB/T 9704-2012.

    from qingdan.papers import overview_paper, to_docx, to_pdf
    pdf = to_pdf(overview_paper("…一览表", plans, as_of="截至2017年7月14日"))

The ready-made papers (`overview_paper`, `booklet_paper`, `notice_paper`) take plain values; the model
behind them (`Paper` and its blocks) is open to other papers. Nothing here knows a database.
"""

from .booklet import (
    BookletChange,
    BookletItem,
    BookletPlan,
    BookletTask,
    Statistics,
    booklet_paper,
)
from .errors import PaperError
from .model import (
    Align,
    Attachment,
    Cell,
    Chapter,
    Col,
    Colour,
    Cover,
    Heading,
    Imprint,
    Letterhead,
    Orientation,
    PageBreak,
    PageNumbers,
    Paper,
    Paragraph,
    Pill,
    Signature,
    Spacer,
    Table,
    TableGroup,
    TableItem,
    TableSpec,
    Toc,
)
from .notice import notice_paper
from .overview import OVERVIEW_HEADERS, OverviewItem, OverviewPlan, OverviewTask, overview_paper
from .pdf import to_pdf
from .word import to_docx

__all__ = [
    "OVERVIEW_HEADERS",
    "Align",
    "Attachment",
    "BookletChange",
    "BookletItem",
    "BookletPlan",
    "BookletTask",
    "Cell",
    "Chapter",
    "Col",
    "Colour",
    "Cover",
    "Heading",
    "Imprint",
    "Letterhead",
    "Orientation",
    "OverviewItem",
    "OverviewPlan",
    "OverviewTask",
    "PageBreak",
    "PageNumbers",
    "Paper",
    "PaperError",
    "Paragraph",
    "Pill",
    "Signature",
    "Spacer",
    "Statistics",
    "Table",
    "TableGroup",
    "TableItem",
    "TableSpec",
    "Toc",
    "booklet_paper",
    "notice_paper",
    "overview_paper",
    "to_docx",
    "to_pdf",
]
