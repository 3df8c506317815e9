"""Amounts that grow with a figure, as exact fractions of fen before rounding.

A figure comes as a sum of whole steps and the divisor of its mean; each function gives numerators and one common
denominator. Below zero there is nothing to pay: rounding makes zero of what is negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from qingdan.rules.amounts.integers import added, at_least, at_most, divided, full, plus, times
from qingdan.rules.compiler.columns import Numbers


class Fractions(NamedTuple):
    """Numerators over one positive denominator."""

    numerators: Numbers
    denominator: int


@dataclass(frozen=True)
class Proportional:
    """So many fen for each step of the figure."""

    fen_per_step: Fraction

    @property
    def grows(self) -> bool:
        return self.fen_per_step > 0

    def of(self, totals: Numbers, divisor: int) -> Fractions:
        share = self.fen_per_step / divisor
        return Fractions(times(totals, share.numerator), share.denominator)


@dataclass(frozen=True)
class WholeUnits:
    """So many fen for each whole unit of `steps` steps."""

    steps: Fraction
    fen: int

    @property
    def grows(self) -> bool:
        return self.fen > 0

    def of(self, totals: Numbers, divisor: int) -> Fractions:
        unit = self.steps * divisor
        units = at_least(divided(times(totals, unit.denominator), unit.numerator), 0)
        return Fractions(times(units, self.fen), 1)


class Part(NamedTuple):
    """The rate on what lies between two amounts in fen; no end: all above."""

    start: int
    end: int | None
    rate: Fraction


@dataclass(frozen=True)
class Progressive:
    """Each part of a figure, of so many fen a step, at its own rate."""

    fen_per_step: Fraction
    parts: tuple[Part, ...]

    @property
    def grows(self) -> bool:
        return any(part.rate > 0 and (part.end is None or part.end > part.start) for part in self.parts)

    def of(self, totals: Numbers, divisor: int) -> Fractions:
        fen = self.fen_per_step / divisor
        scaled = times(totals, fen.numerator)
        common = lcm(*(part.rate.denominator for part in self.parts))
        paid = full(len(totals), 0)
        for start, end, rate in self.parts:
            inside = scaled if end is None else at_most(scaled, end * fen.denominator)
            inside = at_least(plus(inside, -start * fen.denominator), 0)
            paid = added(paid, times(inside, int(rate * common)))
        return Fractions(paid, common * fen.denominator)


Growth = Proportional | WholeUnits | Progressive
