"""Unified social credit codes (GB 32100-2015) of enterprises that do not exist.

    9 1  510107  XX.......Y  c
    |    |       |           the check character of the whole code, which is right
    |    |       the organisation code: XX, six characters of a number, and Y as its own check character
    |    the division of the first registration
    an enterprise registered with the market authority

By GB 11714 the check character of an organisation code is a digit or X. Y is never one, so no real code looks so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qingdan.rules.errors import RuleError, Words

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a code in the order of their values: without I, O, S, V and Z."""

SERIALS = len(ALPHABET) ** 6
"""How many enterprises a register can have."""

_LENGTH = 18
_WEIGHTS = np.array([pow(3, place, 31) for place in range(_LENGTH - 1)], np.int64)
_SPREAD = 350_214_757  # no multiple of 31: numbers one after the other give codes far apart, each only once


def credit_codes(first: int, divisions: npt.NDArray[np.int64], seed: int) -> pa.Array:
    """The codes of the enterprises `first`, `first` + 1, ... of a register, first registered in these divisions.

    `divisions`: six-digit numbers. RuleError when there are more enterprises than codes.
    """
    rows = len(divisions)
    if first + rows > SERIALS:
        raise RuleError(
            Words(f"企业数超过 {SERIALS}", f"there are more than {SERIALS} enterprises"),
            Words("请减少企业数", "ask for fewer"),
        )
    serial = (np.arange(first, first + rows, dtype=np.int64) * _SPREAD + seed % SERIALS) % SERIALS
    values = np.empty((rows, _LENGTH), np.int64)
    values[:, :2] = 9, 1
    for place in range(6):
        values[:, 7 - place] = divisions // 10**place % 10
        values[:, 15 - place] = serial // 31**place % 31
    values[:, 8:10] = ALPHABET.index("X")
    values[:, 16] = ALPHABET.index("Y")
    values[:, 17] = -(values[:, :17] @ _WEIGHTS) % 31
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)[values]
    offsets = np.arange(rows + 1, dtype=np.int32) * _LENGTH
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))
