"""The overview page: seven columns, past days, filters, rights, chunks."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.tasks import overview
from qingdan.web.tasks.overview import Filters
from qingdan.web.tasks.services import following, lists, plans, reports
from qingdan.web.tasks.services.plans import TaskSpec
from qingdan.web.units.models import Role

HEADERS = [
    "工作内容", "牵头单位", "完成时限", "进展情况", "预估是否能够按时办结", "预估不能按时办结的原因及建议",
    "需要区委区政府解决的问题",
]  # fmt: skip
GOOD = {"progress": "主体完工", "forecast": "yes"}


def report(district, task, **content):
    reports.save_draft(district.reporter, district.period, task, district.bureau, {**GOOD, **content})
    reports.submit(district.signer, district.period, district.bureau)


def headers_of(html):
    head = html.split("<thead>")[1].split("</thead>")[0]
    return [part.split("</th>")[0].split(">")[-1] for part in head.split("<th ")[1:]]


def test_the_address_without_an_edition_leads_to_the_list_in_force(district, signed_in):
    answer = signed_in(district.officer).get(reverse("tasks:overview"), {"day": "2017-07-11", "plan": ""})
    assert answer.headers["Location"] == reverse("tasks:overview-of", args=[district.edition.pk]) + "?day=2017-07-11"


@pytest.mark.covers("P-23", "P-21")
def test_the_seven_columns_stand_in_their_order_after_number_and_item(district, signed_in):
    html = signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
    assert headers_of(html) == ["序号", "大项", *HEADERS]


@pytest.mark.covers("P-22")
def test_an_item_stands_once_over_its_tasks_and_the_plan_once_over_its_items(district, signed_in):
    html = signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
    body = html.split("<tbody>")[1]
    assert body.count("示例大项一") == 1 and 'rowspan="2">示例大项一' in body
    assert 'rowspan="1">示例大项二' in body
    assert body.count("示例行动计划") == 1


@pytest.mark.covers("P-28", "P-20")
def test_a_past_day_shows_what_stood_then(district, signed_in):
    client, address = signed_in(district.officer), reverse("tasks:overview-of", args=[district.edition.pk])
    report(district, district.tasks[0], progress="第二周的进展")
    with clock.at(date(2017, 7, 21)):
        district.period = reports.open_period(district.officer, date(2017, 7, 19))
        report(district, district.tasks[0], progress="第三周的进展")
        then = client.get(address, {"day": "2017-07-14"}).content.decode()
        now = client.get(address).content.decode()
        before = client.get(address, {"day": "2017-07-11"}).content.decode()
    assert "第二周的进展" in then and "第三周的进展" not in then and "7月12日报" in then
    assert "第三周的进展" in now
    assert "第二周的进展" not in before


def test_a_report_of_the_week_before_is_marked_as_such(district, signed_in):
    report(district, district.tasks[0])
    with clock.at(date(2017, 7, 19)):
        html = (
            signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
        )
    assert "上周" in html


def test_a_day_to_come_is_refused_by_name_and_today_is_shown(district, signed_in):
    answer = signed_in(district.officer).get(
        reverse("tasks:overview-of", args=[district.edition.pk]), {"day": "2017-12-31"}
    )
    assert answer.status_code == 200 and "还没有到" in answer.content.decode()


def works(client, district, **query):
    html = client.get(reverse("tasks:overview-of", args=[district.edition.pk]), query).content.decode()
    return [task.work in html for task in district.tasks]


def test_each_filter_keeps_the_rows_that_fit(district, signed_in):
    client = signed_in(district.officer)
    report(district, district.tasks[0], forecast="no", reason="雨季", advice="抢工", problem="请协调用地")
    report(district, district.tasks[1], problem="无")
    first, second, third = [True, False, False], [False, True, False], [False, False, True]
    assert works(client, district, forecast="no") == first
    assert works(client, district, forecast="yes") == second
    assert works(client, district, problems="on") == first
    assert works(client, district, cannot="on") == first
    assert works(client, district, unreported="on") == third
    assert works(client, district, light="warn") == first
    assert works(client, district, text="招商") == third
    assert works(client, district, unit=district.bureau.pk) == [True] * 3
    assert works(client, district, key="on") == [False] * 3


@pytest.mark.covers("P-11", "P-17")
def test_one_task_counts_for_two_strategies_and_for_its_zone(district, signed_in):
    tags = [plans.add_tag(district.officer, "strategy", name) for name in ("中优", "西控")]
    zone = plans.add_tag(district.officer, "zone", "水源涵养生态保护")
    spec = TaskSpec(work=district.tasks[2].work, leads=[district.bureau], deadline="7月31日前", tags=[*tags, zone])
    plans.change_task(district.officer, district.tasks[2], spec)
    for tag in (*tags, zone):
        assert works(signed_in(district.officer), district, tag=tag.pk) == [False, False, True]
    counts = overview.statistics(district.officer, district.edition)
    assert {name: counter["tasks"] for name, counter in counts.by_tag.items()} == {
        "中优": 1, "西控": 1, "水源涵养生态保护": 1
    }  # fmt: skip


@pytest.mark.covers("P-32", "P-29")
def test_the_counts_keep_tasks_and_items_apart_and_lead_to_the_rows(district, signed_in):
    report(district, district.tasks[0], forecast="no", reason="雨季", advice="抢工")
    html = signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
    counts = html.split('id="counts"')[1].split("</ul>")[0]
    assert "大项 2 个" in counts and "大项 1 / 2" in counts and "1 项不能按时办结的任务均有原因和建议" in html
    assert "cannot=on" in counts and "light=warn" in counts


def test_light_forecast_and_judgement_stand_apart_in_a_row(district, signed_in):
    report(district, district.tasks[0])
    following.judge(district.officer, district.tasks[0], forecast="no", note="现场滞后")
    html = signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
    assert "研判：不能" in html and "qd-light--normal" in html


def test_an_old_deadline_stays_struck_through(district, signed_in):
    plans.change_deadline(district.head, district.tasks[0], deadline="8月15日前", reason="设计变更")
    html = signed_in(district.officer).get(reverse("tasks:overview-of", args=[district.edition.pk])).content.decode()
    assert "<del" in html and "7月31日前" in html and "8月15日前" in html


def test_a_unit_sees_its_own_rows_and_an_administrator_no_overview(district, person, signed_in):
    address = reverse("tasks:overview-of", args=[district.edition.pk])
    assert signed_in(district.reporter).get(address).status_code == 200
    assert signed_in(person(Role.REPORTER, "区水务局")).get(address).status_code == 404
    assert signed_in(person(Role.SYSTEM_ADMIN, "信息中心")).get(address).status_code == 404
    assert signed_in(person(Role.SYSTEM_ADMIN, "信息中心")).get(reverse("tasks:overview")).status_code == 403
    none_yet = signed_in(person(Role.REPORTER, "区水务局")).get(reverse("tasks:overview"))
    assert "还没有印发" in none_yet.content.decode()


def test_a_draft_is_the_offices_own(district, signed_in):
    draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    address = reverse("tasks:overview-of", args=[draft.pk])
    assert signed_in(district.leader).get(address).status_code == 404
    assert "还是草稿" in signed_in(district.officer).get(address).content.decode()


@pytest.fixture
def long_list(district):
    """One item with 130 tasks, so that it crosses the border of a chunk."""
    item = district.tasks[2].item
    for number in range(130):
        spec = TaskSpec(work=f"第{number:03d}件事", leads=[district.bureau], deadline="8月底前")
        plans.add_task(district.officer, item, spec)
    draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    district.edition = lists.issue(district.head, draft, approver="区委")
    return district


@pytest.mark.covers("P-21")
def test_further_rows_come_in_chunks_and_a_cut_item_is_named_again(long_list, signed_in):
    client = signed_in(long_list.officer)
    address = reverse("tasks:overview-of", args=[long_list.edition.pk])
    first = client.get(address).content.decode()
    assert 'hx-trigger="intersect once"' in first and "offset=100" in first
    assert first.count('data-label="工作内容"') == 100
    answer = client.get(reverse("tasks:overview-rows", args=[long_list.edition.pk]), {"offset": 100})
    more = answer.content.decode()
    assert more.count('data-label="工作内容"') == 33 and "intersect" not in more
    assert "示例大项二" in more and "（续）" in more and "qd-group" not in more
    assert client.get(answer.wsgi_request.get_full_path(), headers={"If-None-Match": answer["ETag"]}).status_code == 304
    plain = client.get(address, {"offset": 100}).content.decode()
    assert "上一页" in plain and "示例行动计划（续）" in plain


def test_a_filter_on_facts_is_cut_into_chunks_too(long_list, signed_in):
    client = signed_in(long_list.officer)
    address = reverse("tasks:overview-rows", args=[long_list.edition.pk])
    more = client.get(address, {"offset": 100, "unreported": "on"}).content.decode()
    assert more.count('data-label="工作内容"') == 33
    assert overview.count_rows(long_list.officer, long_list.edition, None, Filters(unreported=True)) == 133


def test_the_page_asks_the_database_no_more_for_more_rows(long_list, signed_in, django_assert_max_num_queries):
    client = signed_in(long_list.officer)
    with django_assert_max_num_queries(45):
        client.get(reverse("tasks:overview-of", args=[long_list.edition.pk]))
    with django_assert_max_num_queries(28):
        client.get(reverse("tasks:overview-rows", args=[long_list.edition.pk]), {"offset": 100})
