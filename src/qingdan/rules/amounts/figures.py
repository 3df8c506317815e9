"""Figures of many enterprises; where a first day bounds the years, enterprises with as many years go together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from qingdan.rules.amounts.integers import Places
from qingdan.rules.amounts.rows import Rows
from qingdan.rules.catalogue import FieldType
from qingdan.rules.compiler.columns import Column, days
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.derived import FigureColumns
from qingdan.rules.compiler.leaves import years_of
from qingdan.rules.errors import RuleError, Words
from qingdan.rules.language.parts import Figure, Spread


class Group(NamedTuple):
    """Enterprises whose figure is made of the same columns: their places among the rows (None: all), themselves,
    and the figure; None where no year counts, so that there is none."""

    places: Places | None
    rows: Rows
    figure: FigureColumns | None


@dataclass(frozen=True)
class BulkFigure:
    """A figure with all its periods, the latest first; `since`: the first day, years before its year do not count.

    A missing first day leaves no year, as in `evaluate.numbers.figure_span`. `last_days`: of the figure's years, the
    earliest first, in days since 1970.
    """

    columns: FigureColumns
    is_mean: bool
    since: Column | None
    last_days: tuple[int, ...]

    @classmethod
    def of(cls, figure: Figure, made: Conditions) -> BulkFigure:
        """RuleError for a figure that is not a number, or a first day that is not a date."""
        columns = made.leaves.figure(replace(figure, since=""), made.start)
        if columns is None:
            raise AssertionError(figure)
        return cls(
            columns=columns,
            is_mean=figure.spread is Spread.MEAN,
            since=_first_day(figure.since, made) if figure.since else None,
            last_days=_last_days(years_of(figure, made.start)) if figure.since else (),
        )

    def groups(self, rows: Rows) -> Iterator[Group]:
        """Every row in one group."""
        if self.since is None:
            yield Group(None, rows, self.columns)
            return
        counts = self._year_counts(rows, self.since)
        for count in range(len(self.columns.columns) + 1):
            places = np.flatnonzero(counts == count)
            if len(places):
                yield Group(places, rows.take(places), self._of_years(count))

    def _of_years(self, count: int) -> FigureColumns | None:
        if not count:
            return None
        return replace(
            self.columns, columns=self.columns.columns[:count], divisor=count if self.is_mean else self.columns.divisor
        )

    def _year_counts(self, rows: Rows, since: Column) -> Places:
        """How many of the figure's years count for each enterprise."""
        found = rows.values(since)
        if found is None:
            return np.zeros(rows.rows, np.intp)
        # A year counts when the first day is not after its last.
        last_days = np.array(self.last_days, np.int64)
        counts = len(last_days) - np.searchsorted(last_days, found.values)
        return counts if found.valid is None else np.where(found.valid, counts, 0)


def _last_days(years: list[int]) -> tuple[int, ...]:
    """The years' last days; no first day lies in a year before 1."""
    return tuple(sorted(days(date(year, 12, 31)) for year in years if year >= 1))


def _first_day(field: str, made: Conditions) -> Column:
    spec = made.catalogue.field(field)
    if spec.type is not FieldType.DATE:
        raise RuleError(
            Words(f"“{spec.chinese}”不是日期", f"'{field}' is not a date"),
            Words("“since”须为日期字段", "'since' names a date field"),
        )
    return Column(field, "")
