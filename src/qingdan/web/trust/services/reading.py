"""Reading restricted material goes on record like any change.

Every page or file that shows somebody what only their office lets them see (the log, somebody else's receipt, later
unannounced plans, leads, complaints) calls `record_reading` before it answers. No record, no answer.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from django.db import models, transaction

from qingdan.web.common import clock
from qingdan.web.common.events import canonical, record
from qingdan.web.common.models import Event
from qingdan.web.units.models import User


@transaction.atomic
def record_reading(actor: User, verb: str, obj: models.Model, **data: Any) -> Event | None:
    """Put on record that ``actor`` read ``obj``; ``data`` says under which conditions.

    The same reading by the same person counts once a day: then nothing is written, and None returned. The right to
    read is asked by the page.
    """
    today = clock.local(clock.today(), time.min)
    same = Event.objects.filter(
        object_type=obj._meta.label_lower, object_id=str(obj.pk), verb=verb, actor=actor, at__gte=today
    )
    if same.filter(data=canonical(data)).exists():
        return None
    return record(actor, verb, obj, **data)


@transaction.atomic
def record_export(actor: User, verb: str, obj: models.Model, *, rows: int, **data: Any) -> Event:
    """Put on record that ``actor`` took ``rows`` lines out as a file, each time. The right is asked by the page."""
    return record(actor, verb, obj, rows=rows, **data)
