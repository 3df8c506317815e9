"""The network of one enterprise run by Numba. It compiles on the first call and keeps the result on disk."""

from __future__ import annotations

import numpy as np
from numba import njit

from qingdan.rules.single.network import Index, Memory, Network


def evaluate(network: Network, memory: Memory) -> None:
    """Compute all bits, lacks and masks from the codes."""
    _evaluate(network.literals, network.gates, network.rails, memory)


def change(network: Network, memory: Memory, attributes: Index, codes: Index) -> Index:
    """Give some attributes other codes and update all that depends on them: see `Network`."""
    found: Index = _change(network.literals, network.uses, network.roots, memory, attributes, codes)
    return found


@njit(cache=True, nogil=True)
def _evaluate(literals, gates, rails, memory):
    bits, lacks, masks = memory.bits, memory.lacks, memory.masks
    bits[0], bits[1] = 0, 1
    for attribute in range(len(memory.codes)):
        first, width, row = literals.places[attribute]
        row += memory.codes[attribute] * width
        for literal in range(width):
            bits[first + literal] = literals.table[row + literal]
    first_gate = len(bits) - len(lacks)
    end = 0
    for gate in range(len(lacks)):
        start, end = end, gates.part_ends[gate]
        lack = gates.needed[gate]
        for place in range(start, end):
            lack -= bits[gates.parts[place]]
        lacks[gate] = lack
        bits[first_gate + gate] = lack <= 0
    for node in range(len(masks)):
        met, unmet, manual, nothing = rails[node]
        masks[node] = bits[met] | bits[unmet] << 1 | bits[manual] << 2 | bits[nothing] << 3


@njit(cache=True, nogil=True)
def _change(literals, uses, roots, memory, attributes, codes):
    bits, lacks, masks = memory.bits, memory.lacks, memory.masks
    first_gate = len(bits) - len(lacks)
    # The gates to look at again, eight to a word; the masks that roots had before, 0 of those not touched.
    waiting = np.zeros(len(lacks) // 8 * 8 + 8, np.uint8)
    words = waiting.view(np.uint64)
    before = np.zeros(len(roots.ends), np.uint8)
    for place in range(len(attributes)):
        attribute, code = attributes[place], codes[place]
        first, width, row = literals.places[attribute]
        row += code * width
        memory.codes[attribute] = code
        for literal in range(width):
            if bits[first + literal] != literals.table[row + literal]:
                _flip(first + literal, uses, memory, before, waiting)
    for word in range(len(words)):
        if words[word]:
            for gate in range(word * 8, word * 8 + 8):
                if waiting[gate] and (lacks[gate] <= 0) != bits[first_gate + gate]:
                    _flip(first_gate + gate, uses, memory, before, waiting)
    count = 0
    for node in range(len(before)):
        if before[node] and before[node] != masks[node]:
            count += roots.ends[node] - (roots.ends[node - 1] if node else 0)
    found = np.empty((count, 3), np.int32)
    count = 0
    for node in range(len(before)):
        if before[node] and before[node] != masks[node]:
            for place in range(roots.ends[node - 1] if node else 0, roots.ends[node]):
                found[count, 0], found[count, 1], found[count, 2] = roots.rules[place], before[node], masks[node]
                count += 1
    return found


@njit(cache=True, nogil=True)
def _flip(bit, uses, memory, before, waiting):
    """Turn a bit over: the gates above it lack one less or more and are looked at later, masks change at once."""
    memory.bits[bit] ^= 1
    step = -1 if memory.bits[bit] else 1
    for place in range(uses.ends[bit - 1], uses.ends[bit]):
        use = uses.found[place]
        if use >= 0:
            memory.lacks[use] += step
            waiting[use] = 1
        else:
            rail = ~use
            node = rail >> 2
            if node < len(before) and not before[node]:
                before[node] = memory.masks[node]
            memory.masks[node] ^= 1 << (rail & 3)
