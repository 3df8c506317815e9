"""Database triggers that keep facts as they were written, on SQLite and PostgreSQL.

A model says by class attributes what the database must refuse, whoever asks:

* ``insert_only = True``: every UPDATE and DELETE (PostgreSQL: TRUNCATE too).
* ``frozen_when``: an SQL condition over ``{row}`` (the row's alias) under which INSERT, UPDATE and DELETE are
  refused, for rows that may change until something is issued.

They are laid after each migration for all models at once, so a new model needs the attribute and nothing else,
and a table that a migration rebuilt gets its triggers back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


@dataclass(frozen=True)
class Trigger:
    """One trigger: its table, its name, the operation it refuses, and the condition ('' = always)."""

    table: str
    operation: str
    condition: str

    @property
    def name(self) -> str:
        return f"qd_{self.table}_{self.operation.lower()}"

    def sqlite(self) -> list[str]:
        if self.operation == "TRUNCATE":
            return []  # SQLite has none; a bare DELETE fires the row trigger
        when = f"WHEN {self.condition} " if self.condition else ""
        return [
            f"CREATE TRIGGER IF NOT EXISTS {self.name} BEFORE {self.operation} ON {self.table} "
            f"{when}BEGIN SELECT RAISE(ABORT, '{self.refusal}'); END"
        ]

    def postgresql(self) -> list[str]:
        row = "STATEMENT" if self.operation == "TRUNCATE" else "ROW"
        test = f"IF {self.condition} THEN" if self.condition else "IF true THEN"
        give_back = "OLD" if self.operation == "DELETE" else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{test} RAISE EXCEPTION '{self.refusal}' USING ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {give_back}; END $$",
            f"CREATE OR REPLACE TRIGGER {self.name} BEFORE {self.operation} ON {self.table} "
            f"FOR EACH {row} EXECUTE FUNCTION {self.name}()",
        ]

    @property
    def refusal(self) -> str:
        return f"{self.table}: {self.operation} refused, this record is kept as written"


def wanted() -> Iterator[Trigger]:
    """Every trigger that the installed models ask for."""
    for model in apps.get_models():
        yield from of_model(model)


def of_model(model: type[Model]) -> Iterator[Trigger]:
    table = model._meta.db_table
    if getattr(model, "insert_only", False):
        for operation in ("UPDATE", "DELETE", "TRUNCATE"):
            yield Trigger(table, operation, "")
    condition = getattr(model, "frozen_when", "")
    if condition:
        insert_condition = getattr(model, "frozen_insert_when", "")
        if insert_condition:
            yield Trigger(table, "INSERT", insert_condition)
        for operation in ("UPDATE", "DELETE"):
            yield Trigger(table, operation, condition)


def install(connection: BaseDatabaseWrapper) -> None:
    """Lay every wanted trigger whose table exists; laying one twice changes nothing."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for trigger in wanted():
            if trigger.table in tables:
                for statement in getattr(trigger, connection.vendor)():
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away. Only for emptying a test database."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for trigger in wanted():
            if trigger.table in tables:
                on_table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of wanted triggers that the database lacks or has switched off."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return [
        t.name
        for t in wanted()
        if t.name not in present and not (t.operation == "TRUNCATE" and connection.vendor == "sqlite")
    ]


def after_migrate(sender: Any, using: str, **_: Any) -> None:
    # Sent once per app; the last app's signal finds all tables there.
    install(connections[using])
