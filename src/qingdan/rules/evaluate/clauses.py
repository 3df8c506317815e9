"""The clauses: what facts say of each, what they leave open, and how far the enterprise is from the threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType, fraction_text
from qingdan.rules.codes import CodeTree
from qingdan.rules.errors import RuleError, Words
from qingdan.rules.evaluate.numbers import Context, Missing, Span, compare, figure_periods, figure_span
from qingdan.rules.evaluate.states import MANUAL, OPEN, Possible, truth
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op
from qingdan.rules.language.rule import State, Status
from qingdan.rules.values import FEN_PER_YUAN, Value, full_months, months_before
from qingdan.rules.wording import bound_text, codes_text, months_text, op_between, percent_text


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is found of one clause.

    `value` and `threshold` are texts. `distance` is signed, in `unit`: below zero what is lacking, above what is
    to spare; None when a fact is missing or no distance makes sense.
    """

    possible: Possible
    value: str = ""
    threshold: str = ""
    distance: Fraction | None = None
    unit: str = ""
    missing: Missing = ()
    note: str = ""


def read_clause(clause: c.Condition, context: Context) -> Reading:
    """Decide one clause; RuleError when it asks for a field or code that the catalogue does not have."""
    read = _READERS[type(clause)]
    figures = [each for each in vars(clause).values() if isinstance(each, Figure) and each.since]
    if not figures:
        return read(clause, context)
    first = min(int(period) for each in figures for period in figure_periods(replace(each, since=""), context))
    names = {each.since for each in figures}
    readings = [read(clause, each) for each in context.without_missing_starts(names, first)]
    if len(readings) == 1:
        return readings[0]
    open_names = tuple((name, "") for name in sorted(names) if context.start_of(name) is None)
    missing = dict.fromkeys(open_names + tuple(each for reading in readings for each in reading.missing))
    possible = frozenset(state for reading in readings for state in reading.possible)
    return Reading(possible=possible, threshold=readings[0].threshold, missing=tuple(missing))


# ---- numbers


def _compare(clause: c.Compare, context: Context) -> Reading:
    spec = context.catalogue.field(clause.figure.field)
    bound = spec.steps(clause.value)
    span = figure_span(clause.figure, context)
    if span.undefined:
        return _no_years(clause.value.written)
    on_grid = (bound / span.grid).denominator == 1
    return Reading(
        possible=compare(span.low, span.high, clause.op, bound, on_grid),
        value=_span_text(spec, span),
        threshold=f"{clause.op.chinese} {clause.value.written}",
        distance=_distance(spec, span, clause.op, bound),
        unit=_unit(spec),
        missing=span.missing,
    )


def _between(clause: c.Between, context: Context) -> Reading:
    spec = context.catalogue.field(clause.figure.field)
    low, high = spec.steps(clause.low), spec.steps(clause.high)
    span = figure_span(clause.figure, context)
    threshold = f"{clause.low.written} 至 {clause.high.written}"
    if span.undefined:
        return _no_years(threshold)
    # The least and greatest possible value inside.
    first = (low / span.grid).__ceil__() * span.grid
    first += span.grid if first == low and not clause.low_included else 0
    last = (high / span.grid).__floor__() * span.grid
    last -= span.grid if last == high and not clause.high_included else 0
    above = first if span.low is None else max(first, span.low)
    below = last if span.high is None else min(last, span.high)
    inside = span.low is not None and span.high is not None and first <= span.low and span.high <= last
    distance = None
    if span.value is not None:
        distance = min(span.value - low, high - span.value) * _shown_step(spec)
    return Reading(
        possible=truth(above <= below, not inside),
        value=_span_text(spec, span),
        threshold=threshold,
        distance=distance,
        unit=_unit(spec),
        missing=span.missing,
    )


def _ratio(clause: c.Ratio, context: Context) -> Reading:
    catalogue = context.catalogue
    top_spec, bottom_spec = (catalogue.field(each.field) for each in (clause.numerator, clause.denominator))
    top, bottom = figure_span(clause.numerator, context), figure_span(clause.denominator, context)
    reading = _share(top, bottom, clause.op, ratio_factor(clause, catalogue), clause.if_undefined)
    value = ""
    if top.value is not None and bottom.value is not None and not top.undefined and bottom.value > 0:
        share = top.value * top_spec.step / (bottom.value * bottom_spec.step)
        value = fraction_text(share) if clause.unit else percent_text(share, clause.bound)
        unit = f"{_unit(top_spec)}/{_unit(bottom_spec)}" if clause.unit else ""
        texts = f"{_span_text(top_spec, top)} / {_span_text(bottom_spec, bottom)}"
        value = f"{value} {unit}".strip() + f"（{texts}）"
    return replace(
        reading,
        value=value,
        threshold=f"{clause.op.chinese} {bound_text(clause)}",
        distance=None if reading.distance is None else reading.distance * _shown_step(top_spec),
        unit=_unit(top_spec),
    )


def ratio_factor(clause: c.Ratio, catalogue: Catalogue) -> Fraction:
    """The bound in steps of the numerator for each step of the denominator; RuleError for a unit that does not fit."""
    top, bottom = catalogue.field(clause.numerator.field), catalogue.field(clause.denominator.field)
    return clause.bound * ratio_unit(clause, top, bottom) * bottom.step / top.step


def ratio_unit(clause: c.Ratio, top: Field, bottom: Field) -> Fraction:
    """How much of the numerator's unit per unit of the denominator the bound's unit is: 10000 for 万元/亩.

    RuleError when the unit does not fit the two fields.
    """
    scale, slash, below = clause.unit.rpartition("/")
    if not clause.unit and top.unit == bottom.unit:
        return Fraction(1)
    if slash and below == bottom.unit:
        return top.steps(Value(Decimal(1), scale)) * top.step
    raise RuleError(
        Words(f"比值的单位“{clause.unit}”与字段不符", f"the unit '{clause.unit}' does not fit the two fields"),
        Words(f"单位应为 {top.unit}/{bottom.unit}", f"it is {top.unit}/{bottom.unit}"),
    )


def _growth(clause: c.Growth, context: Context) -> Reading:
    spec = context.catalogue.field(clause.figure.field)
    now = figure_span(clause.figure, context)
    before = figure_span(earlier_figure(clause, context), context)
    reading = _share(now, before, clause.op, clause.factor, clause.if_undefined)
    value = ""
    if now.value is not None and before.value is not None and before.value > 0:
        growth = now.value / before.value - 1
        # A yearly rate is a root and has no exact decimal; the growth over the whole time is shown instead.
        bound = clause.factor - 1
        value = f"{percent_text(growth, bound)}（{_span_text(spec, before)} → {_span_text(spec, now)}）"
    return replace(
        reading,
        value=value,
        threshold=f"{clause.op.chinese} {percent_text(clause.factor - 1)}",
        distance=None if reading.distance is None else reading.distance * _shown_step(spec),
        unit=_unit(spec),
    )


def earlier_figure(clause: c.Growth, context: Context) -> Figure:
    """The same figure `years` earlier."""
    period = clause.figure.period
    if period is None or period.is_month:
        raise RuleError(
            Words("增长条件须写年度", "growth needs figures of years"), Words("请写 @year-1", "write @year-1")
        )
    earlier = period.resolve(context.fact_date, clause.years + (0 if period.is_fixed else context.back))
    return replace(clause.figure, period=replace(period, written=earlier))


def _share(top: Span, bottom: Span, op: Op, factor: Fraction, if_undefined: c.Undefined) -> Reading:
    """`top` against `factor` times `bottom`, over every value that the two can have.

    Both are multiples of their steps, so a positive denominator is at least one step (or one part of a mean).
    """
    missing = top.missing + bottom.missing
    undefined = frozenset({State(if_undefined.value)})
    if top.undefined or bottom.undefined:
        return Reading(possible=undefined, missing=missing, note="没有可计算的年度")
    possible: Possible = frozenset()
    if bottom.low is None or bottom.low <= 0:
        possible |= undefined
    if bottom.high is None or bottom.high > 0:
        least = bottom.grid if bottom.low is None else max(bottom.low, bottom.grid)
        ends = (least, bottom.high) if factor >= 0 else (bottom.high, least)
        possible |= compare(_minus(top.low, factor, ends[1]), _minus(top.high, factor, ends[0]), op, Fraction(0))
    if top.value is None or bottom.value is None:
        return Reading(possible=possible, missing=missing)
    if bottom.value <= 0:
        return Reading(possible=possible, note="基数为零或为负，无法计算比例")
    return Reading(possible=possible, distance=op_between(top.value, op, factor * bottom.value))


def _minus(number: Fraction | None, factor: Fraction, other: Fraction | None) -> Fraction | None:
    if number is None or (other is None and factor):
        return None
    return number - (factor * other if other is not None else 0)


def _rank(clause: c.Rank, context: Context) -> Reading:
    spec = context.catalogue.field(clause.figure.field)
    span = figure_span(clause.figure, context)
    if clause.share is not None and clause.among is not None:
        among = figure_span(clause.among, context)
        reading = _share(span, among, Op.AT_MOST, clause.share, c.Undefined.MANUAL)
        threshold = f"前 {percent_text(clause.share)}"
        if among.value is not None:
            threshold += f"（共 {among.value}）"
        return replace(reading, value=_span_text(spec, span), threshold=threshold, unit="名")
    bound = Fraction(clause.top or 0)
    return Reading(
        possible=compare(span.low, span.high, Op.AT_MOST, bound),
        value=_span_text(spec, span),
        threshold=f"前 {clause.top} 名",
        distance=None if span.value is None else bound - span.value,
        unit="名",
        missing=span.missing,
    )


def _no_years(threshold: str) -> Reading:
    return Reading(possible=MANUAL, threshold=threshold, note="没有可计算的年度")


def _unit(spec: Field) -> str:
    return "百分点" if spec.type is FieldType.RATIO else spec.unit


def _shown_step(spec: Field) -> Fraction:
    if spec.type is FieldType.MONEY:
        return Fraction(1, FEN_PER_YUAN)
    return spec.step * (100 if spec.type is FieldType.RATIO else 1)


def _span_text(spec: Field, span: Span) -> str:
    return "" if span.value is None or span.missing else spec.number_text(span.value)


def _distance(spec: Field, span: Span, op: Op, bound: Fraction) -> Fraction | None:
    return None if span.value is None else op_between(span.value, op, bound) * _shown_step(spec)


# ---- other facts


def _fact(field: str, context: Context, *kinds: type) -> tuple[Any, Missing]:
    """A fact on the fact date, and the field if it is missing; RuleError when the field is of another type."""
    spec = context.catalogue.field(field)
    found = context.facts.on(spec, context.fact_date)
    if found is not None and not isinstance(found, kinds):
        raise RuleError(
            Words(f"“{spec.chinese}”的类型不适合此条件", f"the type of '{field}' does not fit this condition"),
            Words(f"该字段的类型是 {spec.type}", f"the field is of type {spec.type}"),
        )
    return found, () if found is not None else ((field, ""),)


def _flag(clause: c.Flag, context: Context) -> Reading:
    found, missing = _fact(clause.field, context, bool)
    shown = {True: "是", False: "否"}
    return Reading(
        possible=OPEN if found is None else truth(found == clause.expected, found != clause.expected),
        value="" if found is None else shown[found],
        threshold=shown[clause.expected],
        missing=missing,
    )


def _attest(clause: c.Attest, context: Context) -> Reading:
    reading = _flag(c.Flag(field=clause.field, expected=True), context)
    return replace(reading, note=f"须提供：{clause.evidence}")


def _judgement(clause: c.Judgement, context: Context) -> Reading:
    if clause.field:
        found, _ = _fact(clause.field, context, bool)
        if found is not None:
            return Reading(possible=truth(found, not found), value="认定" if found else "不认定")
    return Reading(possible=MANUAL, note=clause.question)


def _in_codes(clause: c.InCodes, context: Context) -> Reading:
    tree = context.catalogue.tree_of(clause.field)
    threshold = codes_text(clause.field, clause.codes, context.catalogue)
    found, missing = _fact(clause.field, context, str, frozenset)
    if found is None:
        return Reading(possible=_open_codes(clause, tree, context), threshold=threshold, missing=missing)
    held = [found] if isinstance(found, str) else sorted(found)
    inside = any(tree.is_under(code, clause.codes, context.fact_date) for code in held)
    labels = "、".join(tree.find(code, context.fact_date).label for code in held)
    return Reading(possible=truth(inside, not inside), value=labels or "无", threshold=threshold)


def _open_codes(clause: c.InCodes, tree: CodeTree, context: Context) -> Possible:
    """A missing code may be any of the tree; a missing set may also be empty."""
    single = context.catalogue.field(clause.field).type is FieldType.CODE
    known = dict.fromkeys(each.code for each in tree.codes)
    inside = [tree.is_under(code, clause.codes, context.fact_date) for code in known]
    return truth(any(inside), not single or not all(inside))


def _is_status_of(tree: CodeTree, status: Status, codes: tuple[str, ...], on: date) -> bool:
    return not codes or tree.is_under(status.code, codes, on)


def _holds_status(clause: c.HoldsStatus, context: Context) -> Reading:
    tree = context.catalogue.tree_of(clause.field)
    threshold = codes_text(clause.field, clause.codes, context.catalogue)
    found, missing = _fact(clause.field, context, tuple)
    if found is None:
        return Reading(possible=OPEN, threshold=threshold, missing=missing)
    today = context.fact_date
    fitting = [status for status in found if _is_status_of(tree, status, clause.codes, today)]
    valid = [status for status in fitting if status.start <= today <= (status.end or date.max)]
    value = "、".join(_status_text(tree, status, today) for status in valid or fitting) or "无"
    return Reading(possible=truth(bool(valid), not valid), value=value, threshold=threshold)


def _status_text(tree: CodeTree, status: Status, on: date) -> str:
    end = f"至 {status.end}" if status.end else "起长期"
    return f"{tree.find(status.code, on).label}（{status.start} {end}）"


def _record_free(clause: c.RecordFree, context: Context) -> Reading:
    tree = context.catalogue.tree_of(clause.field)
    today = context.fact_date
    found, missing = _fact(clause.field, context, tuple)
    threshold = f"近{months_text(clause.months)}无"
    if found is None:
        return Reading(possible=OPEN, threshold=threshold, missing=missing)
    # What began after the fact date is not yet on the record.
    last_days = [
        min(status.end or date.max, today)
        for status in found
        if status.start <= today and _is_status_of(tree, status, clause.codes, today)
    ]
    counted = [day for day in last_days if today < months_before(day, -clause.months)]
    value = "、".join(day.isoformat() for day in sorted(counted)) or "无"
    distance = None
    if last_days:
        free_from = months_before(max(last_days), -clause.months)
        distance = Fraction((today - free_from).days)
    return Reading(
        possible=truth(not counted, bool(counted)), value=value, threshold=threshold, distance=distance, unit="天"
    )


def _age(clause: c.Age, context: Context) -> Reading:
    threshold = f"{clause.op.chinese} {months_text(clause.months)}"
    found, missing = _fact(clause.field, context, date)
    if found is None:
        return Reading(possible=OPEN, threshold=threshold, missing=missing)
    today = clause.on or context.fact_date
    age = full_months(found, today)
    distance = Fraction((today - months_before(found, -clause.months)).days)
    return Reading(
        possible=compare(distance, distance, clause.op, Fraction(0)),
        value=f"{months_text(age) if age >= 0 else '尚未开始'}（{found}）",
        threshold=threshold,
        distance=op_between(distance, clause.op, Fraction(0)),
        unit="天",
    )


def _date_window(clause: c.DateWindow, context: Context) -> Reading:
    start, end = clause.start or date.min, clause.end or date.max
    threshold = f"{clause.start or ''} 至 {clause.end or ''}".strip()
    found, missing = _fact(clause.field, context, date)
    if found is None:
        return Reading(possible=truth(start <= end, True), threshold=threshold, missing=missing)
    limits = ([(found - start).days] if clause.start else []) + ([(end - found).days] if clause.end else [])
    inside = start <= found <= end
    return Reading(
        possible=truth(inside, not inside),
        value=found.isoformat(),
        threshold=threshold,
        distance=Fraction(min(limits)),
        unit="天",
    )


_READERS: dict[type[c.Condition], Callable[[Any, Context], Reading]] = {
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
