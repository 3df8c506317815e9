"""The evaluator against a second one over every completion of the missing facts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_world import DOMAINS, completions, conditions, context, keys_of, oracle

from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import State

# The same examples in every run.
seeded = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MOST_MISSING = 4


@st.composite
def cases(draw: Any, once: bool) -> tuple[c.Condition, dict[tuple[str, str], Any]]:
    """A condition, and all of its facts but at most four."""
    condition = draw(conditions(once))
    keys = sorted(set(keys_of(condition)))
    missing = draw(st.sets(st.sampled_from(keys), max_size=MOST_MISSING)) if keys else set()
    return condition, {key: draw(st.sampled_from(DOMAINS[key[0][0]])) for key in keys if key not in missing}


@given(cases(once=False))
@settings(seeded, max_examples=200)
def test_what_is_said_holds_in_every_completion(case: tuple[c.Condition, dict[tuple[str, str], Any]]) -> None:
    condition, facts = case
    outcome = evaluate_condition(condition, context(facts))
    true_states = {oracle(condition, each) for each in completions(facts, set(keys_of(condition)))}
    assert true_states <= outcome.possible
    if outcome.state is not State.UNKNOWN:
        assert true_states == {outcome.state}


@given(cases(once=True))
@settings(seeded, max_examples=350)
def test_unknown_is_said_only_when_more_than_one_outcome_is_possible(
    case: tuple[c.Condition, dict[tuple[str, str], Any]],
) -> None:
    condition, facts = case
    keys = keys_of(condition)
    # A fact that two clauses ask for ties them together; growth over several years does so within itself.
    assume(max(Counter(keys).values(), default=1) == 1)
    outcome = evaluate_condition(condition, context(facts))
    assert outcome.possible == {oracle(condition, each) for each in completions(facts, set(keys))}


@given(cases(once=False))
@settings(seeded, max_examples=60)
def test_with_all_facts_there_is_nothing_unknown(case: tuple[c.Condition, dict[tuple[str, str], Any]]) -> None:
    condition, facts = case
    facts = next(completions(facts, set(keys_of(condition))))
    for outcome in evaluate_condition(condition, context(facts)).walk():
        assert outcome.state is not State.UNKNOWN and outcome.missing == ()
