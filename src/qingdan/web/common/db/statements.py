"""Rows written by statements that are made once per model, for the log's own tables.

An event costs some inserts at every change. The ORM takes longer to build each of them anew than the database to
write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


@cache
def _insert(model: type[Model]) -> tuple[str, list[Any]]:
    """The statement that inserts one row of a model, and the fields whose values it takes."""
    fields = [field for field in model._meta.concrete_fields if field.column and field is not model._meta.auto_field]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', fields  # noqa: S608


def _values(connection: BaseDatabaseWrapper, obj: Model, fields: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(obj, field.attname), connection) for field in fields]


def insert(connection: BaseDatabaseWrapper, obj: Model) -> None:
    """Insert a new object whose number the database makes, and give it to the object. No signal is sent."""
    statement, fields = _insert(type(obj))
    with connection.cursor() as cursor:
        cursor.execute(f'{statement} RETURNING "{obj._meta.pk.column}"', _values(connection, obj, fields))
        obj.pk = cursor.fetchone()[0]
    obj._state.adding, obj._state.db = False, connection.alias


def insert_all(connection: BaseDatabaseWrapper, objects: Sequence[Model]) -> None:
    """Insert new objects of one model that have their keys already. No signal is sent."""
    statement, fields = _insert(type(objects[0]))
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_values(connection, obj, fields) for obj in objects])
