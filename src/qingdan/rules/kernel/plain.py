"""The kernel in NumPy alone: one call for each instruction and some tiles at a time.

It runs wherever NumPy does, and is the second implementation that the fast one is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qingdan.rules.compiler.program import FIRST_SLICE, ONES, Program

Words = npt.NDArray[np.uint64]
TOGETHER = 16
"""Tiles that go through the instructions together, so that each call has enough to do and its rows stay in cache."""


def run(program: Program, tiles: Words, index: npt.NDArray[np.uint32] | None = None) -> Iterator[Words]:
    """For some tiles at a time, the words of every result: (results, words). `index`: the program's slices, or all."""
    count, slices, words = len(tiles), program.slice_count, tiles.shape[2]
    rows = np.zeros((program.row_count, min(TOGETHER, count) * words), np.uint64)
    rows[ONES] = ~np.uint64(0)
    flip = np.array([[~np.uint64(0) if each.complement else np.uint64(0)] for each in program.results], np.uint64)
    for first in range(0, count, TOGETHER):
        some = tiles[first : first + TOGETHER] if index is None else tiles[first : first + TOGETHER, index]
        here = rows[:, : len(some) * words]
        here[FIRST_SLICE : FIRST_SLICE + slices] = some.transpose(1, 0, 2).reshape(slices, len(some) * words)
        _choose(program, here)
        yield _answers(program, here, flip)


def _choose(program: Program, rows: Words) -> None:
    for row, (pick, high, low) in enumerate(program.choices.tolist(), program.first_choice):
        target = rows[row]
        np.bitwise_xor(rows[high], rows[low], out=target)
        target &= rows[pick]
        target ^= rows[low]


def _answers(program: Program, rows: Words, flip: Words) -> Words:
    """The rows of the results, taken condition by condition."""
    taken = np.empty((len(program.results), rows.shape[1]), np.uint64)
    gate = result = 0
    gates, parts = program.gates.tolist(), program.parts.tolist()
    for gate_end, result_end in zip(program.gate_ends.tolist(), program.result_ends.tolist(), strict=True):
        for k, start, end, row in gates[gate:gate_end]:
            _gate(k, parts[start:end], rows, rows[row])
        for place in range(result, result_end):
            answer = program.results[place]
            taken[place] = (rows[answer.row] ^ flip[place]) & rows[answer.also]
        gate, result = gate_end, result_end
    return taken


def _gate(k: int, parts: list[int], rows: Words, target: Words) -> None:
    if 1 < k < len(parts):
        target[:] = _at_least(k, [rows[part] for part in parts])
        return
    join = np.bitwise_or if k == 1 else np.bitwise_and
    join(rows[parts[0]], rows[parts[-1]], out=target)
    for part in parts[1:-1]:
        join(target, rows[part], out=target)


def _at_least(k: int, parts: list[Words]) -> Words:
    """Where at least `k` bits are set: `reached[j]` is where more than `j` of the parts so far are."""
    reached = [np.zeros_like(parts[0]) for _ in range(k)]
    for part in parts:
        for j in range(k - 1, 0, -1):
            reached[j] |= reached[j - 1] & part
        reached[0] |= part
    return reached[k - 1]
