"""The log's own few statements, past Django's cursors.

Every change pays for them, and on SQLite a statement through Django costs more than the statement itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def execute(connection: BaseDatabaseWrapper, query: str, params: Sequence[Any] = ()) -> Any:
    """Run a statement inside the open transaction; gives the driver's cursor. Parameters are written ``%s``, and
    values are what the driver takes. Raises Django's database errors."""
    with connection.wrap_database_errors:
        return connection.connection.execute(_written(query, connection.vendor), params)


def execute_many(connection: BaseDatabaseWrapper, query: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement for each of these rows of values."""
    with connection.wrap_database_errors:
        connection.connection.cursor().executemany(_written(query, connection.vendor), rows)


@cache
def _written(query: str, vendor: str) -> str:
    return query.replace("%s", "?") if vendor == "sqlite" else query
