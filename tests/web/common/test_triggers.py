"""What is kept as written is refused by the database itself, for every model that asks for it, on both databases."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from qingdan.web.common import clock, triggers
from qingdan.web.common.models import InsertOnly
from qingdan.web.tasks.models import Item, ListEdition, ListLine, Plan, Task

pytestmark = pytest.mark.django_db

FACTS = [model for model in apps.get_models() if issubclass(model, InsertOnly)]
# Losing one of these would make history rewritable.
MUST_BE_FACTS = {
    "common.Attachment", "common.Event", "tasks.Closure", "tasks.DeadlineChange", "tasks.EscalationNotice",
    "tasks.ExtensionDecision", "tasks.ExtensionRequest", "tasks.Judgement", "tasks.LightOverride", "tasks.Problem",
    "tasks.ProblemStep", "tasks.ReportEvidence", "tasks.ReportReturn", "tasks.ReportVersion", "units.AccessChange",
    "units.AccessDecision",
}  # fmt: skip


class Undo(Exception):
    """Ends a block so that nothing of it stays."""


def filler(field: models.Field) -> Any:
    """Some value that the column takes; references lead nowhere and are taken back before anyone checks."""
    if field.null:
        return None
    kinds: list[tuple[type, Any]] = [
        (models.ForeignKey, 10**9), (models.BooleanField, False), (models.JSONField, {}),
        (models.DateTimeField, clock.now()), (models.DateField, date(2017, 7, 12)), (models.DecimalField, 1),
        (models.BigIntegerField, 10**9), (models.IntegerField, 1), (models.FloatField, 1.0), (models.BinaryField, b"x"),
        (models.TextField, "x"), (models.CharField, "x"),
    ]  # fmt: skip
    return next(value for kind, value in kinds if isinstance(field, kind))


def other(field: models.Field) -> str:
    """Some SQL value that the column takes and no row here has."""
    if isinstance(field, models.DateTimeField):
        return "'2001-01-01 00:00:00+00'"
    return "77" if isinstance(field, models.IntegerField | models.ForeignKey) else "'y'"


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        assert "refused" in str(error), error
        return True
    return False


def test_every_fact_is_known_as_one():
    assert {model._meta.label for model in FACTS} >= MUST_BE_FACTS


def test_every_wanted_trigger_is_laid_and_no_other():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'qd\\_%' ESCAPE '\\'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'qd\\_%%'")
        laid = {name for (name,) in cursor.fetchall()}
    assert laid == {t.name for t in triggers.wanted(connection)} and triggers.missing(connection) == []


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model._meta.label)
def test_a_fact_can_be_added_and_then_neither_changed_nor_removed(model):
    table = model._meta.db_table
    free = [f for f in model._meta.concrete_fields if f.column and not isinstance(f, models.AutoField)]
    before = model.objects.count()
    with pytest.raises(Undo), transaction.atomic():
        row = model(**{f.attname: filler(f) for f in free})
        models.Model.save_base(row, raw=True, force_insert=True)
        for field in free:
            # A condition on UPDATE may let a row pass that stays as it is.
            changed = f'"{field.column}"' if not getattr(model, "update_refused_when", "") else other(field)
            assert refused(f'UPDATE {table} SET "{field.column}" = {changed}'), field
        assert refused(f"DELETE FROM {table}")
        with pytest.raises(TypeError, match="insert-only"):
            row.save()
        with pytest.raises(TypeError, match="insert-only"):
            row.delete()
        assert model.objects.count() == before + 1
        raise Undo


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model._meta.label)
def test_a_table_of_facts_cannot_be_truncated(model):
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        # CASCADE: otherwise the foreign keys refuse first.
        assert refused(f"TRUNCATE {table} CASCADE")
    else:  # SQLite has no TRUNCATE, and its shortcut for DELETE without WHERE is off where a trigger is
        assert ("DELETE", "") in triggers.refusals(model)
        assert f"qd_{table}_truncate" not in {t.name for t in triggers.wanted(connection)}


def test_laying_the_triggers_again_changes_nothing():
    triggers.install(connection)
    assert triggers.missing(connection) == []


def test_a_trigger_that_was_dropped_is_missed_and_laid_again():
    on = " ON common_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER qd_common_event_update{on}")
    assert triggers.missing(connection) == ["qd_common_event_update"]
    triggers.install(connection)
    assert triggers.missing(connection) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL can switch a trigger off")
def test_a_trigger_that_was_switched_off_is_missed():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE common_event DISABLE TRIGGER qd_common_event_delete")
    assert triggers.missing(connection) == ["qd_common_event_delete"]


@pytest.mark.parametrize("name", ["qd_claim_units_unit_insert", "qd_common_event_delete"])
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite: its catalogue is text that can be rewritten")
def test_a_trigger_with_another_text_is_missed_and_laid_again(name):
    (wanted,) = [t for t in triggers.wanted(connection) if t.name == name]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(wanted.text.replace("BEGIN", "WHEN 0 BEGIN", 1).replace("WHEN 0 WHEN", "WHEN"))
    assert triggers.missing(connection) == [name]
    triggers.install(connection)
    assert triggers.missing(connection) == []


# ------------------------------------------------------------------ editions: free until issued, frozen after
@pytest.fixture
def edition(unit):
    lead = unit("区住建局")
    made: dict[type, Any] = {}
    for model in (Plan, Item, Task, ListEdition, ListLine):
        values = {f.attname: filler(f) for f in model._meta.concrete_fields if not f.primary_key}
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and not field.null:
                values[field.attname] = made[field.related_model].pk if field.related_model in made else lead.pk
        values.update({"issued_at": None} if model is ListEdition else {})
        made[model] = model.objects.bulk_create([model(**values)])[0]
    return made[ListEdition]


def issue(edition):
    edition.issued_at = clock.now()
    edition.save()


LINES = ["UPDATE tasks_listline SET work = 'y'", "DELETE FROM tasks_listline"]
EDITIONS = ["UPDATE tasks_listedition SET title = 'y'", "UPDATE tasks_listedition SET issued_at = NULL",
            "DELETE FROM tasks_listedition"]  # fmt: skip


def test_a_draft_edition_may_change(edition):
    assert not refused(LINES[0]) and not refused(EDITIONS[0])
    edition.lines.all().delete()
    edition.delete()
    assert not ListEdition.objects.exists()


@pytest.mark.covers("P-02")
@pytest.mark.parametrize("statement", LINES + EDITIONS)
def test_an_issued_edition_and_its_lines_are_frozen(edition, statement):
    issue(edition)
    assert refused(statement)


@pytest.mark.covers("P-02")
def test_an_issued_edition_takes_no_further_line(edition):
    line = edition.lines.get()
    line.delete()
    issue(edition)
    line.pk = None
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        line.save(force_insert=True)
