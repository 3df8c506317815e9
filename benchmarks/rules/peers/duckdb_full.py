"""DuckDB with the translation of the whole language (`benchmarks.rules.duckdb_sql`): the oracle, as a contender."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from benchmarks.rules.duckdb_sql import MET, possible_states
from benchmarks.rules.peers.plain import Task


def prepare(task: Task) -> DuckDBFull:
    return DuckDBFull(task)


class DuckDBFull:
    def __init__(self, task: Task) -> None:
        self.task, self.connection = task, duckdb.connect()

    def _bits(self) -> npt.NDArray[np.uint8]:
        task = self.task
        return possible_states(self.connection, task.rules, task.catalogue, task.fact_date, task.table)

    def counts(self) -> npt.NDArray[np.int64]:
        bits = self._bits()
        return np.stack([(bits == MET).sum(axis=1), _several(bits).sum(axis=1)], axis=1)

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        bits = self._bits()
        return [(np.flatnonzero(rule == MET), np.flatnonzero(_several(rule))) for rule in bits]


def _several(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """More than one state is possible: unknown."""
    return (bits & (bits - 1)) != 0
