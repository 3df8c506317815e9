"""Facts as small codes: what the literals of all rules together have to tell apart, column by column.

* `NumberCodes` : 0 missing, then the number's place among the cuts of all ranges asked of the column, exact at each
* `TreeCodes`   : 0 missing, then the code's place in its tree
* `StateBits`   : a derived fact, one bit for each state that it can have

A code is stored bit by bit ("slices"). Equal attributes of different sets of rules have equal content, so that
encoded columns can be kept and used again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.columns import Column
from qingdan.rules.compiler.derived import Derived
from qingdan.rules.compiler.literals import CanBe, CanNotBe, InCodes, InNumbers, Literal


@dataclass(frozen=True)
class NumberCodes:
    """Code 1 + number of cuts that the value reaches."""

    column: Column
    cuts: tuple[int, ...]

    @property
    def highest(self) -> int:
        return len(self.cuts) + 1

    @property
    def bits(self) -> int:
        return self.highest.bit_length()

    def codes_of(self, literal: InNumbers) -> int:
        """The codes for which a literal is true, as bits."""
        found = 1 if literal.missing else 0
        for low, high in literal.ranges:
            first = 1 if low is None else bisect_left(self.cuts, low) + 2
            last = self.highest if high is None else bisect_left(self.cuts, high) + 1
            found |= (1 << (last + 1)) - (1 << first)
        return found


@dataclass(frozen=True)
class TreeCodes:
    """Code 1 + place in the tree's list of codes."""

    column: Column
    highest: int

    @property
    def bits(self) -> int:
        return self.highest.bit_length()

    def codes_of(self, literal: InCodes) -> int:
        """The codes for which a literal is true, as bits."""
        return literal.codes << 1 | literal.missing


@dataclass(frozen=True)
class StateBits:
    """Bit `i` is set where the derived fact can have its `i`-th state."""

    derived: Derived

    @property
    def bits(self) -> int:
        return len(self.derived.states)


Attribute = NumberCodes | TreeCodes | StateBits


def by_fact(literals: Mapping[int, Literal]) -> dict[Column | Derived, dict[int, Any]]:
    """Literals by their gates, those of each column or derived fact together."""
    groups: dict[Column | Derived, dict[int, Any]] = {}
    for gate, literal in literals.items():
        fact = literal.derived if isinstance(literal, CanBe | CanNotBe) else literal.column
        groups.setdefault(fact, {})[gate] = literal
    return groups


def attribute_for(literals: Iterable[Any], catalogue: Catalogue) -> Attribute:
    """The attribute whose codes tell enough for some literals of one fact."""
    first, *_ = literals
    match first:
        case InNumbers(column=column):
            ends = {end for literal in literals for each in literal.ranges for end in each if end is not None}
            return NumberCodes(column, tuple(sorted(ends)))
        case InCodes(column=column):
            return TreeCodes(column, len(catalogue.tree_of(column.field).places))
    return StateBits(first.derived)


def columns_of(attribute: Attribute) -> tuple[Column, ...]:
    """The columns that an attribute is made from."""
    return attribute.derived.columns if isinstance(attribute, StateBits) else (attribute.column,)
