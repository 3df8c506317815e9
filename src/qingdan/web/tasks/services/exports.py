"""Reading data out of the system as a file leaves a trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import models, transaction

from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.units.models import User


@transaction.atomic
def note_export(
    actor: User, obj: models.Model, *, kind: str, rows: int, day: date | None = None,
    conditions: Mapping[str, str] | None = None,
) -> Event:  # fmt: skip
    """Put on record that ``actor`` took ``rows`` rows of ``obj`` out as a file of ``kind`` (xlsx, pdf …).

    What the actor may see was already chosen by ``visible_to``; nothing is asked here.
    """
    return record(actor, "tasks.export", obj, kind=kind, rows=rows, day=day, conditions=dict(conditions or {}))
