"""The working-day calendar: seeded, cached without staleness, kept by the system administrator with a reason."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.common import calendar
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import CalendarDay, CalendarYear, Event
from qingdan.web.units.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(person):
    return person(Role.SYSTEM_ADMIN, "区信息中心")


def test_a_migrated_database_has_the_calendar():
    work = calendar.work_calendar()
    assert work.is_published(2017) and work.is_published(2026)
    # National Day of 2017: eight days off together with Mid-autumn, 30 September was worked.
    assert not work.is_workday(date(2017, 10, 6)) and work.is_workday(date(2017, 9, 30))
    assert CalendarDay.objects.get(day=date(2017, 10, 3)).remark == "国庆节"


def test_seeding_again_changes_nothing_and_leaves_a_changed_year_alone(admin):
    calendar.remove_day(admin, date(2017, 10, 6), reason="测试")
    before = CalendarDay.objects.count()
    assert calendar.seed_calendar(None) == []
    assert CalendarDay.objects.count() == before


def test_seeding_fills_a_year_that_is_missing(admin):
    CalendarDay.objects.filter(day__year=2026).delete()
    CalendarYear.objects.filter(year=2026).delete()
    assert not calendar.work_calendar().is_published(2026)
    assert calendar.seed_calendar(admin) == [2026]
    assert calendar.work_calendar().is_published(2026)


def test_a_change_is_seen_at_once(admin):
    day = date(2017, 7, 12)
    assert calendar.work_calendar().is_workday(day)
    calendar.set_day(admin, day, "holiday", remark="临时放假", reason="区政府通知")
    assert not calendar.work_calendar().is_workday(day)
    calendar.remove_day(admin, day, reason="通知取消")
    assert calendar.work_calendar().is_workday(day)
    assert list(Event.objects.exclude(actor=None).values_list("verb", flat=True).order_by("id")) == [
        "common.set_calendar_day", "common.remove_calendar_day",
    ]  # fmt: skip


def test_a_change_that_was_rolled_back_is_forgotten(admin):
    day = date(2017, 7, 12)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        calendar.set_day(admin, day, "holiday", reason="测试")
        assert not calendar.work_calendar().is_workday(day)
        raise ZeroDivisionError
    assert calendar.work_calendar().is_workday(day)


def test_reading_the_calendar_again_asks_nothing(django_assert_num_queries):
    calendar.work_calendar()
    with django_assert_num_queries(0):
        calendar.work_calendar()


def test_another_process_learns_of_a_change_with_its_next_request(client, admin):
    calendar.work_calendar()
    # As another process does it: rows and token, without this process's knowledge.
    from qingdan.web.common.models import Setting

    CalendarDay.objects.bulk_create([CalendarDay(day=date(2017, 7, 12), kind="holiday")])
    Setting.objects.filter(pk="revision:calendar").update(value="other")
    client.get("/healthz")
    assert not calendar.work_calendar().is_workday(date(2017, 7, 12))


@pytest.mark.parametrize("role", [r for r in Role if r != Role.SYSTEM_ADMIN])
def test_nobody_else_changes_the_calendar(person, role):
    with pytest.raises(Denied):
        calendar.set_day(person(role), date(2017, 7, 12), "holiday", reason="测试")


def test_a_make_up_day_on_a_weekday_is_refused(admin):
    with pytest.raises(DomainError, match="不会是补班日"):
        calendar.set_day(admin, date(2017, 7, 12), "makeup", reason="测试")


def test_a_change_needs_a_reason(admin):
    with pytest.raises(DomainError, match="理由"):
        calendar.set_day(admin, date(2017, 7, 12), "holiday", reason="  ")


def test_a_year_is_published_with_its_document(admin):
    assert calendar.unpublished_banner(2027) == "2027年放假安排尚未公布，暂按周末推算"
    with pytest.raises(DomainError, match="还没有录入"):
        calendar.publish_year(admin, 2027, source="通知", reason="公布")
    calendar.set_day(admin, date(2027, 1, 1), "holiday", reason="通知")
    with pytest.raises(DomainError, match="依据文件"):
        calendar.publish_year(admin, 2027, source="", reason="公布")
    calendar.publish_year(admin, 2027, source="关于2027年放假安排的通知", reason="公布")
    assert calendar.unpublished_banner(2027) == ""
    calendar.publish_year(admin, 2027, source="", published=False, reason="录错")
    assert calendar.unpublished_banner(2027)


def test_a_year_is_imported_whole(admin):
    rows = calendar.read_arrangement("日期,类型,说明\r\n2027-01-01,放假,元旦\r\n2027/1/3,补班,\r\n".encode("gb18030"))
    calendar.import_year(admin, 2027, rows, source="某号文（测试）", reason="公布")
    work = calendar.work_calendar()
    assert work.is_published(2027) and work.is_workday(date(2027, 1, 3)) and not work.is_workday(date(2027, 1, 1))
    event = Event.objects.exclude(actor=None).get()
    assert event.facts["after"][0] == {
        "day": "2027-01-01",
        "kind": "holiday",
        "remark": "元旦",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-01-01,放假\n2027-02-30,放假", "第2行：“2027-02-30”不是日期。"),
        ("2027-01-01,休息", "第1行：“休息”不是类型。"),
        ("2027-01-01,补班", "第1行：2027-01-01 是星期一至星期五"),
        ("2027-01-01,放假\n2027-1-1,放假", "第2行：2027-01-01 已在前面出现过"),
        ("", "没有任何日期"),
        ('"2027', "引号不成对"),
    ],
)
def test_a_bad_line_is_named(text, said):
    with pytest.raises(DomainError) as caught:
        calendar.read_arrangement(text.encode())
    assert said in str(caught.value)


def test_a_line_of_another_year_changes_nothing(admin):
    rows = calendar.read_arrangement("2028-01-01,放假".encode())
    with pytest.raises(DomainError, match="不是2027年"):
        calendar.import_year(admin, 2027, rows, source="x", reason="公布")
    assert not CalendarYear.objects.filter(year=2027).exists()


@given(st.binary(max_size=300))
def test_any_bytes_give_days_or_a_message(data):
    try:
        rows = calendar.read_arrangement(data)
    except DomainError as error:
        assert error.reason and error.remedy
    else:
        assert rows


@given(st.lists(st.dates(date(2000, 1, 1), date(2100, 12, 31)), unique=True, min_size=1, max_size=40))
def test_what_is_written_as_csv_reads_back(days):
    text = "".join(f"{day.isoformat()},{'补班' if day.weekday() > 4 else '放假'},说明\n" for day in days)
    rows = calendar.read_arrangement(text.encode())
    assert [row.day for row in rows] == days
    assert all((row.kind == "makeup") == (row.day.weekday() > 4) for row in rows)
