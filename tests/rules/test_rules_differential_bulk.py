"""The bulk engine against SQL on the raw columns, and both against the evaluator, for random rules and enterprises."""

from __future__ import annotations

import random

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from random_register import CATALOGUE, FACT_DATE, all_facts, random_register, random_rule

from benchmarks.rules.differential import BITS, bits_of, bulk_states
from benchmarks.rules.duckdb_sql import possible_states
from qingdan.rules import library
from qingdan.rules.checks import walk
from qingdan.rules.compiler import compile_conditions, compile_rules
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.states import state_of
from qingdan.rules.kernel.answers import run
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import State
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock


@pytest.mark.parametrize(("seed", "fast"), [(101, True), (102, False)])
def test_bulk_sql_and_evaluator_leave_the_same_states_open(seed: int, fast: bool) -> None:
    rng = random.Random(seed)
    rules = [random_rule(rng, str(place)) for place in range(90)]
    table = random_register(rng, rules, 4200)
    bulk = bulk_states(rules, table, fast)
    with duckdb.connect(config={"threads": 1}) as connection:
        sql = possible_states(connection, rules, CATALOGUE, FACT_DATE, table)
    assert np.array_equal(bulk, sql)
    assert {1, 2, 4, 8} < set(np.unique(bulk).tolist())
    facts = all_facts(table.slice(0, 20))
    for row, each in enumerate(facts):
        context = Context(CATALOGUE, each, FACT_DATE)
        assert bulk[:, row].tolist() == [
            bits_of(evaluate_condition(rule.condition, context).possible) for rule in rules
        ]


def test_the_states_are_those_that_the_possible_ones_say() -> None:
    """One possible state is the state, several are unknown: from the program of rules, not of rails."""
    rng = random.Random(103)
    rules = [random_rule(rng, str(place)) for place in range(60)]
    table = random_register(rng, rules, 1000)
    bits = bulk_states(rules, table, fast=True)
    program = compile_rules(rules, CATALOGUE, FACT_DATE)
    tiles = encode(program, TableBlock(table, CATALOGUE, FACT_DATE))
    answers = run(program, tiles, np.arange(tiles.shape[1], dtype=np.uint32), 1000, listed=frozenset(State))
    names = {bit: state for state, bit in BITS.items()}
    for place in range(len(rules)):
        expected = [state_of(frozenset(names[bit] for bit in names if mask & bit)) for mask in bits[place].tolist()]
        for state in State:
            assert answers.count(place, state) == expected.count(state)
            if state is not State.UNMET:
                rows = [row for row, each in enumerate(expected) if each is state]
                assert answers.places(place, state).tolist() == rows


def test_on_a_line_of_shares_nobody_is_turned_away() -> None:
    """3,900 enterprises exactly on 5, 4 or 3 per cent, by turnover: floating point turns many of them away."""
    rng = random.Random(104)
    turnover = [rng.randrange(1, 500_000_000_00) // 100 * 100 for _ in range(3900)]
    percent = [5 if each <= 50_000_000_00 else 4 if each <= 200_000_000_00 else 3 for each in turnover]
    spent = [each * share // 100 for each, share in zip(turnover, percent, strict=True)]

    catalogue = library.catalogue()
    tiered = next(
        part
        for versions in library.programmes().values()
        for rule in versions
        for _, part in walk(rule.condition)
        if isinstance(part, c.Tiered) and rule.id == "high_tech"
    )
    years = ("2025", "2024", "2023")
    columns: dict[str, list[object]] = {"code": [str(place) for place in range(3900)]}
    names = {figure.field for _, part in walk(tiered) for figure in vars(part).values() if hasattr(figure, "period")}
    assert names == {"revenue", "rd_expense"}, names
    for year in years:
        columns[f"revenue@{year}"] = list(turnover)
        columns[f"rd_expense@{year}"] = list(spent)
    columns["founded"] = [None] * 3900
    table = pa.table(
        {name: pa.array(each, pa.date32() if name == "founded" else None) for name, each in columns.items()}
    )
    program = compile_conditions([tiered], catalogue, FACT_DATE)
    tiles = encode(program, TableBlock(table, catalogue, FACT_DATE))
    for fast in (True, False):
        answers = run(program, tiles, np.arange(tiles.shape[1], dtype=np.uint32), 3900, fast=fast)
        assert answers.count(0, State.MET) == 3900
