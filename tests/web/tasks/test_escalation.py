"""The ladder: working days, each rung once, a new one after an extension, safe with several workers."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import IntegrityError
from django.urls import reverse
from openpyxl import load_workbook
from reporting import browser, submit, write

from qingdan.web.common import clock, values
from qingdan.web.common.models import Event, Notification
from qingdan.web.tasks import jobs
from qingdan.web.tasks.models import EscalationNotice, EscalationRule
from qingdan.web.tasks.services import escalation, following, plans
from qingdan.web.units.models import Post, Role


def climbed(trigger="", day=None):
    """The rungs climbed so far as (level, day of the climb)."""
    found = EscalationNotice.objects.filter(rule__trigger=trigger) if trigger else EscalationNotice.objects.all()
    return {notice.rule_name for notice in found}


def climb_on(day):
    with clock.at(day):
        return escalation.climb()


@pytest.mark.covers("P-04")
def test_missing_reports_are_reminded_before_urged_after_and_escalated_on_working_days(district):
    # Due on Friday 14 July: -1 is Thursday, +1 Monday, +3 Wednesday.
    seen = {}
    for day in range(12, 20):
        climb_on(date(2017, 7, day))
        seen[day] = climbed("report")
    assert seen[12] == set() and seen[13] == {"周报提醒"} and seen[16] == {"周报提醒"}
    assert seen[17] == {"周报提醒", "周报催办"} and seen[18] == seen[17]
    assert seen[19] == {"周报提醒", "周报催办", "周报督办"}


def test_a_unit_that_has_reported_is_left_in_peace(district):
    for task in district.tasks:
        write(district, task)
    submit(district)
    climb_on(date(2017, 7, 19))
    assert climbed("report") == set()


def test_the_october_holiday_counts_no_rung(district):
    plans.add_task(
        district.officer, district.tasks[0].item,
        plans.TaskSpec(work="节前任务", leads=[district.bureau], deadline="9月29日前", reference=date(2017, 9, 1)),
    )  # fmt: skip
    # 29 September is a Friday, 30 September a make-up Saturday; 1 to 8 October are holidays.
    assert escalation.rung_day(date(2017, 9, 29), 1) == date(2017, 9, 30)
    assert escalation.rung_day(date(2017, 9, 29), 2) == date(2017, 10, 9)
    assert escalation.rung_day(date(2017, 9, 30), 1) == date(2017, 10, 9)
    assert escalation.rung_day(date(2017, 10, 9), -1) == date(2017, 9, 30)
    assert escalation.rung_day(date(2017, 9, 29), 0) == date(2017, 9, 29)


def test_climbing_twice_adds_nothing(district):
    first = climb_on(date(2017, 8, 8))
    told = Notification.objects.count()
    assert first and climb_on(date(2017, 8, 8)) == []
    assert Notification.objects.count() == told
    assert Event.objects.filter(verb="tasks.escalate").count() == len(first)


@pytest.mark.covers("B-44")
def test_a_rung_names_the_unit_the_duty_and_the_way_to_the_task(district):
    Post.objects.filter(holdings__user=district.reporter).update(duty="负责目标任务填报和落实")
    climb_on(date(2017, 7, 24))  # five working days before 31 July
    notice = EscalationNotice.objects.filter(rule__trigger="task").first()
    assert notice.rule_name == "到期提醒" and notice.unit == district.bureau and notice.task in district.tasks
    assert "区住建局" in notice.text and "负责目标任务填报和落实" in notice.text
    line = Notification.objects.filter(recipient=district.reporter, key__startswith="rung:").first()
    assert "负责目标任务" in line.body and line.url


def test_an_approved_extension_starts_a_new_ladder_and_keeps_the_old_rungs(district):
    task = district.tasks[0]
    climb_on(date(2017, 7, 24))
    with clock.at(date(2017, 7, 25)):
        request = following.request_extension(
            district.reporter, task, district.bureau, deadline="8月31日前", reason="设计变更"
        )
        following.decide_extension(district.head, request, approved=True, reason="同意")
    climb_on(date(2017, 8, 3))  # overdue rungs of the two others, none of the extended one
    rungs = EscalationNotice.objects.filter(task=task, rule__trigger="task")
    assert [n.rule_name for n in rungs] == ["到期提醒"]
    climb_on(date(2017, 8, 24))
    assert [n.matter[-10:] for n in rungs.order_by("pk")] == ["2017-07-31", "2017-08-31"]


def test_a_closed_task_climbs_no_further(district):
    for task in district.tasks:
        following.close_task(district.officer, task, kind="done", note="现场核实", finished_on=date(2017, 7, 11))
    climb_on(date(2017, 8, 8))
    assert climbed("task") == set()


def test_a_leader_is_told_of_key_tasks_alone(district):
    district.tasks[0].key = True
    district.tasks[0].save()
    climb_on(date(2017, 8, 7))
    assert {n.task for n in EscalationNotice.objects.filter(rule__recipient=Role.LEADER)} <= {district.tasks[0]}
    assert Notification.objects.filter(recipient=district.leader).count() == 1


def test_switched_off_nothing_is_sent(district):
    values.set_value(district.head, "escalation", False, "暂停")
    assert climb_on(date(2017, 8, 8)) == []


def test_a_second_worker_that_comes_to_the_same_rung_goes_on_quietly(district, monkeypatch):
    real = escalation._take_rung
    calls = []

    def raced(rule, matter):
        calls.append(rule)
        if len(calls) == 1:
            raise IntegrityError("rung_once")
        return real(rule, matter)

    monkeypatch.setattr(escalation, "_take_rung", raced)
    made = climb_on(date(2017, 8, 8))
    assert len(made) == len(calls) - 1 > 1


def test_the_head_changes_a_rung_and_rungs_climbed_keep_their_words(district):
    climb_on(date(2017, 7, 24))
    rule = EscalationRule.objects.get(name="到期提醒")
    address = reverse("tasks:rung-edit", args=[rule.pk])
    given = {"trigger": "task", "workdays": "-3", "name": "临期提示", "recipient": Role.SIGNER, "active": "on"}
    assert browser(district.officer).post(address, given).status_code == 403
    assert browser(district.head).post(address, {**given, "workdays": "-99"}).status_code == 422
    assert browser(district.head).post(address, given).status_code == 302
    rule.refresh_from_db()
    assert (rule.workdays, rule.name) == (-3, "临期提示")
    assert EscalationNotice.objects.filter(rule=rule).first().rule_name == "到期提醒"
    assert browser(district.head).post(reverse("tasks:rung-new"), given).status_code == 302


def test_the_log_is_filtered_and_taken_out_as_a_sheet(district, person):
    climb_on(date(2017, 8, 8))
    client = browser(district.officer)
    with clock.at(date(2017, 8, 8)):
        html = client.get(reverse("tasks:escalations"), {"trigger": "task"}).content.decode()
        assert "逾期催办" in html and "周报催办】" not in html
        assert "【逾期催办】" not in client.get(reverse("tasks:escalations"), {"until": "2017-07-01"}).content.decode()
        stranger = browser(person(Role.SIGNER, "区水务局")).get(reverse("tasks:escalations")).content.decode()
        assert "【逾期催办】" not in stranger
        data = client.get(reverse("tasks:escalations-file")).content
    sheet = load_workbook(BytesIO(data)).active
    assert any("逾期催办" in str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_opening_tells_each_reporter_once(district):
    with clock.at(date(2017, 7, 17)):
        jobs.open_week(clock.now())
        jobs.open_week(clock.now())
    assert Notification.objects.filter(recipient=district.reporter, key__startswith="open:").count() == 1


def test_leaders_get_the_week_in_one_line_on_friday_evening(district):
    write(district, forecast="no", reason="雨季", advice="抢工")
    submit(district)
    with clock.at(date(2017, 7, 14)):
        assert jobs.tell_leaders(clock.now()) == "1 told" and jobs.tell_leaders(clock.now()) == "0 told"
    line = Notification.objects.get(recipient=district.leader)
    assert "任务3项" in line.title and "已逾期1项" in line.title and "未报2项" in line.title
    assert line.url == reverse("tasks:overview-of", args=[district.edition.pk])


def test_an_urge_reaches_the_unit_once_a_day_and_leaves_an_event(district):
    address = reverse("tasks:urge", args=[district.period.pk, district.bureau.pk])
    client = browser(district.officer)
    assert client.post(address, {"note": "今日下班前"}).status_code == 302
    assert "今天已催报过" in client.post(address, follow=True).content.decode()
    lines = Notification.objects.filter(key__startswith="urge:")
    assert {line.recipient for line in lines} == {district.reporter, district.signer}
    assert lines[0].body == "今日下班前" and Event.objects.filter(verb="tasks.urge").count() == 2
    for task in district.tasks:
        write(district, task)
    submit(district)
    assert client.post(address).status_code == 422
