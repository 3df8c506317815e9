"""The network of one enterprise run by NumPy and Python: where Numba does not run, and for comparison."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np

from qingdan.rules.single.network import Bytes, Index, Memory, Network


def evaluate(network: Network, rows: Index, memory: Memory) -> None:
    """Compute all bits, lacks and masks from the attributes' rows."""
    gates, bits, first_gate = network.gates, memory.bits, network.first_gate
    bits[0], bits[1] = 0, 1
    for attribute, row in enumerate(rows.tolist()):
        _literals(network, memory, attribute)[:] = _row(network, attribute, row)
    starts = np.concatenate([[0], gates.part_ends])
    for first, last in pairwise(network.levels):
        truth = bits[gates.parts[starts[first] : starts[last]]]
        counts = np.add.reduceat(truth, starts[first:last] - starts[first], dtype=np.int32)
        memory.lacks[first:last] = gates.needed[first:last] - counts
        bits[first_gate + first : first_gate + last] = memory.lacks[first:last] <= 0
    memory.masks[:] = np.packbits(bits[network.rails], axis=1, bitorder="little")[:, 0]


def change(network: Network, memory: Memory, attributes: Index, rows: Index) -> Index:
    """Give some attributes other rows and update all that depends on them: see `Network`."""
    uses, first_gate = network.uses, network.first_gate
    flipping: list[int] = []
    for attribute, row in zip(attributes.tolist(), rows.tolist(), strict=True):
        differ = np.flatnonzero(_literals(network, memory, attribute) != _row(network, attribute, row))
        flipping += (differ + network.literals.places[attribute, 0]).tolist()
    heapify(flipping)
    before: dict[int, int] = {}
    waiting: set[int] = set()
    # The lowest bit first: all parts of a gate are done before it is looked at.
    while flipping:
        bit = heappop(flipping)
        if bit >= first_gate and (memory.lacks[bit - first_gate] <= 0) == memory.bits[bit]:
            continue
        memory.bits[bit] ^= 1
        step, edge = (-1, 0) if memory.bits[bit] else (1, 1)
        for use in uses.found[uses.ends[bit - 1] : uses.ends[bit]].tolist():
            if use >= 0:
                memory.lacks[use] += step
                if memory.lacks[use] == edge and use not in waiting:
                    waiting.add(use)
                    heappush(flipping, first_gate + use)
            else:
                node, side = divmod(~use, 4)
                before.setdefault(node, int(memory.masks[node]))
                memory.masks[node] ^= 1 << side
    found = [(node, mask, int(memory.masks[node])) for node, mask in before.items() if node < network.root_count]
    return np.array([each for each in found if each[1] != each[2]], np.int32).reshape(-1, 3)


def _literals(network: Network, memory: Memory, attribute: int) -> Bytes:
    """The bits of an attribute's literals."""
    first, width, _ = network.literals.places[attribute]
    return memory.bits[first : first + width]


def _row(network: Network, attribute: int, row: int) -> Bytes:
    """What they are in a row."""
    _, width, start = network.literals.places[attribute]
    return network.literals.table[start + row * width : start + row * width + width]
