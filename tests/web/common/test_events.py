"""Events: one canonical text for the same facts, whatever their order or type."""

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.common.events import canonical, record
from qingdan.web.common.models import Event
from qingdan.web.units.models import Role, Unit

# What a database keeps as text: everything but surrogates and NUL.
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)
plain = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | texts
facts = st.dictionaries(
    texts, st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)),
    max_size=6,
)  # fmt: skip


@given(facts)
def test_facts_read_back_as_they_were_written(data):
    assert json.loads(canonical(data)) == data


@given(facts, st.randoms())
def test_the_order_of_keys_does_not_matter(data, random):
    keys = list(data)
    random.shuffle(keys)
    assert canonical({key: data[key] for key in keys}) == canonical(data)


@given(facts, facts)
def test_different_facts_give_different_texts(one, other):
    # JSON tells 1 from True where Python's == does not, so compare what was read back by its own text.
    assert (canonical(one) == canonical(other)) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


@given(facts)
def test_the_text_has_no_space_to_vary(data):
    assert canonical(json.loads(canonical(data))) == canonical(data)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_a_decimal_keeps_every_digit_and_has_no_exponent(value):
    text = json.loads(canonical({"v": value}))["v"]
    assert Decimal(text) == value and "E" not in text.upper()


@given(st.dates(), st.datetimes(timezones=st.just(timezone(timedelta(hours=8)))))
def test_days_and_times_are_written_in_iso_8601(day, moment):
    data = json.loads(canonical({"day": day, "moment": moment}))
    assert date.fromisoformat(data["day"]) == day and datetime.fromisoformat(data["moment"]) == moment


@given(st.sets(texts, max_size=8))
def test_a_set_is_written_in_order(values):
    assert json.loads(canonical({"v": values}))["v"] == sorted(values)


@pytest.mark.parametrize("value", [object(), b"bytes", time(9)])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError, match="cannot stand in an event"):
        canonical({"v": value})


@pytest.mark.django_db
def test_an_event_names_actor_post_object_and_facts(person, standing_clock):
    user = person(Role.SUPERVISOR)
    unit = Unit.objects.get(name="区目督办")
    event = record(user, "tests.moved", unit, place=unit, on=standing_clock, amount=Decimal("1.50"))
    event = Event.objects.get(pk=event.pk)
    assert event.actor_label == user.label and event.post_label == user.post_label
    assert (event.object_type, event.object_id, event.object_label) == ("units.unit", str(unit.pk), "区目督办")
    assert event.facts == {
        "place": {"type": "units.unit", "id": unit.pk, "label": "区目督办"}, "on": "2017-07-12", "amount": "1.50",
    }  # fmt: skip


@pytest.mark.django_db
def test_the_system_itself_is_named_as_such(person):
    event = record(None, "tests.ran", person(Role.SUPERVISOR))
    assert event.actor is None and event.actor_label == "系统"
