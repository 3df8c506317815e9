"""Random rules for random enterprises: the bulk engine against SQL on the raw columns, and the evaluator.

    .venv/bin/python -m benchmarks.rules.differential --pairs 2000000 --processes 2

With `--fast` the evaluator, a thousand times slower than the others, sees one enterprise in fifty only.

Prints how many pairs of rule and enterprise were compared, how often each set of possible states came out, what had
no SQL, and every difference with what is needed to see it again. Ends with 1 when there is a difference.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/rules"))

from random_register import CATALOGUE, FACT_DATE, all_facts, random_register, random_rule

from benchmarks.rules.duckdb_sql import (
    MANUAL,
    MET,
    NOT_APPLICABLE,
    UNMET,
    possible_states,
    translatable,
)
from qingdan.rules.compiler import compile_conditions
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.states import Possible
from qingdan.rules.kernel.answers import run as run_program
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock

BITS = {State.MET: MET, State.UNMET: UNMET, State.MANUAL: MANUAL, State.NOT_APPLICABLE: NOT_APPLICABLE}


@dataclass(frozen=True)
class Difference:
    """A rule and an enterprise of which two ways say something else."""

    seed: int
    rule: Rule
    row: int
    reference: int
    sql: int
    bulk: int

    def __str__(self) -> str:
        said = f"reference {self.reference:04b}, SQL {self.sql:04b}, bulk {self.bulk:04b}"
        return f"seed {self.seed}, rule {self.rule.id}, row {self.row}: {said}\n  {self.rule.condition}"


@dataclass
class Tally:
    """What comparisons gave: pairs by the reference's bits, rules without SQL by reason, and differences."""

    pairs: Counter[int] = field(default_factory=Counter)
    untranslatable: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.pairs += other.pairs
        self.untranslatable += other.untranslatable
        self.differences += other.differences


def bits_of(possible: Possible) -> int:
    return sum(BITS[state] for state in possible)


def bulk_states(rules: list[Rule], table: pa.Table, fast: bool | None = None) -> npt.NDArray[np.uint8]:
    """For each rule and enterprise the possible states as bits, by the bulk engine; `fast`: which kernel."""
    program = compile_conditions([rule.condition for rule in rules], CATALOGUE, FACT_DATE)
    tiles = encode(program, TableBlock(table, CATALOGUE, FACT_DATE))
    index = np.arange(tiles.shape[1], dtype=np.uint32)
    answers = run_program(program, tiles, index, table.num_rows, listed=frozenset(State), fast=fast)
    bits = np.zeros((len(rules), table.num_rows), np.uint8)
    for place in range(len(rules)):
        for state, bit in BITS.items():
            bits[place, answers.places(place, state)] |= bit
    return bits


def compare(seed: int, rules: int, rows: int, step: int = 1) -> Tally:
    """`rules` random rules for each of `rows` enterprises that lie at their thresholds.

    The evaluator sees one enterprise in `step`; bulk and SQL are compared for all.
    """
    rng = random.Random(seed)
    made = [random_rule(rng, str(index)) for index in range(rules)]
    table = random_register(rng, made, rows)
    reasons = [translatable(rule, CATALOGUE, FACT_DATE, table.column_names) for rule in made]
    tally = Tally(untranslatable=Counter(filter(None, reasons)))
    usable = [rule for rule, reason in zip(made, reasons, strict=True) if not reason]
    with duckdb.connect(config={"threads": 1}) as connection:
        found = possible_states(connection, usable, CATALOGUE, FACT_DATE, table)
    bulk = bulk_states(usable, table)
    tally.pairs.update(bulk.ravel().tolist())
    differ = {(int(place), int(row)) for place, row in np.argwhere(found != bulk)}
    reference = {}
    some = table.take(np.arange(0, rows, step))
    for row, facts in zip(range(0, rows, step), all_facts(some), strict=True):
        context = Context(CATALOGUE, facts, FACT_DATE)
        for place, rule in enumerate(usable):
            expected = bits_of(evaluate_condition(rule.condition, context).possible)
            reference[place, row] = expected
            if not expected == found[place, row] == bulk[place, row]:
                differ.add((place, row))
    for place, row in sorted(differ):
        said = reference.get((place, row), 0), int(found[place, row]), int(bulk[place, row])
        tally.differences.append(Difference(seed, usable[place], row, *said))
    return tally


def run(seeds: Iterable[int], rules: int, rows: int, processes: int, step: int) -> Tally:
    total = Tally()
    with ProcessPoolExecutor(processes) as pool:
        for tally in pool.map(partial(compare, rules=rules, rows=rows, step=step), seeds):
            total.add(tally)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the reference evaluator with SQL.")
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--fast", action="store_true", help="the evaluator for one enterprise in fifty")
    options = parser.parse_args()
    rules, rows = (100, 5000) if options.fast else (100, 500)
    batches = -(-options.pairs // (rules * rows))
    total = run(range(options.seed, options.seed + batches), rules, rows, options.processes, 50 if options.fast else 1)
    print(f"{total.pairs.total()} pairs, {len(total.differences)} differences")
    for bits, count in total.pairs.most_common():
        names = [state.value for state, bit in BITS.items() if bits & bit]
        print(f"{count:10}  {' or '.join(names)}")
    for reason, count in total.untranslatable.most_common():
        print(f"{count:10}  rules without SQL: {reason}")
    for difference in total.differences[:20]:
        print(difference)
    return 1 if total.differences else 0


if __name__ == "__main__":
    sys.exit(main())
