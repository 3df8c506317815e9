"""The inbox: told once, read by its owner alone."""

import pytest

from qingdan.web.common import inbox
from qingdan.web.common.errors import Denied
from qingdan.web.common.models import Event, Notification
from qingdan.web.units.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(person):
    return [person(Role.REPORTER, "区住建局"), person(Role.REPORTER, "区商务局")]


def test_the_same_key_reaches_a_person_once(two):
    assert inbox.notify(two, key="due-1", title="周报今日截止", url="/reports/1") == 2
    assert inbox.notify([*two, two[0]], key="due-1", title="周报今日截止") == 0
    assert inbox.notify(two[:1], key="due-2", title="周报今日截止") == 1
    assert Notification.objects.count() == 3


def test_someone_switched_off_gets_nothing(two):
    two[0].is_active = False
    assert inbox.notify(two, key="k", title="t") == 1


@pytest.mark.parametrize("url", ["//evil.example", "https://evil.example", "javascript:alert(1)", "reports"])
def test_a_line_never_leads_to_another_site(two, url):
    with pytest.raises(ValueError, match="this site"):
        inbox.notify(two, key="k", title="t", url=url)


def test_reading_is_recorded_once(two):
    inbox.notify(two, key="k", title="t")
    line = inbox.visible_to(two[0]).get()
    first = inbox.mark_read(two[0], line).read_at
    assert inbox.mark_read(two[0], line).read_at == first
    assert Event.objects.filter(verb="common.mark_read").count() == 1
    assert inbox.unread_count(two[0]) == 0 and inbox.unread_count(two[1]) == 1


def test_nobody_reads_anothers_line(two):
    inbox.notify(two[:1], key="k", title="t")
    with pytest.raises(Denied):
        inbox.mark_read(two[1], Notification.objects.get())


def test_marking_all_read_touches_only_the_own_inbox(two):
    inbox.notify(two, key="a", title="t")
    inbox.notify(two, key="b", title="t")
    assert inbox.mark_all_read(two[0]) == 2
    assert inbox.mark_all_read(two[0]) == 0
    assert inbox.unread_count(two[1]) == 2


def test_telling_many_people_takes_few_queries(person, django_assert_max_num_queries):
    people = [person(Role.REPORTER, f"单位{n}") for n in range(12)]
    with django_assert_max_num_queries(3):
        inbox.notify(people, key="k", title="t")
