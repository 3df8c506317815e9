"""Columns of facts and how a block of enterprises gives them."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]
"""Integers of any width, or Python's own where 64 bits might not do."""

EPOCH = date(1970, 1, 1).toordinal()
FAR = int(np.iinfo(np.int32).max)
"""The last day of a status without end."""


def days(day: date) -> int:
    """Days since 1970, as in Arrow's date32."""
    return day.toordinal() - EPOCH


class Column(NamedTuple):
    """A column of facts: the field's name and the period; "" for fields without one and the state on the fact date."""

    field: str
    period: str

    @property
    def key(self) -> str:
        """As facts are written: "revenue@2025"."""
        return f"{self.field}@{self.period}" if self.period else self.field


class Values(NamedTuple):
    """One value for each enterprise and which are known (None: all). Numbers are whole steps of the field, dates days
    since 1970, yes 1 and no 0, codes their place in the tree's list of codes. Unknown values can be anything."""

    values: Numbers
    valid: Flags | None


class Lists(NamedTuple):
    """Enterprise `i` has the entries `offsets[i]` to `offsets[i + 1]`: places of codes in the tree's list of codes;
    of statuses also the first and last days since 1970, `FAR` for no end."""

    valid: Flags | None
    offsets: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32] | None = None
    ends: npt.NDArray[np.int32] | None = None


class Block(Protocol):
    """Some enterprises' facts, column by column. None: nothing is known of the column."""

    @property
    def rows(self) -> int: ...

    def values(self, column: Column) -> Values | None: ...

    def lists(self, column: Column) -> Lists | None: ...
