"""A limited fund shared out among the entitled: whole fen, and together exactly the limit when it does not suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from qingdan.rules.errors import Place, RuleError, Words

Score = int | Decimal | Fraction


class How(StrEnum):
    """How a fund is shared when it does not suffice."""

    PRO_RATA = "pro_rata"
    BY_SCORE = "by_score"
    FIRST_COME = "first_come"

    @property
    def chinese(self) -> str:
        return {"pro_rata": "按比例", "by_score": "按评分", "first_come": "先到先得"}[self.value]


class Share(NamedTuple):
    """What an enterprise asked for and what it gets, in fen."""

    code: str
    asked: int
    given: int

    @property
    def short(self) -> int:
        """What it goes short of."""
        return self.asked - self.given


@dataclass(frozen=True)
class Allocation:
    """A fund shared out: in the order in which enterprises were served, by their codes when nobody was served first."""

    limit: int
    how: How
    shares: tuple[Share, ...]

    @property
    def asked(self) -> int:
        return sum(each.asked for each in self.shares)

    @property
    def given(self) -> int:
        """The lesser of the limit and what is asked for, to the fen."""
        return sum(each.given for each in self.shares)

    @property
    def short(self) -> tuple[Share, ...]:
        """Those that get less than they asked for, or nothing."""
        return tuple(each for each in self.shares if each.short)

    def as_rows(self) -> list[tuple[str | int | Decimal, ...]]:
        """A table: a head, then one row for each enterprise; money in yuan."""
        rows: list[tuple[str | int | Decimal, ...]] = [("企业代码", "应得（元）", "分配（元）", "缺口（元）")]
        for each in self.shares:
            rows.append((each.code, *(Decimal(fen).scaleb(-2) for fen in (each.asked, each.given, each.short))))
        return rows


def allocate(
    amounts: Mapping[str, int],
    limit: int,
    how: How,
    *,
    scores: Mapping[str, Score] | None = None,
    order: Sequence[str] | None = None,
) -> Allocation:
    """Share out `limit` fen among enterprises that are entitled to `amounts` fen, by code.

    * `PRO_RATA`  : everybody the same part; the fen left over by rounding down go to the largest remainders, among
      equals to the lower codes
    * `BY_SCORE`  : in full from the highest of `scores` down, among equals the lower codes first
    * `FIRST_COME`: in full in the given `order`, which may name others as well

    In the last two the one at whom the fund ends gets what is left. RuleError for a negative limit or amount, for a
    number that is not exact, and for enterprises without a score or a place in the order.
    """
    for name, number in [("", limit), *amounts.items()]:
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise RuleError(
                Words(f"“{number}”不是以分计的金额", f"'{number}' is not an amount in fen"),
                Words("金额须为不小于零的整数", "amounts are whole numbers, not negative"),
                Place(path=name),
            )
    if how is How.PRO_RATA:
        given = _pro_rata(amounts, limit)
    else:
        served = _by_score(amounts, scores or {}) if how is How.BY_SCORE else _in_order(amounts, order or ())
        given = _one_after_the_other(amounts, limit, served)
    return Allocation(limit, how, tuple(Share(code, amounts[code], fen) for code, fen in given.items()))


def _pro_rata(amounts: Mapping[str, int], limit: int) -> dict[str, int]:
    total, codes = sum(amounts.values()), sorted(amounts)
    if total <= limit:
        return {code: amounts[code] for code in codes}
    given, remainders = {}, {}
    for code in codes:
        given[code], remainders[code] = divmod(amounts[code] * limit, total)
    left = limit - sum(given.values())
    for code in sorted(codes, key=lambda each: -remainders[each])[:left]:
        given[code] += 1
    return given


def _by_score(amounts: Mapping[str, int], scores: Mapping[str, Score]) -> list[str]:
    codes = sorted(amounts)
    for code in codes:
        if not _is_exact(scores.get(code)):
            raise RuleError(
                Words("没有评分，或评分不是精确的数", "there is no score, or it is no exact number"),
                Words("请给出整数、小数（Decimal）或分数", "give an integer, a Decimal or a Fraction"),
                Place(path=code),
            )
    # Equal numbers of different kinds are one key; scores repeat, so that only few are compared as fractions.
    distinct = sorted(Fraction(score) for score in {scores[code] for code in codes})
    ranks: dict[Score, int] = {score: rank for rank, score in enumerate(distinct)}
    return sorted(codes, key=lambda code: -ranks[scores[code]])


def _is_exact(score: object) -> bool:
    if isinstance(score, Decimal):
        return score.is_finite()
    return isinstance(score, (int, Fraction)) and not isinstance(score, bool)


def _in_order(amounts: Mapping[str, int], order: Sequence[str]) -> list[str]:
    served = [code for code in order if code in amounts]
    missing = sorted(set(amounts) - set(served))
    if missing or len(set(served)) < len(served):
        name = missing[0] if missing else next(code for code in served if served.count(code) > 1)
        raise RuleError(
            Words("企业不在次序中，或出现两次", "an enterprise is not in the order, or stands twice"),
            Words("每家企业须在次序中恰好出现一次", "give each exactly one place"),
            Place(path=name),
        )
    return served


def _one_after_the_other(amounts: Mapping[str, int], left: int, served: Sequence[str]) -> dict[str, int]:
    given = {}
    for code in served:
        given[code] = min(amounts[code], left)
        left -= given[code]
    return given
