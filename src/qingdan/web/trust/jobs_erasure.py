"""After an erasure: the database's files are written anew, by the worker, as each table is locked meanwhile."""

from __future__ import annotations

from django.db import connection

from qingdan.web.common import erasure
from qingdan.web.common.jobs import retrying_task

from .models import ErasureRequest
from .services.erasure import note_settled


@retrying_task(1, 10, 60, 360)
def settle(request_id: int) -> None:
    """Leave no trace of what was erased in old row versions, free pages and the write-ahead log; then say so.

    Tried again when a reader of SQLite is in the way; once more is harmless. Must not run inside a transaction.
    """
    erasure.compact(connection)
    note_settled(ErasureRequest.objects.get(pk=request_id))
