"""The plain recursive evaluator: a condition and the facts of one enterprise to a tree of outcomes.

This is the reference that every faster way has to agree with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import product

from qingdan.rules.catalogue import fraction_text
from qingdan.rules.evaluate.clauses import Reading, read_clause
from qingdan.rules.evaluate.numbers import Context, Missing, compare, figure_span
from qingdan.rules.evaluate.result import Outcome
from qingdan.rules.evaluate.states import (
    MANUAL,
    MET,
    NOT_APPLICABLE,
    Possible,
    all_of,
    any_of,
    at_least,
    first_case,
    opposite,
    waived,
)
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Op
from qingdan.rules.language.rule import State
from qingdan.rules.values import plain
from qingdan.rules.wording import condition_text, missing_text, op_between


def evaluate_condition(condition: c.Condition, context: Context) -> Outcome:
    """The state of `condition` and of everything below it; RuleError for names that the catalogue does not have."""
    if isinstance(condition, c.Window):
        return _window(condition, context)
    if isinstance(condition, c.Score):
        return _score(condition, context)
    if isinstance(condition, c.Tiered):
        return _tiered(condition, context)
    if not condition.parts:
        return _clause_outcome(condition, context, read_clause(condition, context))
    parts = tuple(evaluate_condition(part, context) for part in condition.parts)
    sets = [part.possible for part in parts]
    reached = sum(part.state is State.MET for part in parts)
    distance, note = None, ""
    match condition:
        case c.All():
            possible = all_of(sets)
        case c.Any():
            possible = any_of(sets)
        case c.NoneOf():
            possible = opposite(any_of(sets))
        case c.AtLeast():
            possible = at_least(condition.k, sets)
            note = f"已符合 {reached} 项"
            if not any(part.state in (State.UNKNOWN, State.MANUAL) for part in parts):
                distance = Fraction(reached - condition.k)
        case c.Exclusion():
            possible = opposite(sets[0])
            note = "触发一票否决" if sets[0] == MET else ""
        case c.Exemption():
            possible = waived(condition=sets[1], when=sets[0])
            note = "已豁免" if sets[0] == MET else ""
        case _:
            raise AssertionError(condition)
    text = condition_text(condition, context.catalogue)
    unit = "" if distance is None else "项"
    return Outcome(
        condition=condition, text=text, possible=possible, parts=parts, note=note, distance=distance, unit=unit
    )


def _clause_outcome(condition: c.Condition, context: Context, reading: Reading) -> Outcome:
    notes = [reading.note, missing_text(reading.missing, context.catalogue)]
    noted = replace(reading, note="；".join(filter(None, notes)))
    return Outcome(condition=condition, text=condition_text(condition, context.catalogue), **vars(noted))


def _window(window: c.Window, context: Context) -> Outcome:
    """Each year is the condition with its years moved back; a first day that is missing is tried in every year."""
    first = last_year(window.condition, context) - window.years + 1
    names = {window.since} if window.since else set()
    contexts = list(context.without_missing_starts(names, first))
    outcomes = [_window_with(window, each) for each in contexts]
    if len(outcomes) == 1:
        return outcomes[0]
    # Without knowing the first year, all years are shown and the state is what any first year would give.
    shown = _window_with(replace(window, since=""), context)
    possible = frozenset(state for outcome in outcomes for state in outcome.possible)
    missing = ((window.since, ""),)
    note = missing_text(missing, context.catalogue)
    return replace(shown, condition=window, possible=possible, missing=missing, note=note)


def _window_with(window: c.Window, context: Context) -> Outcome:
    start = context.start_of(window.since) if window.since else None
    parts = []
    for index in range(window.years):
        moved = replace(context, back=context.back + index)
        # The year that the condition's last figures are about.
        if start is not None and last_year(window.condition, moved) < start.year:
            break
        outcome = evaluate_condition(window.condition, moved)
        parts.append(replace(outcome, text=f"{last_year(window.condition, moved)}年：{outcome.text}"))
    sets = [part.possible for part in parts]
    if not sets:
        possible, note = MANUAL, "没有可计算的年度"
    elif window.at_least is None:
        possible, note = all_of(sets), ""
    else:
        possible, note = at_least(window.at_least, sets), ""
    text = condition_text(window, context.catalogue)
    return Outcome(condition=window, text=text, possible=possible, parts=tuple(parts), note=note)


def last_year(condition: c.Condition, context: Context) -> int:
    """The latest year that the figures below a condition are about; the fact date's year when there are none."""
    years = [
        int(figure.period.resolve(context.fact_date, context.back)[:4])
        for figure in figures_of(condition)
        if figure.period and not figure.period.is_fixed
    ]
    return max(years, default=context.fact_date.year - context.back)


def figures_of(condition: c.Condition) -> Iterable[c.Figure]:
    """Every figure of a condition and of what is below it."""
    for value in vars(condition).values():
        if isinstance(value, c.Figure):
            yield value
    for part in condition.parts:
        yield from figures_of(part)


def _tiered(tiered: c.Tiered, context: Context) -> Outcome:
    cases = [(evaluate_condition(case.when, context), evaluate_condition(case.then, context)) for case in tiered.cases]
    otherwise = evaluate_condition(tiered.otherwise, context) if tiered.otherwise else None
    possible = first_case(
        [(when.possible, then.possible) for when, then in cases],
        otherwise.possible if otherwise else NOT_APPLICABLE,
    )
    parts: list[Outcome] = []
    note = ""
    for when, then in cases:
        # Only the cases that can still apply are shown.
        if State.MET in when.possible or State.MANUAL in when.possible:
            parts += [when, then]
        if when.possible == MET:
            note = f"适用：{when.text}"
            break
    else:
        parts += [otherwise] if otherwise else []
    text = condition_text(tiered, context.catalogue)
    return Outcome(condition=tiered, text=text, possible=possible, parts=tuple(parts), note=note)


# ---- scores

Points = tuple[Fraction, Fraction]
"""The least and the most points that people who still have to judge can give."""


def _score(score: c.Score, context: Context) -> Outcome:
    totals: set[Points] = {(Fraction(), Fraction())}
    parts: list[Outcome] = []
    missing: Missing = ()
    for item in score.items:
        if item.per_piece:
            choices, lacking = _piece_points(item.per_piece, context)
            missing += lacking
        else:
            outcomes = [evaluate_condition(band.when, context) for band in item.bands]
            parts += [
                replace(outcome, note=f"{item.label} {plain(band.points)} 分")
                for band, outcome in zip(item.bands, outcomes, strict=True)
            ]
            bands = [
                (outcome.possible, Fraction(band.points)) for band, outcome in zip(item.bands, outcomes, strict=True)
            ]
            choices = _band_points(bands)
        totals = {(low + more[0], high + more[1]) for (low, high), more in product(totals, choices)}
    bound = Fraction(score.threshold)
    possible = frozenset(state for low, high in totals for state in judged(low, high, score.op, bound))
    least, most = min(low for low, _ in totals), max(high for _, high in totals)
    value = f"{fraction_text(least)} 分" if least == most else f"{fraction_text(least)} 至 {fraction_text(most)} 分"
    return Outcome(
        condition=score,
        text=condition_text(score, context.catalogue),
        possible=possible,
        value=value,
        threshold=f"{score.op.chinese} {plain(score.threshold)} 分",
        distance=op_between(least, score.op, bound) if least == most else None,
        unit="分",
        missing=missing,
        note=missing_text(missing, context.catalogue),
        parts=tuple(parts),
    )


def _band_points(bands: list[tuple[Possible, Fraction]]) -> set[Points]:
    """Every result of an item: the points of the first band met, or none; a band left to a person gives a range."""
    rest: set[Points] = {(Fraction(), Fraction())}
    for possible, points in reversed(bands):
        found: set[Points] = set()
        if State.MET in possible:
            found.add((points, points))
        if State.MANUAL in possible:
            found |= {(min(points, low), max(points, high)) for low, high in rest}
        if possible & {State.UNMET, State.NOT_APPLICABLE}:
            found |= rest
        rest = found
    return rest


def _piece_points(piece: c.PerPiece, context: Context) -> tuple[set[Points], Missing]:
    span = figure_span(piece.figure, context)
    step = context.catalogue.field(piece.figure.field).step
    enough = piece.pieces_to_cap

    def pieces(number: Fraction) -> int:
        return min(enough, max(0, (number * step).__floor__()))

    least = 0 if span.low is None else pieces(span.low)
    most = enough if span.high is None else pieces(span.high)
    totals = (min(Fraction(piece.cap), number * Fraction(piece.points)) for number in range(least, most + 1))
    return {(total, total) for total in totals}, span.missing


def judged(low: Fraction, high: Fraction, op: Op, bound: Fraction) -> Possible:
    """The state when people can still give from `low` to `high` points."""
    possible = compare(low, high, op, bound)
    return possible if len(possible) == 1 else MANUAL
