"""Forecasts against outcomes, and the record of a unit for assessing its work."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from reporting import browser, submit, write

from qingdan.web.common import clock
from qingdan.web.tasks.records import forecast_records
from qingdan.web.tasks.services import following
from qingdan.web.tasks.unit_records import unit_records
from qingdan.web.units.models import Role

SPAN = (date(2017, 7, 1), date(2017, 8, 31))
NO = {"forecast": "no", "reason": "雨季", "advice": "抢工"}


@pytest.fixture
def ended(district):
    """Said 能 and in time; said 不能 and late; said 能 and never finished. It is 10 August."""
    first, second, third = district.tasks
    write(district, first, progress="完成内部装修并通过竣工验收")
    write(district, second, progress="路基完成一半，沥青尚未到场", **NO)
    write(district, third, progress="方案初稿已经完成，正在征求意见")
    submit(district)
    with clock.at(date(2017, 8, 9)):
        following.close_task(district.officer, first, kind="done", note="核实", finished_on=date(2017, 7, 28))
        following.close_task(district.officer, second, kind="done", note="核实", finished_on=date(2017, 8, 8))
    with clock.at(date(2017, 8, 10)):
        yield district


@pytest.mark.covers("P-06")
def test_a_forecast_counts_as_right_when_it_came_true(ended):
    (record,) = forecast_records(ended.officer, *SPAN)
    assert (record.yes_in_time, record.yes_late, record.no_in_time, record.no_late) == (1, 1, 0, 1)
    assert record.right == Fraction(2, 3)


@pytest.mark.covers("P-06")
def test_tasks_said_to_be_in_time_that_were_late_are_named(ended):
    (record,) = forecast_records(ended.officer, *SPAN)
    assert [(s.task_id, s.finished_on) for s in record.surprises] == [(ended.tasks[2].pk, None)]
    html = browser(ended.officer).get(reverse("tasks:forecast-record")).content.decode()
    assert "编制招商方案" in html and "2 / 3" in html and "66.7%" in html


def test_before_the_outcome_is_known_nothing_is_judged(district):
    write(district)
    submit(district)
    assert forecast_records(district.officer, *SPAN) == []


def test_what_was_said_for_a_deadline_since_extended_is_judged_by_the_old_one(ended):
    with clock.at(date(2017, 7, 30)):
        request = following.request_extension(
            ended.reporter, ended.tasks[2], ended.bureau, deadline="9月30日前", reason="方案调整"
        )
        following.decide_extension(ended.head, request, approved=True, reason="同意")
    (record,) = forecast_records(ended.officer, *SPAN)
    assert record.yes_late == 1


def test_a_unit_sees_its_own_record_and_no_other(ended, person):
    address = reverse("tasks:forecast-record")
    assert "2 / 3" in browser(ended.reporter).get(address).content.decode()
    assert "2 / 3" not in browser(person(Role.REPORTER, "区水务局")).get(address).content.decode()


def test_a_span_that_makes_no_sense_is_named(ended):
    page = browser(ended.officer).get(reverse("tasks:forecast-record"), {"since": "2017-09-01", "until": "2017-08-01"})
    assert page.status_code == 200 and "起始日期晚于截止日期" in page.content.decode()


@pytest.mark.covers("P-10")
def test_the_record_of_a_unit_counts_reports_returns_hints_and_late_tasks(ended):
    with clock.at(date(2017, 7, 13)):
        write(ended, ended.tasks[0], progress="更正后的进展内容，已写明套数")
        (version,) = submit(ended)
        from qingdan.web.tasks.services import reports

        reports.return_report(ended.officer, version, reason="请写明套数")
    (record,) = unit_records(ended.officer, *SPAN)
    assert (record.owed, record.in_time, record.late, record.missing, record.returned) == (3, 3, 0, 0, 1)
    assert (record.late_tasks, record.forecasts.judged) == (2, 3)


@pytest.mark.covers("P-10")
def test_the_record_is_taken_out_as_a_workbook(ended):
    address = reverse("tasks:unit-record-file") + "?since=2017-07-01&until=2017-08-10"
    sheet = load_workbook(BytesIO(browser(ended.officer).get(address).content)).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (row,) = [row for row in values if row[0] == "区住建局"]
    assert row[1:5] == [3, 3, 0, 0]
    book = load_workbook(BytesIO(browser(ended.officer).get(reverse("tasks:forecast-file")).content))
    assert book.sheetnames == ["预估记录", "报能而逾期"]
