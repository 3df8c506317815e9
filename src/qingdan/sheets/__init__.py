"""The workbook room: a messy ledger in, typed rows with cell addresses out, and back again.

``read_grid`` opens a file of any of the kinds offices send (.xlsx, .xlsm, .xls, .csv, .docx),
``find_ledgers`` finds the tables in it and guesses the columns, ``Ledger.rows`` reads them;
``read_news`` takes pasted news text apart; ``write_workbook``, ``write_ledger`` and ``write_csv`` go the
other way. All errors are ``SheetError``. Nothing here knows Django.

    book = read_grid(data, "7月清单.xlsx")
    for ledger in require_ledgers(book):
        for row in ledger.rows():
            if row.kind is RowKind.DATA:
                row.plan, row.item, row.values[Field.TASK].text, row.values[Field.TASK].place
"""

from .errors import SheetError
from .grid import Book, Grid, Limits, Merge, Value, column_letters, show
from .headers import Column
from .ledger import (
    Cell,
    Ledger,
    LedgerRow,
    PeriodHint,
    RowKind,
    find_ledgers,
    period_hint,
    require_ledgers,
)
from .news import NewsCandidate, Paragraph, ParagraphKind, news_candidates, read_news
from .reading import read_grid
from .vocabulary import LABELS, Field, guess_field
from .writing import Group, ItemBlock, LedgerSheet, OutColumn, neutralise, write_csv, write_ledger, write_workbook

__all__ = [
    "LABELS",
    "Book",
    "Cell",
    "Column",
    "Field",
    "Grid",
    "Group",
    "ItemBlock",
    "Ledger",
    "LedgerRow",
    "LedgerSheet",
    "Limits",
    "Merge",
    "NewsCandidate",
    "OutColumn",
    "Paragraph",
    "ParagraphKind",
    "PeriodHint",
    "RowKind",
    "SheetError",
    "Value",
    "column_letters",
    "find_ledgers",
    "guess_field",
    "neutralise",
    "news_candidates",
    "period_hint",
    "read_grid",
    "read_news",
    "require_ledgers",
    "show",
    "write_csv",
    "write_ledger",
    "write_workbook",
]
