"""Amounts of many enterprises, and any of several amounts where facts or people decide which."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingdan.rules.amounts.integers import Places, full, narrow, put
from qingdan.rules.compiler.columns import Flags, Numbers
from qingdan.rules.evaluate.amounts import AmountState

STATES = tuple(AmountState)
"""The states by their codes: exact 0, range 1, unknown 2, manual 3."""

CODES = {state: code for code, state in enumerate(STATES)}


class BulkSum(NamedTuple):
    """For each enterprise an amount as in `evaluate.amounts.Sum`: at least `low`, at most `high` fen.

    `state` : (n,) uint8, the place in `STATES`
    `low`   : (n,) int64 fen; Python's integers in an object array where 64 bits do not hold every amount
    `high`  : the same; 0 where there is no limit
    `no_high`: (n,) bool, where no limit is known
    """

    state: npt.NDArray[np.uint8]
    low: Numbers
    high: Numbers
    no_high: Flags

    @property
    def exact(self) -> Flags:
        """Where the amount is `low`, to the fen."""
        return self.state == CODES[AmountState.EXACT]


def constant(rows: int, state: AmountState, low: int, high: int | None) -> BulkSum:
    """The same amount for every enterprise."""
    return BulkSum(
        np.full(rows, CODES[state], np.uint8), full(rows, low), full(rows, high or 0), np.full(rows, high is None)
    )


def nothing(rows: int) -> BulkSum:
    return constant(rows, AmountState.EXACT, 0, 0)


class OneOf:
    """Collects, for each enterprise, the amounts that are open to it; every enterprise gets at least one."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._found = nothing(rows)
        self._seen = np.zeros(rows, bool)
        self._differ = np.zeros(rows, bool)

    def add(self, places: Places | None, new: BulkSum) -> None:
        """The amounts `new` are open to the enterprises in `places` (None: all). The arrays are taken over."""
        if places is None or len(places) == self._rows:
            if not self._seen.any():
                self._found = new
                self._seen[:] = True
                return
            places = np.arange(self._rows)
        seen = self._seen[places]
        if seen.any():
            again, first = np.flatnonzero(seen), np.flatnonzero(~seen)
            self._merge(places[again], _at(new, again))
            places, new = places[first], _at(new, first)
        self._put(places, new)
        self._seen[places] = True

    def sum(self, manual: Flags | None = None) -> BulkSum:
        """The one amount, or from the least to the most of several: unknown, or manual where that flag is set."""
        state, low, high, no_high = self._found
        state[self._differ] = CODES[AmountState.UNKNOWN]
        if manual is not None:
            state[self._differ & manual] = CODES[AmountState.MANUAL]
        return BulkSum(state, narrow(low), narrow(high), no_high)

    def _put(self, places: Places, new: BulkSum) -> None:
        state, low, high, no_high = self._found
        state[places], no_high[places] = new.state, new.no_high
        self._found = BulkSum(state, put(low, places, new.low), put(high, places, new.high), no_high)

    def _merge(self, places: Places, new: BulkSum) -> None:
        old = _at(self._found, places)
        self._differ[places] |= (old.state != new.state) | (old.no_high != new.no_high)
        self._differ[places] |= (old.low != new.low) | (old.high != new.high)
        no_high = old.no_high | new.no_high
        high = np.where(no_high, 0, np.maximum(old.high, new.high))
        self._put(places, BulkSum(old.state, np.minimum(old.low, new.low), high, no_high))


def _at(sums: BulkSum, places: Places) -> BulkSum:
    return BulkSum(sums.state[places], sums.low[places], sums.high[places], sums.no_high[places])
