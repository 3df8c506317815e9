"""The starter library: every rule of it is sound, its trees are whole, and it says where each rule is from."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from qingdan.rules.checks import check, is_sound, walk
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.rules import Settled, explain, explain_version, settle
from qingdan.rules.examples import run_examples
from qingdan.rules.forms import dump_json, dump_yaml, load_json, load_yaml
from qingdan.rules.language.amounts import ShareOfContribution
from qingdan.rules.language.parts import Source
from qingdan.rules.language.rule import ApplicationKind, Rule, State, choose_version
from qingdan.rules.library import catalogue, programmes, stacking
from qingdan.rules.versions import diff

RULES = [rule for versions in programmes().values() for rule in versions]
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "rule-library.md"


def name_of(rule: Rule) -> str:
    return f"{rule.id}-{rule.valid_from}-{rule.application_kind}"


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_programme_is_sound(rule: Rule) -> None:
    """No finding at all but the one that awards tied to local revenue always get, and every test of it passes."""
    tied = any(isinstance(part, ShareOfContribution) for _, part in walk(rule))
    found = [finding for finding in check(rule, catalogue()) if not (tied and "财政贡献" in finding.reason.chinese)]
    assert [str(finding) for finding in found] == []
    assert [(each.example.name, each.differences) for each in run_examples(rule, catalogue()) if not each.passed] == []
    assert is_sound(rule, catalogue())


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_programme_is_tested_on_both_sides_and_where_something_is_open(rule: Rule) -> None:
    states = {example.state for example in rule.tests}
    assert {State.MET, State.UNMET} <= states
    assert states & {State.UNKNOWN, State.MANUAL}
    tested = {each.award for example in rule.tests for each in example.awards if each.amount != 0}
    assert tested == {award.id for award in rule.awards}


def test_there_are_twenty_programmes_and_no_version_stands_twice() -> None:
    assert len(programmes()) >= 20
    assert max(Counter(name_of(rule) for rule in RULES).values()) == 1
    with pytest.raises(TypeError):
        programmes()["other"] = ()  # type: ignore[index]


@pytest.mark.parametrize("versions", programmes().values(), ids=programmes())
def test_on_any_day_at_most_one_version_is_in_force(versions: tuple[Rule, ...]) -> None:
    days = {rule.valid_from for rule in versions} | {rule.valid_to for rule in versions if rule.valid_to}
    for day in days | {day + timedelta(days=1) for day in days}:
        for kind in (ApplicationKind.FIRST, ApplicationKind.RENEWAL):
            assert sum(rule.is_in_force(day, kind) for rule in versions) <= 1


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_what_was_not_at_hand_is_said_and_not_quoted(rule: Rule) -> None:
    sources = [part for _, part in walk(rule) if isinstance(part, Source)]
    assert all(source.note or any(source.document == top.document for top in rule.sources) for source in sources)
    assert not [source for source in sources if "未取得原文" in source.note and source.quote]
    assert all(source.note for source in rule.sources)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_programme_comes_back_from_both_forms(rule: Rule) -> None:
    assert load_yaml(Rule, dump_yaml(rule)) == rule
    assert load_json(Rule, dump_json(rule)) == rule


def test_nothing_is_known_of_an_empty_register_and_nothing_is_refused_for_it() -> None:
    """Missing facts never make an enterprise ineligible."""
    for rule in RULES:
        outcome = explain(rule, Facts(), catalogue(), date(2026, 6, 1))
        assert outcome.state in (State.UNKNOWN, State.MANUAL), rule.id


def test_every_part_of_the_language_has_a_use_here() -> None:
    used = {part.tag for rule in RULES for _, part in walk(rule) if hasattr(part, "tag")}
    wanted = "tiered score window growth rank record_free holds_status exemption exclusion at_least date_window attest"
    amounts = "slab marginal instalments by_case per_unit rate negotiated share_of_contribution fixed"
    assert set(f"{wanted} {amounts}".split()) <= used


# ---- versions by day and kind of application


def test_renewals_of_2026_follow_the_old_text_and_first_applications_the_new_one() -> None:
    versions = programmes()["specialised_sme"]
    first, renewal = ApplicationKind.FIRST, ApplicationKind.RENEWAL
    assert "2022" in choose_version(versions, date(2026, 3, 31), first).version
    assert "2026" in choose_version(versions, date(2026, 4, 1), first).version
    assert "2022" in choose_version(versions, date(2026, 12, 31), renewal).version
    assert "2026" in choose_version(versions, date(2027, 1, 1), renewal).version
    with pytest.raises(RuleError, match="several versions"):
        choose_version(versions, date(2026, 7, 1))


def test_the_same_enterprise_is_judged_by_the_version_of_its_day() -> None:
    facts = Facts.read(
        catalogue(), {"unemployment_insured": True, "insured_staff@2024-12-31": 20, "layoff_rate@2024": "0 %",
                      "size_class": "micro", "unemployment_premium@2024": "1000 元"}
    )  # fmt: skip
    paid = {
        year: explain_version(
            programmes()["job_stability"], facts, catalogue(), rule_date=date(year, 6, 1), fact_date=date(2025, 6, 1)
        ).awards[0].payable.exact
        for year in (2024, 2025, 2026)
    }  # fmt: skip
    assert paid == {2024: 600_00, 2025: 900_00, 2026: 600_00}
    changes = diff(programmes()["job_stability"][0], programmes()["job_stability"][1])
    assert {("60%", "90%"), ("30%", "50%")} <= {(change.before, change.after) for change in changes}


# ---- groups


def test_groups_name_awards_that_exist() -> None:
    awards = {f"{rule.id}/{award.id}" for rule in RULES for award in rule.awards}
    assert stacking()
    assert {member for group in stacking() for member in group.members} <= awards


def test_of_two_grants_for_one_investment_the_higher_is_paid() -> None:
    facts = Facts.read(
        catalogue(), {"district": "510112", "industry": "361", "local_industry_confirmed": True, "major_project": False,
                      "leading_project": False, "supporting_project": True, "fixed_investment@2023": "1.9 亿元"}
    )  # fmt: skip
    outcomes = [
        explain(programmes()[name][0], facts, catalogue(), date(2024, 6, 1)) for name in ("tech_upgrade", "key_project")
    ]
    paid = {each.key: each for each in settle(outcomes, stacking())}
    assert paid["key_project/support"].payable.exact == 500_0000_00
    lower: Settled = paid["tech_upgrade/subsidy"]
    assert lower.payable.exact == 0
    assert "就高不重复" in lower.note


# ---- catalogue and trees


def test_every_section_and_division_of_the_industries_is_there() -> None:
    tree = catalogue().tree("industries")
    sections = [code for code in tree.codes if not code.parent]
    assert [code.code for code in sections] == list("ABCDEFGHIJKLMNOPQRST")
    divisions = [code.code for code in tree.codes if len(code.code) == 2]
    assert divisions == [f"{number:02d}" for number in range(1, 98)]
    groups = [code for code in tree.codes if len(code.code) == 3]
    assert all(code.parent == code.code[:2] for code in groups)
    today = date(2026, 6, 1)
    with_groups = {code.parent for code in groups}
    assert with_groups == {code for code in divisions if tree.is_under(code, ("C", "I", "M"), today)}
    # Numbers of groups as the standard has them.
    assert [sum(tree.is_under(code.code, (section,), today) for code in groups) for section in "CIM"] == [179, 17, 19]


def test_chengdu_has_its_twenty_counties_and_three_functional_districts() -> None:
    tree = catalogue().tree("districts")
    below = [code.code for code in tree.codes if code.parent == "510100"]
    assert len(below) == 23
    assert sum(code.isdigit() for code in below) == 20
    assert all(tree.is_under(code, ("510000",), date(2026, 6, 1)) for code in below)


def test_every_field_and_tree_says_what_it_is_in_both_languages() -> None:
    for field in catalogue().fields:
        assert field.source, field.name
        assert field.english.isascii() and not field.chinese.isascii(), field.name
    for each in ("chinese", "english"):
        assert max(Counter(getattr(field, each) for field in catalogue().fields).values()) == 1


def test_the_documentation_lists_every_version_with_what_was_not_at_hand() -> None:
    lines = DOCS.read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith(tuple(f"| `{name}` |" for name in programmes()))]
    assert len(rows) == len(RULES)
    for rule in RULES:
        kind = "" if rule.application_kind is ApplicationKind.ANY else f"（{rule.application_kind.chinese}）"
        start = f"| `{rule.id}` | {rule.title} | {rule.version}{kind} | {rule.valid_from} – "
        (row,) = [line for line in rows if line.startswith(start)]
        assert all(source.document in row and source.note in row for source in rule.sources)
        assert rule.note in row


def test_the_data_is_packed_into_the_wheel() -> None:
    packed = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    data = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src/qingdan/rules/library").rglob("*.yaml")}
    assert len(data) > len(RULES)
    assert data <= packed
