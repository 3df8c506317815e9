"""Polars, in memory: every rule an expression with its own three-valued logic, all in one query."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.rules.peers.plain import Count, InRanges, IsTrue, Not, Plain, Reaches, Task


def prepare(task: Task) -> PolarsAll:
    frame = pl.from_arrow(task.plain_table())
    assert isinstance(frame, pl.DataFrame)
    return PolarsAll([expression(rule) for rule in task.plain()], frame)


class PolarsAll:
    def __init__(self, rules: list[pl.Expr], frame: pl.DataFrame) -> None:
        self.rules, self.frame = rules, frame

    def _two_each(self, first: Any, second: Any) -> list[Any]:
        """The one row of a query with two expressions for each rule."""
        wanted = [
            each.alias(f"{side}{index}")
            for index, rule in enumerate(self.rules)
            for side, each in (("a", first(rule)), ("b", second(rule)))
        ]
        return list(self.frame.lazy().select(wanted).collect(engine="in-memory").row(0))

    def counts(self) -> npt.NDArray[np.int64]:
        found = self._two_each(lambda rule: rule.sum(), lambda rule: rule.is_null().sum())
        return np.array(found, "int64").reshape(-1, 2)

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        found = self._two_each(
            lambda rule: pl.arg_where(rule).implode(), lambda rule: pl.arg_where(rule.is_null()).implode()
        )
        lists = [np.asarray(each, "uint32") for each in found]
        return list(zip(lists[::2], lists[1::2], strict=True))


def expression(node: Plain) -> pl.Expr:
    match node:
        case Not():
            return ~expression(node.part)
        case IsTrue():
            return pl.col(node.column)
        case Reaches():
            return pl.col(node.column) >= node.value
        case InRanges():
            column = pl.col(node.column)
            inside = [column == low if low == high else (column >= low) & (column <= high) for low, high in node.ranges]
            return reduce(operator.or_, inside)
        case Count():
            return _count(node)
    raise AssertionError(node)


def _count(node: Count) -> pl.Expr:
    parts = [expression(part) for part in node.parts]
    if node.k in (1, len(parts)):
        return reduce(operator.or_ if node.k == 1 < len(parts) else operator.and_, parts)

    def reached(missing: bool) -> pl.Expr:
        return pl.sum_horizontal([part.fill_null(missing).cast(pl.UInt8) for part in parts]) >= node.k

    return pl.when(reached(False)).then(True).when(reached(True)).then(None).otherwise(False)
