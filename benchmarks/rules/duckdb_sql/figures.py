"""Numbers of the enterprise as exact integer SQL expressions: one value when known, its limits when missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

from benchmarks.rules.duckdb_sql.states import NO, YES, every, negated
from qingdan.rules.catalogue import Catalogue, Field, PeriodKind
from qingdan.rules.language.parts import Figure, Spread
from qingdan.rules.values import months_before

WIDEST = 125
"""Bits of a HUGEINT that an expression may use."""


class Untranslatable(Exception):
    """A condition that this translation cannot express, with the reason."""


@dataclass(frozen=True)
class Scope:
    """What a condition is read with: the register's columns, the fact date, how far a window has moved years back,
    and the years that are assumed as the beginning of `since` fields."""

    catalogue: Catalogue
    columns: frozenset[str]
    fact_date: date
    back: int = 0
    starts: tuple[tuple[str, int], ...] = ()

    def column(self, field: Field, period: str = "") -> str:
        """The column of one fact, NULL when the register has none."""
        name = f"{field.name}@{period}" if period else field.name
        return f'"{name}"' if name in self.columns else "NULL"

    def on_fact_date(self, name: str) -> str:
        """A field's state on the fact date: of fields as of a day the latest that is not too old."""
        field = self.catalogue.field(name)
        if field.period is not PeriodKind.AS_OF:
            return self.column(field)
        oldest = months_before(self.fact_date, field.fresh_months) if field.fresh_months else date.min
        days = sorted(each.partition("@")[2] for each in self.columns if each.partition("@")[0] == name)
        fresh = [day for day in reversed(days) if oldest.isoformat() <= day <= self.fact_date.isoformat()]
        return f"COALESCE({', '.join(self.column(field, day) for day in fresh)}, NULL)" if fresh else "NULL"

    def start_year(self, name: str) -> str:
        return f"year({self.on_fact_date(name)}::DATE)"

    def with_start(self, name: str, year: int) -> Scope:
        return replace(self, starts=(*self.starts, (name, year)))


@dataclass(frozen=True)
class Span:
    """The least and greatest value, in `parts` of a step, as HUGEINT; NULL: without limit. `undefined`: no year
    counts, so there is no figure."""

    low: str
    high: str
    parts: int = 1
    undefined: bool = False


def span_of(figure: Figure, scope: Scope) -> Span:
    """The figure in steps of its field; every `since` has its assumed year in the scope."""
    field = scope.catalogue.field(figure.field)
    field.need_number()
    if figure.period is None:
        return Span(*_limits(field, scope.on_fact_date(figure.field)))
    periods = counted_periods(figure, scope)
    if not periods:
        return Span("NULL::HUGEINT", "NULL::HUGEINT", undefined=True)
    limits = [_limits(field, scope.column(field, period)) for period in periods]
    divided = figure.spread is Spread.MEAN
    lows, highs = (" + ".join(side) for side in zip(*limits, strict=True))
    return Span(f"({lows})", f"({highs})", len(periods) if divided else 1)


def _limits(field: Field, column: str) -> tuple[str, str]:
    low = None if field.minimum is None else field.steps(field.minimum).__ceil__()
    high = None if field.maximum is None else field.steps(field.maximum).__floor__()
    ends = ("NULL" if each is None else str(each) for each in (low, high))
    return tuple(f"COALESCE({column}::HUGEINT, {end}::HUGEINT)" for end in ends)  # type: ignore[return-value]


def all_periods(figure: Figure, scope: Scope) -> list[str]:
    """The periods of a figure, the latest first, as if `since` were not there."""
    if figure.period is None:
        return []
    back = 0 if figure.period.is_fixed else scope.back
    return [figure.period.resolve(scope.fact_date, back + index) for index in range(figure.count)]


def counted_periods(figure: Figure, scope: Scope) -> list[str]:
    start = dict(scope.starts).get(figure.since, 0) if figure.since else 0
    return [period for period in all_periods(figure, scope) if not figure.since or int(period) >= start]


def open_starts(figures: list[Figure], scope: Scope) -> list[str]:
    """The `since` fields of these figures for which no year is assumed."""
    assumed = dict(scope.starts)
    return sorted({figure.since for figure in figures if figure.since and figure.since not in assumed})


def by_first_year(figures: list[Figure], earliest_open: int, scope: Scope) -> Iterator[tuple[str, Scope]]:
    """Every first year that makes a difference to these figures: when it applies to the row, and the scope with it.

    The rows that have no day of their own apply to each year from `earliest_open` to the fact date's.
    """
    names = open_starts(figures, scope)
    years = [int(period) for figure in figures if figure.since for period in all_periods(figure, scope)]
    classes = range(min(years), max(years) + 2) if years else range(0)
    if len(classes) ** len(names) > 400:
        raise Untranslatable("more than 400 combinations of first years")
    for chosen in product(classes, repeat=len(names)):
        inner, applies = scope, []
        for name, year in zip(names, chosen, strict=True):
            applies.append(starts_in(name, year, classes, earliest_open, scope))
            inner = inner.with_start(name, year)
        yield every(applies), inner


def starts_in(name: str, year: int, classes: range, earliest_open: int, scope: Scope) -> str:
    """Whether `year` is the first year of the row: earlier ones count as the first of `classes`, later ones as the
    last. A missing day can be in any year from `earliest_open` to the fact date's."""
    sign = "<=" if year == classes[0] else ">=" if year == classes[-1] else "="
    this_year = scope.fact_date.year
    can_be = {min(max(each, classes[0]), classes[-1]) for each in range(min(earliest_open, this_year), this_year + 1)}
    return f"COALESCE({scope.start_year(name)} {sign} {year}, {YES if year in can_be else NO})"


# ---- comparing


def need_width(*factors: int) -> None:
    """Facts have 63 bits and sums of a hundred 7 more; Untranslatable when the factors do not fit beside them."""
    if 70 + sum(abs(factor).bit_length() for factor in factors) > WIDEST:
        raise Untranslatable("numbers too long for 128 bits")


def or_open(comparison: str) -> str:
    """A comparison with a limit; without limit it can always come out true."""
    return f"COALESCE({comparison}, TRUE)"


def holds(low: str, high: str, op: str, bound: Fraction, parts: int = 1) -> tuple[str, str]:
    """Whether a number between two limits, in `parts` of a step, can hold and can fail against `bound` steps."""
    scale, limit = bound.denominator, bound.numerator * parts
    need_width(scale, 1)
    need_width(limit)

    def can(end: str, sign: str) -> str:
        return or_open(f"{end} * {scale}::HUGEINT {sign} {limit}::HUGEINT")

    match op:
        case ">=":
            return can(high, ">="), can(low, "<")
        case ">":
            return can(high, ">"), can(low, "<=")
        case "<=":
            return can(low, "<="), can(high, ">")
        case "<":
            return can(low, "<"), can(high, ">=")
    reachable = NO if limit % scale else every([can(low, "<="), can(high, ">=")])
    is_it = f"COALESCE({low} * {scale}::HUGEINT = {limit}::HUGEINT AND {low} = {high}, FALSE)"
    return (reachable, negated(is_it)) if op == "=" else (negated(is_it), reachable)
