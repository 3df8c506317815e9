"""The record of what happened: one insert-only event for each change of state, in the same transaction."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from qingdan.evidence import commitment

from . import claims, clock
from .db.statements import execute
from .models import Event

if TYPE_CHECKING:
    from qingdan.web.units.models import User


COLUMNS = ("at", *sorted({field.attname for field in Event._meta.concrete_fields} - {"id", "at"}))
INSERT = (
    f"INSERT INTO common_event ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) "  # noqa: S608
    "RETURNING id"
)


def canonical(data: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8; dates as ISO 8601, Decimal as its plain digits.

    The same facts always give the same text, so a digest over it is stable (after RFC 8785, with numbers kept as
    strings where they are not integers).
    """
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, models.Model):
        return {"type": value._meta.label_lower, "id": value.pk, "label": str(value)}
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot stand in an event")


def record(actor: User | None, verb: str, obj: models.Model, **data: Any) -> Event:
    """Write the event of one change: who, in which post, did what to which object, and what changed.

    ``verb`` is ``app.service`` in English; ``data`` the facts of the change. Must be called inside the
    transaction that makes the change and after it: the event accounts for the rows written since the last one, and
    becomes a leaf of the log when the transaction commits. Outside a transaction it raises, so that no change can
    stand without its event.
    ``actor`` None means the system itself (the scheduler).
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{verb}: an event needs the transaction of its change")
    batch, rows = claims.take(connection)
    event = Event(
        at=clock.now(),
        actor=actor,
        actor_label=actor.label if actor else "系统",
        post_label=actor.post_label if actor else "",
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_label=str(obj)[:200],
        data=canonical(data),
        batch=batch,
        rows=rows,
        face_salt=commitment.new_salt(),
        who_salt=commitment.new_salt(),
        what_salt=commitment.new_salt(),
    )
    values = [getattr(event, name) for name in COLUMNS]
    values[0] = connection.ops.adapt_datetimefield_value(event.at)
    event.pk = execute(connection, INSERT, values).fetchone()[0]
    event._state.adding, event._state.db = False, connection.alias
    connection.unsealed.append(event)
    return event
