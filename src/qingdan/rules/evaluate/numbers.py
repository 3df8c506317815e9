"""Figures of an enterprise as spans: one number when it is known, what it can still be when it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

from qingdan.rules.catalogue import Catalogue, Field
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.states import Possible, truth
from qingdan.rules.language.parts import Figure, Op, Spread

Missing = tuple[tuple[str, str], ...]
"""Facts that were asked for and are not there: field and period ("" or a day for fields without one)."""


@dataclass(frozen=True)
class Context:
    """What a rule is evaluated with: `back` moves relative years (inside a window), `starts` are assumed first days
    of fields that are missing but bound a window."""

    catalogue: Catalogue
    facts: Facts
    fact_date: date
    back: int = 0
    starts: tuple[tuple[str, date], ...] = ()

    def start_of(self, name: str) -> date | None:
        assumed = dict(self.starts).get(name)
        found = assumed or self.facts.on(self.catalogue.field(name), self.fact_date)
        return found if isinstance(found, date) else None

    def without_missing_starts(self, names: set[str], first_year: int) -> Iterator[Context]:
        """This context; or, for date fields that are missing, one for each year in which the window can begin."""
        open_names = sorted(name for name in names if self.start_of(name) is None)
        years = range(min(first_year, self.fact_date.year), self.fact_date.year + 1)
        for choice in product(years, repeat=len(open_names)):
            days = tuple((name, date(year, 1, 1)) for name, year in zip(open_names, choice, strict=True))
            yield replace(self, starts=self.starts + days) if days else self


@dataclass(frozen=True)
class Span:
    """The least and greatest value in steps (None: without limit); every value between is possible too.

    `grid` is the distance between possible values. `undefined`: there is no figure at all, since no year counts.
    """

    low: Fraction | None
    high: Fraction | None
    grid: Fraction = Fraction(1)
    missing: Missing = ()
    undefined: bool = False

    @property
    def value(self) -> Fraction | None:
        """The number when there is only one."""
        return self.low if self.low is not None and self.low == self.high else None


def figure_span(figure: Figure, context: Context) -> Span:
    """The figure of the enterprise in steps of its field."""
    spec = context.catalogue.field(figure.field)
    spec.need_number()
    if figure.period is None:
        return _known(spec, context.facts.on(spec, context.fact_date), "")
    periods = figure_periods(figure, context)
    if not periods:
        return Span(None, None, undefined=True)
    spans = [_known(spec, context.facts.get(spec, period), period) for period in periods]
    if figure.spread is None:
        return spans[0]
    divisor = len(spans) if figure.spread is Spread.MEAN else 1
    lows, highs = [span.low for span in spans], [span.high for span in spans]
    return Span(
        None if None in lows else sum((low for low in lows if low is not None), Fraction()) / divisor,
        None if None in highs else sum((high for high in highs if high is not None), Fraction()) / divisor,
        Fraction(1, divisor),
        tuple(each for span in spans for each in span.missing),
    )


def figure_periods(figure: Figure, context: Context) -> list[str]:
    """The periods that a figure takes, the latest first; years before `since` are left out."""
    if figure.period is None:
        return []
    relative_back = 0 if figure.period.is_fixed else context.back
    periods = [figure.period.resolve(context.fact_date, relative_back + index) for index in range(figure.count)]
    if figure.since:
        start = context.start_of(figure.since)
        periods = [period for period in periods if start is not None and int(period) >= start.year]
    return periods


def _known(spec: Field, fact: object, period: str) -> Span:
    if isinstance(fact, int):
        return Span(Fraction(fact), Fraction(fact))
    low, high = spec.bounds()
    return Span(
        None if low is None else Fraction(low.__ceil__()),
        None if high is None else Fraction(high.__floor__()),
        missing=((spec.name, period),),
    )


def compare(low: Fraction | None, high: Fraction | None, op: Op, bound: Fraction, on_grid: bool = True) -> Possible:
    """Possible states of a number between `low` and `high` against a bound. `on_grid`: the bound can be reached."""
    if op is Op.AT_LEAST:
        return truth(high is None or high >= bound, low is None or low < bound)
    if op is Op.MORE_THAN:
        return truth(high is None or high > bound, low is None or low <= bound)
    if op is Op.AT_MOST:
        return truth(low is None or low <= bound, high is None or high > bound)
    if op is Op.LESS_THAN:
        return truth(low is None or low < bound, high is None or high >= bound)
    reachable = on_grid and (low is None or low <= bound) and (high is None or high >= bound)
    other = not (low is not None and low == high == bound)
    return truth(reachable, other) if op is Op.EQUAL else truth(other, reachable)
