"""Sessions and passwords: idle time, ending sessions, the change that comes before anything else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qingdan.web.common import clock
from qingdan.web.common.errors import Denied
from qingdan.web.common.models import Event
from qingdan.web.units import services, signin
from qingdan.web.units.models import Role, User, UserSession

OLD, NEW = "Test-pass-2017", "Xin-mima-8832"


@pytest.fixture
def user(person):
    return person(Role.REPORTER, "区住建局", "zhujian")


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_signed_out_person_is_sent_to_sign_in_and_back(db):
    response = Client().get("/account/?tab=1")
    assert response.status_code == 302
    assert response.url == "/signin/?next=%2Faccount%2F%3Ftab%3D1"


def test_a_part_of_a_page_answers_401_and_sends_the_whole_page_to_sign_in(db):
    response = Client().get(
        "/account/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/units/?q=1"}
    )
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/signin/?next=%2Funits%2F%3Fq%3D1"


def test_a_session_idle_for_too_long_ends(client, settings):
    settings.QD_IDLE_SECONDS = 60
    session = client.session
    session[signin.SEEN] -= 61
    session.save()
    assert client.get(reverse("units:account")).status_code == 302
    assert UserSession.objects.count() == 0


def test_a_session_in_use_stays_and_its_last_use_is_written_once_a_minute(client, settings, user):
    settings.QD_IDLE_SECONDS = 600
    seen = user.sessions.get().seen_at
    assert client.get(reverse("units:account")).status_code == 200
    assert user.sessions.get().seen_at == seen
    session = client.session
    session[signin.SEEN] -= 61
    session.save()
    assert client.get(reverse("units:account")).status_code == 200
    assert user.sessions.get().seen_at > seen


def test_no_idle_limit_when_set_to_zero(client, settings):
    settings.QD_IDLE_SECONDS = 0
    session = client.session
    session[signin.SEEN] = 0
    session.save()
    assert client.get(reverse("units:account")).status_code == 200


def test_a_session_whose_record_is_gone_ends(client, user):
    user.sessions.all().delete()
    assert client.get(reverse("units:account")).status_code == 302


def test_one_ends_a_session_of_ones_own_elsewhere(client, user):
    other = Client()
    other.force_login(user)
    session = UserSession.objects.get(session_key=other.session.session_key)
    assert client.post(reverse("units:end_session", args=[session.pk])).url == reverse("units:account")
    assert other.get(reverse("units:account")).status_code == 302
    assert client.get(reverse("units:account")).status_code == 200
    assert Event.objects.filter(verb="units.end_session").count() == 1


def test_one_ends_all_other_sessions_of_ones_own(client, user):
    others = [Client(), Client()]
    for other in others:
        other.force_login(user)
    client.post(reverse("units:end_other_sessions"))
    assert [other.get(reverse("units:account")).status_code for other in others] == [302, 302]
    assert client.get(reverse("units:account")).status_code == 200


def test_ending_the_session_one_is_in_signs_out(client, user):
    assert client.post(reverse("units:end_session", args=[user.sessions.get().pk])).url == reverse("units:signin")
    assert client.get(reverse("units:account")).status_code == 302


def test_nobody_else_sees_or_ends_my_sessions_but_the_two_administrators(client, user, person):
    for role, allowed in [
        (Role.REPORTER, False),
        (Role.SUPERVISION_HEAD, False),
        (Role.AUDIT_ADMIN, False),
        (Role.SECURITY_ADMIN, True),
        (Role.SYSTEM_ADMIN, True),
    ]:
        actor = person(role, "某单位")
        session = user.sessions.first() or UserSession.objects.create(
            user=user, session_key=f"made-up-{role}", started_at=clock.now(), seen_at=clock.now()
        )
        if allowed:
            services.end_session(actor, session)
        else:
            with pytest.raises(Denied):
                services.end_session(actor, session)
    stranger = Client()
    stranger.force_login(person(Role.REPORTER, "别的单位"))
    session = UserSession.objects.create(user=user, session_key="made-up", started_at=clock.now(), seen_at=clock.now())
    assert stranger.post(reverse("units:end_session", args=[session.pk])).status_code == 404


# ------------------------------------------------------------------ passwords
def change(client, old=OLD, new=NEW, again=None):
    return client.post(reverse("units:password"), {"old": old, "new": new, "again": again or new})


def test_whoever_must_change_the_password_reaches_nothing_else(client, user):
    user.must_change_password = True
    user.save()
    assert client.get(reverse("units:account")).url == reverse("units:password")
    part = client.get(reverse("units:account"), headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, reverse("units:password"))
    page = client.get(reverse("units:password"))
    assert "须先修改密码" in page.content.decode()
    assert change(client).status_code == 302
    assert client.get(reverse("units:account")).status_code == 200


def test_an_old_password_must_be_changed_when_the_office_says_so(client, user, settings):
    user.password_changed_at = clock.now() - timedelta(days=91)
    user.save()
    assert client.get(reverse("units:account")).status_code == 200
    settings.QD_PASSWORD_DAYS = 90
    assert client.get(reverse("units:account")).url == reverse("units:password")
    change(client)
    assert client.get(reverse("units:account")).status_code == 200


def test_a_changed_password_works_and_ends_the_other_sessions_only(client, user):
    other = Client()
    other.force_login(user)
    assert change(client).url == reverse("units:account")
    assert User.objects.get().check_password(NEW)
    assert client.get(reverse("units:account")).status_code == 200
    assert other.get(reverse("units:account")).status_code == 302
    event = Event.objects.get(verb="units.change_password")
    assert (event.verb, event.facts) == ("units.change_password", {"sessions_ended": 1})


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"old": "wrong"}, "原密码不正确"),
        ({"new": OLD}, "不得与原密码相同"),
        ({"new": "short"}, "10 个字符"),
        ({"new": "1234567890123"}, "全都是数字"),
        ({"new": "zhujian-2017"}, "太相似"),
        ({"again": "Xin-mima-8833"}, "两次输入的新密码不一致"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(client, user, typed, says):
    response = change(client, **typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert User.objects.get().check_password(OLD)
