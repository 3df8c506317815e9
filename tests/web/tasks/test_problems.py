"""The register of problems for the leadership: assigned, answered, solved, and counted by week."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.tasks import overview
from qingdan.web.tasks.models import Problem
from qingdan.web.tasks.services import following, reports
from qingdan.web.units.models import Role


@pytest.fixture
def problem(district):
    content = {
        "progress": "停工",
        "forecast": "no",
        "reason": "缺地",
        "advice": "并联审批",
        "problem": "请协调用地指标",
    }
    reports.save_draft(district.reporter, district.period, district.tasks[0], district.bureau, content)
    reports.submit(district.signer, district.period, district.bureau)
    return Problem.objects.get()


def register(client, **query):
    return client.get(reverse("tasks:problems"), query).content.decode()


def do(client, problem, name, **data):
    return client.post(reverse(f"tasks:problem-{name}", args=[problem.pk]), data)


@pytest.mark.covers("P-08")
def test_a_problem_goes_from_report_to_owner_to_answer_to_solved_and_back_to_its_task(
    district, problem, person, signed_in
):
    helper = person(Role.REPORTER, "区国土局")
    owner = helper.standing.posts[0].unit
    leader = signed_in(district.leader)
    assert do(leader, problem, "assign", owner=owner.pk, due_on="2017-07-20", text="请牵头").status_code == 302
    answering = signed_in(helper)
    assert "请协调用地指标" in register(answering)
    assert do(answering, problem, "answer", text="指标已下达").status_code == 302
    assert do(signed_in(district.officer), problem, "solve", text="已落实").status_code == 302
    html = signed_in(district.reporter).get(reverse("tasks:problem", args=[problem.pk])).content.decode()
    assert "指标已下达" in html and "已解决" in html
    assert reverse("tasks:task", args=[district.tasks[0].pk]) + f"#version-{problem.report_id}" in html


def test_a_problem_nobody_took_up_is_open(district, problem, signed_in):
    (row, *_rest) = overview.rows(district.officer, district.edition)
    assert row.facts.open_problems == 1
    assert "待交办" in register(signed_in(district.officer), state="new")


def test_an_answer_that_is_late_is_pointed_out_and_filtered(district, problem, signed_in):
    following.assign_problem(district.officer, problem, district.other, date(2017, 7, 14))
    client = signed_in(district.officer)
    assert "请协调用地指标" not in register(client, state="overdue")
    with clock.at(date(2017, 7, 17)):
        assert "逾期未答复" in register(client, state="overdue").split("<tbody>")[1]


def test_filters_by_state_unit_owner_and_words(district, problem, signed_in):
    following.assign_problem(district.officer, problem, district.other, date(2017, 7, 14))
    client = signed_in(district.officer)
    for query in ({"state": "assigned"}, {"state": "open"}, {"unit": district.bureau.pk}, {"owner": district.other.pk},
                  {"text": "用地"}, {"text": "人才公寓"}):  # fmt: skip
        assert "请协调用地指标" in register(client, **query), query
    for query in ({"state": "new"}, {"state": "solved"}, {"text": "供水"}):
        assert "请协调用地指标" not in register(client, **query), query


@pytest.mark.covers("P-16")
def test_found_and_solved_are_counted_by_week(district, problem, signed_in):
    with clock.at(date(2017, 7, 19)):
        following.solve_problem(district.officer, problem, text="已落实")
        html = register(signed_in(district.officer))
    rows = html.split("每周查摆与解决")[1].split("</tbody>")[0]
    cells = [cell.split("<")[0].rsplit(">", 1)[-1] for cell in rows.replace("</td>", "<").split("<td")[1:]]
    assert cells[:6] == ["2017年7月第3周", "0", "1", "2017年7月第2周", "1", "0"]


def test_the_reporting_unit_can_neither_assign_nor_solve(district, problem, signed_in):
    client = signed_in(district.reporter)
    assert do(client, problem, "assign", owner=district.other.pk, due_on="2017-07-20").status_code == 403
    assert do(client, problem, "solve", text="x").status_code == 403


def test_a_day_gone_by_is_refused_and_the_form_keeps_its_words(district, problem, signed_in):
    answer = do(
        signed_in(district.officer), problem, "assign", owner=district.other.pk, due_on="2017-07-01", text="请办"
    )
    assert answer.status_code == 422 and "早于今天" in answer.content.decode() and "请办" in answer.content.decode()


def test_strangers_and_administrators_see_no_problem(district, problem, person, signed_in):
    for role, unit in ((Role.REPORTER, "区水务局"), (Role.AUDIT_ADMIN, "信息中心")):
        client = signed_in(person(role, unit))
        assert "请协调用地指标" not in register(client)
        assert client.get(reverse("tasks:problem", args=[problem.pk])).status_code == 404


def test_the_workbook_opens_again_with_every_step(district, problem, signed_in):
    following.assign_problem(district.officer, problem, district.other, date(2017, 7, 14), text="请办")
    answer = signed_in(district.officer).get(reverse("tasks:problems-file"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    text = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert "请协调用地指标" in text and "已交办" in text and "7月12日已交办：请办" in text
