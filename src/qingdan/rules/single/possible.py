"""Derived facts of one enterprise: `compiler.derived` for a single one, in Python's integers.

The states that a fact can have come as a mask: bit `i` for the `i`-th of `STATES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.columns import EPOCH, FAR
from qingdan.rules.compiler.derived import Derived, FigureColumns, ListFact, ShareFact, SpreadFact
from qingdan.rules.compiler.literals import Range
from qingdan.rules.language.conditions import Undefined
from qingdan.rules.language.parts import Op
from qingdan.rules.language.rule import Status

Known = Mapping[tuple[str, str], Any]
"""Facts by field and period; of fields as of a day, the state on the fact date has the period ""."""
Reader = Callable[[Known], int]
"""Gives an enterprise's code; of a derived fact the mask of its states."""
Span = tuple[int | None, int | None]
"""The least and the greatest value; None: no limit."""

MET, UNMET = 1, 2
_UNDEFINED = {Undefined.UNMET: 2, Undefined.MANUAL: 4, Undefined.NOT_APPLICABLE: 8}


def reader_of(fact: Derived, catalogue: Catalogue) -> Reader:
    """What gives the mask of a derived fact."""
    match fact:
        case SpreadFact():
            return _spread_reader(fact)
        case ShareFact():
            return _share_reader(fact)
        case ListFact():
            return _list_reader(fact, catalogue)
    raise AssertionError(fact)


def _span_reader(figure: FigureColumns) -> Callable[[Known], Span]:
    """What gives the sum of a figure's columns, before division."""
    first, *others = figure.columns
    open_span = figure.low, figure.high

    def one(known: Known) -> Span:
        number = known.get(first)
        return open_span if number is None else (number, number)

    def several(known: Known) -> Span:
        low, high = one(known)
        for column in others:
            number = known.get(column)
            least, most = open_span if number is None else (number, number)
            low = None if low is None or least is None else low + least
            high = None if high is None or most is None else high + most
        return low, high

    return several if others else one


def _spread_reader(fact: SpreadFact) -> Reader:
    span = _span_reader(fact.figure)

    def read(known: Known) -> int:
        found = span(known)
        return (MET if _touches(found, fact.ranges) else 0) | (UNMET if _touches(found, fact.outside) else 0)

    return read


def _touches(span: Span, ranges: tuple[Range, ...]) -> bool:
    """Whether some number of the span lies in a range."""
    low, high = span
    return any(
        (start is None or high is None or high >= start) and (end is None or low is None or low < end)
        for start, end in ranges
    )


def _share_reader(fact: ShareFact) -> Reader:
    top, bottom = _span_reader(fact.top), _span_reader(fact.bottom)
    by, of = fact.denominator * fact.bottom.divisor, fact.numerator * fact.top.divisor
    undefined = _UNDEFINED[fact.undefined]
    # What it is to reach `edge`, and to stay below: numbers are whole, so that "more than 0" is to reach 1.
    edge = 1 if fact.op in (Op.MORE_THAN, Op.AT_MOST) else 0
    above, below = (MET, UNMET) if fact.op.is_lower_bound else (UNMET, MET)

    def read(known: Known) -> int:
        least, most = bottom(known)
        found = undefined if least is None or least <= 0 else 0
        if most is not None and most <= 0:
            return found
        least = 1 if least is None or least < 1 else least
        low, high = top(known)
        low = _minus(low, by, most if of >= 0 else least, of)
        high = _minus(high, by, least if of >= 0 else most, of)
        found |= above if high is None or high >= edge else 0
        return found | (below if low is None or low < edge else 0)

    return read


def _minus(top: int | None, by: int, bottom: int | None, of: int) -> int | None:
    """`top` times `by` less `bottom` times `of`."""
    if top is None or (bottom is None and of):
        return None
    return top * by - (bottom or 0) * of


def _list_reader(fact: ListFact, catalogue: Catalogue) -> Reader:
    places, codes = catalogue.tree_of(fact.column.field).places, fact.codes
    wanted = None if codes is None else {code for place, code in enumerate(places) if codes >> place & 1}
    missing = (MET if fact.can_be else 0) | (UNMET if fact.can_not else 0)

    def counts(entry: str | Status) -> bool:
        if isinstance(entry, str):
            return wanted is None or entry in wanted
        if wanted is not None and entry.code not in wanted:
            return False
        if fact.started_by is None or fact.ends_after is None:
            return True
        last = FAR if entry.end is None else entry.end.toordinal() - EPOCH
        return entry.start.toordinal() - EPOCH <= fact.started_by and min(last, fact.started_by) >= fact.ends_after

    def read(known: Known) -> int:
        entries = known.get(fact.column)
        if entries is None:
            return missing
        return MET if any(counts(entry) for entry in entries) else UNMET

    return read
