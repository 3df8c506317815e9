"""What a circuit's literals ask of an enterprise: one column within ranges or codes, or one rail of a derived fact.

* `InNumbers` : the column's number (or day) lies in one of some ranges of integers
* `InCodes`   : the column's code is one of some
* `CanBe`     : a state that a derived fact can have: of several columns together, or of a list of codes or statuses;
  `CanNotBe`: that it cannot have it
"""

from __future__ import annotations

from typing import NamedTuple

from qingdan.rules.compiler.columns import Column
from qingdan.rules.compiler.derived import Derived

Range = tuple[int | None, int | None]
"""From a number, included, to a number, excluded; None: without limit."""


class InNumbers(NamedTuple):
    """True where the number lies in a range, and, if `missing`, where it is missing. Dates are days since 1970."""

    column: Column
    ranges: tuple[Range, ...]
    missing: bool

    @property
    def negation(self) -> InNumbers:
        return InNumbers(self.column, complement(self.ranges), not self.missing)


class InCodes(NamedTuple):
    """True for codes whose bit is set in `codes`, their places among the tree's `size` codes; `missing` as above."""

    column: Column
    codes: int
    missing: bool
    size: int

    @property
    def negation(self) -> InCodes:
        return InCodes(self.column, ((1 << self.size) - 1) & ~self.codes, not self.missing, self.size)


class CanBe(NamedTuple):
    """True where the derived fact can have the state at this place of `STATES`."""

    derived: Derived
    state: int

    @property
    def negation(self) -> CanNotBe:
        return CanNotBe(self.derived, self.state)


class CanNotBe(NamedTuple):
    """True where the derived fact cannot have the state."""

    derived: Derived
    state: int
    negated: bool = True

    @property
    def negation(self) -> CanBe:
        return CanBe(self.derived, self.state)


Literal = InNumbers | InCodes | CanBe | CanNotBe


def complement(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """The integers outside of ascending ranges that do not touch."""
    outside: list[Range] = []
    start: int | None = None
    open_below = True
    for low, high in ranges:
        if low is not None:
            outside.append((None if open_below else start, low))
        open_below, start = False, high
        if high is None:
            return tuple(outside)
    outside.append((None if open_below else start, None))
    return tuple(outside)
