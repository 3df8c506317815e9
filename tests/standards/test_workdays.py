"""Working days: the published arrangements, the counting rules of the Civil Code, unpublished years."""

import time
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.workdays import (
    DayKind,
    UnpublishedYear,
    WorkCalendar,
    published_years,
    seed_days,
    unpublished_note,
)

SEEDED = WorkCalendar.seeded()
DAYS = st.dates(date(2003, 1, 1), date(2029, 12, 31))
ANY_KINDS = st.dictionaries(st.dates(date(2016, 12, 1), date(2018, 2, 1)), st.sampled_from(DayKind), max_size=80)


def all_days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def test_an_independent_library_agrees_on_every_day_of_the_published_years() -> None:
    other = holidays.country_holidays("CN", years=range(2004, 2027))
    differing = [
        day
        for day in all_days(date(2004, 1, 1), date(2026, 12, 31))
        if SEEDED.is_workday(day) != other.is_working_day(day)
    ]
    assert differing == [date(2005, 12, 31)]


def test_2026_has_six_fridays_off() -> None:
    fridays = [
        day
        for day in all_days(date(2026, 1, 1), date(2026, 12, 31))
        if day.weekday() == 4 and not SEEDED.is_workday(day)
    ]
    assert fridays == [
        date(2026, 1, 2),
        date(2026, 2, 20),
        date(2026, 5, 1),
        date(2026, 6, 19),
        date(2026, 9, 25),
        date(2026, 10, 2),
    ]


@pytest.mark.covers("P-04")
def test_the_spring_festival_week_of_2026_has_no_working_day() -> None:
    assert SEEDED.week_workdays(date(2026, 2, 16)) == []


@pytest.mark.parametrize("monday", [date(2026, 2, 9), date(2026, 9, 14)])
def test_a_week_with_a_make_up_day_has_six_working_days(monday: date) -> None:
    assert len(SEEDED.week_workdays(monday)) == 6


def test_2026_has_the_make_up_days_of_the_notice_and_248_working_days() -> None:
    made_up = [day for day, kind in seed_days(2026).items() if kind is DayKind.MAKEUP]
    assert made_up == [date(2026, m, d) for m, d in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]]
    assert SEEDED.workdays_between(date(2025, 12, 31), date(2026, 12, 31)) == 248


@pytest.mark.parametrize("year", published_years())
def test_make_up_days_are_weekend_days_and_days_off_stay_in_their_year(year: int) -> None:
    for day, kind in seed_days(year).items():
        assert day.year == year
        assert kind in (DayKind.HOLIDAY, DayKind.MAKEUP)
        assert kind is not DayKind.MAKEUP or day.weekday() >= 5


def test_an_unknown_year_is_refused_by_name() -> None:
    with pytest.raises(UnpublishedYear, match="2091年放假安排尚未公布") as caught:
        seed_days(2091)
    assert caught.value.year == 2091


def test_the_remark_names_every_unpublished_year_between_two_dates() -> None:
    calendar = WorkCalendar({}, [2025, 2026])
    assert unpublished_note(calendar, date(2026, 1, 1), date(2026, 12, 31)) == ""
    note = "2027年放假安排尚未公布，暂按周末推算"
    assert unpublished_note(calendar, date(2026, 12, 30), date(2027, 1, 5)) == note
    assert unpublished_note(calendar, date(2027, 1, 5), date(2026, 12, 30)) == note
    assert unpublished_note(calendar, date(2027, 1, 1), date(2028, 1, 1)).startswith("2027年、2028年放假")
    assert unpublished_note(calendar, date(2026, 1, 1), date(2030, 1, 1)).startswith("2027年至2030年放假")


def test_an_unpublished_year_falls_back_to_weekends() -> None:
    calendar = WorkCalendar({}, [])
    assert calendar.kind(date(2027, 10, 1)) is DayKind.WORKDAY
    assert calendar.kind(date(2027, 10, 2)) is DayKind.RESTDAY


def test_a_public_notice_of_five_working_days_ends_as_a_real_one_did() -> None:
    # 2023-02-21 (Tuesday) to 2023-02-27 (Monday), published as five working days; the first day counts there.
    assert SEEDED.add_workdays(date(2023, 2, 20), 5) == date(2023, 2, 27)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the National Day holiday
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 10, 3), 1, date(2026, 10, 8)),  # an event on a day off
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 10, 4), -1, date(2026, 9, 30)),
        (date(2026, 10, 4), 0, date(2026, 10, 4)),
    ],
)
def test_adding_working_days_does_not_count_the_day_of_the_event(start: date, n: int, expected: date) -> None:
    assert SEEDED.add_workdays(start, n) == expected


def test_a_period_that_ends_on_a_day_of_rest_ends_on_the_next_working_day() -> None:
    assert SEEDED.roll_end(date(2026, 10, 1)) == date(2026, 10, 8)
    assert SEEDED.roll_end(date(2026, 10, 10)) == date(2026, 10, 10)  # make-up Saturday
    assert SEEDED.previous_workday(date(2026, 10, 7)) == date(2026, 9, 30)


@given(ANY_KINDS, st.dates(date(2016, 11, 1), date(2018, 3, 1)), st.integers(-60, 60).filter(bool))
def test_adding_agrees_with_walking_day_by_day(kinds: dict[date, DayKind], start: date, n: int) -> None:
    calendar = WorkCalendar(kinds, [2017])
    step = timedelta(days=1 if n > 0 else -1)
    day, left = start, abs(n)
    while left:
        day += step
        left -= calendar.is_workday(day)
    assert calendar.add_workdays(start, n) == day


@given(ANY_KINDS, st.dates(date(2016, 11, 1), date(2018, 3, 1)), st.integers(0, 300))
def test_counting_agrees_with_walking_and_changes_sign_backwards(
    kinds: dict[date, DayKind], a: date, length: int
) -> None:
    calendar = WorkCalendar(kinds, [2017])
    b = a + timedelta(days=length)
    walked = sum(calendar.is_workday(day) for day in all_days(a, b)[1:])
    assert calendar.workdays_between(a, b) == walked
    assert calendar.workdays_between(b, a) == -walked


@given(DAYS, st.integers(1, 400))
def test_the_nth_working_day_is_n_working_days_away(start: date, n: int) -> None:
    end = SEEDED.add_workdays(start, n)
    assert SEEDED.is_workday(end)
    assert SEEDED.workdays_between(start, end) == n


@given(DAYS)
def test_next_and_previous_working_day_enclose_the_day_without_one_between(day: date) -> None:
    before, after = SEEDED.previous_workday(day), SEEDED.next_workday(day)
    assert before <= day <= after
    assert [other for other in all_days(before, after) if SEEDED.is_workday(other)] == sorted({before, after})


def test_a_calendar_does_not_change_with_the_mapping_it_was_made_of() -> None:
    days = {date(2017, 7, 3): DayKind.HOLIDAY}
    calendar = WorkCalendar(days, [2017])
    days[date(2017, 7, 4)] = DayKind.HOLIDAY
    assert calendar.is_workday(date(2017, 7, 4))


def test_a_long_run_of_days_off_does_not_mislead_the_search() -> None:
    off = {date(2020, 1, 1) + timedelta(days=offset): DayKind.HOLIDAY for offset in range(1000)}
    calendar = WorkCalendar(off, [])
    assert calendar.add_workdays(date(2020, 1, 5), 1) == date(2022, 9, 27)
    assert calendar.add_workdays(date(2022, 9, 1), -1) == date(2019, 12, 31)


@pytest.mark.parametrize(("start", "n"), [(date(9999, 12, 1), 50), (date(1, 1, 2), -50), (date(2017, 1, 1), 10**9)])
def test_an_answer_outside_the_calendar_is_an_error_in_words(start: date, n: int) -> None:
    with pytest.raises(ValueError, match="超出了可以表示的日期"):
        SEEDED.add_workdays(start, n)


def test_far_apart_dates_cost_no_more_than_near_ones() -> None:
    begin = time.perf_counter()
    for offset in range(10_000):
        SEEDED.workdays_between(date(1990, 1, 1), date(2090, 1, 1) + timedelta(days=offset))
        SEEDED.add_workdays(date(1990, 1, 1), 20_000 + offset)
    assert time.perf_counter() - begin < 5  # about 0.3 s here; day by day it would be minutes
