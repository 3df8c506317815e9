"""The three operations on rows of bits, written as LLVM vectors: what a compiler makes of plain loops is half as fast,
since it cannot know that rows do not overlap.

Each takes the address of row 0 and numbers of rows; a row has `WORDS` 64-bit words. Nothing is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from qingdan.rules.kernel.tiles import WORDS

_I64 = ir.IntType(64)
_NUMBER = types.uint64


def _number(value: int) -> ir.Constant:
    return ir.Constant(_I64, value)


def _splat(builder: ir.IRBuilder, value: Any, lanes: int) -> Any:
    """A vector with the same number in every lane."""
    kind = ir.VectorType(_I64, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), order)


def _words(builder: ir.IRBuilder, base: Any, row: Any, lanes: int, offset: int = 0) -> Any:
    """The address of some words of a row, `offset` words from its start."""
    place = builder.add(base, builder.add(builder.mul(row, _number(WORDS * 8)), _number(offset * 8)))
    return builder.inttoptr(place, ir.VectorType(_I64, lanes).as_pointer())


def _load(builder: ir.IRBuilder, base: Any, row: Any, lanes: int, offset: int = 0) -> Any:
    return builder.load(_words(builder, base, row, lanes, offset), align=8)


@intrinsic
def choose(typing, base, pick, high, low, target):
    """target = where `pick` is set `high`, elsewhere `low`."""

    def generate(context, builder, signature, arguments):
        base, pick, high, low, target = arguments
        other = _load(builder, base, low, WORDS)
        differ = builder.xor(other, _load(builder, base, high, WORDS))
        chosen = builder.xor(other, builder.and_(_load(builder, base, pick, WORDS), differ))
        builder.store(chosen, _words(builder, base, target, WORDS), align=8)
        return context.get_dummy_value()

    return types.none(*[_NUMBER] * 5), generate


def _four(join: str) -> Any:
    """Four rows joined at once, for gates of few parts: a loop over two or three costs more than the work."""

    @intrinsic
    def operation(typing, base, one, two, three, four, target):
        def generate(context, builder, signature, arguments):
            base, *parts, target = arguments
            lanes = 16
            for offset in range(0, WORDS, lanes):
                loaded = [_load(builder, base, part, lanes, offset) for part in parts]
                left, right = (getattr(builder, join)(*loaded[at : at + 2]) for at in (0, 2))
                joined = getattr(builder, join)(left, right)
                builder.store(joined, _words(builder, base, target, lanes, offset), align=8)
            return context.get_dummy_value()

        return types.none(*[_NUMBER] * 6), generate

    return operation


def _over_parts(lanes: int, make: Callable[[ir.IRBuilder, Sequence[Any]], _Folding]) -> Any:
    """An operation that takes one part after the other into sums held in registers, some lanes at a time.

    Its arguments: base, address of the first part's number (32 bits each), how many parts, k, target.
    """

    @intrinsic
    def operation(typing, base, parts, count, k, target):
        def generate(context, builder, signature, arguments):
            base, parts, count, _, target = arguments
            numbers = builder.inttoptr(parts, ir.IntType(32).as_pointer())
            folding = make(builder, arguments)
            for offset in range(0, WORDS, lanes):
                sums = [cgutils.alloca_once(builder, ir.VectorType(_I64, lanes)) for _ in folding.start]
                for place, value in zip(sums, folding.start, strict=True):
                    builder.store(value, place)
                with cgutils.for_range(builder, count) as loop:
                    number = builder.load(builder.gep(numbers, [loop.index]))
                    part = _load(builder, base, builder.zext(number, _I64), lanes, offset)
                    folding.add(builder, sums, part)
                builder.store(builder.load(sums[-1]), _words(builder, base, target, lanes, offset), align=8)
            return context.get_dummy_value()

        return types.none(*[_NUMBER] * 5), generate

    return operation


class _Folding:
    """What the sums start with, and how a part is added to them; the last of them is the outcome."""

    def __init__(self, start: list[Any], add: Callable[[ir.IRBuilder, list[Any], Any], None]) -> None:
        self.start, self.add = start, add


def _join(join: str, start: int) -> Any:
    lanes = 32

    def add(builder: ir.IRBuilder, sums: list[Any], part: Any) -> None:
        builder.store(getattr(builder, join)(builder.load(sums[0]), part), sums[0])

    def make(builder: ir.IRBuilder, arguments: Sequence[Any]) -> _Folding:
        return _Folding([_splat(builder, _number(start), lanes)], add)

    return _over_parts(lanes, make)


def _count(bits: int) -> Any:
    """A counter of some bits for every enterprise that starts `k` short of running over: it has run over, or not."""
    lanes = 8

    def add(builder: ir.IRBuilder, sums: list[Any], part: Any) -> None:
        for place in sums[:-1]:
            bit = builder.load(place)
            builder.store(builder.xor(bit, part), place)
            part = builder.and_(bit, part)
        builder.store(builder.or_(builder.load(sums[-1]), part), sums[-1])

    def make(builder: ir.IRBuilder, arguments: Sequence[Any]) -> _Folding:
        short = builder.sub(_number(1 << bits), arguments[3])
        starts = []
        for bit in range(bits):
            value = builder.and_(builder.lshr(short, _number(bit)), _number(1))
            starts.append(_splat(builder, builder.sub(_number(0), value), lanes))
        return _Folding([*starts, _splat(builder, _number(0), lanes)], add)

    return _over_parts(lanes, make)


any_of_4 = _four("or_")
"""target = any of four rows, which may be the same."""
all_of_4 = _four("and_")
"""target = all of four rows, which may be the same."""
any_of = _join("or_", 0)
"""target = any of the parts; k is not looked at."""
all_of = _join("and_", -1)
"""target = all of the parts; k is not looked at."""
at_least_of_7 = _count(3)
"""target = at least k of up to 7 parts, k not 0."""
at_least_of_15 = _count(4)
"""target = at least k of up to 15 parts, k not 0."""


@intrinsic
def lowest_bit(typing, word):
    """The place of the lowest bit that is set in a word that is not 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(_NUMBER), generate


@intrinsic
def bit_of_bytes(typing, address, bit):
    """One bit of each of 64 bytes in a row, as a word: the first byte's is the lowest."""

    def generate(context, builder, signature, arguments):
        address, bit = arguments
        byte, lanes = ir.IntType(8), 64
        kind = ir.VectorType(byte, lanes)
        loaded = builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)
        up = builder.trunc(builder.sub(_number(7), bit), byte)
        first = builder.insert_element(ir.Constant(kind, ir.Undefined), up, ir.Constant(ir.IntType(32), 0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        shifts = builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), order)
        signs = builder.icmp_signed("<", builder.shl(loaded, shifts), ir.Constant(kind, [0] * lanes))
        return builder.bitcast(signs, _I64)

    return types.uint64(_NUMBER, _NUMBER), generate
