"""`qd verify` from the ground up: an honest log holds, and each single thing that is touched is named."""

import pytest
from django.db import connection

from qingdan.web.common import log, triggers
from qingdan.web.common.events import record
from qingdan.web.trust.verification import over_connection, verify
from qingdan.web.units.models import Role
from qingdan.web.units.services import units

pytestmark = pytest.mark.django_db


def checked():
    log.seal_now()
    database = over_connection(connection)
    return verify(database, hash_name="sha256")


@pytest.fixture
def told(person):
    """A few honest changes, the first of them by a test that puts its own rows there."""
    admin = person(Role.SYSTEM_ADMIN)
    record(None, "tests.set_up", admin)
    for number in range(3):
        unit = units.add_unit(admin, name=f"示例单位{number}", kind="bureau")
        units.add_name(admin, unit, f"示例简称{number}", kind="alias")
    return admin


def test_an_honest_log_holds(told):
    report = checked()
    assert report.findings == [] and report.ok
    assert report.counts["events"] == log.size() and report.root == log.root(log.size()).hex()
    assert report.counts["rows"] > 10


def touched(statement):
    triggers.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0
    triggers.install(connection)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE units_unit SET name = '被改的单位' WHERE name = '示例单位1'", "units_unit"),
        ("DELETE FROM units_unitname WHERE name = '示例简称1'", "units_unitname"),
        ("INSERT INTO units_unitname (unit_id, name, kind, until) "
         "SELECT id, '凭空多出的简称', 'alias', NULL FROM units_unit WHERE name = '示例单位1'", "units_unitname"),
        ("UPDATE common_event SET data = '{}' WHERE verb = 'units.add_name'", "记录"),
        ("UPDATE common_event SET actor_label = '别人'", "记录"),
        ("UPDATE common_leaf SET event_id = (SELECT max(event_id) + 1 FROM common_leaf) WHERE \"index\" = 2", "记录"),
        ("UPDATE common_claim SET op = 'U' WHERE op = 'I'", "事件"),
        ("UPDATE common_claim SET seal = '00000000000000000000000000000000' || substr(seal, 33) "
         "WHERE \"table\" = 'units_unit'", "units_unit"),
    ],
    ids=["row-edited", "row-removed", "row-added", "event", "person", "leaf", "claim", "salt-wiped"],
)  # fmt: skip
def test_what_was_touched_is_named(told, statement, place):
    log.seal_now()
    touched(statement)
    report = checked()
    assert not report.ok
    assert any(found.startswith(place) for found, _what in report.findings), report.findings


def test_a_trigger_that_is_missing_is_named(told):
    name, table = ("qd_common_event_update", "common_event")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    assert any(name in place for place, _what in checked().findings)
