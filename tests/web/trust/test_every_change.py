"""T1: nothing that can write leaves no leaf. Tables, services and transactions are enumerated; none is excepted.

The database itself refuses a commit with a changed row that no event accounts for, and `tests.accounting` asks the
same of every transaction and request of every other test. Here: that this net has no hole.
"""

import ast

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from qingdan.web.common import claims, events, log, values
from qingdan.web.common.models import Claim, Event, Leaf
from qingdan.web.units.models import Role, Unit
from tests.accounting import open_claims
from tests.conftest import set_up
from tests.web.common.test_triggers import Undo, filler
from tests.web.rights.test_services_ask_first import FOUND, WRITES, calls

FACTS = list(claims.models())


# ------------------------------------------------------------------ every table
def test_every_model_is_a_table_of_facts_or_says_why_not():
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("qingdan.")]
    silent = [m._meta.label for m in ours if m not in FACTS and len(getattr(m, "not_a_fact", "")) < 15]
    assert silent == [] and len(FACTS) > 30


@pytest.mark.django_db
@pytest.mark.parametrize("model", FACTS, ids=lambda model: model._meta.label)
def test_each_row_written_past_django_is_accounted_for(model):
    """INSERT, UPDATE and DELETE by plain SQL; what a table refuses anyway needs no account."""
    table, key = model._meta.db_table, claims.key_column(model)
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    with pytest.raises(Undo), transaction.atomic():
        row = model(**{f.attname: filler(f) for f in fields})
        models.Model.save_base(row, raw=True, force_insert=True)
        written = Claim.objects.filter(table=table, key=str(row.pk))
        wanted = [*written.values_list("op", flat=True)]
        assert wanted == ["I"] and open_claims() >= 1
        for op, statement in (("U", f'UPDATE {table} SET "{key}" = "{key}"'), ("D", f"DELETE FROM {table}")):
            count = model.objects.count()
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f'{statement} WHERE "{key}" = %s', [row.pk])
            except DatabaseError as error:
                assert "refused" in str(error) and model.objects.count() == count
            else:
                wanted.append(op)
        assert list(written.order_by("pk").values_list("op", flat=True)) == wanted
        raise Undo


# ------------------------------------------------------------------ every transaction
@pytest.fixture
def head(person):
    return person(Role.SUPERVISION_HEAD)


def sizes():
    return Event.objects.count(), Leaf.objects.count(), Claim.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_change_without_an_event_does_not_commit(head):
    before, name = sizes(), Unit.objects.first().name
    for change in (
        lambda: Unit.objects.create(name="凭空多出的单位", code="X-1"),
        lambda: Unit.objects.update(name="改过的名字"),
        lambda: connection.cursor().execute("UPDATE units_unit SET name = 'x'"),
        lambda: Unit.objects.bulk_create([Unit(name="凭空多出的单位", code="X-1")]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
        with pytest.raises(IntegrityError):
            change()
        connection.rollback() if not connection.get_autocommit() else None
    assert sizes() == before and Unit.objects.filter(name=name).exists()
    assert not Unit.objects.filter(code="X-1").exists()


@pytest.mark.django_db(transaction=True)
def test_rows_written_after_the_last_event_do_not_commit_either(head):
    before = sizes()
    with pytest.raises(IntegrityError), transaction.atomic():
        events.record(head, "tests.early", head)
        Unit.objects.create(name="事后多出的单位", code="X-2")
    assert sizes() == before


@pytest.mark.django_db(transaction=True)
def test_a_committed_change_has_its_leaf_and_a_rolled_back_one_has_nothing(head):
    before = sizes()
    values.set_value(head, "yellow_days", 10, "与市级口径一致")
    event = Event.objects.latest("pk")
    assert event.leaf.index == before[1] and event.rows and event.claims.count() == int(event.rows.split()[0])
    assert Event.objects.count() == Leaf.objects.count()
    after = sizes()
    with pytest.raises(Undo), transaction.atomic():
        values.set_value(head, "yellow_days", 12, "试一试")
        raise Undo
    assert sizes() == after and values.get("yellow_days") == 10


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_taken_back_takes_its_events_along(head):
    before = sizes()
    with transaction.atomic():
        values.set_value(head, "yellow_days", 9, "先改一次")
        with pytest.raises(Undo), transaction.atomic():
            values.set_value(head, "yellow_days", 12, "试一试")
            raise Undo
        values.set_value(head, "yellow_days", 10, "再改一次")
    assert Event.objects.count() == before[0] + 2 == Leaf.objects.count()
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(before[0] + 2))


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_logged_does_not_happen(head, monkeypatch):
    before, held = sizes(), values.get("yellow_days")

    def failing(_event, _erased=None):
        raise RuntimeError("no leaf")

    monkeypatch.setattr(log, "leaf_of", failing)
    with pytest.raises(DatabaseError, match="could not be logged"):
        values.set_value(head, "yellow_days", 12, "试一试")
    monkeypatch.undo()
    assert sizes() == before and values.get("yellow_days") == held
    values.set_value(head, "yellow_days", 12, "这次可以")  # the connection goes on


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_test_are_no_exception():
    with set_up():
        Unit.objects.create(name="示例单位", code="X-3")
    assert Event.objects.latest("pk").verb == "tests.set_up"


# ------------------------------------------------------------------ every service
def writes(node):
    return [name for _line, name, _call in calls(node) if name in WRITES - {"record", "notify", ".add", ".set"}]


def records(node, functions, seen=()):
    """Whether ``node`` records an event, itself or through a function of its module, or is a step of one that does."""
    for _line, name, _call in calls(node):
        if name in ("record", ".record"):
            return True
        helper = functions.get(name.lstrip("."))
        if helper is not None and helper is not node and name not in seen and records(helper, functions, (*seen, name)):
            return True
    return False


# Steps inside services that record the event of the whole; the database would refuse the commit if they did not.
STEPS = {
    "common/events.py:record": "this is what records",
    "tasks/services/plans.py:new_task": "add_task, add_subtask and the import record it",
    "tasks/services/plans.py:put_deadline": "the services that call it record it",
    "tasks/imports/writing.py:write_tasks": "apply_import records it",
}


@pytest.mark.parametrize(("name", "node", "functions"), FOUND, ids=[name for name, _n, _f in FOUND])
def test_every_service_that_writes_records_its_event(name, node, functions):
    assert isinstance(node, ast.FunctionDef)
    if name in STEPS:
        assert not records(node, functions), f"{name} needs no word in STEPS any more"
    elif writes(node):
        assert records(node, functions), f"{name} writes and records nothing"
