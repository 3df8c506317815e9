"""Every amount there is, for many enterprises: `evaluate.amounts`, function by function, on arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from qingdan.rules.amounts.figures import BulkFigure
from qingdan.rules.amounts.growing import Growth
from qingdan.rules.amounts.integers import at_least, at_most, put, rounded
from qingdan.rules.amounts.rows import Rows
from qingdan.rules.amounts.sums import CODES, BulkSum, OneOf, constant
from qingdan.rules.compiler import Program
from qingdan.rules.compiler.columns import Flags, Numbers
from qingdan.rules.compiler.derived import FigureColumns, spans
from qingdan.rules.evaluate.amounts import AmountState
from qingdan.rules.kernel import plain
from qingdan.rules.language.amounts import Rounding
from qingdan.rules.language.rule import State
from qingdan.rules.store.encode import encode


class Node(Protocol):
    """An amount, made for one rule and fact date."""

    def of(self, rows: Rows) -> BulkSum:
        """What it comes to for each enterprise, in arrays of its own."""


@dataclass(frozen=True)
class Always:
    """The same for everybody: a sum of money, or what people decide."""

    state: AmountState
    low: int
    high: int | None

    def of(self, rows: Rows) -> BulkSum:
        return constant(rows.rows, self.state, self.low, self.high)


NOTHING = Always(AmountState.EXACT, 0, 0)


@dataclass(frozen=True)
class Growing:
    """A growing function of a figure, between floor and cap; they bind the rounded amount."""

    figure: BulkFigure
    growth: Growth
    floor: int | None
    cap: int | None
    rounding: Rounding

    def of(self, rows: Rows) -> BulkSum:
        found = OneOf(rows.rows)
        for places, some, figure in self.figure.groups(rows):
            if figure is None:
                found.add(places, constant(some.rows, AmountState.MANUAL, self.floor or 0, self.cap))
            else:
                found.add(places, self._between(figure, some))
        return found.sum()

    def _between(self, figure: FigureColumns, rows: Rows) -> BulkSum:
        span = spans(figure, rows)
        # Below zero there is nothing to pay, so an unknown lower end is as good as zero.
        least = np.where(span.no_low, 0, span.low)
        low = self._pay(least, figure.divisor)
        high = low.copy()
        wide = np.flatnonzero(least != span.high)
        high = put(high, wide, self._pay(span.high[wide], figure.divisor))
        no_high = np.zeros(rows.rows, bool)
        if self.growth.grows:
            # However large the figure, the cap holds.
            high = put(high, span.no_high, self.cap or 0)
            no_high = span.no_high if self.cap is None else no_high
        else:
            high = put(high, span.no_high, low[span.no_high])
        exact = (low == high) & ~no_high
        state = np.where(exact, CODES[AmountState.EXACT], CODES[AmountState.UNKNOWN]).astype(np.uint8)
        return BulkSum(state, low, high, no_high)

    def _pay(self, totals: Numbers, divisor: int) -> Numbers:
        fen = rounded(*self.growth.of(totals, divisor), self.rounding)
        fen = at_least(fen, self.floor) if self.floor is not None else fen
        return at_most(fen, self.cap) if self.cap is not None else fen


class Band(NamedTuple):
    """An amount for figures up to `upto` steps, or below it; no end: above all others."""

    upto: Fraction | None
    included: bool
    amount: Node

    def last(self, divisor: int) -> int | None:
        """The last sum in the band, of a figure that is the sum divided by `divisor`."""
        if self.upto is None:
            return None
        bound = self.upto * divisor
        return bound.__floor__() if self.included else bound.__ceil__() - 1


@dataclass(frozen=True)
class Banded:
    """The band in which a figure lies decides the whole amount."""

    figure: BulkFigure
    bands: tuple[Band, ...]

    def of(self, rows: Rows) -> BulkSum:
        found = OneOf(rows.rows)
        for places, some, figure in self.figure.groups(rows):
            if figure is None:
                found.add(places, constant(some.rows, AmountState.MANUAL, 0, None))
            else:
                found.add(places, self._by_band(figure, some))
        return found.sum()

    def _by_band(self, figure: FigureColumns, rows: Rows) -> BulkSum:
        span = spans(figure, rows)
        found = OneOf(rows.rows)
        reached = np.ones(rows.rows, bool)
        for band in self.bands:
            last = band.last(figure.divisor)
            inside = reached if last is None else reached & (span.no_low | (span.low <= last))
            _add(found, inside, band.amount, rows)
            if last is None:
                return found.sum()
            reached = span.no_high | (span.high > last)
        _add(found, reached, NOTHING, rows)
        return found.sum()


@dataclass(frozen=True)
class ByCondition:
    """The first case that is met gives the amount; `whens` has the possible states of case `i` as condition `i`."""

    whens: Program
    thens: tuple[Node, ...]
    otherwise: Node

    def of(self, rows: Rows) -> BulkSum:
        found = OneOf(rows.rows)
        undecided, only_manual = np.ones(rows.rows, bool), np.ones(rows.rows, bool)
        for possible, then in zip(_possible(self.whens, len(self.thens), rows), self.thens, strict=True):
            met, manual = possible[State.MET], possible[State.MANUAL]
            _add(found, undecided & (met | manual), then, rows)
            several = np.sum(list(possible.values()), axis=0) > 1
            only_manual &= ~(undecided & several)
            undecided &= ~met | several
        _add(found, undecided, self.otherwise, rows)
        return found.sum(only_manual)


def _add(found: OneOf, flags: Flags, amount: Node, rows: Rows) -> None:
    """The amount is open to the enterprises with the flag."""
    places = np.flatnonzero(flags)
    if len(places):
        found.add(places, amount.of(rows.take(places)))


def _possible(program: Program, conditions: int, rows: Rows) -> Iterator[dict[State, Flags]]:
    """For each condition and definite state, where the condition can have it."""
    words = np.concatenate(list(plain.run(program, encode(program, rows))), axis=1)
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : rows.rows].astype(bool)
    for condition in range(conditions):
        yield {
            result.state: row
            for result, row in zip(program.results, bits, strict=True)
            if result.condition == condition
        }
