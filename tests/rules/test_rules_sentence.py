"""Rules as sentences: nothing is lost either way, whatever the catalogue calls its fields, and every text is
either a rule or refused with its place."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from any_rule import record, rules
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.forms import dump_sentence, load_sentence, load_yaml
from qingdan.rules.language import conditions as c
from qingdan.rules.language.amounts import AMOUNTS, Amount
from qingdan.rules.language.conditions import CONDITIONS, Condition
from qingdan.rules.language.rule import Award, Rule

FIXTURES = Path(__file__).parent / "fixtures"
seeded = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("high_tech", "small_profit", "specialised")


def fixture(name: str) -> Rule:
    return load_yaml(Rule, (FIXTURES / f"{name}.yaml").read_text("utf-8"))


def with_node(node: Condition | Amount) -> Rule:
    """A rule around one condition or amount."""
    rule = Rule(
        id="r", title="例", version="1", valid_from=date(2026, 1, 1), condition=c.Flag(field="a", expected=True)
    )
    if isinstance(node, Condition):
        return dataclasses.replace(rule, condition=node)
    return dataclasses.replace(rule, awards=(Award(id="a", title="奖", amount=node),))


def comes_back(rule: Rule, catalogue: Catalogue) -> None:
    text = dump_sentence(rule, catalogue)
    assert load_sentence(text, catalogue) == rule, text
    assert all(line == "" or line.isprintable() or "\u3000" in line for line in text.split("\n"))


@given(rules())
@settings(seeded, max_examples=60)
def test_every_rule_comes_back(catalogue: Catalogue, rule: Rule) -> None:
    comes_back(rule, catalogue)


@pytest.mark.parametrize("kind", [*CONDITIONS, *AMOUNTS], ids=lambda kind: kind.tag)
def test_every_kind_of_node_comes_back(catalogue: Catalogue, kind: type[Condition] | type[Amount]) -> None:
    seen: list[str] = []

    @given(st.data())
    @settings(seeded, max_examples=10)
    def node_comes_back(data: st.DataObject) -> None:
        node = record(data.draw, kind, 1)
        seen.append(node.tag)
        comes_back(with_node(node), catalogue)

    node_comes_back()
    assert kind.tag in seen
