"""The program that a kernel runs over blocks of enterprises: rows of bits, one bit for each enterprise.

Row 0 is all zeros, row 1 all ones, then the slices of the encoded facts, then a row for each instruction:

* choices: row = where `pick` is set `high`, elsewhere `low`; these decide the literals from the slices
* gates  : row = at least `k` of some rows; 1 is *or*, all of them is *and*

Gates stand condition by condition, and a gate's row is used again once nobody needs it. So a condition's answers
(`results`: rows or their complements) have to be taken as soon as its own gates are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.attributes import Attribute, NumberCodes, StateBits, attribute_for, by_fact
from qingdan.rules.compiler.circuit import FALSE, TRUE, Circuit, Rails
from qingdan.rules.compiler.columns import Column
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.literals import CanNotBe
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.language.conditions import Condition
from qingdan.rules.language.rule import Rule, State

ZEROS, ONES, FIRST_SLICE = 0, 1, 2
Table = npt.NDArray[np.uint32]


class Result(NamedTuple):
    """For which enterprises a condition is in a state: where `row`, or its complement, and `also` are set."""

    condition: int
    state: State
    row: int
    complement: bool
    also: int


@dataclass(frozen=True)
class Program:
    """What a kernel runs.

    `slices[i]` is the first slice of attribute `i`, counted from 0. `choices`: (n, 3) of pick, high, low; their rows
    follow the slices in order. `gates`: (n, 4) of k, first and end in `parts`, row. `gate_ends` and `result_ends`:
    for each condition the end of its gates and results.
    """

    attributes: tuple[Attribute, ...]
    slices: tuple[int, ...]
    choices: Table
    gates: Table
    parts: Table
    gate_ends: Table
    results: tuple[Result, ...]
    result_ends: Table
    row_count: int

    @property
    def slice_count(self) -> int:
        return sum(each.bits for each in self.attributes)

    @property
    def first_choice(self) -> int:
        """The row of the first choice."""
        return FIRST_SLICE + self.slice_count


def compile_rules(
    rules: Sequence[Rule], catalogue: Catalogue, fact_date: date, known: Iterable[Attribute] = ()
) -> Program:
    """All rules in one program, facts looked up as of `fact_date`; condition `i` is that of rule `i`.

    `known`: attributes that are encoded already and used where they tell enough. RuleError with the rule's name for
    what the evaluator would refuse.
    """
    conditions = Conditions(catalogue, fact_date)
    rails = []
    for rule in rules:
        try:
            rails.append(conditions.rails(rule.condition))
        except RuleError as error:
            raise error.at(Place(path=f"{rule.id} {rule.version}".strip())) from None
    return lower(conditions.circuit, [_states(conditions.circuit, each) for each in rails], catalogue, known)


def compile_conditions(conditions: Iterable[Condition], catalogue: Catalogue, fact_date: date) -> Program:
    """The possible states of each condition instead of its state: results are rails, several may hold at once."""
    made = Conditions(catalogue, fact_date)
    states = (State.MET, State.UNMET, State.MANUAL, State.NOT_APPLICABLE)
    rails = [
        [(state, gate, False, TRUE) for state, gate in zip(states, made.rails(each), strict=True)]
        for each in conditions
    ]
    return lower(made.circuit, rails, catalogue)


Answer = tuple[State, int, bool, int]
"""A state, the gate, or its complement, that tells it, and a gate that has to be true as well."""


def _states(circuit: Circuit, rails: Rails) -> list[Answer]:
    """The gates that tell the state: one possible state is that state, several are unknown; the rest is unmet."""
    met, unmet, manual, nothing = rails
    if manual == FALSE and nothing == FALSE:
        # Below `sure` the literals are those of `met` without what is missing, so the two share nearly all of theirs.
        sure = circuit.negation(unmet)
        return [(State.MET, sure, False, TRUE), (State.UNKNOWN, sure, True, met)]
    several = circuit.any([circuit.all(pair) for pair in combinations(rails, 2)])
    answers = [
        (State.MET, circuit.any([unmet, manual, nothing]), True, TRUE),
        (State.UNKNOWN, several, False, TRUE),
    ]
    if manual != FALSE:
        answers.append((State.MANUAL, circuit.any([met, unmet, nothing]), True, TRUE))
    if nothing != FALSE:
        answers.append((State.NOT_APPLICABLE, circuit.any([met, unmet, manual]), True, TRUE))
    return answers


def _gates_of(answer: Answer) -> tuple[int, int]:
    return answer[1], answer[3]


def lower(
    circuit: Circuit, answers: Sequence[Sequence[Answer]], catalogue: Catalogue, known: Iterable[Attribute] = ()
) -> Program:
    """The part of a circuit that the answers need, as a program."""
    needed = circuit.below(gate for each in answers for answer in each for gate in _gates_of(answer))
    groups = by_fact({gate: circuit.literals[gate] for gate in needed if gate in circuit.literals})
    finer = {each.column: each for each in known if isinstance(each, NumberCodes)}
    attributes = [_known_or(attribute_for(group.values(), catalogue), finer) for group in groups.values()]
    slices = np.cumsum([0] + [each.bits for each in attributes])
    choices = _Choices(int(slices[-1]))
    rows = {FALSE: ZEROS, TRUE: ONES}
    for attribute, start, group in zip(attributes, slices.tolist(), groups.values(), strict=False):
        first = FIRST_SLICE + start
        for gate, literal in group.items():
            if isinstance(attribute, StateBits):
                row = first + attribute.derived.states.index(literal.state)
                rows[gate] = choices.negation(row) if isinstance(literal, CanNotBe) else row
            else:
                rows[gate] = choices.row(first, attribute.bits, attribute.highest, attribute.codes_of(literal))
    gates = _Gates(circuit, answers, rows, choices.next_row)
    return Program(
        attributes=tuple(attributes),
        slices=tuple(int(each) for each in slices[:-1]),
        choices=np.array(choices.made, np.uint32).reshape(-1, 3),
        gates=np.array(gates.made, np.uint32).reshape(-1, 4),
        parts=np.array(gates.parts, np.uint32),
        gate_ends=np.array(gates.gate_ends, np.uint32),
        results=tuple(gates.results),
        result_ends=np.array(gates.result_ends, np.uint32),
        row_count=gates.row_count,
    )


class _Gates:
    """The gates of one condition after the other, their rows handed out again after the last use."""

    def __init__(
        self, circuit: Circuit, answers: Sequence[Sequence[Answer]], rows: dict[int, int], first_row: int
    ) -> None:
        self.made: list[tuple[int, int, int, int]] = []
        self.parts: list[int] = []
        self.gate_ends: list[int] = []
        self.results: list[Result] = []
        self.result_ends: list[int] = []
        self.row_count = first_row
        self._circuit, self._rows = circuit, rows
        self._free: list[int] = []
        orders = [self._order([gate for answer in each for gate in _gates_of(answer)]) for each in answers]
        last_use = self._last_uses(answers, orders)
        for condition, (answer, order) in enumerate(zip(answers, orders, strict=True)):
            for gate in order:
                self._make(gate)
            self.gate_ends.append(len(self.made))
            self.results += [
                Result(condition, state, rows[gate], flip, rows[also]) for state, gate, flip, also in answer
            ]
            self.result_ends.append(len(self.results))
            self._free += [rows[gate] for gate in last_use[condition]]

    def _order(self, wanted: list[int]) -> list[int]:
        """The gates below some, parts first, without those made for an earlier condition."""
        found: list[int] = []
        stack = [gate for gate in wanted if gate not in self._rows]
        while stack:
            gate = stack[-1]
            waiting = [part for part in self._circuit.gates[gate][1] if part not in self._rows]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if gate not in self._rows:
                self._rows[gate] = -1  # its row is handed out when it is made
                found.append(gate)
        return found

    def _last_uses(self, answers: Sequence[Sequence[Answer]], orders: list[list[int]]) -> list[list[int]]:
        """For each condition the gates that nobody needs after it."""
        last = {gate: condition for condition, order in enumerate(orders) for gate in order}
        for condition, (answer, order) in enumerate(zip(answers, orders, strict=True)):
            used = [gate for each in answer for gate in _gates_of(each)]
            used += [part for gate in order for part in self._circuit.gates[gate][1]]
            last.update({gate: condition for gate in used if gate in last})
        ends: list[list[int]] = [[] for _ in answers]
        for gate, condition in last.items():
            ends[condition].append(gate)
        return ends

    def _make(self, gate: int) -> None:
        k, of = self._circuit.gates[gate]
        if self._free:
            row = self._free.pop()
        else:
            row, self.row_count = self.row_count, self.row_count + 1
        self._rows[gate] = row
        start = len(self.parts)
        self.parts += [self._rows[each] for each in of]
        self.made.append((k, start, len(self.parts), row))


def _known_or(made: Attribute, known: Mapping[Column, NumberCodes]) -> Attribute:
    """A known attribute that tells all that another does, or that other."""
    there = known.get(made.column) if isinstance(made, NumberCodes) else None
    return there if there and isinstance(made, NumberCodes) and set(made.cuts).issubset(there.cuts) else made


class _Choices:
    """Decision diagrams over the bits of codes: equal functions share a row."""

    def __init__(self, slices: int) -> None:
        self.made: list[tuple[int, int, int]] = []
        self.next_row = FIRST_SLICE + slices
        self._rows: dict[tuple[int, int, int], int] = {}
        self._sets: dict[tuple[int, int, int], int] = {}
        self._made: dict[tuple[int, int], int] = {}

    def row(self, first: int, bits: int, highest: int, codes: int) -> int:
        """The row that tells whether the code in slices from row `first` on is one of `codes` (as bits).

        Codes above `highest` never occur, so their outcome is free. What is there already is used: the complement, or
        the same codes without missing (code 0).
        """
        key = (first << 8 | bits, codes)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._new_row(first, bits, highest, codes)
        return found

    def _new_row(self, first: int, bits: int, highest: int, codes: int) -> int:
        never = (1 << (1 << bits)) - (1 << (highest + 1))
        others = self._made.get((first << 8 | bits, ((1 << (highest + 1)) - 1) & ~codes))
        if others is not None:
            return self.negation(others)
        if codes & 1 and codes != 1:
            known = self.row(first, bits, highest, codes & ~1)
            return self._choose(self._set(first, bits, 1, never), ONES, known)
        return self._set(first, bits, codes & ~never, never)

    def negation(self, row: int) -> int:
        """The row that is set where another is not."""
        return self._choose(row, ZEROS, ONES)

    def _set(self, first: int, bits: int, codes: int, never: int) -> int:
        if not codes:
            return ZEROS
        size = 1 << bits
        if codes | never == (1 << size) - 1:
            return ONES
        key = (first << 8 | bits, codes, never)
        found = self._sets.get(key)
        if found is None:
            half = size >> 1
            lower = (1 << half) - 1
            never_high = never >> half
            low = self._set(first, bits - 1, codes & lower, never & lower)
            high = low if never_high == lower else self._set(first, bits - 1, codes >> half, never_high)
            found = self._sets[key] = self._choose(first + bits - 1, high, low)
        return found

    def _choose(self, pick: int, high: int, low: int) -> int:
        if high == low:
            return low
        if (high, low) == (ONES, ZEROS):
            return pick
        key = (pick, high, low)
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = self.next_row
            self.made.append(key)
            self.next_row += 1
        return found
