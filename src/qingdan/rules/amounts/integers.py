"""Exact arithmetic on arrays of integers: in 64 bits where these hold the result, in Python's own integers where not.

Every function looks at the largest number first, so that nothing overflows unseen. There are no floats.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qingdan.rules.compiler.columns import Numbers
from qingdan.rules.language.amounts import Rounding

Places = npt.NDArray[np.intp]
"""Row numbers, ascending."""

_LIMIT = 2**62
"""Below it, two numbers can be added in 64 bits."""

_UNITS = {
    Rounding.FEN_HALF_UP: (1, True),
    Rounding.YUAN_HALF_UP: (100, True),
    Rounding.YUAN_DOWN: (100, False),
    Rounding.WAN_DOWN: (1_000_000, False),
}
"""The fen to which an amount is rounded, and whether half up."""


def full(rows: int, number: int) -> Numbers:
    """The same number in every row."""
    return np.full(rows, number, np.int64 if abs(number) < _LIMIT else object)


def largest(numbers: Numbers) -> int:
    """The largest number, its sign aside; 0 when there are none."""
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if len(numbers) else 0


def _with_room(numbers: Numbers, reach: int) -> Numbers:
    """The numbers in a type that holds `reach` too."""
    return numbers if numbers.dtype.hasobject or reach < _LIMIT else numbers.astype(object)


def times(numbers: Numbers, factor: int) -> Numbers:
    return _with_room(numbers, max(largest(numbers), 1) * abs(factor)) * factor


def plus(numbers: Numbers, number: int) -> Numbers:
    return _with_room(numbers, largest(numbers) + abs(number)) + number


def added(first: Numbers, second: Numbers) -> Numbers:
    return _with_room(first, largest(first) + largest(second)) + second


def divided(numbers: Numbers, divisor: int) -> Numbers:
    """Rounded down, negative numbers too; the divisor is positive."""
    return _with_room(numbers, divisor) // divisor


def at_least(numbers: Numbers, bound: int) -> Numbers:
    raised: Numbers = np.maximum(_with_room(numbers, abs(bound)), bound)
    return raised


def at_most(numbers: Numbers, bound: int) -> Numbers:
    lowered: Numbers = np.minimum(_with_room(numbers, abs(bound)), bound)
    return lowered


def put(numbers: Numbers, places: Places | npt.NDArray[np.bool_], new: Numbers | int) -> Numbers:
    """Write `new` into these places, in a wider copy where the array's own type does not hold them."""
    fits = not (new if isinstance(new, np.ndarray) else full(0, new)).dtype.hasobject
    wide = numbers if fits or numbers.dtype.hasobject else numbers.astype(object)
    wide[places] = new
    return wide


def narrow(numbers: Numbers) -> Numbers:
    """In 64 bits where they hold every number."""
    return numbers.astype(np.int64) if numbers.dtype.hasobject and largest(numbers) < _LIMIT else numbers


def rounded(numerator: Numbers, denominator: int, rounding: Rounding) -> Numbers:
    """Whole fen, not negative, as `Rounding.apply` makes them of numerator / denominator."""
    unit, half_up = _UNITS[rounding]
    divisor = denominator * unit
    if half_up:
        numerator, divisor = plus(times(numerator, 2), divisor), 2 * divisor
    return narrow(times(at_least(divided(numerator, divisor), 0), unit))
