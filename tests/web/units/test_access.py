"""Changes of access take two administrators and keep apart what must stay apart. People are made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingdan.web.common import clock
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event
from qingdan.web.units import services
from qingdan.web.units.models import AccessChange, AccessDecision, Holding, Post, PostRole, Role, User
from qingdan.web.units.roles import ADMIN_ROLES
from qingdan.web.units.services.access import clash, roles_of

Kind = AccessChange.Kind
DAY = date(2017, 7, 12)
pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def system(person):
    return person(Role.SYSTEM_ADMIN, "信息中心", "sys")


@pytest.fixture
def security(person):
    return person(Role.SECURITY_ADMIN, "信息中心", "sec")


@pytest.fixture
def auditor(person):
    return person(Role.AUDIT_ADMIN, "信息中心", "aud")


@pytest.fixture
def newcomer(db):
    return User.objects.create_user("newcomer", name="新来者")


@pytest.fixture
def post(unit):
    return Post.objects.create(unit=unit("区住建局"), title="填报岗", duty="填报", integrity_duty="如实")


def ask(actor, kind, post, **details):
    return services.request_access_change(
        actor, kind, post, effective_on=details.pop("effective_on", DAY), reason="任职文件", **details
    )


def test_nothing_changes_until_the_other_administrator_agrees(system, security, post, newcomer):
    grant = ask(system, Kind.GRANT, post, role=Role.REPORTER)
    appoint = ask(security, Kind.APPOINT, post, user=newcomer)
    assert newcomer.standing.roles == frozenset()
    services.decide_access_change(security, grant, True)
    services.decide_access_change(system, appoint, True)
    standing = User.objects.get(pk=newcomer.pk).standing
    assert standing.roles == {Role.REPORTER}
    assert standing.reporting_units == {post.unit_id}
    assert [e.verb for e in Event.objects.exclude(actor=None).order_by("id")] == [
        "units.request_access_change", "units.request_access_change",
        "units.decide_access_change", "units.decide_access_change",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "role",
    [r for r in Role if r not in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}],
)
def test_nobody_else_asks_or_decides(person, system, post, role):
    actor = person(role, "某局")
    with pytest.raises(Denied):
        ask(actor, Kind.GRANT, post, role=Role.REPORTER)
    change = ask(system, Kind.GRANT, post, role=Role.REPORTER)
    with pytest.raises(Denied):
        services.decide_access_change(actor, change, True)
    assert not PostRole.objects.filter(post=post).exists()


def test_the_one_who_asked_and_another_of_the_same_kind_do_not_decide(system, security, person, post):
    change = ask(system, Kind.GRANT, post, role=Role.REPORTER)
    with pytest.raises(Denied, match="提出人不得审批"):
        services.decide_access_change(system, change, True)
    with pytest.raises(Denied, match="另一类管理员"):
        services.decide_access_change(person(Role.SYSTEM_ADMIN, "信息中心", "sys2"), change, True)
    other = ask(security, Kind.GRANT, post, role=Role.SIGNER)
    with pytest.raises(Denied, match="另一类管理员"):
        services.decide_access_change(person(Role.SECURITY_ADMIN, "信息中心", "sec2"), other, True)


def test_nobody_asks_for_or_decides_about_oneself(system, security, person, unit):
    vacant = Post.objects.create(unit=unit("信息中心"), title="第二系统管理岗")
    own_post = system.holdings.get().post
    with pytest.raises(DomainError, match="不得为本人"):
        ask(system, Kind.APPOINT, vacant, user=system)
    with pytest.raises(DomainError, match="不得为本人"):
        ask(system, Kind.GRANT, own_post, role=Role.SECURITY_ADMIN)
    about_system = ask(security, Kind.APPOINT, vacant, user=system)
    with pytest.raises(Denied, match="涉及本人"):
        services.decide_access_change(system, about_system, True)
    # A second system administrator may: it does not concern that one.
    services.decide_access_change(person(Role.SYSTEM_ADMIN, "另一中心", "sys2"), about_system, True)


def test_a_refusal_needs_its_reason_and_changes_nothing(system, security, post):
    change = ask(system, Kind.GRANT, post, role=Role.REPORTER)
    with pytest.raises(DomainError, match="写明理由"):
        services.decide_access_change(security, change, False, " ")
    services.decide_access_change(security, change, False, "依据不足")
    assert not PostRole.objects.filter(post=post).exists()
    with pytest.raises(DomainError, match="已审批"):
        services.decide_access_change(security, change, True)
    assert AccessDecision.objects.count() == 1


def test_a_change_takes_effect_on_its_day(system, security, post, newcomer):
    services.change_access(system, security, Kind.GRANT, post, role=Role.REPORTER, effective_on=DAY, reason="文件")
    later = DAY + timedelta(days=5)
    services.change_access(system, security, Kind.APPOINT, post, user=newcomer, effective_on=later, reason="文件")
    for day, roles in [(later - timedelta(days=1), set()), (later, {Role.REPORTER})]:
        with clock.at(day):
            assert User.objects.get(pk=newcomer.pk).standing.roles == roles


def test_revoking_and_dismissing_end_the_day_before(system, security, person):
    holder = person(Role.REPORTER, "区住建局")
    post = holder.holdings.get().post
    services.change_access(system, security, Kind.REVOKE, post, role=Role.REPORTER, effective_on=DAY, reason="撤回")
    assert User.objects.get(pk=holder.pk).standing.roles == frozenset()
    with clock.at(DAY - timedelta(days=1)):
        assert User.objects.get(pk=holder.pk).standing.roles == {Role.REPORTER}
    services.change_access(system, security, Kind.DISMISS, post, user=holder, effective_on=DAY, reason="免职")
    assert User.objects.get(pk=holder.pk).standing.posts == ()


def test_a_successor_inherits_and_the_predecessor_leaves_in_one_step(system, security, person, newcomer):
    old = person(Role.REPORTER, "区住建局")
    post = old.holdings.get().post
    change = ask(security, Kind.APPOINT, post, user=newcomer, replaces=old)
    assert User.objects.get(pk=old.pk).standing.roles == {Role.REPORTER}
    services.decide_access_change(system, change, True)
    assert User.objects.get(pk=old.pk).standing.roles == frozenset()
    heir = User.objects.get(pk=newcomer.pk).standing
    assert (heir.roles, heir.reporting_units) == ({Role.REPORTER}, {post.unit_id})
    with clock.at(DAY - timedelta(days=1)):
        assert User.objects.get(pk=old.pk).standing.roles == {Role.REPORTER}
        assert User.objects.get(pk=newcomer.pk).standing.roles == frozenset()


@pytest.mark.parametrize("business", [Role.REPORTER, Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE])
def test_a_post_never_carries_an_administrators_and_a_business_role(system, security, person, business):
    holder = person(business, "某局")
    with pytest.raises(DomainError, match="三员分立"):
        ask(system, Kind.GRANT, holder.holdings.get().post, role=Role.AUDIT_ADMIN)
    admin_post = person(Role.AUDIT_ADMIN, "信息中心").holdings.get().post
    with pytest.raises(DomainError, match="三员分立"):
        ask(system, Kind.GRANT, admin_post, role=business)


def test_nobody_holds_two_of_the_three_administrators_or_one_and_business(system, security, auditor, person):
    reporter = person(Role.REPORTER, "区住建局")
    for who, where in [
        (auditor, security.holdings.get().post),
        (auditor, reporter.holdings.get().post),
        (reporter, auditor.holdings.get().post),
    ]:
        actor = system
        with pytest.raises(DomainError, match="三员分立"):
            ask(actor, Kind.APPOINT, where, user=who)


def test_what_became_impossible_since_it_was_asked_is_refused_at_the_decision(
    system, security, auditor, post, newcomer
):
    as_reporter = ask(system, Kind.APPOINT, post, user=newcomer)
    as_auditor = ask(system, Kind.APPOINT, auditor.holdings.get().post, user=newcomer)
    services.change_access(system, security, Kind.GRANT, post, role=Role.REPORTER, effective_on=DAY, reason="文件")
    services.decide_access_change(security, as_auditor, True)
    with pytest.raises(DomainError, match="三员分立"):
        services.decide_access_change(security, as_reporter, True)
    assert not hasattr(AccessChange.objects.get(pk=as_reporter.pk), "decision")
    assert not Holding.objects.filter(post=post).exists()


def test_the_last_administrator_of_a_kind_stays_until_somebody_takes_over(system, security, auditor, newcomer):
    post = auditor.holdings.get().post
    with pytest.raises(DomainError, match="没有在任的安全审计员"):
        ask(system, Kind.DISMISS, post, user=auditor)
    with pytest.raises(DomainError, match="没有在任的安全审计员"):
        ask(system, Kind.REVOKE, post, role=Role.AUDIT_ADMIN)
    services.change_access(
        system, security, Kind.APPOINT, post, user=newcomer, replaces=auditor, effective_on=DAY, reason="轮岗"
    )
    assert User.objects.get(pk=newcomer.pk).standing.has(Role.AUDIT_ADMIN)


@pytest.mark.parametrize(
    "case",
    [
        (Kind.GRANT, {}, "未选角色", "role"),
        (Kind.GRANT, {"role": Role.EMBEDDED}, "所驻单位", "unit"),
        (Kind.REVOKE, {"role": Role.SIGNER}, "没有此角色", "role"),
        (Kind.APPOINT, {}, "未选人员", "user"),
        (Kind.DISMISS, {"user": "newcomer"}, "未任此岗", "user"),
        (Kind.APPOINT, {"user": "newcomer", "replaces": "newcomer"}, "不能接替自己", "replaces"),
        (Kind.APPOINT, {"user": "newcomer", "role": Role.SIGNER}, "不写角色", "role"),
        (Kind.GRANT, {"role": Role.SIGNER, "user": "newcomer"}, "不授予个人", "user"),
        ("other", {}, "没有这种变更", "kind"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_beside_its_field(system, post, newcomer, case):
    kind, details, says, field = case
    details = {key: newcomer if value == "newcomer" else value for key, value in details.items()}
    with pytest.raises(DomainError, match=says) as caught:
        ask(system, kind, post, **details)
    assert caught.value.field == field
    assert AccessChange.objects.count() == 0


def test_asking_for_what_is_already_so_is_refused(system, person):
    holder = person(Role.REPORTER, "区住建局")
    with pytest.raises(DomainError, match="已有此角色"):
        ask(system, Kind.GRANT, holder.holdings.get().post, role=Role.REPORTER)
    with pytest.raises(DomainError, match="已任此岗"):
        ask(system, Kind.APPOINT, holder.holdings.get().post, user=holder)


def test_reporter_and_signer_in_one_hand_is_allowed_with_a_warning(client, system, security, person):
    holder = person(Role.REPORTER, "区住建局")
    change = ask(system, Kind.GRANT, holder.holdings.get().post, role=Role.SIGNER)
    client.force_login(security)
    page = client.get(reverse("units:access_change", args=[change.pk])).content.decode()
    assert "失去相互核对" in page
    services.decide_access_change(security, change, True)


# ------------------------------------------------------------------ pages
def test_the_pages_ask_and_decide(client, system, security, post, newcomer):
    client.force_login(system)
    typed = {"kind": "grant", "post": post.pk, "role": "unit_reporter", "effective_on": "2017-07-12", "reason": "文件"}
    wrong = client.post(reverse("units:ask_access"), typed | {"role": ""})
    assert (wrong.status_code, "未选角色" in wrong.content.decode()) == (422, True)
    response = client.post(reverse("units:ask_access"), typed)
    change = AccessChange.objects.get()
    assert response.url == reverse("units:access_change", args=[change.pk])
    assert "提出人不得审批" in client.get(response.url).content.decode()
    client.force_login(security)
    assert 'qd-nav__badge">1<' in client.get(reverse("units:access")).content.decode()
    assert "提交审批" in client.get(response.url).content.decode()
    decide = reverse("units:decide_access", args=[change.pk])
    refused = client.post(decide, {"approved": "0"})
    assert (refused.status_code, "写明理由" in refused.content.decode()) == (422, True)
    assert client.post(decide, {"approved": "1"}).status_code == 302
    assert post.roles.get().role == Role.REPORTER


def test_the_succession_page_asks_for_both_in_one_change(client, system, person, newcomer):
    old = person(Role.REPORTER, "区住建局")
    post = old.holdings.get().post
    client.force_login(system)
    url = reverse("units:succession", args=[post.pk])
    typed = {"replaces": old.pk, "user": newcomer.pk, "effective_on": "2017-08-01", "reason": "轮岗"}
    assert client.post(url, typed | {"user": old.pk}).status_code == 422
    assert client.post(url, typed).status_code == 302
    change = AccessChange.objects.get()
    assert (change.kind, change.replaces, change.user, change.effective_on) == (
        "appoint", old, newcomer, date(2017, 8, 1),
    )  # fmt: skip


def test_the_list_of_changes_asks_the_database_the_same_number_of_times(
    client, system, security, post, django_assert_max_num_queries
):
    for role in (Role.REPORTER, Role.SIGNER, Role.LEADER, Role.SUPERVISOR):
        change = ask(system, Kind.GRANT, post, role=role)
        services.decide_access_change(security, change, True)
    client.force_login(security)
    with django_assert_max_num_queries(14):
        client.get(reverse("units:access"))


# ------------------------------------------------------------------ whatever the order
STEP = st.tuples(
    st.sampled_from(["system", "security"]),
    st.sampled_from(list(Kind)),
    st.integers(0, 3),
    st.sampled_from([Role.REPORTER, Role.SUPERVISOR, *sorted(ADMIN_ROLES)]),
    st.integers(0, 2),
    st.integers(-1, 2),
    st.integers(0, 30),
)


@given(steps=st.lists(STEP, min_size=5, max_size=25))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_changes_gives_anybody_an_administrators_and_another_role(steps, system, security, unit):
    Holding.objects.exclude(user__in=[system, security]).delete()
    home = unit("某局")
    posts = [Post.objects.get_or_create(unit=home, title=f"岗{n}")[0] for n in range(4)]
    PostRole.objects.filter(post__in=posts).delete()
    people = [User.objects.get_or_create(username=f"p{n}", defaults={"name": f"人{n}"})[0] for n in range(3)]
    actors = {"system": (system, security), "security": (security, system)}
    for who, kind, post, role, user, replaces, days in steps:
        by_role = kind in {Kind.GRANT, Kind.REVOKE}
        asker, decider = actors[who]
        try:
            services.change_access(
                asker,
                decider,
                kind,
                posts[post],
                role=role if by_role else "",
                user=None if by_role else people[user],
                replaces=people[replaces] if kind == Kind.APPOINT and replaces >= 0 else None,
                effective_on=DAY + timedelta(days=days),
                reason="随机",
            )
        except DomainError:
            continue
    for someone in people:
        spans = roles_of(someone)
        for one in spans:
            for other in spans:
                assert not (clash(one.role, other.role) and one.meets(other)), (someone, one, other)
        for days in range(32):
            with clock.at(DAY + timedelta(days=days)):
                roles = User.objects.get(pk=someone.pk).standing.roles
                assert not roles & ADMIN_ROLES or len(roles) == 1
