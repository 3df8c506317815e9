"""The database as the checker reads it: plain values from the driver, no conversion that could hide a change."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from qingdan.web.common import claims, rows, schema, triggers

CHUNK = 2000


class Database:
    """One of the two kinds of database, over a driver's connection of its own."""

    vendor = ""
    # The driver's errors: a file that was damaged raises them while it is read.
    errors: tuple[type[Exception], ...] = ()

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, as the driver gives them."""
        cursor = self.connection.cursor()
        cursor.execute(query)
        while chunk := cursor.fetchmany(CHUNK):
            yield from map(tuple, chunk)

    def one(self, query: str) -> Any:
        """The first value of a query; None without a row."""
        return next((row[0] for row in self.rows(query)), None)

    def texts(self, table: str, key: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(key, text) of every row of a table, the text being what its seal is made of."""
        raise NotImplementedError

    def moment(self, value: Any) -> str:
        """A stored time as leaves write it; ValueError when it is not stored as this program stores it."""
        raise NotImplementedError

    def tables(self) -> set[str]:
        raise NotImplementedError

    def triggers(self) -> dict[tuple[str, str], str]:
        """By table and name the text of every trigger that is switched on, see `common.triggers.Trigger`."""
        return {(table, name): text for table, name, text in self.rows(triggers.PRESENT[self.vendor])}

    def schema(self) -> str:
        """The digest over how the tables are built, see `common.schema`."""
        return schema.digest(self.rows(schema.QUERIES[self.vendor]))

    def close(self) -> None:
        self.connection.close()


class Sqlite(Database):
    vendor = "sqlite"
    # Its message about a damaged catalogue may quote bytes that are no text.
    errors = (sqlite3.Error, UnicodeDecodeError)

    def texts(self, table: str, key: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        names = ",".join(columns)
        wanted = ", ".join(f'"{name}"' for name in columns)
        for found, *values in self.rows(f'SELECT "{key}", {wanted} FROM {table}'):
            yield str(found), rows.row_text(table, names, *values)

    def moment(self, value: Any) -> str:
        stored = datetime.fromisoformat(value) if isinstance(value, str) else None
        if stored is None or stored.tzinfo is not None or str(stored) != value:
            raise ValueError(value)
        return stored.replace(tzinfo=UTC).isoformat(timespec="microseconds")

    def tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}


class Postgresql(Database):
    vendor = "postgresql"

    def __init__(self, connection: Any) -> None:
        import psycopg

        super().__init__(connection)
        self.errors = (psycopg.Error,)

    def texts(self, table: str, key: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        for found, text in self.rows(f"SELECT to_jsonb(r)->>'{key}', to_jsonb(r)::text FROM {table} r"):
            yield str(found), text

    def moment(self, value: Any) -> str:
        if not isinstance(value, datetime):
            raise ValueError(value)
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}


def sqlite_over(connection: sqlite3.Connection) -> Sqlite:
    """A checker's view of an open SQLite connection of the driver. Text that is no UTF-8 comes as it is."""
    connection.text_factory = functools.partial(str, encoding="utf-8", errors="surrogateescape")
    return Sqlite(connection)


def open_copy(path: Path) -> Sqlite:
    """The SQLite database in a file, opened for reading only."""
    return sqlite_over(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def over_connection(connection: BaseDatabaseWrapper) -> Database:
    """The database behind Django's connection, as of now: read over a connection of its own, in one snapshot.

    A database in memory, and a PostgreSQL transaction that is open, are read as this connection sees them.
    """
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        if "mode=memory" in name or name == ":memory:":
            copy = sqlite3.connect(":memory:")
            copy.deserialize(connection.connection.serialize())
            return sqlite_over(copy)
        opened = open_copy(Path(name))
        opened.connection.execute("BEGIN")
        return opened
    if connection.in_atomic_block:
        return Postgresql(connection.connection)
    own = connection.copy()
    own.ensure_connection()
    raw = own.connection
    raw.autocommit = True
    raw.execute("SET TIME ZONE 'UTC'")
    raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return Postgresql(raw)


def columns_of_tables() -> dict[str, tuple[str, list[str]]]:
    """By table: its key and its columns, for every table whose rows events account for."""
    return {m._meta.db_table: (claims.key_column(m), claims.columns(m)) for m in claims.models()}
