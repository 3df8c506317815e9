"""DuckDB, one query for all rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.rules.peers.duckdb_each import connected, sql
from benchmarks.rules.peers.plain import Task


def prepare(task: Task) -> DuckDBOne:
    return DuckDBOne(connected(task), [sql(rule) for rule in task.plain()])


class DuckDBOne:
    def __init__(self, connection: Any, rules: list[str]) -> None:
        self.connection, self.rules = connection, rules

    def _query(self, wanted: str) -> Any:
        """`wanted` for each rule, with `{}` for the rule's column."""
        inner = ", ".join(f"{rule} AS met{index}" for index, rule in enumerate(self.rules))
        outer = ", ".join(wanted.format(*[f"met{index}"] * 2) for index in range(len(self.rules)))
        return self.connection.sql(f"SELECT {outer} FROM (SELECT row_number, {inner} FROM register)")

    def counts(self) -> npt.NDArray[np.int64]:
        found = self._query("count(*) FILTER (WHERE {}), count(*) FILTER (WHERE {} IS NULL)").fetchall()[0]
        return np.array(found, "int64").reshape(-1, 2)

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        table = self._query(
            "list(row_number) FILTER (WHERE {}), list(row_number) FILTER (WHERE {} IS NULL)"
        ).to_arrow_table()
        # A list without members is NULL and has no values.
        lists = [np.sort(column.combine_chunks().flatten().to_numpy(zero_copy_only=False)) for column in table.columns]
        return list(zip(lists[::2], lists[1::2], strict=True))
