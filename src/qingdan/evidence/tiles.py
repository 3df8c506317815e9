"""Roots and proofs of a log that is stored elsewhere and too large to read whole.

The store keeps every 256th-power subtree that is full: the node `index` of level k is the root of the leaves
`[index * 256^k, (index + 1) * 256^k)`, so level 0 holds the leaf hashes. A proof then reads whole rows of up to 256
siblings: one at the top, and per level below it one on the leaf's way and one at the right edge.
"""

from collections.abc import Sequence
from typing import Protocol

from . import merkle

WIDTH = 256
_BITS = 8


class Nodes(Protocol):
    """Where the full nodes are kept."""

    def read(self, level: int, start: int, stop: int) -> list[bytes]:
        """The hashes of the nodes `start .. stop - 1` of a level, in order."""
        ...


class _Tree:
    """The tree of `size` leaves over a store; no row is read twice."""

    def __init__(self, nodes: Nodes, size: int, hash: str) -> None:
        self.nodes, self.size, self.hash = nodes, size, hash
        self.rows: dict[tuple[int, int], list[bytes]] = {}

    def row(self, level: int, group: int) -> list[bytes]:
        """The siblings `group * 256 ..` of a level, up to 256; at the right edge the last may be a part of a node."""
        if (level, group) not in self.rows:
            start, full = group * WIDTH, self.size >> _BITS * level
            stop = min(start + WIDTH, full)
            row = read(self.nodes, level, start, stop)
            if stop - start < WIDTH and self.size % WIDTH**level:
                row.append(merkle.root(self.row(level - 1, full), self.hash))
            self.rows[level, group] = row
        return self.rows[level, group]

    def is_top(self, level: int) -> bool:
        """Whether the level fits into one row."""
        return self.size <= WIDTH ** (level + 1)

    def path_above(self, level: int, index: int) -> list[bytes]:
        """The path from the top of the row that holds node `index` of a level up to the root."""
        path: list[bytes] = []
        while not self.is_top(level):
            level, index = level + 1, index >> _BITS
            path += merkle.inclusion_path(index % WIDTH, self.row(level, index >> _BITS), self.hash)
        return path


def root_at(nodes: Nodes, size: int, hash: str = "sha256") -> bytes:
    """The root of the first `size` leaves."""
    level = 0
    tree = _Tree(nodes, size, hash)
    while not tree.is_top(level):
        level += 1
    return merkle.root(tree.row(level, 0), hash)


def inclusion(nodes: Nodes, index: int, size: int, hash: str = "sha256") -> list[bytes]:
    """The proof that leaf `index` is among the first `size` (RFC 9162, 2.1.3.1).

    Raises ValueError for an index out of range.
    """
    if not 0 <= index < size:
        raise ValueError(f"没有第 {index} 片叶子 (no leaf {index} in a tree of {size})")
    tree = _Tree(nodes, size, hash)
    path = merkle.inclusion_path(index % WIDTH, tree.row(0, index >> _BITS), hash)
    return path + tree.path_above(0, index)


def consistency(nodes: Nodes, first: int, size: int, hash: str = "sha256") -> list[bytes]:
    """The proof that the first `size` leaves continue the first `first` (RFC 9162, 2.1.4.1).

    Raises ValueError unless 0 < first <= size.
    """
    if not 0 < first <= size:
        raise ValueError(f"一致性证明的起点越界 (no consistency proof from {first} to {size})")
    if first == size:
        return []
    tree = _Tree(nodes, size, hash)
    level, index = 0, first - 1
    while index % WIDTH == WIDTH - 1:
        level, index = level + 1, index >> _BITS
    # The proof starts at the largest full subtree that ends the first tree; it lies within this row.
    row, here, whole = tree.row(level, index >> _BITS), index % WIDTH, index
    while here & 1:
        row, here, whole = merkle.parents(row, hash), here >> 1, whole >> 1
    start = [row[here]] if whole else []
    return start + merkle.inclusion_path(here, row, hash) + tree.path_above(level, index)


def complete_nodes(
    nodes: Nodes, old_size: int, new_hashes: Sequence[bytes], hash: str = "sha256"
) -> list[tuple[int, int, bytes]]:
    """The nodes above the leaves that become full when these leaf hashes follow the first `old_size`.

    Gives (level >= 1, index, hash) by level and index. Reads at most one row of less than 256 nodes of each level.
    """
    made = []
    level, before, fresh = 0, old_size, list(new_hashes)
    while before % WIDTH + len(fresh) >= WIDTH:
        start = before - before % WIDTH
        row = read(nodes, level, start, before) + fresh
        fresh = [merkle.root(row[at : at + WIDTH], hash) for at in range(0, len(row) - WIDTH + 1, WIDTH)]
        level, before = level + 1, before >> _BITS
        made += [(level, before + at, node) for at, node in enumerate(fresh)]
    return made


def read(nodes: Nodes, level: int, start: int, stop: int) -> list[bytes]:
    """The nodes `start .. stop - 1` of a level. Raises ValueError when the store does not have them all."""
    found = list(nodes.read(level, start, stop)) if start < stop else []
    if len(found) != max(stop - start, 0):
        raise ValueError(
            f"日志第 {level} 层缺少节点 {start} 至 {stop - 1} (nodes {start}..{stop - 1} of level {level} are missing)"
        )
    return found


class MemoryNodes:
    """A log held in memory: for tests, benchmarks and simulated witnesses."""

    def __init__(self, hash: str = "sha256") -> None:
        self.hash = hash
        self.levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self.levels[0])

    def read(self, level: int, start: int, stop: int) -> list[bytes]:
        return self.levels[level][start:stop] if level < len(self.levels) else []

    def append(self, hashes: Sequence[bytes]) -> None:
        """Add these leaf hashes at the end."""
        full = complete_nodes(self, self.size, hashes, self.hash)
        self.levels[0] += hashes
        for level, _, node in full:
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(node)
