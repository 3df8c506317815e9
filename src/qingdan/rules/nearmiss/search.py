"""The least that would make one enterprise entitled under a rule, every proposal checked by the reference evaluator.

The tree gives the cheapest plans. Where clauses share a fact, a plan may not be enough (a higher revenue lowers the
share of R&D costs): it is applied, and the tree is asked again from there. Whatever comes out is evaluated with the
changed facts; what is not met is thrown away, and what is met is cut down to what is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.facts import Fact, Facts
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.rules import explain
from qingdan.rules.evaluate.states import MET
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.nearmiss.plans import (
    NOTHING_TO_DO,
    Changeable,
    Cost,
    Demand,
    Desk,
    Key,
    Kind,
    Plan,
    cheapest,
)
from qingdan.rules.nearmiss.result import NearMiss, Proposal, change_of
from qingdan.rules.nearmiss.tree import condition_ways

ROUNDS = 4
"""So many times a plan that is not enough is mended."""
MENDED = 3
"""So many plans are mended in each round, the cheapest."""
FEW = 5
"""Of a proposal with up to so many changes every subset is tried, of a longer one every single change."""

Values = Mapping[Key, Fact]


def near_miss(
    rule: Rule,
    facts: Facts,
    catalogue: Catalogue,
    fact_date: date,
    *,
    changeable: Changeable | None = None,
    alternatives: int = 3,
) -> NearMiss:
    """What is lacking for `rule` with the facts as of `fact_date`: up to `alternatives` proposals, the best first.

    `changeable` says which facts the enterprise can change, otherwise the default of `Changeable`. None of the
    proposals is needed when the state is met already; there are none when no change of facts helps. RuleError for
    names that the catalogue does not have.
    """
    asked = _with_decisions(rule, catalogue)
    desk = Desk(
        catalogue=asked.catalogue,
        origin=facts,
        facts=facts,
        fact_date=fact_date,
        changeable=changeable or Changeable(),
        decisions=frozenset(_fields(asked.rule.condition, c.Judgement)),
        evidence=frozenset(_fields(asked.rule.condition, c.Attest)),
    )
    now = explain(rule, facts, catalogue, fact_date).state
    found = [] if now is State.MET else _Search(asked.rule.condition, desk, alternatives).run()
    # An alternative never needs more that nobody can change than the best.
    shown = [each for each in found if each[0][0] == found[0][0][0]][:alternatives]
    proposals = tuple(_proposal(asked, rule, each, desk) for each in shown)
    return NearMiss(rule=rule, fact_date=fact_date, state=now, proposals=proposals)


# ---- decisions of people as facts


class _Asked:
    """The rule with a field for every question that has none, so that a decision can be tried like a fact."""

    def __init__(self, rule: Rule, catalogue: Catalogue, questions: Mapping[str, str]) -> None:
        self.questions = questions
        decided = [
            Field(name=name, chinese=question, english=question, type=FieldType.BOOLEAN)
            for question, name in questions.items()
        ]
        self.catalogue = Catalogue((*catalogue.fields, *decided), catalogue.trees) if decided else catalogue
        self.rule = replace(rule, condition=_named(rule.condition, questions))


def _with_decisions(rule: Rule, catalogue: Catalogue) -> _Asked:
    questions: dict[str, str] = {}
    known = {each.name for each in catalogue.fields}
    for judgement in _of_type(rule.condition, c.Judgement):
        if not judgement.field and judgement.question not in questions:
            number = len(questions) + 1
            while f"decision_{number}" in known:
                number += 1
            questions[judgement.question] = f"decision_{number}"
            known.add(f"decision_{number}")
    return _Asked(rule, catalogue, questions)


def _of_type(condition: c.Condition, kind: type[Any]) -> list[Any]:
    found = [condition] if isinstance(condition, kind) else []
    return found + [each for part in condition.parts for each in _of_type(part, kind)]


def _fields(condition: c.Condition, kind: type[Any]) -> list[str]:
    return [each.field for each in _of_type(condition, kind)]


def _named(part: Any, questions: Mapping[str, str]) -> Any:
    """The same tree with a field in each question."""
    if not questions:
        return part
    if isinstance(part, c.Judgement):
        return replace(part, field=part.field or questions[part.question])
    if isinstance(part, tuple):
        return tuple(_named(each, questions) for each in part)
    if isinstance(part, c.Condition | c.Case | c.ScoreItem | c.Band) and is_dataclass(part):
        changed = {each.name: _named(getattr(part, each.name), questions) for each in fields(part)}
        return replace(part, **changed)
    return part


# ---- search

Found = tuple[Cost, dict[Key, Fact], Mapping[Key, Demand]]


class _Search:
    """One search for a condition; `run` gives what is met, the cheapest first, `wanted` of them if it can."""

    def __init__(self, condition: c.Condition, desk: Desk, wanted: int) -> None:
        self.condition, self.desk, self.wanted = condition, desk, wanted
        self.found: dict[frozenset[Key], Found] = {}
        self.tried: dict[frozenset[tuple[Key, Fact]], bool] = {}

    def run(self) -> list[Found]:
        beam = [NOTHING_TO_DO]
        for _ in range(ROUNDS):
            unfinished: list[Plan] = []
            for plan in beam:
                for mended in self._mended(plan):
                    values = self.desk.values(mended)
                    if self.is_met(values):
                        self._keep(values, mended.demands)
                    else:
                        unfinished.append(mended)
            enough = sorted(each[0] for each in self.found.values())[: self.wanted]
            worth = [plan for plan in cheapest(unfinished) if len(enough) < self.wanted or plan.cost < enough[0]]
            beam = worth[:MENDED]
        return sorted(self.found.values(), key=lambda each: each[0])

    def _mended(self, plan: Plan) -> list[Plan]:
        """The plan with what the tree still asks for once it is applied."""
        desk = self.desk
        applied = desk.applied(desk.values(plan))
        there = replace(desk, facts=applied, base=plan)
        ways = condition_ways(self.condition, Context(desk.catalogue, applied, desk.fact_date), there)
        joined = [desk.join(plan, more) for more in ways.get(MET, [])]
        priced = [desk.plan(each.demands) for each in joined if each is not None]
        return [each for each in priced if each.demands != plan.demands]

    def is_met(self, values: Values) -> bool:
        """What the reference evaluator says with these changes, each asked once."""
        asked = frozenset(values.items())
        if asked not in self.tried:
            desk = self.desk
            context = Context(desk.catalogue, desk.applied(values), desk.fact_date)
            self.tried[asked] = evaluate_condition(self.condition, context).state is State.MET
        return self.tried[asked]

    def _keep(self, values: dict[Key, Fact], demands: Mapping[Key, Demand]) -> None:
        """Cut down to what is needed, unless fewer of these facts are enough or the same ones for less."""
        if any(other < frozenset(values) for other in self.found):
            return
        while True:
            smaller = self._nearest(self._fewest(values))
            if smaller == values:
                break
            values = smaller
        cost = self.desk.cost_of(values)
        keys = frozenset(values)
        if any(other < keys for other in self.found):
            return
        if keys not in self.found or cost < self.found[keys][0]:
            self.found = {other: each for other, each in self.found.items() if not keys < other}
            self.found[keys] = (cost, values, demands)

    def _fewest(self, values: dict[Key, Fact]) -> dict[Key, Fact]:
        """The first smallest part of the changes that is enough."""
        if len(values) <= FEW:
            sizes = range(len(values))
            parts = (dict(part) for size in sizes for part in combinations(values.items(), size))
            return next((part for part in parts if self.is_met(part)), values)
        for key in list(values):
            rest = {other: value for other, value in values.items() if other != key}
            if self.is_met(rest):
                values = rest
        return values

    def _nearest(self, values: dict[Key, Fact]) -> dict[Key, Fact]:
        """Every number as near to the enterprise's own as it can be: one step nearer is no longer met."""
        for key, value in list(values.items()):
            before = self.desk.now(key, self.desk.origin)
            if isinstance(value, bool) or not isinstance(value, int) or not isinstance(before, int):
                continue
            towards = 1 if before > value else -1
            # From `good`, which is met, halve the way to `bad`, which is not (the other changes alone do not do).
            good, bad = value, before
            if not self.is_met({**values, key: good + towards}):
                continue
            while abs(good - bad) > 1:
                middle = (good + bad) // 2
                good, bad = (middle, bad) if self.is_met({**values, key: middle}) else (good, middle)
            values = {**values, key: good}
        return values


def _proposal(asked: _Asked, rule: Rule, found: Found, desk: Desk) -> Proposal:
    """A proposal with the state and the awards that come of it."""
    cost, values, demands = found
    own = {key: value for key, value in values.items() if desk.kind(key, value) is Kind.CHANGEABLE}
    after = explain(asked.rule, desk.applied(values), asked.catalogue, desk.fact_date)
    return Proposal(
        changes=tuple(change_of(key, value, demands[key], desk) for key, value in values.items()),
        cost=cost,
        state_by_own=explain(rule, desk.applied(own), asked.catalogue, desk.fact_date).state,
        awards=after.awards,
    )
