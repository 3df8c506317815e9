"""The first page: everything at a glance, by role, on any day."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.tasks.services import following, reports
from qingdan.web.units.models import Role


def report(district, task, **content):
    filled = {"progress": "推进中", "forecast": "yes", **content}
    reports.save_draft(district.reporter, district.period, task, district.bureau, filled)
    reports.submit(district.signer, district.period, district.bureau)


def home(client, **query):
    return client.get(reverse("home"), query).content.decode()


def tiles(html):
    """The figures by label: (value, note)."""
    found = {}
    for part in html.split('class="qd-tile__label">')[1:]:
        label, value, note = (part.split("</span>")[n].rsplit(">", 1)[-1] for n in range(3))
        found[label] = (value, note)
    return found


@pytest.mark.covers("P-24", "P-32", "P-29")
def test_totals_stand_with_both_denominators_and_lead_to_the_rows(district, signed_in):
    report(district, district.tasks[0], forecast="no", reason="雨季", advice="抢工", problem="请协调用地")
    following.close_task(district.officer, district.tasks[2], kind="done", note="已核实", finished_on=date(2017, 7, 11))
    html = home(signed_in(district.leader))
    found = tiles(html)
    assert found["任务"] == ("3", "大项 2 个")
    assert found["已办结"] == ("1", "大项 1 / 2；按时 1")
    assert found["不能按时办结"] == ("1", "大项 1 / 2；均有原因和建议")
    assert found["需要解决的问题"] == ("1", "待交办 1，逾期未答复 0")
    assert found["本周未报"][0] == "1"
    assert "cannot=on" in html and "unreported=on" in html


@pytest.mark.covers("P-24", "P-28")
def test_a_past_day_shows_its_own_figures(district, signed_in):
    report(district, district.tasks[0], forecast="no", reason="雨季", advice="抢工")
    with clock.at(date(2017, 7, 19)):
        client = signed_in(district.leader)
        assert tiles(home(client, day="2017-07-14"))["不能按时办结"][0] == "1"
        assert tiles(home(client, day="2017-07-11"))["不能按时办结"][0] == "0"
        assert "day=2017-07-14" in home(client, day="2017-07-14")


def test_each_chart_has_its_table_behind_it(district, signed_in):
    html = home(signed_in(district.officer))
    assert 'data-chart="chart-plans"' in html and 'id="chart-plans" type="application/json"' in html
    assert "示例行动计划</a>" in html and "各行动计划" in html and "本月各周预估" in html


def test_a_unit_sees_what_it_owes_this_week(district, signed_in):
    assert "应报 3 项，还有 <strong>3</strong> 项未报" in home(signed_in(district.reporter))
    for task in district.tasks:
        report(district, task)
    assert "应报 3 项，已全部报送。" in home(signed_in(district.reporter))
    assert "本周应报" not in home(signed_in(district.leader))


def test_an_administrator_finds_the_way_to_administration_and_no_figure(district, person, signed_in):
    html = home(signed_in(person(Role.SYSTEM_ADMIN, "信息中心")))
    assert "qd-tile" not in html and "示例行动计划" not in html and "管理事项" in html


def test_without_a_list_the_page_says_so(person, signed_in, standing_clock):
    assert "没有已印发的任务清单" in home(signed_in(person(Role.LEADER, "区委区政府")))


def test_polling_costs_nothing_until_something_changes(district, signed_in):
    client = signed_in(district.leader)
    mark = home(client).split("rev=")[1].split('"')[0]
    address = reverse("home-figures")
    assert client.get(address, {"rev": mark}).status_code == 204
    report(district, district.tasks[0])
    answer = client.get(address, {"rev": mark})
    assert answer.status_code == 200 and "各行动计划" in answer.content.decode()
