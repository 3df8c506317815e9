"""The overview as files: opened again, they say what the page says."""

from __future__ import annotations

import io
from urllib.parse import unquote

import docx
import openpyxl
import pdfplumber
import pytest
from django.urls import reverse

from qingdan.papers import OVERVIEW_HEADERS
from qingdan.sheets import Field, find_ledgers, read_grid
from qingdan.web.common.models import Event
from qingdan.web.tasks.services import plans, reports
from qingdan.web.units.models import Role

TITLE = "2017年7月进展情况一览表"


@pytest.fixture
def told(district):
    """The first task cannot be finished in time, and says why."""
    content = {
        "progress": "完成三成", "forecast": "no", "reason": "雨季", "advice": "抢工", "problem": "请协调用地"
    }  # fmt: skip
    reports.save_draft(district.reporter, district.period, district.tasks[0], district.bureau, content)
    reports.submit(district.signer, district.period, district.bureau)
    return district


def get(client, edition, kind, **query):
    answer = client.get(reverse("tasks:overview-file", args=[edition.pk, kind]), query)
    assert answer.status_code == 200
    return answer


def squeezed(text):
    return "".join((text or "").split())


@pytest.mark.covers("P-23", "P-22", "P-05", "P-06", "P-08")
def test_the_workbook_has_the_columns_merged_items_and_choices(told, signed_in):
    answer = get(signed_in(told.officer), told.edition, "xlsx")
    name = unquote(answer.headers["Content-Disposition"].split("filename*=UTF-8''")[1])
    assert name == f"{TITLE}（截至2017年7月12日）.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet["A1"].value == TITLE and sheet["A2"].value == "截至2017年7月12日"
    headers = [cell.value for cell in sheet[3]]
    assert headers == ["序号", "大项", *OVERVIEW_HEADERS, "责任单位", "灯号", "任务编码"]
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert rows[0][:3] == (1, "示例大项一", "建成人才公寓624套")
    assert rows[0][3:9] == ("区住建局", "7月31日前", "完成三成", "不能", "原因：雨季\n建议：抢工", "请协调用地")
    assert "B5:B6" in {str(area) for area in sheet.merged_cells.ranges}
    assert any("不确定" in rule.formula1 for rule in sheet.data_validations.dataValidation)
    assert sheet.column_dimensions["L"].hidden and sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"


def test_the_workbook_is_read_back_with_the_stable_codes(told, signed_in):
    data = get(signed_in(told.officer), told.edition, "xlsx").content
    (ledger,) = find_ledgers(read_grid(data, "一览表.xlsx"))
    found = [row.values for row in ledger.rows() if Field.CODE in row.values and row.values[Field.CODE].text]
    assert [values[Field.CODE].text for values in found] == [task.code for task in told.tasks]
    assert found[0][Field.FORECAST].text == "不能"


@pytest.mark.covers("P-23", "P-22")
def test_the_word_file_has_the_seven_columns_under_a_repeated_header(told, signed_in):
    paper = docx.Document(io.BytesIO(get(signed_in(told.officer), told.edition, "docx").content))
    table = paper.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["序号", "大项", *OVERVIEW_HEADERS]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    text = "\n".join(cell.text for row in table.rows for cell in row.cells)
    assert "原因：雨季" in text and "请协调用地" in text
    assert any("截至2017年7月12日" in paragraph.text for paragraph in paper.paragraphs)


@pytest.mark.covers("P-21", "P-23")
def test_the_pdf_lies_landscape_with_header_and_page_count(told, signed_in):
    with pdfplumber.open(io.BytesIO(get(signed_in(told.officer), told.edition, "pdf").content)) as paper:
        page = paper.pages[0]
        assert page.width > page.height
        text = squeezed(page.extract_text())
    assert squeezed(TITLE) in text and "截至2017年7月12日" in text and "1/1" in text
    assert "建成人才公寓624套" in text.replace("\n", "")


def test_the_csv_names_plan_item_and_code_on_each_line(told, signed_in):
    text = get(signed_in(told.officer), told.edition, "csv").content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("行动计划,序号,大项,工作内容")
    assert sum("示例大项一" in line for line in lines) == 2


@pytest.mark.covers("P-28", "P-20")
def test_a_file_of_a_past_day_and_with_a_filter_has_those_rows_only(told, signed_in):
    client = signed_in(told.officer)
    before = get(client, told.edition, "csv", day="2017-07-11").content.decode("utf-8-sig")
    assert "完成三成" not in before and "建成人才公寓" in before
    cannot = get(client, told.edition, "csv", cannot="on").content.decode("utf-8-sig")
    assert "建成人才公寓" in cannot and "招商" not in cannot


def test_reading_out_leaves_an_event_with_the_conditions(told, signed_in):
    get(signed_in(told.officer), told.edition, "xlsx", cannot="on")
    event = Event.objects.get(verb="tasks.export")
    assert event.facts["rows"] == 1 and event.facts["kind"] == "xlsx" and event.facts["conditions"] == {"cannot": "on"}


def test_a_unit_takes_out_its_own_rows_only_and_an_administrator_none(told, person, signed_in):
    item = told.tasks[0].item
    assert signed_in(person(Role.SYSTEM_ADMIN, "信息中心")).get(
        reverse("tasks:overview-file", args=[told.edition.pk, "xlsx"])
    ).status_code == 404  # fmt: skip
    text = get(signed_in(told.reporter), told.edition, "csv").content.decode("utf-8-sig")
    assert text.count(item.name) == 2


def test_an_unknown_kind_of_file_does_not_exist(told, signed_in):
    assert signed_in(told.officer).get(reverse("tasks:overview-file", args=[told.edition.pk, "exe"])).status_code == 404


@pytest.mark.covers("P-30", "P-31")
def test_a_changed_deadline_and_a_target_are_printed_as_they_stand(told, signed_in):
    plans.change_deadline(told.head, told.tasks[0], deadline="8月15日前", reason="设计变更")
    text = get(signed_in(told.officer), told.edition, "csv").content.decode("utf-8-sig")
    assert "8月15日前" in text and "624套" in text
