"""The kernel in NumPy alone: one call for each instruction and some tiles at a time.

It runs wherever NumPy does, and is the second implementation that the fast one is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qingdan.rules.compiler.program import FIRST_SLICE, ONES, Program

Words = npt.NDArray[np.uint64]
TOGETHER = 8
"""Tiles that go through the instructions together, so that each call has enough to do and its rows stay in cache."""


def run(program: Program, tiles: Words) -> Iterator[Words]:
    """For some tiles at a time, the words of every result's row, complements done: (results, words)."""
    count, slices, words = tiles.shape
    rows = np.zeros((program.row_count, min(TOGETHER, count) * words), np.uint64)
    rows[ONES] = ~np.uint64(0)
    picked = np.array([each.row for each in program.results], np.int64)
    flip = np.array([[~np.uint64(0) if each.complement else np.uint64(0)] for each in program.results], np.uint64)
    for first in range(0, count, TOGETHER):
        some = tiles[first : first + TOGETHER]
        here = rows[:, : len(some) * words]
        here[FIRST_SLICE : FIRST_SLICE + slices] = some.transpose(1, 0, 2).reshape(slices, len(some) * words)
        _choose(program, here)
        _gate(program, here)
        yield here[picked] ^ flip


def _choose(program: Program, rows: Words) -> None:
    row = FIRST_SLICE + program.slice_count
    for pick, high, low in program.choices.tolist():
        target = rows[row]
        np.bitwise_xor(rows[high], rows[low], out=target)
        target &= rows[pick]
        target ^= rows[low]
        row += 1


def _gate(program: Program, rows: Words) -> None:
    row = FIRST_SLICE + program.slice_count + len(program.choices)
    for k, start, end in program.gates.tolist():
        parts = program.parts[start:end]
        if k == 1:
            np.bitwise_or.reduce(rows[parts], axis=0, out=rows[row])
        elif k == end - start:
            np.bitwise_and.reduce(rows[parts], axis=0, out=rows[row])
        else:
            rows[row] = _at_least(k, [rows[part] for part in parts])
        row += 1


def _at_least(k: int, parts: list[Words]) -> Words:
    """Where at least `k` bits are set: `reached[j]` is where more than `j` of the parts so far are."""
    reached = [np.zeros_like(parts[0]) for _ in range(k)]
    for part in parts:
        for j in range(k - 1, 0, -1):
            reached[j] |= reached[j - 1] & part
        reached[0] |= part
    return reached[k - 1]
