"""The bits of one enterprise computed by Numba. It compiles on the first call and keeps the result on disk.

The arrays are those of `rules.single.network`, which says what they hold.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def evaluate(places, table, needed, part_ends, parts, rails, rows, bits, lacks, masks):
    """Fill bits, lacks and masks from the attributes' rows."""
    bits[0], bits[1] = 0, 1
    for attribute in range(len(rows)):
        first, width, start = places[attribute]
        start += rows[attribute] * width
        bits[first : first + width] = table[start : start + width]
    first_gate = len(bits) - len(lacks)
    end = 0
    for gate in range(len(lacks)):
        start, end = end, part_ends[gate]
        lack = needed[gate]
        for place in range(start, end):
            lack -= bits[parts[place]]
        lacks[gate] = lack
        bits[first_gate + gate] = lack <= 0
    for node in range(len(masks)):
        mask = bits[rails[node, 0]] | bits[rails[node, 1]] << 1
        # Most conditions are never left to a person and always apply: there both rails are bit 0, false.
        if rails[node, 2] or rails[node, 3]:
            mask |= bits[rails[node, 2]] << 2 | bits[rails[node, 3]] << 3
        masks[node] = mask


@njit(cache=True, nogil=True)
def change(places, table, use_ends, uses, root_count, bits, lacks, masks, attributes, rows):
    """Give some attributes other rows: (n, 3) of roots with another mask, the masks before and after."""
    first_gate = len(bits) - len(lacks)
    # The gates to look at again, eight to a word; the masks that roots had before, 0 of those not touched.
    waiting = np.zeros(len(lacks) // 8 * 8 + 8, np.uint8)
    words = waiting.view(np.uint64)
    before = np.zeros(root_count, np.uint8)
    for place in range(len(attributes)):
        first, width, start = places[attributes[place]]
        start += rows[place] * width
        for literal in range(width):
            if bits[first + literal] != table[start + literal]:
                _flip(first + literal, use_ends, uses, bits, lacks, masks, before, waiting)
    for word in range(len(words)):
        if words[word]:
            for gate in range(word * 8, word * 8 + 8):
                if waiting[gate] and (lacks[gate] <= 0) != bits[first_gate + gate]:
                    _flip(first_gate + gate, use_ends, uses, bits, lacks, masks, before, waiting)
    found = np.empty((root_count, 3), np.int32)
    count = 0
    for node in range(root_count):
        if before[node] and before[node] != masks[node]:
            found[count, 0], found[count, 1], found[count, 2] = node, before[node], masks[node]
            count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def _flip(bit, use_ends, uses, bits, lacks, masks, before, waiting):
    """Turn a bit over: masks change at once; gates above it lack one less or more and wait if that turns them over."""
    bits[bit] ^= 1
    step, edge = (-1, 0) if bits[bit] else (1, 1)
    for place in range(use_ends[bit - 1], use_ends[bit]):
        use = uses[place]
        if use >= 0:
            lacks[use] += step
            if lacks[use] == edge:
                waiting[use] = 1
        else:
            node = ~use >> 2
            if node < len(before) and not before[node]:
                before[node] = masks[node]
            masks[node] ^= 1 << (~use & 3)
