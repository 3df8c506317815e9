"""The program that a kernel runs over blocks of enterprises: rows of bits, one bit for each enterprise.

Row 0 is all zeros, row 1 all ones, then the slices of the encoded facts, then a row for each instruction:

* choices: row = where `pick` is set `high`, elsewhere `low`; these decide the literals from the slices
* gates  : row = at least `k` of some rows; 1 is *or*, all of them is *and*

`results` says which rows, or their complements, are a rule's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.attributes import Attribute, NumberCodes, StateBits, TreeCodes
from qingdan.rules.compiler.circuit import FALSE, TRUE, Circuit, Rails
from qingdan.rules.compiler.columns import Column
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.derived import Derived
from qingdan.rules.compiler.literals import CanBe, InCodes, InNumbers
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.language.conditions import Condition
from qingdan.rules.language.rule import Rule, State

ZEROS, ONES, FIRST_SLICE = 0, 1, 2
Table = npt.NDArray[np.uint32]


class Result(NamedTuple):
    """The row, or its complement, that says for which enterprises a condition is in a state."""

    condition: int
    state: State
    row: int
    complement: bool


@dataclass(frozen=True)
class Program:
    """What a kernel runs. `choices`: rows (n, 3) of pick, high, low; `gates`: (n, 3) of k, first and end in `parts`.

    The rows of the choices follow the slices, those of the gates the choices. `slices[i]` is the first slice of
    attribute `i`, counted from 0.
    """

    attributes: tuple[Attribute, ...]
    slices: tuple[int, ...]
    choices: Table
    gates: Table
    parts: Table
    results: tuple[Result, ...]
    conditions: int

    @property
    def slice_count(self) -> int:
        return sum(each.bits for each in self.attributes)

    @property
    def row_count(self) -> int:
        return FIRST_SLICE + self.slice_count + len(self.choices) + len(self.gates)


def compile_rules(rules: Sequence[Rule], catalogue: Catalogue, fact_date: date) -> Program:
    """All rules in one program, facts looked up as of `fact_date`; condition `i` is that of rule `i`.

    RuleError with the rule's name for what the evaluator would refuse.
    """
    conditions = Conditions(catalogue, fact_date)
    rails = []
    for rule in rules:
        try:
            rails.append(conditions.rails(rule.condition))
        except RuleError as error:
            raise error.at(Place(path=f"{rule.id} {rule.version}".strip())) from None
    return lower(conditions.circuit, [_states(conditions.circuit, each) for each in rails], catalogue)


def compile_conditions(conditions: Iterable[Condition], catalogue: Catalogue, fact_date: date) -> Program:
    """The possible states of each condition instead of its state: results are rails, several may hold at once."""
    made = Conditions(catalogue, fact_date)
    states = (State.MET, State.UNMET, State.MANUAL, State.NOT_APPLICABLE)
    rails = [
        [(state, gate, False) for state, gate in zip(states, made.rails(each), strict=True)] for each in conditions
    ]
    return lower(made.circuit, rails, catalogue)


Answer = tuple[State, int, bool]
"""A state and the gate, or its complement, that tells it."""


def _states(circuit: Circuit, rails: Rails) -> list[Answer]:
    """The gates that tell the state: one possible state is that state, several are unknown; the rest is unmet."""
    met, unmet, manual, nothing = rails
    several = circuit.any([circuit.all(pair) for pair in combinations(rails, 2)])
    answers = [(State.MET, circuit.any([unmet, manual, nothing]), True), (State.UNKNOWN, several, False)]
    if manual != FALSE:
        answers.append((State.MANUAL, circuit.any([met, unmet, nothing]), True))
    if nothing != FALSE:
        answers.append((State.NOT_APPLICABLE, circuit.any([met, unmet, manual]), True))
    return answers


def lower(circuit: Circuit, answers: Sequence[Sequence[Answer]], catalogue: Catalogue) -> Program:
    """The part of a circuit that the answers need, as a program."""
    needed = _needed(circuit, {gate for each in answers for _, gate, _ in each})
    literals = {gate: circuit.literals[gate] for gate in needed if gate in circuit.literals}
    attributes = _attributes(literals.values(), catalogue)
    slices = np.cumsum([0] + [each.bits for each in attributes])
    choices = _Choices(int(slices[-1]))
    rows = {FALSE: ZEROS, TRUE: ONES}
    by_fact = {_fact_of(each): (each, int(first)) for each, first in zip(attributes, slices, strict=False)}
    for gate, literal in literals.items():
        attribute, first = by_fact[literal.derived if isinstance(literal, CanBe) else literal.column]
        if isinstance(attribute, StateBits):
            rows[gate] = FIRST_SLICE + first + attribute.derived.states.index(literal.state)
        else:
            codes = attribute.codes_of(literal)
            rows[gate] = choices.row(FIRST_SLICE + first, attribute.bits, attribute.highest, codes)
    gates: list[tuple[int, int, int]] = []
    parts: list[int] = []
    inner = [gate for gate in needed if gate in circuit.gates]
    first_gate = choices.next_row
    for place, gate in enumerate(inner):
        k, of = circuit.gates[gate]
        gates.append((k, len(parts), len(parts) + len(of)))
        parts += [rows[each] for each in of]
        rows[gate] = first_gate + place
    results = tuple(
        Result(condition, state, rows[gate], complement)
        for condition, each in enumerate(answers)
        for state, gate, complement in each
    )
    return Program(
        attributes=tuple(attributes),
        slices=tuple(int(each) for each in slices[:-1]),
        choices=np.array(choices.made, np.uint32).reshape(-1, 3),
        gates=np.array(gates, np.uint32).reshape(-1, 3),
        parts=np.array(parts, np.uint32),
        results=results,
        conditions=len(answers),
    )


def _needed(circuit: Circuit, wanted: set[int]) -> list[int]:
    """The gates that some answer depends on, parts first."""
    marked = set(wanted)
    for gate in range(len(circuit) - 1, TRUE, -1):
        if gate in marked and gate in circuit.gates:
            marked.update(circuit.gates[gate][1])
    return sorted(marked - {FALSE, TRUE})


def _fact_of(attribute: Attribute) -> Column | Derived:
    return attribute.derived if isinstance(attribute, StateBits) else attribute.column


def _attributes(literals: Iterable[InNumbers | InCodes | CanBe], catalogue: Catalogue) -> list[Attribute]:
    """One attribute for each column or derived fact, with all cuts that its literals need."""
    cuts: dict[Column, set[int]] = {}
    others: dict[Column | Derived, Attribute] = {}
    for literal in literals:
        match literal:
            case InNumbers():
                ends = {end for each in literal.ranges for end in each if end is not None}
                cuts.setdefault(literal.column, set()).update(ends)
            case InCodes():
                tree = catalogue.tree_of(literal.column.field)
                others[literal.column] = TreeCodes(literal.column, len(tree.places))
            case CanBe():
                others[literal.derived] = StateBits(literal.derived)
    numbers = [NumberCodes(column, tuple(sorted(each))) for column, each in cuts.items()]
    return [*numbers, *others.values()]


class _Choices:
    """Decision diagrams over the bits of codes: equal functions share a row."""

    def __init__(self, slices: int) -> None:
        self.made: list[tuple[int, int, int]] = []
        self.next_row = FIRST_SLICE + slices
        self._rows: dict[tuple[int, int, int], int] = {}
        self._sets: dict[tuple[int, int, int], int] = {}

    def row(self, first: int, bits: int, highest: int, codes: int) -> int:
        """The row that tells whether the code in slices from row `first` on is one of `codes` (as bits).

        Codes above `highest` never occur, so their outcome is free.
        """
        never = (1 << (1 << bits)) - (1 << (highest + 1))
        return self._set(first, bits, codes & ~never, never)

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
