"""How enterprises lie in memory for the kernels.

Enterprises come in tiles of `WORDS` 64-bit words for each slice: `tiles[tile, slice, word]`; enterprise `i` of a tile
is bit `i % 64` of word `i // 64`. The last tile is filled up with enterprises of whom nothing is known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WORDS = 64
TILE = WORDS * 64
"""Enterprises in a tile."""
BITMAP = TILE // 16
"""16-bit numbers that a bitmap of a tile takes: an answer with more enterprises than that is kept as a bitmap."""

Tiles = npt.NDArray[np.uint64]


def tile_count(rows: int) -> int:
    return -(-rows // TILE)
