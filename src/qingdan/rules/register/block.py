"""Some enterprises in the making: one source of chance, and the columns as they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qingdan.rules.catalogue import Catalogue, FieldType
from qingdan.rules.compiler.columns import Flags, days
from qingdan.rules.values import FEN_PER_YUAN

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]

WAN = 10_000 * FEN_PER_YUAN
"""Fen in 万元."""

_STATUS = pa.struct([("code", pa.string()), ("start", pa.date32()), ("end", pa.date32())])


class Entries(NamedTuple):
    """The same code in the lists of some enterprises; of statuses also the first and last days (-1: no end)."""

    code: str
    rows: Ints
    starts: Ints | None = None
    ends: Ints | None = None


@dataclass
class Block:
    """`rows` enterprises, the first of them number `first` of the register; `columns` by the names of facts.

    Besides what an enterprise does not report at all (`known`), single facts are missing here and there (`gaps`).
    """

    rng: np.random.Generator
    first: int
    rows: int
    seed: int
    fact_date: date
    catalogue: Catalogue
    columns: dict[str, pa.Array] = field(default_factory=dict)
    gaps: float = 0.01

    @property
    def today(self) -> int:
        """The fact date in days since 1970."""
        return days(self.fact_date)

    @property
    def year(self) -> int:
        """The last full year, the one that enterprises have reported."""
        return self.fact_date.year - 1

    # ---- chance

    def chance(self, share: float | Floats) -> Flags:
        """Yes for this share of the enterprises, or for each with its own probability."""
        return self.rng.random(self.rows, np.float32) < share

    def normal(self, scale: float = 1.0) -> Floats:
        return self.rng.standard_normal(self.rows) * scale

    def between(self, low: float, high: float) -> Floats:
        return low + self.rng.random(self.rows) * (high - low)

    def onto(
        self, values: Ints, points: Sequence[int], share: float, offsets: Sequence[int] = (-1, 0, 0, 0, 1)
    ) -> Ints:
        """Values of which this share is moved onto the nearest of some ascending points, or one step beside it.

        What lies further than a third from every point stays.
        """
        ascending = np.array(points, np.int64)
        nearest = ascending[np.searchsorted((ascending[1:] + ascending[:-1]) / 2, values)]
        moved = self.chance(share) & (np.abs(values - nearest) * 3 <= nearest)
        return np.where(moved, nearest + self.rng.choice(np.array(offsets, np.int64), self.rows), values)

    # ---- columns

    def number(self, name: str, values: npt.NDArray[Any], known: Flags | None = None) -> None:
        """A column of numbers in steps of the field: money in fen."""
        spec = self.catalogue.field(name.partition("@")[0])
        self._put(name, np.asarray(values, np.int64 if spec.type is FieldType.MONEY else np.int32), known)

    def flag(self, name: str, values: Flags, known: Flags | None = None) -> None:
        self._put(name, values, known)

    def day(self, name: str, values: npt.NDArray[Any], known: Flags | None = None) -> None:
        """A column of days since 1970."""
        self._put(name, values.astype("datetime64[D]"), known)

    def code(self, name: str, codes: Sequence[str], places: npt.NDArray[Any], known: Flags | None = None) -> None:
        """A column of codes: for each enterprise the place of its code in `codes`."""
        indices = pa.array(np.asarray(places, np.int16), mask=self._missing(known))
        self.columns[name] = pa.DictionaryArray.from_arrays(indices, pa.array(codes, pa.string()))

    def lists(self, name: str, entries: Iterable[Entries], known: Flags | None = None) -> None:
        """A column of lists: codes, or statuses with their days. Each enterprise's entries in order of their days."""
        some = list(entries)
        rows = np.concatenate([each.rows for each in some])
        codes = np.repeat(np.arange(len(some)), [len(each.rows) for each in some])
        missing = self._missing(known)
        kept = ~missing[rows]
        dated = self.catalogue.field(name).type is FieldType.STATUSES
        starts = np.concatenate([each.starts for each in some if each.starts is not None]) if dated else codes
        order = np.flatnonzero(kept)[np.lexsort((starts[kept], rows[kept]))]
        words = pa.array([each.code for each in some]).take(pa.array(codes[order]))
        if dated:
            ends = np.concatenate([each.ends for each in some if each.ends is not None])[order]
            last = pa.array(ends.astype("datetime64[D]"), pa.date32(), mask=ends < 0)
            first = pa.array(starts[order].astype("datetime64[D]"), pa.date32())
            words = pa.StructArray.from_arrays([words, first, last], fields=list(_STATUS))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[order], minlength=self.rows))])
        self.columns[name] = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), words, mask=pa.array(missing))

    def _put(self, name: str, values: npt.NDArray[Any], known: Flags | None) -> None:
        self.columns[name] = pa.array(values, mask=self._missing(known))

    def _missing(self, known: Flags | None) -> Flags:
        gaps = self.chance(self.gaps)
        return gaps if known is None else gaps | ~known
