"""What is found wrong with a rule before it meets any enterprise."""

from __future__ import annotations

from typing import Any

import pytest

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.checks import check, is_sound
from qingdan.rules.forms import from_data
from qingdan.rules.language.rule import Rule


def rule(condition: dict[str, Any], **more: Any) -> Rule:
    data = {
        "id": "r",
        "title": "例",
        "version": "1",
        "valid_from": "2026-01-01",
        "sources": [{"document": "例"}],
        "condition": condition,
        "tests": [{"name": "空", "fact_date": "2026-07-01", "facts": {}, "state": "unknown"}],
    }
    return from_data(Rule, data | more)


def compare(figure: Any, op: str, value: Any) -> dict[str, Any]:
    return {"compare": {"figure": figure, "op": op, "value": value}}


def cases(*whens: dict[str, Any], otherwise: bool = False) -> dict[str, Any]:
    then = {"flag": {"field": "insured", "expected": True}}
    rows = [{"when": when, "then": then} for when in whens]
    return {"tiered": {"cases": rows} | ({"otherwise": then} if otherwise else {})}


def between(low: str, high: str, low_included: bool, high_included: bool) -> dict[str, Any]:
    body = {"figure": "revenue@year-1", "low": low, "high": high}
    return {"between": body | {"low_included": low_included, "high_included": high_included}}


def codes(*members: str) -> dict[str, Any]:
    return {"in_codes": {"field": "industry", "codes": list(members)}}


RD = "rd@year-1"


@pytest.mark.parametrize(
    ("condition", "path", "english"),
    [
        (compare("staf", ">=", "1 人"), "condition.compare", "no field named 'staf'. names that exist: staff"),
        (compare("staff", ">=", 1), "condition.compare", "the value of 'staff' has no unit. its unit is: 人"),
        (compare("staff", ">=", "1 万元"), "condition.compare", "'staff' is not measured in '万元'"),
        (compare("liability_ratio@year-1", "<=", "0.8"), "condition.compare", "has no unit. its unit is: %"),
        (compare("note", ">=", 1), "condition.compare", "field 'note' is not a number"),
        (compare("revenue", ">=", "1 元"), "condition.compare.figure", "wrong period. write: @year-1"),
        (compare("staff@year-1", ">=", "1 人"), "condition.compare.figure", "wrong period. write: 不写期间"),
        (compare("sales@year-1", ">=", "1 元"), "condition.compare.figure", "wrong period. write: @month-1"),
        (compare("staff", ">=", "0.5 人"), "condition.compare", "'0.5 人' is finer than the field is kept"),
        (between("5 元", "4 元", True, True), "condition.between", "the interval is empty"),
        (between("4 元", "4 元", True, False), "condition.between", "the interval is empty"),
        ({"all": [compare(RD, ">", "5 元"), compare(RD, "<=", "5 元")]}, "condition.all", "contradicts itself"),
        ({"any": [codes("39"), codes("39")]}, "condition.any", "a condition stands twice"),
        (codes("9999"), "condition.in_codes", "there is no code of 'industries' named '9999'"),
        (codes("3990"), "condition.in_codes", "the code '3990' is of another edition than the rule"),
        (codes(), "condition.in_codes", "no codes are given"),
        ({"in_codes": {"field": "founded", "codes": ["39"]}}, "condition.in_codes", "'founded' is not code/codes"),
        ({"flag": {"field": "staff", "expected": True}}, "condition.flag", "field 'staff' is not boolean"),
        ({"attest": {"field": "rd", "evidence": "证"}}, "condition.attest", "field 'rd' is not boolean"),
        ({"judgement": {"question": "?", "field": "rd"}}, "condition.judgement", "field 'rd' is not boolean"),
        ({"holds_status": {"field": "titles", "codes": ["hightech"]}}, "condition.holds_status", "exist: high_tech"),
        ({"record_free": {"field": "founded", "months": 3}}, "condition.record_free", "'founded' is not statuses"),
        ({"age": {"field": "applide", "op": ">=", "months": 3}}, "condition.age", "exist: applied"),
        ({"age": {"field": "staff", "op": ">=", "months": 3}}, "condition.age", "field 'staff' is not date"),
        ({"date_window": {"field": "applied", "start": "2026-02-01", "end": "2026-01-01"}}, "condition.date_window",
         "the interval is empty"),
        ({"ratio": {"numerator": RD, "denominator": RD, "op": ">=", "bound": "5%"}}, "condition.ratio",
         "both sides of the ratio are the same"),
        ({"ratio": {"numerator": RD, "denominator": "staff", "op": ">=", "bound": "5%"}}, "condition.ratio",
         "the unit '' does not fit the two fields. it is 元/人"),
        ({"growth": {"figure": "staff", "op": ">=", "rate": "5%"}}, "condition.growth",
         "growth needs figures of years"),
        ({"window": {"condition": {"flag": {"field": "insured", "expected": True}}, "years": 2}}, "condition.window",
         "inside a window only figures of relative years make sense"),
        ({"window": {"condition": compare(RD, ">=", "1 元"), "years": 2, "since": "staff"}}, "condition.window",
         "field 'staff' is not a date"),
        (cases(between("0 元", "5 元", True, True), between("5 元", "9 元", True, True)), "condition.tiered.cases[1]",
         "overlaps case 1"),
        (cases(compare(RD, "<=", "5 元"), compare(RD, "<=", "4 元")), "condition.tiered.cases[1]", "overlaps case 1"),
        (cases(codes("C"), codes("39")), "condition.tiered.cases[1]", "overlaps case 1"),
        (cases(compare(RD, "<", "5 元"), compare(RD, ">", "5 元")), "condition.tiered", "there is a gap between cases"),
        ({"score": {"items": [{"label": "甲", "per_piece": {"figure": "patents", "points": 5, "cap": 20}}], "op": ">=",
                    "threshold": 21}}, "condition.score", "the threshold is met always or never"),
        ({"score": {"items": [{"label": "甲", "per_piece": {"figure": "patents", "points": 5, "cap": 20}}], "op": ">=",
                    "threshold": 0}}, "condition.score", "the threshold is met always or never"),
        ({"flag": {"field": "insured", "expected": True,
                   "source": {"document": "例", "quote": "三个字", "start": 1, "end": 3}}},
         "condition.flag.source", "the quote is not as long as its span"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_once_and_at_its_place(
    condition: dict[str, Any], path: str, english: str, catalogue: Catalogue
) -> None:
    found = check(rule(condition), catalogue)
    assert [finding.path for finding in found] == [path]
    assert english in str(found[0])
    assert found[0].reason.chinese and found[0].remedy.chinese


@pytest.mark.parametrize(
    "condition",
    [
        cases(compare(RD, "<=", "5 元"), compare(RD, "<=", "9 元"), otherwise=True),
        cases(compare(RD, ">", "9 元"), compare(RD, ">", "5 元"), otherwise=True),
        cases(between("0 元", "5 元", True, True), between("5 元", "9 元", False, True)),
        cases(codes("39"), codes("C")),
        {"all": [compare(RD, ">=", "5 元"), compare(RD, "<=", "5 元"), compare("rd@year-2", ">", "9 元")]},
        compare({"field": "rd", "period": "year-1", "spread": "mean", "count": 3, "since": "founded"}, ">=", "1 元"),
        codes("3971"),
    ],
    ids=["rising", "falling", "touching", "a code before its group", "narrow", "mean", "code of this edition"],
)
def test_what_is_usual_is_not_complained_of(condition: dict[str, Any], catalogue: Catalogue) -> None:
    assert check(rule(condition), catalogue) == []


@pytest.mark.parametrize(
    ("amount", "english"),
    [
        ({"rate": {"base": "staff", "rate": "5%"}}, "field 'staff' is not money"),
        ({"per_unit": {"figure": "land", "per": "1 人", "amount": "1 元", "whole": True}}, "not measured in '人'"),
        ({"share_of_contribution": {"contribution": "contribution@year-1", "share": "50%"}}, "restricted by law"),
        ({"slab": {"figure": "staff", "bands": [
            {"upto": "5 元", "upto_included": True, "amount": {"negotiated": {}}}]}}, "not measured in '元'"),
        ({"by_case": {"cases": [{"when": codes("C"), "then": {"negotiated": {}}}] * 2}}, "overlaps case 1"),
    ],
)  # fmt: skip
def test_a_wrong_amount_is_found(amount: dict[str, Any], english: str, catalogue: Catalogue) -> None:
    awards = [{"id": "x", "title": "奖", "amount": amount}]
    found = check(rule({"flag": {"field": "insured", "expected": True}}, awards=awards), catalogue)
    assert len(found) == 1 and found[0].path.startswith("awards[0].amount") and english in str(found[0])


def test_a_rule_without_tests_or_documents_is_named(catalogue: Catalogue) -> None:
    bare = rule({"flag": {"field": "insured", "expected": True}}, tests=[], sources=[])
    assert [finding.path for finding in check(bare, catalogue)] == ["tests", "sources"]
    assert not any(finding.is_error for finding in check(bare, catalogue))
    assert not is_sound(bare, catalogue)


def test_a_test_of_an_award_that_does_not_exist_is_an_error(catalogue: Catalogue) -> None:
    example = {"name": "空", "fact_date": "2026-07-01", "facts": {}, "state": "unknown"}
    example["awards"] = [{"award": "x", "amount": "1 元"}]
    wrong = rule({"flag": {"field": "insured", "expected": True}}, tests=[example])
    assert "there is no award 'x'" in str(check(wrong, catalogue)[0])
    assert not is_sound(wrong, catalogue)
