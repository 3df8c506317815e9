"""The register of interventions: who decided by hand what a rule would have decided, how often, and why."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from qingdan.web.common import calendar, clock, values
from qingdan.web.common.models import Event
from qingdan.web.tasks.services import escalation, following, lists, plans
from qingdan.web.trust import hands
from qingdan.web.units.models import Role
from tests.web.tasks import conftest as tasks_fixtures

from .reading import event, recorded, sign

pytestmark = pytest.mark.django_db
district, signed_in = tasks_fixtures.district, tasks_fixtures.signed_in


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def inspector(person):
    return person(Role.DISCIPLINE, "区纪委监察局", "jiwei")


@pytest.fixture
def touched(district, person):
    """The officer decided three things by hand, the head two, one of them without saying why; an administrator one."""
    task, other, _third = district.tasks
    following.override_light(district.officer, task, light="near", reason="材料未齐", expires_on=date(2017, 7, 31))
    following.end_override(district.officer, task, reason="材料已齐")
    draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    line = draft.lines.get(task=other)
    lists.set_line(district.officer, line, change="removed", removal="deferred", reason="前置条件不具备")
    plans.change_deadline(district.head, task, deadline="8月31日前", reason="汛期停工")
    escalation.set_rule(
        district.head, None, trigger="task", workdays=-9, name="提早提醒", recipient=Role.SIGNER, key_only=False,
        active=True,
    )  # fmt: skip
    admin = person(Role.SYSTEM_ADMIN, "信息中心", "sys")
    calendar.set_day(admin, date(2017, 7, 21), "holiday", reason="防汛放假")
    sign()
    return district


def listed(client, **asked):
    """Per official and in all: what the page counts, and the reasons that it shows."""
    html = client.get(reverse("trust:hands"), asked).content.decode()
    tables = re.findall(r"<tbody>(.*?)</tbody>", html, re.S)
    if not tables:
        return {}, []
    counted = {
        re.search(r'scope="row">([^<]+)', row)[1]: [int(n) for n in re.findall(r'qd-num">(?:<strong>)?(\d+)', row)]
        for row in re.findall(r"<tr>.*?</tr>", tables[0], re.S)
    }
    return counted, re.findall(r"<tr>.*?</tr>", tables[1], re.S)


@pytest.mark.covers("B-20")
def test_what_officials_decided_by_hand_is_counted_for_each_with_every_reason(touched, inspector, signed_in):
    counted, rows = listed(signed_in(inspector))
    admin = event("common.set_calendar_day").actor
    assert counted == {touched.officer.label: [3, 0], touched.head.label: [2, 1], admin.label: [1, 0]}
    expected = [  # newest first
        ("设定放假或补班", "防汛放假"), ("修改升级规则", "未说明理由"), ("调整时限", "汛期停工"),
        ("确定清单行的去留", "前置条件不具备"), ("恢复系统灯号", "材料已齐"), ("调整灯号", "材料未齐"),
    ]  # fmt: skip
    assert len(rows) == len(expected)
    for row, (verb, reason) in zip(rows, expected, strict=True):
        assert verb in row and reason in row and "/trust/receipt/" in row
    assert "灯号由时限和周报计算得出" in rows[-1]


def test_the_register_is_searched_by_person_verb_days_and_missing_reason(touched, inspector, signed_in):
    client = signed_in(inspector)
    assert list(listed(client, person=touched.head.username)[0]) == [touched.head.label]
    assert len(listed(client, action="tasks.override_light")[1]) == 1
    assert listed(client, unexplained="on")[0] == {touched.head.label: [1, 1]}
    with clock.at(date(2017, 7, 14)):
        following.override_light(
            touched.officer, touched.tasks[1], light="warn", reason="现场停工", expires_on=date(2017, 7, 31)
        )
    (row,) = listed(client, since="2017-07-13", until="2017-07-14")[1]
    assert "现场停工" in row
    assert len(listed(client, until="2017-07-13")[1]) == 6
    assert listed(client, since="昨天") == ({}, [])


def test_what_the_system_does_by_rule_is_no_intervention(district, inspector, signed_in):
    escalation.climb()
    lists.draft_edition(district.officer, date(2017, 8, 1))
    plans.change_task(
        district.officer, district.tasks[0], replace(plans.spec_of(district.tasks[0]), key=True), reason="列为重点"
    )
    assert listed(signed_in(inspector)) == ({}, [])


def test_moving_a_deadline_while_changing_a_task_is_one(district, inspector, signed_in):
    spec = replace(plans.spec_of(district.tasks[0]), deadline="9月30日前")
    plans.change_task(district.head, district.tasks[0], spec, reason="汛期停工")
    assert event("tasks.change_task").facts["moved_from"] == "7月31日前"
    (row,) = listed(signed_in(inspector))[1]
    assert "修改任务" in row and "汛期停工" in row


def test_a_working_value_set_by_hand_is_one(district, inspector, signed_in):
    values.set_value(district.head, "yellow_days", 12, "汛期提前预警")
    (row,) = listed(signed_in(inspector))[1]
    assert "修改工作参数" in row and "汛期提前预警" in row


def test_the_register_comes_as_a_workbook_counted_and_one_by_one(touched, inspector, signed_in):
    answer = signed_in(inspector).get(reverse("trust:hands-file"), {"person": touched.head.username})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["按人员", "逐项"]
    people, each = ([[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book)
    (line,) = [row for row in people if touched.head.label in row]
    assert line[2:4] == [2, 1]
    reasons = [row[6] for row in each if touched.head.label in row]
    assert reasons == ["未说明理由", "汛期停工"]
    assert event("trust.export_hands").facts["rows"] == 2


def test_looking_at_the_register_is_on_record_once_a_day(touched, inspector, signed_in):
    client = signed_in(inspector)
    for asked in ({}, {}, {"unexplained": "on"}):
        client.get(reverse("trust:hands"), asked)
    looks = Event.objects.filter(verb="trust.read_hands").order_by("id")
    assert [look.facts for look in looks] == [{}, {"unexplained": "True"}]


def test_an_embedded_group_sees_what_was_done_to_its_bureaus_tasks_and_the_auditor_what_administrators_did(
    touched, person, signed_in
):
    bureau = listed(signed_in(person(Role.EMBEDDED, "区住建局")))[1]
    found = [verb for row in bureau for verb in re.findall("调整灯号|恢复系统灯号|调整时限|设定放假|升级规则", row)]
    assert found == ["调整时限", "恢复系统灯号", "调整灯号"]
    assert listed(signed_in(person(Role.EMBEDDED, "区水务局"))) == ({}, [])
    (admin,) = listed(signed_in(person(Role.AUDIT_ADMIN, "信息中心", "aud")))[1]
    assert "设定放假或补班" in admin


def test_every_registered_verb_is_recorded_somewhere_with_the_facts_it_is_judged_by():
    facts = {}
    for one in recorded():
        facts.setdefault(one.verb, set()).update(one.facts)
    kinds = hands.verbs()
    assert len(kinds) >= 14
    for verb, kind in kinds.items():
        assert verb in facts, f"{verb} is recorded nowhere"
        assert {kind.reason_key, kind.only_with} - {""} <= facts[verb], verb


def test_every_service_that_asks_for_a_reason_is_registered_or_said_to_be_no_intervention():
    # Decisions that are the person's own to take: no rule stands behind them.
    own = {
        "tasks.request_extension": "a unit asks", "tasks.decide_extension": "the head decides on what was asked",
        "tasks.return_report": "the office judges a report's words", "tasks.drop_draft": "a draft is no decision",
        "units.request_access_change": "another administrator decides on it",
        "trust.add_witness": "another body is added to the watch", "trust.end_witness": "the same, ended",
        "trust.ask_erasure": "somebody else decides on it", "trust.decide_erasure": "a decision on what was asked",
    }  # fmt: skip
    asking = {one.verb for one in recorded() if "reason" in one.facts}
    assert asking - hands.verbs().keys() - own.keys() == set()
    assert not own.keys() & hands.verbs().keys()
