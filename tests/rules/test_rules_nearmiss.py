"""What is lacking: the least changes, exact, each proposal checked against a second evaluator."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_world import DAY, DOMAINS, WORLD, Key, completions, conditions, keys_of, oracle

from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.nearmiss import Kind, NearMiss, near_miss, questions

# The same examples in every run.
seeded = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def rule_of(condition: c.Condition, **more: Any) -> Rule:
    return Rule(id="r", title="规则", version="1", valid_from=date(2020, 1, 1), condition=condition, **more)


# ---- in a small world, against every possibility

FactsAsGiven = dict[Key, Any]


@st.composite
def cases(draw: Any, once: bool, most_missing: int) -> tuple[c.Condition, FactsAsGiven]:
    condition = draw(conditions(once))
    keys = sorted(set(keys_of(condition)))
    missing = draw(st.sets(st.sampled_from(keys), max_size=most_missing)) if keys else set()
    return condition, {key: draw(st.sampled_from(DOMAINS[key[0][0]])) for key in keys if key not in missing}


def found_for(condition: c.Condition, facts: FactsAsGiven) -> NearMiss:
    return near_miss(rule_of(condition), Facts.of(WORLD, facts), WORLD, DAY)


def true_states(condition: c.Condition, facts: FactsAsGiven, changes: Any) -> set[State]:
    """Every state that the second evaluator gives with these changes, whatever is still missing."""
    changed = facts | {(each.field, each.period): each.after for each in changes}
    return {oracle(condition, each) for each in completions(changed, set(keys_of(condition)))}


@given(cases(once=False, most_missing=3))
@settings(seeded, max_examples=250)
def test_every_proposal_gives_met_or_waits_for_the_decisions_it_names(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    found = found_for(condition, facts)
    assert found.state is not State.MET or not found.proposals
    for proposal in found.proposals:
        decided = {each.field for each in proposal.changes if each.kind is Kind.DECISION}
        facts_only = [each for each in proposal.changes if each.field not in decided]
        states = true_states(condition, facts, facts_only)
        # Before the decision it waits for it, unless a fact that is missing makes the decision needless.
        assert (State.MANUAL in states and states <= {State.MANUAL, State.MET}) if decided else states == {State.MET}
        for each in facts_only:
            assert (each.kind is Kind.ANSWER) is ((each.field, each.period) not in facts)
            assert each.before == facts.get((each.field, each.period)) != each.after


@given(cases(once=False, most_missing=0))
@settings(seeded, max_examples=250)
def test_no_part_of_a_proposal_is_enough_and_no_number_can_be_nearer(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    for proposal in found_for(condition, facts).proposals:
        if any(each.kind is Kind.DECISION for each in proposal.changes):
            continue
        for size in range(len(proposal.changes)):
            for part in itertools.combinations(proposal.changes, size):
                assert true_states(condition, facts, part) != {State.MET}
        for each in proposal.changes:
            if each.field[0] in "nc":
                key = (each.field, each.period)
                others = [other for other in proposal.changes if other is not each]
                step = 1 if facts[key] > each.after else -1
                nearer = facts | {key: each.after + step}
                assert true_states(condition, nearer, others) != {State.MET}


def cost(facts: FactsAsGiven, changed: FactsAsGiven) -> tuple[int, int, int]:
    """By the plain definition: what nobody can change, what is open (nothing here), how many changes."""
    keys = [key for key in facts if facts[key] != changed[key]]
    fixed = [name for name, year in keys if name[0] in "kd" or (year and int(year) < DAY.year - 1)]
    return len(fixed), 0, len(keys)


def all_changes(facts: FactsAsGiven) -> Iterator[FactsAsGiven]:
    """Every world but for first days, which are never moved to shorten a window."""
    choices = [[facts[key]] if key[0][0] == "d" else DOMAINS[key[0][0]] for key in facts]
    for values in itertools.product(*choices):
        yield dict(zip(facts, values, strict=True))


@given(cases(once=True, most_missing=0))
@settings(seeded, max_examples=250)
def test_nothing_cheaper_exists_when_no_two_clauses_share_a_fact(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    assume(max(Counter(keys_of(condition)).values(), default=1) == 1)
    assume(len([key for key in facts if key[0][0] != "d"]) <= 6)
    assume("judgement" not in repr(condition).lower())
    met = [cost(facts, changed) for changed in all_changes(facts) if oracle(condition, changed) is State.MET]
    found = found_for(condition, facts)
    if found.state is State.MET:
        return
    assert [each.cost[:3] for each in found.proposals[:1]] == ([min(met)] if met else [])


@given(cases(once=True, most_missing=3))
@settings(seeded, max_examples=120)
def test_a_question_decides_a_rule_if_every_answer_does(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    rule = rule_of(condition)
    for question in questions([rule], Facts.of(WORLD, facts), WORLD, DAY, limit=9):
        key = (question.field, question.period)
        decided = {
            len({oracle(condition, each) for each in completions(facts | {key: answer}, set(keys_of(condition)))}) == 1
            for answer in DOMAINS[key[0][0]]
        }
        if question.decides:
            assert decided == {True}
        elif key[0][0] != "d":
            assert decided == ({True, False} if question.may_decide else {False})
