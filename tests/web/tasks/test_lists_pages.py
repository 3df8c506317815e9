"""The pages of plans and of the monthly list: making, drafting, issuing, comparing, printing."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from qingdan.sheets import find_ledgers, read_grid
from qingdan.web.common import clock
from qingdan.web.tasks.models import ListEdition, Plan, Task
from qingdan.web.tasks.services import following, lists, plans
from qingdan.web.units.models import Role


@pytest.fixture
def office(client, district):
    client.force_login(district.officer)
    return client


@pytest.fixture
def august(district):
    """An August draft: the first task done, one new, two carried."""
    with clock.at(date(2017, 7, 28)):
        following.close_task(
            district.officer, district.tasks[0], kind="done", note="现场核实", finished_on=date(2017, 7, 27)
        )
        plans.add_task(
            district.officer,
            district.tasks[0].item,
            plans.TaskSpec(work="新增绿道2公里", leads=[district.other], deadline="8月底前"),
        )
        return lists.draft_edition(district.officer, date(2017, 8, 1))


@pytest.mark.covers("P-01", "P-49")
def test_the_office_makes_a_plan_with_several_leads_an_item_and_a_task_in_the_browser(office, district):
    office.post(reverse("tasks:plan-new"), {"name": "产业升级行动计划", "leads": "区农林局、区住建局"})
    plan = Plan.objects.get(name="产业升级行动计划")
    assert [lead.unit.name for lead in plan.plan_leads.all()] == ["区农林局", "区住建局"]
    office.post(reverse("tasks:item-new", args=[plan.pk]), {"name": "重大项目"})
    item = plan.items.get()
    response = office.post(
        reverse("tasks:task-new", args=[item.pk]),
        {"work": "引进项目30个以上", "leads": "区农林局，区住建局", "deadline": "年内", "supervision": "routine"},
    )
    task = Task.objects.get(work="引进项目30个以上")
    assert response.url == reverse("tasks:task", args=[task.pk])
    assert [(t.value, t.unit, t.qualifier) for t in task.targets.all()] == [(30, "个", ">=")]
    assert "引进项目30个以上" in office.get(reverse("tasks:plan", args=[plan.pk])).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("leads", "没有这个局", "没有叫“没有这个局”的单位"), ("deadline", "等通知再说吧", "读不懂")],
)
def test_what_cannot_be_read_stays_in_the_form_with_the_reason(office, district, field, value, message):
    item = district.tasks[0].item
    data = {"work": "某事", "leads": "区住建局", "deadline": "7月底前", "supervision": "routine", field: value}
    response = office.post(reverse("tasks:task-new", args=[item.pk]), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert value in page


@pytest.mark.covers("P-48")
def test_a_lead_unit_breaks_its_task_into_nodes_not_later_than_the_task(client, district, person):
    client.force_login(district.reporter)
    address = reverse("tasks:subtask-new", args=[district.tasks[0].pk])
    assert client.post(address, {"work": "完成主体", "deadline": "9月底前"}).status_code == 422
    client.post(address, {"work": "完成主体", "deadline": "7月20日前"})
    child = district.tasks[0].subtasks.get()
    assert [a.unit.name for a in child.assignments.all()] == ["区住建局"]
    client.force_login(person(Role.REPORTER, "区农林局"))
    assert client.post(address, {"work": "x", "deadline": "7月20日前"}).status_code == 403


@pytest.mark.covers("P-19", "P-25", "P-26")
def test_a_draft_shows_what_is_carried_new_and_taken_off_and_lines_are_decided(office, district, august):
    page = office.get(reverse("tasks:edition", args=[august.pk])).content.decode()
    assert "移出 · 完成" in page
    line = august.lines.get(task=district.tasks[1])
    address = reverse("tasks:line", args=[line.pk])
    assert office.post(address, {"change": "removed", "removal": "deferred"}).status_code == 422
    office.post(address, {"change": "removed", "removal": "deferred", "reason": "用地未落实", "approver": "区长"})
    line.refresh_from_db()
    assert (line.change, line.removal, line.approver) == ("removed", "deferred", "区长")


@pytest.mark.covers("P-02", "P-03")
def test_only_the_head_issues_and_then_nothing_changes(client, district, august):
    address = reverse("tasks:edition-issue", args=[august.pk])
    client.force_login(district.officer)
    assert client.post(address, {"approver": "区委"}).status_code == 403
    client.force_login(district.head)
    assert client.post(address, {"approver": ""}).status_code == 422
    assert client.post(address, {"approver": "区委分管领导"}).status_code == 302
    august.refresh_from_db()
    assert august.is_issued
    assert len(august.digest) == 64
    assert client.post(address, {"approver": "区委"}).status_code == 409
    line = august.lines.first()
    assert client.post(reverse("tasks:line", args=[line.pk]), {"change": "new"}).status_code == 422
    assert set(august.lines.exclude(change="carried").values_list("approver", flat=True)) == {"区委分管领导"}


@pytest.mark.covers("P-25")
def test_the_difference_of_two_editions_is_a_page_and_a_sheet(client, district, august):
    client.force_login(district.head)
    issued = lists.issue(district.head, august, approver="区委")
    page = client.get(reverse("tasks:edition-diff", args=[issued.pk, district.edition.pk])).content.decode()
    assert "新增绿道2公里" in page
    assert "现场核实" in page
    response = client.get(reverse("tasks:edition-diff-file", args=[issued.pk, district.edition.pk]))
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    text = str([cell.value for row in sheet.iter_rows() for cell in row])
    assert "新增（1项）" in text
    assert "移出（1项）" in text


@pytest.mark.covers("P-13")
def test_the_matrix_shows_each_plan_in_each_month(office, district, august):
    lists.issue(district.head, august, approver="区委")
    page = office.get(reverse("tasks:matrix"), {"year": "2017"}).content.decode()
    assert "示例行动计划" in page
    assert page.count("/ 2</span>") == 2
    assert "还没有印发清单" in office.get(reverse("tasks:matrix"), {"year": "2016"}).content.decode()


@pytest.mark.covers("B-45")
@pytest.mark.parametrize(
    ("view", "expected"), [("tasks", "7月31日前"), ("duties", "牵头 3"), ("progress", "距完成时限")]
)
def test_three_lists_are_three_views_of_the_same_rows(office, district, view, expected):
    page = office.get(reverse("tasks:three-lists", args=[district.edition.pk]), {"view": view}).content.decode()
    assert expected in page
    assert "建成人才公寓624套" in page


@pytest.mark.covers("P-57")
@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_booklet_of_the_month_is_a_word_and_a_pdf_file(office, district, kind):
    response = office.get(reverse("tasks:booklet", args=[district.edition.pk, kind]))
    assert response.status_code == 200
    if kind == "pdf":
        import pdfplumber

        with pdfplumber.open(BytesIO(response.content)) as pdf:
            text = "".join(page.extract_text() for page in pdf.pages)
    else:
        import docx

        document = docx.Document(BytesIO(response.content))
        text = "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "建成人才公寓624套" in text.replace("\n", "")


@pytest.mark.covers("P-14", "P-15")
def test_the_list_is_a_workbook_that_reads_back_with_its_codes(office, district):
    response = office.get(reverse("tasks:list-file", args=[district.edition.pk]))
    (ledger,) = find_ledgers(read_grid(response.content, "list.xlsx"))
    rows = [row for row in ledger.rows() if row.kind == "data"]
    codes = {cell.text for row in rows for cell in row.values.values()}
    assert {task.code for task in district.tasks} <= codes


@pytest.mark.covers("P-27", "P-37")
def test_a_campaign_shows_its_months_and_its_effect_with_formulas(office, district):
    office.post(
        reverse("tasks:campaign-new"), {"name": "战略攻坚月", "starts_on": "2017-07-01", "ends_on": "2017-07-31"}
    )
    from qingdan.web.tasks.models import Campaign

    campaign = Campaign.objects.get()
    address = reverse("tasks:campaign", args=[campaign.pk])
    assert "还没有可比的数据" in office.get(address).content.decode()
    with clock.at(date(2017, 7, 13)):
        again = lists.draft_edition(district.officer, date(2017, 7, 1), campaign=campaign)
        lists.issue(district.head, again, approver="区委")
    page = office.get(address).content.decode()
    assert "0 / 3" in page
    assert "清单任务总数" in page


def test_a_unit_sees_only_its_own_lines_and_an_uninvolved_unit_no_list(client, district, person, august):
    client.force_login(district.reporter)
    assert client.get(reverse("tasks:edition", args=[district.edition.pk])).status_code == 200
    assert client.get(reverse("tasks:edition", args=[august.pk])).status_code == 404
    client.force_login(person(Role.REPORTER, "区水务局"))
    assert client.get(reverse("tasks:edition", args=[district.edition.pk])).status_code == 404
    assert client.get(reverse("tasks:plan", args=[Plan.objects.get().pk])).status_code == 404


def test_a_draft_can_be_dropped_with_a_reason_and_an_issued_list_cannot(office, district, august):
    office.post(reverse("tasks:edition-drop", args=[august.pk]), {"reason": "重编"})
    assert list(ListEdition.objects.all()) == [district.edition]
    assert office.post(reverse("tasks:edition-drop", args=[district.edition.pk]), {"reason": "x"}).status_code == 422
