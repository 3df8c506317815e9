"""The log's lock is the last that a transaction takes: nobody waits for a row while holding it."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from qingdan.web.common.events import record
from qingdan.web.common.models import Event, Leaf
from qingdan.web.units.models import Role, User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time"),
]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_an_event_whose_person_is_locked_holds_nobody_up(person):
    """Committing an event asks for a lock on the row of its person, by reference. Whoever has that row must be able to
    commit meanwhile."""
    busy = person(Role.SUPERVISOR)
    before, faults = Leaf.objects.count(), []

    def write() -> None:
        try:
            with transaction.atomic():
                record(busy, "tests.event", busy)
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=busy.pk)
        writer.start()
        until = time.monotonic() + 30
        while not somebody_waits_for_us():
            assert time.monotonic() < until and writer.is_alive()
            time.sleep(0.02)
        record(None, "tests.event", busy)
    writer.join(30)
    assert not writer.is_alive() and faults == []
    # Its person was free only after the other had committed.
    found = list(Leaf.objects.filter(index__gte=before).values_list("event__actor", flat=True))
    assert found == [None, busy.pk] and Event.objects.filter(leaf=None).count() == 0
