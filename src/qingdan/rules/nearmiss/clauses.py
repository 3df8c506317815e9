"""What would make a single clause met, unmet, or anything else that it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from qingdan.rules.catalogue import FieldType
from qingdan.rules.evaluate.clauses import earlier_figure, ratio_factor, read_clause
from qingdan.rules.evaluate.numbers import Context, figure_periods
from qingdan.rules.evaluate.states import Possible
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Spread
from qingdan.rules.language.rule import State
from qingdan.rules.nearmiss.lines import Line, choices, field_limits, negated, solve
from qingdan.rules.nearmiss.plans import NOTHING_TO_DO, Asked, Demand, Desk, Key, Plan, cheapest
from qingdan.rules.values import months_before

Ways = dict[Possible, list[Plan]]
"""For each set of states that a condition can be brought to, the cheapest plans. What the facts say as they are
comes with the plan to do nothing."""

MET, UNMET = State.MET, State.UNMET
_Found = tuple[State, Plan]
_Wanted = tuple[State, list[Line], Iterable[Key]]
"""A state, lines that bring it about, and the facts to change first."""


def clause_ways(clause: c.Condition, context: Context, desk: Desk) -> Ways:
    """Everything that one clause can be brought to; RuleError as in `read_clause`."""
    now = read_clause(clause, context).possible
    found: dict[Possible, list[Plan]] = {now: [NOTHING_TO_DO]}
    for state, plan in _FINDERS[type(clause)](clause, context, desk):
        reached = frozenset({state})
        if reached != now:
            demands = {
                key: replace(demand, clauses=(Asked(clause, context.back),)) for key, demand in plan.demands.items()
            }
            found.setdefault(reached, []).append(Plan(demands, plan.cost))
    return {reached: cheapest(plans) for reached, plans in found.items()}


# ---- numbers

Terms = dict[Key, Fraction]


def figure_terms(figure: Figure, context: Context, desk: Desk) -> Terms | None:
    """A figure as facts times coefficients, in steps; None when no year counts."""
    spec = context.catalogue.field(figure.field)
    spec.need_number()
    if figure.period is None:
        return {desk.key(figure.field): Fraction(1)}
    periods = figure_periods(figure, context)
    share = Fraction(1, len(periods)) if figure.spread is Spread.MEAN and periods else Fraction(1)
    return {Key(figure.field, period): share for period in periods} or None


def _minus(top: Terms, factor: Fraction, base: Terms) -> Terms:
    return {key: top.get(key, Fraction()) - factor * base.get(key, Fraction()) for key in [*top, *base]}


def with_starts(figures: Sequence[Figure], context: Context, desk: Desk) -> Iterator[tuple[Context, dict[Key, Demand]]]:
    """This context; or, where a first day is missing, one for each year in which it can lie, with that demand."""
    bounded = [figure for figure in figures if figure.since]
    first = min(
        (int(period) for each in bounded for period in figure_periods(replace(each, since=""), context)),
        default=context.fact_date.year,
    )
    for assumed in context.without_missing_starts({each.since for each in bounded}, first):
        yield assumed, start_demands(context, assumed, first, desk)


def start_demands(context: Context, assumed: Context, first_year: int, desk: Desk) -> dict[Key, Demand]:
    """What the first days assumed in `assumed` and not in `context` demand: the year, or `first_year` or before."""
    demands = {}
    for name, day in assumed.starts[len(context.starts) :]:
        low = None if day.year <= first_year else day.toordinal()
        demands[desk.key(name)] = Demand(low, date(day.year, 12, 31).toordinal())
    return demands


def _numbers(
    figures: Sequence[Figure], context: Context, desk: Desk, lines: Callable[[Context], list[_Wanted]]
) -> Iterator[_Found]:
    """Solve what `lines` gives, a list of states with their lines, under every first day that is possible."""
    for assumed, demands in with_starts(figures, context, desk):
        start = desk.plan(demands)
        for state, wanted, preferred in lines(assumed):
            for plan in solve(wanted, desk, preferred):
                joined = desk.join(start, plan)
                if joined is not None:
                    yield state, joined


def _sides(terms: Terms | None, op: Op, bound: Fraction) -> list[_Wanted]:
    if terms is None:
        return []
    met: list[_Wanted] = [(MET, lines, ()) for lines in choices(terms, op, bound)]
    return met + [(UNMET, lines, ()) for lines in choices(terms, negated(op), bound)]


def _compare(clause: c.Compare, context: Context, desk: Desk) -> Iterator[_Found]:
    bound = context.catalogue.field(clause.figure.field).steps(clause.value)

    def lines(assumed: Context) -> list[_Wanted]:
        return _sides(figure_terms(clause.figure, assumed, desk), clause.op, bound)

    return _numbers([clause.figure], context, desk, lines)


def _between(clause: c.Between, context: Context, desk: Desk) -> Iterator[_Found]:
    spec = context.catalogue.field(clause.figure.field)
    low = Op.AT_LEAST if clause.low_included else Op.MORE_THAN
    high = Op.AT_MOST if clause.high_included else Op.LESS_THAN
    below, above = spec.steps(clause.low), spec.steps(clause.high)

    def lines(assumed: Context) -> list[_Wanted]:
        terms = figure_terms(clause.figure, assumed, desk)
        if terms is None:
            return []
        return [
            (MET, [Line(terms, low, below), Line(terms, high, above)], ()),
            (UNMET, [Line(terms, negated(low), below)], ()),
            (UNMET, [Line(terms, negated(high), above)], ()),
        ]

    return _numbers([clause.figure], context, desk, lines)


def _shares(
    top: Terms | None, base: Terms | None, op: Op, factor: Fraction, if_undefined: c.Undefined
) -> list[_Wanted]:
    """`top` against `factor` times a positive `base`; a base that is not positive leaves the share undefined.

    The top is changed first: the base only when that does not do.
    """
    if top is None or base is None:
        return []
    positive = Line(base, Op.MORE_THAN, Fraction())
    sides = _sides(_minus(top, factor, base), op, Fraction())
    shares: list[_Wanted] = [(state, [*lines, positive], top) for state, lines, _ in sides]
    return [*shares, (State(if_undefined.value), [Line(base, Op.AT_MOST, Fraction())], ())]


def _ratio(clause: c.Ratio, context: Context, desk: Desk) -> Iterator[_Found]:
    factor = ratio_factor(clause, context.catalogue)

    def lines(assumed: Context) -> list[_Wanted]:
        terms = [figure_terms(each, assumed, desk) for each in (clause.numerator, clause.denominator)]
        return _shares(terms[0], terms[1], clause.op, factor, clause.if_undefined)

    return _numbers([clause.numerator, clause.denominator], context, desk, lines)


def _growth(clause: c.Growth, context: Context, desk: Desk) -> Iterator[_Found]:
    before = earlier_figure(clause, context)

    def lines(assumed: Context) -> list[_Wanted]:
        terms = [figure_terms(each, assumed, desk) for each in (clause.figure, before)]
        return _shares(terms[0], terms[1], clause.op, clause.factor, clause.if_undefined)

    return _numbers([clause.figure, before], context, desk, lines)


def _rank(clause: c.Rank, context: Context, desk: Desk) -> Iterator[_Found]:
    figures = [clause.figure, *([clause.among] if clause.among else [])]

    def lines(assumed: Context) -> list[_Wanted]:
        terms = [figure_terms(each, assumed, desk) for each in figures]
        if clause.share is None:
            return _sides(terms[0], Op.AT_MOST, Fraction(clause.top or 0))
        return _shares(terms[0], terms[1], Op.AT_MOST, clause.share, c.Undefined.MANUAL)

    return _numbers(figures, context, desk, lines)


# ---- yes or no, days


def _one(desk: Desk, key: Key, demand: Demand) -> Plan:
    return desk.plan({key: demand})


def _flag(clause: c.Flag | c.Attest | c.Judgement, context: Context, desk: Desk) -> Iterator[_Found]:
    expected = clause.expected if isinstance(clause, c.Flag) else True
    for state, value in ((MET, expected), (UNMET, not expected)):
        yield state, _one(desk, desk.key(clause.field), Demand(choices=(value,)))


def _age(clause: c.Age, context: Context, desk: Desk) -> Iterator[_Found]:
    """Ages are full from one day on, so the days that fit reach up to a latest one or down from an earliest one."""
    today = clause.on or context.fact_date
    guess = months_before(today, clause.months).toordinal()
    near = [day for day in range(guess - 4, guess + 5) if 0 < day <= date.max.toordinal()]
    full = {day: months_before(date.fromordinal(day), -clause.months) for day in near}
    # The latest day whose months are full by today, or were so before today.
    strict = clause.op in (Op.MORE_THAN, Op.AT_MOST)
    latest = max((day for day in near if full[day] < today or (full[day] == today and not strict)), default=None)
    if latest is None:
        return
    old, young = Demand(high=latest), Demand(low=latest + 1)
    met, unmet = (old, young) if clause.op.is_lower_bound else (young, old)
    yield MET, _one(desk, desk.key(clause.field), met)
    yield UNMET, _one(desk, desk.key(clause.field), unmet)


def _date_window(clause: c.DateWindow, context: Context, desk: Desk) -> Iterator[_Found]:
    start = clause.start.toordinal() if clause.start else None
    end = clause.end.toordinal() if clause.end else None
    key = desk.key(clause.field)
    if start is None or end is None or start <= end:
        yield MET, _one(desk, key, Demand(start, end))
    if start is not None and start > 1:
        yield UNMET, _one(desk, key, Demand(high=start - 1))
    if end is not None and end < date.max.toordinal():
        yield UNMET, _one(desk, key, Demand(low=end + 1))


def met_from(clause: c.Condition, context: Context) -> date | None:
    """The day from which an unmet clause is met if nothing changes but the date; None when waiting does not help."""
    if isinstance(clause, c.Age):
        found = context.facts.on(context.catalogue.field(clause.field), context.fact_date)
        if clause.on or not clause.op.is_lower_bound or not isinstance(found, date):
            return None
        day = months_before(found, -clause.months).toordinal() + (clause.op is Op.MORE_THAN)
        return date.fromordinal(day)
    if isinstance(clause, c.RecordFree | c.HoldsStatus):
        found = context.facts.on(context.catalogue.field(clause.field), context.fact_date)
        tree = context.catalogue.tree_of(clause.field)
        fitting = [
            each
            for each in (found if isinstance(found, tuple) else ())
            if not clause.codes or tree.is_under(each.code, clause.codes, context.fact_date)
        ]
        if isinstance(clause, c.HoldsStatus):
            return min((each.start for each in fitting if each.start > context.fact_date), default=None)
        ends = [each.end for each in fitting]
        if not ends or None in ends:
            return None
        return months_before(max(end for end in ends if end is not None), -clause.months)
    return None


# ---- codes, titles, records


def _in_codes(clause: c.InCodes, context: Context, desk: Desk) -> Iterator[_Found]:
    tree = context.catalogue.tree_of(clause.field)
    found = context.facts.on(context.catalogue.field(clause.field), context.fact_date)
    if context.catalogue.field(clause.field).type is FieldType.CODES:
        held = found if isinstance(found, frozenset) else frozenset()
        inside = sorted(code for code in held if tree.is_under(code, clause.codes, context.fact_date))
        one_in, none_in = _members(desk.key(clause.field), clause.codes, inside, found is None, desk)
        yield from ((MET, one_in), (UNMET, none_in))
        return
    codes = list(dict.fromkeys([*clause.codes, *(each.code for each in tree.codes)]))
    under = [code for code in codes if tree.is_under(code, clause.codes, context.fact_date)]
    for state, fitting in ((MET, under), (UNMET, [code for code in codes if code not in under])):
        if fitting:
            yield state, _one(desk, desk.key(clause.field), Demand(choices=tuple(fitting)))


def _members(key: Key, codes: tuple[str, ...], inside: Iterable[Any], missing: bool, desk: Desk) -> tuple[Plan, Plan]:
    """Of a set: the plans that one of `codes` is in it, and that what is `inside` no longer is."""
    gone = {key._replace(item=codes)} if missing else {key._replace(item=each) for each in inside}
    return (
        _one(desk, key._replace(item=codes), Demand(choices=(True,))),
        desk.plan({each: Demand(choices=(False,)) for each in gone}),
    )


def _statuses(clause: c.HoldsStatus | c.RecordFree, context: Context, desk: Desk) -> Iterator[_Found]:
    tree, today = context.catalogue.tree_of(clause.field), context.fact_date
    found = context.facts.on(context.catalogue.field(clause.field), today)
    inside = []
    for status in found if isinstance(found, tuple) else ():
        fits = not clause.codes or tree.is_under(status.code, clause.codes, today)
        last = status.end or date.max
        if isinstance(clause, c.RecordFree):
            counts = today < months_before(min(last, today), -clause.months)
        else:
            counts = today <= last
        if fits and counts and status.start <= today:
            inside.append(status)
    held, gone = _members(desk.key(clause.field), clause.codes, inside, found is None, desk)
    inverted = isinstance(clause, c.RecordFree)
    yield from ((UNMET, held), (MET, gone)) if inverted else ((MET, held), (UNMET, gone))


_FINDERS: dict[type[c.Condition], Callable[[Any, Context, Desk], Iterator[_Found]]] = {
    c.Compare: _compare,
    c.Between: _between,
    c.Ratio: _ratio,
    c.Growth: _growth,
    c.Rank: _rank,
    c.Flag: _flag,
    c.Attest: _flag,
    c.Judgement: _flag,
    c.InCodes: _in_codes,
    c.HoldsStatus: _statuses,
    c.RecordFree: _statuses,
    c.Age: _age,
    c.DateWindow: _date_window,
}


# ---- points for pieces

PieceWays = dict[frozenset[tuple[Fraction, Fraction]], list[Plan]]


def piece_ways(piece: c.PerPiece, context: Context, desk: Desk) -> PieceWays:
    """Every number of points that an item of pieces can be brought to."""
    step, enough = context.catalogue.field(piece.figure.field).step, piece.pieces_to_cap
    terms = figure_terms(piece.figure, context, desk)

    def points(pieces: int) -> tuple[Fraction, Fraction]:
        total = min(Fraction(piece.cap), pieces * Fraction(piece.points))
        return total, total

    found: PieceWays = {}
    if terms is None:
        return {frozenset(points(pieces) for pieces in range(enough + 1)): [NOTHING_TO_DO]}
    ends = [_total(terms, desk, worst) for worst in (0, 1)]
    least = 0 if ends[0] is None else min(enough, max(0, (ends[0] * step).__floor__()))
    most = enough if ends[1] is None else min(enough, max(0, (ends[1] * step).__floor__()))
    found[frozenset(points(pieces) for pieces in range(least, most + 1))] = [NOTHING_TO_DO]
    for pieces in range(enough + 1):
        lines = [] if pieces == 0 else [Line(terms, Op.AT_LEAST, pieces / step)]
        lines += [] if pieces == enough else [Line(terms, Op.LESS_THAN, (pieces + 1) / step)]
        if (least, most) != (pieces, pieces):
            plans = solve(lines, desk)
            if plans:
                found.setdefault(frozenset({points(pieces)}), []).extend(plans)
    return found


def _total(terms: Terms, desk: Desk, side: int) -> Fraction | None:
    total = Fraction()
    for key, coefficient in terms.items():
        value = desk.now(key)
        number = value if isinstance(value, int) else field_limits(key, desk)[side]
        if number is None:
            return None
        total += coefficient * number
    return total
