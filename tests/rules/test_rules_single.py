"""One enterprise against all rules: the evaluator's states, condition by condition, also after facts have changed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.attributes import StateBits
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.kernel.answers import has_fast_kernel
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.single import Adviser, Standing
from qingdan.rules.single.possible import reader_of
from qingdan.rules.store.tables import TableBlock
from qingdan.rules.values import Value
from tests.rules import random_register as register
from tests.rules.small_world import DAY, DOMAINS, WORLD, conditions, keys_of

Key = tuple[str, str]
KERNELS = [False, True] if has_fast_kernel() else [False]


def _rule(condition: c.Condition, name: str = "r") -> Rule:
    return Rule(id=name, title=name, version="1", valid_from=DAY, condition=condition)


def _shown(standing: Standing, rule: int) -> list[tuple[c.Condition, State]]:
    return [(branch.condition, state) for branch, state in standing.conditions(rule)]


def _expect_the_evaluators_states(standing: Standing, adviser: Adviser, facts: Facts) -> None:
    for place, (rule, state) in enumerate(zip(adviser.rules, standing.states(), strict=True)):
        outcome = explain(rule, facts, adviser.catalogue, adviser.fact_date).outcome
        assert state is outcome.state
        assert _shown(standing, place) == [(each.condition, each.state) for each in outcome.walk()]


def _both(rules: list[Rule], catalogue: Catalogue, day: date) -> list[Adviser]:
    return [Adviser(rules, catalogue, day, fast=fast) for fast in KERNELS]


small_rules = st.lists(st.booleans().flatmap(conditions), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(trees=small_rules, seed=st.integers(0, 10**6))
def test_every_condition_has_the_evaluators_state_before_and_after_changes(trees: Any, seed: int) -> None:
    rng = random.Random(seed)
    keys = sorted({key for tree in trees for key in keys_of(tree)})
    given_facts = {key: rng.choice(DOMAINS[key[0][0]]) for key in keys if rng.random() < 0.6}
    advisers = _both([_rule(tree) for tree in trees], WORLD, DAY)
    standings = [each.enterprise(Facts.of(WORLD, given_facts)) for each in advisers]
    for standing, adviser in zip(standings, advisers, strict=True):
        _expect_the_evaluators_states(standing, adviser, Facts.of(WORLD, given_facts))
    for _ in range(6 if keys else 0):
        name, period = rng.choice(keys)
        value = rng.choice([None, *DOMAINS[name[0]]])
        _change(standings, advisers, name, period, value)
    facts = Facts(dict(standings[0].facts.values))
    _expect_the_evaluators_states(standings[0], advisers[0], facts)


def _change(standings: list[Standing], advisers: list[Adviser], name: str, period: str, value: Any) -> None:
    """Change a fact everywhere: the flips are the differences, and everything is as if looked at anew."""
    for standing, adviser in zip(standings, advisers, strict=True):
        before = standing.states()
        flips = standing.change(name, period, value)
        after = standing.states()
        assert flips == [(rule, *pair) for rule, pair in enumerate(zip(before, after, strict=True)) if len({*pair}) > 1]
        fresh = adviser.enterprise(standing.facts)
        assert [each.tolist() for each in standing.memory] == [each.tolist() for each in fresh.memory]
    assert len({tuple(each.tobytes() for each in standing.memory) for standing in standings}) == 1


# ---- every type of field


@pytest.fixture(scope="module")
def town() -> tuple[list[Adviser], Any, list[Facts]]:
    rng = random.Random(11)
    rules = [register.random_rule(rng, str(index)) for index in range(60)]
    table = register.random_register(rng, rules, rows=60)
    return _both(rules, register.CATALOGUE, register.FACT_DATE), table, register.all_facts(table)


def test_lists_days_and_months_are_read_as_the_evaluator_reads_them(town: Any) -> None:
    advisers, _, enterprises = town
    for facts in enterprises[:6]:
        for adviser in advisers:
            _expect_the_evaluators_states(adviser.enterprise(facts), adviser, facts)


def test_derived_facts_are_those_of_the_block_functions(town: Any) -> None:
    (adviser, *_), table, enterprises = town
    block = TableBlock(table, register.CATALOGUE, register.FACT_DATE)
    derived = [place for place, each in enumerate(adviser.network.attributes) if isinstance(each, StateBits)]
    kinds = {type(adviser.network.attributes[place].derived).__name__ for place in derived}
    assert kinds == {"SpreadFact", "ShareFact", "ListFact"}
    readers = {place: reader_of(adviser.network.attributes[place].derived, register.CATALOGUE) for place in derived}
    for place in derived:
        flags = adviser.network.attributes[place].derived.possible(block)
        sides = [(1 << side, each) for side, each in enumerate(flags) if each is not None]
        for row, facts in enumerate(enterprises):
            known = dict(facts.values)
            adviser.as_of.put(known)
            assert readers[place](known) == sum(bit for bit, each in sides if each[row])


def test_a_change_of_any_fact_is_as_if_looked_at_anew(town: Any) -> None:
    advisers, _, enterprises = town
    rng = random.Random(5)
    standings = [each.enterprise(enterprises[0]) for each in advisers]
    for _ in range(150):
        facts = rng.choice(enterprises).values
        name, period = rng.choice(sorted(facts))
        _change(standings, advisers, name, period, rng.choice([None, facts[name, period]]))
    _expect_the_evaluators_states(standings[-1], advisers[-1], standings[-1].facts)


# ---- single cases


def _compare(figure: Figure, op: Op, bound: str) -> c.Compare:
    return c.Compare(figure=figure, op=op, value=Value.parse(bound))


LAST = Figure(field="revenue", period=Period("year-1"))
YEARS = replace(LAST, spread=Spread.MEAN, count=3, since="founded")
SHARE = c.Ratio(numerator=replace(LAST, field="rd"), denominator=LAST, op=Op.AT_LEAST, bound=Fraction(1, 20))


@pytest.mark.parametrize("fast", KERNELS)
def test_the_latest_fact_of_a_day_counts_until_it_is_too_old(fast: bool) -> None:
    rule = _rule(_compare(Figure(field="staff"), Op.AT_LEAST, "10 人"))
    adviser = Adviser([rule], register.CATALOGUE, register.FACT_DATE, fast=fast)
    standing = adviser.enterprise(Facts.of(register.CATALOGUE, {("staff", "2025-06-30"): 12}))
    assert standing.states() == [State.MET]
    assert standing.change("staff", "2025-12-31", 9) == [(0, State.MET, State.UNMET)]
    assert standing.change("staff", "2026-06-30", 12) == []  # after the fact date
    assert standing.change("staff", "2025-12-31", None) == [(0, State.UNMET, State.MET)]
    assert standing.change("staff", "2025-06-30", None) == [(0, State.MET, State.UNKNOWN)]
    assert standing.change("staff", "2024-06-30", 12) == []  # too old
    assert standing.facts.values == {("staff", "2026-06-30"): 12, ("staff", "2024-06-30"): 12}


@pytest.mark.parametrize("fast", KERNELS)
def test_numbers_of_any_size_stay_exact(fast: bool) -> None:
    margin = replace(SHARE, numerator=replace(LAST, field="profit"))
    rules = [_rule(_compare(YEARS, Op.AT_LEAST, "100 万元")), _rule(margin)]
    adviser = Adviser(rules, register.CATALOGUE, register.FACT_DATE, fast=fast)
    huge = 20 * 10**40
    facts = {("revenue", "2025"): huge, ("profit", "2025"): huge // 20 - 1, ("founded", ""): date(2025, 3, 1)}
    standing = adviser.enterprise(Facts.of(register.CATALOGUE, facts))
    assert standing.states() == [State.MET, State.UNMET]
    assert standing.change("profit", "2025", huge // 20) == [(1, State.UNMET, State.MET)]
    assert standing.change("revenue", "2025", huge + 1) == [(1, State.MET, State.UNMET)]
    _expect_the_evaluators_states(standing, adviser, standing.facts)


def test_texts_and_amounts_come_from_the_evaluator_with_the_changed_facts() -> None:
    rules = [_rule(SHARE), _rule(_compare(LAST, Op.AT_LEAST, "100 万元"))]
    adviser = Adviser(rules, register.CATALOGUE, register.FACT_DATE)
    standing = adviser.enterprise(Facts.of(register.CATALOGUE, {("revenue", "2025"): 10**8}))
    standing.change("rd", "2025", 10**7 // 2)
    expected = explain(rules[0], standing.facts, register.CATALOGUE, register.FACT_DATE)
    assert standing.explain(0).as_data() == expected.as_data()
    assert standing.explain(0).state is State.MET


def test_the_years_of_a_window_are_told_apart() -> None:
    window = c.Window(condition=_compare(LAST, Op.AT_LEAST, "100 万元"), years=3, since="founded")
    adviser = Adviser([_rule(window)], register.CATALOGUE, register.FACT_DATE)
    facts = {("revenue", "2025"): 10**8, ("revenue", "2024"): 0, ("founded", ""): date(2024, 5, 1)}
    standing = adviser.enterprise(Facts.of(register.CATALOGUE, facts))
    found = [(branch.depth, branch.back, state) for branch, state in standing.conditions(0)]
    assert found == [(0, 0, State.UNMET), (1, 0, State.MET), (1, 1, State.UNMET)]
    assert standing.change("founded", "", date(2025, 5, 1)) == [(0, State.UNMET, State.MET)]
    assert len(standing.conditions(0)) == 2


@pytest.mark.parametrize(
    ("field", "period", "value"),
    [
        ("revenue", "2025-06", 5),
        ("revenue", "", 5),
        ("revenue", "2025", -1),
        ("revenue", "2025", True),
        ("revenue", "2025", "5 元"),
        ("debt", "2025", 40_000),
        ("listed", "", 1),
        ("industry", "", "Z"),
        ("titles", "", ("high",)),
        ("turnover", "2025", 5),
    ],
)
def test_what_is_no_fact_is_refused_and_changes_nothing(field: str, period: str, value: Any) -> None:
    rules = [_rule(SHARE), _rule(c.Flag(field="listed", expected=True))]
    adviser = Adviser(rules, register.CATALOGUE, register.FACT_DATE)
    facts = Facts.of(register.CATALOGUE, {("revenue", "2025"): 100, ("rd", "2025"): 5, ("listed", ""): False})
    standing = adviser.enterprise(facts)
    with pytest.raises(RuleError):
        standing.change(field, period, value)
    assert standing.facts == facts
    assert standing.states() == [State.MET, State.UNMET]


def test_a_share_is_given_in_whole_steps() -> None:
    rule = _rule(_compare(replace(LAST, field="debt"), Op.AT_MOST, "60 %"))
    standing = Adviser([rule], register.CATALOGUE, register.FACT_DATE).enterprise(Facts())
    assert standing.change("debt", "2025", 6000) == [(0, State.UNKNOWN, State.MET)]
    assert standing.change("debt", "2025", 6001) == [(0, State.MET, State.UNMET)]


@pytest.mark.parametrize("fast", KERNELS)
def test_rules_that_ask_for_no_fact_and_no_rules_at_all(fast: bool) -> None:
    rules = [_rule(c.Judgement(question="定吗"))] * 2
    standing = Adviser(rules, WORLD, DAY, fast=fast).enterprise(Facts())
    assert standing.states() == [State.MANUAL] * 2
    assert standing.change("f0", "", True) == []
    assert Adviser([], WORLD, DAY, fast=fast).enterprise(Facts()).states() == []


def test_a_rule_that_the_evaluator_would_refuse_is_named() -> None:
    rules = [_rule(SHARE, "good"), _rule(c.Flag(field="founded", expected=True), "bad")]
    with pytest.raises(RuleError, match="bad"):
        Adviser(rules, register.CATALOGUE, register.FACT_DATE)
