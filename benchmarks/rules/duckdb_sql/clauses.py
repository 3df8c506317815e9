"""The leaves as SQL over the register's raw columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from benchmarks.rules.duckdb_sql.figures import (
    Scope,
    Span,
    Untranslatable,
    all_periods,
    by_first_year,
    holds,
    need_width,
    open_starts,
    or_open,
    span_of,
)
from benchmarks.rules.duckdb_sql.states import NO, YES, Can, choice, every, negated
from qingdan.rules.catalogue import FieldType
from qingdan.rules.evaluate.clauses import ratio_unit
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure


def clause_sql(clause: c.Condition, scope: Scope) -> Can:
    """What one clause can be; where years before a day do not count, one branch for every first year."""
    write = _WRITERS.get(type(clause))
    if write is None:
        raise Untranslatable(f"no SQL for '{clause.tag}'")
    own = [value for value in vars(clause).values() if isinstance(value, Figure) and value.since]
    if not open_starts(own, scope):
        return write(clause, scope)
    earliest = min(int(period) for figure in own for period in all_periods(figure, scope))
    read = [*own, _earlier(clause, scope)] if isinstance(clause, c.Growth) else own
    branches = by_first_year(read, earliest, scope)
    return choice((applies, write(clause, inner)) for applies, inner in branches)


# ---- numbers


def _compare(clause: c.Compare, scope: Scope) -> Can:
    bound = scope.catalogue.field(clause.figure.field).steps(clause.value)
    span = span_of(clause.figure, scope)
    if span.undefined:
        return Can(manual=YES)
    return Can(*holds(span.low, span.high, clause.op.value, bound, span.parts))


def _between(clause: c.Between, scope: Scope) -> Can:
    field = scope.catalogue.field(clause.figure.field)
    span = span_of(clause.figure, scope)
    if span.undefined:
        return Can(manual=YES)
    low, high = field.steps(clause.low) * span.parts, field.steps(clause.high) * span.parts
    first = low.__ceil__() + (1 if low.denominator == 1 and not clause.low_included else 0)
    last = high.__floor__() - (1 if high.denominator == 1 and not clause.high_included else 0)
    need_width(first)
    need_width(last)
    lowest, highest = f"COALESCE({span.low}, {first}::HUGEINT)", f"COALESCE({span.high}, {last}::HUGEINT)"
    overlap = f"(GREATEST({lowest}, {first}::HUGEINT) <= LEAST({highest}, {last}::HUGEINT))"
    inside = f"COALESCE({span.low} >= {first}::HUGEINT AND {span.high} <= {last}::HUGEINT, FALSE)"
    return Can(overlap, negated(inside))


def _ratio(clause: c.Ratio, scope: Scope) -> Can:
    top, bottom = (scope.catalogue.field(each.field) for each in (clause.numerator, clause.denominator))
    factor = clause.bound * ratio_unit(clause, top, bottom) * bottom.step / top.step
    spans = span_of(clause.numerator, scope), span_of(clause.denominator, scope)
    return _share(*spans, clause.op.value, factor, clause.if_undefined)


def _growth(clause: c.Growth, scope: Scope) -> Can:
    now, before = span_of(clause.figure, scope), span_of(_earlier(clause, scope), scope)
    return _share(now, before, clause.op.value, clause.factor, clause.if_undefined)


def _earlier(clause: c.Growth, scope: Scope) -> Figure:
    """The same figure `years` earlier, its period written out."""
    period = clause.figure.period
    if period is None or period.is_month:
        raise Untranslatable("growth without years")
    year = period.resolve(scope.fact_date, clause.years + (0 if period.is_fixed else scope.back))
    return replace(clause.figure, period=replace(period, written=year))


def _share(top: Span, bottom: Span, op: str, factor: Fraction, if_undefined: c.Undefined) -> Can:
    """`top` against `factor` times `bottom`, cross-multiplied; what is undefined when `bottom` is zero or less."""
    if top.undefined or bottom.undefined:
        return _undefined(if_undefined, YES)
    can_be_zero, can_be_positive = or_open(f"{bottom.low} <= 0"), or_open(f"{bottom.high} > 0")
    times, less = factor.denominator * bottom.parts, factor.numerator * top.parts
    need_width(times, 2)
    need_width(less, 2)
    least = f"COALESCE(GREATEST({bottom.low}, 1::HUGEINT), 1::HUGEINT)"
    # What makes top - factor * bottom least, and greatest.
    for_least, for_greatest = (bottom.high, least) if factor >= 0 else (least, bottom.high)
    low, high = (
        f"({end} * {times}::HUGEINT - {less}::HUGEINT * {other})" if less else f"({end} * {times}::HUGEINT)"
        for end, other in ((top.low, for_least), (top.high, for_greatest))
    )
    can_hold, can_fail = holds(low, high, op, Fraction(0))
    defined = Can(every([can_be_positive, can_hold]), every([can_be_positive, can_fail]))
    return choice([(YES, defined), (YES, _undefined(if_undefined, can_be_zero))])


def _undefined(said: c.Undefined, when: str) -> Can:
    match said:
        case c.Undefined.MANUAL:
            return Can(manual=when)
        case c.Undefined.NOT_APPLICABLE:
            return Can(skipped=when)
    return Can(unmet=when)


def _rank(clause: c.Rank, scope: Scope) -> Can:
    span = span_of(clause.figure, scope)
    if clause.share is not None and clause.among is not None:
        return _share(span, span_of(clause.among, scope), "<=", clause.share, c.Undefined.MANUAL)
    return Can(*holds(span.low, span.high, "<=", Fraction(clause.top or 0), span.parts))


# ---- other facts


def _known(holds_when_known: str) -> Can:
    """A clause that is decided when the fact is there and open both ways when it is missing."""
    return Can(f"COALESCE({holds_when_known}, TRUE)", f"COALESCE(NOT {holds_when_known}, TRUE)")


def _flag(clause: c.Flag, scope: Scope) -> Can:
    column = f"({scope.on_fact_date(clause.field)})::BOOLEAN"
    return _known(f"({column} = {YES if clause.expected else NO})")


def _attest(clause: c.Attest, scope: Scope) -> Can:
    return _flag(c.Flag(field=clause.field, expected=True), scope)


def _judgement(clause: c.Judgement, scope: Scope) -> Can:
    if not clause.field:
        return Can(manual=YES)
    column = f"({scope.on_fact_date(clause.field)})::BOOLEAN"
    return Can(f"COALESCE({column}, FALSE)", f"COALESCE(NOT {column}, FALSE)", f"({column} IS NULL)")


def _codes_below(field: str, codes: tuple[str, ...], scope: Scope) -> list[str]:
    """The codes of the field's tree that are among `codes` or below one of them on the fact date."""
    tree = scope.catalogue.tree_of(field)
    known = dict.fromkeys(each.code for each in tree.codes)
    return [code for code in known if tree.is_under(code, codes, scope.fact_date)]


def _texts(codes: list[str]) -> str:
    return ", ".join("'" + code.replace("'", "''") + "'" for code in codes)


def _in_codes(clause: c.InCodes, scope: Scope) -> Can:
    field, tree = scope.catalogue.field(clause.field), scope.catalogue.tree_of(clause.field)
    inside = _codes_below(clause.field, clause.codes, scope)
    single = field.type is FieldType.CODE
    column = f"({scope.on_fact_date(clause.field)})::{'VARCHAR' if single else 'VARCHAR[]'}"
    if not inside:
        hit = f"({column} IS NULL AND NULL)"
    elif single:
        # Not IN: a long list of constants becomes a join, which takes the planner long.
        hit = f"list_contains([{_texts(inside)}], {column})"
    else:
        hit = f"list_has_any({column}, [{_texts(inside)}])"
    # A missing code can be any of the tree, a missing set also none.
    open_met = YES if inside else NO
    open_unmet = NO if single and len(inside) == len({each.code for each in tree.codes}) else YES
    return Can(f"COALESCE({hit}, {open_met})", f"COALESCE(NOT {hit}, {open_unmet})")


def _statuses(field: str, scope: Scope) -> str:
    column = scope.on_fact_date(field)
    return f'({column})::STRUCT("code" VARCHAR, "start" DATE, "end" DATE)[]'


def _fits(field: str, codes: tuple[str, ...], scope: Scope) -> str:
    """Whether the status `x` is among `codes` or below one of them."""
    if not codes:
        return YES
    below = _codes_below(field, codes, scope)
    return f'(x."code" IN ({_texts(below)}))' if below else NO


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def _some_status(column: str, test: str) -> str:
    return f"(len(list_filter({column}, lambda x: {test})) > 0)"


def _holds_status(clause: c.HoldsStatus, scope: Scope) -> Can:
    column, today = _statuses(clause.field, scope), _day(scope.fact_date)
    valid = [f'x."start" <= {today}', f'COALESCE(x."end" >= {today}, TRUE)']
    return _known(_some_status(column, every([_fits(clause.field, clause.codes, scope), *valid])))


def _record_free(clause: c.RecordFree, scope: Scope) -> Can:
    column, today = _statuses(clause.field, scope), _day(scope.fact_date)
    last_day = f'LEAST(COALESCE(x."end", {today}), {today})'
    counts = [f'x."start" <= {today}', f"{last_day} + INTERVAL {clause.months} MONTH > {today}"]
    found = _some_status(column, every([_fits(clause.field, clause.codes, scope), *counts]))
    return _known(f"(NOT {found})")


def _age(clause: c.Age, scope: Scope) -> Can:
    column = f"({scope.on_fact_date(clause.field)})::DATE"
    # The months are full on `due`: today >= due is at least so old.
    due = f"({column} + INTERVAL {clause.months} MONTH)::DATE"
    return _known(f"({_day(clause.on or scope.fact_date)} {clause.op.value} {due})")


def _date_window(clause: c.DateWindow, scope: Scope) -> Can:
    column = f"({scope.on_fact_date(clause.field)})::DATE"
    inside = [f"{column} >= {_day(clause.start)}"] if clause.start else []
    inside += [f"{column} <= {_day(clause.end)}"] if clause.end else []
    test = every(inside)
    open_met = YES if (clause.start or date.min) <= (clause.end or date.max) else NO
    return Can(f"COALESCE(({test}), {open_met})", f"COALESCE(NOT ({test}), TRUE)")


_WRITERS: dict[type[c.Condition], Callable[[Any, Scope], Can]] = {
    c.Compare: _compare,
    c.Between: _between,
    c.Ratio: _ratio,
    c.Growth: _growth,
    c.Rank: _rank,
    c.Flag: _flag,
    c.Attest: _attest,
    c.Judgement: _judgement,
    c.InCodes: _in_codes,
    c.HoldsStatus: _holds_status,
    c.RecordFree: _record_free,
    c.Age: _age,
    c.DateWindow: _date_window,
}
