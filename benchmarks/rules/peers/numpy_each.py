"""NumPy, one rule at a time: what surely holds and what possibly holds, as two arrays."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.rules.peers.plain import Column, Count, InRanges, IsTrue, Leaf, Not, Plain, Reaches, Task

Truth = npt.NDArray[np.bool_]


def prepare(task: Task) -> NumPyEach:
    return NumPyEach(task.plain(), task.arrays())


class NumPyEach:
    def __init__(self, rules: list[Plain], columns: dict[str, Column]) -> None:
        self.rules, self.columns = rules, columns

    def counts(self) -> npt.NDArray[np.int64]:
        found = []
        for rule in self.rules:
            sure, possible = surely_and_possibly(rule, self.columns)
            met = np.count_nonzero(sure)
            found.append((met, np.count_nonzero(possible) - met))
        return np.array(found, "int64")

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        found = []
        for rule in self.rules:
            sure, possible = surely_and_possibly(rule, self.columns)
            found.append((np.flatnonzero(sure), np.flatnonzero(possible & ~sure)))
        return found


def surely_and_possibly(node: Plain, columns: dict[str, Column], negated: bool = False) -> tuple[Truth, Truth]:
    """With every missing fact against the rule, and with every missing fact for it."""
    if isinstance(node, Not):
        return surely_and_possibly(node.part, columns, not negated)
    if isinstance(node, Count):
        parts = [surely_and_possibly(part, columns, negated) for part in node.parts]
        k = len(parts) - node.k + 1 if negated else node.k
        return at_least(k, [sure for sure, _ in parts]), at_least(k, [possible for _, possible in parts])
    holds = leaf_holds(node, columns[node.column].values)
    holds = ~holds if negated else holds
    missing = columns[node.column].missing
    return holds & ~missing, holds | missing


def leaf_holds(leaf: Leaf, values: npt.NDArray[Any]) -> Truth:
    """The clause for present values."""
    match leaf:
        case Reaches():
            return values >= leaf.value
        case IsTrue():
            return values == 1
        case InRanges():
            inside = [values == low if low == high else (values >= low) & (values <= high) for low, high in leaf.ranges]
            return reduce(np.logical_or, inside)
    raise AssertionError(leaf)


def at_least(k: int, parts: list[Truth]) -> Truth:
    if k == len(parts):
        return reduce(np.logical_and, parts)
    if k == 1:
        return reduce(np.logical_or, parts)
    counted = parts[0].astype("uint8")
    for part in parts[1:]:
        counted += part
    return counted >= k
