"""Written forms: nothing is lost, nothing unexpected is taken, and every refusal says where, why and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from any_rule import record, rules
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.forms import dump_json, dump_yaml, from_data, load_json, load_yaml, to_data
from qingdan.rules.language.amounts import AMOUNTS, Amount
from qingdan.rules.language.conditions import CONDITIONS, Condition
from qingdan.rules.language.rule import Rule, StackingGroup
from qingdan.rules.values import money_text, parse_money, parse_share, share_text

FIXTURES = Path(__file__).parent / "fixtures"
seeded = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@given(rules())
@settings(seeded, max_examples=60)
def test_every_rule_comes_back_from_yaml_json_and_plain_data(rule: Rule) -> None:
    assert from_data(Rule, to_data(rule)) == rule
    assert load_yaml(Rule, dump_yaml(rule)) == rule
    assert load_json(Rule, dump_json(rule)) == rule


@pytest.mark.parametrize("kind", [*CONDITIONS, *AMOUNTS], ids=lambda kind: kind.tag)
def test_every_kind_of_node_comes_back(kind: type[Condition] | type[Amount]) -> None:
    base = Condition if issubclass(kind, Condition) else Amount
    seen: list[str] = []

    @given(st.data())
    @settings(seeded, max_examples=20)
    def comes_back(data: st.DataObject) -> None:
        node = record(data.draw, kind, 1)
        seen.append(node.tag)
        assert from_data(base, to_data(node)) == node
        assert load_yaml(base, dump_yaml(node)) == node

    comes_back()
    assert kind.tag in seen


def test_a_catalogue_comes_back_from_both_forms(catalogue: Catalogue) -> None:
    assert load_yaml(Catalogue, dump_yaml(catalogue)) == catalogue
    assert load_json(Catalogue, dump_json(catalogue)) == catalogue


def test_a_group_of_awards_comes_back() -> None:
    data = {"id": "g", "title": "就高", "mode": "highest", "members": ["a/x", "b/y"]}
    assert to_data(from_data(StackingGroup, data)) == data


@given(st.fractions(-(10**9), 10**9, max_denominator=10**15), st.integers(-(10**18), 10**18))
@settings(seeded, max_examples=200)
def test_shares_and_money_come_back(share: Any, fen: int) -> None:
    assert parse_share(share_text(share)) == share
    assert parse_money(money_text(fen)) == fen


RULE = """\
id: r
title: 例
version: "1"
valid_from: "2026-01-01"
condition:
  all:
  - flag: {field: insured, expected: true}
  - compare:
      figure: staff
      op: ">="
      value: 10 人
"""


def refusal(text: str) -> str:
    with pytest.raises(RuleError) as caught:
        load_yaml(Rule, text, "r.yaml")
    error = caught.value
    assert error.reason.chinese and error.remedy.chinese and error.chinese in str(error)
    return error.english


@pytest.mark.parametrize(
    ("old", "new", "english"),
    [
        ("staff", "staff@2025-13", "r.yaml line 9 condition.all[1].compare.figure: '2025-13' is not a period"),
        ("10 人", ".nan", "r.yaml line 11 condition.all[1].compare.value: '.nan' is not a finite number"),
        ("10 人", ".inf", "r.yaml line 11 condition.all[1].compare.value: '.inf' is not a finite number"),
        ("10 人", "1e400", "'1e400' is not a finite number"),
        ("10 人", "五十", "'五十' is not a finite number"),
        ("10 人", "1,000 人", "'1,000 人' is not a finite number"),
        ("10 人", "true", "a number belongs here, not 'True'"),
        ("10 人", "[1]", "a number belongs here, not a list"),
        ("10 人", "", "a number belongs here, not nothing"),
        ('">="', "gte", "there is no value named 'gte'"),
        ("figure: staff", "figur: staff", "line 9 condition.all[1].compare.figur: there is no key named 'figur'"),
        ("      value: 10 人\n", "", "line 8 condition.all[1].compare: 'value' is missing"),
        ("compare:", "compares:", "line 8 condition.all[1].compares: there is no condition named 'compares'. "),
        ("expected: true", "expected: yes", "true or false belongs here, not 'yes'"),
        ("field: insured", "field: 0x1", None),
        ("field: insured", "field: 12", "text (put codes that look like numbers in quotes) belongs here, not '12'"),
        ('version: "1"', "version: 1", "line 3 version: text (put codes"),
        ('"2026-01-01"', '"2026-02-30"', "'2026-02-30' is not a day"),
        ('"2026-01-01"', "20260101", "a day, a period or an amount with its unit belongs here, not '20260101'"),
        (
            'valid_from: "2026-01-01"',
            'valid_from: "2026-01-01"\nvalid_to: "2025-01-01"',
            "the rule ends before it begins",
        ),
        ("title: 例", "title: 例\ntitle: 二", "r.yaml line 3: 'title' is written twice"),
        ("title: 例", "title: &x 例", "references (& and *) are not supported"),
        ("title: 例", "title: *x", "references (& and *) are not supported"),
        ("title: 例", "title: !!python/name:os.system 例", "tags (!) are not supported"),
        ("title: 例", "title: [", "not well-formed YAML"),
        ("title: 例", "[a]: 例", "a key cannot be a list or table"),
        ("title: 例", "---\ntitle: 例", "the file has several documents"),
        ("  all:\n", "  all: []\n  any:\n", "one condition ('kind: content') belongs here, not a table"),
        ("flag: {field: insured, expected: true}", "all: []", "a combination has no conditions"),
        ("flag: {field: insured, expected: true}", "flag: [1]", "there is no key named 'conditions'"),
        ("flag: {field: insured, expected: true}", "flag: 3", "a table of 'name: value' belongs here, not '3'"),
        (
            "flag: {field: insured, expected: true}",
            "at_least: {k: 2, conditions: [flag: {field: a, expected: true}]}",
            "2 of 1 conditions cannot be asked for",
        ),
        (
            "flag: {field: insured, expected: true}",
            'age: {field: founded, op: "=", months: 3}',
            "this condition takes an upper or lower bound only",
        ),
        (
            "flag: {field: insured, expected: true}",
            "age: {field: founded, op: '<', months: 3.5}",
            "a whole number belongs",
        ),
        (
            "flag: {field: insured, expected: true}",
            "rank: {figure: rank}",
            "a rank needs 'top', or 'share' with 'among'",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(old: str, new: str, english: str | None) -> None:
    assert RULE.count(old) == 1
    text = RULE.replace(old, new)
    if english is None:
        assert load_yaml(Rule, text).condition is not None
        return
    assert english in refusal(text)


@pytest.mark.parametrize(
    ("amount", "english"),
    [
        ("fixed: {amount: 20}", "a day, a period or an amount with its unit belongs here, not '20'"),
        ("fixed: {amount: 20 人}", "the amount '20 人' has no unit of money"),
        ("fixed: {amount: 0.001 元}", "finer than a fen"),
        ("fixed: {amount: -1 元}", "an amount is negative"),
        ("rate: {base: rd@year-1, rate: 一成}", "'一成' is not a share"),
        ("rate: {base: rd@year-1, rate: 1/0}", "'1/0' is not a share"),
        ("rate: {base: rd@year-1, rate: -5%}", "the rate is negative"),
        ("rate: {base: rd@year-1, rate: 5%, floor: 2 元, cap: 1 元}", "the floor exceeds the cap"),
        ("per_unit: {figure: land, per: 0 亩, amount: 1 元, whole: true}", "'per' must be positive"),
        (
            "instalments: {amount: {fixed: {amount: 1 元}}, parts: [{share: 60%, when: 先}]}",
            "the shares must be positive",
        ),
        (
            "marginal: {base: rd@year-1, bands: [{upto: 5 元, rate: 1%}, {upto: 5 元, rate: 2%}]}",
            "upper ends must rise",
        ),
        (
            "marginal: {base: rd@year-1, bands: [{upto: null, rate: 1%}, {upto: 5 元, rate: 2%}]}",
            "upper ends must rise",
        ),
        ("slab: {figure: staff, bands: []}", "upper ends must rise"),
        ("by_case: {cases: []}", "an amount by case has no cases"),
        ("gift: {amount: 1 元}", "there is no amount named 'gift'"),
    ],
)
def test_a_wrong_amount_is_refused(amount: str, english: str) -> None:
    assert english in refusal(RULE + f"awards:\n- id: x\n  title: 奖\n  amount:\n    {amount}\n")


def test_nesting_without_end_is_refused_in_both_forms() -> None:
    assert "nested too deep" in refusal("[" * 5000)
    with pytest.raises(RuleError, match="nested too deep"):
        load_json(Rule, '{"a":' * 100_000)
    deep: Any = {"flag": {"field": "a", "expected": True}}
    for _ in range(200):
        deep = {"exclusion": {"condition": deep}}
    with pytest.raises(RuleError, match="nested too deep"):
        from_data(Condition, deep)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ('{"id": NaN}', "'NaN' is not a finite number"),
        ('{"id": -Infinity}', "'-Infinity' is not a finite number"),
        ('{"id": 1e5}', "'1e5' is not a finite number"),
        ('{"id": "a", "id": "b"}', "'id' is written twice"),
        ('{"id": "a",\n}', "r.json line 2: not well-formed JSON"),
        ("[]", "r.json: a table of 'name: value' belongs here, not a list"),
        ("null", "a table of 'name: value' belongs here, not nothing"),
        (f'{{"id": {"9" * 50}}}', "is not a finite number"),
    ],
)
def test_broken_json_is_refused(text: str, english: str) -> None:
    with pytest.raises(RuleError) as caught:
        load_json(Rule, text, "r.json")
    assert english in caught.value.english


def test_a_file_without_content_is_refused() -> None:
    assert "not well-formed YAML" in refusal("# nothing\n")
    assert "too large" in refusal("#" * 4_000_001)


@given(st.text(max_size=40) | st.text("[]{}:-,&*!|>\"'# \n\tabc01.", max_size=40))
@settings(seeded, max_examples=300)
def test_no_text_breaks_the_reader(text: str) -> None:
    for load in (load_yaml, load_json):
        with pytest.raises(RuleError):
            load(Rule, text)


FIELD = {"name": "a", "chinese": "甲", "english": "a", "type": "integer"}


@pytest.mark.parametrize(
    ("data", "english"),
    [
        ({"fields": [FIELD, FIELD]}, "'a' stands twice"),
        ({"fields": [FIELD | {"name": "Big Name"}]}, "fields[0]: field 'Big Name': the name must be lower-case"),
        ({"fields": [FIELD | {"type": "code"}]}, "fields of codes name a tree"),
        ({"fields": [FIELD | {"type": "code", "tree": "industry"}]}, "there is no code tree named 'industry'"),
        ({"fields": [FIELD | {"type": "money", "unit": "万元"}]}, "the unit of money is 元"),
        ({"fields": [FIELD | {"scale": 2}]}, "only decimals and ratios have decimal places"),
        ({"fields": [FIELD | {"type": "decimal", "scale": 99}]}, "decimal places is 0 to 9"),
        ({"fields": [FIELD | {"fresh_months": 3}]}, "only facts as of a day grow old"),
        ({"fields": [FIELD | {"minimum": 3, "maximum": 2}]}, "the minimum exceeds the maximum"),
        ({"fields": [FIELD | {"type": "float"}]}, "fields[0].type: there is no value named 'float'"),
        ({"fields": [FIELD | {"period": "decade"}]}, "there is no value named 'decade'"),
        (tree := {"fields": [], "trees": [{"name": "t", "label": "表", "codes": [{"code": "1", "label": "一"}] * 2}]},
         "has two meanings on one day"),
        ({"fields": [], "trees": [
            {"name": "t", "label": "表", "codes": [{"code": "1", "label": "一", "parent": "2"}]}]},
         "has no parent '2' in the tree"),
        ({"fields": [], "trees": [{"name": "t", "label": "表", "codes": [
            {"code": "1", "label": "一", "parent": "2"}, {"code": "2", "label": "二", "parent": "1"}]}]},
         "has a circle above it"),
        ({"fields": [], "trees": tree["trees"][:0], "colour": 1}, "there is no key named 'colour'"),
    ],
)  # fmt: skip
def test_a_wrong_catalogue_is_refused(data: Any, english: str) -> None:
    with pytest.raises(RuleError) as caught:
        from_data(Catalogue, data)
    assert english in caught.value.english
