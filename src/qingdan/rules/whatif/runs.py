"""One rule over all segments of a register: how many in which state, who, and what their awards come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from qingdan.rules.amounts import AmountProgram, BulkSum
from qingdan.rules.amounts.integers import added, full
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.circuit import TRUE
from qingdan.rules.compiler.columns import Flags, Numbers
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.program import Program, lower
from qingdan.rules.kernel.answers import Answers, Places, run
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match import Matcher
from qingdan.rules.match.results import cost_of
from qingdan.rules.store import Register, TableBlock
from qingdan.rules.store.register import Encoding


class Cost(NamedTuple):
    """Fen: at least `low`; at most `high`, apart from awards without any limit when `unlimited`."""

    low: int = 0
    high: int = 0
    unlimited: bool = False

    def __add__(self, other: object) -> Cost:
        if not isinstance(other, Cost):
            return NotImplemented
        return Cost(self.low + other.low, self.high + other.high, self.unlimited or other.unlimited)


@dataclass(frozen=True)
class Ground:
    """A register, the day as of which its facts count, and its facts encoded for the present rules."""

    register: Register
    encoding: Encoding
    threads: int = 1

    @property
    def catalogue(self) -> Catalogue:
        return self.register.catalogue

    @property
    def fact_date(self) -> date:
        return self.encoding.fact_date

    def block(self, segment: int) -> TableBlock:
        """A segment's facts. Made anew each time, so that a large register's columns do not pile up in memory."""
        return self.register.segments[segment].block(self.fact_date)

    def codes(self, segment: int, places: Places) -> pa.Array:
        """The codes of the enterprises in some rows of a segment."""
        return self.register.segments[segment].facts.column("code").take(pa.array(places)).combine_chunks()

    def matched(self, matcher: Matcher) -> tuple[Answers, ...]:
        """A matcher's rules with every segment; the met are listed, the other states counted."""
        segments = self.register.segments
        found = (matcher.segment(each, self.encoding, listed={State.MET}, threads=self.threads) for each in segments)
        return tuple(matches.answers for matches in found)

    def answers(self, program: Program, listed: Collection[State]) -> tuple[Answers, ...]:
        """The answers of any program for every segment."""
        found = []
        for segment in self.register.segments:
            tiles, index = segment.tiles_for(program, self.encoding)
            found.append(run(program, tiles, index, segment.rows, listed=listed, threads=self.threads))
        return tuple(found)


@dataclass(frozen=True)
class RuleRun:
    """A rule with its answers: rule number `place` of the answers for every segment.

    The rule's condition is the one that was matched; its awards, `amounts`, may be others.
    """

    ground: Ground
    rule: Rule
    place: int
    answers: tuple[Answers, ...]
    amounts: AmountProgram

    @classmethod
    def of(cls, rule: Rule, ground: Ground) -> RuleRun:
        """Match one rule. Of the facts only what the present rules did not ask for is encoded.

        RuleError for a rule that the evaluator would refuse.
        """
        matcher = Matcher([rule], ground.catalogue, ground.fact_date, known=ground.encoding.attributes)
        return cls(ground, rule, 0, ground.matched(matcher), matcher.amounts[0])

    def with_awards_of(self, rule: Rule) -> RuleRun:
        """The same answers with another rule's awards; its condition has to be the same. RuleError likewise."""
        amounts = AmountProgram(rule, self.ground.catalogue, self.ground.fact_date)
        return replace(self, rule=rule, amounts=amounts)

    def count(self, state: State) -> int:
        return sum(each.count(self.place, state) for each in self.answers)

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many enterprises are in each state."""
        return {state: self.count(state) for state in State}

    def met(self, segment: int) -> Places:
        """The ascending rows, from 0, of a segment's enterprises that meet the rule."""
        return self.answers[segment].places(self.place, State.MET)

    def sums(self, segment: int, places: Places) -> list[BulkSum]:
        """What each award comes to for the enterprises in some rows of a segment, if they meet the rule."""
        return self.amounts.of(self.ground.block(segment), places)

    @cached_property
    def cost(self) -> Cost:
        """The awards of all that meet the rule, before any group of awards is settled."""
        return self._cost_of(self.met(segment) for segment in range(len(self.answers)))

    def _cost_of(self, lists: Iterable[Places]) -> Cost:
        total = Cost()
        if self.rule.awards:
            for segment, places in enumerate(lists):
                total += Cost(**cost_of(self.sums(segment, places)))
        return total

    # ---- those that may come to meet it

    @cached_property
    def _open(self) -> tuple[tuple[Answers, ...], int]:
        """Those for which the known facts do not rule out that the rule is met: answers, and the condition's number."""
        if not self.counts[State.UNKNOWN]:
            return self.answers, self.place
        made = Conditions(self.ground.catalogue, self.ground.fact_date)
        can_be_met = made.rails(self.rule.condition).met
        answers = [[(State.MET, can_be_met, False, TRUE)]]
        program = lower(made.circuit, answers, self.ground.catalogue, self.ground.encoding.attributes)
        return self.ground.answers(program, {State.MET}), 0

    @cached_property
    def at_most(self) -> int:
        """How many would meet the rule if every missing fact came out for it; decisions of people not counted."""
        answers, place = self._open
        return sum(each.count(place, State.MET) for each in answers)

    @cached_property
    def cost_at_most(self) -> Cost:
        """The awards of all of these; `low` is what those that meet the rule already get at least."""
        answers, place = self._open
        return self._cost_of(each.places(place, State.MET) for each in answers)._replace(low=self.cost.low)

    # ---- enterprises

    def codes(self) -> Iterator[pa.Array]:
        """The codes of those that meet the rule, segment by segment."""
        for segment in range(len(self.answers)):
            yield self.ground.codes(segment, self.met(segment))

    def payable(self) -> Iterator[pa.Table]:
        """What those that meet the rule get of all its awards together, segment by segment: code, low_fen, high_fen.

        `high_fen` is null where some award has no limit.
        """
        for segment in range(len(self.answers)):
            places = self.met(segment)
            sums = self.sums(segment, places)
            no_high = np.any([each.no_high for each in sums], axis=0) if sums else np.zeros(len(places), bool)
            columns = {
                "code": self.ground.codes(segment, places),
                "low_fen": _fen(sum_rows([each.low for each in sums], len(places))),
                "high_fen": _fen(sum_rows([each.high for each in sums], len(places)), no_high),
            }
            yield pa.table(columns)


def sum_rows(columns: list[Numbers], rows: int) -> Numbers:
    """The sums of some columns row by row, exact."""
    return reduce(added, columns, full(rows, 0))


def _fen(numbers: Numbers, missing: Flags | None = None) -> pa.Array:
    return pa.array(numbers.tolist(), pa.decimal128(38), mask=missing)
