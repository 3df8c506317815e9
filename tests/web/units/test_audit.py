"""What the auditor sees: access, sign-ins, sessions and administrators' actions; never business. All made up."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.common.events import record
from qingdan.web.units import services
from qingdan.web.units.models import AccessChange, Role
from qingdan.web.units.views.audit import csv_lines

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def auditor(client, person):
    user = person(Role.AUDIT_ADMIN, "信息中心", "aud")
    client.force_login(user)
    return user


@pytest.fixture
def admin(person):
    return person(Role.SYSTEM_ADMIN, "信息中心", "sys")


def page(client, kind="events", **asked):
    return client.get(reverse("units:audit_of", args=[kind]), asked).content.decode()


def test_the_auditor_sees_each_action_of_administrators_and_no_business(client, auditor, admin):
    unit = services.add_unit(admin, name="区住建局")
    record(admin, "tasks.submit_report", unit, progress="机密的业务进展")
    shown = page(client)
    assert "新增单位" in shown
    assert "机密的业务进展" not in shown
    assert "tasks.submit_report" not in shown


def test_the_auditor_sees_who_asked_and_who_decided_each_change_of_access(client, auditor, admin, person):
    security = person(Role.SECURITY_ADMIN, "信息中心", "sec")
    post = person(Role.REPORTER, "区住建局").holdings.get().post
    services.change_access(
        admin, security, AccessChange.Kind.GRANT, post, role=Role.SIGNER, effective_on=clock.today(), reason="文件七号"
    )
    shown = page(client, "access")
    for text in (admin.label, security.label, "单位签发人", "文件七号", "同意"):
        assert text in shown
    assert security.label not in page(client, "access", who="没有此人")


def test_the_auditor_sees_failed_sign_ins_and_open_sessions(client, auditor):
    Client().post(reverse("units:signin"), {"username": "intruder", "password": "x"})
    assert "intruder" in page(client, "signins")
    assert "登录名或密码不正确" in page(client, "signins")
    assert auditor.label in page(client, "sessions")


def test_records_are_filtered_by_person_and_day_both_days_included(client, auditor, admin):
    for day, name in [(10, "甲局"), (11, "乙局"), (12, "丙局")]:
        with clock.at(clock.local(datetime(2017, 7, day), datetime(2017, 7, day, 23, 59).time())):
            services.add_unit(admin, name=name)
    shown = page(client, since="2017-07-11", until="2017-07-11")
    assert ("甲局" in shown, "乙局" in shown, "丙局" in shown) == (False, True, False)
    assert "乙局" not in page(client, who="没有此人")
    assert "乙局" in page(client, who="sys")


def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(client, auditor, admin):
    services.add_unit(admin, name="甲局")
    shown = page(client, since="昨天")
    assert "甲局" not in shown
    assert "输入一个有效的日期" in shown


def test_the_same_records_come_as_csv_with_the_same_filter(client, auditor, admin):
    services.add_unit(admin, name="甲局")
    url = reverse("units:audit_csv", args=["events"])
    response = client.get(url, {"who": "sys"})
    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["时间", "操作人", "岗位", "动作", "对象", "变化"]
    assert rows[1][3:5] == ["新增单位", "甲局"]
    assert len(list(csv.reader(io.StringIO(client.get(url, {"who": "x-y-z"}).getvalue().decode("utf-8-sig"))))) == 1


def test_a_cell_never_becomes_a_formula():
    lines = list(csv_lines(["甲"], [["=1+1"], ["@cmd"], ["-1"], ["平常"]]))
    assert [line.strip() for line in lines[2:]] == ["'=1+1", "'@cmd", "'-1", "平常"]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDIT_ADMIN])
def test_nobody_else_reads_the_audit_pages(client, person, role):
    client.force_login(person(role, "某局"))
    for kind in ("events", "access", "signins", "sessions"):
        assert client.get(reverse("units:audit_of", args=[kind])).status_code == 403
        assert client.get(reverse("units:audit_csv", args=[kind])).status_code == 403


def test_an_unknown_kind_of_record_is_not_found(client, auditor):
    assert client.get(reverse("units:audit_of", args=["business"])).status_code == 404


def test_audit_pages_show_a_hundred_rows_with_a_constant_number_of_queries(
    client, auditor, admin, django_assert_max_num_queries
):
    for n in range(101):
        record(admin, "units.tried", admin, n=n)
    assert page(client).count("units.tried") == 100
    for kind in ("events", "access", "signins", "sessions"):
        with django_assert_max_num_queries(14):
            page(client, kind)
