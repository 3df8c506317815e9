"""What an award comes to: whole fen, exactly, or the range that missing facts and open decisions leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.numbers import Context, Missing, Span, figure_span
from qingdan.rules.evaluate.states import MANUAL, MET
from qingdan.rules.language import amounts as a
from qingdan.rules.language.rule import State
from qingdan.rules.values import FEN_PER_YUAN, Money, money_text
from qingdan.rules.wording import amount_text


class AmountState(StrEnum):
    """How sure an amount is."""

    EXACT = "exact"
    RANGE = "range"  # people decide within it
    UNKNOWN = "unknown"  # facts are missing
    MANUAL = "manual"  # people decide without a range, or whether there is an amount at all

    @property
    def chinese(self) -> str:
        return {"exact": "确定", "range": "在区间内商定", "unknown": "待补充", "manual": "一事一议"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One instalment: the share's amount and when it is due, in words."""

    when: str
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Sum:
    """An amount: at least `low`, at most `high` fen (None: no limit is known). Exact when the state says so."""

    state: AmountState
    low: Money
    high: Money | None
    text: str = ""
    missing: Missing = ()
    payments: tuple[Payment, ...] = ()

    @property
    def exact(self) -> Money | None:
        return self.low if self.state is AmountState.EXACT else None

    def chinese(self) -> str:
        if self.state is AmountState.EXACT:
            return money_text(self.low)
        high = "不限" if self.high is None else money_text(self.high)
        return f"{self.state.chinese}：{money_text(self.low)} 至 {high}"

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON; amounts in fen."""
        data: dict[str, Any] = {"state": self.state.value, "low_fen": self.low, "high_fen": self.high}
        if self.text:
            data["text"] = self.text
        if self.missing:
            data["missing"] = ["@".join(filter(None, each)) for each in self.missing]
        if self.payments:
            data["payments"] = [{"when": each.when, "fen": each.amount} for each in self.payments]
        return data


NOTHING = Sum(state=AmountState.EXACT, low=Money(0), high=Money(0))


def evaluate_amount(amount: a.Amount, context: Context) -> Sum:
    """The amount for this enterprise; RuleError when a figure does not fit. Never negative.

    Bounds are those of each part on its own: a missing figure in two parts makes the range wider, never narrower.
    """
    found = _evaluate(amount, context)
    return replace(found, text=amount_text(amount, context.catalogue))


def _evaluate(amount: a.Amount, context: Context) -> Sum:
    match amount:
        case a.Fixed():
            return replace(NOTHING, low=amount.amount, high=amount.amount)
        case a.PerUnit():
            return _per_unit(amount, context)
        case a.Rate():
            span = _in_fen(amount.base, context)
            return _bounded(span, lambda fen: fen * amount.rate, amount.floor, amount.cap, amount.rounding)
        case a.ShareOfContribution():
            span = _in_fen(amount.contribution, context)
            return _bounded(span, lambda fen: fen * amount.share, None, amount.cap, amount.rounding)
        case a.Marginal():
            span = _in_fen(amount.base, context)
            return _bounded(span, lambda fen: _marginal(amount, fen), None, amount.cap, amount.rounding)
        case a.Slab():
            return _slab(amount, context)
        case a.Instalments():
            return _instalments(amount, context)
        case a.ByCase():
            return _by_case(amount, context)
        case a.Negotiated():
            state = AmountState.MANUAL if amount.low is None and amount.high is None else AmountState.RANGE
            return Sum(state=state, low=amount.low or Money(0), high=amount.high)
    raise AssertionError(amount)


def _in_fen(figure: a.Figure, context: Context) -> Span:
    spec = context.catalogue.field(figure.field)
    if spec.unit != "元":
        raise RuleError(
            Words(f"“{spec.chinese}”不是金额", f"'{spec.name}' is not money"),
            Words("请用金额字段，或用按单位计算", "use a field of money, or an amount per unit"),
        )
    span = figure_span(figure, context)
    factor = spec.step * FEN_PER_YUAN
    return replace(
        span,
        low=None if span.low is None else span.low * factor,
        high=None if span.high is None else span.high * factor,
    )


def _bounded(span: Span, computed: Any, floor: int | None, cap: int | None, rounding: a.Rounding) -> Sum:
    """A growing function of a figure, between floor and cap; they bind the rounded amount."""

    def pay(number: Fraction) -> Money:
        fen = rounding.apply(computed(number))
        fen = Money(max(fen, floor)) if floor is not None else fen
        return Money(min(fen, cap)) if cap is not None else fen

    if span.undefined:
        return Sum(state=AmountState.MANUAL, low=Money(floor or 0), high=None if cap is None else Money(cap))
    # Below zero there is nothing to pay, so an unknown lower end is as good as zero.
    low = pay(span.low if span.low is not None else Fraction())
    # However large the figure, the cap holds; without figure-dependent part there is nothing to be large.
    high = pay(span.high) if span.high is not None else (None if cap is None else Money(cap))
    if span.high is None and computed(Fraction(10) ** 40) <= computed(Fraction()):
        high = low
    state = AmountState.EXACT if low == high else AmountState.UNKNOWN
    return Sum(state=state, low=low, high=high, missing=span.missing if low != high else ())


def _per_unit(amount: a.PerUnit, context: Context) -> Sum:
    spec = context.catalogue.field(amount.figure.field)
    per = spec.steps(amount.per)

    def computed(steps: Fraction) -> Fraction:
        units = max(Fraction(), steps / per)
        return (Fraction(units.__floor__()) if amount.whole else units) * amount.amount

    return _bounded(figure_span(amount.figure, context), computed, None, amount.cap, amount.rounding)


def _marginal(amount: a.Marginal, fen: Fraction) -> Fraction:
    total, below = Fraction(), Fraction()
    for band in amount.bands:
        upto = fen if band.upto is None else min(fen, Fraction(band.upto))
        total += max(Fraction(), upto - below) * band.rate
        below = max(below, upto)
    return total


def _slab(amount: a.Slab, context: Context) -> Sum:
    spec = context.catalogue.field(amount.figure.field)
    span = figure_span(amount.figure, context)
    if span.undefined:
        return Sum(state=AmountState.MANUAL, low=Money(0), high=None)
    choices: list[Sum] = []
    # `start`: the least value above the bands before, None at the beginning.
    start: Fraction | None = None
    for band in amount.bands:
        end = None
        if band.upto is not None:
            bound = spec.steps(band.upto) / span.grid
            last = bound.__floor__() if band.upto_included else bound.__ceil__() - 1
            end = last * span.grid
        reaches_up = start is None or span.high is None or span.high >= start
        reaches_down = end is None or span.low is None or span.low <= end
        if reaches_up and reaches_down:
            choices.append(evaluate_amount(band.amount, context))
        start = None if end is None else end + span.grid
        if end is None:
            break
    else:
        if span.high is None or start is None or span.high >= start:
            choices.append(NOTHING)
    return _one_of(choices, span.missing)


def _one_of(choices: list[Sum], missing: Missing, manual: bool = False) -> Sum:
    """Any of several amounts, since `missing` facts (or people, when `manual`) decide which."""
    first = choices[0]
    same = all((each.state, each.low, each.high) == (first.state, first.low, first.high) for each in choices)
    if same:
        return first
    highs = [each.high for each in choices]
    return Sum(
        state=AmountState.MANUAL if manual else AmountState.UNKNOWN,
        low=min(each.low for each in choices),
        high=None if None in highs else max(high for high in highs if high is not None),
        missing=tuple(dict.fromkeys(missing + tuple(each for choice in choices for each in choice.missing))),
    )


def _instalments(amount: a.Instalments, context: Context) -> Sum:
    whole = evaluate_amount(amount.amount, context)
    if whole.exact is None:
        return whole
    paid = [Money((whole.exact * part.share).__floor__()) for part in amount.parts]
    paid[-1] = Money(whole.exact - sum(paid[:-1]))
    payments = tuple(Payment(when=part.when, amount=fen) for part, fen in zip(amount.parts, paid, strict=True))
    return replace(whole, payments=payments)


def _by_case(amount: a.ByCase, context: Context) -> Sum:
    choices: list[Sum] = []
    missing: Missing = ()
    only_manual = True
    for case in amount.cases:
        when = evaluate_condition(case.when, context)
        if when.possible & (MET | MANUAL):
            choices.append(evaluate_amount(case.then, context))
        if when.possible == MET:
            break
        if when.state is State.UNKNOWN:
            only_manual = False
            missing += when.all_missing()
    else:
        choices.append(evaluate_amount(amount.otherwise, context) if amount.otherwise else NOTHING)
    return _one_of(choices, missing, manual=only_manual)
