"""What conditions and amounts are made of: provenance, comparison signs, periods and figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.values import months_before


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a part of a rule comes from.

    `start` and `end` count characters of the document's clean text, the end excluded. `note` says what a reader
    must know of the source, for example that the text was not at hand.
    """

    document: str
    clause: str = ""
    quote: str = ""
    start: int | None = None
    end: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None) or not 0 <= (self.start or 0) <= (self.end or 0):
            raise RuleError(
                Words("引文的起止位置不成对或次序颠倒", "start and end of the quote are not a pair in order"),
                Words("请同时给出起止位置，止不小于起", "give both, the end not before the start"),
            )


class Op(StrEnum):
    """A comparison; whether the bound itself counts is part of the sign."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    AT_MOST = "<="
    LESS_THAN = "<"
    EQUAL = "="
    DIFFERENT = "!="

    @property
    def chinese(self) -> str:
        return {">=": "不低于", ">": "高于", "<=": "不高于", "<": "低于", "=": "等于", "!=": "不等于"}[self.value]

    @property
    def is_lower_bound(self) -> bool:
        return self in (Op.AT_LEAST, Op.MORE_THAN)

    @property
    def is_upper_bound(self) -> bool:
        return self in (Op.AT_MOST, Op.LESS_THAN)


_PERIOD = re.compile(r"(year|month)-(\d{1,3})|(\d{4})(-(?:0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True)
class Period:
    """A year or month, counted back from the fact date ("year-1" is last year) or fixed ("2025", "2025-06")."""

    written: str

    def __post_init__(self) -> None:
        if not _PERIOD.fullmatch(self.written):
            raise RuleError(
                Words(f"“{self.written}”不是期间", f"'{self.written}' is not a period"),
                Words(
                    "请写成 year-1（上年度）、month-1、2025 或 2025-06",
                    "write year-1 (last year), month-1, 2025 or 2025-06",
                ),
            )

    @property
    def is_month(self) -> bool:
        return "month" in self.written or (self.written[4:5] == "-" and self.is_fixed)

    @property
    def is_fixed(self) -> bool:
        return self.written[0].isdigit()

    def resolve(self, fact_date: date, back: int = 0) -> str:
        """The period in facts' writing, `back` further years or months earlier: "2025", "2025-06"."""
        if self.is_month:
            if not self.is_fixed:
                day = months_before(fact_date, int(self.written[6:]) + back)
            else:
                day = months_before(date(int(self.written[:4]), int(self.written[5:]), 1), back)
            return f"{day.year:04d}-{day.month:02d}"
        year = fact_date.year - int(self.written[5:]) if not self.is_fixed else int(self.written)
        return f"{year - back:04d}"

    def chinese(self) -> str:
        """上年度, 前2年度, 2025年度, 上月."""
        if self.is_fixed:
            year, _, month = self.written.partition("-")
            return f"{year}年{int(month)}月" if month else f"{year}年度"
        unit, back = self.written.split("-")
        if unit == "year":
            return {"0": "本年度", "1": "上年度"}.get(back, f"前{back}年度")
        return {"0": "本月", "1": "上月"}.get(back, f"前{back}个月")


class Spread(StrEnum):
    """How the figures of several years become one."""

    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number of the enterprise: a field in a period, or the sum or mean over several years or months.

    `count` periods that end with `period`: three that end with year-1 are 近三年. `since` names a date field:
    years before that day's year do not count (实际经营不满三年的按实际经营时间计算).
    """

    field: str
    period: Period | None = None
    spread: Spread | None = None
    count: int = 1
    since: str = ""

    def __post_init__(self) -> None:
        several = self.spread is not None
        if not 1 <= self.count <= 100 or (self.count > 1 and not several) or (several and self.period is None):
            raise RuleError(
                Words(
                    "多期数据须写明期间、期数和合计或平均",
                    "a figure over several periods needs period, count and spread",
                ),
                Words("请写 period、count 和 spread: sum 或 mean", "write period, count, and spread: sum or mean"),
            )
        if self.since and (self.period is None or self.period.is_month or not several):
            raise RuleError(
                Words("“since”只用于多个年度的数据", "'since' belongs to figures over several years"),
                Words("请去掉 since 或写明年度", "drop it, or give years"),
            )


class Node:
    """Anything in a rule's tree that has a tag in writing and provenance."""

    tag: ClassVar[str]
