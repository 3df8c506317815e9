"""Reporting weeks, who has not reported, the template for units without an account, the burden of reporting."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from reporting import browser, submit, write

from qingdan.sheets import Field, RowKind, find_ledgers, read_grid
from qingdan.web.common import clock
from qingdan.web.common.models import Event
from qingdan.web.tasks.models import ReportPeriod
from qingdan.web.tasks.services import reports


@pytest.mark.covers("P-04")
@pytest.mark.parametrize(
    ("day", "opens", "due"),
    [
        (date(2017, 7, 12), date(2017, 7, 10), date(2017, 7, 14)),
        # Friday 29 September, and Saturday 30 September worked: the due day stays the Friday.
        (date(2017, 9, 27), date(2017, 9, 25), date(2017, 9, 29)),
        # After the holidays the first working day is Monday 9 October.
        (date(2017, 10, 9), date(2017, 10, 9), date(2017, 10, 13)),
        (date(2017, 10, 4), None, None),
    ],
)
def test_a_week_opens_and_is_due_on_working_days_and_is_skipped_without_any(district, day, opens, due):
    with clock.at(day):
        period = reports.open_period(district.officer, day)
        assert reports.open_period(district.officer, day) == period
    assert (period.opens_on, period.due_on, bool(period.skipped)) == (opens, due, due is None)


def test_the_office_opens_a_week_and_comes_to_who_has_not_reported(district):
    client = browser(district.officer)
    response = client.post(reverse("tasks:period-open"), {"day": "2017-07-19"}, follow=True)
    assert "2017年7月第3周" in response.content.decode() and "区住建局" in response.content.decode()
    assert "免报" in client.post(reverse("tasks:period-open"), {"day": "2017-10-04"}, follow=True).content.decode()
    assert ReportPeriod.objects.count() == 3
    assert client.post(reverse("tasks:period-open"), {"day": ""}).status_code == 422


@pytest.mark.covers("P-04")
def test_who_has_not_reported_is_a_page_a_filter_and_a_sheet(district):
    write(district)
    submit(district)
    address = reverse("tasks:missing", args=[district.period.pk])
    html = browser(district.officer).get(address).content.decode()
    assert "<strong>2</strong>" in html and "未报齐（1）" in html
    assert "区住建局" in browser(district.officer).get(address, {"show": "missing"}).content.decode()
    data = browser(district.officer).get(reverse("tasks:missing-file", args=[district.period.pk])).content
    values = [[cell.value for cell in row] for row in load_workbook(BytesIO(data)).active.iter_rows()]
    assert ["区住建局", 3, 1, 2, 0, 0] in values
    assert Event.objects.filter(verb="tasks.export").count() == 1


def test_the_office_reads_what_a_unit_reported_and_not_its_drafts(district):
    write(district, district.tasks[0], progress="已报送的进展内容")
    submit(district)
    write(district, district.tasks[1], progress="还是草稿的内容")
    address = reverse("tasks:unit-reports", args=[district.period.pk, district.bureau.pk])
    html = browser(district.officer).get(address).content.decode()
    assert "已报送的进展内容" in html and "还是草稿的内容" not in html


def test_the_template_reads_back_with_codes_last_texts_and_drop_downs(district):
    write(district, progress="上期完成基础施工")
    submit(district)
    with clock.at(date(2017, 7, 19)):
        period = reports.open_period(district.officer, date(2017, 7, 19))
        address = reverse("tasks:report-template", args=[period.pk, district.bureau.pk])
        response = browser(district.officer).get(address)
    book = read_grid(response.content, "周报.xlsx")
    (ledger,) = find_ledgers(book)
    rows = [row for row in ledger.rows() if row.kind is RowKind.DATA]
    assert [row.values[Field.CODE].text for row in rows] == [task.code for task in district.tasks]
    assert rows[0].values[Field.PROGRESS].text == "上期完成基础施工"
    fields = {column.field for column in ledger.columns}
    assert {Field.TASK, Field.LEAD, Field.DEADLINE, Field.PROGRESS, Field.PERCENT, Field.FORECAST, Field.REASON,
            Field.PROBLEM, Field.CODE} <= fields  # fmt: skip
    sheet = load_workbook(BytesIO(response.content)).active
    assert any("不确定" in str(rule.formula1) for rule in sheet.data_validations.dataValidation)


@pytest.mark.covers("B-50")
def test_the_burden_counts_what_is_asked_and_what_took_one_click(district):
    write(district)
    submit(district)
    with clock.at(date(2017, 7, 19)):
        district.period = reports.open_period(district.officer, date(2017, 7, 19))
        reports.report_no_change(district.reporter, district.period, district.tasks[0], district.bureau)
        submit(district)
        html = browser(district.reporter).get(reverse("tasks:burden")).content.decode()
    assert "<strong>6</strong>" in html and "50%" in html
