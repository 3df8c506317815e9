"""Which events of the task-list system repeat an uploaded file's name: those about an import name its ledger.

Texts of plans, lists, reports, problems and decisions have no eraser. They are the district's business and its
record, kept whole by the rules on archives; people stand in them by post and office. Where private data of a third
person got into one, the event's copy can be erased, and the text itself is corrected by a later version.
"""

from __future__ import annotations

from qingdan.web.common import erasure
from qingdan.web.common.models import Attachment, Erasure, Event

from .models import ImportBatch


def of_attachment(object_id: str) -> erasure.EventsByPart:
    batches = [str(pk) for pk in ImportBatch.objects.filter(file=int(object_id)).values_list("pk", flat=True)]
    about = Event.objects.filter(object_type=ImportBatch._meta.label_lower, object_id__in=batches)
    return {Erasure.Part.WHAT: set(about.values_list("pk", flat=True))}


def register() -> None:
    """Called once when the app is ready."""
    erasure.register_events(Attachment._meta.label_lower, of_attachment)
