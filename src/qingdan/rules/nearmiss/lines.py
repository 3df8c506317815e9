"""The nearest numbers that satisfy a clause: sums of facts with exact coefficients, against bounds.

A comparison, a ratio, a growth rate and a rank all say that some sum of facts, each times a coefficient, is at
least, at most, above or below a number. So one solver serves them all, over whole steps and within the bounds of
the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from qingdan.rules.evaluate.facts import Fact
from qingdan.rules.language.parts import Op
from qingdan.rules.nearmiss.plans import Demand, Desk, Key, Plan, cheapest

MOST_TOGETHER = 4
"""So many known facts of one clause are changed together at most, and only when fewer will not do."""
MOST_LOOKED_AT = 8
"""Of a clause with more facts than this, the first ones (the latest periods) are tried together."""


@dataclass(frozen=True)
class Line:
    """The sum of `terms`, each fact times its coefficient, stands in relation `op` (an upper or lower bound) to
    `bound`."""

    terms: Mapping[Key, Fraction]
    op: Op
    bound: Fraction


_NEGATED = {
    Op.AT_LEAST: Op.LESS_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.LESS_THAN: Op.AT_LEAST,
    Op.EQUAL: Op.DIFFERENT,
    Op.DIFFERENT: Op.EQUAL,
}


def choices(terms: Mapping[Key, Fraction], op: Op, bound: Fraction) -> list[list[Line]]:
    """A comparison as lines that all have to hold; several lists where one of them is enough."""
    if op is Op.EQUAL:
        return [[Line(terms, Op.AT_LEAST, bound), Line(terms, Op.AT_MOST, bound)]]
    if op is Op.DIFFERENT:
        return [[Line(terms, Op.MORE_THAN, bound)], [Line(terms, Op.LESS_THAN, bound)]]
    return [[Line(terms, op, bound)]]


def negated(op: Op) -> Op:
    return _NEGATED[op]


Limits = tuple[int | None, int | None]


def solve(lines: Sequence[Line], desk: Desk, preferred: Iterable[Key] = ()) -> list[Plan]:
    """Plans that make every line hold, whatever the facts are that stay missing.

    One fact is changed if one is enough, one of `preferred` if the enterprise can change that. Otherwise several:
    all but one go to the end of their range, or to where they satisfy a line by themselves, and the last takes what
    remains. Facts that are missing together are only demanded together: what they have to be hangs on each other.
    """
    keys = list(dict.fromkeys(key for line in lines for key in line.terms))
    now = {key: desk.now(key) for key in keys}
    single = {}
    for key in keys:
        limits = _limits(key, lines, now, desk)
        if limits:
            single[key] = desk.plan({key: Demand(*limits)})
    plans = list(single.values())
    own = [plan for plan in plans if plan.cost[:2] == (0, 0)]
    if own:
        return cheapest([single[key] for key in preferred if single.get(key) in own] or own)
    missing = [key for key in keys if now[key] is None]
    if len(missing) > 1:
        return cheapest([*plans, desk.plan(_together(missing, lines, desk))])
    for size in range(2, MOST_TOGETHER + 1):
        # Of the single ones none can be changed by the enterprise, of two or three perhaps all.
        if size < MOST_TOGETHER or not plans:
            plans += [desk.plan(each) for each in _several(size, keys, lines, now, desk)]
        if any(plan.cost[:2] == (0, 0) for plan in plans):
            break
    return cheapest(plans)


def _limits(key: Key, lines: Sequence[Line], now: Mapping[Key, Fact | None], desk: Desk) -> Limits | None:
    """Where one fact has to lie for every line to hold while the others stay; None: nowhere in its range."""
    low, high = field_limits(key, desk)
    for line in lines:
        op, coefficient = line.op, line.terms.get(key, Fraction())
        rest = _rest(line, key, now, desk)
        if rest is None:
            return None
        room = line.bound - rest
        if not coefficient:
            if not _holds(Fraction(), op, room):
                return None
            continue
        edge = room / coefficient
        strict = op in (Op.MORE_THAN, Op.LESS_THAN)
        if op.is_lower_bound is (coefficient > 0):
            least = edge.__floor__() + 1 if strict else edge.__ceil__()
            low = least if low is None else max(low, least)
        else:
            most = edge.__ceil__() - 1 if strict else edge.__floor__()
            high = most if high is None else min(high, most)
    return None if low is not None and high is not None and low > high else (low, high)


def _rest(line: Line, key: Key, now: Mapping[Key, Fact | None], desk: Desk) -> Fraction | None:
    """The other terms at their worst for the line; None when a missing fact has no limit on that side."""
    total = Fraction()
    for other, coefficient in line.terms.items():
        value = now[other]
        if other == key or not coefficient:
            continue
        if not isinstance(value, int):
            low, high = field_limits(other, desk)
            value = low if line.op.is_lower_bound is (coefficient > 0) else high
            if value is None:
                return None
        total += coefficient * value
    return total


def _holds(value: Fraction, op: Op, bound: Fraction) -> bool:
    if op.is_lower_bound:
        return value > bound or (op is Op.AT_LEAST and value == bound)
    return value < bound or (op is Op.AT_MOST and value == bound)


def field_limits(key: Key, desk: Desk) -> Limits:
    """The least and the greatest whole number of steps that a fact of this field can have."""
    low, high = desk.catalogue.field(key.field).bounds()
    return (None if low is None else low.__ceil__(), None if high is None else high.__floor__())


def _together(missing: Sequence[Key], lines: Sequence[Line], desk: Desk) -> dict[Key, Demand]:
    """All the missing facts at once, each anywhere in its range but above zero where a base has to be positive."""
    bases = {key for line in lines if line.op is Op.MORE_THAN and not line.bound for key in line.terms}
    demands = {}
    for key in missing:
        low, high = field_limits(key, desk)
        demands[key] = Demand(max(low or 0, 1) if key in bases and (high is None or high > 0) else low, high)
    return {key: Demand(each.low, each.high, together=True) for key, each in demands.items()}


def _several(
    size: int, keys: Sequence[Key], lines: Sequence[Line], now: Mapping[Key, Fact | None], desk: Desk
) -> Iterator[dict[Key, Demand]]:
    """So many facts at once: exact values for all but the last."""
    for group in combinations(keys[:MOST_LOOKED_AT], size):
        for last in group:
            others = [key for key in group if key != last]
            for values in product(*(_stops(key, lines, now, desk) for key in others)):
                moved = {**now, **dict(zip(others, values, strict=True))}
                limits = _limits(last, lines, moved, desk)
                if limits:
                    demands = {key: Demand(value, value) for key, value in zip(others, values, strict=True)}
                    yield {**demands, last: Demand(*limits)}


def _stops(key: Key, lines: Sequence[Line], now: Mapping[Key, Fact | None], desk: Desk) -> list[int]:
    """Values worth trying for a fact that is not the last: the ends of its range, and the nearest for each line."""
    stops = list(field_limits(key, desk))
    for line in lines:
        limits = _limits(key, [line], now, desk) if line.terms.get(key) else None
        if limits:
            nearest = Demand(*limits).nearest(now[key])
            stops.append(nearest if isinstance(nearest, int) else None)
    return [stop for stop in dict.fromkeys(stops) if stop is not None and stop != now[key]]
