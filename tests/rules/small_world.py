"""A world small enough to try every completion of the missing facts, and a second, two-valued evaluator.

The oracle here knows nothing of spans, sets of states or the library's code below the language: it takes complete
facts and decides each condition by its plain definition.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.language.rule import State
from qingdan.rules.values import Value

DAY = date(2026, 7, 1)
YEARS = ("2025", "2024", "2023")
NUMBERS = [f"n{index}" for index in range(6)]  # may be negative: -1, 0, 1
COUNTS = [f"c{index}" for index in range(6)]  # 0, 1, 2
FLAGS = [f"f{index}" for index in range(8)]
CODES = [f"k{index}" for index in range(4)]
STARTS = [f"d{index}" for index in range(3)]
TREE = CodeTree("t", "表", (Code("A", "甲"), Code("A1", "甲一", "A"), Code("A2", "甲二", "A"), Code("B", "乙")))


def _field(name: str) -> Field:
    def number(low: int, high: int, period: PeriodKind) -> Field:
        bounds = {"minimum": Value(Decimal(low)), "maximum": Value(Decimal(high))}
        return Field(name=name, chinese=name, english=name, type=FieldType.INTEGER, period=period, **bounds)

    if name[0] in "nc":
        return number(-1, 1, PeriodKind.YEAR) if name[0] == "n" else number(0, 2, PeriodKind.YEAR)
    kind = {"f": FieldType.BOOLEAN, "k": FieldType.CODE, "d": FieldType.DATE}[name[0]]
    return Field(name=name, chinese=name, english=name, type=kind, tree="t" if name[0] == "k" else "")


WORLD = Catalogue(tuple(_field(name) for name in NUMBERS + COUNTS + FLAGS + CODES + STARTS), (TREE,))
DOMAINS: dict[str, list[Any]] = {
    "n": [-1, 0, 1],
    "c": [0, 1, 2],
    "f": [False, True],
    "k": ["A", "A1", "A2", "B"],
    "d": [date(2020, 5, 1), date(2024, 5, 1), date(2025, 5, 1), date(2026, 5, 1)],
}
Key = tuple[str, str]


def keys_of(condition: c.Condition) -> list[Key]:
    """Every fact that a condition can ask for, as often as it does."""
    keys: list[Key] = []
    for value in vars(condition).values():
        if isinstance(value, Figure):
            keys += figure_keys(value, 0)
    match condition:
        case c.Growth():
            keys += [(condition.figure.field, str(2026 - int(condition.figure.period.written[5:]) - condition.years))]
        case c.Window():
            keys += [
                (name, str(int(year) - back))
                for name, year in keys_of(condition.condition)
                for back in range(condition.years)
            ]
            return keys + ([(condition.since, "")] if condition.since else [])
        case c.Flag() | c.InCodes() | c.Judgement():
            keys += [(condition.field, "")] if condition.field else []
        case c.Score():
            keys += [key for item in condition.items if item.per_piece for key in figure_keys(item.per_piece.figure, 0)]
    return keys + [key for part in condition.parts for key in keys_of(part)]


def figure_keys(figure: Figure, back: int) -> list[Key]:
    last = 2026 - int(figure.period.written[5:]) - back
    keys = [(figure.field, str(last - index)) for index in range(figure.count)]
    return keys + ([(figure.since, "")] if figure.since else [])


def completions(facts: dict[Key, Any], keys: set[Key]) -> Iterator[dict[Key, Any]]:
    missing = sorted(key for key in keys if key not in facts)
    for choice in itertools.product(*(DOMAINS[name[0]] for name, _ in missing)):
        yield facts | dict(zip(missing, choice, strict=True))


def context(facts: dict[Key, Any]) -> Context:
    return Context(WORLD, Facts.of(WORLD, facts), DAY)


# ---- the oracle

_SIGNS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.AT_LEAST: lambda x, y: x >= y,
    Op.MORE_THAN: lambda x, y: x > y,
    Op.AT_MOST: lambda x, y: x <= y,
    Op.LESS_THAN: lambda x, y: x < y,
    Op.EQUAL: lambda x, y: x == y,
    Op.DIFFERENT: lambda x, y: x != y,
}


def _figure(figure: Figure, facts: dict[Key, Any], back: int) -> Fraction | None:
    start = facts[figure.since, ""].year if figure.since else 0
    found = [facts[key] for key in figure_keys(replace(figure, since=""), back) if int(key[1]) >= start]
    if not found:
        return None
    return Fraction(sum(found), len(found) if figure.spread is Spread.MEAN else 1)


def _yes(truth: bool) -> State:
    return State.MET if truth else State.UNMET


def oracle(condition: c.Condition, facts: dict[Key, Any], back: int = 0) -> State:
    """The state with complete facts: met, unmet, manual or not applicable."""

    def inner(part: c.Condition) -> State:
        return oracle(part, facts, back)

    match condition:
        case c.Compare():
            number = _figure(condition.figure, facts, back)
            if number is None:
                return State.MANUAL
            return _yes(_SIGNS[condition.op](number, Fraction(condition.value.number)))
        case c.Between():
            number = _figure(condition.figure, facts, back)
            if number is None:
                return State.MANUAL
            low, high = Fraction(condition.low.number), Fraction(condition.high.number)
            above = number > low or (condition.low_included and number == low)
            return _yes(above and (number < high or (condition.high_included and number == high)))
        case c.Ratio():
            top, bottom = (_figure(each, facts, back) for each in (condition.numerator, condition.denominator))
            if top is None or bottom is None or bottom <= 0:
                return State(condition.if_undefined)
            return _yes(_SIGNS[condition.op](top / bottom, condition.bound))
        case c.Growth():
            now = _figure(condition.figure, facts, back)
            before = _figure(condition.figure, facts, back + condition.years)
            if now is None or before is None or before <= 0:
                return State(condition.if_undefined)
            return _yes(_SIGNS[condition.op](now / before, condition.factor))
        case c.Flag():
            return _yes(facts[condition.field, ""] is condition.expected)
        case c.InCodes():
            code = facts[condition.field, ""]
            return _yes(code in condition.codes or code[0] in condition.codes)
        case c.Judgement():
            return State.MANUAL
        case c.Window():
            return _window(condition, facts, back)
        case c.Exclusion():
            return _not(inner(condition.condition))
        case c.NoneOf():
            return _not(_any([inner(part) for part in condition.conditions]))
        case c.Any():
            return _any([inner(part) for part in condition.conditions])
        case c.All():
            return _all([inner(part) for part in condition.conditions])
        case c.AtLeast():
            return _count(condition.k, [inner(part) for part in condition.conditions])
        case c.Exemption():
            states = {inner(condition.when), inner(condition.condition)}
            if inner(condition.when) is State.MET or State.MET in states:
                return State.MET
            return State.MANUAL if State.MANUAL in states else inner(condition.condition)
        case c.Tiered():
            return _cases([(inner(case.when), inner(case.then)) for case in condition.cases], condition, inner)
        case c.Score():
            return _score(condition, facts, inner)
    raise AssertionError(condition)


def _window(window: c.Window, facts: dict[Key, Any], back: int) -> State:
    start = facts[window.since, ""].year if window.since else 0
    last = max(int(year) for name, year in keys_of(window.condition) if year) - back
    states = [oracle(window.condition, facts, back + index) for index in range(window.years) if last - index >= start]
    if not states:
        return State.MANUAL
    return _all(states) if window.at_least is None else _count(window.at_least, states)


def _not(state: State) -> State:
    return {State.MET: State.UNMET, State.UNMET: State.MET}.get(state, state)


def _all(states: list[State]) -> State:
    return _not(_any([_not(state) for state in states]))


def _any(states: list[State]) -> State:
    return _count(1, states)


def _count(k: int, states: list[State]) -> State:
    if all(state is State.NOT_APPLICABLE for state in states):
        return State.NOT_APPLICABLE
    if states.count(State.MET) >= k:
        return State.MET
    return State.MANUAL if states.count(State.MET) + states.count(State.MANUAL) >= k else State.UNMET


def _cases(cases: list[tuple[State, State]], tiered: c.Tiered, inner: Callable[[c.Condition], State]) -> State:
    if not cases:
        return inner(tiered.otherwise) if tiered.otherwise else State.NOT_APPLICABLE
    (when, then), rest = cases[0], _cases(cases[1:], tiered, inner)
    if when is State.MANUAL:
        return then if then is rest else State.MANUAL
    return then if when is State.MET else rest


def _score(score: c.Score, facts: dict[Key, Any], inner: Callable[[c.Condition], State]) -> State:
    low = high = Fraction()
    for item in score.items:
        if item.per_piece:
            number = _figure(item.per_piece.figure, facts, 0)
            points = [min(item.per_piece.cap, max(0, int(number)) * item.per_piece.points)]
        else:
            points = []
            for band in item.bands:
                state = inner(band.when)
                if state in (State.MET, State.MANUAL):
                    points.append(band.points)
                if state is State.MET:
                    break
            else:
                points.append(Decimal(0))
        low, high = low + Fraction(min(points)), high + Fraction(max(points))
    sides = {_SIGNS[score.op](each, Fraction(score.threshold)) for each in (low, high)}
    return _yes(sides.pop()) if len(sides) == 1 else State.MANUAL


# ---- random conditions


class Deck:
    """Hands out names: each once when `once`, so that no two clauses ask for the same fact."""

    def __init__(self, draw: Callable[[Any], Any], once: bool) -> None:
        self.draw, self.once = draw, once
        self.names = {name[0]: list(pile) for pile in (NUMBERS, COUNTS, FLAGS, CODES, STARTS) for name in pile[:1]}

    def take(self, kind: str) -> str | None:
        pile = self.names[kind]
        if not pile:
            return None
        return pile.pop() if self.once else self.draw(st.sampled_from(pile[:2]))


_BOUNDS = st.sampled_from([Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN])
_UNDEFINED = st.sampled_from(list(c.Undefined))
_SHARES = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2)])


@st.composite
def conditions(draw: Callable[[Any], Any], once: bool) -> c.Condition:
    """A condition up to three levels deep; with `once`, no fact is asked for by two clauses."""
    return _condition(draw, Deck(draw, once), depth=draw(st.integers(0, 3)))


def _condition(draw: Callable[[Any], Any], deck: Deck, depth: int) -> c.Condition:
    if depth == 0:
        return _clause(draw, deck)

    def parts(least: int, most: int) -> tuple[c.Condition, ...]:
        return tuple(_condition(draw, deck, depth - 1) for _ in range(draw(st.integers(least, most))))

    kind = draw(st.sampled_from(["all", "any", "none", "k", "exclusion", "exemption", "tiered", "score"]))
    if kind in ("all", "any", "none"):
        return {"all": c.All, "any": c.Any, "none": c.NoneOf}[kind](conditions=parts(1, 3))
    if kind == "k":
        some = parts(2, 4)
        return c.AtLeast(k=draw(st.integers(1, len(some))), conditions=some)
    if kind == "exclusion":
        return c.Exclusion(condition=parts(1, 1)[0])
    if kind == "exemption":
        one, two = parts(2, 2)
        return c.Exemption(condition=one, when=two)
    if kind == "tiered":
        pairs = [parts(2, 2) for _ in range(draw(st.integers(1, 2)))]
        cases = tuple(c.Case(when=when, then=then) for when, then in pairs)
        return c.Tiered(cases=cases, otherwise=draw(st.none() | st.builds(lambda: parts(1, 1)[0])))
    return _a_score(draw, deck, parts)


def _a_score(draw: Callable[[Any], Any], deck: Deck, parts: Callable[[int, int], tuple[c.Condition, ...]]) -> c.Score:
    points = st.sampled_from([Decimal(-1), Decimal(1), Decimal(2), Decimal("2.5")])
    items = [c.ScoreItem(label="甲", bands=tuple(c.Band(when=each, points=draw(points)) for each in parts(1, 2)))]
    if name := deck.take("c"):
        piece = c.PerPiece(figure=_year(name), points=Decimal(2), cap=Decimal(draw(st.integers(1, 4))))
        items.append(c.ScoreItem(label="乙", per_piece=piece))
    return c.Score(items=tuple(items), op=draw(_BOUNDS), threshold=Decimal(draw(st.integers(-1, 5))))


def _year(name: str) -> Figure:
    return Figure(field=name, period=Period("year-1"))


def _spread(draw: Callable[[Any], Any], deck: Deck, name: str) -> Figure:
    if draw(st.booleans()):
        return _year(name)
    since = (deck.take("d") or "") if draw(st.booleans()) else ""
    spread = draw(st.sampled_from(list(Spread)))
    return Figure(field=name, period=Period("year-1"), spread=spread, count=draw(st.integers(1, 2)), since=since)


def _clause(draw: Callable[[Any], Any], deck: Deck) -> c.Condition:
    kind = draw(st.sampled_from(["compare", "between", "ratio", "growth", "window", "flag", "code", "judgement"]))
    number = st.sampled_from([Decimal(-1), Decimal(0), Decimal("0.5"), Decimal(1), Decimal(2)])
    first = deck.take(draw(st.sampled_from("nc")))
    second = deck.take(draw(st.sampled_from("nc")))
    if kind == "judgement":
        return c.Judgement(question="定吗")
    if kind == "code" and (name := deck.take("k")):
        return c.InCodes(field=name, codes=draw(st.sampled_from([("A",), ("A1", "B"), ("A", "B"), ("A2",)])))
    if kind == "flag" or first is None or second is None or first == second:
        flag = deck.take("f")
        return c.Flag(field=flag, expected=draw(st.booleans())) if flag else c.Judgement(question="定吗")
    if kind == "compare":
        op = draw(st.sampled_from(list(Op)))
        return c.Compare(figure=_spread(draw, deck, first), op=op, value=Value(draw(number)))
    if kind == "between":
        low, high = sorted([draw(number), draw(number)])
        ends = {"low_included": draw(st.booleans()), "high_included": draw(st.booleans())}
        return c.Between(figure=_spread(draw, deck, first), low=Value(low), high=Value(high), **ends)
    if kind == "growth":
        rate, years = draw(st.sampled_from([Fraction(-1, 2), Fraction(0), Fraction(1)])), draw(st.integers(1, 2))
        growth = {"rate": rate, "years": years, "yearly": draw(st.booleans()), "if_undefined": draw(_UNDEFINED)}
        return c.Growth(figure=_year(first), op=draw(_BOUNDS), **growth)
    ratio = c.Ratio(
        numerator=_year(first) if kind == "window" else _spread(draw, deck, first),
        denominator=_year(second) if kind == "window" else _spread(draw, deck, second),
        op=draw(_BOUNDS),
        bound=draw(_SHARES),
        if_undefined=draw(_UNDEFINED),
    )
    if kind == "ratio":
        return ratio
    inner = draw(st.sampled_from([ratio, c.Compare(figure=_year(first), op=draw(_BOUNDS), value=Value(draw(number)))]))
    since = (deck.take("d") or "") if draw(st.booleans()) else ""
    return c.Window(condition=inner, years=2, at_least=draw(st.sampled_from([None, 1, 2])), since=since)
