"""Running a program over all tiles, and its answers: counts, and the places of the enterprises as sparse lists."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from qingdan.rules.compiler.program import Program
from qingdan.rules.kernel import plain
from qingdan.rules.kernel.tiles import BITMAP, TILE, Tiles
from qingdan.rules.language.rule import State

Index = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
LISTED: frozenset[State] = frozenset({State.MET, State.UNKNOWN})
"""The states whose enterprises are listed unless somebody asks for others; all states are counted."""

ARENA = 1 << 22
"""16-bit numbers that a thread collects before they are put away."""


@dataclass
class Chunk:
    """Some tiles' answers as the kernel leaves them, tile by tile: see `fast.Workspace.run`."""

    pieces: npt.NDArray[np.uint32]
    arena: npt.NDArray[np.uint16]

    @cached_property
    def _by_result(self) -> npt.NDArray[np.int64]:
        """The pieces, result by result; sorted only when somebody reads a list."""
        return self.pieces[np.argsort(self.pieces[:, 0], kind="stable")].astype(np.int64)

    def places(self, result: int) -> list[Places]:
        """The places of a result's enterprises, tile by tile."""
        start, end = np.searchsorted(self._by_result[:, 0], [result, result + 1])
        found = []
        for _, tile, at, count in self._by_result[start:end]:
            if count > BITMAP:
                bits = np.unpackbits(self.arena[at : at + BITMAP].view(np.uint8), bitorder="little")
                inside = np.flatnonzero(bits)
            else:
                inside = self.arena[at : at + count].astype(np.int64)
            found.append(inside + tile * TILE)
        return found


@dataclass
class Answers:
    """What a program says of some enterprises.

    `counts`: for each result of the program how many; the lists are there for the states that were asked for.
    """

    program: Program
    enterprises: int
    counts: npt.NDArray[np.int64]
    chunks: list[Chunk] = field(default_factory=list)

    def count(self, condition: int, state: State) -> int:
        """How many enterprises the condition has in a state."""
        if state is State.UNMET:
            others = (each for each in State if each is not State.UNMET)
            return self.enterprises - sum(self.count(condition, each) for each in others)
        result = self._result(condition, state)
        return 0 if result is None else int(self.counts[result])

    def places(self, condition: int, state: State) -> Places:
        """The ascending places of the enterprises that a condition has in a listed state."""
        result = self._result(condition, state)
        if result is None and state is State.UNMET:
            return self._others(condition)
        found = [] if result is None else [each for chunk in self.chunks for each in chunk.places(result)]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _others(self, condition: int) -> Places:
        """The enterprises on no list of a condition."""
        rest = np.ones(self.enterprises, bool)
        for state in State:
            if state is not State.UNMET:
                rest[self.places(condition, state)] = False
        return np.flatnonzero(rest)

    def _result(self, condition: int, state: State) -> int | None:
        """The number of the program's result for a state; None: no enterprise can be in that state."""
        end = int(self.program.result_ends[condition])
        start = int(self.program.result_ends[condition - 1]) if condition else 0
        for number in range(start, end):
            if self.program.results[number].state is state:
                return number
        return None


def has_fast_kernel() -> bool:
    """Whether Numba is there and not switched off by QD_RULES_KERNEL=plain."""
    return os.environ.get("QD_RULES_KERNEL") != "plain" and importlib.util.find_spec("numba") is not None


def run(
    program: Program,
    tiles: Tiles,
    index: Index,
    enterprises: int,
    *,
    listed: Collection[State] = LISTED,
    threads: int = 1,
    fast: bool | None = None,
) -> Answers:
    """Run a program over the tiles of some enterprises.

    `index`: which slices of the tiles are the program's. `listed`: the states whose enterprises are wanted, not just
    their number. `fast`: which kernel, by default the fast one where it runs.
    """
    # The unmet are whoever is on no other list.
    keep = np.array([State.UNMET in listed or each.state in listed for each in program.results], bool)
    task = _Task(program, tiles, index, enterprises, keep)
    work = _run_fast if (has_fast_kernel() if fast is None else fast) else _run_plain
    bounds = np.linspace(0, len(tiles), max(1, min(threads, len(tiles) // 8)) + 1).astype(int).tolist()
    if len(bounds) == 2:
        done = [work(task, 0, len(tiles))]
    else:
        with ThreadPoolExecutor(len(bounds) - 1) as pool:
            done = list(pool.map(work, [task] * (len(bounds) - 1), bounds[:-1], bounds[1:]))
    counts = np.zeros(len(program.results), np.int64)
    for each, _ in done:
        counts += each
    return Answers(program, enterprises, counts, [chunk for _, chunks in done for chunk in chunks])


@dataclass(frozen=True)
class _Task:
    """What the threads share."""

    program: Program
    tiles: Tiles
    index: Index
    enterprises: int
    keep: npt.NDArray[np.bool_]


Done = tuple[npt.NDArray[np.int64], list[Chunk]]
"""The counts of all results, and the lists."""


def _run_fast(task: _Task, first: int, last: int) -> Done:
    from qingdan.rules.kernel.fast import Workspace

    workspace = Workspace(task.program)
    counts = np.zeros(len(task.program.results), np.int64)
    chunks = []
    kept = int(task.keep.sum())
    room = max(ARENA, kept * BITMAP) if kept else 0
    pieces, arena = np.empty((max(room // 8, kept), 4), np.uint32), np.empty(room, np.uint16)
    tile = first
    while tile < last:
        tile, used_pieces, used = workspace.run(
            task.tiles, task.index, tile, last, task.enterprises, task.keep, counts, pieces, arena
        )
        if used_pieces:
            chunks.append(Chunk(pieces[:used_pieces].copy(), arena[:used].copy()))
    return counts, chunks


def _run_plain(task: _Task, first: int, last: int) -> Done:
    counts = np.zeros(len(task.program.results), np.int64)
    kept = np.flatnonzero(task.keep)
    chunks = []
    for words in plain.run(task.program, task.tiles[first:last], task.index):
        width = words.shape[1] * 64
        left = task.enterprises - first * TILE
        if left < width:
            words[:] &= np.packbits(np.arange(width) < left, bitorder="little").view(np.uint64)
        counts += np.bitwise_count(words).sum(axis=1, dtype=np.int64)
        if len(kept):
            chunks.append(_listed(words[kept], kept, first))
        first += width // TILE
    return counts, chunks


def _listed(words: npt.NDArray[np.uint64], results: npt.NDArray[np.int64], first_tile: int) -> Chunk:
    """The places of the bits that are set, for each result and tile in pieces of no more than `BITMAP`."""
    result, word = np.nonzero(words)
    which, bit = np.nonzero(np.unpackbits(words[result, word].view(np.uint8), bitorder="little").reshape(-1, 64))
    place = word[which] * 64 + bit
    tile = place // TILE
    # Places come result by result and in order, so those of one result and tile lie together.
    begins = np.flatnonzero(np.diff(result[which] * (words.shape[1] * 64 // TILE) + tile, prepend=-1))
    sizes = np.diff(begins, append=len(place))
    pieces = -(-sizes // BITMAP)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(begins, pieces) + number * BITMAP
    lengths = np.minimum(BITMAP, np.repeat(sizes, pieces) - number * BITMAP)
    columns = [results[result[which[starts]]], first_tile + tile[starts], starts, lengths]
    return Chunk(np.stack(columns, axis=1).astype(np.uint32), (place % TILE).astype(np.uint16))
