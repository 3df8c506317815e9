"""The compiled program against the evaluator: the same possible states for every condition and enterprise."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.compiler import compile_conditions
from qingdan.rules.compiler.circuit import STATES
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.kernel import plain
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock
from tests.rules.small_world import DAY, DOMAINS, WORLD, conditions, context, keys_of
from tests.rules.tables import table_of

ENTERPRISES = 40


def _masks(condition, table):
    """For every enterprise the set of possible states, from the program."""
    program = compile_conditions([condition], WORLD, DAY)
    tiles = encode(program, TableBlock(table, WORLD, DAY))
    words = np.concatenate(list(plain.run(program, tiles)), axis=1)
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : table.num_rows]
    found = [set() for _ in range(table.num_rows)]
    for result, row in zip(program.results, bits, strict=True):
        for place in np.flatnonzero(row):
            found[place].add(result.state)
    return found


@settings(max_examples=60, deadline=None)
@given(condition=st.booleans().flatmap(lambda once: conditions(once)), seed=st.integers(0, 10**6))
def test_every_condition_leaves_the_same_states_open_as_in_the_evaluator(condition, seed):
    rng = random.Random(seed)
    keys = sorted(set(keys_of(condition)))
    facts = [{key: rng.choice(DOMAINS[key[0][0]]) for key in keys if rng.random() < 0.7} for _ in range(ENTERPRISES)]
    found = _masks(condition, table_of(WORLD, facts))
    for enterprise, states in zip(facts, found, strict=True):
        assert states == evaluate_condition(condition, context(enterprise)).possible
    assert set(STATES) >= set().union(*found)
