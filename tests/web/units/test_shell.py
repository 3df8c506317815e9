"""The frame of every page: who is signed in, the navigation of their roles, the demo's clock."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qingdan.web.common import navigation
from qingdan.web.common.models import Notification
from qingdan.web.units.models import Role


def nav_of(client):
    page = client.get(reverse("units:account"))
    return {item["url"]: item for group in page.context["nav"] for item in group["items"]}


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.REPORTER, {"units:units"}),
        (Role.SUPERVISOR, {"units:units", "units:people"}),
        (Role.SYSTEM_ADMIN, {"units:units", "units:people", "units:access"}),
        (Role.SECURITY_ADMIN, {"units:units", "units:people", "units:access"}),
        (Role.AUDIT_ADMIN, {"units:units", "units:people", "units:access", "units:audit"}),
    ],
)
def test_each_role_sees_its_entries(client, person, role, sees):
    client.force_login(person(role, "某单位"))
    ours = {reverse(f"units:{name}") for name in ("units", "people", "access", "audit")}
    assert nav_of(client).keys() & ours == {reverse(name) for name in sees}


def test_every_entry_that_is_shown_can_be_opened(client, person):
    for role in Role:
        client.force_login(person(role, f"单位{role}"))
        for url in nav_of(client):
            assert client.get(url, follow=True).status_code == 200, (role, url)


def test_the_entry_of_the_page_one_is_on_is_marked_with_the_longest_address(person, monkeypatch):
    item = navigation.NavItem("组", "单位", "units:units", "building", lambda user: True)
    longer = navigation.NavItem("组", "新增", "units:add_unit", "plus", lambda user: True, badge=lambda user: 3)
    gone = navigation.NavItem("组", "没有", "units:gone", "plus", lambda user: True)
    monkeypatch.setattr(navigation, "_items", {})
    navigation.register(item, longer, gone)
    user = person(Role.REPORTER, "某单位")
    (group,) = navigation.navigation(user, "/units/new/")
    assert [(e["title"], e["active"], e["badge"]) for e in group["items"]] == [("单位", False, None), ("新增", True, 3)]
    (group,) = navigation.navigation(user, "/units/7/")
    assert [e["active"] for e in group["items"]] == [True, False]


def test_the_header_names_person_unit_and_unread_lines(client, person):
    user = person(Role.REPORTER, "区住建局")
    Notification.objects.create(recipient=user, title="提醒", key="k", created_at=user.created_at)
    client.force_login(user)
    shell = client.get(reverse("units:account")).context["shell"]
    assert (shell["user_label"], shell["unit_label"], shell["inbox_count"]) == (user.name, "区住建局", 1)
    assert shell["post_label"].startswith("区住建局 ")


def test_a_demo_says_that_its_time_is_not_the_real_one(client, person, settings, standing_clock):
    client.force_login(person(Role.REPORTER, "区住建局"))
    assert "演示时间" not in client.get(reverse("units:account")).content.decode()
    settings.QD_CLOCK = "2017-07-12T09:00"
    assert "演示时间 2017年7月12日" in client.get(reverse("units:account")).content.decode()


def test_a_signed_out_page_has_no_navigation(client, db):
    page = client.get(reverse("units:signin"))
    assert list(page.context["nav"]) == []
