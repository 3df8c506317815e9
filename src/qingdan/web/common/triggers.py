"""Database triggers that keep facts as they were written, on SQLite and PostgreSQL.

A model says by class attributes what the database must refuse, whoever asks:

* ``insert_only = True``: every UPDATE and DELETE (PostgreSQL: TRUNCATE too); with ``update_refused_when``, an SQL
  condition over NEW and OLD, only the UPDATEs under it.
* ``frozen_when``: an SQL condition over NEW or OLD under which UPDATE and DELETE are refused, for rows that may
  change until something is issued; ``frozen_insert_when`` likewise for INSERT.

Besides, every table of facts has the triggers of `claims`, which account for each row written. All are laid after
each migration, so a new model needs the attribute and nothing else, a table that a migration rebuilt gets its triggers
back, and one that was altered is laid anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from . import claims


@dataclass(frozen=True)
class Trigger:
    """One trigger as a database knows it: the statements that lay it, and the text it is recognised by."""

    table: str
    name: str
    statements: tuple[str, ...]
    # SQLite: the whole statement as its catalogue keeps it. PostgreSQL: its definition and the body of its function.
    text: str


# Table, name and text of every trigger that is switched on, whoever laid it.
PRESENT = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid, true) || E'\\n' || p.prosrc "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace",
}


def wanted(connection: BaseDatabaseWrapper) -> Iterator[Trigger]:
    """Every trigger that the installed models ask of this database."""
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        for operation, condition in refusals(model):
            made = _sqlite(table, operation, condition) if connection.vendor == "sqlite" else None
            if connection.vendor == "postgresql":
                made = _postgresql(table, operation, condition)
            if made:
                yield made
    for model in claims.models():
        table = model._meta.db_table
        if connection.vendor == "sqlite":
            for name, statement in claims.sqlite_triggers(model).items():
                yield Trigger(table, name, (statement,), statement)
        else:
            statement, body = claims.postgresql_trigger(model), claims.POSTGRESQL_FUNCTION.split("$$")[1]
            yield Trigger(table, f"qd_claim_{table}", (statement,), _definition(statement, body))


def refusals(model: type[Model]) -> Iterator[tuple[str, str]]:
    """What a model's table refuses: (operation, condition), '' for always."""
    if getattr(model, "insert_only", False):
        yield "UPDATE", getattr(model, "update_refused_when", "")
        yield "DELETE", ""
        yield "TRUNCATE", ""
    condition = getattr(model, "frozen_when", "")
    if condition:
        insert_condition = getattr(model, "frozen_insert_when", "")
        if insert_condition:
            yield "INSERT", insert_condition
        yield "UPDATE", condition
        yield "DELETE", condition


def _refusal(table: str, operation: str) -> str:
    return f"{table}: {operation} refused, this record is kept as written"


def _sqlite(table: str, operation: str, condition: str) -> Trigger | None:
    if operation == "TRUNCATE":
        return None  # SQLite has none; a bare DELETE fires the row trigger
    name = f"qd_{table}_{operation.lower()}"
    when = f"WHEN {condition} " if condition else ""
    statement = (
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
        f"{when}BEGIN SELECT RAISE(ABORT, '{_refusal(table, operation)}'); END"
    )
    return Trigger(table, name, (statement,), statement)


def _postgresql(table: str, operation: str, condition: str) -> Trigger:
    name = f"qd_{table}_{operation.lower()}"
    row = "STATEMENT" if operation == "TRUNCATE" else "ROW"
    give_back = "OLD" if operation == "DELETE" else "NEW"
    body = (
        f" BEGIN IF {condition or 'true'} THEN RAISE EXCEPTION '{_refusal(table, operation)}' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {give_back}; END "
    )
    statements = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH {row} EXECUTE FUNCTION {name}()",
    )
    return Trigger(table, name, statements, _definition(statements[1], body))


def _definition(statement: str, body: str) -> str:
    """A trigger's text from the statement that lays it: PostgreSQL prints it so, with its operations in this order."""
    return (
        statement.replace("CREATE OR REPLACE", "CREATE").replace("UPDATE OR DELETE", "DELETE OR UPDATE") + f"\n{body}"
    )


def install(connection: BaseDatabaseWrapper) -> None:
    """Lay every wanted trigger whose table exists and that is not there as it should be."""
    lacking = set(missing(connection))
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            for statement in claims.POSTGRESQL_SHARED:
                cursor.execute(statement)
        for trigger in wanted(connection):
            if trigger.table in tables and trigger.name in lacking:
                if connection.vendor == "sqlite":
                    cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}")
                for statement in trigger.statements:
                    # Written out in full: a % of a condition is no parameter.
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away. Only for emptying a test database and for playing the attacker."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for trigger in wanted(connection):
            if trigger.table in tables:
                on_table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of wanted triggers that the database lacks, has switched off, or holds with another text."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        present = {(table, name): text for table, name, text in cursor.fetchall()}
    return [t.name for t in wanted(connection) if present.get((t.table, t.name)) != t.text]


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    # Sent once per app; the last app's signal finds all tables there.
    install(connections[using])
