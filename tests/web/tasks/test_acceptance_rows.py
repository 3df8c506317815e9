"""Acceptance rows that no page's own tests show: kinds of supervision, levels of sources, duty, unit record."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.tasks.models import Source, Task
from qingdan.web.tasks.services import escalation, following, plans, reports
from qingdan.web.units.models import Post


@pytest.fixture
def office(client, district):
    client.force_login(district.officer)
    return client


@pytest.mark.covers("P-09")
@pytest.mark.parametrize(("kind", "label"), [("routine", "日常"), ("special", "专项")])
def test_a_task_is_supervised_as_routine_or_special_and_its_page_says_which(office, district, kind, label):
    item = district.tasks[0].item
    data = {"work": f"{label}督查的工作", "leads": "区住建局", "deadline": "7月底前", "supervision": kind}
    office.post(reverse("tasks:task-new", args=[item.pk]), data)
    task = Task.objects.get(work=data["work"])
    assert task.supervision == kind
    assert label in office.get(reverse("tasks:task", args=[task.pk])).content.decode()


@pytest.mark.covers("B-51", "P-12")
@pytest.mark.parametrize(
    ("level", "label"), [("central", "中央"), ("province", "省"), ("city", "市"), ("district", "区")]
)
def test_a_task_is_traced_to_a_source_of_each_level(office, district, level, label):
    data = {"kind": "meeting", "level": level, "title": f"{label}级示例会议", "date_written": "7月中旬"}
    office.post(reverse("tasks:source-new"), data)
    source = Source.objects.get(title=data["title"])
    task = district.tasks[0]
    plans.change_task(
        district.officer, task, plans.TaskSpec(work=task.work, leads=[district.bureau], sources=[source])
    )  # fmt: skip
    page = office.get(reverse("tasks:task", args=[task.pk])).content.decode()
    assert data["title"] in page
    assert label in page
    assert data["title"] in office.get(reverse("tasks:plans")).content.decode()


@pytest.mark.covers("B-44")
def test_a_rung_of_the_ladder_names_the_unit_and_the_duty_of_its_post(office, district):
    post = Post.objects.get(unit=district.bureau, title__contains="签发")
    post.duty = "审核签发本单位周报"
    post.save()
    with clock.at(date(2017, 7, 18)):
        notices = escalation.climb()
    notice = next(n for n in notices if n.rule_name == "周报催办")
    assert notice.unit == district.bureau
    page = office.get(reverse("tasks:escalations")).content.decode()
    assert "区住建局" in page
    assert "审核签发本单位周报" in escalation.duty_of(district.bureau)


@pytest.mark.covers("P-10")
def test_a_units_record_of_conduct_is_a_workbook_for_the_assessment(office, district):
    content = {"progress": "主体完工", "forecast": "yes"}
    for task in district.tasks:
        reports.save_draft(district.reporter, district.period, task, district.bureau, content)
    reports.submit(district.signer, district.period, district.bureau)
    with clock.at(date(2017, 7, 17)):  # the week is over
        office.force_login(district.officer)
        response = office.get(reverse("tasks:unit-record-file"), {"since": "2017-07-01", "until": "2017-07-16"})
    assert response.status_code == 200
    sheets = openpyxl.load_workbook(BytesIO(response.content))
    text = str([cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row])
    assert "区住建局" in text
    assert "迟报" in text


@pytest.mark.parametrize(("year", "provisional"), [(2017, False), (2030, True)])
def test_a_day_counted_over_an_unpublished_year_says_so_wherever_it_is_shown(office, district, year, provisional):
    with clock.at(date(year, 9, 12)):
        office.force_login(district.officer)
        period = reports.open_period(district.officer, date(year, 9, 12))
        escalation.tell_opening(period)
        pages = [
            office.get(reverse("tasks:periods")).content.decode(),
            office.get(reverse("tasks:missing", args=[period.pk])).content.decode(),
        ]
        office.force_login(district.reporter)
        pages.append(office.get(reverse("tasks:my-reports")).content.decode())
        pages.append(office.get(reverse("common:inbox")).content.decode())
    assert [f"{year}年9月" in page for page in pages] == [True] * 4
    assert ["放假安排尚未公布" in page for page in pages] == [provisional] * 4


def test_a_past_days_first_page_does_not_speak_of_what_waits_today(office, district):
    following.request_extension(district.reporter, district.tasks[0], district.bureau, deadline="8月底", reason="雨季")
    waiting = "份延期申请待审批"
    assert waiting in office.get(reverse("home")).content.decode()
    assert waiting not in office.get(reverse("home"), {"day": "2017-07-11"}).content.decode()
