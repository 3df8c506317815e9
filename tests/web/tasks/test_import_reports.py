"""Filled report templates and past weeks' ledgers, entered by the office on behalf of units."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from import_files import table, upload

from qingdan.web.common.errors import DomainError
from qingdan.web.tasks.imports import Action, preview_of
from qingdan.web.tasks.imports.filled import read_forecast, read_percent, split_reason
from qingdan.web.tasks.imports.preview import forget
from qingdan.web.tasks.models import ImportBatch, Problem, ReportVersion
from qingdan.web.tasks.services import imports

HEADER = [
    "任务编码", "大项", "工作内容", "牵头单位", "完成时限", "进展情况", "预估是否能够按时办结",
    "预估不能按时办结的原因及建议", "需要区委区政府解决的问题",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_kept_previews():
    forget()


def line(task, progress="主体完工", forecast="能", reason="", **other):
    first = [other.get("code", task.code), "示例大项", task.work, "区住建局", "7月31日前"]
    return [*first, progress, forecast, reason, other.get("problem", "")]


def start(district, *lines, header=HEADER, **more):
    return imports.start_import(
        district.officer, upload(table([header, *lines])), reference=date(2017, 7, 1), kind="reports",
        period=district.period, **more,
    )  # fmt: skip


def rows(batch):
    return [row for row in preview_of(batch).rows if row.action is not Action.ASIDE]


def test_a_units_filled_template_becomes_its_reports_with_the_file_as_evidence(district):
    first, second, third = district.tasks
    batch = start(
        district,
        line(first, "已完成80%装修", "不能", "管线迁改滞后；建议由区规建局协调", problem="请协调用电"),
        line(second, "路基完成", "不确定", problem="无"),
        line(third, "", ""),
        unit=district.bureau,
    )
    assert [row.action for row in rows(batch)] == [Action.REPORT, Action.REPORT, Action.LEFT]
    imports.apply_import(district.officer, batch)
    version = ReportVersion.objects.get(task=first)
    assert (version.unit, version.forecast, version.on_behalf) == (district.bureau, "no", True)
    assert (version.reason, version.advice) == ("管线迁改滞后", "由区规建局协调")
    assert version.evidence.get().attachment == batch.file
    assert [problem.text for problem in Problem.objects.all()] == ["请协调用电"]
    assert ReportVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("filled", "cell"),
    [
        ({"forecast": "不能"}, "H2"),
        ({"forecast": "不能", "reason": "征地滞后"}, "H2"),
        ({"forecast": "也许吧"}, "G2"),
        ({"forecast": ""}, "G2"),
        ({"progress": "", "problem": "缺钱"}, "F2"),
        ({"code": "P99-001-001"}, "A2"),
    ],
)
def test_a_row_that_may_not_be_submitted_is_refused_at_its_cell_and_nothing_is_stored(district, filled, cell):
    batch = start(district, line(district.tasks[0], **filled), line(district.tasks[1]))
    (refused, good) = rows(batch)
    assert (refused.action, good.action) == (Action.REFUSE, Action.REPORT)
    assert refused.problems[0].place == f"“7月”{cell}"
    with pytest.raises(DomainError, match=cell):
        imports.apply_import(district.officer, batch)
    assert not ReportVersion.objects.exists()


def test_a_past_overview_without_codes_is_matched_by_its_words(district):
    header = HEADER[1:]
    batch = start(district, line(district.tasks[0])[1:], line(district.tasks[1])[1:], header=header)
    imports.apply_import(district.officer, batch)
    assert {version.task for version in ReportVersion.objects.all()} == set(district.tasks[:2])


def test_another_units_task_is_refused(district):
    batch = start(district, line(district.tasks[0]), unit=district.other)
    assert "不由区农林局报送" in rows(batch)[0].problems[0].text


def test_the_tasks_that_the_file_does_not_hold_are_named(district):
    notes = preview_of(start(district, line(district.tasks[0]))).notes
    assert any("2 项" in note and district.tasks[1].code in note for note in notes)


def test_a_separate_advice_column_and_a_share_are_read(district):
    header = ["任务编码", "工作内容", "进展情况", "完成比例", "预估是否能够按时办结", "存在的困难", "工作建议"]
    task = district.tasks[0]
    batch = start(district, [task.code, task.work, "装修", 0.8, "不能", "缺管线", "协调"], header=header)
    imports.apply_import(district.officer, batch)
    version = ReportVersion.objects.get()
    assert (version.percent, version.reason, version.advice) == (80, "缺管线", "协调")


def test_the_upload_form_wants_the_week_and_leads_to_the_preview(client, district):
    client.force_login(district.officer)
    data = {"kind": "reports", "reference": "2017-07"}
    url = reverse("tasks:import-new")
    answer = client.post(url, data | {"file": upload(table([HEADER, line(district.tasks[0])]))})
    assert answer.status_code == 422
    assert "哪一周" in answer.content.decode()
    file = upload(table([HEADER, line(district.tasks[0])]))
    client.post(url, data | {"file": file, "period": district.period.pk, "unit": district.bureau.pk})
    pk = ImportBatch.objects.get().pk
    text = client.get(reverse("tasks:import", args=[pk])).content.decode()
    assert "代录" in text and "主体完工" in text and "不随周报改动" in text
    answer = client.post(reverse("tasks:import-apply", args=[pk]), follow=True)
    assert "代录的周报" in answer.content.decode()
    assert ReportVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "forecast"),
    [("能", "yes"), ("是", "yes"), ("已完成", "yes"), ("不能", "no"), ("否", "no"), ("不 能".replace(" ", ""), "no"),
     ("不确定", "unsure"), ("", ""), ("/", ""), ("三季度", None)],
)  # fmt: skip
def test_forecasts_are_read_as_people_write_them(text, forecast):
    assert read_forecast(text) == forecast


@pytest.mark.parametrize(
    ("text", "share"), [("76%", 76), ("76", 76), ("0.76", 76), ("７６％", 76), ("约80%", 80),
      ("1", 1), ("120%", None), ("大半", None)]
)  # fmt: skip
def test_shares_are_read_as_people_write_them(text, share):
    assert read_percent(text) == share


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("流标；建议改为竞争性谈判", ("流标", "改为竞争性谈判")),
        ("原因：征地滞后。建议：区政府协调", ("征地滞后", "区政府协调")),
        ("资金不足", ("资金不足", "")),
        ("上级建议暂缓实施", ("上级建议暂缓实施", "")),
        ("建议：区政府协调", ("建议：区政府协调", "")),
    ],
)
def test_reason_and_advice_of_one_column_are_told_apart(text, parts):
    assert split_reason(text) == parts
