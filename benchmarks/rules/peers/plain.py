"""The yes-or-no part of the language as the peers take it, and the register as plain arrays.

Peers get every advantage that costs nothing at run time: codes are small integers in the order of their tree, so
that a branch is one range; days are integers; NOT, all, any and k-of-n are all there is. Making this is not timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qingdan.rules.catalogue import Catalogue, Field, PeriodKind
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op
from qingdan.rules.language.rule import Rule

EPOCH = date(1970, 1, 1)


class Unsupported(Exception):
    """A condition outside the part that every peer can express."""


@dataclass(frozen=True)
class InRanges:
    """The column's code lies in one of these ranges, both ends included."""

    column: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class IsTrue:
    column: str


@dataclass(frozen=True)
class Reaches:
    """The column is `value` or more."""

    column: str
    value: int


@dataclass(frozen=True)
class Not:
    part: Plain


@dataclass(frozen=True)
class Count:
    """At least `k` of the parts: all of them, any of them, or some number between."""

    k: int
    parts: tuple[Plain, ...]


Leaf = InRanges | IsTrue | Reaches
Plain = Leaf | Not | Count


@dataclass
class Task:
    """What every contender gets: the same rules for the same register, in memory and (`paths`) in files.

    The files may have more rows than the table, which are then the first ones.
    """

    rules: list[Rule]
    catalogue: Catalogue
    fact_date: date
    table: pa.Table
    paths: tuple[Path, ...] = ()

    def plain(self) -> list[Plain]:
        """The rules for peers; Unsupported with the rule's id when one says more than yes and no."""
        return [_Reader(self).read(rule) for rule in self.rules]

    @cached_property
    def places(self) -> dict[str, dict[str, int]]:
        """For each column of codes, those that occur, counted in the order of the tree."""
        found = {}
        for name in self.table.column_names:
            array = self.table[name].combine_chunks()
            if pa.types.is_dictionary(array.type):
                known = set(array.dictionary.to_pylist())
                ordered = dict.fromkeys(each.code for each in self.catalogue.tree_of(name).codes if each.code in known)
                found[name] = {code: place for place, code in enumerate(ordered)}
        return found

    def plain_table(self) -> pa.Table:
        """The register with nulls, without the key: codes as int16 places, days as int32, the rest as it is."""
        made = {}
        for name in self.table.column_names:
            array = self.table[name].combine_chunks()
            if pa.types.is_dictionary(array.type):
                places = np.array([self.places[name][code] for code in array.dictionary.to_pylist()], "int16")
                array = pa.array(places).take(array.indices)
            elif pa.types.is_date32(array.type):
                array = array.cast(pa.int32())
            if name != "code":
                made[name] = array
        return pa.table(made)

    def arrays(self) -> dict[str, Column]:
        """The same as NumPy arrays, flags as uint8."""
        return {name: _column(column.combine_chunks()) for name, column in _named(self.plain_table())}

    def rows(self) -> list[dict[str, int | bool | None]]:
        """The same, one dictionary for each enterprise."""
        return self.plain_table().to_pylist()


@dataclass(frozen=True)
class Column:
    """Values as integers (0 where missing) and where they are missing."""

    values: npt.NDArray[Any]
    missing: npt.NDArray[np.bool_]


def _named(table: pa.Table) -> Iterator[tuple[str, Any]]:
    return zip(table.column_names, table.columns, strict=True)


def _column(array: Any) -> Column:
    missing = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    return Column(array.fill_null(0).to_numpy(), missing)


# ---- the rules


def leaves(node: Plain) -> Iterator[Leaf]:
    match node:
        case Not():
            yield from leaves(node.part)
        case Count():
            for part in node.parts:
                yield from leaves(part)
        case _:
            yield node


def negated(node: Plain) -> Plain | None:
    """The same as NOT `node` with the NOT one level lower; None at a leaf."""
    if isinstance(node, Not):
        return node.part
    if isinstance(node, Count):
        return Count(len(node.parts) - node.k + 1, tuple(Not(part) for part in node.parts))
    return None


@dataclass
class _Reader:
    task: Task

    def read(self, rule: Rule) -> Plain:
        try:
            return self._read(rule.condition)
        except Unsupported as reason:
            raise Unsupported(f"{rule.id}: {reason}") from None

    def _read(self, condition: c.Condition) -> Plain:
        parts = tuple(self._read(part) for part in condition.parts)
        match condition:
            case c.All():
                return Count(len(parts), parts)
            case c.Any():
                return Count(1, parts)
            case c.NoneOf():
                return Not(Count(1, parts))
            case c.AtLeast():
                return Count(condition.k, parts)
            case c.Exclusion():
                return Not(parts[0])
            case c.Flag():
                leaf = IsTrue(self._column(self.task.catalogue.field(condition.field)))
                return leaf if condition.expected else Not(leaf)
            case c.InCodes():
                return self._codes(condition)
            case c.Compare():
                return self._compare(condition)
            case c.DateWindow():
                return self._days(condition)
        raise Unsupported(f"'{condition.tag}' is more than yes and no")

    def _column(self, spec: Field, figure: Figure | None = None) -> str:
        if figure is not None and figure.period is not None:
            if figure.spread is not None:
                raise Unsupported("a figure over several periods")
            return f"{spec.name}@{figure.period.resolve(self.task.fact_date)}"
        if spec.period is not PeriodKind.AS_OF:
            return spec.name
        found = [name for name in self.task.table.column_names if name.startswith(f"{spec.name}@")]
        if len(found) != 1 or found[0].partition("@")[2] > self.task.fact_date.isoformat():
            raise Unsupported(f"'{spec.name}' as of several days")
        return found[0]

    def _codes(self, clause: c.InCodes) -> Plain:
        tree = self.task.catalogue.tree_of(clause.field)
        places = self.task.places[clause.field]
        inside = sorted(
            place for code, place in places.items() if tree.is_under(code, clause.codes, self.task.fact_date)
        )
        if not inside or len(inside) == len(places):
            raise Unsupported("all codes or none, which even a missing code decides")
        ranges: list[tuple[int, int]] = []
        for place in inside:
            if ranges and ranges[-1][1] == place - 1:
                ranges[-1] = (ranges[-1][0], place)
            else:
                ranges.append((place, place))
        return InRanges(clause.field, tuple(ranges))

    def _compare(self, clause: c.Compare) -> Plain:
        spec = self.task.catalogue.field(clause.figure.field)
        bound = spec.steps(clause.value)
        low, high = spec.bounds()
        if bound.denominator != 1 or (low is not None and bound <= low) or (high is not None and bound >= high):
            raise Unsupported("a threshold between steps, or one that even a missing number decides")
        column, value = self._column(spec, clause.figure), int(bound)
        match clause.op:
            case Op.AT_LEAST:
                return Reaches(column, value)
            case Op.LESS_THAN:
                return Not(Reaches(column, value))
            case Op.MORE_THAN:
                return Reaches(column, value + 1)
            case Op.AT_MOST:
                return Not(Reaches(column, value + 1))
        raise Unsupported(f"'{clause.op}'")

    def _days(self, clause: c.DateWindow) -> Plain:
        column = self._column(self.task.catalogue.field(clause.field))
        start, end = ((day - EPOCH).days if day else None for day in (clause.start, clause.end))
        if start is not None and end is not None:
            raise Unsupported("a date window with two ends")
        return Reaches(column, start) if start is not None else Not(Reaches(column, (end or 0) + 1))


class Contender(Protocol):
    """An engine that has been given a task."""

    def counts(self) -> npt.NDArray[np.int64]:
        """For every rule how many enterprises meet it and for how many it is unknown: [rules, 2]."""

    def rows(self) -> list[tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]]]]:
        """For every rule the rows that meet it and those for which it is unknown, ascending."""
