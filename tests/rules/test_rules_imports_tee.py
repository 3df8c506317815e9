"""The programmes of "Transition écologique" as rules, against an oracle that reads their data itself.

Four synthetic programmes are always read, the real ones from the folder that QD_TEE_DATA names.
"""

from __future__ import annotations

import json
import os
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programme_oracle import (
    DAY,
    Firm,
    oracle,
    possible_states,
    programmes_in,
    tempting_answers,
    the_day,
)

from qingdan.rules.checks import check, walk
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.forms import dump_yaml, load_yaml
from qingdan.rules.imports import tee
from qingdan.rules.imports.__main__ import main
from qingdan.rules.imports.findings import Findings
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule

FIXTURES = Path(__file__).parent / "fixtures" / "imports"
TEE_DATA = os.environ.get("QD_TEE_DATA", "")
needs_tee_data = pytest.mark.skipif(not TEE_DATA, reason="QD_TEE_DATA names no folder with programs.json")
SYNTHETIC = programmes_in(FIXTURES / "tee")


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({name: st.sampled_from(pool) for name, pool in tempting_answers(SYNTHETIC).items()}))
def test_programmes_agree_with_the_oracle(firm: Firm) -> None:
    rules = tee.read_folder(FIXTURES / "tee").rules
    for programme, rule in zip(SYNTHETIC, rules, strict=True):
        assert possible_states(rule, firm) == oracle(programme, firm), rule.id


def test_size_counts_at_the_boundary_itself() -> None:
    rule = tee.read_folder(FIXTURES / "tee").rules[1]
    firm = {
        "section": "C",
        "region": "Corse",
        "objectives": ["water"],
        "micro_entrepreneur": False,
        "administration": False,
        "created": date(2020, 1, 1),
    }
    states = {n: possible_states(rule, firm | {"employees": n}) for n in (19, 20, 21, 248, 249, 250)}
    assert [states[n] for n in (20, 21, 248, 249)] == [{"manual"}] * 4  # a sentence remains to be read
    assert [states[n] for n in (19, 250)] == [{"unmet"}] * 2
    assert possible_states(rule, firm | {"employees": None}) == {"manual", "unmet"}


def validity_agrees(programmes: list[dict[str, Any]], rules: tuple[Rule, ...]) -> None:
    for programme, rule in zip(programmes, rules, strict=True):
        validity = programme["eligibilityData"].get("validity", {})
        days = {key: the_day(written) for key, written in validity.items()}
        start, end = days.get("start") or date.min, days.get("end") or date.max
        for day in {each + timedelta(k) for each in days.values() if each for k in (-1, 0, 1)} | {DAY}:
            assert rule.is_in_force(day, rule.application_kind) == (start <= day <= end), (rule.id, day)


def test_a_programme_is_in_force_on_its_first_and_last_day() -> None:
    validity_agrees(SYNTHETIC, tee.read_folder(FIXTURES / "tee").rules)


def test_defects_are_reported_with_place_reason_and_remedy_and_nothing_is_dropped() -> None:
    found = tee.read_folder(FIXTURES / "tee")
    assert [error.english.removeprefix("programs.json ") for error in found.findings] == [
        "pond.eligibilityData.company.maxEmployees: the number is written as text: '50'. "
        "drop the quotes; here it counts as 50.",
        "pond.eligibilityData.company.allowedRegion: 'Landes' is none of the codes. "
        "write the code of a region, section or objective; a narrower area is a sentence; a person decides.",
        "pond.conditions d'éligibilité.taille de l'entreprise: 'moins de 50 salariés' is not what the data say "
        "(minEmployees: None, maxEmployees: 50). make them agree; the data count, a person reads the sentence.",
        "broken.eligibilityData.company.colour: there is no condition of this name. "
        "correct the name or add a field for it; a person decides.",
        "broken.eligibilityData.company.maxEmployees: 'vingt' is no number of persons. "
        "write a whole number, not below zero; a person decides.",
        "broken.eligibilityData.company.allowedNafSections: 'Z' is none of the codes. "
        "write the code of a region, section or objective; a narrower area is a sentence; a person decides.",
        "broken.eligibilityData.validity.start: '30/02/2025' is not a day. write it as 31/12/2026; a person decides.",
    ]
    questions = [part.question for _, part in walk(found.rules[3]) if isinstance(part, c.Judgement)]
    assert sorted(questions) == [
        "Aide temporairement indisponible",
        "allowedNafSections: Z",
        "colour: green",
        "maxEmployees: vingt",
        "start: 30/02/2025",
        "Être connu",
    ]


def test_strict_reading_stops_at_the_first_defect() -> None:
    with pytest.raises(RuleError) as caught:
        tee.read_folder(FIXTURES / "tee", strict=True)
    assert caught.value.place == Place("programs.json", 0, "pond.eligibilityData.company.maxEmployees")
    assert "数写成了文字“50”" in caught.value.chinese


@pytest.mark.parametrize(
    ("eligibility", "english"),
    [
        ({"company": {"minEmployees": 9, "maxEmployees": 8}}, "the minimum 9 exceeds the maximum 8"),
        ({"company": {"minEmployees": True}}, "'True' is no number of persons"),
        ({"company": {"minEmployees": -1}}, "'-1' is no number of persons"),
        ({"company": {"excludeMicroentrepreneur": "oui"}}, "'oui' is neither true nor false"),
        ({"company": []}, "should be a table"),
        ({"validity": {"start": "01/01/2026", "end": "31/12/2025"}}, "it begins on 2026-01-01, after its end"),
        ({"validity": {"end": "2025-12-31"}}, "'2025-12-31' is not a day"),
        ({"priorityObjectives": ["wind"]}, "'wind' is none of the codes"),
        ({"secret": 1}, "there is no condition of this name"),
    ],
)
def test_other_defects_are_found_too(eligibility: dict[str, Any], english: str) -> None:
    findings = Findings()
    rule = tee.read_programme({"id": "p", "eligibilityData": eligibility}, "p.json", findings)
    assert [english in error.english for error in findings.errors] == [True]
    others = dict.fromkeys(("section", "region", "objectives", "created"))
    assert possible_states(rule, others | {"micro_entrepreneur": True, "administration": False, "employees": 8}) != {
        "met"
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.just("31/12/2025"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = {
    "eligibilityData": ["company", "validity", "priorityObjectives"],
    "company": ["minEmployees", "allowedNafSections", "allowedRegion", "openToPublicAdministration"],
    "validity": ["start", "end"],
    "conditions d'éligibilité": ["taille de l'entreprise", "secteur géographique"],
    "champs conditionnels": [],
}


def table_of(names: list[str]) -> st.SearchStrategy[Any]:
    """A table with some of these keys, most of them in the right shape."""
    inner = {name: json_values | table_of(KEYS[name]) if name in KEYS else json_values for name in names}
    return st.fixed_dictionaries({}, optional=inner)


@settings(max_examples=200, deadline=None)
@given(table_of(["eligibilityData", "conditions d'éligibilité", "champs conditionnels"]))
def test_any_programme_is_read_and_its_rule_can_be_evaluated(programme: dict[str, Any]) -> None:
    rule = tee.read_programme({"id": "p"} | programme, "p.json", Findings())
    nobody = dict.fromkeys(tempting_answers([]))
    assert possible_states(rule, nobody)


def test_two_programmes_of_one_id_are_a_defect(tmp_path: Path) -> None:
    (tmp_path / "programs.json").write_text(json.dumps([SYNTHETIC[0]] * 2), "utf-8")
    found = tee.read_folder(tmp_path)
    assert len(found.rules) == 1 and "the id stands twice" in found.findings[0].english


def test_the_report_counts_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zen", str(FIXTURES / "zen")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "表 tables: 6, 完整 whole: 5" in lines and "  1 cell: computed column" in lines
    assert main(["tee", str(FIXTURES / "tee")]) == 0
    assert "规则 rules: 4, 含人工认定 with a judgement: 3" in capsys.readouterr().out
    assert main(["tee", "--strict", str(FIXTURES / "tee")]) == 1
    assert main(["zen", str(tmp_path)]) == 1
    assert "the folder holds no JSON files" in capsys.readouterr().err


@needs_tee_data
def test_the_real_programmes_agree_with_the_oracle() -> None:
    programmes = programmes_in(Path(TEE_DATA))
    found = tee.read_folder(Path(TEE_DATA))
    validity_agrees(programmes, found.rules)
    for rule in found.rules:
        assert [str(each) for each in check(rule, found.catalogue) if each.is_error] == []
        assert load_yaml(Rule, dump_yaml(rule)) == rule

    choice, anywhere = random.Random(7), tempting_answers(programmes)
    pairs = list(zip(programmes, found.rules, strict=True))
    for _ in range(2000):
        sample = choice.sample(pairs, 4)
        # Half of the enterprises stand at the boundaries of these very programmes.
        near = tempting_answers([programme for programme, _ in sample]) if choice.random() < 0.5 else anywhere
        firm = {name: choice.choice(pool) for name, pool in near.items()}
        for programme, rule in sample:
            assert possible_states(rule, firm) == oracle(programme, firm), (rule.id, firm)
