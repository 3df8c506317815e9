"""How an uploaded file is erased: its record loses name and sum, and the file goes from the disk."""

from __future__ import annotations

import functools

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from . import attachments, erasure
from .errors import DomainError
from .models import Attachment, Erasure, Event

MODEL = Attachment._meta.label_lower


def register() -> None:
    """Called once when the app is ready."""
    erasure.register_eraser(
        erasure.Eraser(
            model=MODEL,
            # Who uploaded it stays: the record points at the account, which is erased as such.
            parts=frozenset({Erasure.Part.WHAT}),
            check=check,
            words=words,
            events=events,
            blank=blank,
        )
    )


def _find(object_id: str) -> Attachment | None:
    return Attachment.objects.filter(pk=object_id).first() if object_id.isdecimal() else None


def check(object_id: str) -> None:
    attachment = _find(object_id)
    if attachment is None:
        raise DomainError(_("附件"), _("没有编号为 %s 的附件。") % object_id, _("请核对编号。"), field="object_id")
    if attachment.is_erased:
        raise DomainError(_("附件"), _("该附件已经删除。"), "", field="object_id")


def words(object_id: str) -> erasure.Words:
    attachment = _find(object_id)
    return erasure.Words() if attachment is None else erasure.Words(loose=(attachment.name, attachment.sha256))


def events(object_id: str) -> erasure.EventsByPart:
    """The events about the record, and those of other objects that name the file with its sum: a name alone does not
    tell it from others (many are called 附件.pdf), and a sum alone tells nothing of anybody."""
    found = erasure.own_events(MODEL, object_id)
    attachment = _find(object_id)
    if attachment is not None:
        others = Event.objects.filter(
            Q(data__contains=attachment.name) | Q(object_label__contains=attachment.name),
            data__contains=attachment.sha256,
        ).exclude(object_type=MODEL)
        found[Erasure.Part.WHAT] |= set(others.values_list("pk", flat=True))
    return found


def blank(object_id: str) -> None:
    attachment = Attachment.objects.get(pk=object_id)
    Attachment.objects.filter(pk=attachment.pk).update(name=Attachment.ERASED_NAME, sha256="")
    # After the commit only: a rollback must find the file still there.
    transaction.on_commit(functools.partial(attachments.remove_unused, attachment.sha256), robust=True)
