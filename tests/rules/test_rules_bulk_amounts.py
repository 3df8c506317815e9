"""Amounts for many enterprises against the evaluator: the same state, least and most for every one of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules import library
from qingdan.rules.amounts import STATES, AmountProgram, BulkSum, aligned, payable, settle_bulk
from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import AmountState, Facts, explain, settle
from qingdan.rules.evaluate.amounts import evaluate_amount
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.language.rule import Award, GroupMode, Rule, StackingGroup, State, Status
from qingdan.rules.store.tables import TableBlock
from qingdan.rules.values import Money, Value
from tests.rules.tables import table_of

DAY = date(2026, 7, 1)
YEARS = ("2026", "2025", "2024", "2023")


def field(name: str, kind: str, period: str = "none", **more: Any) -> Field:
    bounds = {key: Value.parse(more.pop(key)) for key in ("minimum", "maximum") if key in more}
    return Field(
        name=name, chinese=name, english=name, type=FieldType(kind), period=PeriodKind(period), **bounds, **more
    )


CATALOGUE = Catalogue(
    (
        field("profit", "money", "year", unit="元"),
        field("revenue", "money", "year", unit="元", minimum="0 元"),
        field("rd", "money", "year", unit="元", minimum="0 元", maximum="50 万元"),
        field("loss", "money", unit="元", maximum="1 元"),
        field("coins", "integer", "as-of", unit="元", fresh_months=14),  # whole 元
        field("price", "decimal", unit="元", scale=4, minimum="0 元", maximum="3000 元"),  # hundredths of a fen
        field("land", "decimal", unit="亩", scale=2, minimum="0 亩"),
        field("staff", "integer", "as-of", unit="人", fresh_months=14, minimum="0 人", maximum="5000 人"),
        field("share", "ratio", "year", scale=4, minimum="0 %"),
        field("founded", "date"),
        field("insured", "boolean"),
        field("district", "code", tree="districts"),
        field("titles", "statuses", tree="titles"),
    ),
    (
        CodeTree("districts", "区", (Code("N", "北"), Code("N1", "北一", "N"), Code("S", "南"))),
        CodeTree("titles", "称号", (Code("high", "高"), Code("small", "小"))),
    ),
)
MONEY = ("profit", "revenue", "rd", "loss", "coins", "price")
UNITS = {"land": "亩", "staff": "人", "share": "%", **dict.fromkeys(MONEY, "元")}
EDGES = ("0", "0.5", "1", "99.99", "100", "333.3333", "3000", "500000", "8000000")
HUGE = (10**17 + 1, 2**62, 2**63 - 1, -(2**62))
Key = tuple[str, str]


# ---- random amounts


class Draw:
    """Random amounts, and the facts near whose edges an enterprise is interesting."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.near: dict[str, list[int]] = {}

    def amount(self, depth: int) -> a.Amount:
        rng = self.rng
        simple: list[Callable[[], a.Amount]] = [
            *(self.fixed, self.negotiated, self.per_unit, self.rate, self.contribution, self.marginal),
        ]
        if not depth:
            return rng.choice(simple)()
        inner = depth - 1
        return rng.choice([*simple[2:], *[lambda: self.slab(inner), lambda: self.by_case(inner)] * 3, self.paid])()

    def figure(self, names: tuple[str, ...]) -> Figure:
        rng, name = self.rng, self.rng.choice(names)
        if CATALOGUE.field(name).period is not PeriodKind.YEAR:
            return Figure(field=name)
        period = Period(rng.choice(["year-1", "year-0", "2024"]))
        if rng.random() < 0.4:
            return Figure(field=name, period=period)
        since = rng.choice(["", "founded"])
        return Figure(field=name, period=period, spread=rng.choice(list(Spread)), count=rng.randint(1, 3), since=since)

    def edge(self, name: str) -> Value:
        value = Value(Decimal(self.rng.choice(EDGES)), UNITS[name])
        steps = CATALOGUE.field(name).steps(value)
        self.near.setdefault(name, []).extend([steps.__floor__(), steps.__ceil__()])
        return value

    def fen(self) -> Money:
        top = self.rng.choice([300, 10**6, 10**9, 10**24 if self.rng.random() < 0.1 else 10**9])
        return Money(self.rng.randint(0, top))

    def limits(self) -> tuple[Money | None, Money | None]:
        floor, cap = sorted([self.fen(), self.fen()])
        return self.rng.choice([None, floor]), self.rng.choice([None, cap])

    def share(self) -> Fraction:
        return self.rng.choice([Fraction(0), Fraction(1, 3), Fraction(37, 1000), Fraction(1), Fraction(19, 7919)])

    def fixed(self) -> a.Amount:
        return a.Fixed(amount=self.rng.choice([Money(0), Money(100), self.fen()]))

    def negotiated(self) -> a.Amount:
        low, high = self.rng.choice([self.limits(), (Money(100), Money(100))])
        return a.Negotiated(low=low, high=high)

    def per_unit(self) -> a.Amount:
        figure = self.figure(tuple(UNITS))
        number = Decimal(self.rng.choice(["1", "3", "0.07", "100"]))
        amount, cap = sorted([self.fen(), self.fen()])
        return a.PerUnit(
            figure=figure,
            per=Value(number, UNITS[figure.field]),
            amount=amount,
            whole=self.rng.random() < 0.5,
            cap=self.rng.choice([None, cap]),
            rounding=self.rng.choice(list(a.Rounding)),
        )

    def rate(self) -> a.Amount:
        floor, cap = self.limits()
        rounding = self.rng.choice(list(a.Rounding))
        return a.Rate(base=self.figure(MONEY), rate=self.share(), floor=floor, cap=cap, rounding=rounding)

    def contribution(self) -> a.Amount:
        return a.ShareOfContribution(contribution=self.figure(MONEY), share=self.share(), cap=self.limits()[1])

    def marginal(self) -> a.Amount:
        ends = sorted(self.rng.sample([Money(each) for each in (-200, 0, 10_000, 30_000, 10**8, 10**20)], 2))
        figure = self.figure(MONEY)
        fen = CATALOGUE.field(figure.field).step * 100
        self.near.setdefault(figure.field, []).extend(int(each / fen) for each in ends if each < 10**9)
        bands = [a.MarginalBand(upto=end, rate=self.share()) for end in (*ends, self.rng.choice([None, Money(10**21)]))]
        return a.Marginal(
            base=figure, bands=tuple(bands), cap=self.limits()[1], rounding=self.rng.choice(list(a.Rounding))
        )

    def slab(self, depth: int) -> a.Amount:
        figure = self.figure(tuple(UNITS))
        ends = {edge.number: edge for edge in (self.edge(figure.field) for _ in range(3))}
        rising: list[Value | None] = [ends[number] for number in sorted(ends)]
        bands = [
            a.SlabBand(upto=end, upto_included=self.rng.random() < 0.5, amount=self.amount(depth))
            for end in [*rising, *self.rng.choice([[], [None]])]
        ]
        return a.Slab(figure=figure, bands=tuple(bands))

    def paid(self) -> a.Amount:
        parts = tuple(a.Instalment(share=Fraction(1, 3), when="次年") for _ in range(3))
        return a.Instalments(amount=self.amount(0), parts=parts)

    def by_case(self, depth: int) -> a.Amount:
        cases = [a.AmountCase(when=self.condition(), then=self.amount(depth)) for _ in range(self.rng.randint(1, 3))]
        return a.ByCase(cases=tuple(cases), otherwise=self.rng.choice([None, self.amount(depth)]))

    def condition(self) -> c.Condition:
        flag, open_question = c.Flag(field="insured", expected=True), c.Judgement(question="是否重大")
        decided = c.Judgement(question="是否重大", field="insured")
        district = c.InCodes(field="district", codes=(self.rng.choice(["N", "S"]),))
        compare = c.Compare(figure=self.figure(("profit", "revenue")), op=Op.AT_LEAST, value=self.edge("revenue"))
        title = c.HoldsStatus(field="titles", codes=("high",))
        tiered = c.Tiered(cases=(c.Case(when=district, then=flag),))
        return self.rng.choice([flag, open_question, decided, district, compare, title, tiered])

    # ---- and random facts

    def facts(self) -> Facts:
        rng, missing = self.rng, self.rng.choice([0.0, 0.1, 0.4])
        known: dict[Key, Any] = {}
        for spec in CATALOGUE.fields:
            periods = {PeriodKind.YEAR: YEARS, PeriodKind.AS_OF: ("2025-12-31", "2026-06-30")}.get(spec.period, ("",))
            known |= {(spec.name, period): self.fact(spec) for period in periods if rng.random() >= missing}
        return Facts(known)

    def fact(self, spec: Field) -> Any:
        rng = self.rng
        match spec.type:
            case FieldType.DATE:
                return date(rng.randint(2022, 2027), rng.choice([1, 12]), rng.choice([1, 31]))
            case FieldType.BOOLEAN:
                return rng.random() < 0.5
            case FieldType.CODE:
                return rng.choice(["N", "N1", "S"])
            case FieldType.STATUSES:
                codes = rng.sample(["high", "small"], rng.randint(0, 2))
                return tuple(Status(code=code, start=date(2024, 1, 1)) for code in codes)
        whole = rng.choice([*self.near.get(spec.name, []), 0, 100, 12_345_678])
        number = whole + rng.choice([-1, 0, 1])
        if rng.random() < 0.02:
            number = rng.choice(HUGE)
        low, high = spec.bounds()
        number = number if low is None else max(number, int(low))
        return number if high is None else min(number, int(high))


def rule_of(*amounts: a.Amount, name: str = "r", condition: c.Condition | None = None) -> Rule:
    awards = tuple(Award(id=f"a{place}", title="奖", amount=amount) for place, amount in enumerate(amounts))
    condition = condition or c.Flag(field="insured", expected=True)
    return Rule(id=name, title=name, version="1", valid_from=date(2026, 1, 1), condition=condition, awards=awards)


Plain = tuple[AmountState, int, int | None]


def plain(sums: BulkSum) -> list[Plain]:
    """State, least and most for each enterprise."""
    assert not sums.high[sums.no_high].any()
    lists = zip(*(each.tolist() for each in sums), strict=True)
    return [(STATES[state], low, None if no_high else high) for state, low, high, no_high in lists]


def bulk(amounts: list[a.Amount], facts: list[Facts], rows: list[int] | None = None) -> list[list[Plain]]:
    block = TableBlock(table_of(CATALOGUE, facts), CATALOGUE, DAY)
    places = np.array(range(len(facts)) if rows is None else rows, np.intp)
    return [plain(each) for each in AmountProgram(rule_of(*amounts), CATALOGUE, DAY).of(block, places)]


def single(amount: a.Amount, facts: Facts) -> Plain:
    found = evaluate_amount(amount, Context(CATALOGUE, facts, DAY))
    return found.state, found.low, found.high


# ---- amounts


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_every_amount_is_that_of_the_evaluator(seed: int) -> None:
    draw = Draw(random.Random(seed))
    amounts = [draw.amount(depth) for depth in (0, 1, 2)]
    facts = [draw.facts() for _ in range(24)]
    rows = sorted(draw.rng.sample(range(24), 20))
    for amount, found in zip(amounts, bulk(amounts, facts, rows), strict=True):
        for row, bulk_sum in zip(rows, found, strict=True):
            assert bulk_sum == single(amount, facts[row]), (amount, facts[row].values)


PROFIT = Figure(field="profit", period=Period("year-1"))


def rate(share: str, figure: Figure | None = None, **more: Any) -> a.Rate:
    return a.Rate(base=figure or PROFIT, rate=Fraction(share), **more)


def fixed(fen: int) -> a.Fixed:
    return a.Fixed(amount=Money(fen))


def profit(fen: int) -> Facts:
    return Facts({("profit", "2025"): fen})


@pytest.mark.parametrize("rounding", list(a.Rounding))
def test_rounding_is_exact_beside_every_half(rounding: a.Rounding) -> None:
    halves = [0, 1, 50, 100, 500_000, 1_000_000, 10**18]
    facts = [profit(7 * half + beside) for half in halves for beside in (-8, -7, -1, 0, 1, 3, 4, 7)]
    amounts = [rate(share, rounding=rounding) for share in ("1/7", "1/14", "1", "0")]
    for amount, found in zip(amounts, bulk(list(amounts), facts), strict=True):
        assert found == [single(amount, each) for each in facts]


def test_amounts_beyond_64_bits_are_exact_and_others_stay_in_them() -> None:
    big, small = profit(2**63 - 1), profit(2**62)
    amount = a.PerUnit(figure=PROFIT, per=Value(Decimal(1), "元"), amount=Money(10**6), whole=True)
    ((found, again),) = bulk([amount], [big, small])
    assert found == single(amount, big) == (AmountState.EXACT, (2**63 - 1) // 100 * 10**6, (2**63 - 1) // 100 * 10**6)
    assert again == single(amount, small)
    block = TableBlock(table_of(CATALOGUE, [big, small]), CATALOGUE, DAY)
    capped = rate("7919/3", cap=Money(5))
    (sums,) = AmountProgram(rule_of(capped), CATALOGUE, DAY).of(block, np.arange(2))
    assert (sums.low.dtype, sums.low.tolist()) == (np.int64, [5, 5])


def test_years_before_the_first_day_do_not_count() -> None:
    figure = Figure(field="rd", period=Period("year-1"), spread=Spread.MEAN, count=3, since="founded")
    years = {("rd", year): fen for year, fen in (("2025", 700), ("2024", 400), ("2023", 100))}
    days = [date(2019, 5, 1), date(2023, 12, 31), date(2024, 1, 1), date(2025, 12, 31), date(2026, 1, 1), None]
    facts = [Facts(years | ({("founded", ""): day} if day else {})) for day in days]
    (found,) = bulk([rate("1", figure, cap=Money(900))], facts)
    assert [each[:2] for each in found[:4]] == [(AmountState.EXACT, fen) for fen in (400, 400, 550, 700)]
    assert found[4:] == [(AmountState.MANUAL, 0, 900)] * 2
    all_null = TableBlock(table_of(CATALOGUE, facts).slice(5), CATALOGUE, DAY)
    (sums,) = AmountProgram(rule_of(rate("1", figure, cap=Money(900))), CATALOGUE, DAY).of(all_null, np.arange(1))
    assert plain(sums) == found[5:]


def test_what_comes_after_a_case_that_is_met_leaves_nothing_open() -> None:
    flag, judged = c.Flag(field="insured", expected=True), c.Judgement(question="是否重大")
    whens = [judged, flag, c.InCodes(field="district", codes=("N",))]
    cases = tuple(a.AmountCase(when=when, then=fixed(fen)) for fen, when in enumerate(whens, 1))
    facts = [Facts({("insured", ""): True}), Facts({("insured", ""): False}), Facts()]
    (found,) = bulk([a.ByCase(cases=cases)], facts)
    assert found == [(AmountState.MANUAL, 1, 2), (AmountState.UNKNOWN, 0, 3), (AmountState.UNKNOWN, 0, 3)]


def test_an_amount_that_may_be_negotiated_is_not_exact_even_when_it_can_only_be_one() -> None:
    cases = (a.AmountCase(when=c.Flag(field="insured", expected=True), then=fixed(1)),)
    one = a.ByCase(cases=cases, otherwise=a.Negotiated(low=Money(1), high=Money(1)))
    assert bulk([one], [Facts()]) == [[single(one, Facts())]] == [[(AmountState.UNKNOWN, 1, 1)]]


def test_a_missing_figure_of_which_nothing_is_paid_leaves_nothing_open() -> None:
    below_zero = a.MarginalBand(upto=Money(-200), rate=Fraction(1, 3))
    bands = (below_zero, a.MarginalBand(upto=None, rate=Fraction(0)))
    found = bulk([a.Marginal(base=PROFIT, bands=bands), rate("0", floor=Money(7))], [Facts()])
    assert found == [[(AmountState.EXACT, 0, 0)], [(AmountState.EXACT, 7, 7)]]


def test_rows_can_be_any_of_the_block_in_any_order_or_none() -> None:
    facts = [*(profit(-fen) for fen in range(5)), profit(100), Facts()]
    assert bulk([rate("1")], facts, [5, 0, 6]) == [
        [(AmountState.EXACT, 100, 100), (AmountState.EXACT, 0, 0), (AmountState.UNKNOWN, 0, None)]
    ]
    by_case = a.ByCase(cases=(a.AmountCase(when=c.Flag(field="insured", expected=True), then=rate("1")),))
    assert bulk([rate("1"), by_case], facts, []) == [[], []]


def test_an_amount_that_the_evaluator_refuses_is_refused_with_the_name_of_its_rule() -> None:
    def refused(amount: a.Amount, text: str) -> None:
        with pytest.raises(RuleError, match=text) as error:
            AmountProgram(rule_of(amount), CATALOGUE, DAY)
        assert "r 1" in str(error.value)

    refused(rate("1", Figure(field="staff")), "'staff' is not money")
    bands = (a.SlabBand(upto=Value(Decimal(3), "亩"), upto_included=True, amount=a.Fixed(amount=Money(1))),)
    refused(a.Slab(figure=Figure(field="staff"), bands=bands), "not measured in '亩'")
    figure = Figure(field="rd", period=Period("year-1"), spread=Spread.SUM, count=2, since="insured")
    refused(rate("1", figure), "'insured' is not a date")


# ---- what is payable, and awards that do not add up


def payable_of(rule: Rule, facts: list[Facts]) -> dict[str, BulkSum]:
    """Every award of a rule for all enterprises, from what is payable in each of its states."""
    block = TableBlock(table_of(CATALOGUE, facts), CATALOGUE, DAY)
    states = [explain(rule, each, CATALOGUE, DAY).state for each in facts]
    parts: dict[str, list[Any]] = {award.id: [] for award in rule.awards}
    for state in State:
        rows = np.array([row for row, each in enumerate(states) if each is state], np.intp)
        for award, sums in zip(rule.awards, AmountProgram(rule, CATALOGUE, DAY).of(block, rows), strict=True):
            parts[award.id].append((rows, payable(state, sums)))
    return {f"{rule.id}/{award}": aligned(len(facts), each) for award, each in parts.items()}


def random_group(rng: random.Random, keys: list[str]) -> StackingGroup:
    mode = rng.choice(list(GroupMode))
    cap = Money(rng.choice([0, 100, 200, 10**6, 10**20])) if mode is GroupMode.CAPPED else None
    members = rng.sample(keys, rng.choice([1, 2, len(keys)]))
    return StackingGroup(id="g", title="组", mode=mode, members=(*members, "gone/a0"), cap=cap)


def exact_sums(*amounts: int) -> dict[str, BulkSum]:
    """Awards of fixed amounts for one enterprise that is entitled to all of them."""
    rule = rule_of(*(fixed(fen) for fen in amounts))
    return payable_of(rule, [Facts({("insured", ""): True})])


def test_of_equal_awards_the_first_is_paid_and_a_total_at_the_cap_is_not_cut() -> None:
    def left(mode: GroupMode, cap: int | None, *amounts: int) -> list[list[Plain]]:
        members = tuple(f"r/a{place}" for place in range(len(amounts)))
        group = StackingGroup(id="g", title="组", mode=mode, members=members, cap=None if cap is None else Money(cap))
        return [plain(each) for each in settle_bulk(exact_sums(*amounts), [group]).values()]

    def exact(*amounts: int) -> list[list[Plain]]:
        return [[(AmountState.EXACT, fen, fen)] for fen in amounts]

    assert left(GroupMode.HIGHEST, None, 0, 5, 5, 3) == exact(0, 5, 0, 0)
    assert left(GroupMode.CAPPED, 12, 5, 7) == exact(5, 7)
    assert left(GroupMode.CAPPED, 11, 5, 7) == [[(AmountState.MANUAL, 0, 5)], [(AmountState.MANUAL, 0, 7)]]
    assert left(GroupMode.CAPPED, 11, 0, 70) == exact(0, 11)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_groups_leave_of_every_award_what_the_evaluator_leaves(seed: int) -> None:
    draw = Draw(random.Random(seed))
    amounts = [[draw.rng.choice([draw.fixed, lambda: draw.amount(1)])() for _ in range(2)] for _ in range(2)]
    rules = [rule_of(*each, name=f"r{n}", condition=draw.condition()) for n, each in enumerate(amounts)]
    facts = [draw.facts() for _ in range(12)]
    payables = {key: sums for rule in rules for key, sums in payable_of(rule, facts).items()}
    groups = [random_group(draw.rng, list(payables)) for _ in range(draw.rng.randint(0, 2))]
    before = {key: plain(sums) for key, sums in payables.items()}
    found = {key: plain(sums) for key, sums in settle_bulk(payables, groups).items()}
    assert {key: plain(sums) for key, sums in payables.items()} == before
    state_is_kept = all(group.mode is not GroupMode.HIGHEST for group in groups)
    for row, each in enumerate(facts):
        for settled in settle([explain(rule, each, CATALOGUE, DAY) for rule in rules], groups):
            state, low, high = found[settled.key][row]
            expected = settled.payable
            assert (low, high) == (expected.low, expected.high), (settled.key, groups, each.values)
            assert (state is AmountState.EXACT) == (expected.exact is not None)
            assert not state_is_kept or state is expected.state


def test_the_awards_of_the_library_are_those_of_the_evaluator_whatever_fact_is_missing() -> None:
    fields = library.catalogue()
    for rule in (each for versions in library.programmes().values() for each in versions):
        for day in {example.fact_date for example in rule.tests}:
            given = [Facts.given(fields, each.facts).values for each in rule.tests if each.fact_date == day]
            less = [{key: fact for key, fact in each.items() if key != gone} for each in given for gone in each]
            facts = [Facts(each) for each in [*given, *less]]
            block = TableBlock(table_of(fields, facts), fields, day)
            found = AmountProgram(rule, fields, day).of(block, np.arange(len(facts)))
            for each, sums in zip(rule.awards, found, strict=True):
                expected = [evaluate_amount(each.amount, Context(fields, known, day)) for known in facts]
                assert plain(sums) == [(each.state, each.low, each.high) for each in expected], rule.id
