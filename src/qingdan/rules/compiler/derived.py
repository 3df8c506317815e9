"""Facts derived from columns before they are encoded, because no single column's code can tell them.

* `SpreadFact` : the sum or mean of a figure over several periods, within ranges
* `ShareFact`  : one figure against a multiple of another (ratio, growth, rank within a share)
* `ListFact`   : a list of codes, titles or records, of which one counts

Each knows its columns and, for a block of enterprises, the states that it can have. The rules of missing facts are
those of `evaluate.clauses`; numbers are integers throughout, in Python's own where 64 bits might not hold them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from qingdan.rules.compiler.columns import Block, Column, Flags, Numbers
from qingdan.rules.language.conditions import Undefined
from qingdan.rules.language.parts import Op


@dataclass(frozen=True)
class FigureColumns:
    """A figure as the sum of columns, divided by `divisor`; `low` and `high` bound a missing part (None: no limit)."""

    columns: tuple[Column, ...]
    divisor: int
    low: int | None
    high: int | None


class Spans(NamedTuple):
    """For each enterprise the least and greatest sum; where a flag is set there is no limit on that side."""

    low: Numbers
    high: Numbers
    no_low: Flags
    no_high: Flags


def spans(figure: FigureColumns, block: Block) -> Spans:
    """The sum of the figure's columns over a block, before division."""
    found = [block.values(column) for column in figure.columns]
    bounds = [abs(each) for each in (figure.low, figure.high) if each is not None]
    largest = max([*bounds, *(_largest(each.values) for each in found if each)], default=0)
    kind: Any = np.int64 if largest * len(found) < 2**62 else object
    low, high = np.zeros(block.rows, kind), np.zeros(block.rows, kind)
    no_low, no_high = np.zeros(block.rows, bool), np.zeros(block.rows, bool)
    for each in found:
        if each is None:
            known: Flags = np.zeros(block.rows, bool)
            number = np.zeros_like(low)
        else:
            known = np.ones(block.rows, bool) if each.valid is None else each.valid
            number = each.values.astype(kind)
        low = low + np.where(known, number, figure.low or 0)
        high = high + np.where(known, number, figure.high or 0)
        if figure.low is None:
            no_low |= ~known
        if figure.high is None:
            no_high |= ~known
    return Spans(low, high, no_low, no_high)


def _largest(values: Numbers) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0


class Possible(NamedTuple):
    """Which states are possible, in the order of `STATES`; None where a state never is."""

    met: Flags | None
    unmet: Flags | None
    manual: Flags | None = None
    not_applicable: Flags | None = None


@dataclass(frozen=True)
class SpreadFact:
    """A sum in `ranges` of whole numbers (from, to excluded)."""

    figure: FigureColumns
    ranges: tuple[tuple[int | None, int | None], ...]
    outside: tuple[tuple[int | None, int | None], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.figure.columns

    @property
    def states(self) -> tuple[int, ...]:
        return (0, 1)

    def possible(self, block: Block) -> Possible:
        found = spans(self.figure, block)
        return Possible(_touches(found, self.ranges), _touches(found, self.outside))


def _touches(found: Spans, ranges: Sequence[tuple[int | None, int | None]]) -> Flags:
    """Where some number of the span lies in a range."""
    touched = np.zeros(len(found.low), bool)
    for low, high in ranges:
        inside = np.ones(len(found.low), bool)
        if low is not None:
            inside &= found.no_high | (found.high >= low)
        if high is not None:
            inside &= found.no_low | (found.low < high)
        touched |= inside
    return touched


@dataclass(frozen=True)
class ShareFact:
    """`top` against a fraction `numerator`/`denominator` of `bottom`: top x denominator `op` bottom x numerator.

    Where the bottom is zero or negative, no share can be stated: the state is that of `undefined`.
    """

    top: FigureColumns
    bottom: FigureColumns
    op: Op
    numerator: int
    denominator: int
    undefined: Undefined

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(dict.fromkeys(self.top.columns + self.bottom.columns))

    @property
    def states(self) -> tuple[int, ...]:
        return {Undefined.UNMET: (0, 1), Undefined.MANUAL: (0, 1, 2), Undefined.NOT_APPLICABLE: (0, 1, 3)}[
            self.undefined
        ]

    def possible(self, block: Block) -> Possible:
        top, bottom = spans(self.top, block), spans(self.bottom, block)
        # Means count in parts of a step, so both sides are multiplied with the other's divisor too.
        by = self.denominator * self.bottom.divisor
        of = self.numerator * self.top.divisor
        top, bottom = _widened(top, by), _widened(bottom, of)
        undefined = bottom.no_low | (bottom.low <= 0)
        positive = bottom.no_high | (bottom.high > 0)
        least = np.where(bottom.no_low, 1, np.maximum(bottom.low, 1))
        never = np.zeros(block.rows, bool)
        if of >= 0:
            most, no_most, low_end, no_low_end = bottom.high, bottom.no_high, least, never
        else:
            most, no_most, low_end, no_low_end = least, never, bottom.high, bottom.no_high
        if of == 0:
            no_most = no_low_end = never
        low, no_low = top.low * by - most * of, top.no_low | no_most
        high, no_high = top.high * by - low_end * of, top.no_high | no_low_end
        met, unmet = _against_zero(self.op, low, no_low, high, no_high)
        met, unmet = met & positive, unmet & positive
        match self.undefined:
            case Undefined.UNMET:
                return Possible(met, unmet | undefined)
            case Undefined.MANUAL:
                return Possible(met, unmet, manual=undefined)
            case _:
                return Possible(met, unmet, not_applicable=undefined)


def _widened(found: Spans, factor: int) -> Spans:
    """The same with Python's integers where a product with `factor` might not fit; two products are added."""
    if found.low.dtype == object or max(_largest(found.low), _largest(found.high), 1) * max(abs(factor), 1) < 2**62:
        return found
    return found._replace(low=found.low.astype(object), high=found.high.astype(object))


def _against_zero(op: Op, low: Numbers, no_low: Flags, high: Numbers, no_high: Flags) -> tuple[Flags, Flags]:
    """Whether a number between `low` and `high` can be on the right and on the wrong side of zero."""
    match op:
        case Op.AT_LEAST:
            return no_high | (high >= 0), no_low | (low < 0)
        case Op.MORE_THAN:
            return no_high | (high > 0), no_low | (low <= 0)
        case Op.AT_MOST:
            return no_low | (low <= 0), no_high | (high > 0)
        case Op.LESS_THAN:
            return no_low | (low < 0), no_high | (high >= 0)
    raise AssertionError(op)


@dataclass(frozen=True)
class ListFact:
    """A list with an entry that counts: its code among `codes` (places in the tree; None: any), its days as said.

    `started_by`: the entry began on or before that day. `ends_after`: its last day, or `started_by` if that is
    earlier, is this day or a later one. `can_be`, `can_not`: what a missing list can be.
    """

    column: Column
    codes: int | None
    tree_size: int
    started_by: int | None = None
    ends_after: int | None = None
    can_be: bool = True
    can_not: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        return (self.column,)

    @property
    def states(self) -> tuple[int, ...]:
        return (0, 1)

    def possible(self, block: Block) -> Possible:
        found = block.lists(self.column)
        if found is None:
            return Possible(np.full(block.rows, self.can_be), np.full(block.rows, self.can_not))
        counts = np.ones(len(found.codes), bool)
        if self.codes is not None:
            wanted = np.array([bool(self.codes >> place & 1) for place in range(self.tree_size)], bool)
            counts &= wanted[found.codes]
        if self.started_by is not None and found.starts is not None and found.ends is not None:
            counts &= found.starts <= self.started_by
            counts &= np.minimum(found.ends, self.started_by) >= self.ends_after
        before = np.concatenate([[0], np.cumsum(counts)])
        held = before[found.offsets[1:]] > before[found.offsets[:-1]]
        if found.valid is None:
            return Possible(held, ~held)
        known = found.valid
        return Possible(np.where(known, held, self.can_be), np.where(known, ~held, self.can_not))


Derived = SpreadFact | ShareFact | ListFact
