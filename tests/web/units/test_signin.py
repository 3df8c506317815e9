"""Signing in: who gets in, where to, and what stops guessing. The people are made up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.common.models import Setting
from qingdan.web.units import signin
from qingdan.web.units.models import Role, SignInAttempt, UserSession

PASSWORD = "Test-pass-2017"
NINE = clock.local(datetime(2017, 7, 12))


def sign_in(client, username, password=PASSWORD, **extra):
    return client.post(reverse("units:signin"), {"username": username, "password": password, **extra})


@pytest.fixture
def user(person):
    return person(Role.REPORTER, "区住建局", "zhujian")


def test_right_name_and_password_sign_in_and_are_on_record(client, user):
    response = sign_in(client, "zhujian")
    assert response.status_code == 302
    assert response.url == reverse("home")
    attempt = SignInAttempt.objects.get()
    assert (attempt.username, attempt.ok, attempt.address) == ("zhujian", True, "127.0.0.1")
    session = UserSession.objects.get()
    assert (session.user, session.session_key) == (user, client.session.session_key)


def test_a_wrong_password_says_how_many_tries_are_left_and_keeps_the_name(client, user):
    response = sign_in(client, "zhujian", "wrong")
    assert response.status_code == 422
    assert "再错 4 次将锁定 15 分钟" in response.content.decode()
    assert 'value="zhujian"' in response.content.decode()
    assert "wrong" not in response.content.decode()


@pytest.mark.parametrize("name", ["zhujian", "nobody-has-this-name"])
def test_five_failures_lock_the_name_for_fifteen_minutes_whether_or_not_it_exists(client, user, name):
    with clock.at(NINE):
        for _ in range(5):
            response = sign_in(client, name, "wrong")
    assert "已锁定。请 15 分钟后再试" in response.content.decode()
    with clock.at(NINE + timedelta(minutes=9, seconds=30)):
        response = sign_in(client, name)
    assert "请 6 分钟后再试" in response.content.decode()
    assert UserSession.objects.count() == 0
    with clock.at(NINE + timedelta(minutes=15)):
        assert sign_in(client, name).status_code == (302 if name == "zhujian" else 422)


def test_tries_while_locked_do_not_lengthen_the_lock(client, user):
    with clock.at(NINE):
        for _ in range(5):
            sign_in(client, "zhujian", "wrong")
    with clock.at(NINE + timedelta(minutes=14)):
        for _ in range(7):
            sign_in(client, "zhujian", "wrong")
    with clock.at(NINE + timedelta(minutes=15)):
        assert sign_in(client, "zhujian").status_code == 302


def test_five_failures_spread_over_more_than_fifteen_minutes_lock_nothing(client, user):
    for minute in (0, 4, 8, 12, 16):
        with clock.at(NINE + timedelta(minutes=minute)):
            sign_in(client, "zhujian", "wrong")
    with clock.at(NINE + timedelta(minutes=17)):
        assert sign_in(client, "zhujian").status_code == 302


def test_a_success_starts_the_count_again(client, user):
    with clock.at(NINE):
        for _ in range(2):
            for _ in range(4):
                sign_in(client, "zhujian", "wrong")
            assert sign_in(client, "zhujian").status_code == 302
            client.logout()


def test_another_spelling_of_the_name_shares_its_count(client, user):
    with clock.at(NINE):
        for name in ("zhujian", "ZHUJIAN", "ｚｈｕｊｉａｎ", "zhujian ", "ZhuJian"):
            sign_in(client, name, "wrong")
        assert "已锁定" in sign_in(client, "zhujian").content.decode()


def test_twenty_failures_make_a_network_address_wait_and_no_other(client, user):
    with clock.at(NINE):
        for n in range(20):
            sign_in(client, f"guess-{n}", "wrong")
        assert "本网络地址登录失败次数过多，请 15 分钟后再试" in sign_in(client, "zhujian").content.decode()
        elsewhere = client.post(
            reverse("units:signin"), {"username": "zhujian", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9"
        )
    assert elsewhere.status_code == 302


def test_an_unknown_name_is_hashed_like_a_known_one(client, user, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode",
        lambda self, password, salt: hashed.append(password) or f"md5${salt}$x",
    )
    for name in ("zhujian", "nobody"):
        sign_in(client, name, "wrong")
    assert hashed == ["wrong", "wrong"]


def test_somebody_switched_off_cannot_sign_in_and_is_signed_out_at_once(client, user):
    sign_in(client, "zhujian")
    user.is_active = False
    user.save()
    assert client.get(reverse("units:account")).status_code == 302
    assert sign_in(client, "zhujian").status_code == 422


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/account/?a=1", "/account/?a=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\elsewhere.example", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_only_addresses_of_this_site_are_followed(client, user, asked, goes):
    assert sign_in(client, "zhujian", next=asked).url == goes


def test_signing_out_takes_a_post_and_forgets_the_session(client, user):
    sign_in(client, "zhujian")
    assert client.get(reverse("units:signout")).status_code == 405
    assert client.post(reverse("units:signout")).url == reverse("units:signin")
    assert UserSession.objects.count() == 0
    assert client.get(reverse("units:account")).status_code == 302


def test_signing_in_tidies_away_records_of_sessions_that_expired(client, user):
    sign_in(client, "zhujian")
    Session.objects.all().delete()
    client.cookies.clear()
    sign_in(client, "zhujian")
    assert [s.session_key for s in user.sessions.all()] == [client.session.session_key]


def test_the_backend_gives_no_permission_of_django(user):
    backend = signin.Backend()
    assert not backend.has_perm(user, "units.change_user")
    assert backend.get_all_permissions(user) == set()


def test_behind_the_proxy_the_address_is_what_the_proxy_added(client, user, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client.post(
        reverse("units:signin"),
        {"username": "zhujian", "password": PASSWORD},
        headers={"X-Forwarded-For": "1.2.3.4, 10.1.1.1"},
    )
    assert SignInAttempt.objects.get().address == "10.1.1.1"


def test_demo_accounts_fill_the_form_with_one_click_in_a_demo_only(client, user, settings):
    Setting.objects.create(
        name="demo_accounts",
        value=[{"username": "zhujian", "password": PASSWORD, "role": "单位填报人", "unit": "区住建局"}],
    )
    page = client.get(reverse("units:signin"), {"as": "zhujian"}).content.decode()
    assert "演示账号" not in page
    assert PASSWORD not in page
    settings.QD_CLOCK = "2017-08-03T09:00"
    page = client.get(reverse("units:signin")).content.decode()
    assert "区住建局 · 单位填报人" in page
    assert PASSWORD not in page
    page = client.get(reverse("units:signin"), {"as": "zhujian"}).content.decode()
    assert f'value="{PASSWORD}"' in page
