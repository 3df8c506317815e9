"""The ledgers of an uploaded file, read once and kept for the next look at the same file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from qingdan.sheets import Book, Field, Ledger, LedgerRow, SheetError, read_grid, require_ledgers
from qingdan.standards.deadlines import Deadline, period_end, read_deadline
from qingdan.standards.quantities import Quantity, find_quantities
from qingdan.web.common.attachments import path_of, require_kept
from qingdan.web.common.calendar import work_calendar
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Attachment

from ..models import ImportBatch


def as_domain_error(error: SheetError) -> DomainError:
    """The workbook room's refusal as one of ours: place, reason, remedy."""
    return DomainError(error.place, f"{error.reason}。", f"{error.remedy}。", field="file")


def read_file(data: bytes, name: str) -> tuple[Book, list[Ledger]]:
    """The book and its ledgers. Raises DomainError with place, reason and remedy."""
    try:
        book = read_grid(data, name)
        return book, require_ledgers(book)
    except SheetError as error:
        raise as_domain_error(error) from error


@lru_cache(maxsize=3)
def _kept(sha256: str, name: str) -> tuple[Book, list[Ledger]]:
    return read_file(path_of(sha256).read_bytes(), name)


def ledgers_of(file: Attachment) -> tuple[Book, list[Ledger]]:
    """The book and the ledgers of a stored file."""
    require_kept(file)
    try:
        return _kept(file.sha256, file.name)
    except FileNotFoundError:
        raise DomainError(file.name, "文件在服务器上找不到。", "请告诉系统管理员，可从备份中恢复。") from None


def rows_of(ledger: Ledger, columns: Mapping[str, str | None]) -> list[LedgerRow]:
    """The ledger's rows under a stored mapping (column number as text -> field or None)."""
    try:
        return ledger.rows({int(column): Field(name) if name else None for column, name in columns.items()})
    except SheetError as error:
        raise as_domain_error(error) from error


def guessed(ledger: Ledger) -> dict[str, str | None]:
    """The guessed mapping as it is stored."""
    return {str(column): kind.value if kind else None for column, kind in ledger.mapping().items()}


def choices_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """Per ledger of the file: whether it is used and how its columns are read."""
    return list(batch.mapping.get("ledgers", []))


_MARK = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]+[章篇编部]分?|[（(]?[一二三四五六七八九十百]+[）)]?|[（(]\d+[）)]|\d+(?=[、.．]))\s*[、.．:：]?\s*"
)
_NOT_WORD = re.compile(r"[\W_]+")


def without_mark(text: str) -> str:
    """A heading without its serial mark: ``一、“创客郫都”建设行动计划`` -> ``“创客郫都”建设行动计划``."""
    text = " ".join(text.split())
    found = _MARK.match(text)
    # 三年行动计划 and 十大工程 begin with a numeral that is no mark.
    if not found or not re.search(r"[、.．:：）)章篇编部分\s]", found[0]):
        return text
    return text[found.end() :] or text


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Letters, characters and digits only, half width: two texts that differ in marks alone are equal."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def squeeze(text: str) -> str:
    """Half width without white space: how deadlines are compared as written."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=8192)
def read_due(text: str, reference: date) -> tuple[Deadline, date | None]:
    """A deadline's reading and its last day; a period is counted from ``reference``."""
    reading = read_deadline(text, reference=reference)
    due = period_end(reference, reading.period, work_calendar()) if reading.period else reading.due
    return reading, due


@lru_cache(maxsize=32768)
def quantities_in(text: str) -> tuple[Quantity, ...]:
    """The quantified targets in the words of a task."""
    return tuple(find_quantities(text))
