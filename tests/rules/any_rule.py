"""Arbitrary rules for the tests of forms: every node class, every key, any text. They need not make sense."""

from __future__ import annotations

import dataclasses
import typing
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from qingdan.rules.errors import RuleError
from qingdan.rules.forms.codec import _hints, _optional
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Period, Source, Spread
from qingdan.rules.language.rule import Award, Example, GivenFact, Rule, Status
from qingdan.rules.values import Money, Value

texts = st.text(max_size=6) | st.sampled_from(["0111", "true", "~", "1.5", "2025-06-30", "- x", "a: b", "\n", "#"])
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
dates = st.dates(date(1, 1, 1), date(9999, 12, 31))
numbers = st.decimals(-(10**15), 10**15, places=3, allow_nan=False)
statuses = st.builds(Status, code=texts, start=dates, end=st.none() | dates)

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(1, 40),
    bool: st.booleans(),
    date: dates,
    Decimal: numbers,
    Fraction: st.fractions(-2, 100, max_denominator=10**6),
    Money: st.integers(0, 10**16),
    Value: st.builds(Value, numbers, st.sampled_from(["", "元", "万元", "%", "人", "元/亩"])),
    Period: st.builds(Period, st.sampled_from(["year-1", "year-0", "2025", "2025-06", "month-12"])),
    tuple[GivenFact, ...]: st.dictionaries(
        texts,
        st.none()
        | st.booleans()
        | st.integers(-(10**29), 10**29)
        | texts
        | st.lists(texts).map(tuple)
        | st.lists(statuses).map(tuple),
    ).map(lambda facts: tuple(GivenFact(key=key, value=value) for key, value in facts.items())),
    Figure: st.builds(Figure, field=names, period=st.none() | st.builds(Period, st.just("year-1")))
    | st.builds(
        Figure,
        field=names,
        period=st.builds(Period, st.sampled_from(["year-1", "2025"])),
        spread=st.sampled_from(list(Spread)),
        count=st.integers(1, 9),
        since=st.sampled_from(["", "founded"]),
    ),
    Source: st.builds(Source, document=texts, quote=texts, note=texts)
    | st.builds(Source, document=texts, start=st.integers(0, 5), end=st.integers(5, 9)),
}


def build(draw: Any, kind: Any, depth: int) -> Any:
    """A value of the type `kind`; nodes get simple once `depth` is used up."""
    if inner := _optional(kind):
        return build(draw, inner, depth) if draw(st.booleans()) else None
    if kind in SIMPLE:
        return draw(SIMPLE[kind])
    if kind is c.Condition:
        classes = c.CONDITIONS if depth else (c.Flag, c.Compare, c.InCodes, c.Age)
        return record(draw, draw(st.sampled_from(classes)), depth - 1)
    if kind is a.Amount:
        return record(draw, draw(st.sampled_from(a.AMOUNTS if depth else (a.Fixed, a.Negotiated))), depth - 1)
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        return tuple(build(draw, item, depth) for _ in range(draw(st.integers(1, 2))))
    if issubclass(kind, Enum):
        return draw(st.sampled_from(list(kind)))
    return record(draw, kind, depth)


def record(draw: Any, cls: Any, depth: int) -> Any:
    """An instance; what the class refuses is replaced by one that it takes."""
    given = draw(st.sampled_from(FIXED.get(cls, [{}])))
    hints = _hints(cls)
    values = {
        field.name: given[field.name] if field.name in given else build(draw, hints[field.name], max(depth, 0))
        for field in dataclasses.fields(cls)
        if field.init
    }
    try:
        return cls(**values)
    except RuleError:
        return c.Flag(field="insured", expected=True) if issubclass(cls, c.Condition) else a.Negotiated(low=Money(1))


_BANDS = (
    a.SlabBand(upto=Value(Decimal(5), "人"), upto_included=True, amount=a.Fixed(amount=Money(1))),
    a.SlabBand(upto=None, upto_included=False, amount=a.Negotiated()),
)
_MARGINAL = (a.MarginalBand(upto=Money(5), rate=Fraction(1, 3)), a.MarginalBand(upto=None, rate=Fraction(1)))
_PARTS = (a.Instalment(share=Fraction(1, 3), when="先"), a.Instalment(share=Fraction(2, 3), when="后"))
_PIECE = c.PerPiece(figure=Figure(field="patents"), points=Decimal("0.5"), cap=Decimal(3))
_RANKS = [{"share": None, "among": None, "top": 3}, {"share": Fraction(1, 3), "among": _PIECE.figure, "top": None}]
# Keys whose values hang together: one of these.
FIXED: dict[Any, list[dict[str, Any]]] = {
    a.Slab: [{"bands": _BANDS}],
    a.Marginal: [{"bands": _MARGINAL, "cap": None}],
    a.Instalments: [{"parts": _PARTS}],
    a.Rate: [{"floor": None}, {"cap": None}, {"floor": Money(1), "cap": Money(2)}],
    c.ScoreItem: [{"per_piece": None}, {"per_piece": _PIECE, "bands": ()}],
    c.AtLeast: [{"k": 1}],
    c.Window: [{"at_least": None, "years": 2}, {"at_least": 2, "years": 3}],
    c.Rank: _RANKS,
    Rule: [{"awards": (), "valid_from": date(1, 1, 1)}],
}


@st.composite
def rules(draw: Any) -> Rule:
    rule: Rule = record(draw, Rule, 3)
    awards = tuple(Award(id=name, title="奖", amount=build(draw, a.Amount, 2)) for name in ("a", "b"))
    return dataclasses.replace(rule, awards=awards, tests=(build(draw, Example, 0),))
