"""The two kernels: the same answers as one another, tile by tile, whatever lies constant in a zone."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.compiler import compile_conditions, compile_rules
from qingdan.rules.kernel import answers
from qingdan.rules.kernel.tiles import TILE
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock
from tests.rules.small_world import CODES, COUNTS, DAY, DOMAINS, FLAGS, NUMBERS, STARTS, WORLD, conditions
from tests.rules.tables import table_of

ALL = frozenset(State)


def _table(rows: int, seed: int) -> pa.Table:
    """Random enterprises sorted by code and flags, so that whole zones have some of them in common."""
    rng = np.random.default_rng(seed)
    columns = {"code": pa.array([str(place) for place in range(rows)])}
    for name in NUMBERS + COUNTS + FLAGS + CODES + STARTS:
        domain = DOMAINS[name[0]]
        picked = rng.integers(0, len(domain), rows)
        missing = rng.random(rows) < 0.3
        if name in ("k0", "f0", "f1"):
            picked, missing = np.sort(picked), np.zeros(rows, bool)
        for period in ("2025", "2024", "2023", "2022") if name[0] in "nc" else ("",):
            key = f"{name}@{period}" if period else name
            columns[key] = pa.array([domain[each] for each in picked]).filter(pa.array(np.ones(rows, bool)))
            columns[key] = pa.array(columns[key].to_pylist(), mask=missing)
    return pa.table(columns)


def _rules(count: int, seed: int) -> list[Rule]:
    rng = random.Random(seed)
    drawn: list[c.Condition] = []

    @settings(max_examples=count, database=None, derandomize=True, deadline=None)
    @given(st.booleans().flatmap(lambda once: conditions(once)))
    def draw(condition: c.Condition) -> None:
        drawn.append(condition)

    draw()
    rng.shuffle(drawn)
    return [
        Rule(id=f"r{place}", title="", version="1", valid_from=DAY, condition=each) for place, each in enumerate(drawn)
    ]


@pytest.fixture(scope="module")
def world():
    table = _table(40_000, 1)
    program = compile_rules(_rules(120, 2), WORLD, DAY)
    return program, encode(program, TableBlock(table, WORLD, DAY)), table


def _everything(found: answers.Answers) -> dict[tuple[int, State], list[int]]:
    conditions_ = range(len(found.program.gate_ends))
    return {(place, state): found.places(place, state).tolist() for place in conditions_ for state in ALL}


def test_both_kernels_give_the_same_counts_and_enterprises(world):
    program, tiles, table = world
    index = np.arange(tiles.shape[1], dtype=np.uint32)
    plain, fast, threads = (
        answers.run(program, tiles, index, table.num_rows, listed=ALL, fast=fast, threads=threads)
        for fast, threads in ((False, 1), (True, 1), (True, 2))
    )
    assert plain.counts.tolist() == fast.counts.tolist() == threads.counts.tolist()
    assert _everything(plain) == _everything(fast) == _everything(threads)
    for (condition, state), places in _everything(fast).items():
        assert len(places) == fast.count(condition, state)
    assert {state for (_, state), places in _everything(fast).items() if places} == ALL


def test_a_full_store_is_put_away_and_the_run_goes_on(world, monkeypatch):
    program, tiles, table = world
    index = np.arange(tiles.shape[1], dtype=np.uint32)
    whole = answers.run(program, tiles, index, table.num_rows, fast=True)
    monkeypatch.setattr(answers, "ARENA", 1)
    bit_by_bit = answers.run(program, tiles, index, table.num_rows, fast=True)
    assert len(bit_by_bit.chunks) == len(tiles) > len(whole.chunks)
    assert _everything(bit_by_bit) == _everything(whole)


@pytest.mark.parametrize("rows", [1, 63, 64, 65, TILE - 1, TILE, TILE + 1])
def test_nobody_stands_after_the_last_enterprise(rows):
    program = compile_conditions([c.NoneOf(conditions=(c.Flag(field="f0", expected=True),))], WORLD, DAY)
    tiles = encode(program, TableBlock(table_of(WORLD, [{("f0", ""): False}] * rows), WORLD, DAY))
    for fast in (False, True):
        found = answers.run(program, tiles, np.arange(tiles.shape[1], dtype=np.uint32), rows, fast=fast)
        assert found.count(0, State.MET) == rows
        assert found.places(0, State.MET).tolist() == list(range(rows))


@pytest.mark.parametrize("parts", [2, 3, 7, 8, 15, 16, 20])
def test_at_least_k_of_many(parts):
    flags = [c.Flag(field=f"f{place % 8}", expected=place < 8) for place in range(parts)]
    rng = random.Random(parts)
    facts = [{(name, ""): rng.random() < 0.5 for name in FLAGS} for _ in range(200)]
    for k in range(1, parts + 1):
        program = compile_conditions([c.AtLeast(k=k, conditions=tuple(flags))], WORLD, DAY)
        tiles = encode(program, TableBlock(table_of(WORLD, facts), WORLD, DAY))
        found = answers.run(program, tiles, np.arange(tiles.shape[1], dtype=np.uint32), 200, fast=True)
        expected = [sum(each[flag.field, ""] == flag.expected for flag in flags) >= k for each in facts]
        assert found.places(0, State.MET).tolist() == np.flatnonzero(expected).tolist()
