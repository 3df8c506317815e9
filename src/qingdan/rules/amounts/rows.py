"""Some enterprises of a block, as a block of their own."""

from __future__ import annotations

import numpy as np

from qingdan.rules.amounts.integers import Places
from qingdan.rules.compiler.columns import Block, Column, Lists, Values


class Rows:
    """The enterprises of `block` in the given rows, in that order. Columns are taken when asked for and kept."""

    def __init__(self, block: Block, places: Places) -> None:
        self._block, self._places = block, places
        self._values: dict[Column, Values | None] = {}
        self._lists: dict[Column, Lists | None] = {}

    @property
    def rows(self) -> int:
        return len(self._places)

    def take(self, places: Places) -> Rows:
        """The enterprises in these of the rows, each once and in order."""
        return self if len(places) == self.rows else Rows(self, places)

    def values(self, column: Column) -> Values | None:
        if column not in self._values:
            found = self._block.values(column)
            if found is not None:
                valid = None if found.valid is None else found.valid[self._places]
                found = Values(found.values[self._places], valid)
            self._values[column] = found
        return self._values[column]

    def lists(self, column: Column) -> Lists | None:
        if column not in self._lists:
            found = self._block.lists(column)
            self._lists[column] = None if found is None else self._taken(found)
        return self._lists[column]

    def _taken(self, lists: Lists) -> Lists:
        firsts = lists.offsets[self._places]
        counts = lists.offsets[self._places + 1] - firsts
        offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        entries = np.arange(offsets[-1]) + np.repeat(firsts - offsets[:-1], counts)
        return Lists(
            None if lists.valid is None else lists.valid[self._places],
            offsets,
            lists.codes[entries],
            None if lists.starts is None else lists.starts[entries],
            None if lists.ends is None else lists.ends[entries],
        )
