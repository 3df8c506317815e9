"""Dynamic programming over the tree of conditions: for each state that a condition can be brought to, the cheapest
plans, put together from those of its parts.

How states combine is asked of the reference evaluator's own functions (`evaluate.states`), so that what this room
says of a combination cannot differ from them. The cost is a sum in a fixed order, so the cheapest whole is made of
cheapest parts; that is exact unless two clauses ask for one fact (`search` then checks and mends).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from qingdan.rules.evaluate.conditions import judged, last_year
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.states import (
    MANUAL,
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
from qingdan.rules.language.rule import State
from qingdan.rules.nearmiss.clauses import Ways, clause_ways, piece_ways, start_demands
from qingdan.rules.nearmiss.plans import NOTHING_TO_DO, Desk, Plan, cheapest, combine


def condition_ways(condition: c.Condition, context: Context, desk: Desk) -> Ways:
    """Every set of states that `condition` can be brought to, each with its cheapest plans."""
    if isinstance(condition, c.Window):
        return _window(condition, context, desk)
    if isinstance(condition, c.Score):
        return _score(condition, context, desk)
    if isinstance(condition, c.Tiered):
        return _tiered(condition, context, desk)
    if not condition.parts:
        return clause_ways(condition, context, desk)
    parts = [condition_ways(part, context, desk) for part in condition.parts]
    match condition:
        case c.All():
            return _all(parts, desk)
        case c.Any():
            return _any(parts, desk)
        case c.NoneOf():
            return _opposite(_any(parts, desk))
        case c.AtLeast():
            return _at_least(condition.k, parts, desk)
        case c.Exclusion():
            return _opposite(parts[0])
        case c.Exemption():
            return combine(parts[0], parts[1], lambda when, then: waived(condition=then, when=when), desk)
    raise AssertionError(condition)


def _all(parts: Iterable[Ways], desk: Desk) -> Ways:
    found: Ways = {NOT_APPLICABLE: [NOTHING_TO_DO]}
    for part in parts:
        found = combine(found, part, lambda left, right: all_of([left, right]), desk)
    return found


def _any(parts: Iterable[Ways], desk: Desk) -> Ways:
    found: Ways = {NOT_APPLICABLE: [NOTHING_TO_DO]}
    for part in parts:
        found = combine(found, part, lambda left, right: any_of([left, right]), desk)
    return found


def _opposite(ways: Ways) -> Ways:
    return {opposite(reached): plans for reached, plans in ways.items()}


def _at_least(k: int, parts: Iterable[Ways], desk: Desk) -> Ways:
    """How many are met only shows at the end, so until then it is kept what each part is, in no order."""
    found: dict[tuple[Possible, ...], list[Plan]] = {(): [NOTHING_TO_DO]}
    for part in parts:
        found = combine(found, part, lambda left, right: tuple(sorted((*left, right), key=sorted)), desk)
    return _merged((at_least(k, reached), plans) for reached, plans in found.items())


def _merged(found: Iterable[tuple[Possible, list[Plan]]]) -> Ways:
    ways: Ways = {}
    for reached, plans in found:
        ways.setdefault(reached, []).extend(plans)
    return {reached: cheapest(plans) for reached, plans in ways.items()}


def _tiered(tiered: c.Tiered, context: Context, desk: Desk) -> Ways:
    """From the last case to the first: the case itself, or what follows when it does not apply."""
    rest: Ways = {NOT_APPLICABLE: [NOTHING_TO_DO]}
    if tiered.otherwise:
        rest = condition_ways(tiered.otherwise, context, desk)
    for case in reversed(tiered.cases):
        when, then = (condition_ways(each, context, desk) for each in (case.when, case.then))
        pairs = combine(when, then, lambda left, right: (left, right), desk)
        rest = combine(pairs, rest, lambda pair, follows: first_case([pair], follows), desk)
    return rest


def _window(window: c.Window, context: Context, desk: Desk) -> Ways:
    """The condition of each year, under every first day that is possible."""
    first = last_year(window.condition, context) - window.years + 1
    names = {window.since} if window.since else set()
    found: list[tuple[Possible, list[Plan]]] = []
    unassumed: frozenset[State] = frozenset()
    for assumed in context.without_missing_starts(names, first):
        ways = _window_with(window, assumed, desk)
        demands = start_demands(context, assumed, first, desk)
        if not demands:
            return ways
        start: Ways = {frozenset(): [desk.plan(demands)]}
        found += combine(start, ways, lambda _, reached: reached, desk).items()
        unassumed |= next(reached for reached, plans in ways.items() if NOTHING_TO_DO in plans)
    return _merged([(unassumed, [NOTHING_TO_DO]), *found])


def _window_with(window: c.Window, context: Context, desk: Desk) -> Ways:
    start = context.start_of(window.since) if window.since else None
    years = []
    for index in range(window.years):
        moved = replace(context, back=context.back + index)
        if start is not None and last_year(window.condition, moved) < start.year:
            break
        years.append(condition_ways(window.condition, moved, desk))
    if not years:
        return {MANUAL: [NOTHING_TO_DO]}
    return _all(years, desk) if window.at_least is None else _at_least(window.at_least, years, desk)


# ---- scores

Totals = frozenset[tuple[Fraction, Fraction]]
"""The least and the greatest sum of points that missing facts leave open (one and the same when they leave none),
each as the least and the most that people can still give."""


def _score(score: c.Score, context: Context, desk: Desk) -> Ways:
    """The items' points add up; how many are needed shows at the end."""
    found: dict[Totals, list[Plan]] = {frozenset({(Fraction(), Fraction())}): [NOTHING_TO_DO]}
    for item in score.items:
        ways = piece_ways(item.per_piece, context, desk) if item.per_piece else _bands(item.bands, context, desk)
        found = _worth_keeping(combine(found, ways, _sums, desk))
    return _merged((_judged(score, totals), plans) for totals, plans in found.items())


def _sums(left: Totals, right: Totals) -> Totals:
    least, most = min(left), max(left)
    return frozenset((a[0] + b[0], a[1] + b[1]) for a, b in ((least, min(right)), (most, max(right))))


def _worth_keeping(found: dict[Totals, list[Plan]]) -> dict[Totals, list[Plan]]:
    """Without totals that reach neither higher nor lower than cheaper ones: long score tables have very many."""
    kept = set()
    highest = lowest = None
    for totals in sorted(found, key=lambda each: found[each][0].cost):
        low, high = min(totals)[0], max(totals)[1]
        if highest is None or low > highest:
            highest = low
            kept.add(totals)
        if lowest is None or high < lowest:
            lowest = high
            kept.add(totals)
    return {totals: plans for totals, plans in found.items() if totals in kept}


def _bands(bands: tuple[c.Band, ...], context: Context, desk: Desk) -> dict[Totals, list[Plan]]:
    """Points of the first band that is met, from the last band to the first."""
    rest: dict[Totals, list[Plan]] = {frozenset({(Fraction(), Fraction())}): [NOTHING_TO_DO]}
    for band in reversed(bands):
        rest = combine(condition_ways(band.when, context, desk), rest, _first_band(Fraction(band.points)), desk)
    return rest


def _first_band(points: Fraction) -> Callable[[Possible, Totals], Totals]:
    def first(when: Possible, rest: Totals) -> Totals:
        found = {(points, points)} if State.MET in when else set()
        if State.MANUAL in when:
            found |= {(min(points, low), max(points, high)) for low, high in rest}
        return frozenset(found | (rest if when & {State.UNMET, State.NOT_APPLICABLE} else frozenset()))

    return first


def _judged(score: c.Score, totals: Totals) -> Possible:
    """The state of a score; where people can still give enough points or too few, it is left to them."""
    bound = Fraction(score.threshold)
    return frozenset(state for low, high in totals for state in judged(low, high, score.op, bound))
