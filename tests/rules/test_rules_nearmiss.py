"""What is lacking: the least changes, exact, each proposal checked against a second evaluator."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_world import DAY, DOMAINS, WORLD, Key, completions, conditions, keys_of, oracle

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.forms import from_data, load_yaml
from qingdan.rules.language import conditions as c
from qingdan.rules.language.amounts import Fixed, Rate
from qingdan.rules.language.parts import Figure, Period
from qingdan.rules.language.rule import Award, Rule, State
from qingdan.rules.nearmiss import Changeable, Kind, NearMiss, Way, near_miss, questions
from qingdan.rules.values import Money

FIXTURES = Path(__file__).parent / "fixtures"
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
@settings(seeded, max_examples=60)
def test_every_proposal_gives_met_or_waits_for_the_decisions_it_names(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    found = found_for(condition, facts)
    assert found.state is not State.MET or not found.proposals
    for proposal in found.proposals:
        decided = {each.field for each in proposal.changes if each.kind is Kind.DECISION}
        facts_only = [each for each in proposal.changes if each.field not in decided]
        states = true_states(condition, facts, facts_only)
        # Without the decision it waits for it, unless it is met however the missing facts turn out.
        assert states <= {State.MANUAL, State.MET} if decided else states == {State.MET}
        for each in facts_only:
            assert (each.kind is Kind.ANSWER) is ((each.field, each.period) not in facts)
            assert each.before == facts.get((each.field, each.period)) != each.after


@given(cases(once=False, most_missing=0))
@settings(seeded, max_examples=60)
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
@settings(seeded, max_examples=60)
def test_nothing_cheaper_exists_when_no_two_clauses_share_a_fact(case: tuple[c.Condition, FactsAsGiven]) -> None:
    condition, facts = case
    assume(max(Counter(keys_of(condition)).values(), default=1) == 1)
    assume(len([key for key in facts if key[0][0] != "d"]) <= 5)
    assume("judgement" not in repr(condition).lower())
    met = [cost(facts, changed) for changed in all_changes(facts) if oracle(condition, changed) is State.MET]
    found = found_for(condition, facts)
    if found.state is State.MET:
        return
    assert [each.cost[:3] for each in found.proposals[:1]] == ([min(met)] if met else [])


@given(cases(once=True, most_missing=3))
@settings(seeded, max_examples=40)
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


# ---- in words and amounts


def written(condition: dict[str, Any], awards: Any = (), **more: Any) -> Rule:
    return rule_of(from_data(c.Condition, condition), awards=awards, **more)


@pytest.fixture
def lacking(catalogue: Catalogue) -> Any:
    """What is lacking for a condition in its written form with written facts."""

    def lacking(condition: dict[str, Any], facts: dict[str, Any], **more: Any) -> NearMiss:
        return near_miss(written(condition), Facts.read(catalogue, facts), catalogue, DAY, **more)

    return lacking


def values(found: NearMiss) -> list[dict[str, Any]]:
    return [{f"{each.field}@{each.period}".strip("@"): each.after for each in one.changes} for one in found.proposals]


RD = {"compare": {"figure": "rd@year-1", "op": ">=", "value": "500 万元"}}
RD_BOUND = {"op": ">=", "value": "500 万元"}
INCLUDED = {"high_included": True}
SHARE = {"ratio": {"numerator": "rd@year-1", "denominator": "revenue@year-1", "op": ">=", "bound": "5%"}}


def test_the_whole_sentence_with_its_amount_and_quote(catalogue: Catalogue) -> None:
    quote = {"document": "某办法", "clause": "第三条", "quote": "上年度<研发费用>不低于500万元"}
    reward = Award(id="a", title="奖励", amount=Fixed(amount=Money(20_000_000)))
    rule = written({"compare": RD["compare"] | {"source": quote}}, (reward,))
    found = near_miss(rule, Facts.read(catalogue, {"rd@2025": "462 万元"}), catalogue, DAY)
    sentence = "还差 1 项：2025年度研发费用 差 38 万元（现 462 万元，要求 不低于 500 万元）；符合后可得 20 万元"
    assert sentence in found.as_text() and "「上年度<研发费用>不低于500万元」某办法第三条" in found.as_text()
    assert found.by_own_means and "企业自身努力可以达到" in found.as_text()
    html = found.as_html()
    assert "&lt;研发费用&gt;" in html and "<研发费用>" not in html and "style" not in html
    [change] = json.loads(json.dumps(found.as_data()))["proposals"][0]["changes"]
    assert (change["fact"], change["before"], change["after"], change["kind"]) == (
        *("rd@2025", 462_000_000, 500_000_000, "changeable"),
    )


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        pytest.param(SHARE, {"rd@2025": "462 万元", "revenue@2025": "1 亿元"}, {"rd@2025": 500_000_000}, id="ratio"),
        pytest.param(
            SHARE, {"rd@2025": "0 元", "revenue@2025": "0.07 元"}, {"rd@2025": 1}, id="ratio rounds up to a fen"
        ),
        pytest.param(
            {"growth": {"figure": "revenue@year-1", "op": ">", "rate": "10%"}},
            {"revenue@2025": "1 元", "revenue@2024": "1 元"},
            {"revenue@2025": 111},
            id="growth, the bound excluded",
        ),
        pytest.param(
            {"compare": {"figure": {"field": "rd", "period": "year-1", "spread": "mean", "count": 3}} | RD_BOUND},
            {"rd@2025": "1 元", "rd@2024": "2 元", "rd@2023": "3 元"},
            {"rd@2025": 150_000_000 * 10 - 500},
            id="the last year makes up for three",
        ),
        pytest.param(
            {"between": {"figure": "staff", "low": "10 人", "low_included": False, "high": "12 人"} | INCLUDED},
            {"staff@2026-01-01": 20},
            {"staff": 12},
            id="the nearer end of an interval",
        ),
        pytest.param(
            {"compare": {"figure": "land", "op": ">", "value": "5 亩"}}, {"land": "5 亩"}, {"land": 501}, id="decimals"
        ),
        pytest.param(
            {"compare": {"figure": "liability_ratio@year-1", "op": "<=", "value": "80 %"}},
            {"liability_ratio@2025": "80.01 %"},
            {"liability_ratio@2025": 8000},
            id="a share falls",
        ),
        pytest.param(
            {"rank": {"figure": "rank", "share": "30%", "among": "peers"}},
            {"rank": 40, "peers": 99},
            {"rank": 29},
            id="rank",
        ),
    ],
)
def test_the_nearest_value(condition: Any, facts: Any, expected: dict[str, int], lacking: Any) -> None:
    assert values(lacking(condition, facts))[0] == expected


def test_who_can_change_what_is_said_by_the_caller(lacking: Any) -> None:
    facts = {"rd@2025": "462 万元", "revenue@2025": "1 亿元"}
    fixed = lacking(SHARE, facts, changeable=Changeable(fields={"rd": Way.NO}))
    assert values(fixed) == [{"revenue@2025": 9_240_000_000}]
    rising = lacking(SHARE, facts, changeable=Changeable(fields={"rd": Way.NO, "revenue": Way.UP}))
    assert not rising.by_own_means and {each.kind for each in rising.proposals[0].obstacles} == {Kind.FIXED}
    later = lacking(SHARE, facts, changeable=Changeable(first_year=2026))
    assert not later.by_own_means and lacking(SHARE, facts).by_own_means


def test_of_past_years_only_the_last_can_make_up(lacking: Any) -> None:
    facts = {"rd@2025": "100 万元", "rd@2024": "90 万元"}
    each_year = {"window": {"condition": {"compare": RD["compare"] | {"value": "95 万元"}}, "years": 2}}
    found = lacking(each_year, facts)
    assert values(found) == [{"rd@2024": 95_000_000}] and not found.by_own_means
    assert "受限于：2024年度研发费用" in found.summary()
    together = {"field": "rd", "period": "year-1", "spread": "sum", "count": 2}
    found = lacking({"compare": {"figure": together, "op": ">=", "value": "200 万元"}}, facts)
    assert values(found) == [{"rd@2025": 110_000_000}] and found.by_own_means


@pytest.mark.parametrize(
    ("condition", "facts", "day"),
    [
        ({"age": {"field": "founded", "op": ">=", "months": 36}}, {"founded": "2024-03-01"}, "2027-03-01"),
        ({"age": {"field": "founded", "op": ">", "months": 36}}, {"founded": "2024-02-29"}, "2027-03-01"),
        (
            {"record_free": {"field": "violations", "months": 24, "codes": ["serious"]}},
            {"violations": [{"code": "safety", "start": "2025-03-05", "end": "2025-03-05"}]},
            "2027-03-05",
        ),
        (
            {"holds_status": {"field": "titles", "codes": ["high_tech"]}},
            {"titles": [{"code": "high_tech", "start": "2026-09-01"}]},
            "2026-09-01",
        ),
    ],
)
def test_what_only_time_changes_says_from_when(condition: Any, facts: Any, day: str, catalogue: Catalogue) -> None:
    rule, known = written(condition), Facts.read(catalogue, facts)
    found = near_miss(rule, known, catalogue, DAY)
    [change] = found.proposals[0].changes
    assert change.kind is Kind.FIXED and f"自 {day} 起" in found.as_text()
    first = date.fromisoformat(day)
    assert found.proposals[0].met_from == change.met_from == first
    states = [explain(rule, known, catalogue, each).state for each in (first - timedelta(days=1), first)]
    assert states == [State.UNMET, State.MET]


def test_what_no_waiting_changes_has_no_day(lacking: Any) -> None:
    found = lacking({"age": {"field": "founded", "op": "<=", "months": 12}}, {"founded": "2020-01-01"})
    assert found.proposals[0].met_from is None and values(found) == [{"founded": date(2025, 7, 1)}]
    still_valid = {"violations": [{"code": "serious", "start": "2026-01-01"}]}
    found = lacking({"record_free": {"field": "violations", "months": 12}}, still_valid)
    assert found.proposals[0].met_from is None and "须无 严重违法失信（2026-01-01）" in found.as_text()


def test_the_least_number_of_changes_comes_first_and_the_rest_are_alternatives(lacking: Any) -> None:
    two = {"all": [RD, {"flag": {"field": "insured", "expected": True}}]}
    one = {"compare": {"figure": "patents", "op": ">=", "value": "3 项"}}
    found = lacking({"any": [two, one]}, {"rd@2025": "1 元", "insured": False, "patents": 1})
    assert values(found) == [{"patents": 3}, {"rd@2025": 500_000_000, "insured": True}]
    assert lacking({"any": [two, one]}, {"rd@2025": "5 亿元", "insured": True, "patents": 1}).proposals == ()


def test_a_score_takes_the_items_that_reach_it_with_the_fewest_changes(lacking: Any) -> None:
    bands = [
        {"when": {"compare": RD["compare"] | {"value": "300 万元"}}, "points": 30},
        {"when": {"compare": RD["compare"] | {"value": "100 万元"}}, "points": 10},
    ]
    items = [
        {"label": "专利", "per_piece": {"figure": "patents", "points": 5, "cap": 20}},
        {"label": "软著", "per_piece": {"figure": "models", "points": 2, "cap": 6}},
        {"label": "研发", "bands": bands},
    ]
    facts = {"patents": 1, "models": 3, "rd@2025": "100 万元"}
    for threshold, expected in ((26, {"patents": 2}), (31, {"patents": 3}), (46, {"patents": 2, "rd@2025": 3 * 10**8})):
        score = {"score": {"items": items, "op": ">=", "threshold": threshold}}
        assert values(lacking(score, facts))[0] == expected
    assert lacking({"score": {"items": items, "op": ">", "threshold": 56}}, facts).proposals == ()


def test_another_case_is_taken_where_that_is_cheaper(lacking: Any) -> None:
    def case(most: str, share: str) -> dict[str, Any]:
        when = {"compare": {"figure": "staff", "op": "<=", "value": most}}
        return {"when": when, "then": {"flag": {"field": share, "expected": True}}}

    tiered = {"tiered": {"cases": [case("10 人", "resident")], "otherwise": case("", "insured")["then"]}}
    facts = {"staff@2026-06-30": 10, "resident": False, "insured": True}
    only_staff = Changeable(fields={"resident": Way.NO})
    assert values(lacking(tiered, facts, changeable=only_staff)) == [{"staff": 11}]
    assert {"resident": True} in values(lacking(tiered, facts))


def test_one_fact_asked_by_two_clauses_satisfies_both_or_nothing_is_proposed(lacking: Any) -> None:
    facts = {"rd@2025": "40 万元", "revenue@2025": "900 万元"}
    revenue = {"compare": {"figure": "revenue@year-1", "op": ">=", "value": "1500 万元"}}
    # The higher revenue lowers the share of R&D costs below what was enough.
    assert values(lacking({"all": [revenue, SHARE]}, facts | {"rd@2025": "50 万元"})) == [
        {"revenue@2025": 1_500_000_000, "rd@2025": 75_000_000}
    ]
    twice = {"all": [revenue, {"compare": revenue["compare"] | {"value": "2000 万元"}}]}
    assert values(lacking(twice, facts)) == [{"revenue@2025": 2_000_000_000}]
    against = {"compare": {"figure": "revenue@year-1", "op": "<", "value": "1000 万元"}}
    found = lacking({"all": [revenue, against]}, facts)
    assert found.proposals == () and "没有找到可行的改变" in found.as_text()


def test_what_another_change_makes_needless_or_smaller_is_left_out(lacking: Any) -> None:
    revenue = {"compare": {"figure": "revenue@year-1", "op": "<=", "value": "400 万元"}}
    facts = {"revenue@2025": "1000 万元"}
    # Against the revenue of now 50 万元 would be needed, against the lower one 20 are.
    found = lacking({"all": [SHARE, revenue]}, facts | {"rd@2025": "20 万元"})
    assert values(found) == [{"revenue@2025": 400_000_000}]
    found = lacking({"all": [SHARE, revenue]}, facts | {"rd@2025": "19 万元"})
    assert values(found)[0] == {"rd@2025": 20_000_000, "revenue@2025": 400_000_000}


def test_what_the_enterprise_can_do_comes_before_what_it_cannot_however_many_changes(lacking: Any) -> None:
    insured = {"flag": {"field": "insured", "expected": True}}
    old = {"age": {"field": "founded", "op": ">=", "months": 36}}
    facts = {"rd@2025": "1 元", "insured": False, "founded": "2025-01-01"}
    found = lacking({"any": [old, {"all": [RD, insured]}]}, facts)
    assert values(found) == [{"rd@2025": 500_000_000, "insured": True}] and found.by_own_means
    # A missing fact comes after what can be done, too.
    patents = {"compare": {"figure": "patents", "op": ">=", "value": "1 项"}}
    assert values(lacking({"any": [patents, {"all": [RD, insured]}]}, facts)) == [
        {"rd@2025": 500_000_000, "insured": True},
        {"patents": 1},
    ]


def test_all_obstacles_have_to_pass(lacking: Any) -> None:
    old = {"age": {"field": "founded", "op": ">=", "months": 36}}
    clean = {"record_free": {"field": "violations", "months": 12}}
    facts = {
        "founded": "2024-03-01",
        "violations": [{"code": "minor", "start": "2026-02-01", "end": "2026-02-01"}],
    }
    found = lacking({"all": [old, clean]}, facts)
    assert found.proposals[0].met_from == date(2027, 3, 1)
    forever = {"in_codes": {"field": "district", "codes": ["330100"]}}
    found = lacking({"all": [old, clean, forever]}, facts | {"district": "510117"})
    assert found.proposals[0].met_from is None and "属于：杭州市" in found.as_text()


def test_a_condition_that_does_not_apply_needs_no_exemption(lacking: Any) -> None:
    share = {"ratio": SHARE["ratio"] | {"if_undefined": "not_applicable"}}
    exempt = {"exemption": {"condition": share, "when": {"flag": {"field": "insured", "expected": True}}}}
    patents = {"compare": {"figure": "patents", "op": ">=", "value": "1 项"}}
    facts = {"rd@2025": "1 元", "revenue@2025": "0 元", "insured": False, "patents": 0}
    assert values(lacking({"all": [exempt, patents]}, facts))[0] == {"patents": 1}
    owing = {"rd@2025": "0 元", "revenue@2025": "1000 万元", "insured": False, "patents": 1}
    waived = lacking({"all": [exempt, patents]}, owing, changeable=Changeable(fields={"rd": Way.NO, "revenue": Way.NO}))
    assert values(waived) == [{"insured": True}]


def test_what_must_not_be_is_undone_by_the_nearest_value(lacking: Any) -> None:
    window = {"date_window": {"field": "applied", "start": "2026-05-01", "end": "2026-05-31"}}
    found = lacking({"none_of": [window]}, {"applied": "2026-05-02"})
    assert values(found)[0] == {"applied": date(2026, 4, 30)}
    assert values(lacking({"exclusion": {"condition": window}}, {"applied": "2026-05-31"}))[0] == {
        "applied": date(2026, 6, 1)
    }
    many = {"exclusion": {"condition": {"compare": {"figure": "staff", "op": ">", "value": "300 人"}}}}
    assert values(lacking(many, {"staff@2026-06-30": 305})) == [{"staff": 300}]


def test_titles_and_records_are_counted_one_by_one(lacking: Any) -> None:
    titles = {"all": [{"holds_status": {"field": "titles", "codes": [code]}} for code in ("innovative", "high_tech")]}
    found = lacking(titles, {"titles": []})
    assert [each.required for each in found.proposals[0].changes] == ["须有 创新型中小企业", "须有 高新技术企业"]
    own = lacking(titles, {"titles": []}, changeable=Changeable(fields={"titles": Way.ANY}))
    assert own.by_own_means and not found.by_own_means
    systems = {"in_codes": {"field": "certificates", "codes": ["quality"]}}
    assert "须有 质量管理体系" in lacking(systems, {"certificates": ["environment"]}).as_text()
    none = {"none_of": [{"in_codes": {"field": "certificates", "codes": ["quality"]}}]}
    assert "须无 质量管理体系" in lacking(none, {"certificates": ["quality", "environment"]}).as_text()


def test_decisions_evidence_and_answers_are_named_as_such(lacking: Any) -> None:
    parts = [
        {"judgement": {"question": "技术先进"}},
        {"attest": {"field": "insured", "evidence": "完税证明"}},
        {"compare": {"figure": "patents", "op": ">=", "value": "2 项"}},
        {"holds_status": {"field": "titles", "codes": ["high_tech"]}},
    ]
    found = lacking({"all": parts}, {"insured": False})
    assert [each.kind for each in found.proposals[0].changes] == [
        *(Kind.DECISION, Kind.EVIDENCE, Kind.ANSWER, Kind.ANSWER),
    ]
    text = found.as_text()
    assert "技术先进（要求 认定，待人工认定）" in text and "须提供：完税证明" in text
    assert "发明专利数（要求 不低于 2 项，待补充）" in text and "尚待 4 项" in text
    found = lacking({"all": [*parts[:1], RD]}, {"rd@2025": "1 元"})
    assert found.proposals[0].state_by_own is State.MANUAL


def test_facts_missing_together_are_asked_for_in_the_clause_s_own_words(lacking: Any) -> None:
    found = lacking(SHARE, {})
    assert {each.required for each in found.proposals[0].changes} == {"上年度研发费用与上年度营业收入之比不低于 5%"}
    assert "不高于 100 万元" in lacking(SHARE, {"rd@2025": "5 万元"}).as_text()


def test_an_amount_follows_the_changed_figure(catalogue: Catalogue) -> None:
    figure = Figure(field="rd", period=Period("year-1"))
    rule = written(RD, (Award(id="a", title="补助", amount=Rate(base=figure, rate=Fraction(1, 10))),))
    [proposal] = near_miss(rule, Facts.read(catalogue, {"rd@2025": "462 万元"}), catalogue, DAY).proposals
    assert proposal.awards[0].payable.exact == 50_000_000


def test_every_example_rule_has_proposals_that_are_checked(catalogue: Catalogue) -> None:
    for name in ("high_tech", "specialised", "small_profit"):
        rule = load_yaml(Rule, (FIXTURES / f"{name}.yaml").read_text("utf-8"))
        for example in rule.tests:
            found = near_miss(rule, Facts.given(catalogue, example.facts), catalogue, example.fact_date)
            assert (found.state is State.MET) is not bool(found.proposals)


def test_the_questions_that_decide_most_come_first(catalogue: Catalogue) -> None:
    insured = {"flag": {"field": "insured", "expected": True}}
    either = {"any": [RD, insured]}
    rules = [replace(written(each), id=name) for name, each in (("x", insured), ("y", either), ("z", RD))]
    rules = [replace(written(RD), id="w"), *rules]
    first, second = questions(rules, Facts({}), catalogue, DAY)
    assert (first.field, first.decides, first.may_decide) == ("rd", ("w 1", "z 1"), ("y 1",))
    assert (second.field, second.decides, second.asked_by) == ("insured", ("x 1",), ("x 1", "y 1"))
    assert first.chinese() == "2025年度研发费用：可确定 2 项政策，另可能确定 1 项（共 3 项需要）"
    assert json.loads(json.dumps(first.as_data()))["fact"] == "rd@2025"
    known = Facts.read(catalogue, {"insured": True})
    assert [each.field for each in questions(rules, known, catalogue, DAY)] == ["rd"]
    assert questions(rules, Facts({}), catalogue, DAY, limit=1) == (first,)


def test_a_score_of_pieces_alone_and_an_open_decision_can_be_asked_about(catalogue: Catalogue) -> None:
    item = {"label": "专利", "per_piece": {"figure": "patents", "points": 5, "cap": 20}}
    score = {"score": {"items": [item], "op": ">=", "threshold": 10}}
    [question] = questions([written({"all": [score, {"judgement": {"question": "定吗"}}]})], Facts({}), catalogue, DAY)
    assert (question.field, question.decides) == ("patents", ("r 1",))
