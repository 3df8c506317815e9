"""This project's engine: facts encoded once while preparing, then every rule over every enterprise.

Its lists are kept as the kernel leaves them, places in 16 bits or bitmaps; reading one makes it an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from benchmarks.rules.peers.plain import Task
from qingdan.rules.compiler import Program, compile_rules
from qingdan.rules.kernel.answers import LISTED, Answers, run
from qingdan.rules.kernel.tiles import Tiles
from qingdan.rules.language.rule import State
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock

Sides = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def prepare(task: Task) -> Engine:
    engine = Engine(task)
    # Numba compiles at the first call.
    run(engine.program, engine.tiles[:1], engine.index, 1)
    return engine


class Engine:
    fast = True

    def __init__(self, task: Task, order: npt.NDArray[np.int64] | None = None) -> None:
        table = task.table if order is None else task.table.take(order)
        self.order, self.enterprises = order, table.num_rows
        self.program: Program = compile_rules(task.rules, task.catalogue, task.fact_date)
        self.tiles: Tiles = encode(self.program, TableBlock(table, task.catalogue, task.fact_date))
        self.index = np.arange(self.program.slice_count, dtype=np.uint32)

    def counts(self) -> npt.NDArray[np.int64]:
        answers = self._run(frozenset())
        rules = range(len(self.program.gate_ends))
        sides = [(answers.count(rule, State.MET), answers.count(rule, State.UNKNOWN)) for rule in rules]
        return np.array(sides, np.int64)

    def rows(self) -> Lists:
        return Lists(self._run(LISTED), self.order)

    def _run(self, listed: frozenset[State]) -> Answers:
        return run(self.program, self.tiles, self.index, self.enterprises, listed=listed, fast=self.fast)


class Lists(Sequence[Sides]):
    """The rows met and unknown of each rule, as arrays when asked for."""

    def __init__(self, answers: Answers, order: npt.NDArray[np.int64] | None) -> None:
        self._answers, self._order = answers, order

    def __len__(self) -> int:
        return len(self._answers.program.gate_ends)

    @overload
    def __getitem__(self, rule: int) -> Sides: ...
    @overload
    def __getitem__(self, rule: slice) -> Sequence[Sides]: ...
    def __getitem__(self, rule: int | slice) -> Sides | Sequence[Sides]:
        if isinstance(rule, slice):
            return [self[each] for each in range(*rule.indices(len(self)))]
        if not 0 <= rule < len(self):
            raise IndexError(rule)
        met, unknown = (self._answers.places(rule, state) for state in (State.MET, State.UNKNOWN))
        if self._order is None:
            return met, unknown
        return np.sort(self._order[met]), np.sort(self._order[unknown])
