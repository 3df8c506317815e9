"""The doors: an adviser for a set of rules, and where one enterprise stands with all of them.

    adviser = Adviser(rules, catalogue, fact_date)
    standing = adviser.enterprise(facts)
    standing.states()                             # the state of every rule
    standing.conditions(3)                        # of every condition of rule 3, in the order of its explanation
    standing.change("revenue", "2025", 5_000_00)  # the rules whose state that changes
    standing.explain(3)                           # texts, distances and amounts, by the evaluator

States are those of the evaluator, exactly: with what is missing, with what people have to judge. One corner is left
out: where a window of a single year that ends with the fact date's is bounded by a missing first day, conditions
inside of it that ask for the same first day are shown as if the window did not say when it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qingdan.rules.catalogue import Catalogue, Field, FieldType
from qingdan.rules.compiler.attributes import StateBits
from qingdan.rules.compiler.circuit import STATES, TRUE
from qingdan.rules.compiler.columns import Column
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.evaluate import RuleOutcome, explain
from qingdan.rules.evaluate.facts import Fact, Facts, check_period
from qingdan.rules.evaluate.states import state_of
from qingdan.rules.kernel.answers import has_fast_kernel
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.single import plain
from qingdan.rules.single.network import Index, Memory, build
from qingdan.rules.single.possible import Reader
from qingdan.rules.single.readers import AsOf, reader_of
from qingdan.rules.single.trees import Branch, Trees

STATE_OF = np.array(
    [
        state_of(frozenset(state for place, state in enumerate(STATES) if mask >> place & 1))
        for mask in range(1 << len(STATES))
    ],
    object,
)
"""The state for each mask of a node; the mask of no state never occurs."""


class Flip(NamedTuple):
    """A rule, by its place among the adviser's, whose state a changed fact changes."""

    rule: int
    before: State
    after: State


class _Tree(NamedTuple):
    """The conditions of a rule, their nodes, and the bits that say which are shown; None: all always are."""

    branches: list[Branch]
    nodes: npt.NDArray[np.intp]
    shown: npt.NDArray[np.intp] | None


class _Asking(NamedTuple):
    """The attributes that depend on a column, and their readers."""

    attributes: Index
    readers: list[Reader]


class Adviser:
    """Rules prepared for one enterprise after the other; RuleError with the rule's name for what the evaluator would
    refuse. `fast`: whether Numba runs them, by default where it is there."""

    def __init__(
        self, rules: Sequence[Rule], catalogue: Catalogue, fact_date: date, *, fast: bool | None = None
    ) -> None:
        self.rules, self.catalogue, self.fact_date = tuple(rules), catalogue, fact_date
        trees = Trees(catalogue, fact_date)
        branches = []
        for rule in self.rules:
            try:
                branches.append(trees.branches(rule.condition))
            except RuleError as error:
                raise error.at(Place(path=f"{rule.id} {rule.version}".strip())) from None
        everything = [each for tree in branches for each in tree]
        self.network = build(
            trees.circuit,
            roots=[tree[0].rails for tree in branches],
            rails=[each.rails for each in everything],
            shown=[each.shown for each in everything],
            catalogue=catalogue,
        )
        self.trees = [self._tree(tree) for tree in branches]
        attributes = zip(self.network.attributes, self.network.rows, strict=True)
        self.readers = [reader_of(attribute, rows, catalogue) for attribute, rows in attributes]
        self.asking = self._by_column()
        self.as_of = AsOf({name for name, _ in self.asking}, catalogue, fact_date)
        self._bounds = {each.name: _whole_bounds(each) for each in catalogue.fields if each.type.is_number}
        # The same few periods are asked for again and again.
        self._check_period = lru_cache(4096)(lambda field, period: check_period(catalogue.field(field), period))
        self.roots = np.array([self.network.node_of[tree[0].rails] for tree in branches], np.intp)
        self.rules_of: list[list[int]] = [[] for _ in range(self.network.root_count)]
        for place, root in enumerate(self.roots.tolist()):
            self.rules_of[root].append(place)
        self.evaluate, self.update = plain.evaluate, plain.change
        if has_fast_kernel() if fast is None else fast:
            from qingdan.rules.single import fast as compiled

            self.evaluate, self.update = compiled.evaluate, compiled.change

    def enterprise(self, facts: Facts) -> Standing:
        """Where an enterprise stands."""
        known = dict(facts.values)
        memory = self.network.memory()
        self.evaluate(self.network, self.rows_of(known), memory)
        return Standing(self, known, memory)

    def rows_of(self, known: dict[tuple[str, str], Fact]) -> Index:
        """The row of every attribute; `known` also gets what counts on the fact date of fields as of a day."""
        self.as_of.put(known)
        return np.array([read(known) for read in self.readers], np.int32)

    def checked(self, field: str, period: str, value: Any) -> Fact | None:
        """A fact as `Facts` keeps it; RuleError for what does not fit. Numbers are whole steps of their field."""
        spec = self.catalogue.field(field)
        if field in self._bounds and type(value) is int:
            self._check_period(field, period)
            low, high = self._bounds[field]
            if (low is None or value >= low) and (high is None or value <= high):
                return value
            value = value if spec.type is FieldType.MONEY else value * spec.step
        return Facts.of(self.catalogue, {(field, period): value}).values.get((field, period))

    def _tree(self, branches: list[Branch]) -> _Tree:
        nodes = np.array([self.network.node_of[each.rails] for each in branches], np.intp)
        hidden = any(each.shown != TRUE for each in branches)
        shown = np.array([self.network.bit_of[each.shown] for each in branches], np.intp) if hidden else None
        return _Tree(branches, nodes, shown)

    def _by_column(self) -> dict[tuple[str, str], _Asking]:
        found: dict[Column, list[int]] = {}
        for place, attribute in enumerate(self.network.attributes):
            columns = attribute.derived.columns if isinstance(attribute, StateBits) else (attribute.column,)
            for column in columns:
                found.setdefault(column, []).append(place)
        return {
            column: _Asking(np.array(places, np.int32), [self.readers[place] for place in places])
            for column, places in found.items()
        }


def _whole_bounds(field: Field) -> tuple[int | None, int | None]:
    low, high = field.bounds()
    return None if low is None else low.__ceil__(), None if high is None else high.__floor__()


class Standing:
    """One enterprise: its facts, and what all rules say of it. Made by `Adviser.enterprise`; not for several threads.

    `memory.masks` has the possible states of every condition of all rules, equal conditions once.
    """

    def __init__(self, adviser: Adviser, known: dict[tuple[str, str], Fact], memory: Memory) -> None:
        self.memory = memory
        self._adviser, self._known = adviser, known

    @property
    def facts(self) -> Facts:
        """The facts with all changes."""
        as_of = self._adviser.as_of
        return Facts(
            {(name, period): fact for (name, period), fact in self._known.items() if period or name not in as_of}
        )

    def states(self) -> list[State]:
        """The state of every rule, in the adviser's order."""
        found: list[State] = STATE_OF[self.memory.masks[self._adviser.roots]].tolist()
        return found

    def conditions(self, rule: int) -> list[tuple[Branch, State]]:
        """The rule's condition and all below it, each before its parts, as in the evaluator's tree of outcomes."""
        branches, nodes, shown = self._adviser.trees[rule]
        found = zip(branches, STATE_OF[self.memory.masks[nodes]].tolist(), strict=True)
        return list(found if shown is None else compress(found, self.memory.bits[shown].tolist()))

    def explain(self, rule: int) -> RuleOutcome:
        """The evaluator's outcome with texts, values, distances and amounts."""
        adviser = self._adviser
        return explain(adviser.rules[rule], self.facts, adviser.catalogue, adviser.fact_date)

    def change(self, field: str, period: str, value: Any) -> list[Flip]:
        """Give a fact another value, None for missing: the rules whose state that changes, in order.

        Numbers are whole steps of their field, other facts as `Facts.of` takes them. RuleError for what does not fit.
        """
        adviser, known = self._adviser, self._known
        fact = adviser.checked(field, period, value)
        if fact is None:
            known.pop((field, period), None)
        else:
            known[field, period] = fact
        if field in adviser.as_of:
            adviser.as_of.put(known, only=field)
            period = ""
        asking = adviser.asking.get((field, period))
        if asking is None:
            return []
        rows = np.array([read(known) for read in asking.readers], np.int32)
        found = adviser.update(adviser.network, self.memory, asking.attributes, rows).tolist()
        states = [(root, STATE_OF[before], STATE_OF[after]) for root, before, after in found]
        return sorted(
            Flip(rule, before, after)
            for root, before, after in states
            if before is not after
            for rule in adviser.rules_of[root]
        )
