"""What rules reach on a register: clauses that nobody meets, and rules that new facts can change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qingdan.rules.checks import Finding, walk
from qingdan.rules.compiler import compile_rules
from qingdan.rules.compiler.attributes import columns_of
from qingdan.rules.compiler.program import FIRST_SLICE, Program
from qingdan.rules.errors import Words
from qingdan.rules.kernel.answers import run
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.store.register import Register


def never_met(rules: Sequence[Rule], register: Register, fact_date: date) -> Iterator[tuple[Rule, Finding]]:
    """The conditions of the rules that nobody on the register meets or could meet, each at its path.

    Of conditions within one another only the innermost is named. Conditions inside a window are not looked at one
    by one, since each of its years asks them anew. A bar that nobody falls under is named like any other.
    """
    places = [(rule, path, condition) for rule in rules for path, condition in _conditions(rule)]
    asked = [
        Rule(id=rule.id, title="", version=rule.version, valid_from=rule.valid_from, condition=condition)
        for rule, _, condition in places
    ]
    program = compile_rules(asked, register.catalogue, fact_date)
    encoding = register.encoding(program, fact_date)
    can_be_met = np.zeros(len(asked), np.int64)
    for segment in register.segments:
        tiles, index = segment.tiles_for(program, encoding)
        answers = run(program, tiles, index, segment.rows, listed=frozenset())
        can_be_met += [
            sum(answers.count(place, state) for state in (State.MET, State.UNKNOWN, State.MANUAL))
            for place in range(len(asked))
        ]
    never = [place for place, count in zip(places, can_be_met, strict=True) if not count]
    for rule, path, condition in never:
        if not any(other is rule and _is_below(inner, path) for other, inner, _ in never):
            yield rule, _finding(path, condition, register.rows)


def _is_below(path: str, other: str) -> bool:
    return path != other and path.startswith(other) and path[len(other)] in ".["


def _conditions(rule: Rule) -> Iterator[tuple[str, c.Condition]]:
    """The conditions that facts can meet, outside of windows, with their paths."""
    windows: list[str] = []
    for path, part in walk(rule.condition, "condition"):
        inside = any(_is_below(path, window) for window in windows)
        if isinstance(part, c.Window):
            windows.append(path)
        if isinstance(part, c.Condition) and not inside and not isinstance(part, c.Judgement):
            yield path, part


def _finding(path: str, condition: c.Condition, enterprises: int) -> Finding:
    return Finding(
        path,
        False,
        Words(
            f"登记库 {enterprises} 家企业中没有一家可能符合此条件（{condition.tag}）",
            f"not one of the register's {enterprises} enterprises can meet this condition ({condition.tag})",
        ),
        Words("请核对门槛、单位和代码", "check the threshold, its unit and the codes"),
    )


@dataclass(frozen=True)
class Touch:
    """Which rules ask about which fields: a new fact, or a new column, needs only these matched again."""

    by_field: dict[str, frozenset[int]]

    @classmethod
    def of(cls, program: Program) -> Touch:
        """Followed through the program, from every attribute's slices to the answers that depend on them."""
        found: dict[str, frozenset[int]] = {}
        for attribute, first in zip(program.attributes, program.slices, strict=True):
            rules = _reached(program, range(FIRST_SLICE + first, FIRST_SLICE + first + attribute.bits))
            for column in columns_of(attribute):
                found[column.field] = found.get(column.field, frozenset()) | rules
        return cls(found)

    def rules(self, fields: Iterable[str]) -> list[int]:
        """The rules, by their place, whose answers can change when facts of these fields change."""
        return sorted(frozenset[int]().union(*(self.by_field.get(field, frozenset()) for field in fields)))


def _reached(program: Program, slices: Collection[int]) -> frozenset[int]:
    touched = np.zeros(program.row_count, bool)
    touched[list(slices)] = True
    for row, parts in enumerate(program.choices.tolist(), program.first_choice):
        touched[row] = touched[parts].any()
    rules = set()
    gate = result = 0
    gates, parts = program.gates.tolist(), program.parts
    for gate_end, result_end in zip(program.gate_ends.tolist(), program.result_ends.tolist(), strict=True):
        for _, start, end, row in gates[gate:gate_end]:
            touched[row] = touched[parts[start:end]].any()
        for answer in program.results[result:result_end]:
            if touched[answer.row] or touched[answer.also]:
                rules.add(answer.condition)
        gate, result = gate_end, result_end
    return frozenset(rules)
