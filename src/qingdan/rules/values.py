"""Exact values of the rule language and how they are written: no floating point anywhere.

* `Value` : a decimal number with its unit as the policy writes it, "1500 万元"
* shares  : exact fractions, "5%", "0.6", "1/3"
* money   : whole fen in code, "30 元" or "1500 万元" in writing
* months  : full months and years between two days (民法典 art. 201, 202)
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NewType

from qingdan.rules.errors import RuleError, Words
from qingdan.standards.quantities import Quantity

Money = NewType("Money", int)
"""An amount of money in fen."""

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
FEN_PER_YI = 10_000_000_000

_NUMBER = r"-?\d{1,30}(?:\.\d{1,18})?"
_UNIT = r"[^\d\s.,+-][^\d\s]*"  # without digits: 1e400 is no number in the unit e400
_VALUE = re.compile(rf"({_NUMBER})\s*({_UNIT})?", re.ASCII)
_SHARE = re.compile(rf"({_NUMBER})\s*(%|‰)?|(-?\d{{1,18}})/(\d{{1,18}})", re.ASCII)


def plain(number: Decimal) -> str:
    """A decimal without exponent and without closing zeros: 1500, 0.05."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def parse_decimal(written: str | int | Decimal) -> Decimal:
    """A finite decimal of at most 30 digits before and 18 after the point; RuleError for anything else."""
    if isinstance(written, bool):
        raise _no_number(written)
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise _no_number(written) from None
    # The text is looked at again: Decimal also takes 1e999, full-width digits and underscores.
    if not number.is_finite() or abs(number.adjusted()) > 40 or not re.fullmatch(_NUMBER, f"{number:f}"):
        raise _no_number(written)
    if isinstance(written, str) and not re.fullmatch(_NUMBER, written, re.ASCII):
        raise _no_number(written)
    return Decimal(plain(number))


def _no_number(written: object) -> RuleError:
    return RuleError(
        Words(f"“{written}”不是有限的数", f"'{written}' is not a finite number"),
        Words("请写阿拉伯数字，单位写在数字之后，如 1500 万元", "write digits, then the unit, as in 1500 万元"),
    )


@dataclass(frozen=True)
class Value:
    """A number in the unit in which it was written; the scale stays in the unit (1500 in 万元)."""

    number: Decimal
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", parse_decimal(self.number))
        if self.unit and not re.fullmatch(_UNIT, self.unit):
            raise RuleError(
                Words(f"“{self.unit}”不是单位", f"'{self.unit}' is not a unit"),
                Words("单位不含空格和数字", "a unit has neither spaces nor digits"),
            )

    @classmethod
    def parse(cls, written: str | int | Decimal) -> Value:
        """Read "1500 万元", "60%", 3. RuleError for words (五十), thousands commas, NaN and infinities."""
        if not isinstance(written, str):
            return cls(parse_decimal(written))
        match = _VALUE.fullmatch(written.strip())
        if not match:
            raise _no_number(written)
        return cls(Decimal(match[1]), match[2] or "")

    @property
    def written(self) -> str:
        return f"{plain(self.number)} {self.unit}".strip()

    @property
    def base(self) -> tuple[Fraction, str]:
        """The value without the Chinese scale of its unit: (15000000, "元") for 1500 万元."""
        quantity = Quantity(self.number, self.unit)
        return Fraction(quantity.base_value), quantity.base_unit


def parse_share(written: str | int | Decimal) -> Fraction:
    """Read an exact fraction: "5%", "3‰", "1/3", "0.6", 1. RuleError for anything else."""
    if not isinstance(written, str):
        return Fraction(parse_decimal(written))
    match = _SHARE.fullmatch(written.strip())
    if not match or (match[4] and not int(match[4])):
        raise RuleError(
            Words(f"“{written}”不是比例", f"'{written}' is not a share"),
            Words("请写成 5%、0.05 或 1/20", "write 5%, 0.05 or 1/20"),
        )
    if match[3]:
        return Fraction(int(match[3]), int(match[4]))
    return Fraction(match[1]) / {"%": 100, "‰": 1000, None: 1}[match[2]]


def share_text(share: Fraction) -> str:
    """The shortest exact writing: 5%, 33.5%, 20, 1/3. `parse_share` reads it back."""
    if share.denominator == 1:
        return str(share.numerator)
    percent = share * 100
    for places in range(7):
        if (percent * 10**places).denominator == 1:
            return plain(Decimal((percent * 10**places).numerator).scaleb(-places)) + "%"
    return f"{share.numerator}/{share.denominator}"


def parse_money(written: str) -> Money:
    """Whole fen from a text with its unit: "30 元" is 3000. RuleError without unit or for parts of a fen."""
    value = Value.parse(written)
    number, unit = value.base
    fen = number * FEN_PER_YUAN if unit == "元" else number
    if unit not in ("元", "分"):
        raise RuleError(
            Words(f"金额“{written}”没有货币单位", f"the amount '{written}' has no unit of money"),
            Words("请写明元、万元或亿元", "write 元, 万元 or 亿元 after the number"),
        )
    if fen.denominator != 1:
        raise RuleError(
            Words(f"金额“{written}”不到一分", f"the amount '{written}' is finer than a fen"),
            Words("金额最小到分", "amounts end at the fen"),
        )
    return Money(int(fen))


def money_text(fen: int | Fraction) -> str:
    """An amount as officials write it, exact for whole fen: "2.5 亿元", "1500 万元", "30.5 元". Parts of a fen are
    rounded."""
    whole = round(fen)
    if abs(whole) >= FEN_PER_YI and whole % FEN_PER_WAN == 0:
        return f"{plain(Decimal(whole).scaleb(-10))} 亿元"
    if abs(whole) >= FEN_PER_WAN:
        return f"{plain(Decimal(whole).scaleb(-6))} 万元"
    return f"{plain(Decimal(whole).scaleb(-2))} 元"


def months_before(day: date, months: int) -> date:
    """The day with the same number `months` earlier (later when negative), the last of the month if there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    year = min(max(year, date.min.year), date.max.year)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def full_months(start: date, end: date) -> int:
    """Full months from `start` to `end`, negative when `end` is earlier.

    A month is full on the day with the same number, or on the last day of a month that has no such day:
    29 February 2024 to 28 February 2025 is twelve months (民法典 art. 202).
    """
    if end < start:
        return -full_months(end, start) - (0 if months_before(start, full_months(end, start)) == end else 1)
    months = (end.year - start.year) * 12 + end.month - start.month
    last_of_month = end.day == calendar.monthrange(end.year, end.month)[1]
    return months if end.day >= start.day or last_of_month else months - 1
