"""Units and their names: who changes them, what is kept of what they were called. All made up."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event
from qingdan.web.units import services
from qingdan.web.units.models import Role, Unit, UnitName
from qingdan.web.units.resolve import UnitIndex

BUSINESS = [Role.REPORTER, Role.SIGNER, Role.LEADER, Role.EMBEDDED, Role.DISCIPLINE]


@pytest.fixture
def admin(person):
    return person(Role.SYSTEM_ADMIN, "信息中心")


def names(unit):
    return {(row.name, row.kind) for row in unit.names.all()}


def test_a_unit_is_added_with_code_aliases_and_one_event(admin):
    unit = services.add_unit(admin, name="区住建局", aliases=["住建局机关", "区住房和城乡建设局"])
    assert unit.code.startswith("U")
    assert names(unit) == {("住建局机关", "alias"), ("区住房和城乡建设局", "alias")}
    event = Event.objects.exclude(actor=None).get()
    assert (event.verb, event.actor, event.facts["aliases"]) == (
        "units.add_unit", admin, ["住建局机关", "区住房和城乡建设局"],
    )  # fmt: skip


@pytest.mark.parametrize("role", [*BUSINESS, Role.SUPERVISOR, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_only_the_system_administrator_changes_units(person, role, admin):
    unit = services.add_unit(admin, name="区教育局")
    other = person(role, "某局")
    with pytest.raises(Denied, match="系统管理员"):
        services.add_unit(other, name="区文体局")
    with pytest.raises(Denied):
        services.edit_unit(other, unit, name="区教体局", kind=unit.kind, code=unit.code, parent=None)
    with pytest.raises(Denied):
        services.close_unit(other, unit, on=date(2017, 7, 1))
    assert not Unit.objects.filter(name="区文体局").exists()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.SUPERVISOR, True), (Role.SUPERVISION_HEAD, True), (Role.SYSTEM_ADMIN, True), (Role.SECURITY_ADMIN, False)]
    + [(role, False) for role in BUSINESS],
)
def test_aliases_are_learned_by_the_office_and_the_system_administrator(person, unit, role, allowed):
    actor, found = person(role, "某局"), unit("区国土资源局")
    if not allowed:
        with pytest.raises(Denied, match="目督办"):
            services.learn_alias(actor, "国土局", found)
        return
    services.learn_alias(actor, "国土局", found)
    services.learn_alias(actor, "国土局", found)
    assert names(found) == {("国土局", "alias")}
    assert Event.objects.filter(verb="units.add_name").count() == 1
    services.remove_name(actor, UnitName.objects.get())
    assert names(found) == set()


def test_a_name_belongs_to_one_unit_whatever_its_width_and_spaces(admin):
    services.add_unit(admin, name="区发改局", aliases=["发展改革局(物价)"])
    for name in ("区发改局", "区 发改局", "发展改革局（物价）"):
        with pytest.raises(DomainError, match="已属于“区发改局”") as caught:
            services.add_unit(admin, name=name)
        assert caught.value.field == "name"


def test_a_renamed_unit_keeps_its_old_name_and_may_take_it_up_again(admin):
    unit = services.add_unit(admin, name="区环保局")
    same = {"kind": unit.kind, "code": unit.code, "parent": None}
    unit = services.edit_unit(admin, unit, name="区生态环境局", **same)
    assert names(unit) == {("区环保局", "former")}
    assert UnitIndex.load().find("环保局") == unit
    unit = services.edit_unit(admin, unit, name="区环保局", **same)
    assert names(unit) == {("区生态环境局", "former")}
    assert Event.objects.filter(verb="units.edit_unit").first().facts["changed"] == {
        "name": {"before": "区生态环境局", "after": "区环保局"}
    }


def test_a_merged_unit_lives_on_as_former_name_of_the_other(admin):
    old = services.add_unit(admin, name="区规划局", aliases=["规划分局"])
    new = services.add_unit(admin, name="区规划和自然资源局")
    services.close_unit(admin, old, on=date(2017, 7, 1), into=new)
    assert names(new) == {("区规划局", "former"), ("规划分局", "former")}
    index = UnitIndex.load()
    assert {index.find("区规划局"), index.find("规划分局"), index.find("郫都区规划局")} == {new}


def test_a_unit_with_open_posts_or_units_below_is_not_closed(admin):
    unit = services.add_unit(admin, name="区农林局")
    below = services.add_unit(admin, name="区农技站", parent=unit)
    post = services.add_post(admin, unit, title="填报岗", duty="填报", integrity_duty="如实")
    with pytest.raises(DomainError, match="岗位"):
        services.close_unit(admin, unit, on=date(2017, 7, 1))
    services.close_post(admin, post, on=date(2017, 7, 1))
    with pytest.raises(DomainError, match="下级"):
        services.close_unit(admin, unit, on=date(2017, 7, 1))
    services.close_unit(admin, below, on=date(2017, 7, 1))
    services.close_unit(admin, unit, on=date(2017, 7, 1))


def test_a_unit_is_never_above_itself(admin):
    top = services.add_unit(admin, name="区政府")
    low = services.add_unit(admin, name="区政府办", parent=top)
    with pytest.raises(DomainError, match="自己的下级") as caught:
        services.edit_unit(admin, top, name=top.name, kind=top.kind, code=top.code, parent=low)
    assert caught.value.field == "parent"


def test_only_a_collective_contains_other_units(admin):
    town = services.add_unit(admin, name="郫筒街道", kind=Unit.Kind.TOWN)
    towns = services.add_unit(admin, name="各镇街", kind=Unit.Kind.COLLECTIVE, members=[town])
    assert list(towns.members.all()) == [town]
    with pytest.raises(DomainError, match="集体单位"):
        services.add_unit(admin, name="区水务局", members=[town])


# ------------------------------------------------------------------ pages
@pytest.fixture
def admin_client(client, admin):
    client.force_login(admin)
    return client


def test_the_tree_shows_units_under_their_parents_with_all_names(admin_client, admin):
    top = services.add_unit(admin, name="区政府", sort=1)
    services.add_unit(admin, name="区外侨办", sort=2)
    services.add_unit(admin, name="区政府办", parent=top, aliases=["府办"], sort=9)
    page = admin_client.get(reverse("units:units")).content.decode()
    assert page.index("区政府</a>") < page.index("区政府办</a>") < page.index("区外侨办</a>")
    assert "府办</span>" in page


def test_the_tree_can_be_searched_by_any_name(admin_client, admin):
    services.add_unit(admin, name="区住建局", aliases=["房管局"])
    services.add_unit(admin, name="区教育局")
    page = admin_client.get(reverse("units:units"), {"q": "房管"}).content.decode()
    assert "区住建局</a>" in page
    assert "区教育局</a>" not in page
    assert "没有找到这样的单位" in admin_client.get(reverse("units:units"), {"q": "不存在"}).content.decode()


def test_the_tree_asks_the_database_the_same_number_of_times_for_many_units(
    admin_client, admin, django_assert_max_num_queries
):
    for n in range(30):
        Unit.objects.create(code=f"N{n}", name=f"单位{n}")
    with django_assert_max_num_queries(14):
        admin_client.get(reverse("units:units"))


def test_a_mistake_in_the_form_keeps_what_was_typed(admin_client, admin):
    services.add_unit(admin, name="区住建局")
    typed = {"name": "区住建局", "kind": "office", "code": "ZJ-7"}
    response = admin_client.post(reverse("units:add_unit"), typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "该名称已属于“区住建局”" in page
    assert 'value="ZJ-7"' in page
    assert admin_client.post(reverse("units:add_unit"), typed | {"name": "区房管局"}).status_code == 302


def test_pages_add_edit_name_and_close_a_unit(admin_client):
    admin_client.post(reverse("units:add_unit"), {"name": "区经科局", "kind": "bureau"})
    unit = Unit.objects.get(name="区经科局")
    admin_client.post(
        reverse("units:edit_unit", args=[unit.pk]), {"name": "区经信局", "kind": "bureau", "code": unit.code}
    )
    admin_client.post(reverse("units:add_name", args=[unit.pk]), {"name": "经信", "kind": "alias"})
    assert names(unit) == {("区经科局", "former"), ("经信", "alias")}
    taken = admin_client.post(reverse("units:add_name", args=[unit.pk]), {"name": "经信", "kind": "alias"})
    assert taken.status_code == 422
    assert "该名称已属于" in taken.content.decode()
    row = unit.names.get(name="经信")
    admin_client.post(reverse("units:remove_name", args=[row.pk]))
    admin_client.post(reverse("units:close_unit", args=[unit.pk]), {"on": "2017-07-01"})
    unit.refresh_from_db()
    assert (unit.name, unit.closed_on, names(unit)) == ("区经信局", date(2017, 7, 1), {("区经科局", "former")})


# ------------------------------------------------------------------ posts
@pytest.mark.covers("B-57")
def test_a_post_carries_a_business_duty_and_an_integrity_duty_and_both_are_listed(admin_client, admin):
    unit = services.add_unit(admin, name="区住建局")
    url = reverse("units:add_post", args=[unit.pk])
    typed = {"title": "分管副局长", "duty": "分管保障房建设", "integrity_duty": "对保障房分配的廉洁负责"}
    missing = admin_client.post(url, typed | {"integrity_duty": " "})
    assert missing.status_code == 422
    assert admin_client.post(url, typed).status_code == 302
    post = unit.posts.get()
    for address in (reverse("units:unit", args=[unit.pk]), reverse("units:post", args=[post.pk])):
        page = admin_client.get(address).content.decode()
        assert "业务职责" in page and "分管保障房建设" in page
        assert "廉政职责" in page and "对保障房分配的廉洁负责" in page


@pytest.mark.covers("B-57")
@pytest.mark.parametrize(("duty", "integrity", "field"), [("", "如实", "duty"), ("填报", "", "integrity_duty")])
def test_a_post_without_one_of_its_two_duties_is_refused(admin, duty, integrity, field):
    unit = services.add_unit(admin, name="区住建局")
    with pytest.raises(DomainError, match="一岗双责") as caught:
        services.add_post(admin, unit, title="填报岗", duty=duty, integrity_duty=integrity)
    assert caught.value.field == field


@pytest.mark.parametrize("role", [*BUSINESS, Role.SUPERVISOR, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_only_the_system_administrator_changes_posts(person, role, admin):
    unit = services.add_unit(admin, name="区教育局")
    post = services.add_post(admin, unit, title="岗", duty="业务", integrity_duty="廉政")
    other = person(role, "某局")
    for change in (
        lambda: services.add_post(other, unit, title="岗2", duty="业务", integrity_duty="廉政"),
        lambda: services.edit_post(other, post, title="岗3", duty="业务", integrity_duty="廉政"),
        lambda: services.close_post(other, post, on=date(2017, 7, 1)),
    ):
        with pytest.raises(Denied, match="系统管理员"):
            change()


def test_a_post_is_edited_with_its_changes_on_record_and_its_title_stays_single(admin):
    unit = services.add_unit(admin, name="区教育局")
    post = services.add_post(admin, unit, title="岗一", duty="业务", integrity_duty="廉政")
    services.add_post(admin, unit, title="岗二", duty="业务", integrity_duty="廉政")
    services.edit_post(admin, post, title="岗一", duty="新业务", integrity_duty="廉政")
    event = Event.objects.filter(verb="units.edit_post").get()
    assert event.facts["changed"] == {"duty": {"before": "业务", "after": "新业务"}}
    with pytest.raises(DomainError, match="同名"):
        services.edit_post(admin, post, title="岗二", duty="业务", integrity_duty="廉政")


def test_a_post_that_somebody_holds_is_not_closed(admin, person):
    holder = person(Role.REPORTER, "区住建局")
    with pytest.raises(DomainError, match="仍有任职人员"):
        services.close_post(admin, holder.holdings.get().post, on=date(2017, 7, 1))
