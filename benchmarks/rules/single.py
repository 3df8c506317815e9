"""One enterprise against all rules: what an answer costs, and what a changed fact costs.

    .venv/bin/python -m benchmarks.rules.single --rules 1000

Printed are the median and the 99th percent of processor time in microseconds, of the calling thread alone: what
other programs do at the same time matters less than for wall time, though they still empty the caches. Every answer
is another enterprise. Before anything is timed the evaluator, and ZEN where it is installed, have to find the same
states for some of them.

"just opened" changes a fact of an enterprise right after it was looked at; "one of many" comes back to an enterprise
after all the others, so that nothing of it lies in the caches any more.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.rules import workload
from benchmarks.rules.peers.plain import Task, Unsupported
from benchmarks.rules.rich_rules import FEATURES, rich_rules
from benchmarks.rules.run import machine
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.single import Adviser, Standing

CHECKED = 5
"""Enterprises that the evaluator, which takes a good part of a second for each, looks at."""


def facts_of(table: pa.Table) -> list[Facts]:
    """Every enterprise of a register of the workload, whose numbers are whole steps already."""
    found = []
    for row in table.drop_columns(["code"]).to_pylist():
        keys = {column: tuple(column.partition("@")[::2]) for column in row}
        found.append(Facts({keys[column]: fact for column, fact in row.items() if fact is not None}))
    return found


def timed(name: str, prepared: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run each and print what they cost; what they gave. Taking the next one from `prepared` is not timed."""
    took, given = [], []
    for run in prepared:
        begun = time.thread_time_ns()
        given.append(run())
        took.append(time.thread_time_ns() - begun)
    median, late = np.quantile(np.array(took) / 1000, [0.5, 0.99])
    print(f"{name:<60}{median:>10.1f}{late:>10.1f}", flush=True)
    return given


def zen_states(task: Task) -> Callable[[int], list[State]] | None:
    """ZEN's states of all rules for an enterprise of the task; None where it is not installed or cannot say them."""
    try:
        from benchmarks.rules.peers.zen_array import ZenArray

        engine = ZenArray(task)
    except (ImportError, Unsupported) as reason:
        print(f"without ZEN: {reason}")
        return None

    def states(index: int) -> list[State]:
        sides = engine.answer(engine.enterprises[index])
        pairs = zip(sides[::2], sides[1::2], strict=True)
        return [State.MET if sure else State.UNKNOWN if maybe else State.UNMET for sure, maybe in pairs]

    return states


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure one enterprise against all rules.")
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--enterprises", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the rules")
    parser.add_argument("--rich", action="store_true", help="rules with everything that the language has")
    parser.add_argument("--plain", action="store_true", help="without Numba")
    options = parser.parse_args()
    print(machine())
    rules = workload.rules(options.rules, options.seed)
    if options.rich:
        rules = rich_rules(options.rules, options.seed, tuple(FEATURES))
    table = workload.register(0, options.enterprises, history=options.rich)
    measure(rules, table, fast=False if options.plain else None)
    return 0


def measure(rules: Sequence[Rule], table: pa.Table, fast: bool | None) -> None:
    catalogue, today = workload.catalogue(), workload.FACT_DATE
    begun = time.thread_time()
    adviser = Adviser(rules, catalogue, today, fast=fast)
    network = adviser.network
    took = time.thread_time() - begun
    trees = sum(len(tree.branches) for tree in adviser.trees)
    print(f"{len(rules)} rules, {trees} conditions, {len(network.rails)} of them different; prepared in {took:.1f} s")
    gates, size = network.gates, network.literals.table.nbytes / 2**20
    print(f"{len(gates.needed)} gates with {len(gates.parts)} parts, {size:.1f} MiB of literals")
    enterprises = facts_of(table)
    zen = zen_states(Task(list(rules), catalogue, today, table))
    standings = [adviser.enterprise(facts) for facts in enterprises]
    for facts, standing in zip(enterprises[:CHECKED], standings, strict=False):
        assert standing.states() == explain_all(rules, facts)
    if zen:
        for place, standing in enumerate(standings[:100]):
            assert standing.states() == zen(place), f"ZEN differs for enterprise {place}"
    matched = [[rule for rule, state in enumerate(each.states()) if state is State.MET] for each in standings]
    print(f"{np.mean([len(each) for each in matched]):.1f} rules met by an enterprise")
    # As in a server that has started: what is there for good is not looked at by the garbage collector.
    gc.collect()
    gc.freeze()
    print(f"{'CPU microseconds':<60}{'median':>10}{'99 %':>10}")
    timed("all rules, every gate and condition", (partial(adviser.enterprise, each) for each in enterprises))
    timed("  of that: facts to rows", (partial(adviser.rows_of, dict(each.values)) for each in enterprises))
    timed("the state of every rule, as a list", (each.states for each in standings))
    timed(
        "the conditions of the rules met, with their states",
        (partial(conditions, *each) for each in zip(standings, matched, strict=True)),
    )
    numbers = [each.column for each in workload.NUMBERS.values()]
    for kind, names in (("number", numbers), ("flag", list(workload.FLAGS))):
        changes = list(zip(enterprises, standings, drawn_changes(names, enterprises), strict=True))
        flips = timed(
            f"one changed {kind}, just opened",
            (partial(adviser.enterprise(facts).change, *change) for facts, _, change in changes),
        )
        timed(
            f"one changed {kind}, one of many",
            (partial(standing.change, *change) for _, standing, change in changes),
        )
        print(f"  {np.mean([len(each) for each in flips]):.1f} rules flip")
    for standing in standings[::50]:
        assert standing.states() == adviser.enterprise(standing.facts).states()
    if zen:
        timed("ZEN, the state of every rule", (partial(zen, place) for place in range(min(200, len(enterprises)))))
    timed(
        "the evaluator, every rule with texts and distances",
        (partial(explain_all, rules, facts) for facts in enterprises[:CHECKED]),
    )


def conditions(standing: Standing, rules: list[int]) -> list[Any]:
    return [standing.conditions(rule) for rule in rules]


def explain_all(rules: Sequence[Rule], facts: Facts) -> list[State]:
    return [explain(rule, facts, workload.catalogue(), workload.FACT_DATE).state for rule in rules]


def drawn_changes(names: list[str], enterprises: list[Facts]) -> list[tuple[str, str, Any]]:
    """For each enterprise a fact and the value that another enterprise has; flags turn over."""
    rng = random.Random(1)
    found = []
    for facts in enterprises:
        name, _, period = rng.choice(names).partition("@")
        now = facts.values.get((name, period))
        other = rng.choice(enterprises).values.get((name, period))
        found.append((name, period, not now if name in workload.FLAGS else other))
    return found


if __name__ == "__main__":
    sys.exit(main())
