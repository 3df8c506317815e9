"""Report weeks carry the name that the district's own reports use."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.weeks import monday_of, week_label, week_of_month, weeks_of_month


@pytest.mark.covers("P-20")
def test_14_july_2017_lies_in_the_second_week_of_july() -> None:
    assert week_label(date(2017, 7, 14)) == "2017年7月第2周"
    assert week_label(monday_of(date(2017, 7, 14))) == "2017年7月第2周"
    assert week_label(date(2017, 7, 21)) == "2017年7月第3周"


def test_a_week_over_two_months_belongs_to_the_month_of_its_thursday() -> None:
    assert week_label(date(2017, 7, 31)) == "2017年8月第1周"
    assert week_label(date(2017, 7, 1)) == "2017年6月第5周"
    assert week_of_month(date(2018, 12, 31)) == (2019, 1, 1)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_week_belongs_to_exactly_one_month_and_is_numbered_without_gaps(day: date) -> None:
    monday = monday_of(day)
    assert monday.weekday() == 0 and timedelta(0) <= day - monday <= timedelta(days=6)
    year, month, number = week_of_month(day)
    mondays = weeks_of_month(date(year, month, 15))
    assert mondays[number - 1] == monday
    assert len(mondays) in (4, 5)
    assert [week_of_month(each)[2] for each in mondays] == list(range(1, len(mondays) + 1))
