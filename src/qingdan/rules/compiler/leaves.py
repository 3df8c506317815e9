"""Clauses to literals: what `evaluate.clauses` decides for one enterprise, as ranges and codes for all.

The clauses of one number, day or code become ranges of its column. What depends on several columns, or on lists,
becomes a derived fact. What missing facts leave open comes from the same bounds and trees as in the evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

from qingdan.rules.catalogue import Catalogue, FieldType
from qingdan.rules.compiler.circuit import FALSE, TRUE, Circuit, Rails
from qingdan.rules.compiler.columns import Column, days
from qingdan.rules.compiler.derived import FigureColumns, ListFact, ShareFact, SpreadFact
from qingdan.rules.compiler.literals import CanBe, InCodes, InNumbers, Range, complement
from qingdan.rules.errors import RuleError, Words
from qingdan.rules.evaluate.clauses import earlier_figure, ratio_factor
from qingdan.rules.evaluate.numbers import Context, figure_periods
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Spread
from qingdan.rules.language.rule import State
from qingdan.rules.values import Value, months_before

Ranges = tuple[Range, ...]
MANUAL = Rails.always([State.MANUAL])


class Leaves:
    """Makes the literals of clauses in one circuit, for one catalogue and fact date."""

    def __init__(self, circuit: Circuit, catalogue: Catalogue, fact_date: date) -> None:
        self.circuit, self.catalogue, self.fact_date = circuit, catalogue, fact_date
        self._steps: dict[tuple[str, Value], Fraction] = {}

    def rails(self, clause: c.Condition, context: Context) -> Rails:
        """The rails of a clause whose windows' first days are assumed in `context`; RuleError as the evaluator."""
        return _MAKERS[type(clause)](self, clause, context)

    # ---- numbers

    def figure(self, figure: Figure, context: Context) -> FigureColumns | None:
        """The columns of a figure; None when no period counts."""
        spec = self.catalogue.field(figure.field)
        spec.need_number()
        periods = figure_periods(figure, context) if figure.period else [""]
        if not periods:
            return None
        low, high = spec.bounds()
        return FigureColumns(
            columns=tuple(Column(figure.field, period) for period in periods),
            divisor=len(periods) if figure.spread is Spread.MEAN else 1,
            low=None if low is None else low.__ceil__(),
            high=None if high is None else high.__floor__(),
        )

    def within(self, figure: FigureColumns, ranges: Ranges) -> Rails:
        """Met when the sum of the figure's columns lies in one of `ranges`."""
        outside = complement(ranges)
        if len(figure.columns) > 1:
            fact = SpreadFact(figure, ranges, outside)
            return Rails(*(self.circuit.literal(CanBe(fact, side)) for side in (0, 1)))
        column = figure.columns[0]
        return Rails(*(self._number(column, each, _touches(figure, each)) for each in (ranges, outside)))

    def unknown(self, field: str) -> int:
        """The gate that a field without period is missing."""
        return self._number(Column(field, ""), (), missing=True)

    def _number(self, column: Column, ranges: Ranges, missing: bool) -> int:
        if not ranges and not missing:
            return FALSE
        if missing and ranges == ((None, None),):
            return TRUE
        return self.circuit.literal(InNumbers(column, ranges, missing))

    def steps(self, field: str, value: Value) -> Fraction:
        """A value in steps of a field; the same few values stand in many rules."""
        found = self._steps.get((field, value))
        if found is None:
            found = self._steps[field, value] = self.catalogue.field(field).steps(value)
        return found

    def _compare(self, clause: c.Compare, context: Context) -> Rails:
        figure = self.figure(clause.figure, context)
        bound = self.steps(clause.figure.field, clause.value)
        return self.within(figure, _ranges(clause.op, bound * figure.divisor)) if figure else MANUAL

    def _between(self, clause: c.Between, context: Context) -> Rails:
        low, high = (self.steps(clause.figure.field, end) for end in (clause.low, clause.high))
        figure = self.figure(clause.figure, context)
        if figure is None:
            return MANUAL
        low, high = low * figure.divisor, high * figure.divisor
        first = low.__floor__() + 1 if not clause.low_included else low.__ceil__()
        last = high.__ceil__() - 1 if not clause.high_included else high.__floor__()
        return self.within(figure, ((first, last + 1),) if first <= last else ())

    def _ratio(self, clause: c.Ratio, context: Context) -> Rails:
        top, bottom = self.figure(clause.numerator, context), self.figure(clause.denominator, context)
        return self._share(top, bottom, clause.op, ratio_factor(clause, self.catalogue), clause.if_undefined)

    def _growth(self, clause: c.Growth, context: Context) -> Rails:
        now = self.figure(clause.figure, context)
        before = self.figure(earlier_figure(clause, context), context)
        return self._share(now, before, clause.op, clause.factor, clause.if_undefined)

    def _share(
        self, top: FigureColumns | None, bottom: FigureColumns | None, op: Op, factor: Fraction, undefined: c.Undefined
    ) -> Rails:
        if top is None or bottom is None:
            return Rails.always([State(undefined.value)])
        fact = ShareFact(top, bottom, op, factor.numerator, factor.denominator, undefined)
        sides = (self.circuit.literal(CanBe(fact, side)) if side in fact.states else FALSE for side in range(4))
        return Rails(*sides)

    def _rank(self, clause: c.Rank, context: Context) -> Rails:
        figure = self.figure(clause.figure, context)
        if clause.share is not None and clause.among is not None:
            among = self.figure(clause.among, context)
            return self._share(figure, among, Op.AT_MOST, clause.share, c.Undefined.MANUAL)
        if figure is None:
            return Rails(TRUE, TRUE)
        return self.within(figure, _ranges(Op.AT_MOST, Fraction(clause.top or 0) * figure.divisor))

    # ---- other facts

    def _column(self, field: str, *kinds: FieldType) -> Column:
        spec = self.catalogue.field(field)
        if spec.type not in kinds:
            raise RuleError(
                Words(f"“{spec.chinese}”的类型不适合此条件", f"the type of '{field}' does not fit this condition"),
                Words(f"该字段的类型是 {spec.type}", f"the field is of type {spec.type}"),
            )
        return Column(field, "")

    def _yes(self, field: str, expected: bool) -> Rails:
        column = self._column(field, FieldType.BOOLEAN)
        yes, no = (self._number(column, ranges, True) for ranges in (((1, None),), ((None, 1),)))
        return Rails(yes, no) if expected else Rails(no, yes)

    def _flag(self, clause: c.Flag, context: Context) -> Rails:
        return self._yes(clause.field, clause.expected)

    def _attest(self, clause: c.Attest, context: Context) -> Rails:
        return self._yes(clause.field, True)

    def _judgement(self, clause: c.Judgement, context: Context) -> Rails:
        if not clause.field:
            return MANUAL
        column = self._column(clause.field, FieldType.BOOLEAN)
        return Rails(
            met=self._number(column, ((1, None),), missing=False),
            unmet=self._number(column, ((None, 1),), missing=False),
            manual=self._number(column, (), missing=True),
        )

    def _in_codes(self, clause: c.InCodes, context: Context) -> Rails:
        column = self._column(clause.field, FieldType.CODE, FieldType.CODES)
        tree = self.catalogue.tree_of(clause.field)
        inside, every = tree.places_under(clause.codes, self.fact_date), (1 << len(tree.places)) - 1
        single = self.catalogue.field(clause.field).type is FieldType.CODE
        can_be, can_not = bool(inside), not single or inside != every
        if not single:
            fact = ListFact(column, inside, len(tree.places), can_be=can_be, can_not=can_not)
            return Rails(*(self.circuit.literal(CanBe(fact, side)) for side in (0, 1)))
        met = self.circuit.literal(InCodes(column, inside, can_be, len(tree.places))) if can_be else FALSE
        outside = every & ~inside
        if not can_not:
            return Rails(met, FALSE)
        return Rails(met, self.circuit.literal(InCodes(column, outside, can_not, len(tree.places))))

    def _listed(self, field: str, codes: tuple[str, ...], ends_after: int) -> tuple[int, int]:
        """The gates that a status of `codes` (none: any) begun by the fact date, and lasting until `ends_after`, is,
        and is not, on the list."""
        column = self._column(field, FieldType.STATUSES)
        tree = self.catalogue.tree_of(field)
        places = tree.places_under(codes, self.fact_date) if codes else None
        fact = ListFact(column, places, len(tree.places), started_by=days(self.fact_date), ends_after=ends_after)
        return self.circuit.literal(CanBe(fact, 0)), self.circuit.literal(CanBe(fact, 1))

    def _holds_status(self, clause: c.HoldsStatus, context: Context) -> Rails:
        return Rails(*self._listed(clause.field, clause.codes, days(self.fact_date)))

    def _record_free(self, clause: c.RecordFree, context: Context) -> Rails:
        today = self.fact_date
        free = _last_day(lambda day: months_before(day, -clause.months) <= today, months_before(today, clause.months))
        on_list, off_list = self._listed(clause.field, clause.codes, free + 1)
        return Rails(met=off_list, unmet=on_list)

    def _age(self, clause: c.Age, context: Context) -> Rails:
        today = clause.on or self.fact_date
        # Full on the day of the anniversary: `old` is the last first day of those that are old enough.
        old = _last_day(lambda day: months_before(day, -clause.months) <= today, months_before(today, clause.months))
        older = _last_day(lambda day: months_before(day, -clause.months) < today, months_before(today, clause.months))
        ranges: dict[Op, Ranges] = {
            Op.AT_LEAST: ((None, old + 1),),
            Op.MORE_THAN: ((None, older + 1),),
            Op.AT_MOST: ((older + 1, None),),
            Op.LESS_THAN: ((old + 1, None),),
        }
        return self._dates(clause.field, ranges[clause.op], True)

    def _date_window(self, clause: c.DateWindow, context: Context) -> Rails:
        start, end = clause.start, clause.end
        if start is not None and end is not None and start > end:
            return self._dates(clause.field, (), False)
        low, high = None if start is None else days(start), None if end is None else days(end) + 1
        return self._dates(clause.field, ((low, high),), True)

    def _dates(self, field: str, ranges: Ranges, can_be: bool) -> Rails:
        column = self._column(field, FieldType.DATE)
        return Rails(self._number(column, ranges, can_be), self._number(column, complement(ranges), True))

    # ---- first days of windows

    def begun_in(
        self, names: tuple[str, ...], years: range, first: int | None
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Every choice of first years of the date fields `names`: the gate that says it is open, and the years.

        Years before and after `years` count as its ends. Where a day is missing, every year from `first` to the fact
        date's is open; none when `first` is None.
        """
        this_year = self.fact_date.year
        assumed = range(0) if first is None else range(min(first, this_year), this_year + 1)
        missing = {min(max(year, years[0]), years[-1]) for year in assumed}
        for choice in product(years, repeat=len(names)):
            gates = []
            for name, year in zip(names, choice, strict=True):
                low = None if year == years[0] else days(date(year, 1, 1))
                high = None if year == years[-1] else days(date(year + 1, 1, 1))
                column = self._column(name, FieldType.DATE)
                gates.append(self._number(column, ((low, high),), year in missing))
            yield self.circuit.all(gates), choice


def assume(context: Context, names: tuple[str, ...], choice: tuple[int, ...]) -> Context:
    """The context with first days in the chosen years."""
    starts = tuple((name, date(year, 1, 1)) for name, year in zip(names, choice, strict=True))
    return replace(context, starts=context.starts + starts)


def years_of(figure: Figure, context: Context) -> list[int]:
    """The years that a figure can take, whatever its first day."""
    return [int(period) for period in figure_periods(replace(figure, since=""), context)]


def _touches(figure: FigureColumns, ranges: Ranges) -> bool:
    """Whether a missing figure can lie in one of `ranges`."""
    low, high = figure.low, figure.high
    return any(
        (start is None or high is None or high >= start) and (end is None or low is None or low < end)
        for start, end in ranges
    )


def _ranges(op: Op, bound: Fraction) -> Ranges:
    """The whole numbers on the right side of a bound."""
    match op:
        case Op.AT_LEAST:
            return ((bound.__ceil__(), None),)
        case Op.MORE_THAN:
            return ((bound.__floor__() + 1, None),)
        case Op.AT_MOST:
            return ((None, bound.__floor__() + 1),)
        case Op.LESS_THAN:
            return ((None, bound.__ceil__()),)
    only: Ranges = ((int(bound), int(bound) + 1),) if bound.denominator == 1 else ()
    return only if op is Op.EQUAL else complement(only)


def _last_day(holds: Callable[[date], bool], near: date) -> int:
    """The last day, near `near`, up to which `holds` is true, in days since 1970; it turns false once."""
    day = min(near.toordinal() + 4, date.max.toordinal())
    while day >= 1 and not holds(date.fromordinal(day)):
        day -= 1
    return days(date.fromordinal(day)) if day else days(date.min) - 1


_MAKERS: dict[type[c.Condition], Callable[[Leaves, Any, Context], Rails]] = {
    c.Compare: Leaves._compare,
    c.Between: Leaves._between,
    c.Ratio: Leaves._ratio,
    c.Growth: Leaves._growth,
    c.Rank: Leaves._rank,
    c.Flag: Leaves._flag,
    c.Attest: Leaves._attest,
    c.Judgement: Leaves._judgement,
    c.InCodes: Leaves._in_codes,
    c.HoldsStatus: Leaves._holds_status,
    c.RecordFree: Leaves._record_free,
    c.Age: Leaves._age,
    c.DateWindow: Leaves._date_window,
}
