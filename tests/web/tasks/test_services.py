"""The services of the task-list system, from plan to overview."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from qingdan.web.common import clock
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event
from qingdan.web.tasks import overview
from qingdan.web.tasks.expected import reporting_by_unit
from qingdan.web.tasks.light import Light
from qingdan.web.tasks.models import ListLine, Problem, ReportVersion
from qingdan.web.tasks.services import following, lists, plans, reports

GOOD = {"progress": "主体完工", "forecast": "yes"}


def write(district, task, **content):
    return reports.save_draft(district.reporter, district.period, task, district.bureau, {**GOOD, **content})


def submit(district):
    return reports.submit(district.signer, district.period, district.bureau)


@pytest.mark.covers("P-02")
def test_an_issued_list_cannot_be_changed_even_by_sql(district):
    line = district.edition.lines.first()
    for change in (
        lambda: ListLine.objects.filter(pk=line.pk).update(work="改"),
        lambda: ListLine.objects.filter(pk=line.pk).delete(),
        lambda: type(district.edition).objects.filter(pk=district.edition.pk).update(title="改"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(DomainError):
        lists.set_line(district.officer, line, change="removed", removal="done", reason="x")


@pytest.mark.covers("P-03")
def test_a_list_with_an_empty_lead_or_deadline_is_not_issued(district):
    item = district.tasks[0].item
    plans.add_task(district.officer, item, plans.TaskSpec(work="没有牵头和时限的任务"))
    draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    with pytest.raises(DomainError, match="牵头单位为空") as caught:
        lists.issue(district.head, draft, approver="区委")
    assert "完成时限为空" in str(caught.value)


@pytest.mark.covers("P-07")
@pytest.mark.parametrize("missing", ["reason", "advice"])
def test_cannot_in_time_without_reason_or_advice_is_refused(district, missing):
    content = {"forecast": "no", "reason": "征地未完成", "advice": "协调征地", missing: " "}
    write(district, district.tasks[0], **content)
    with pytest.raises(DomainError) as caught:
        submit(district)
    assert caught.value.field == missing
    assert not ReportVersion.objects.exists()


@pytest.mark.covers("P-36")
def test_one_report_is_accepted_per_unit_task_and_week_and_corrections_are_versions(district):
    write(district, district.tasks[0])
    assert [v.version for v in submit(district)] == [1]
    assert submit(district) == []
    write(district, district.tasks[0], progress="更正")
    assert [v.version for v in submit(district)] == [2]
    rows = overview.rows(district.officer, district.edition)
    assert rows[0].progress == "更正"


def test_the_writer_cannot_sign_and_others_cannot_write(district):
    write(district, district.tasks[0])
    with pytest.raises(Denied):
        reports.submit(district.reporter, district.period, district.bureau)
    with pytest.raises(Denied):
        reports.save_draft(district.officer, district.period, district.tasks[0], district.bureau, GOOD)


@pytest.mark.covers("P-08")
def test_a_problem_is_followed_from_the_report_to_the_answer_once(district):
    write(district, district.tasks[0], problem="需协调用地指标")
    submit(district)
    write(district, district.tasks[0], problem="需协调用地指标", progress="无进展")
    submit(district)
    problem = Problem.objects.get()
    following.assign_problem(district.leader, problem, district.other, date(2017, 7, 20))
    with pytest.raises(Denied):
        following.answer_problem(district.reporter, problem, text="x")
    following.answer_problem(district.leader, problem, text="已协调")
    following.solve_problem(district.officer, problem, text="指标已落实")
    assert [n.title[:5] for n in district.reporter.notifications.order_by("pk")] == [
        "问题已交办",
        "问题已答复",
        "问题已解决",
    ]
    assert overview.rows(district.officer, district.edition)[0].facts.open_problems == 0


@pytest.mark.covers("P-28", "P-20")
def test_any_past_day_shows_the_report_of_that_day(district):
    with clock.at(date(2017, 7, 12)):
        write(district, district.tasks[0], progress="第二周")
        submit(district)
    with clock.at(date(2017, 7, 19)):
        district.period = reports.open_period(district.officer, date(2017, 7, 19))
        write(district, district.tasks[0], progress="第三周")
        submit(district)
        seen = {
            day: overview.rows(district.officer, district.edition, date(2017, 7, day))[0].progress
            for day in (11, 14, 21)
        }
    assert seen == {11: "", 14: "第二周", 21: "第三周"}


@pytest.mark.covers("P-32")
def test_tasks_that_cannot_be_in_time_are_counted_as_tasks_and_as_items_apart(district):
    for task in district.tasks:
        no = {"forecast": "no", "reason": "雨季", "advice": "抢工"} if task == district.tasks[0] else {}
        write(district, task, **no)
    submit(district)
    counts = overview.statistics(district.officer, district.edition)
    assert (counts.tasks, counts.items) == (3, 2)
    assert (counts.not_in_time_tasks, counts.not_in_time_items, counts.without_reason_or_advice) == (1, 1, 0)


def test_light_forecast_and_judgement_are_three_facts(district):
    task = district.tasks[0]
    write(district, task, forecast="yes")
    submit(district)
    following.judge(district.officer, task, forecast="no", note="现场进度滞后")
    following.override_light(district.officer, task, light=Light.LATE, reason="重点盯办", expires_on=date(2017, 7, 20))
    facts = overview.rows(district.officer, district.edition)[0].facts
    assert (facts.forecast, facts.judgement, facts.shown.light, facts.computed.light) == ("yes", "no", "late", "normal")
    with clock.at(date(2017, 7, 21)):
        facts = overview.rows(district.officer, district.edition)[0].facts
        assert facts.shown.light != Light.LATE


def test_an_extension_keeps_the_old_deadline_in_sight(district):
    task = district.tasks[0]
    request = following.request_extension(
        district.reporter, task, district.bureau, deadline="8月15日前", reason="设计变更"
    )
    with pytest.raises(Denied):
        following.decide_extension(district.officer, request, approved=True, reason="同意")
    following.decide_extension(district.head, request, approved=True, reason="同意")
    assert district.head.notifications.get().title.startswith("区住建局申请延期至8月15日前")
    assert district.signer.notifications.get().body == "同意"
    row = overview.rows(district.officer, district.edition)[0]
    assert (row.deadline, row.old_deadline) == ("8月15日前", "7月31日前")
    with clock.at(date(2017, 8, 16)), pytest.raises(DomainError, match="已过"):
        following.request_extension(district.reporter, task, district.bureau, deadline="9月", reason="再延")


@pytest.mark.covers("P-04")
def test_who_has_not_reported_is_known(district):
    (row,) = reporting_by_unit(district.period)
    assert (row.owed, row.missing) == (3, 3)
    write(district, district.tasks[0])
    submit(district)
    (row,) = reporting_by_unit(district.period)
    assert row.missing == 2


@pytest.mark.covers("P-19", "P-25", "P-26")
def test_the_next_list_carries_the_unfinished_and_takes_off_the_finished(district):
    with clock.at(date(2017, 7, 28)):
        following.close_task(
            district.officer, district.tasks[0], kind="done", note="现场核实", finished_on=date(2017, 7, 27)
        )
        new = plans.add_task(
            district.officer, district.tasks[0].item,
            plans.TaskSpec(work="新任务", leads=[district.other], deadline="8月底前"),
        )  # fmt: skip
        draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    found = {line.task_id: (line.change, line.removal) for line in draft.lines.all()}
    assert found == {
        district.tasks[0].pk: ("removed", "done"),
        district.tasks[1].pk: ("carried", ""),
        district.tasks[2].pk: ("carried", ""),
        new.pk: ("new", ""),
    }


def test_every_service_leaves_one_event(district):
    before = Event.objects.count()
    write(district, district.tasks[0])
    submit(district)
    assert Event.objects.count() == before + 2


def test_a_unit_sees_only_tasks_it_has_a_part_in(district, person):
    stranger = person("unit_reporter", "区水务局")
    assert overview.count_rows(stranger, district.edition) == 0
    assert overview.count_rows(district.reporter, district.edition) == 3
    assert overview.count_rows(person("system_admin", "信息中心"), district.edition) == 0


def test_the_overview_reads_a_constant_number_of_queries(district, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        overview.rows(district.officer, district.edition)
