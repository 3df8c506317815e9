"""How the log takes in tables: rows that came before the triggers, columns that changed, and how tables are built."""

from __future__ import annotations

import pytest
from django.db import connection

from qingdan.web.common import claims, log, schema
from qingdan.web.common.models import CalendarYear, Claim, Event, Shape
from qingdan.web.trust.verification import over_connection, verify

pytestmark = pytest.mark.django_db
TABLE = CalendarYear._meta.db_table


@pytest.fixture(autouse=True)
def adopted() -> None:
    claims.adopt()


def findings() -> list[tuple[str, str]]:
    log.seal_now()
    return verify(over_connection(connection), hash_name="sha256").findings


def last() -> Event:
    return Event.objects.filter(verb="common.adopt").latest("id")


def test_a_second_time_there_is_nothing_to_do():
    before = last().pk
    assert claims.adopt() == {}
    assert last().pk == before and findings() == []


def test_rows_that_events_account_for_are_not_taken_in_again():
    assert not Claim.objects.filter(batch=last()).exclude(table=Shape._meta.db_table).exists()


def test_a_table_whose_columns_changed_is_taken_in_as_it_stands():
    Shape.objects.filter(table=TABLE).update(columns="year,source")
    assert claims.adopt() == {TABLE: CalendarYear.objects.count()}
    assert last().facts["tables"] == {TABLE: CalendarYear.objects.count()}
    assert findings() == []


def test_tables_that_are_built_otherwise_than_recorded_are_found_until_a_migration_records_them():
    log.seal_now()
    connection.check_constraints()  # PostgreSQL builds nothing while a check is still due
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX added_by_hand ON common_event (verb)")
    assert [place for place, _wrong in findings()] == ["表结构 (schema)"]
    claims.adopt()
    assert findings() == []


def test_the_digest_does_not_depend_on_the_order_of_the_lines():
    assert schema.digest([("a", "b"), ("c", None)]) == schema.digest([("c", None), ("a", "b")])
    assert schema.digest([("a", "b")]) != schema.digest([("a", "c")])
