"""What rules reach: clauses that nobody meets, and which rules a changed fact can change."""

from __future__ import annotations

from datetime import date

import pyarrow.parquet as pq
import pytest

from qingdan.rules import library
from qingdan.rules.checks import walk
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.forms import load_yaml
from qingdan.rules.language.rule import Rule
from qingdan.rules.match import Matcher
from qingdan.rules.match.reach import Touch, never_met
from qingdan.rules.store import build_register
from tests.rules.tables import table_of

DAY = date(2026, 7, 1)
CATALOGUE = library.catalogue()
WRITTEN = """
id: never
title: 谁也够不着
version: "1"
valid_from: 2026-01-01
condition:
  all:
    - compare: {figure: revenue@year-1, op: ">=", value: 500 万元}
    - any:
        - compare: {figure: revenue@year-1, op: ">=", value: 90000 亿元}
        - in_codes: {field: district, codes: ["510117"]}
    - window:
        condition:
          compare: {figure: revenue@year-1, op: ">=", value: 90000 亿元}
        years: 2
    - judgement: {question: 是否属实}
"""


@pytest.fixture
def register(tmp_path):
    facts = [
        {("revenue", "2025"): 1_000_000_00 * place, ("revenue", "2024"): 1, ("district", ""): "510117"}
        for place in range(10)
    ]
    pq.write_table(table_of(CATALOGUE, facts), tmp_path / "part.parquet")
    return build_register([tmp_path / "part.parquet"], tmp_path / "register", CATALOGUE)


def test_clauses_that_nobody_can_meet_are_named_with_their_place(register):
    rule = load_yaml(Rule, WRITTEN)
    found = {finding.path: finding for _, finding in never_met([rule], register, DAY)}
    assert all(not finding.is_error and "10 家" in finding.reason.chinese for finding in found.values())
    assert list(found) == ["condition[1].any[0].compare", "condition[2].window"]


def test_a_field_that_touches_no_rule_changes_nothing():
    rules = [versions[-1] for versions in library.programmes().values()]
    touch = Touch.of(Matcher(rules, CATALOGUE, DAY).program)
    assert touch.rules([]) == []
    untouched = 0
    for place, rule in enumerate(rules):
        asked = {field for field, found in touch.by_field.items() if place in found}
        assert asked
        for test in rule.tests:
            facts = Facts.given(CATALOGUE, test.facts)
            kept = {key: value for key, value in facts.values.items() if key[0] in asked}
            untouched += len(facts.values) - len(kept)
            states = [explain(rule, each, CATALOGUE, test.fact_date).state for each in (facts, Facts(kept))]
            assert states[0] is states[1]
    assert untouched


def test_the_rules_of_a_field_are_those_that_ask_about_it():
    rules = [versions[-1] for versions in library.programmes().values()]
    touch = Touch.of(Matcher(rules, CATALOGUE, DAY).program)
    for name in ("revenue", "district", "founded"):
        asking = [place for place, rule in enumerate(rules) if _asks(rule, name)]
        assert asking and set(touch.rules([name])) <= set(asking)
    assert touch.rules(["revenue", "district"]) == sorted({*touch.rules(["revenue"]), *touch.rules(["district"])})


def _asks(rule: Rule, name: str) -> bool:
    return any(name in (getattr(part, "field", ""), getattr(part, "since", "")) for _, part in walk(rule.condition))
