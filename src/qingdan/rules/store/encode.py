"""Facts to slices: the small codes of a program's attributes, bit by bit, for a block of enterprises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qingdan.rules.compiler.attributes import Attribute, NumberCodes, StateBits, TreeCodes
from qingdan.rules.compiler.columns import Block, Flags, Values
from qingdan.rules.compiler.program import Program
from qingdan.rules.kernel.answers import has_fast_kernel
from qingdan.rules.kernel.tiles import WORDS, Tiles, tile_count


def encode(program: Program, block: Block) -> Tiles:
    """The tiles of a program's attributes: (tiles, slices, words)."""
    return encode_attributes(program.attributes, block)


def encode_attributes(attributes: Sequence[Attribute], block: Block) -> Tiles:
    """The tiles of some attributes, one after the other."""
    tiles = np.zeros((tile_count(block.rows), sum(each.bits for each in attributes), WORDS), np.uint64)
    at = 0
    for attribute in attributes:
        encode_attribute(attribute, block, tiles[:, at : at + attribute.bits])
        at += attribute.bits
    return tiles


def encode_attribute(attribute: Attribute, block: Block, tiles: Tiles) -> None:
    """Write the slices of one attribute into its part of the tiles, which is all zeros."""
    if isinstance(attribute, StateBits):
        possible = attribute.derived.possible(block)
        for bit, state in enumerate(attribute.derived.states):
            flags = possible[state]
            if flags is not None:
                _put(flags, tiles[:, bit])
        return
    found = block.values(attribute.column)
    if found is None:
        return
    if has_fast_kernel() and attribute.bits <= 16 and not found.values.dtype.hasobject:
        _encode_fast(attribute, found, tiles)
    else:
        _encode_plain(attribute, found, tiles)


def _encode_plain(attribute: NumberCodes | TreeCodes, found: Values, tiles: Tiles) -> None:
    if isinstance(attribute, NumberCodes):
        cuts = _cuts(attribute, found.values.dtype)
        codes = (np.searchsorted(cuts, found.values, side="right") + 1).astype(np.uint32)
    else:
        codes = (found.values + 1).astype(np.uint32)
    if found.valid is not None:
        codes[~found.valid] = 0
    for bit in range(attribute.bits):
        _put((codes >> np.uint32(bit)) & np.uint32(1), tiles[:, bit])


def _encode_fast(attribute: NumberCodes | TreeCodes, found: Values, tiles: Tiles) -> None:
    from qingdan.rules.kernel import slices

    kind = np.uint16 if attribute.bits > 8 else np.uint8
    if isinstance(attribute, NumberCodes):
        cuts = _cuts(attribute, found.values.dtype)
        codes = slices.number_codes(found.values.astype(cuts.dtype, copy=False), cuts, kind)
    else:
        codes = (found.values.astype(np.int32) + 1).astype(kind)
    slices.put_codes(codes, found.valid, attribute.bits, tiles)


def _put(flags: Flags | npt.NDArray[Any], tiles: Tiles) -> None:
    packed = np.packbits(flags.astype(bool, copy=False), bitorder="little")
    padded = np.zeros(tiles.shape[0] * WORDS * 8, np.uint8)
    padded[: len(packed)] = packed
    tiles[:] = padded.view(np.uint64).reshape(-1, WORDS)


def _cuts(attribute: NumberCodes, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """The cuts in the column's own type where they fit, so that the column is not widened."""
    if kind.hasobject:
        return np.array(attribute.cuts, object)
    limits = np.iinfo(kind)
    if all(limits.min <= cut <= limits.max for cut in attribute.cuts):
        return np.array(attribute.cuts, kind)
    if all(-(2**63) <= cut < 2**63 for cut in attribute.cuts):
        return np.array(attribute.cuts, np.int64)
    return np.array(attribute.cuts, object)
