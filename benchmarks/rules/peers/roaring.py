"""Roaring bitmaps: for each distinct clause the rows where it surely and where it possibly holds, combined per rule.

Building them is preparation; how long it took is printed beside.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from benchmarks.rules.peers.numpy_each import surely_and_possibly
from benchmarks.rules.peers.plain import Column, Count, Leaf, Not, Plain, Task


def prepare(task: Task) -> Roaring:
    return Roaring(task.plain(), task.arrays())


class Roaring:
    def __init__(self, rules: list[Plain], columns: dict[str, Column]) -> None:
        self.rules = rules
        self.bitmaps: dict[tuple[Leaf, bool], tuple[BitMap, BitMap]] = {}
        for rule in rules:
            self._build(rule, False, columns)

    def _build(self, node: Plain, negated: bool, columns: dict[str, Column]) -> None:
        if isinstance(node, Not):
            self._build(node.part, not negated, columns)
        elif isinstance(node, Count):
            for part in node.parts:
                self._build(part, negated, columns)
        elif (node, negated) not in self.bitmaps:
            sure, possible = surely_and_possibly(node, columns, negated)
            self.bitmaps[node, negated] = _bitmap(sure), _bitmap(possible)

    def _rows(self, node: Plain, negated: bool, side: int) -> BitMap:
        """Where the node surely (side 0) or possibly (1) holds."""
        if isinstance(node, Not):
            return self._rows(node.part, not negated, side)
        if not isinstance(node, Count):
            return self.bitmaps[node, negated][side]
        parts = [self._rows(part, negated, side) for part in node.parts]
        k = len(parts) - node.k + 1 if negated else node.k
        if k == len(parts):
            return BitMap.intersection(*parts)
        if k == 1:
            return BitMap.union(*parts)
        # reached[j]: the rows where at least j of the parts so far hold.
        reached = [BitMap() for _ in range(k + 1)]
        for part in parts:
            for count in range(k, 1, -1):
                reached[count] |= reached[count - 1] & part
            reached[1] |= part
        return reached[k]

    def counts(self) -> npt.NDArray[np.int64]:
        found = []
        for rule in self.rules:
            met = len(self._rows(rule, False, 0))
            found.append((met, len(self._rows(rule, False, 1)) - met))
        return np.array(found, "int64")

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        found = []
        for rule in self.rules:
            sure, possible = self._rows(rule, False, 0), self._rows(rule, False, 1)
            found.append((_numbers(sure), _numbers(possible - sure)))
        return found


def _bitmap(holds: npt.NDArray[np.bool_]) -> BitMap:
    # From an array of the standard library: from NumPy it takes many times as long.
    made = BitMap(array("I", np.flatnonzero(holds).astype("uint32").tobytes()))
    made.run_optimize()
    return made


def _numbers(rows: BitMap) -> npt.NDArray[Any]:
    return (
        np.asarray(rows.to_array(), "uint32") if hasattr(rows, "to_array") else np.fromiter(rows, "uint32", len(rows))
    )
