"""The task page: everything known of one task, and what may be done about it."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.tasks.models import Closure, DeadlineChange, ExtensionRequest, Judgement, LightOverride, Source
from qingdan.web.tasks.services import following, plans, reports
from qingdan.web.tasks.services.plans import TaskSpec
from qingdan.web.units.models import Role

GOOD = {"progress": "主体完工", "forecast": "yes"}


def report(district, task, **content):
    reports.save_draft(district.reporter, district.period, task, district.bureau, {**GOOD, **content})
    return reports.submit(district.signer, district.period, district.bureau)


def page(client, task, **query):
    return client.get(reverse("tasks:task", args=[task.pk]), query).content.decode()


def do(client, task, name, **data):
    return client.post(reverse(f"tasks:task-{name}", args=[task.pk]), data)


@pytest.mark.covers("P-05", "P-06")
def test_every_version_of_every_week_stays_on_the_page(district, signed_in):
    (first,) = report(district, district.tasks[0], progress="第一稿")
    reports.return_report(district.officer, first, reason="数字不符")
    report(district, district.tasks[0], progress="更正稿")
    html = page(signed_in(district.officer), district.tasks[0])
    assert "第一稿" in html and "更正稿" in html and "退回：数字不符" in html and "第2版" in html


def test_forecast_light_and_judgement_stand_side_by_side(district, signed_in):
    task = district.tasks[0]
    report(district, task)
    following.judge(district.officer, task, forecast="no", note="现场滞后")
    following.override_light(district.officer, task, light="late", reason="重点盯办", expires_on=date(2017, 7, 20))
    html = page(signed_in(district.leader), task)
    assert "单位预估" in html and "能按时办结" in html
    assert "qd-light--normal" in html and "qd-light--late qd-light--override" in html and "有效至7月20日" in html
    assert "不能按时办结" in html and "现场滞后" in html


@pytest.mark.covers("P-12", "P-15", "P-31")
def test_units_targets_tags_and_sources_are_named(district, signed_in):
    source = plans.add_source(
        district.officer, kind=Source.Kind.MEETING, level=Source.Level.CITY, title="产业发展大会",
        held_on=date(2017, 7, 2),
    )  # fmt: skip
    tag = plans.add_tag(district.officer, "strategy", "中优")
    spec = TaskSpec(work="建成人才公寓624套", leads=[district.bureau], responsible=[district.other],
                    deadline="7月31日前", tags=[tag], sources=[source], closing_rule="全部达到入住条件")  # fmt: skip
    plans.change_task(district.officer, district.tasks[0], spec)
    html = page(signed_in(district.officer), district.tasks[0])
    for words in ("产业发展大会", "市 会议", "2017年7月2日", "中优", "区农林局", "624套", "全部达到入住条件"):
        assert words in html


def test_an_old_deadline_stays_visible_with_reason_and_person(district, signed_in):
    client = signed_in(district.head)
    answer = do(client, district.tasks[0], "deadline", deadline="8月15日前", reason="设计变更")
    assert answer.status_code == 302
    html = page(client, district.tasks[0])
    assert "<del" in html and "7月31日前" in html and "设计变更" in html and DeadlineChange.objects.count() == 4


@pytest.mark.covers("P-48")
def test_sub_tasks_roll_up_with_their_nodes(district, signed_in):
    parent = district.tasks[0]
    done = plans.add_subtask(district.reporter, parent, TaskSpec(work="完成装修", deadline="7月20日前"))
    plans.add_subtask(district.reporter, parent, TaskSpec(work="配齐家具", deadline="7月28日前"))
    following.close_task(district.officer, done, kind="done", note="已核实", finished_on=date(2017, 7, 11))
    html = page(signed_in(district.reporter), parent)
    assert "完成装修" in html and "7月28日前" in html and "已办结 1 / 2" in html


def test_the_office_judges_sets_a_light_and_closes_by_form(district, signed_in):
    client, task = signed_in(district.officer), district.tasks[0]
    assert do(client, task, "judge", forecast="unsure", note="待看").status_code == 302
    assert do(client, task, "light", light="warn", reason="滞后", expires_on="2017-07-20").status_code == 302
    assert do(client, task, "light-end", reason="已赶上").status_code == 302
    assert do(client, task, "close", kind="done", finished_on="2017-07-11", note="已核实").status_code == 302
    assert do(client, task, "reopen", note="复查不合格").status_code == 302
    assert (Judgement.objects.count(), LightOverride.objects.count(), Closure.objects.count()) == (1, 2, 2)


def test_a_refused_form_comes_back_filled(district, signed_in):
    answer = do(signed_in(district.officer), district.tasks[0], "close", kind="withdrawn", note="情况有变的说明")
    html = answer.content.decode()
    assert answer.status_code == 422 and "批准文号" in html and "情况有变的说明" in html
    assert not Closure.objects.exists()


@pytest.mark.parametrize("name", ["judge", "light", "light-end", "deadline", "close", "reopen"])
def test_a_unit_may_not_do_what_is_the_offices(district, signed_in, name):
    assert do(signed_in(district.signer), district.tasks[0], name).status_code == 403


def test_what_is_not_allowed_says_why(district, signed_in):
    html = page(signed_in(district.reporter), district.tasks[0])
    assert "只有目督办可以核实、研判和审批。" in html and "申请延期" in html


def test_the_lead_unit_asks_for_an_extension_once(district, signed_in):
    client, task = signed_in(district.reporter), district.tasks[0]
    data = {"unit": district.bureau.pk, "deadline": "8月15日前", "reason": "设计变更"}
    assert do(client, task, "extend", **data).status_code == 302
    assert ExtensionRequest.objects.get().written == "8月15日前"
    answer = do(client, task, "extend", **data)
    assert answer.status_code == 422


def test_a_stranger_does_not_learn_that_the_task_exists(district, person, signed_in):
    for role, unit in ((Role.REPORTER, "区水务局"), (Role.SYSTEM_ADMIN, "信息中心")):
        client = signed_in(person(role, unit))
        assert client.get(reverse("tasks:task", args=[district.tasks[0].pk])).status_code == 404
        assert do(client, district.tasks[0], "judge", forecast="no", note="x").status_code == 404


def test_the_record_of_actions_is_for_office_and_discipline(district, person, signed_in):
    following.judge(district.officer, district.tasks[0], forecast="no", note="现场滞后")
    watching = person(Role.EMBEDDED, "区住建局")
    for reader, shown in ((district.officer, True), (watching, True), (district.reporter, False)):
        assert ("操作记录" in page(signed_in(reader), district.tasks[0])) is shown


def test_the_editions_with_their_change_are_listed(district, signed_in):
    html = page(signed_in(district.officer), district.tasks[0])
    assert district.edition.title in html and "新增" in html


def test_a_long_history_costs_no_more_queries(district, signed_in, django_assert_max_num_queries):
    client, task = signed_in(district.officer), district.tasks[0]
    for week in range(4):
        with clock.at(date(2017, 7, 12 + 7 * week) if week < 3 else date(2017, 8, 2)):
            district.period = reports.open_period(district.officer, clock.today())
            report(district, task, progress=f"第{week}周")
    with django_assert_max_num_queries(48):
        page(client, task)
