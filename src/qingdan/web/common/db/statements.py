"""Rows written by statements that are made once per model, for the log's own tables.

Every change writes an event. The ORM takes longer to build its insert anew each time than the database to write it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


@cache
def _insert(model: type[Model]) -> tuple[str, list[Any]]:
    """The statement that inserts one row of a model, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'  # noqa: S608
    return f'{statement} RETURNING "{model._meta.pk.column}"', fields


def insert(connection: BaseDatabaseWrapper, obj: Model) -> None:
    """Insert a new object whose number the database makes, and give it to the object. No signal is sent."""
    statement, fields = _insert(type(obj))
    values = [field.get_db_prep_save(getattr(obj, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        obj.pk = cursor.fetchone()[0]
    obj._state.adding, obj._state.db = False, connection.alias
