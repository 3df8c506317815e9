"""The kernel compiled by Numba: all instructions over one tile after the other, answers taken in the same pass.

Before each zone of `ZONE` tiles the program is folded: slices that are the same for all of the zone's enterprises
(the district's bits, say, when enterprises lie sorted by district) become constants, and whatever follows from
them is left out. Where nothing is constant, nothing is lost but the looking.

Numba compiles on the first call and keeps the result on disk.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from qingdan.rules.compiler.columns import Flags
from qingdan.rules.compiler.program import FIRST_SLICE, ONES, ZEROS, Program
from qingdan.rules.kernel.tiles import BITMAP, TILE, WORDS, Tiles
from qingdan.rules.kernel.vectors import (
    all_of,
    all_of_4,
    any_of,
    any_of_4,
    at_least_of_7,
    at_least_of_15,
    choose,
    lowest_bit,
)

ZONE = 8


class Workspace:
    """A program with the memory that one thread needs to run it."""

    def __init__(self, program: Program) -> None:
        gates, choices, results = program.gates, program.choices, program.results
        self.program = program
        self.rows = _aligned(program.row_count)
        self.rows[ONES] = ~np.uint64(0)
        widest = int((gates[:, 2] - gates[:, 1]).max()) if len(gates) else 1
        self.reached = np.zeros((widest, WORDS), np.uint64)
        self.answer_rows = np.array([(each.row, each.also) for each in results], np.uint32).reshape(-1, 2)
        self.flips = np.array([each.complement for each in results], np.bool_)
        # The folded program: `now[row]` is the row that stands for a row in this zone.
        self.now = np.zeros(program.row_count, np.uint32)
        self.needed = np.zeros(program.row_count, np.bool_)
        self.live_choices = np.zeros((len(choices), 4), np.uint32)
        self.live_gates = np.zeros((len(gates), 4), np.uint32)
        self.live_parts = np.zeros(len(program.parts), np.uint32)
        self.live_answers = np.zeros((len(results), 4), np.uint32)

    def run(
        self,
        tiles: Tiles,
        index: npt.NDArray[np.uint32],
        first: int,
        last: int,
        enterprises: int,
        keep: Flags,
        counts: npt.NDArray[np.int64],
        pieces: npt.NDArray[np.uint32],
        arena: npt.NDArray[np.uint16],
    ) -> tuple[int, int, int]:
        """Run tiles `first` to `last` (excluded) of `enterprises`; add to `counts`, one for each result.

        `index` says which of the tiles' slices are the program's. Of the results flagged in `keep` the enterprises
        are kept too: `pieces` (n, 4) has the result, the tile, the start in `arena` and how many; the arena has
        their places in the tile, or a bitmap when they are more than `BITMAP`. Comes back early when there is no
        room for a further tile: the next tile, the pieces and the numbers of the arena used.
        """
        program = self.program
        done = _run(
            *(tiles, index, first, last, enterprises, program.choices, program.gates, program.parts),
            *(program.gate_ends, program.result_ends, program.first_choice, self.answer_rows, self.flips),
            *(self.rows, self.reached, self.now, self.needed),
            *(self.live_choices, self.live_gates, self.live_parts, self.live_answers),
            *(keep, counts, pieces, arena),
        )
        return int(done[0]), int(done[1]), int(done[2])


def _aligned(rows: int) -> Tiles:
    """Rows of zeros that begin with a cache line: vectors that straddle two are read at half the speed."""
    memory = np.zeros(rows * WORDS + 8, np.uint64)
    start = -memory.ctypes.data % 64 // 8
    return memory[start : start + rows * WORDS].reshape(rows, WORDS)


U = np.uint64


@njit(cache=True, nogil=True)
def _run(
    tiles, index, first, last, enterprises, choices, gates, parts,
    gate_ends, result_ends, first_choice, answer_rows, flips,
    rows, reached, now, needed, live_choices, live_gates, live_parts, live_answers,
    keep, counts, pieces, arena,
):  # fmt: skip
    used_pieces, used_arena = 0, 0
    choice_count, answer_count = 0, 0
    answer = np.empty(WORDS, np.uint64)
    kept = np.sum(keep)
    base, first_part = U(rows.ctypes.data), U(live_parts.ctypes.data)
    for tile in range(first, last):
        if used_pieces + kept > len(pieces) or used_arena + kept * BITMAP > len(arena):
            return tile, used_pieces, used_arena
        if tile == first or tile % ZONE == 0:
            changed = _constant_slices(tiles[tile : min(last, (tile // ZONE + 1) * ZONE)], index, now)
            if changed or tile == first:
                choice_count, answer_count = _fold(
                    choices, gates, parts, gate_ends, result_ends, first_choice,
                    answer_rows, flips, now, needed, live_choices, live_gates, live_parts, live_answers,
                )  # fmt: skip
        for place in range(len(index)):
            rows[FIRST_SLICE + place] = tiles[tile, index[place]]
        for place in range(choice_count):
            choice = live_choices[place]
            choose(base, U(choice[0]), U(choice[1]), U(choice[2]), U(choice[3]))
        gate = 0
        for place in range(answer_count):
            result, row, also, gate_end = live_answers[place]
            while gate < gate_end:
                _gate(rows, base, live_gates[gate], live_parts, first_part, reached)
                gate += 1
            found = _take(rows[row], flips[result], rows[also], enterprises - tile * TILE, answer)
            counts[result] += found
            if keep[result] and found:
                pieces[used_pieces, 0] = result
                pieces[used_pieces, 1] = tile
                pieces[used_pieces, 2] = used_arena
                pieces[used_pieces, 3] = found
                used_pieces += 1
                used_arena = _keep(answer, found, arena, used_arena)
    return last, used_pieces, used_arena


@njit(cache=True, nogil=True)
def _gate(rows, base, gate, parts, first_part, reached):
    k, start, end, row = U(gate[0]), U(gate[1]), U(gate[2]), U(gate[3])
    count, numbers = end - start, first_part + start * U(4)
    if count <= 4 and (k == 1 or k == count):  # noqa: PLR1714
        # The last part again and again where there are fewer than four.
        last = end - U(1)
        one, two = U(parts[start]), U(parts[min(start + U(1), last)])
        three, four = U(parts[min(start + U(2), last)]), U(parts[last])
        if k == 1:
            any_of_4(base, one, two, three, four, row)
        else:
            all_of_4(base, one, two, three, four, row)
    elif k == count:
        all_of(base, numbers, count, k, row)
    elif k == 1:
        any_of(base, numbers, count, k, row)
    elif count <= 7:
        at_least_of_7(base, numbers, count, k, row)
    elif count <= 15:
        at_least_of_15(base, numbers, count, k, row)
    else:
        _at_least_of_many(rows, parts, start, end, k, rows[row], reached)


@njit(cache=True, nogil=True)
def _at_least_of_many(rows, parts, start, end, k, target, reached):
    """`reached[j]` is where more than `j` of the parts so far are; the target is `reached[k - 1]`."""
    reached[: k - 1] = U(0)
    target[:] = U(0)
    for at in range(start, end):
        part = rows[parts[at]]
        below = reached[k - 2]
        for word in range(WORDS):
            target[word] |= below[word] & part[word]
        for j in range(k - 2, 0, -1):
            above, below = reached[j], reached[j - 1]
            for word in range(WORDS):
                above[word] |= below[word] & part[word]
        lowest = reached[0]
        for word in range(WORDS):
            lowest[word] |= part[word]


@njit(cache=True, nogil=True)
def _take(row, flip, also, left, answer):
    """The answer's bits without those after the last enterprise, and how many they are."""
    mask = ~U(0) if flip else U(0)
    found = U(0)
    for word in range(WORDS):
        bits = (row[word] ^ mask) & also[word]
        answer[word] = bits
        found += _bits(bits)
    if left < TILE:
        answer[left // 64] &= (U(1) << U(left % 64)) - U(1)
        answer[left // 64 + 1 :] = U(0)
        found = U(0)
        for word in range(WORDS):
            found += _bits(answer[word])
    return np.int64(found)


@njit(cache=True, nogil=True)
def _bits(word):
    """How many bits are set; the usual sum in parallel, which the compiler knows as one instruction."""
    word = word - ((word >> U(1)) & U(0x5555555555555555))
    word = (word & U(0x3333333333333333)) + ((word >> U(2)) & U(0x3333333333333333))
    word = (word + (word >> U(4))) & U(0x0F0F0F0F0F0F0F0F)
    return (word * U(0x0101010101010101)) >> U(56)


@njit(cache=True, nogil=True)
def _keep(answer, found, arena, at):
    """Write the enterprises of an answer: their places in the tile, or the bits themselves when they are many."""
    if found > BITMAP:
        for word in range(WORDS):
            for quarter in range(4):
                arena[at] = (answer[word] >> U(16 * quarter)) & U(0xFFFF)
                at += 1
        return at
    for word in range(WORDS):
        bits, first = answer[word], U(word * 64)
        while bits:
            arena[at] = first + lowest_bit(bits)
            at += 1
            bits &= bits - U(1)
    return at


@njit(cache=True, nogil=True)
def _constant_slices(zone, index, now):
    """Write for each slice whether it is the same for the whole zone; gives whether that changed."""
    changed = False
    for place in range(len(index)):
        row = FIRST_SLICE + place
        some, every = U(0), ~U(0)
        for tile in range(len(zone)):
            for word in range(WORDS):
                some |= zone[tile, index[place], word]
                every &= zone[tile, index[place], word]
        stands = ZEROS if some == 0 else ONES if every == ~U(0) else row
        changed = changed or now[row] != stands
        now[row] = stands
    return changed


@njit(cache=True, nogil=True)
def _fold(
    choices, gates, parts, gate_ends, result_ends, first_choice,
    answer_rows, flips, now, needed, live_choices, live_gates, live_parts, live_answers,
):  # fmt: skip
    """Fold what is constant in a zone; gives the number of choices and of answers that are left.

    Forwards, each instruction is written with the rows that stand for its parts, or found to be constant or to be
    another row. Backwards, only what an answer needs is kept. Rows of gates are used several times over, so a gate
    never stands for another gate's row.
    """
    first_gate = first_choice + len(choices)
    now[ZEROS], now[ONES] = ZEROS, ONES
    for place in range(len(choices)):
        row = first_choice + place
        pick, high, low = now[choices[place, 0]], now[choices[place, 1]], now[choices[place, 2]]
        stands = row
        if pick == ZEROS or high == low:
            stands = low
        elif pick == ONES:
            stands = high
        elif high == ONES and low == ZEROS:
            stands = pick
        now[row] = stands
        live_choices[place, 0], live_choices[place, 1] = pick, high
        live_choices[place, 2], live_choices[place, 3] = low, row
    answers, gate, result = 0, 0, 0
    for condition in range(len(gate_ends)):
        while gate < gate_ends[condition]:
            _fold_gate(gates[gate], parts, first_gate, now, live_gates[gate], live_parts)
            gate += 1
        while result < result_ends[condition]:
            row, also = now[answer_rows[result, 0]], now[answer_rows[result, 1]]
            # An answer that is nobody's is left out.
            if row != (ONES if flips[result] else ZEROS) and also != ZEROS:
                live_answers[answers, 0], live_answers[answers, 1] = result, row
                live_answers[answers, 2], live_answers[answers, 3] = also, gate
                answers += 1
            result += 1
    _drop_idle(needed, live_gates, live_parts, live_answers, answers)
    return _drop_idle_choices(needed, live_choices), answers


@njit(cache=True, nogil=True)
def _fold_gate(gate, parts, first_gate, now, live_gate, live_parts):
    k, start, end, row = np.int64(gate[0]), gate[1], gate[2], gate[3]
    at = start
    for place in range(start, end):
        part = now[parts[place]]
        if part == ONES:
            k -= 1
        elif part != ZEROS:
            live_parts[at] = part
            at += 1
    live_gate[1], live_gate[2], live_gate[3] = start, at, row
    if k <= 0:
        now[row] = ONES
    elif k > at - start:
        now[row] = ZEROS
    elif at - start == 1 and live_parts[start] < first_gate:
        now[row] = live_parts[start]
    else:
        live_gate[0] = k
        now[row] = row
        return
    live_gate[0] = 0


@njit(cache=True, nogil=True)
def _drop_idle(needed, live_gates, live_parts, live_answers, answers):
    """Keep the gates that some answer needs, in order, and say for each answer how many go before it.

    Read backwards, a row is needed until the gate that makes it.
    """
    needed[:] = False
    last = answers - 1
    for gate in range(len(live_gates) - 1, -1, -1):
        while last >= 0 and live_answers[last, 3] > gate:
            needed[live_answers[last, 1]] = True
            needed[live_answers[last, 2]] = True
            last -= 1
        row = live_gates[gate, 3]
        if live_gates[gate, 0] and needed[row]:
            needed[row] = False
            for place in range(live_gates[gate, 1], live_gates[gate, 2]):
                needed[live_parts[place]] = True
        else:
            live_gates[gate, 0] = 0
    for place in range(last + 1):
        needed[live_answers[place, 1]] = True
        needed[live_answers[place, 2]] = True
    kept, answer = 0, 0
    for gate in range(len(live_gates)):
        while answer < answers and live_answers[answer, 3] == gate:
            live_answers[answer, 3] = kept
            answer += 1
        if live_gates[gate, 0]:
            live_gates[kept] = live_gates[gate]
            kept += 1
    for place in range(answer, answers):
        live_answers[place, 3] = kept


@njit(cache=True, nogil=True)
def _drop_idle_choices(needed, live_choices):
    """Keep the choices that a gate or an answer needs, in order; gives their number."""
    for place in range(len(live_choices) - 1, -1, -1):
        if needed[live_choices[place, 3]]:
            for part in range(3):
                needed[live_choices[place, part]] = True
        else:
            live_choices[place, 3] = ZEROS
    kept = 0
    for place in range(len(live_choices)):
        if live_choices[place, 3]:
            live_choices[kept] = live_choices[place]
            kept += 1
    return kept
