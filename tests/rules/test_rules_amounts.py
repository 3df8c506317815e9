"""Amounts to the fen, what missing facts leave of them, and awards that do not add up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import AmountState, Facts, RuleOutcome, explain, settle
from qingdan.rules.evaluate.amounts import Sum, evaluate_amount
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.forms import from_data
from qingdan.rules.language.amounts import Amount, Rounding
from qingdan.rules.language.rule import GroupMode, Rule, StackingGroup
from qingdan.rules.values import Money, parse_money

DAY = date(2026, 7, 1)
YI = 10_000_000_000  # fen


@pytest.fixture
def pay(catalogue: Catalogue) -> Any:
    def pay(amount: dict[str, Any], facts: dict[str, Any]) -> Sum:
        return evaluate_amount(from_data(Amount, amount), Context(catalogue, Facts.read(catalogue, facts), DAY))

    return pay


@pytest.mark.parametrize(
    ("investment", "payable"),
    [
        *(("99.99 元", "10 元"), ("100 元", "10 元"), ("100.04 元", "10 元"), ("100.05 元", "10.01 元")),
        *(("5000 万元", "500 万元"), ("50000000.01 元", "500 万元"), ("9 亿元", "500 万元")),
    ],
)
def test_a_rate_with_floor_and_cap(investment: str, payable: str, pay: Any) -> None:
    rate = {"rate": {"base": "equipment@year-1", "rate": "10%", "floor": "10 元", "cap": "500 万元"}}
    assert pay(rate, {"equipment@2025": investment}).exact == parse_money(payable)


@pytest.mark.parametrize(
    ("rounding", "fen"),
    [("fen_half_up", 12_345_678), ("yuan_half_up", 12_345_700), ("yuan_down", 12_345_600), ("wan_down", 12_000_000)],
)
def test_the_rounding_is_what_the_rule_says(rounding: str, fen: int, pay: Any) -> None:
    rate = {"rate": {"base": "equipment@year-1", "rate": "1/3", "rounding": rounding}}
    assert pay(rate, {"equipment@2025": "370370.34 元"}).exact == fen
    assert Rounding(rounding).apply(Fraction(-5)) == 0


@pytest.mark.parametrize(
    ("land", "whole", "fen"), [("10.5 亩", False, 105_000), ("10.99 亩", True, 100_000), ("0 亩", True, 0)]
)
def test_so_much_for_each_unit(land: str, whole: bool, fen: int, pay: Any) -> None:
    amount = {"per_unit": {"figure": "land", "per": "1 亩", "amount": "100 元", "whole": whole, "cap": "3000 元"}}
    assert pay(amount, {"land": land}).exact == fen
    assert pay(amount, {"land": "31 亩"}).exact == 300_000


TAX = {
    "marginal": {
        "base": "taxable_income@year-1",
        "bands": [{"upto": "100 元", "rate": "5%"}, {"upto": "300 元", "rate": "10%"}, {"upto": None, "rate": "20%"}],
    }
}


@pytest.mark.parametrize(
    ("income", "fen"),
    [("-5 元", 0), ("0 元", 0), ("100 元", 500), ("100.10 元", 501), ("300 元", 2500), ("301 元", 2520)],
)
def test_each_part_at_its_own_rate(income: str, fen: int, pay: Any) -> None:
    assert pay(TAX, {"taxable_income@2025": income}).exact == fen


def slab(included: bool) -> dict[str, Any]:
    bands = [
        {"upto": "100 人", "upto_included": included, "amount": {"fixed": {"amount": "1 元"}}},
        {"upto": "200 人", "upto_included": included, "amount": {"rate": {"base": "rd@year-1", "rate": "1%"}}},
    ]
    return {"slab": {"figure": "staff", "bands": bands}}


@pytest.mark.parametrize(
    ("staff", "included", "excluded"), [(99, 100, 100), (100, 100, 500), (101, 500, 500), (200, 500, 0), (201, 0, 0)]
)
def test_a_slab_gives_the_whole_by_its_band(staff: int, included: int, excluded: int, pay: Any) -> None:
    facts = {"staff@2026-06-30": staff, "rd@2025": "500 元"}
    assert pay(slab(True), facts).exact == included
    assert pay(slab(False), facts).exact == excluded


def test_a_missing_figure_leaves_a_range_and_says_which(pay: Any) -> None:
    found = pay(slab(True), {"rd@2025": "500 元"})
    assert (found.state, found.low, found.high, found.missing) == (AmountState.UNKNOWN, 0, 500, (("staff", ""),))
    capped = {"rate": {"base": "rd@year-1", "rate": "10%", "floor": "10 元", "cap": "500 元"}}
    found = pay(capped, {})
    assert (found.low, found.high, found.missing) == (1000, 50_000, (("rd", "2025"),))
    assert found.chinese() == "待补充：10 元 至 500 元"
    assert pay({"rate": {"base": "rd@year-1", "rate": "10%"}}, {}).high is None
    assert pay({"rate": {"base": "rd@year-1", "rate": "0%"}}, {}).exact == 0
    assert pay(TAX, {}).high is None


def test_instalments_make_the_whole_to_the_fen(pay: Any) -> None:
    parts = [{"share": "1/3", "when": "认定后"}, {"share": "1/3", "when": "次年"}, {"share": "1/3", "when": "第三年"}]
    found = pay({"instalments": {"amount": {"fixed": {"amount": "100 元"}}, "parts": parts}}, {})
    assert [(each.when, each.amount) for each in found.payments] == [("认定后", 3333), ("次年", 3333), ("第三年", 3334)]
    assert found.as_data()["payments"][2] == {"when": "第三年", "fen": 3334}


def test_the_region_decides_and_an_unknown_region_leaves_it_open(pay: Any) -> None:
    def case(code: str, amount: str) -> dict[str, Any]:
        return {
            "when": {"in_codes": {"field": "district", "codes": [code]}},
            "then": {"fixed": {"amount": amount}},
        }

    amount = {"by_case": {"cases": [case("510117", "20 元"), case("510100", "10 元")]}}
    assert [pay(amount, {"district": code}).exact for code in ("510117", "510107", "330100")] == [2000, 1000, 0]
    found = pay(amount, {})
    assert (found.state, found.low, found.high, found.missing) == (AmountState.UNKNOWN, 0, 2000, (("district", ""),))
    same = {
        "by_case": {
            "cases": [case("510117", "10 元"), case("510100", "10 元")],
            "otherwise": {"fixed": {"amount": "10 元"}},
        }
    }
    assert pay(same, {}).exact == 1000


def test_a_case_that_people_decide_is_theirs(pay: Any) -> None:
    case = {"when": {"judgement": {"question": "重大项目"}}, "then": {"fixed": {"amount": "10 元"}}}
    found = pay({"by_case": {"cases": [case]}}, {})
    assert (found.state, found.low, found.high) == (AmountState.MANUAL, 0, 1000)


def test_negotiated_amounts_and_shares_of_contribution(pay: Any) -> None:
    assert pay({"negotiated": {}}, {}).state is AmountState.MANUAL
    found = pay({"negotiated": {"low": "1 元", "high": "9 元"}}, {})
    assert (found.state, found.low, found.high, found.text) == (
        AmountState.RANGE,
        100,
        900,
        "一事一议，不低于 1 元，最高 9 元",
    )
    share = {"share_of_contribution": {"contribution": "contribution@year-1", "share": "50%", "cap": "1 万元"}}
    assert pay(share, {"contribution@2025": "3 元"}).exact == 150


def test_an_amount_on_something_that_is_not_money_is_refused(pay: Any) -> None:
    with pytest.raises(RuleError, match="'staff' is not money"):
        pay({"rate": {"base": "staff", "rate": "10%"}}, {})


@given(st.integers(0, YI), st.integers(0, YI), st.integers(0, YI))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_a_rate_is_exact_for_every_fen(base: int, floor: int, more: int) -> None:
    from qingdan.rules.catalogue import Field, FieldType, PeriodKind

    catalogue = Catalogue(
        (Field(name="b", chinese="基数", english="base", type=FieldType.MONEY, unit="元", period=PeriodKind.YEAR),)
    )
    data = {"rate": {"base": "b@year-1", "rate": "3.7%", "floor": f"{floor} 分", "cap": f"{floor + more} 分"}}
    found = evaluate_amount(from_data(Amount, data), Context(catalogue, Facts({("b", "2025"): base}), DAY))
    half_up = (base * 37 * 2 + 1000) // 2000
    assert found.exact == min(max(half_up, floor), floor + more)


# ---- awards of rules


def rule(name: str, amount: dict[str, Any], condition: dict[str, Any] | None = None) -> Rule:
    return from_data(
        Rule,
        {
            "id": name,
            "title": name,
            "version": "1",
            "valid_from": "2026-01-01",
            "condition": condition or {"flag": {"field": "insured", "expected": True}},
            "awards": [{"id": "x", "title": "奖", "amount": amount}],
        },
    )


def fixed(yuan: int) -> dict[str, Any]:
    return {"fixed": {"amount": f"{yuan} 元"}}


def test_an_award_is_payable_only_to_the_entitled(catalogue: Catalogue) -> None:
    def payable(facts: dict[str, Any]) -> Sum:
        return explain(rule("a", fixed(5)), Facts.read(catalogue, facts), catalogue, DAY).awards[0].payable

    assert payable({"insured": True}).exact == 500
    assert payable({"insured": False}).exact == 0
    unknown = payable({})
    assert (unknown.state, unknown.low, unknown.high) == (AmountState.UNKNOWN, 0, 500)
    assert unknown.missing == (("insured", ""),)


def outcomes(catalogue: Catalogue, *rules: Rule, facts: dict[str, Any] | None = None) -> list[RuleOutcome]:
    known = Facts.read(catalogue, facts or {"insured": True})
    return [explain(each, known, catalogue, DAY) for each in rules]


def settled(
    catalogue: Catalogue, mode: GroupMode, *rules: Rule, cap: int | None = None, **facts: Any
) -> dict[str, Any]:
    group = StackingGroup(
        id="g",
        title="组",
        mode=mode,
        members=tuple(f"{each.id}/x" for each in rules if each.id != "z"),
        cap=None if cap is None else Money(cap),
    )
    found = settle(outcomes(catalogue, *rules, facts=facts or None), [group])
    return {each.rule: (each.payable.state.value, each.payable.low, each.payable.high) for each in found}


def test_only_the_highest_is_paid(catalogue: Catalogue) -> None:
    found = settled(catalogue, GroupMode.HIGHEST, rule("a", fixed(5)), rule("b", fixed(7)), rule("z", fixed(9)))
    assert found == {"a": ("exact", 0, 0), "b": ("exact", 700, 700), "z": ("exact", 900, 900)}
    equal = settled(catalogue, GroupMode.HIGHEST, rule("a", fixed(5)), rule("b", fixed(5)))
    assert sorted(equal.values()) == [("exact", 0, 0), ("exact", 500, 500)]


def test_which_is_the_highest_can_be_open(catalogue: Catalogue) -> None:
    resident = {"flag": {"field": "resident", "expected": True}}
    rules = (rule("a", fixed(5)), rule("b", fixed(7), resident))
    found = settled(catalogue, GroupMode.HIGHEST, *rules, insured=True)
    assert found == {"a": ("unknown", 0, 500), "b": ("unknown", 0, 700)}
    found = settled(catalogue, GroupMode.HIGHEST, *rules, insured=True, resident=False)
    assert found == {"a": ("exact", 500, 500), "b": ("exact", 0, 0)}
    # An unknown award that cannot be the highest changes nothing.
    found = settled(catalogue, GroupMode.HIGHEST, rule("a", fixed(9)), rule("b", fixed(7), resident), insured=True)
    assert found == {"a": ("exact", 900, 900), "b": ("exact", 0, 0)}


def test_of_exclusive_awards_the_enterprise_chooses_one(catalogue: Catalogue) -> None:
    found = settled(catalogue, GroupMode.EXCLUSIVE, rule("a", fixed(5)), rule("b", fixed(7)))
    assert found == {"a": ("manual", 0, 500), "b": ("manual", 0, 700)}
    assert settled(catalogue, GroupMode.EXCLUSIVE, rule("a", fixed(5))) == {"a": ("exact", 500, 500)}


def test_a_common_cap(catalogue: Catalogue) -> None:
    one, two = rule("a", fixed(5)), rule("b", fixed(7))
    assert settled(catalogue, GroupMode.CAPPED, one, two, cap=1200)["b"] == ("exact", 700, 700)
    assert settled(catalogue, GroupMode.CAPPED, one, two, cap=600)["b"] == ("manual", 0, 600)
    assert settled(catalogue, GroupMode.CAPPED, one, cap=300) == {"a": ("exact", 300, 300)}


def test_a_group_without_its_cap_is_refused() -> None:
    with pytest.raises(RuleError, match="a capped group has a cap"):
        StackingGroup(id="g", title="组", mode=GroupMode.CAPPED, members=())


def test_a_rule_is_explained_as_data_text_and_html(catalogue: Catalogue) -> None:
    found = outcomes(catalogue, rule("<i>", fixed(5)), facts={"insured": False})[0]
    data = found.as_data()
    assert (data["state"], data["awards"][0]["payable"]["high_fen"], len(data["hash"])) == ("unmet", 0, 64)
    assert found.as_text().splitlines()[-1] == "奖：符合时 5 元"
    assert "&lt;i&gt;" in found.as_html() and "<i>" not in found.as_html()
