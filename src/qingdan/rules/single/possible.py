"""Derived facts of one enterprise: `compiler.derived` for a single one, in Python's integers.

The states that a fact can have come as a mask: bit `i` for the `i`-th of `STATES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.columns import EPOCH, FAR
from qingdan.rules.compiler.derived import Derived, FigureColumns, ListFact, ShareFact, SpreadFact
from qingdan.rules.language.conditions import Undefined
from qingdan.rules.language.parts import Op
from qingdan.rules.language.rule import Status

Known = Mapping[tuple[str, str], Any]
"""Facts by field and period; of fields as of a day, the state on the fact date has the period ""."""

MET, UNMET = 1, 2
_UNDEFINED = {Undefined.UNMET: 2, Undefined.MANUAL: 4, Undefined.NOT_APPLICABLE: 8}


def reader_of(fact: Derived, catalogue: Catalogue) -> Callable[[Known], int]:
    """What gives the mask of a derived fact."""
    match fact:
        case SpreadFact():
            return lambda known: spread_states(fact, known)
        case ShareFact():
            return lambda known: share_states(fact, known)
        case ListFact():
            places = catalogue.tree_of(fact.column.field).places
            codes = fact.codes
            wanted = None if codes is None else {code for place, code in enumerate(places) if codes >> place & 1}
            return lambda known: list_states(fact, wanted, known)
    raise AssertionError(fact)


def _span(figure: FigureColumns, known: Known) -> tuple[int | None, int | None]:
    """The least and the greatest sum; None: no limit."""
    low: int | None = 0
    high: int | None = 0
    for column in figure.columns:
        number = known.get(column)
        least, most = (figure.low, figure.high) if number is None else (number, number)
        low = None if low is None or least is None else low + least
        high = None if high is None or most is None else high + most
    return low, high


def spread_states(fact: SpreadFact, known: Known) -> int:
    low, high = _span(fact.figure, known)
    return (MET if _touches(low, high, fact.ranges) else 0) | (UNMET if _touches(low, high, fact.outside) else 0)


def _touches(low: int | None, high: int | None, ranges: tuple[tuple[int | None, int | None], ...]) -> bool:
    return any(
        (start is None or high is None or high >= start) and (end is None or low is None or low < end)
        for start, end in ranges
    )


def share_states(fact: ShareFact, known: Known) -> int:
    top_low, top_high = _span(fact.top, known)
    bottom_low, bottom_high = _span(fact.bottom, known)
    found = _UNDEFINED[fact.undefined] if bottom_low is None or bottom_low <= 0 else 0
    if bottom_high is not None and bottom_high <= 0:
        return found
    by, of = fact.denominator * fact.bottom.divisor, fact.numerator * fact.top.divisor
    least: int | None = 1 if bottom_low is None else max(bottom_low, 1)
    # What the top's least and its greatest value are compared with.
    against_low, against_high = (bottom_high, least) if of >= 0 else (least, bottom_high)
    return found | _against_zero(fact.op, _minus(top_low, by, against_low, of), _minus(top_high, by, against_high, of))


def _minus(top: int | None, by: int, bottom: int | None, of: int) -> int | None:
    if top is None or (bottom is None and of):
        return None
    return top * by - (bottom or 0) * of


def _against_zero(op: Op, low: int | None, high: int | None) -> int:
    """On which sides of zero a number between the two can be."""
    can_reach, can_exceed = high is None or high >= 0, high is None or high > 0
    can_be_below, can_be_at_most = low is None or low < 0, low is None or low <= 0
    met, unmet = {
        Op.AT_LEAST: (can_reach, can_be_below),
        Op.MORE_THAN: (can_exceed, can_be_at_most),
        Op.AT_MOST: (can_be_at_most, can_exceed),
        Op.LESS_THAN: (can_be_below, can_reach),
    }[op]
    return (MET if met else 0) | (UNMET if unmet else 0)


def list_states(fact: ListFact, wanted: set[str] | None, known: Known) -> int:
    """`wanted`: the codes that count, None for all."""
    entries = known.get(fact.column)
    if entries is None:
        return (MET if fact.can_be else 0) | (UNMET if fact.can_not else 0)
    held = any(_counts(fact, wanted, entry) for entry in entries)
    return MET if held else UNMET


def _counts(fact: ListFact, wanted: set[str] | None, entry: str | Status) -> bool:
    if isinstance(entry, str):
        return wanted is None or entry in wanted
    if wanted is not None and entry.code not in wanted:
        return False
    if fact.started_by is None or fact.ends_after is None:
        return True
    last = FAR if entry.end is None else entry.end.toordinal() - EPOCH
    return entry.start.toordinal() - EPOCH <= fact.started_by and min(last, fact.started_by) >= fact.ends_after
