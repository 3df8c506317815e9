"""The floor holds: events and insert-only facts refuse change on whichever database runs."""

import pytest
from django.db import DatabaseError, connection, transaction

from qingdan.web.common import triggers
from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.units.models import Role


def test_an_event_cannot_be_changed_or_removed_even_by_sql(person):
    user = person(Role.SUPERVISOR)
    event = record(user, "tests.tried", user, before=1, after="二")
    assert event.data == '{"after":"二","before":1}'
    for statement in ("UPDATE common_event SET verb = 'x'", "DELETE FROM common_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(TypeError):
        event.save()
    assert Event.objects.filter(verb="tests.tried").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_its_change(person):
    user = person(Role.SUPERVISOR)
    with pytest.raises(transaction.TransactionManagementError):
        record(user, "tests.tried", user)


@pytest.mark.django_db
def test_every_wanted_trigger_is_there():
    assert triggers.missing(connection) == []
