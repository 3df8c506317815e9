"""Facts to slices, compiled by Numba: the counterpart of the NumPy lines in `store.encode`, many times as fast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from qingdan.rules.compiler.columns import Flags, Numbers
from qingdan.rules.kernel.tiles import WORDS, Tiles
from qingdan.rules.kernel.vectors import bit_of_bytes

FEW_CUTS = 48
"""Up to so many cuts, comparing with each is faster than searching."""
STEP = 2048
U = np.uint64


def number_codes(values: Numbers, cuts: Numbers, kind: type[np.uint8] | type[np.uint16]) -> Numbers:
    """1 + how many of the ascending cuts each value reaches, in the type given. Values and cuts are of one type."""
    if len(cuts) > FEW_CUTS:
        return (np.searchsorted(cuts, values, side="right") + 1).astype(kind)
    codes: Numbers = np.ones(len(values), kind)
    _compare(values, cuts, codes)
    return codes


@njit(cache=True, nogil=True)
def _compare(values, cuts, codes):
    one = codes.dtype.type(1)
    none = codes.dtype.type(0)
    for start in range(0, len(values), STEP):
        some, here = values[start : start + STEP], codes[start : start + STEP]
        for cut in cuts:
            for place in range(len(some)):
                here[place] += one if some[place] >= cut else none


def put_codes(codes: Numbers, valid: Flags | None, bits: int, tiles: Tiles) -> None:
    """Write codes of 8 or 16 bits, of which `bits` are used, into their part of the tiles, 0 where not `valid`."""
    words = tiles.shape[0] * WORDS
    known = np.full(words, ~U(0))
    if valid is not None:
        known = _padded(np.packbits(valid, bitorder="little"), words * 8).view(U)
    for first in range(0, bits, 8):
        low = codes >> np.uint16(first) if codes.itemsize > 1 else codes
        part: npt.NDArray[np.uint8] = low.astype(np.uint8, copy=False)
        _put(_padded(part, words * 64), known, tiles[:, first : min(first + 8, bits)])


def _padded(values: npt.NDArray[np.uint8], length: int) -> npt.NDArray[np.uint8]:
    if len(values) == length:
        return values
    padded = np.zeros(length, np.uint8)
    padded[: len(values)] = values
    return padded


@njit(cache=True, nogil=True)
def _put(codes, known, tiles):
    start = U(codes.ctypes.data)
    for tile in range(tiles.shape[0]):
        for word in range(WORDS):
            place = tile * WORDS + word
            for bit in range(tiles.shape[1]):
                tiles[tile, bit, word] = known[place] & bit_of_bytes(start + U(place * 64), U(bit))
