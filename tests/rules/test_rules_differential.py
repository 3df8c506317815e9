"""The reference evaluator against SQL on the register's raw columns, for random rules and enterprises."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from random_register import CATALOGUE, FACT_DATE, all_facts, facts_of, random_register, random_rule

from benchmarks.rules import workload
from benchmarks.rules.contender import Job
from benchmarks.rules.differential import bits_of, compare
from benchmarks.rules.duckdb_sql import possible_states, translatable
from benchmarks.rules.peers import numpy_each
from benchmarks.rules.peers.plain import Task
from benchmarks.rules.rich_rules import FEATURES, rich_rules
from benchmarks.rules.run import Failed, check
from qingdan.rules.catalogue import FieldType
from qingdan.rules.checks import walk
from qingdan.rules.evaluate import Facts
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period
from qingdan.rules.language.rule import Rule, State

INCLUDED = {Op.AT_LEAST: Op.MORE_THAN, Op.MORE_THAN: Op.AT_LEAST, Op.AT_MOST: Op.LESS_THAN, Op.LESS_THAN: Op.AT_MOST}
"""The same sign with its bound counted or not."""


def test_reference_sql_and_bulk_leave_the_same_states_open() -> None:
    tally = compare(1, rules=80, rows=130)
    assert tally.differences == []
    assert tally.pairs.total() > 9000
    assert not tally.untranslatable
    # Every definite state came out, and many sets of several.
    assert {1, 2, 4, 8} < set(tally.pairs) and len(tally.pairs) >= 10


def test_the_rules_have_every_kind_of_condition() -> None:
    rng = random.Random(7)
    kinds = Counter(type(node) for _ in range(600) for _, node in walk(random_rule(rng)))
    assert set(c.CONDITIONS) <= set(kinds)


@pytest.mark.parametrize("kind", [c.Compare, c.Ratio, c.Growth, c.Age, c.Score])
def test_the_enterprises_lie_at_the_thresholds(kind: type[c.Condition]) -> None:
    """Whether a bound itself counts is seen in the register for many conditions of every kind (some scores cannot
    come to their threshold)."""
    rng = random.Random(11)
    plain: list[Rule] = []
    while len(plain) < 20:
        rule = random_rule(rng, depth=1)
        if type(rule.condition) is kind and rule.condition.op in INCLUDED:  # type: ignore[attr-defined]
            plain.append(rule)
    table = random_register(rng, plain, rows=250)
    turned = [_with_other_bound(rule) for rule in plain]
    with duckdb.connect() as connection:
        bits = possible_states(connection, plain + turned, CATALOGUE, FACT_DATE, table)
    seen = (bits[: len(plain)] != bits[len(plain) :]).any(axis=1)
    assert seen.sum() >= 8


def test_the_benchmark_s_yardstick_finds_what_the_reference_finds() -> None:
    """NumPy's two arrays, on the workload's rules and register."""
    task = Task(workload.rules(8), workload.catalogue(), workload.FACT_DATE, workload.register(0, 60))
    found = numpy_each.prepare(task).rows()
    facts = _workload_facts(task)
    met = unknown = 0
    for rule, (is_met, is_unknown) in zip(task.rules, found, strict=True):
        contexts = [Context(task.catalogue, each, task.fact_date) for each in facts]
        states = [evaluate_condition(rule.condition, context).state for context in contexts]
        assert [row for row, state in enumerate(states) if state is State.MET] == is_met.tolist()
        assert [row for row, state in enumerate(states) if state is State.UNKNOWN] == is_unknown.tolist()
        met, unknown = met + len(is_met), unknown + len(is_unknown)
    assert met and unknown


def test_the_rich_rules_are_translated_alike() -> None:
    rules = rich_rules(8)
    task = Task(rules, workload.catalogue(), workload.FACT_DATE, workload.register(0, 25, history=True))
    with duckdb.connect() as connection:
        bits = possible_states(connection, rules, task.catalogue, task.fact_date, task.table)
    for row, facts in enumerate(_workload_facts(task)):
        context = Context(task.catalogue, facts, task.fact_date)
        expected = [bits_of(evaluate_condition(rule.condition, context).possible) for rule in rules]
        assert bits[:, row].tolist() == expected


def test_leaving_a_feature_out_changes_nothing_else() -> None:
    kinds = {
        "windows": c.Window,
        "ratios": c.Ratio,
        "growth": c.Growth,
        "tiers": c.Tiered,
        "scores": c.Score,
        "ages": c.Age,
    }
    whole = rich_rules(40)
    for name, kind in kinds.items():
        fewer = rich_rules(40, features=set(FEATURES) - {name})
        for rule, other in zip(whole, fewer, strict=True):
            kept = tuple(part for part in rule.condition.parts if not isinstance(part, kind))
            assert other.condition.parts == kept or other.condition == rule.condition.parts[0]
            assert other.awards == rule.awards
        assert fewer != whole
    assert not any(rule.awards for rule in rich_rules(40, features=["ages"]))


def test_no_times_when_contenders_find_different_matches() -> None:
    job = Job(rows=10, rules=5, seed=1, features=None, folder="")

    class Fake:
        def __init__(self, name: str, said: str) -> None:
            self.name, self.said, self.job = name, said, job

        def ask(self, what: str) -> dict[str, str]:
            return {"digest": self.said}

    check([Fake("numpy_each", "a"), Fake("roaring", "a")], job)  # type: ignore[list-item]
    with pytest.raises(Failed, match="different matches for 10 rows"):
        check([Fake("numpy_each", "a"), Fake("roaring", "b")], job)  # type: ignore[list-item]


def _workload_facts(task: Task) -> list[Facts]:
    made = []
    for row in task.table.to_pylist():
        facts = {}
        for column, value in row.items():
            name, _, period = column.partition("@")
            if name != "code":
                is_ratio = task.catalogue.field(name).type is FieldType.RATIO
                facts[name, period] = (
                    value * task.catalogue.field(name).step if is_ratio and value is not None else value
                )
        made.append(Facts.of(task.catalogue, facts))
    return made


def _with_other_bound(rule: Rule) -> Rule:
    condition: Any = rule.condition
    return replace(rule, condition=replace(condition, op=INCLUDED[condition.op]))


def test_a_register_reads_as_the_facts_it_was_made_of() -> None:
    rng = random.Random(5)
    table = random_register(rng, [random_rule(rng)], rows=20)
    assert facts_of(table, 13) == all_facts(table)[13]
    assert sum(len(facts.values) for facts in all_facts(table)) == sum(
        len(column) - column.null_count for column in table.columns[1:]
    )


def test_numbers_too_long_for_the_database_are_refused_with_the_reason() -> None:
    figure = Figure(field="revenue", period=Period("year-0"))
    growth = c.Growth(figure=figure, op=Op.AT_LEAST, rate=Fraction(12345, 99991), years=30, yearly=True)
    rule = replace(random_rule(random.Random(1)), condition=growth)
    assert "128 bits" in translatable(rule, CATALOGUE, FACT_DATE, ["revenue@2026"])


@pytest.mark.parametrize(
    ("k", "parts", "expected"),
    [
        # One part not applicable, one a person's: neither two met, nor surely unmet.
        (2, "MN", 2), (1, "MN", 1), (2, "MP", 4), (1, "PN", 4), (2, "UP", 2), (1, "NN", 8), (3, "MMPU", 4),
        # Two that are met or do not apply: both, one of two, or none.
        (2, "OO", 1 + 2 + 8), (1, "OO", 1 + 8), (1, "OU", 1 + 2), (2, "OP", 4 + 2),
    ],
)  # fmt: skip
def test_at_least_k_of_parts_as_counted_by_hand(k: int, parts: str, expected: int) -> None:
    """In rows that are listed and approved, in a register that says nothing of insurance."""
    approved = c.Judgement(question="?", field="approved")
    part_of = {
        "P": c.Judgement(question="?"),
        "M": approved,
        "U": c.Exclusion(condition=approved),
        "N": c.Tiered(cases=(c.Case(when=c.Flag(field="listed", expected=False), then=approved),)),
        "O": c.Tiered(cases=(c.Case(when=c.Flag(field="insured", expected=True), then=approved),)),
    }
    condition = c.AtLeast(k=k, conditions=tuple(part_of[each] for each in parts))
    rng = random.Random(3)
    table = random_register(rng, [random_rule(rng)], rows=40)
    table = table.drop_columns([name for name in table.column_names if name.startswith("insured")])
    rule: Rule = replace(random_rule(rng), condition=condition)
    with duckdb.connect() as connection:
        bits = possible_states(connection, [rule], CATALOGUE, FACT_DATE, table)[0]
    known = [row for row, each in enumerate(table.to_pylist()) if each["approved"] and each["listed"]]
    assert known and {int(bits[row]) for row in known} == {expected}
    context = Context(CATALOGUE, facts_of(table, known[0]), FACT_DATE)
    assert bits_of(evaluate_condition(condition, context).possible) == expected
