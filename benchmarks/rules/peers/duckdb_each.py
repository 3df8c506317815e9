"""DuckDB with SQL's three-valued logic, one query a rule: NULL is unknown."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from benchmarks.rules.peers.plain import Count, InRanges, IsTrue, Not, Plain, Reaches, Task


def prepare(task: Task) -> DuckDBEach:
    return DuckDBEach(connected(task), [sql(rule) for rule in task.plain()])


def connected(task: Task) -> Any:
    """A database with the register in a table of its own, numbered from 0."""
    table = task.plain_table()
    table = table.append_column("row_number", [np.arange(len(table), dtype="int32")])
    connection = duckdb.connect()
    connection.register("given", table)
    connection.execute("CREATE TABLE register AS SELECT * FROM given")
    connection.unregister("given")
    return connection


class DuckDBEach:
    def __init__(self, connection: Any, rules: list[str]) -> None:
        self.connection, self.rules = connection, rules

    def counts(self) -> npt.NDArray[np.int64]:
        counted = "count(*) FILTER (WHERE met), count(*) FILTER (WHERE met IS NULL)"
        query = f"SELECT {counted} FROM (SELECT {{}} AS met FROM register)"
        found = [self.connection.execute(query.format(rule)).fetchone() for rule in self.rules]
        return np.array(found, "int64")

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        return [(self._numbers(rule), self._numbers(f"{rule} IS NULL")) for rule in self.rules]

    def _numbers(self, where: str) -> npt.NDArray[Any]:
        found = self.connection.execute(f"SELECT row_number FROM register WHERE {where} ORDER BY row_number")
        numbers: npt.NDArray[Any] = found.fetchnumpy()["row_number"]
        return numbers


def sql(node: Plain) -> str:
    match node:
        case Not():
            return f"(NOT {sql(node.part)})"
        case IsTrue():
            return f'"{node.column}"'
        case Reaches():
            return f'("{node.column}" >= {node.value})'
        case InRanges():
            tests = [f"= {low}" if low == high else f"BETWEEN {low} AND {high}" for low, high in node.ranges]
            return "(" + " OR ".join(f'"{node.column}" {test}' for test in tests) + ")"
        case Count():
            return _count(node)
    raise AssertionError(node)


def _count(node: Count) -> str:
    parts = [sql(part) for part in node.parts]
    if node.k in (1, len(parts)):
        return "(" + (" OR " if node.k == 1 < len(parts) else " AND ").join(parts) + ")"

    def reached(missing: str) -> str:
        return "(" + " + ".join(f"COALESCE({part}, {missing})::TINYINT" for part in parts) + f") >= {node.k}"

    return f"(CASE WHEN {reached('FALSE')} THEN TRUE WHEN {reached('TRUE')} THEN NULL ELSE FALSE END)"
