"""Facts of an enterprise: what fits the catalogue is taken, everything else is refused with the reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import Facts
from qingdan.rules.language.rule import Status

DAY = date(2026, 7, 1)


def test_typed_facts_are_taken_and_checked(catalogue: Catalogue) -> None:
    facts = Facts.of(
        catalogue,
        {
            ("revenue", "2025"): 150,
            ("land", ""): Decimal("10.5"),
            ("liability_ratio", "2025"): Fraction(4, 5),
            ("titles", ""): [Status(code="innovative", start=DAY)],
            ("staff", "2026-01-01"): None,
        },
    )
    assert facts.values[("land", "")] == 1050 and facts.values[("liability_ratio", "2025")] == 8000
    assert ("staff", "2026-01-01") not in facts.values


@pytest.mark.parametrize(
    ("name", "period", "value", "english"),
    [
        ("revenue", "2025", 1.5, "'1.5' is no value of 'revenue'"),
        ("revenue", "2025", Decimal("NaN"), "'NaN' is no value of 'revenue'"),
        ("land", "", Decimal("Infinity"), "'Infinity' is no value of 'land'"),
        ("land", "", Decimal("0.001"), "'0.001' is finer than 'land' is kept"),
        ("revenue", "2025", -1, "'-1' is outside the range of 'revenue'"),
        ("revenue", "2025", True, "'True' is no value of 'revenue'"),
        ("revenue", "2025-06", 1, "'2025-06' is no period of 'revenue'"),
        ("revenue", "", 1, "'' is no period of 'revenue'"),
        ("staff", "2025-02-30", 1, "'2025-02-30' is no period of 'staff'"),
        ("insured", "", 1, "'1' is no value of 'insured'"),
        ("industry", "", "9999", "there is no code of 'industries' named '9999'"),
        ("titles", "", ["innovative"], "'innovative' is no value of 'titles'"),
        ("renevue", "2025", 1, "there is no field named 'renevue'. names that exist: revenue"),
    ],
)
def test_a_fact_that_does_not_fit_is_refused(
    name: str, period: str, value: Any, english: str, catalogue: Catalogue
) -> None:
    with pytest.raises(RuleError) as caught:
        Facts.of(catalogue, {(name, period): value})
    assert english in caught.value.english


@pytest.mark.parametrize(
    ("key", "value", "english"),
    [
        ("revenue@2025", 5, "revenue@2025: the value of 'revenue' has no unit"),
        ("revenue@2025", "1.005 元", "revenue@2025: '1.005 元' is finer than 'revenue' is kept"),
        ("revenue@2025", "五千万元", "revenue@2025: '五千万元' is not a finite number"),
        ("founded", "2027-01-01", "founded: the date 2027-01-01 of 'founded' is after 2026-07-01"),
        ("founded", "2025-02-30", "founded: '2025-02-30' is no value of 'founded'"),
        ("staff@2026-08-01", 5, "staff@2026-08-01: the date 2026-08-01 of 'staff' is after 2026-07-01"),
        ("revenue@2027", "5 元", "revenue@2027: the date 2027 of 'revenue' is after 2026-07-01"),
    ],
)
def test_a_written_fact_that_does_not_fit_is_refused(key: str, value: Any, english: str, catalogue: Catalogue) -> None:
    with pytest.raises(RuleError) as caught:
        Facts.read(catalogue, {key: value}, "facts.yaml", known_on=DAY)
    assert f"facts.yaml {english}" in caught.value.english
