"""The office's settings: typed, limited, changed by the head of the office with a reason."""

from datetime import time
from decimal import Decimal

import pytest

from qingdan.web.common import values
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event, Setting
from qingdan.web.units.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(person):
    return person(Role.SUPERVISION_HEAD)


def test_defaults_hold_while_nobody_has_set_anything():
    assert values.everything() == {
        "report_opens_weekday": 0, "report_due_weekday": 4, "report_due_hour": time(17, 30), "no_change_cap": 3,
        "yellow_days": 7, "stale_weeks": 2, "similarity_threshold": Decimal("0.9"), "escalation": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("report_due_weekday", "3", 3),
        ("report_due_hour", "16:00", time(16)),
        ("no_change_cap", 2, 2),
        ("similarity_threshold", "0.85", Decimal("0.85")),
        ("escalation", False, False),
        ("escalation", "off", False),
    ],
)
def test_a_value_is_set_and_read_in_its_type(head, name, given, kept):
    values.set_value(head, name, given, "调整")
    assert values.get(name) == kept
    assert type(values.get(name)) is type(kept)


def test_the_event_says_before_after_and_why(head):
    values.set_value(head, "yellow_days", 10, "与市级口径一致")
    event = Event.objects.exclude(actor=None).get()
    assert event.verb == "common.set_value"
    assert event.facts == {"name": "yellow_days", "before": 7, "after": 10, "reason": "与市级口径一致"}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("yellow_days", 0), ("yellow_days", "七"), ("yellow_days", 3.5), ("report_due_weekday", 7),
        ("report_due_hour", "25:00"), ("similarity_threshold", "NaN"), ("similarity_threshold", "1.1"),
        ("escalation", "maybe"), ("no_change_cap", True),
    ],
)  # fmt: skip
def test_a_value_out_of_its_limits_is_refused_and_nothing_changes(head, name, given):
    with pytest.raises(DomainError) as caught:
        values.set_value(head, name, given, "测试")
    assert caught.value.field == name and caught.value.remedy
    assert values.get(name) == values.default(name)
    assert not Event.objects.exclude(actor=None).exists()


def test_a_due_day_before_the_opening_day_is_refused(head):
    values.set_value(head, "report_opens_weekday", 2, "测试")
    with pytest.raises(DomainError, match="早于开始"):
        values.set_value(head, "report_due_weekday", 1, "测试")


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_needed(head, reason):
    with pytest.raises(DomainError, match="理由"):
        values.set_value(head, "yellow_days", 10, reason)


def test_the_same_value_is_no_change(head):
    with pytest.raises(DomainError, match="相同"):
        values.set_value(head, "yellow_days", 7, "测试")


@pytest.mark.parametrize("role", [r for r in Role if r != Role.SUPERVISION_HEAD])
def test_nobody_else_sets_values(person, role):
    with pytest.raises(Denied):
        values.set_value(person(role), "yellow_days", 10, "测试")


def test_nonsense_in_the_table_gives_the_default():
    Setting.objects.create(name="yellow_days", value="many")
    assert values.get("yellow_days") == 7


def test_reading_again_asks_nothing(django_assert_num_queries):
    values.get("yellow_days")
    with django_assert_num_queries(0):
        values.get("no_change_cap")


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        values.get("yelow_days")
