"""Accounts: made, switched off and on, given a new first password, by whom and about whom. People are made up."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event
from qingdan.web.units import services
from qingdan.web.units.models import Role, User
from qingdan.web.units.roles import people_with

OTHERS = [role for role in Role if role != Role.SYSTEM_ADMIN]


@pytest.fixture
def admin(person):
    return person(Role.SYSTEM_ADMIN, "信息中心", "sys")


def test_a_new_account_gets_a_random_first_password_that_must_be_changed(admin):
    made = [services.add_person(admin, username=f"zj{n}", name="住建填报") for n in range(2)]
    assert made[0].password != made[1].password
    assert len(made[0].password) >= 16
    user = User.objects.get(username="zj0")
    assert user.check_password(made[0].password)
    assert user.must_change_password
    assert made[0].password not in "".join(Event.objects.values_list("data", flat=True))
    assert user.standing.roles == frozenset()


def test_the_page_shows_the_first_password_once_and_it_lets_in_to_change_it(client, admin):
    client.force_login(admin)
    page = client.post(reverse("units:add_person"), {"username": "zj0", "name": "住建填报"})
    password = re.search(r"<code>(\S{19})</code>", page.content.decode())[1]
    assert "no-store" in page.headers["Cache-Control"]
    user = User.objects.get(username="zj0")
    assert password not in client.get(reverse("units:person", args=[user.pk])).content.decode()
    fresh = Client()
    fresh.post(reverse("units:signin"), {"username": "zj0", "password": password})
    assert fresh.get(reverse("units:units")).url == reverse("units:password")


@pytest.mark.parametrize("username", ["ZJ0", "a", "zj 0", "住建", "-zj", "x" * 61, ""])
def test_a_sign_in_name_has_one_spelling(admin, username):
    with pytest.raises(DomainError, match="登录名") as caught:
        services.add_person(admin, username=username, name="住建填报")
    assert caught.value.field == "username"


def test_a_sign_in_name_is_given_once_and_the_form_says_so(client, admin):
    client.force_login(admin)
    response = client.post(reverse("units:add_person"), {"username": "sys", "name": "某某"})
    assert response.status_code == 422
    assert "已有人使用" in response.content.decode()


@pytest.mark.parametrize("role", OTHERS)
def test_only_the_system_administrator_manages_accounts(person, admin, role):
    actor, somebody = person(role, "某局"), person(Role.REPORTER, "区住建局")
    for change in (
        lambda: services.add_person(actor, username="zj0", name="某"),
        lambda: services.edit_person(actor, somebody, name="某", email=""),
        lambda: services.set_active(actor, somebody, active=False),
        lambda: services.reset_password(actor, somebody),
    ):
        with pytest.raises(Denied, match="系统管理员"):
            change()


def test_nobody_manages_the_own_account(admin):
    for change in (
        lambda: services.edit_person(admin, admin, name="某", email=""),
        lambda: services.set_active(admin, admin, active=False),
        lambda: services.reset_password(admin, admin),
    ):
        with pytest.raises(Denied, match="本人"):
            change()


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_no_administrator_resets_the_password_of_another(person, admin, role):
    other = person(role, "另一中心")
    with pytest.raises(Denied, match="不得相互重置密码"):
        services.reset_password(admin, other)
    account = services.reset_password_on_server(other.username)
    assert User.objects.get(pk=other.pk).check_password(account.password)
    assert Event.objects.get(verb="units.reset_password").actor is None


def test_a_reset_ends_the_sessions_and_asks_for_a_new_password(admin, person):
    somebody = person(Role.REPORTER, "区住建局")
    browser = Client()
    browser.force_login(somebody)
    account = services.reset_password(admin, somebody)
    assert browser.get(reverse("units:account")).status_code == 302
    somebody = User.objects.get(pk=somebody.pk)
    assert somebody.check_password(account.password)
    assert somebody.must_change_password


def test_an_account_is_switched_off_and_on_by_the_page(client, admin, person):
    somebody = person(Role.REPORTER, "区住建局")
    browser = Client()
    browser.force_login(somebody)
    client.force_login(admin)
    url = reverse("units:set_active", args=[somebody.pk])
    assert client.post(url, {"active": "0"}).status_code == 302
    assert browser.get(reverse("units:account")).status_code == 302
    assert people_with(Role.REPORTER) == []
    assert client.post(url, {"active": "0"}).status_code == 422
    client.post(url, {"active": "1"})
    assert people_with(Role.REPORTER) == [somebody]
    assert list(Event.objects.exclude(actor=None).order_by("id").values_list("verb", flat=True)) == [
        "units.switch_off",
        "units.switch_on",
    ]


def test_the_only_administrator_of_a_kind_is_not_switched_off(admin, person):
    security = person(Role.SECURITY_ADMIN, "信息中心")
    with pytest.raises(DomainError, match="没有在任的安全管理员"):
        services.set_active(admin, security, active=False)
    assert User.objects.get(pk=security.pk).is_active
    person(Role.SECURITY_ADMIN, "另一中心")
    services.set_active(admin, security, active=False)


def test_a_persons_name_and_mail_are_corrected_on_the_page(client, admin, person):
    somebody = person(Role.REPORTER, "区住建局")
    client.force_login(admin)
    url = reverse("units:edit_person", args=[somebody.pk])
    assert client.post(url, {"name": "", "email": "x"}).status_code == 422
    client.post(url, {"name": "住建 填报二", "email": "a@example.org"})
    somebody.refresh_from_db()
    assert (somebody.name, somebody.email) == ("住建 填报二", "a@example.org")


def test_the_administrators_end_all_sessions_of_a_person(client, admin, person):
    somebody = person(Role.REPORTER, "区住建局")
    browser = Client()
    browser.force_login(somebody)
    client.force_login(admin)
    client.post(reverse("units:end_sessions", args=[somebody.pk]))
    assert browser.get(reverse("units:account")).status_code == 302


def test_the_list_of_people_is_searched_by_name_unit_and_state(client, admin, person):
    person(Role.REPORTER, "区住建局", "zhujian")
    off = person(Role.REPORTER, "区教育局", "jiaoyu")
    services.set_active(admin, off, active=False)
    client.force_login(admin)

    def listed(**asked):
        page = client.get(reverse("units:people"), asked).content.decode()
        return {name for name in ("zhujian", "jiaoyu") if f">{name}<" in page}

    assert listed() == {"zhujian", "jiaoyu"}
    assert listed(q="住建") == {"zhujian"}
    assert listed(q="jiao") == {"jiaoyu"}
    assert listed(state="off") == {"jiaoyu"}


def test_the_list_of_people_asks_the_database_the_same_number_of_times(
    client, admin, person, django_assert_max_num_queries
):
    for n in range(12):
        person(Role.REPORTER, f"单位{n}")
    client.force_login(admin)
    with django_assert_max_num_queries(14):
        client.get(reverse("units:people"))


# ------------------------------------------------------------------ the first three
@pytest.mark.django_db
def test_an_empty_system_gets_its_three_administrators_who_keep_one_another_in_check():
    accounts = services.bootstrap_admins()
    roles = {account.user.username: set(account.user.standing.roles) for account in accounts}
    assert roles == {"sysadmin": {"system_admin"}, "secadmin": {"security_admin"}, "auditor": {"audit_admin"}}
    assert all(account.user.must_change_password for account in accounts)
    assert all(post.duty and post.integrity_duty for account in accounts for post in account.user.standing.posts)
    assert set(Event.objects.values_list("actor", flat=True)) == {None}
    with pytest.raises(DomainError, match="已有账号"):
        services.bootstrap_admins()


@pytest.mark.django_db
def test_a_whole_unit_is_set_up_by_services_alone(standing_clock):
    passwords = {"sysadmin": "Yanshi-2017-a", "secadmin": "Yanshi-2017-b", "auditor": "Yanshi-2017-c"}
    system, security, _ = [a.user for a in services.bootstrap_admins(passwords=passwords, must_change=False)]
    assert system.check_password("Yanshi-2017-a")
    unit = services.add_unit(system, name="区住建局")
    post = services.add_post(system, unit, title="填报岗", duty="填报", integrity_duty="如实")
    account = services.add_person(system, username="zj", name="住建填报", password="Yanshi-2017", must_change=False)
    for kind, details in [("grant", {"role": Role.REPORTER}), ("appoint", {"user": account.user})]:
        services.change_access(system, security, kind, post, effective_on=standing_clock, reason="演示", **details)
    assert people_with(Role.REPORTER, unit) == [account.user]
