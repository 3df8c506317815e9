"""卡在哪一条: the enterprises that a single clause keeps out.

A clause is a node of the condition that has nothing below it, or a window over years or a score as a whole. An
enterprise fails on a clause only when

* it definitely does not meet the rule as it is, and
* it definitely meets the rule once that clause alone is turned: counted as met, or, where the rule asks for the
  contrary (an exclusion, a case that should not apply), as unmet, whatever the clause is now.

So missing facts count against the enterprise: who may meet the rule already is not among them, nor who would still
lack a fact or somebody's decision elsewhere. With alternatives several clauses may each be enough, so the clauses'
numbers can add up to more than the enterprises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa

from qingdan.rules.compiler.circuit import TRUE, Circuit, Rails
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.program import Program, lower
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.kernel.answers import Answers
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.whatif.runs import Ground
from qingdan.rules.wording import condition_text

Path = tuple[int, ...]
"""The way to a clause: which part, of that which part, and so on."""


@dataclass(frozen=True)
class Clause:
    """A clause of a rule, and how many enterprises fail on it only."""

    path: Path
    condition: c.Condition
    text: str
    count: int


@dataclass(frozen=True)
class WithinOne:
    """The enterprises that one clause keeps out: `total`, each counted once, and by clause in the order of the rule."""

    rule: Rule
    total: int
    clauses: tuple[Clause, ...]
    _ground: Ground
    _answers: tuple[Answers, ...]

    def codes(self, clause: Clause | None = None) -> Iterator[pa.Array]:
        """Their codes, segment by segment: of all, or of those that fail on one of the clauses."""
        condition = 0 if clause is None else 1 + self.clauses.index(clause)
        for segment, answers in enumerate(self._answers):
            yield self._ground.codes(segment, answers.places(condition, State.MET))

    def as_rows(self) -> list[tuple[str | int, ...]]:
        """A table: a head, the clauses with the one that keeps most out first, and how many there are altogether."""
        ordered = sorted(self.clauses, key=lambda each: -each.count)
        return [
            ("仅差这一条", "企业数"),
            *((each.text, each.count) for each in ordered),
            ("合计（不重复）", self.total),
        ]


def within_one(rule: Rule, ground: Ground) -> WithinOne:
    """Count, and list on demand, the enterprises of a register that a single clause keeps out."""
    found = list(clauses(rule.condition))
    try:
        program = _program(rule, found, ground)
    except RuleError as error:
        raise error.at(Place(path=f"{rule.id} {rule.version}".strip())) from None
    answers = ground.answers(program, {State.MET})
    total, *counts = (sum(each.count(place, State.MET) for each in answers) for place in range(len(found) + 1))
    named = (
        Clause(path, clause, condition_text(clause, ground.catalogue), count)
        for (path, clause), count in zip(found, counts, strict=True)
    )
    return WithinOne(rule, total, tuple(named), ground, answers)


def clauses(condition: c.Condition, path: Path = ()) -> Iterator[tuple[Path, c.Condition]]:
    """The clauses of a condition with the ways to them."""
    if _is_clause(condition):
        yield path, condition
        return
    for place, part in enumerate(condition.parts):
        yield from clauses(part, (*path, place))


def _is_clause(condition: c.Condition) -> bool:
    return isinstance(condition, (c.Window, c.Score)) or not condition.parts


def put(condition: c.Condition, path: Path, clause: c.Condition) -> c.Condition:
    """The condition with `clause` in place of what `path` leads to."""
    if not path:
        return clause
    parts = list(condition.parts)
    parts[path[0]] = put(parts[path[0]], path[1:], clause)
    match condition:
        case c.All() | c.Any() | c.NoneOf() | c.AtLeast():
            return replace(condition, conditions=tuple(parts))
        case c.Exclusion():
            return replace(condition, condition=parts[0])
        case c.Exemption():
            return replace(condition, when=parts[0], condition=parts[1])
        case c.Tiered():
            pairs = zip(parts[0::2], parts[1::2], strict=False)
            cases = tuple(c.Case(when=when, then=then) for when, then in pairs)
            return replace(condition, cases=cases, otherwise=parts[-1] if condition.otherwise else None)
    raise AssertionError(condition)


@dataclass(frozen=True, kw_only=True)
class _Turned(c.Condition):
    """Stands in a clause's place and has one state, whatever the enterprise."""

    tag: ClassVar = "turned"
    state: State


class _Conditions(Conditions):
    """Makes gates of conditions in which a clause is turned; the clauses' own are made once."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground.catalogue, ground.fact_date)
        self._made: dict[c.Condition, Rails] = {}

    def rails(self, condition: c.Condition, context: Context | None = None) -> Rails:
        if isinstance(condition, _Turned):
            return Rails.always([condition.state])
        if context not in (None, self.start) or not _is_clause(condition):
            return super().rails(condition, context)
        if condition not in self._made:
            self._made[condition] = super().rails(condition, context)
        return self._made[condition]


def _program(rule: Rule, found: list[tuple[Path, c.Condition]], ground: Ground) -> Program:
    """Condition 0: those that any clause keeps out; condition 1 + i: those that clause i does."""
    made = _Conditions(ground)
    circuit = made.circuit
    may_be_in = _other_than_unmet(circuit, made.rails(rule.condition))
    # A gate for each clause that is set where, with the clause turned either way, the rule need not be met.
    stays_out = []
    for path, _ in found:
        turned = (put(rule.condition, path, _Turned(state=state)) for state in (State.MET, State.UNMET))
        stays_out.append(circuit.all([_other_than_met(circuit, made.rails(each)) for each in turned]))
    outside = [circuit.any([may_be_in, each]) for each in [circuit.all(stays_out), *stays_out]]
    answers = [[(State.MET, gate, True, TRUE)] for gate in outside]
    return lower(circuit, answers, ground.catalogue, ground.encoding.attributes)


def _other_than_unmet(circuit: Circuit, rails: Rails) -> int:
    return circuit.any([rails.met, rails.manual, rails.not_applicable])


def _other_than_met(circuit: Circuit, rails: Rails) -> int:
    return circuit.any([rails.unmet, rails.manual, rails.not_applicable])
