"""Rules that use more of the language than yes-or-no clauses; each feature can be left out to see what it costs.

Leaving one out changes nothing else: every feature of every rule draws from a generator of its own. The rules need a
register with history (`workload.register(..., history=True)`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from fractions import Fraction

import numpy as np

from benchmarks.rules.workload import NUMBERS, RuleWriter, flat_codes, named_rule, thresholds
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.language.rule import Award, Rule
from qingdan.rules.values import Money, Value

_WAN = 1_000_000
USED = 0.5
"""The share of rules that use a feature."""


def rich_rules(count: int, seed: int = 1, features: Collection[str] | None = None) -> list[Rule]:
    """Gates as in `workload.rules`, with these features on top (all of `FEATURES` when None)."""
    wanted = set(FEATURES) if features is None else set(features)
    if unknown := wanted - set(FEATURES):
        raise ValueError(f"no such feature: {', '.join(sorted(unknown))}; there are: {', '.join(FEATURES)}")
    return [_rule(index, seed, wanted) for index in range(count)]


def _rule(index: int, seed: int, wanted: set[str]) -> Rule:
    gate = RuleWriter(np.random.default_rng([seed, index])).gate()
    parts: list[c.Condition] = [gate]
    awards: tuple[Award, ...] = ()
    for place, (name, write) in enumerate(FEATURES.items()):
        draw = RuleWriter(np.random.default_rng([seed, index, place]))
        if name not in wanted or not draw.happens(USED):
            continue
        made = write(draw)
        if isinstance(made, c.Condition):
            parts.append(made)
        else:
            awards = (Award(id="award", title="奖补", amount=made),)
    condition = c.All(conditions=tuple(parts)) if len(parts) > 1 else gate
    rule = named_rule(index, condition)
    return Rule(**{**vars(rule), "awards": awards})


def _yearly(name: str, **more: object) -> Figure:
    return Figure(field=name, period=Period("year-1"), **more)  # type: ignore[arg-type]


def _low(draw: RuleWriter, name: str) -> Value:
    """A threshold in the lower half."""
    values = thresholds()[name]
    return Value(Decimal(values[draw.pick(0, len(values) // 2)]), NUMBERS[name].unit)


def _window(draw: RuleWriter) -> c.Condition:
    name = ("revenue", "profit", "rd")[draw.pick(0, 3)]
    compare = c.Compare(figure=_yearly(name), op=Op.AT_LEAST, value=_low(draw, name))
    at_least, since = (None, 2)[draw.pick(0, 2)], ("", "founded")[draw.pick(0, 2)]
    return c.Window(condition=compare, years=3, at_least=at_least, since=since)


def _ratio(draw: RuleWriter) -> c.Condition:
    bound = Fraction(draw.pick(1, 7), 100)
    if draw.happens(0.5):
        return c.Ratio(numerator=_yearly("rd"), denominator=_yearly("revenue"), op=Op.AT_LEAST, bound=bound)
    spread = {"spread": Spread.SUM, "count": 3, "since": ("", "founded")[draw.pick(0, 2)]}
    figures = {"numerator": _yearly("rd", **spread), "denominator": _yearly("revenue", **spread)}
    return c.Ratio(**figures, op=Op.AT_LEAST, bound=bound, if_undefined=c.Undefined.UNMET)  # type: ignore[arg-type]


def _growth(draw: RuleWriter) -> c.Condition:
    years = draw.pick(1, 3)
    rate = Fraction(draw.pick(0, 5), 20)
    return c.Growth(figure=_yearly("revenue"), op=Op.AT_LEAST, rate=rate, years=years, yearly=years > 1)


def _tiers(draw: RuleWriter) -> c.Condition:
    """A threshold for each class of size."""
    sizes = flat_codes("size")
    cases = tuple(
        c.Case(
            when=c.InCodes(field="size", codes=(code,)),
            then=c.Compare(figure=NUMBERS["employees"].figure, op=Op.AT_LEAST, value=_low(draw, "employees")),
        )
        for code in sizes[: draw.pick(2, len(sizes))]
    )
    return c.Tiered(cases=cases, otherwise=draw.flag() if draw.happens(0.5) else None)


def _score(draw: RuleWriter) -> c.Condition:
    """Three items of bands and one counted by pieces."""
    items = []
    for label in ("甲", "乙", "丙"):
        bands = tuple(c.Band(when=draw.number(), points=Decimal(points)) for points in (20, 10, 5))
        items.append(c.ScoreItem(label=label, bands=bands))
    piece = c.PerPiece(figure=Figure(field="patents"), points=Decimal("2.5"), cap=Decimal(20))
    items.append(c.ScoreItem(label="丁", per_piece=piece))
    return c.Score(items=tuple(items), op=Op.AT_LEAST, threshold=Decimal(draw.pick(4, 9) * 5))


def _age(draw: RuleWriter) -> c.Condition:
    op = Op.AT_LEAST if draw.happens(0.7) else Op.AT_MOST
    months = draw.pick(1, 6) * 12 if op is Op.AT_LEAST else draw.pick(10, 30) * 12
    return c.Age(field="founded", op=op, months=months)


def _amount(draw: RuleWriter) -> a.Amount:
    cap = Money(draw.pick(1, 50) * 10 * _WAN)
    match draw.pick(0, 4):
        case 0:
            return a.Fixed(amount=cap)
        case 1:
            return a.Rate(base=_yearly("investment"), rate=Fraction(draw.pick(1, 31), 100), cap=cap)
        case 2:
            figure, per = Figure(field="patents"), Value(Decimal(1), "项")
            return a.PerUnit(figure=figure, per=per, amount=Money(draw.pick(1, 20) * _WAN // 10), whole=True, cap=cap)
    bounds = sorted({draw.pick(1, 20) * 500 for _ in range(3)})
    bands = [
        a.SlabBand(
            upto=Value(Decimal(bound), "万元"), upto_included=False, amount=a.Fixed(amount=Money(place * 5 * _WAN))
        )
        for place, bound in enumerate(bounds)
    ]
    last = a.SlabBand(upto=None, upto_included=False, amount=a.Fixed(amount=cap))
    return a.Slab(figure=_yearly("revenue"), bands=(*bands, last))


FEATURES: dict[str, Callable[[RuleWriter], c.Condition | a.Amount]] = {
    "windows": _window,
    "ratios": _ratio,
    "growth": _growth,
    "tiers": _tiers,
    "scores": _score,
    "ages": _age,
    "amounts": _amount,
}
"""What can be switched on, by name."""
