"""Clauses at and beside their thresholds, with the distance in the field's own unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.result import Outcome
from qingdan.rules.forms import from_data
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import State
from qingdan.rules.values import full_months, months_before

DAY = date(2026, 7, 1)
MET, UNMET, UNKNOWN, MANUAL = State.MET, State.UNMET, State.UNKNOWN, State.MANUAL


@pytest.fixture
def ask(catalogue: Catalogue) -> Any:
    """Evaluate a condition in its written form with written facts."""

    def ask(condition: dict[str, Any], facts: dict[str, Any], day: date = DAY) -> Outcome:
        context = Context(catalogue, Facts.read(catalogue, facts), day)
        return evaluate_condition(from_data(c.Condition, condition), context)

    return ask


@pytest.mark.parametrize(
    ("op", "states"),
    [
        (">=", (UNMET, MET, MET)),
        (">", (UNMET, UNMET, MET)),
        ("<=", (MET, MET, UNMET)),
        ("<", (MET, UNMET, UNMET)),
        ("=", (UNMET, MET, UNMET)),
        ("!=", (MET, UNMET, MET)),
    ],
)
def test_a_bound_says_itself_whether_it_is_included(op: str, states: tuple[State, ...], ask: Any) -> None:
    condition = {"compare": {"figure": "revenue@year-1", "op": op, "value": "1500 万元"}}
    found = [ask(condition, {"revenue@2025": f"{yuan} 元"}) for yuan in ("14999999.99", "15000000", "15000000.01")]
    assert tuple(each.state for each in found) == states


@pytest.mark.parametrize(
    ("low", "high", "states"),
    [
        (True, True, (UNMET, MET, MET, MET, UNMET)),
        (False, True, (UNMET, UNMET, MET, MET, UNMET)),
        (True, False, (UNMET, MET, MET, UNMET, UNMET)),
        (False, False, (UNMET, UNMET, MET, UNMET, UNMET)),
    ],
)
def test_both_ends_of_an_interval_are_explicit(low: bool, high: bool, states: tuple[State, ...], ask: Any) -> None:
    body = {"figure": "staff", "low": "10 人", "low_included": low, "high": "12 人", "high_included": high}
    found = [ask({"between": body}, {"staff@2026-06-30": number}) for number in (9, 10, 11, 12, 13)]
    assert tuple(each.state for each in found) == states


def test_the_distance_is_signed_and_in_the_unit_of_the_field(ask: Any) -> None:
    at_least = {"compare": {"figure": "revenue@year-1", "op": ">=", "value": "1500 万元"}}
    found = ask(at_least, {"revenue@2025": "1462 万元"})
    assert (found.distance, found.unit, found.distance_text()) == (-380_000, "元", "差 38 万元")
    found = ask({"compare": {"figure": "staff", "op": "<=", "value": "300 人"}}, {"staff@2026-01-01": 310})
    assert (found.distance, found.unit) == (-10, "人")
    found = ask(
        {"compare": {"figure": "liability_ratio@year-1", "op": "<=", "value": "80 %"}},
        {"liability_ratio@2025": "75.5%"},
    )
    assert (found.distance, found.unit, found.value) == (Fraction(9, 2), "百分点", "75.5 %")


def test_zero_and_no_are_known_and_what_is_missing_is_not_zero(ask: Any) -> None:
    patents = {"compare": {"figure": "patents", "op": "<", "value": "1 项"}}
    assert ask(patents, {"patents": 0}).state is MET
    assert ask(patents, {"patents": None}).state is UNKNOWN
    assert ask(patents, {}).missing == (("patents", ""),)
    flag = {"flag": {"field": "insured", "expected": False}}
    assert ask(flag, {"insured": False}).state is MET
    assert ask(flag, {}).state is UNKNOWN


def test_a_missing_fact_leaves_open_only_what_the_field_can_be(ask: Any) -> None:
    assert ask({"compare": {"figure": "patents", "op": ">=", "value": "0 项"}}, {}).state is MET
    assert ask({"compare": {"figure": "innovation_score", "op": ">", "value": "100 分"}}, {}).state is UNMET


def test_a_figure_of_another_period_does_not_count(ask: Any) -> None:
    last_year = {"compare": {"figure": "revenue@year-1", "op": ">=", "value": "1 元"}}
    assert ask(last_year, {"revenue@2024": "9 亿元", "revenue@2026": "9 亿元"}).missing == (("revenue", "2025"),)
    assert ask(last_year, {"revenue@2024": "9 亿元"}).note == "缺少：2025 营业收入"
    fixed = {"compare": {"figure": "revenue@2024", "op": ">=", "value": "1 元"}}
    assert ask(fixed, {"revenue@2024": "9 亿元"}).state is MET
    month = {"compare": {"figure": "sales@month-1", "op": ">=", "value": "1 元"}}
    assert ask(month, {"sales@2025-12": "2 元"}, date(2026, 1, 31)).state is MET


def test_a_state_as_of_a_day_holds_until_it_is_too_old(ask: Any) -> None:
    staff = {"compare": {"figure": "staff", "op": ">=", "value": "10 人"}}
    facts = {"staff@2024-06-30": 99, "staff@2025-01-01": 20, "staff@2026-07-02": 1}
    assert ask(staff, facts).value == "20 人"
    assert ask(staff, {"staff@2025-01-01": 20}, date(2026, 7, 1)).state is MET
    assert ask(staff, {"staff@2025-01-01": 20}, date(2026, 7, 2)).state is UNKNOWN


# ---- ratios and growth


@pytest.mark.parametrize("percent", [5, 4, 3])
def test_no_enterprise_exactly_on_the_line_is_lost(percent: int, catalogue: Catalogue) -> None:
    """1,300 revenues of every size for each line, the R&D costs on it and a fen to either side."""
    ratio = {"numerator": "rd@year-1", "denominator": "revenue@year-1", "op": ">=", "bound": f"{percent}%"}
    condition = from_data(c.Condition, {"ratio": ratio})
    for index in range(1300):
        revenue = 100 * (7 + index * 154_321_987)
        line = revenue * percent // 100
        for rd, state in ((line - 1, UNMET), (line, MET), (line + 1, MET)):
            facts = Facts({("rd", "2025"): rd, ("revenue", "2025"): revenue})
            assert evaluate_condition(condition, Context(catalogue, facts, DAY)).state is state


def test_a_ratio_shows_its_share_the_two_figures_and_what_is_lacking(ask: Any) -> None:
    condition = {"ratio": {"numerator": "rd@year-1", "denominator": "revenue@year-1", "op": ">=", "bound": "5%"}}
    found = ask(condition, {"rd@2025": "462 万元", "revenue@2025": "1 亿元"})
    assert (found.value, found.threshold) == ("4.62%（462 万元 / 1 亿元）", "不低于 5%")
    assert (found.distance, found.distance_text()) == (-380_000, "差 38 万元")
    almost = ask(condition, {"rd@2025": "499999.99 元", "revenue@2025": "1000 万元"})
    assert almost.state is UNMET and almost.value.startswith("约4.99%")
    at_most = {"ratio": condition["ratio"] | {"op": "<="}}
    more = ask(at_most, {"rd@2025": "500000.01 元", "revenue@2025": "1000 万元"})
    assert more.state is UNMET and more.value.startswith("5.0000001%")


@pytest.mark.parametrize(
    ("rule", "state"), [("manual", MANUAL), ("not_applicable", State.NOT_APPLICABLE), ("unmet", UNMET)]
)
@pytest.mark.parametrize("profit", ["0 元", "-5 元"])
def test_a_known_base_of_zero_or_less_is_never_unknown(profit: str, rule: str, state: State, ask: Any) -> None:
    ratio = {"numerator": "rd@year-1", "denominator": "profit@year-1", "op": ">=", "bound": "5%", "if_undefined": rule}
    assert ask({"ratio": ratio}, {"rd@2025": "9 元", "profit@2025": profit}).state is state
    growth = {"figure": "profit@year-1", "op": ">=", "rate": "20%", "if_undefined": rule}
    facts = {"profit@2025": "100 元", "profit@2024": profit}
    assert ask({"growth": growth}, facts).state is state


def test_a_ratio_with_a_missing_side_is_decided_where_it_can_be(ask: Any) -> None:
    condition = {
        "ratio": {
            "numerator": "rd@year-1",
            "denominator": "revenue@year-1",
            "op": ">=",
            "bound": "5%",
            "if_undefined": "unmet",
        }
    }
    assert ask(condition, {"rd@2025": "0 元"}).state is UNMET  # nothing is 5 % of nothing or of anything
    assert ask(condition, {"rd@2025": "1 元"}).state is UNKNOWN
    assert ask(condition, {"revenue@2025": "1 元"}).state is UNKNOWN


def test_a_ratio_of_two_units_takes_a_bound_in_both(ask: Any) -> None:
    yield_of_land = {
        "ratio": {"numerator": "revenue@year-1", "denominator": "land", "op": ">=", "bound": 20, "unit": "万元/亩"}
    }
    assert ask(yield_of_land, {"revenue@2025": "210 万元", "land": "10.5 亩"}).state is MET
    found = ask(yield_of_land, {"revenue@2025": "209 万元", "land": "10.5 亩"})
    assert (found.state, found.distance, found.threshold) == (UNMET, -10_000, "不低于 20 万元/亩")


@pytest.mark.parametrize(("last", "state"), [("11999999.99 元", UNMET), ("1200 万元", MET), ("12000000.01 元", MET)])
def test_growth_at_the_line(last: str, state: State, ask: Any) -> None:
    growth = {"growth": {"figure": "revenue@year-1", "op": ">=", "rate": "20%"}}
    assert ask(growth, {"revenue@2025": last, "revenue@2024": "1000 万元"}).state is state


def test_a_mean_yearly_rate_is_compared_without_a_root(ask: Any) -> None:
    growth = {"growth": {"figure": "revenue@year-1", "op": ">=", "rate": "10%", "years": 2, "yearly": True}}
    assert ask(growth, {"revenue@2025": "121 元", "revenue@2023": "100 元"}).state is MET
    assert ask(growth, {"revenue@2025": "120.99 元", "revenue@2023": "100 元"}).state is UNMET


def test_years_before_the_enterprise_began_do_not_count(ask: Any) -> None:
    figure = {"field": "rd", "period": "year-1", "spread": "mean", "count": 3, "since": "founded"}
    condition = {"compare": {"figure": figure, "op": ">=", "value": "100 元"}}
    facts = {"rd@2025": "120 元", "rd@2024": "80 元"}
    assert ask(condition, facts | {"founded": "2024-12-31"}).state is MET
    assert ask(condition, facts | {"founded": "2023-12-31"}).missing == (("rd", "2023"),)
    assert ask(condition, facts | {"founded": "2026-01-01"}).state is MANUAL
    unknown = ask(condition, facts)
    assert unknown.state is UNKNOWN and ("founded", "") in unknown.missing


@pytest.mark.parametrize(("at_least", "state"), [(None, UNMET), (3, UNMET), (2, MET)])
def test_a_window_asks_each_year(at_least: int | None, state: State, ask: Any) -> None:
    inner = {"compare": {"figure": "rd@year-1", "op": ">=", "value": "100 元"}}
    body = {"condition": inner, "years": 3} | ({"at_least": at_least} if at_least else {})
    found = ask({"window": body}, {"rd@2025": "100 元", "rd@2024": "99.99 元", "rd@2023": "100 元"})
    assert found.state is state
    assert [part.state for part in found.parts] == [MET, UNMET, MET]
    assert found.parts[1].text.startswith("2024年：")


# ---- days


@pytest.mark.parametrize(
    ("op", "states"),
    [(">=", (UNMET, MET, MET)), (">", (UNMET, UNMET, MET)), ("<=", (MET, MET, UNMET)), ("<", (MET, UNMET, UNMET))],
)
def test_an_age_turns_on_the_anniversary(op: str, states: tuple[State, ...], ask: Any) -> None:
    age = {"age": {"field": "founded", "op": op, "months": 36}}
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)]
    found = [ask(age, {"founded": "2023-07-01"}, day) for day in days]
    assert tuple(each.state for each in found) == states
    assert found[0].distance == (-1 if op.startswith(">") else 1)


def test_a_leap_day_has_its_anniversary_on_the_last_of_february(ask: Any) -> None:
    age = {"age": {"field": "founded", "op": ">=", "months": 12}}
    assert ask(age, {"founded": "2024-02-29"}, date(2025, 2, 27)).state is UNMET
    assert ask(age, {"founded": "2024-02-29"}, date(2025, 2, 28)).state is MET
    fixed = {"age": {"field": "founded", "op": ">=", "months": 12, "on": "2025-12-31"}}
    assert ask(fixed, {"founded": "2025-01-01"}, date(2030, 1, 1)).state is UNMET


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-2000, 40_000))
@settings(derandomize=True, max_examples=200)
def test_full_months_are_those_whose_last_day_has_come(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    months = full_months(start, end)
    assert months_before(start, -months) <= end < months_before(start, -months - 1)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({"code": "safety", "start": "2023-07-01", "end": "2023-07-01"}, MET),
        ({"code": "safety", "start": "2023-07-02", "end": "2023-07-02"}, UNMET),
        ({"code": "safety", "start": "2020-01-01", "end": "2023-07-02"}, UNMET),
        ({"code": "safety", "start": "2010-01-01"}, UNMET),
        ({"code": "minor", "start": "2026-06-30"}, MET),
        ({"code": "safety", "start": "2026-07-02"}, MET),
    ],
    ids=["three years ago", "a day less", "ended a day less ago", "not ended", "of another kind", "still to come"],
)
def test_a_record_counts_for_full_years(record: dict[str, str], state: State, ask: Any) -> None:
    condition = {"record_free": {"field": "violations", "months": 36, "codes": ["serious"]}}
    assert ask(condition, {"violations": [record]}).state is state
    assert ask(condition, {"violations": []}).state is MET
    assert ask(condition, {}).state is UNKNOWN


@pytest.mark.parametrize(
    ("day", "state"), [("2024-12-31", UNMET), ("2025-01-01", MET), ("2026-06-30", MET), ("2026-07-01", UNMET)]
)
def test_a_title_is_valid_from_its_first_to_its_last_day(day: str, state: State, ask: Any) -> None:
    condition = {"holds_status": {"field": "titles", "codes": ["innovative"]}}
    titles = [
        {"code": "innovative", "start": "2025-01-01", "end": "2026-06-30"},
        {"code": "tech_sme", "start": "2020-01-01"},
    ]
    assert ask(condition, {"titles": titles}, date.fromisoformat(day)).state is state


@pytest.mark.parametrize(
    ("day", "state"), [("2026-05-31", UNMET), ("2026-06-01", MET), ("2026-08-31", MET), ("2026-09-01", UNMET)]
)
def test_a_date_window_includes_both_days(day: str, state: State, ask: Any) -> None:
    condition = {"date_window": {"field": "applied", "start": "2026-06-01", "end": "2026-08-31"}}
    found = ask(condition, {"applied": day})
    assert found.state is state and (found.distance < 0) is (state is UNMET)


# ---- codes, ranks, people


def test_a_code_is_under_its_section_in_the_edition_of_its_time(ask: Any) -> None:
    maker = {"in_codes": {"field": "industry", "codes": ["39", "6513"]}}
    assert [ask(maker, {"industry": code}).state for code in ("3911", "39", "6513", "C", "3511")] == [
        *(MET, MET, MET, UNMET, UNMET)
    ]
    assert ask(maker, {"industry": "3971"}, date(2017, 9, 30)).value == "电子元件制造（旧版）"
    assert ask(maker, {"industry": "3971"}, date(2017, 10, 1)).value == "半导体照明器件制造"
    assert ask(maker, {"industry": "3990"}).state is MET  # out of use, and known under which section it stood
    assert ask({"in_codes": {"field": "industry", "codes": ["C", "I"]}}, {}).state is MET  # whatever it is
    both = {"in_codes": {"field": "certificates", "codes": ["quality"]}}
    assert ask(both, {"certificates": ["environment", "quality"]}).state is MET
    assert ask(both, {"certificates": []}).state is UNMET


@pytest.mark.parametrize(("rank", "state"), [(9, MET), (10, MET), (11, UNMET)])
def test_a_rank_within_the_first_and_within_a_share(rank: int, state: State, ask: Any) -> None:
    assert ask({"rank": {"figure": "rank", "top": 10}}, {"rank": rank}).state is state
    share = {"rank": {"figure": "rank", "share": "10%", "among": "peers"}}
    assert ask(share, {"rank": rank, "peers": 100}).state is state
    assert ask(share, {"rank": rank, "peers": 99}).state is (MET if rank < 10 else UNMET)


def test_what_people_decide_is_manual_until_they_have(ask: Any) -> None:
    judgement = {"judgement": {"question": "核心技术属于重点领域", "field": "core_ip_confirmed"}}
    assert [
        ask(judgement, facts).state for facts in ({}, {"core_ip_confirmed": True}, {"core_ip_confirmed": False})
    ] == [*(MANUAL, MET, UNMET)]
    attest = {"attest": {"field": "insured", "evidence": "社保缴纳证明"}}
    assert ask(attest, {}).state is UNKNOWN
    assert ask(attest, {"insured": True}).note == "须提供：社保缴纳证明"


# ---- combinations as officials read them


TIERS = {
    "tiered": {
        "cases": [
            {
                "when": {"compare": {"figure": "revenue@year-1", "op": "<=", "value": "5000 万元"}},
                "then": {"compare": {"figure": "patents", "op": ">=", "value": "1 项"}},
            },
            {
                "when": {"compare": {"figure": "revenue@year-1", "op": "<=", "value": "2 亿元"}},
                "then": {"compare": {"figure": "patents", "op": ">=", "value": "3 项"}},
            },
        ],
        "otherwise": {"compare": {"figure": "patents", "op": ">=", "value": "5 项"}},
    }
}


@pytest.mark.parametrize(
    ("revenue", "patents", "state"),
    [
        *(("5000 万元", 1, MET), ("50000000.01 元", 1, UNMET), ("50000000.01 元", 3, MET), ("2 亿元", 3, MET)),
        *(("200000000.01 元", 3, UNMET), (None, 0, UNMET), (None, 5, MET), (None, 3, UNKNOWN), ("1 元", None, UNKNOWN)),
    ],
)
def test_an_unknown_tier_matters_only_when_the_tiers_differ(
    revenue: str | None, patents: int | None, state: State, ask: Any
) -> None:
    assert ask(TIERS, {"revenue@2025": revenue, "patents": patents}).state is state


def test_an_exclusion_bars_and_an_exemption_waives(ask: Any) -> None:
    barred = {"exclusion": {"condition": {"flag": {"field": "insured", "expected": False}}}}
    assert [ask(barred, facts).state for facts in ({"insured": False}, {"insured": True}, {})] == [UNMET, MET, UNKNOWN]
    assert ask(barred, {"insured": False}).note == "触发一票否决"
    waived = {
        "exemption": {
            "condition": {"compare": {"figure": "patents", "op": ">=", "value": "1 项"}},
            "when": {"flag": {"field": "resident", "expected": True}},
        }
    }
    assert ask(waived, {"resident": True, "patents": 0}).note == "已豁免"
    assert ask(waived, {"resident": True}).state is MET
    assert ask(waived, {"resident": False, "patents": 0}).state is UNMET
    assert ask(waived, {"patents": 2}).state is MET


SCORE = {
    "score": {
        "items": [
            {"label": "发明专利", "per_piece": {"figure": "patents", "points": 5, "cap": 20}},
            {"label": "实用新型", "per_piece": {"figure": "models", "points": 2, "cap": 6}},
            {
                "label": "规模",
                "bands": [
                    {"when": {"compare": {"figure": "revenue@year-1", "op": ">=", "value": "1 亿元"}}, "points": 10}
                ],
            },
        ],
        "op": ">=",
        "threshold": 20,
    }
}


@pytest.mark.parametrize(
    ("patents", "models", "revenue", "state"),
    [
        *((4, 0, "1 元", MET), (3, 2, "1 元", UNMET), (3, 3, "1 元", MET), (3, 99, "1 元", MET)),
        *((2, 0, None, UNKNOWN), (1, 1, None, UNMET), (4, None, None, MET), (None, 0, "1 元", UNKNOWN)),
    ],
)
def test_a_score_is_open_only_while_the_points_are(
    patents: int | None, models: int | None, revenue: str | None, state: State, ask: Any
) -> None:
    assert ask(SCORE, {"patents": patents, "models": models, "revenue@2025": revenue}).state is state


def test_a_score_says_what_is_lacking(ask: Any) -> None:
    found = ask(SCORE, {"patents": 3, "models": 1, "revenue@2025": "1 元"})
    assert (found.value, found.distance, found.unit) == ("17 分", -3, "分")
    found = ask(SCORE, {"patents": 2, "models": 0})
    assert (found.value, found.distance) == ("10 至 20 分", None)


def test_at_least_k_counts_what_is_there(ask: Any) -> None:
    flags = [{"flag": {"field": name, "expected": True}} for name in ("resident", "insured", "core_ip_confirmed")]
    two = {"at_least": {"conditions": flags, "k": 2}}
    yes = {"resident": True, "insured": False, "core_ip_confirmed": False}
    assert (ask(two, yes).state, ask(two, yes).distance) == (UNMET, -1)
    assert ask(two, {"resident": True}).state is UNKNOWN
    assert ask(two, {"resident": True, "insured": True}).state is MET
    assert ask(two, {"resident": False, "insured": False}).state is UNMET


@pytest.mark.parametrize(
    ("condition", "english"),
    [
        ({"compare": {"figure": "staf", "op": ">=", "value": "1 人"}}, "there is no field named 'staf'"),
        ({"compare": {"figure": "staff", "op": ">=", "value": "1 元"}}, "'staff' is not measured in '元'"),
        ({"compare": {"figure": "staff", "op": ">=", "value": 1}}, "the value of 'staff' has no unit"),
        ({"compare": {"figure": "note", "op": ">=", "value": 1}}, "field 'note' is not a number"),
        ({"flag": {"field": "founded", "expected": True}}, "the type of 'founded' does not fit this condition"),
        ({"in_codes": {"field": "industry", "codes": ["9999"]}}, None),
    ],
)
def test_a_condition_that_does_not_fit_the_catalogue_is_refused(
    condition: dict[str, Any], english: str | None, ask: Any
) -> None:
    facts = {"founded": "2020-01-01", "industry": "3911"}
    if english is None:  # an unknown code to compare with is for the checks to find; nobody is under it
        assert ask(condition, facts).state is UNMET
        return
    with pytest.raises(RuleError) as caught:
        ask(condition, facts)
    assert english in caught.value.english


def test_texts_of_an_explanation(ask: Any) -> None:
    from qingdan.rules.evaluate.result import as_data, as_html, as_text

    source = {"document": "办法", "clause": "第一条", "quote": "营业收入<1500万元"}
    condition = {
        "all": [
            {
                "compare": {
                    "figure": "revenue@year-1",
                    "op": ">=",
                    "value": "1500 万元",
                    "label": "<b>收入",
                    "source": source,
                }
            }
        ]
    }
    outcome = ask(condition, {"revenue@2025": "1462 万元"})
    assert as_text(outcome).splitlines() == [
        "✗ 不符合：以下各项均须符合",
        "  ✗ 不符合：<b>收入（企业：1462 万元；要求：不低于 1500 万元；差 38 万元）",
        "    「营业收入<1500万元」办法第一条",
    ]
    html = as_html(outcome)
    assert "&lt;b&gt;收入" in html and "营业收入&lt;1500万元" in html and "<b>" not in html
    assert "style" not in html and "<script" not in html
    assert as_data(outcome)["parts"] == [
        {
            "kind": "compare",
            "text": "<b>收入",
            "state": "unmet",
            "value": "1462 万元",
            "threshold": "不低于 1500 万元",
            "unit": "元",
            "distance": "-380000",
            "source": source,
        }
    ]
    assert replace(outcome, distance=Fraction(1), unit="元").distance_text() == "多 1 元"
