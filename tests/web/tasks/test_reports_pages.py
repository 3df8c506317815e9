"""Every page of the weekly report opens for whom it is meant, and for nobody else."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from reporting import browser, one, submit, write

from qingdan.web.common import clock
from qingdan.web.tasks.services import escalation
from qingdan.web.units.models import Role


@pytest.fixture
def reported(district):
    write(district, district.tasks[0], forecast="no", reason="征地未完成", advice="协调征地", problem="需协调用地指标")
    submit(district)
    write(district, district.tasks[1])
    return district


def office_pages(district):
    version = district.period.versions.get()
    return [
        reverse("tasks:periods"),
        reverse("tasks:missing", args=[district.period.pk]),
        reverse("tasks:unit-reports", args=[district.period.pk, district.bureau.pk]),
        reverse("tasks:report", args=[version.pk]),
        reverse("tasks:sign-receipt", args=[version.pk]),
        reverse("tasks:forecast-record"),
        reverse("tasks:burden"),
        reverse("tasks:escalations"),
        reverse("tasks:missing-file", args=[district.period.pk]),
        reverse("tasks:forecast-file"),
        reverse("tasks:unit-record-file"),
        reverse("tasks:escalations-file"),
    ]


def test_the_office_a_leader_and_the_unit_open_the_pages_about_reporting(reported):
    with clock.at(date(2017, 8, 2)):
        escalation.climb()
    for user in (reported.officer, reported.leader, reported.reporter):
        for url in office_pages(reported):
            assert browser(user).get(url).status_code == 200, (user, url)
    assert browser(reported.officer).get(reverse("tasks:hints")).status_code == 200


def test_an_administrator_sees_nothing_of_the_business(reported, person):
    admin = browser(person(Role.SYSTEM_ADMIN, "信息中心"))
    assert {admin.get(url).status_code for url in office_pages(reported)} <= {403, 404}
    assert admin.get(reverse("tasks:my-reports")).status_code == 403


def test_another_unit_finds_neither_the_page_nor_the_report(reported, person):
    stranger = browser(person(Role.REPORTER, "区水务局"))
    for name in ("report-edit",):
        assert stranger.get(one(name, reported)).status_code == 404
    for name in ("report-save", "report-no-change", "report-evidence"):
        assert stranger.post(one(name, reported)).status_code == 404
    assert stranger.get(reverse("tasks:my-reports") + f"?unit={reported.bureau.pk}").status_code == 404
    assert stranger.get(reverse("tasks:report", args=[reported.period.versions.get().pk])).status_code == 404
    pages = reverse("tasks:unit-reports", args=[reported.period.pk, reported.bureau.pk])
    assert stranger.get(pages).status_code == 404
    assert (
        stranger.get(reverse("tasks:report-template", args=[reported.period.pk, reported.bureau.pk])).status_code == 404
    )


def test_the_unit_may_not_open_weeks_urge_or_send_back(reported):
    unit = browser(reported.reporter)
    version = reported.period.versions.get()
    for url in (
        reverse("tasks:period-open"),
        reverse("tasks:urge", args=[reported.period.pk, reported.bureau.pk]),
        reverse("tasks:urge-all", args=[reported.period.pk]),
        reverse("tasks:report-return", args=[version.pk]),
        reverse("tasks:rung-new"),
    ):
        assert unit.post(url, {"day": "2017-07-19", "reason": "x"}).status_code == 403
    assert unit.get(reverse("tasks:hints")).status_code == 403


def test_the_unit_s_page_reads_a_constant_number_of_queries(district, django_assert_max_num_queries):
    client = browser(district.reporter)
    with django_assert_max_num_queries(75):
        client.get(reverse("tasks:my-reports"))
