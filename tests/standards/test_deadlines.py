"""A cell of the column 完成时限: its kind, its last day in time, and what the reader is told about it."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.deadlines import (
    DayBasis,
    Deadline,
    DeadlineKind,
    Period,
    Recurrence,
    RecurUnit,
    period_end,
    read_deadline,
)
from qingdan.standards.workdays import WorkCalendar

JULY = date(2017, 7, 1)
CALENDAR = WorkCalendar.seeded()
DAY, MONTH, QUARTER, HALF = DeadlineKind.DAY, DeadlineKind.MONTH, DeadlineKind.QUARTER, DeadlineKind.HALF_YEAR
YEAR, OPEN, UNREAD = DeadlineKind.YEAR, DeadlineKind.OPEN, DeadlineKind.UNREAD


def read(raw: str | float | date | None, reference: date = JULY) -> Deadline:
    return read_deadline(raw, reference=reference)


@pytest.mark.covers("P-03")
@pytest.mark.parametrize(
    ("written", "kind", "due"),
    [
        ("2017年7月31日", DAY, date(2017, 7, 31)),
        ("2017年7月31日前", DAY, date(2017, 7, 31)),
        ("2017.7.31", DAY, date(2017, 7, 31)),
        ("2017-07-31", DAY, date(2017, 7, 31)),
        ("2017-07-31 00:00:00", DAY, date(2017, 7, 31)),
        ("2017/7/31", DAY, date(2017, 7, 31)),
        ("17.7.31", DAY, date(2017, 7, 31)),
        ("20170731", DAY, date(2017, 7, 31)),
        ("7/31", DAY, date(2017, 7, 31)),
        ("7.31", DAY, date(2017, 7, 31)),
        ("7月20日前", DAY, date(2017, 7, 20)),
        ("７月２０号之前完成", DAY, date(2017, 7, 20)),
        ("7月20日（周四）18:00前", DAY, date(2017, 7, 20)),
        ("7月28日下班前", DAY, date(2017, 7, 28)),
        ("7 月 20 日", DAY, date(2017, 7, 20)),
        ("二〇一七年七月三十一日", DAY, date(2017, 7, 31)),
        ("本月25日前", DAY, date(2017, 7, 25)),
        ("7月10日-20日", DAY, date(2017, 7, 20)),
        ("7月31日前完成并长期坚持", DAY, date(2017, 7, 31)),
        ("42947", DAY, date(2017, 7, 31)),
        ("7月", MONTH, date(2017, 7, 31)),
        ("7月底前", MONTH, date(2017, 7, 31)),
        ("力争7月底前完成", MONTH, date(2017, 7, 31)),
        ("7月上旬", MONTH, date(2017, 7, 10)),
        ("7月中旬", MONTH, date(2017, 7, 20)),
        ("7月下旬", MONTH, date(2017, 7, 31)),
        ("十月底前", MONTH, date(2017, 10, 31)),
        ("预计12月", MONTH, date(2017, 12, 31)),
        ("2018年2月底前", MONTH, date(2018, 2, 28)),
        ("明年6月底前", MONTH, date(2018, 6, 30)),
        ("月底前", MONTH, date(2017, 7, 31)),
        ("2017年6-12月", MONTH, date(2017, 12, 31)),
        ("2017.7-2017.12", MONTH, date(2017, 12, 31)),
        ("10月至次年3月", MONTH, date(2018, 3, 31)),
        ("2017年7月至2018年6月", MONTH, date(2018, 6, 30)),
        ("7月20日前完成方案，8月底前送审", MONTH, date(2017, 8, 31)),
        ("方案于7月20日前完成并送审", DAY, date(2017, 7, 20)),
        ("原定7月底，调整为8月底", MONTH, date(2017, 8, 31)),
        ("主体工程明年6月底前封顶", MONTH, date(2018, 6, 30)),
        ("三季度", QUARTER, date(2017, 9, 30)),
        ("第三季度末", QUARTER, date(2017, 9, 30)),
        ("2018年1季度", QUARTER, date(2018, 3, 31)),
        ("Q3", QUARTER, date(2017, 9, 30)),
        ("上半年", HALF, date(2017, 6, 30)),
        ("2018年上半年", HALF, date(2018, 6, 30)),
        ("下半年", HALF, date(2017, 12, 31)),
        ("年内", YEAR, date(2017, 12, 31)),
        ("年底前", YEAR, date(2017, 12, 31)),
        ("2017年底前", YEAR, date(2017, 12, 31)),
        ("今年底", YEAR, date(2017, 12, 31)),
        ("全年", YEAR, date(2017, 12, 31)),
        ("2018年", YEAR, date(2018, 12, 31)),
        ("持续推进", OPEN, None),
        ("长期坚持", OPEN, None),
        ("常态化开展", OPEN, None),
    ],
)
def test_a_deadline_is_read_with_its_last_day_in_time(written: str, kind: DeadlineKind, due: date | None) -> None:
    deadline = read(written)
    assert (deadline.kind, deadline.due, deadline.written) == (kind, due, written)


def test_the_reader_is_told_that_the_day_itself_still_counts() -> None:
    assert "含当日" in read("7月20日前").note
    assert read("7月20日").note == ""


@pytest.mark.parametrize(
    ("raw", "due"),
    [
        (date(2017, 7, 31), date(2017, 7, 31)),
        (datetime(2017, 7, 31, 18, 30), date(2017, 7, 31)),
        (42947, date(2017, 7, 31)),
        (42947.75, date(2017, 7, 31)),
        (7.31, date(2017, 7, 31)),
        (20170731, date(2017, 7, 31)),
        (201707, date(2017, 7, 31)),
        (2017, date(2017, 12, 31)),
    ],
)
def test_dates_and_numbers_of_a_workbook_are_read(raw: float | date, due: date) -> None:
    assert read(raw).due == due


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "没有填写"),
        ("", "没有填写"),
        (" — ", "没有填写"),
        ("无", "没有填写"),
        ("尽快", "读不懂"),
        ("春节前", "读不懂"),
        ("完成" * 16_000 + "x", "完成时限有32001个字"),
        ("7-9", "读不懂"),
        ("每两月一次", "读不懂"),
        ("每月5日、20日前", "读不懂"),
        ("2月30日", "2017年2月没有30日"),
        ("13月", "没有13月"),
        ("3017年5月", "年份“3017”不合理"),
        (7.3, "可能是7月3日，也可能是7月30日"),
        (7, "看不出是哪一天"),
        (-1, "看不出是哪一天"),
        (float("nan"), "不是日期"),
        (float("inf"), "不是日期"),
        (True, "逻辑值"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_write(raw: str | float | None, reason: str) -> None:
    deadline = read(raw)
    assert deadline.kind is UNREAD and deadline.due is None
    assert reason in deadline.note and "请写成" in deadline.note


@pytest.mark.parametrize(
    ("written", "reference", "due"),
    [
        ("1月底", date(2017, 7, 1), date(2017, 1, 31)),
        ("12月底", date(2017, 7, 1), date(2017, 12, 31)),
        ("3月底", date(2026, 11, 1), date(2027, 3, 31)),
        ("11月底", date(2027, 1, 1), date(2026, 11, 30)),
        ("1月20日", date(2017, 12, 1), date(2018, 1, 20)),
        ("12月31日", date(2018, 1, 10), date(2017, 12, 31)),
        ("一季度", date(2026, 12, 1), date(2027, 3, 31)),
        ("年底", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_missing_year_is_the_first_that_is_no_more_than_half_a_year_back(
    written: str, reference: date, due: date
) -> None:
    assert read(written, reference).due == due


@given(st.dates(date(2005, 1, 1), date(2090, 1, 1)), st.integers(1, 12))
def test_a_month_without_year_lies_between_six_months_back_and_six_ahead(reference: date, month: int) -> None:
    due = read(f"{month}月", reference).due
    assert due is not None and due.month == month
    assert timedelta(days=-185) <= due - reference <= timedelta(days=185 + 31)


def test_the_last_of_several_dates_counts_and_the_reader_is_told() -> None:
    deadline = read("7月20日前完成方案，8月底前送审")
    assert deadline.due == date(2017, 8, 31) and "多个时间" in deadline.note
    assert "只读取了原文中的时间" in read("12月持续推进").note
    assert "截止日" in read("7月10日-20日").note


@pytest.mark.parametrize(
    ("written", "recur", "dues"),
    [
        ("每月28日前", Recurrence(RecurUnit.MONTHLY, 28), [date(2017, 7, 28), date(2017, 8, 28)]),
        ("每月底", Recurrence(RecurUnit.MONTHLY), [date(2017, 7, 31), date(2017, 8, 31), date(2017, 9, 30)]),
        ("每月30日前报送", Recurrence(RecurUnit.MONTHLY, 30), [date(2017, 7, 30), date(2017, 8, 30)]),
        ("每周五", Recurrence(RecurUnit.WEEKLY, 5), [date(2017, 7, 7), date(2017, 7, 14)]),
        ("每周五前", Recurrence(RecurUnit.WEEKLY, 5), [date(2017, 7, 7)]),
        ("每周", Recurrence(RecurUnit.WEEKLY), [date(2017, 7, 2), date(2017, 7, 9)]),
        ("每季度末", Recurrence(RecurUnit.QUARTERLY), [date(2017, 9, 30), date(2017, 12, 31)]),
        ("每季度首月10日前", Recurrence(RecurUnit.QUARTERLY, 10, 1), [date(2017, 7, 10), date(2017, 10, 10)]),
        ("每半年", Recurrence(RecurUnit.HALF_YEARLY), [date(2017, 12, 31), date(2018, 6, 30)]),
        ("每年3月底前", Recurrence(RecurUnit.YEARLY, None, 3), [date(2018, 3, 31), date(2019, 3, 31)]),
        ("每天", Recurrence(RecurUnit.DAILY), [date(2017, 7, 2), date(2017, 7, 3)]),
    ],
)
def test_a_recurring_deadline_comes_round(written: str, recur: Recurrence, dues: list[date]) -> None:
    deadline = read(written)
    assert (deadline.kind, deadline.due, deadline.recur) == (DeadlineKind.RECURRING, None, recur)
    found, day = [], JULY
    for _ in dues:
        day = deadline.next_due(day) or day
        found.append(day)
    assert found == dues


def test_a_recurring_deadline_that_falls_on_today_counts_today() -> None:
    deadline = read("每月28日前")
    assert deadline.current_due(date(2017, 7, 28)) == date(2017, 7, 28)
    assert deadline.next_due(date(2017, 7, 28)) == date(2017, 8, 28)


def test_the_31st_of_a_shorter_month_is_its_last_day() -> None:
    recurrence = Recurrence(RecurUnit.MONTHLY, 31)
    assert recurrence.next_due(date(2017, 1, 31)) == date(2017, 2, 28)


@pytest.mark.parametrize(
    ("unit", "day", "month"),
    [
        (RecurUnit.WEEKLY, 8, None),
        (RecurUnit.MONTHLY, 32, None),
        (RecurUnit.QUARTERLY, 1, 4),
        (RecurUnit.MONTHLY, 1, 1),
    ],
)
def test_a_recurrence_that_never_falls_due_is_refused(unit: RecurUnit, day: int, month: int | None) -> None:
    with pytest.raises(ValueError, match="周期中没有"):
        Recurrence(unit, day, month)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("收文后5个工作日内", Period(5, DayBasis.WORKING)),
        ("自公布之日起5个工作日", Period(5, DayBasis.WORKING)),
        ("30日内", Period(30, DayBasis.NATURAL)),
        ("三十日内", Period(30, DayBasis.NATURAL)),
        ("收到通知之日起十五日内", Period(15, DayBasis.NATURAL)),
        ("一周内", Period(7, DayBasis.NATURAL)),
        ("3个月内", Period(3, DayBasis.MONTH)),
        ("半个月内", Period(15, DayBasis.NATURAL)),
        ("半年内", Period(6, DayBasis.MONTH)),
    ],
)
def test_a_period_from_an_event_is_read_with_what_it_counts(written: str, period: Period) -> None:
    deadline = read(written)
    assert (deadline.kind, deadline.due, deadline.period) == (DeadlineKind.RELATIVE, None, period)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (date(2026, 9, 25), Period(5, DayBasis.WORKING), date(2026, 10, 9)),  # 28, 29, 30 September, 8, 9 October
        (date(2026, 9, 1), Period(30, DayBasis.NATURAL), date(2026, 10, 8)),  # 1 October gives way
        (date(2026, 9, 1), Period(15, DayBasis.NATURAL), date(2026, 9, 16)),
        (date(2026, 1, 31), Period(1, DayBasis.MONTH), date(2026, 2, 28)),  # a Saturday that is worked
        (date(2026, 8, 31), Period(1, DayBasis.MONTH), date(2026, 9, 30)),
    ],
)
def test_a_statutory_period_ends_as_the_civil_code_says(start: date, period: Period, end: date) -> None:
    assert period_end(start, period, CALENDAR) == end


def test_a_period_beyond_all_calendars_is_an_error_in_words() -> None:
    with pytest.raises(ValueError, match="超出了可以表示的日期"):
        period_end(date(9999, 12, 1), Period(90, DayBasis.NATURAL), CALENDAR)
    with pytest.raises(ValueError, match="期间至少为1"):
        Period(0, DayBasis.WORKING)


ALL_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    unit = draw(st.sampled_from(RecurUnit))
    if unit is RecurUnit.DAILY:
        return Recurrence(unit)
    day = draw(st.none() | st.integers(1, 7 if unit is RecurUnit.WEEKLY else 31))
    span = {RecurUnit.QUARTERLY: 3, RecurUnit.HALF_YEARLY: 6, RecurUnit.YEARLY: 12}.get(unit)
    return Recurrence(unit, day, draw(st.none() | st.integers(1, span)) if span else None)


@given(recurrences(), ALL_DAYS, ALL_DAYS)
def test_a_recurring_deadline_displays_as_it_reads_and_moves_forward(
    recur: Recurrence, reference: date, after: date
) -> None:
    assert read(recur.display(), reference).recur == recur
    due = recur.next_due(after)
    assert after < due <= after + timedelta(days=366 + 31)
    assert recur.next_due(due - timedelta(days=1)) == due


@given(st.integers(1, 9999), st.sampled_from(DayBasis), ALL_DAYS)
def test_a_period_displays_as_it_reads(count: int, basis: DayBasis, reference: date) -> None:
    period = Period(count, basis)
    assert read(period.display(), reference).period == period


DATE_FORMS = st.sampled_from(
    [
        "{y}年{m}月{d}日",
        "{m}月{d}日前",
        "{y}.{m}.{d}",
        "{y}-{m:02}-{d:02}",
        "{y}/{m}/{d}",
        "{m}月底前",
        "{y}年{m}月",
        "{m}月上旬",
        "{y}年{m}月中旬",
        "{y}年第{q}季度",
        "{q}季度末",
        "{y}年上半年",
        "下半年",
        "{y}年",
        "年底前",
        "{m}月1日至{d}日",
        "持续推进",
    ]
)


@given(ALL_DAYS, ALL_DAYS, DATE_FORMS)
def test_reading_what_is_displayed_gives_the_same_reading(day: date, reference: date, form: str) -> None:
    deadline = read(form.format(y=day.year, m=day.month, d=day.day, q=(day.month + 2) // 3), reference)
    assert deadline.kind is not UNREAD or (day.month, day.day) == (2, 29)
    assert read(deadline.display(), reference).reading == deadline.reading


@given(ALL_DAYS, ALL_DAYS, st.sampled_from(["{y}年{m}月{d}日", "{y}.{m}.{d}", "{y}-{m:02}-{d:02}", "{y}{m:02}{d:02}"]))
def test_a_full_date_is_that_day_whatever_the_reference(day: date, reference: date, form: str) -> None:
    assert read(form.format(y=day.year, m=day.month, d=day.day), reference).due == day


ODDMENTS = st.sampled_from(
    [
        *"年月日号前后内底末旬上中下周季度每个至到-—./,，、；：（）()一二三五十〇两半0123456789 \n",
        *[
            "2017",
            "季度",
            "工作日",
            "持续",
            "推进",
            "完成",
            "7月",
            "31日",
            "18:00",
            "月底",
            "每周",
            "次年",
            "全年",
            "长期",
        ],
    ]
)


@given(st.lists(ODDMENTS, max_size=9).map("".join) | st.text(max_size=30), ALL_DAYS)
def test_any_text_gets_a_reading_that_survives_being_displayed(text: str, reference: date) -> None:
    deadline = read(text, reference)
    assert deadline.written == text.strip()
    assert deadline.kind is not UNREAD or deadline.note
    assert read(deadline.display(), reference).reading == deadline.reading


@given(st.floats() | st.integers())
def test_any_number_gets_a_reading(number: float) -> None:
    deadline = read(number)
    assert (deadline.due is None) == (deadline.kind is UNREAD)
