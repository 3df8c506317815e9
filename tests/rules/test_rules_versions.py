"""Which version applies, what makes it itself, and what differs between two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import Facts, explain_version
from qingdan.rules.forms import dump_json, load_json, load_yaml, to_data
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Op
from qingdan.rules.language.rule import ApplicationKind, Rule, State, choose_version
from qingdan.rules.values import Value
from qingdan.rules.versions import Change, content_hash, diff

FIXTURES = Path(__file__).parent / "fixtures"
ANY, FIRST, RENEWAL = ApplicationKind.ANY, ApplicationKind.FIRST, ApplicationKind.RENEWAL


@pytest.fixture(scope="module")
def new() -> Rule:
    return load_yaml(Rule, (FIXTURES / "specialised.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def old(new: Rule) -> list[Rule]:
    """The text of 2022: for everybody until the new one, after that for renewals only."""
    before = replace(new, version="2022", valid_from=date(2022, 7, 1), valid_to=date(2026, 3, 31), application_kind=ANY)
    return [before, replace(before, valid_from=date(2026, 4, 1), valid_to=date(2027, 3, 31), application_kind=RENEWAL)]


@pytest.mark.parametrize(
    ("day", "kind", "version"),
    [
        *((date(2026, 3, 31), FIRST, "2022"), (date(2026, 3, 31), RENEWAL, "2022"), (date(2026, 3, 31), ANY, "2022")),
        *((date(2026, 4, 1), FIRST, "工信部企业〔2026〕2号"), (date(2026, 4, 1), RENEWAL, "2022")),
    ],
)
def test_the_rule_date_and_the_kind_choose_the_version(
    day: date, kind: ApplicationKind, version: str, old: list[Rule], new: Rule
) -> None:
    assert choose_version([*old, new], day, kind).version == version


def test_no_version_or_two_are_refused(old: list[Rule], new: Rule) -> None:
    with pytest.raises(RuleError, match="several versions are in force on 2026-04-01"):
        choose_version([*old, new], date(2026, 4, 1))
    with pytest.raises(RuleError, match="no version for 'first' is in force on 2020-01-01"):
        choose_version([*old, new], date(2020, 1, 1), FIRST)


def test_the_rule_date_chooses_the_rule_and_the_fact_date_the_facts(catalogue: Catalogue) -> None:
    def version(name: str, start: date, end: date | None, patents: int) -> Rule:
        condition = c.Compare(figure=c.Figure(field="patents"), op=Op.AT_LEAST, value=Value(patents, "项"))
        young = c.Age(field="founded", op=Op.LESS_THAN, months=24)
        both = c.All(conditions=(condition, young))
        return Rule(id="r", title="例", version=name, valid_from=start, valid_to=end, condition=both)

    versions = [version("1", date(2020, 1, 1), date(2025, 12, 31), 1), version("2", date(2026, 1, 1), None, 5)]
    facts = Facts.read(catalogue, {"patents": 3, "founded": "2024-06-01"})

    def state(rule_date: date, fact_date: date) -> State:
        return explain_version(versions, facts, catalogue, rule_date=rule_date, fact_date=fact_date).state

    assert state(date(2025, 12, 31), date(2026, 5, 31)) is State.MET
    assert state(date(2025, 12, 31), date(2026, 6, 1)) is State.UNMET
    assert state(date(2026, 1, 1), date(2026, 5, 31)) is State.UNMET


def test_the_hash_is_of_the_content_not_of_its_writing(new: Rule) -> None:
    assert content_hash(load_json(Rule, dump_json(new))) == content_hash(new)
    assert content_hash(replace(new, tests=())) == content_hash(new)
    assert content_hash(replace(new, version="x")) != content_hash(new)
    assert content_hash(replace(new, condition=c.Exclusion(condition=new.condition))) != content_hash(new)


def test_a_difference_is_named_where_it_is(new: Rule) -> None:
    assert isinstance(new.condition, c.All)
    first, *rest = new.condition.conditions
    limit = rest[4]
    assert isinstance(limit, c.Compare)
    stricter = replace(limit, value=Value(75, "%"))
    added = c.Flag(field="resident", expected=True)
    changed = replace(new, condition=c.All(conditions=(added, first, *rest[:4], stricter, *rest[5:-1])), note="新")
    score = to_data(rest[-1])
    assert diff(new, changed) == [
        Change("note", None, "新"),
        Change("condition.all[0]", None, {"flag": {"field": "resident", "expected": True}}),
        Change("condition.all[6].compare.value", "80 %", "75 %"),
        Change("condition.all[8]", score, None),
    ]
    assert diff(new, new) == []


def test_another_kind_of_condition_is_one_change(new: Rule) -> None:
    one = replace(new, condition=c.Flag(field="resident", expected=True))
    other = replace(new, condition=c.Judgement(question="定吗"))
    assert diff(one, other) == [
        Change("condition", {"flag": {"field": "resident", "expected": True}}, {"judgement": {"question": "定吗"}})
    ]
    yes, no = (
        replace(new, condition=c.Flag(field="a", expected=True)),
        replace(new, condition=c.Flag(field="a", expected=False)),
    )
    assert diff(yes, no) == [Change("condition.flag.expected", True, False)]
