"""The example rules: sound, lossless, and their own tests pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.checks import check, is_sound
from qingdan.rules.examples import run_examples
from qingdan.rules.forms import dump_json, dump_yaml, load_json, load_yaml
from qingdan.rules.language.rule import ExpectedAward, Rule, State
from qingdan.rules.values import Money

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ["high_tech", "specialised", "small_profit"]


def load(name: str) -> Rule:
    return load_yaml(Rule, (FIXTURES / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_rule_is_sound(name: str, catalogue: Catalogue) -> None:
    rule = load(name)
    assert [str(finding) for finding in check(rule, catalogue)] == []
    assert {result.example.name: result.differences for result in run_examples(rule, catalogue)} == {
        example.name: () for example in rule.tests
    }
    assert is_sound(rule, catalogue)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_rule_comes_back_from_both_forms(name: str) -> None:
    rule = load(name)
    assert load_yaml(Rule, dump_yaml(rule)) == rule
    assert load_json(Rule, dump_json(rule)) == rule


def test_a_wrong_expectation_is_reported_and_the_rule_is_not_sound(catalogue: Catalogue) -> None:
    rule = load("specialised")
    wrong = replace(rule.tests[0], state=State.UNMET, awards=(ExpectedAward(award="reward", amount=Money(1)),))
    changed = replace(rule, tests=(wrong,))
    assert run_examples(changed, catalogue)[0].differences == (
        "应为“不符合”，得到“符合”",
        "“reward”应为 0.01 元，得到 20 万元",
    )
    assert not is_sound(changed, catalogue)
    assert not is_sound(replace(rule, tests=()), catalogue)
