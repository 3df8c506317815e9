"""Checkpoints: the log's root, signed every minute in which something was recorded (docs/log-format.md, Checkpoint).

Before anything is signed the log must continue what was signed last, both as the database remembers it and as a file
outside the database does. A log that was rewritten, or restored from an old backup, gets no signature.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qingdan.evidence import merkle
from qingdan.evidence.notes import Checkpoint as Said
from qingdan.evidence.notes import Key, Note, NoteError, verify_line
from qingdan.web.common import clock, inbox, log
from qingdan.web.common.errors import DomainError, Text
from qingdan.web.common.models import Leaf, Notification
from qingdan.web.units.models import Role
from qingdan.web.units.roles import people_with

from .. import keys
from ..models import Checkpoint

logger = logging.getLogger(__name__)
TOLD = (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.DISCIPLINE)


class Contradiction(DomainError):
    """The log does not continue what it signed before."""


def newest() -> Checkpoint | None:
    """The newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def copy_file() -> Path:
    """Where the newest checkpoint lies outside the database: in the data folder, to be carried away at will."""
    return Path(settings.DATA_DIR, "checkpoint.txt")


def make_checkpoint() -> Checkpoint | None:
    """Sign the log as it stands; None when it has nothing that the last checkpoint does not cover.

    Safe with several workers: a size is signed once. To be called outside any transaction, since the copy outside the
    database is written last. Raises Contradiction when the log does not continue what was signed before, DomainError
    when a key cannot be used.
    """
    with transaction.atomic():
        if not log.size():
            return None
        keys.make()
        size = _size_that_continues()
        last = newest()
        made, new = (last, False) if last is not None and last.size >= size else _signed(size)
    _keep_copy(made)
    return made if new else None


def check() -> None:
    """Raise what `make_checkpoint` would raise, and sign nothing."""
    if keys.key_file().exists():
        _size_that_continues()


def tell(refusal: Contradiction) -> None:
    """Say aloud, in the log file and in the inboxes of those who must know, that nothing is signed any more."""
    logger.critical("no checkpoint is signed: %s", refusal)
    people = {person.pk: person for role in TOLD for person in people_with(role)}
    with transaction.atomic():
        inbox.notify(
            people.values(),
            key=f"trust.contradiction:{clock.today()}",
            title=_("日志与已签名的检查点不符，已停止签名"),
            body=str(refusal),
            url="/trust/",
            kind=Notification.Kind.ESCALATION,
        )


def uncovered_since() -> datetime | None:
    """When the oldest event that no checkpoint covers was recorded; None when all are covered."""
    last = newest()
    waiting = Leaf.objects.filter(index__gte=last.size if last else 0).order_by("index")
    return waiting.values_list("event__at", flat=True).first()


def text_of(checkpoint: Checkpoint) -> str:
    """The note of a checkpoint with all its cosignatures, as it is served."""
    lines = checkpoint.cosignatures.order_by("id").values_list("line", flat=True)
    return checkpoint.note + "".join(f"{line}\n" for line in lines)


def _signed(size: int) -> tuple[Checkpoint, bool]:
    """The checkpoint of this size, and whether it is new: another worker may have made it just now."""
    now, root = clock.now().replace(microsecond=0), log.root(size)
    said = Said(str(settings.QD_LOG_ORIGIN), size, root, log.hash_name(), f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    note = Note(said.body(), tuple(keys.sign(said.body())))
    return Checkpoint.objects.get_or_create(
        size=size, defaults={"root": root.hex(), "note": note.text(), "made_at": now}
    )


def _size_that_continues() -> int:
    """The size of the log, after everything that is known to be signed was found in it. Raises Contradiction."""
    # What was signed is read before the log: another worker may be signing, and the log only grows.
    signed = list(_signed_before(keys.public()[0]))
    size = log.size()
    for place, said in signed:
        _require_continues(place, said, size)
    return size


def _signed_before(own: Key) -> Iterator[tuple[Text, Said]]:
    """The last checkpoint of the file outside the database, and of the database, each with its place."""
    if copy_file().exists():
        text = copy_file().read_text("utf-8", errors="replace")
        yield str(copy_file()), _read(str(copy_file()), text, own)
    if last := newest():
        place = _("数据库中的检查点")
        said = _read(place, last.note, own)
        if (said.size, said.root.hex()) != (last.size, last.root):
            raise Contradiction(
                place,
                _("第 %(size)d 条处的检查点已被改动。") % {"size": last.size},
                _("请立即封存数据库，并报告纪检监察机关。"),
            )
        yield place, said


def _read(place: Text, note: str, own: Key) -> Said:
    """The checkpoint that a note says, when this log signed it."""
    try:
        parsed = Note.parse(note)
        if verify_line(parsed, own):
            return Said.parse(parsed.body)
        reason: Text = _("不是本日志的私钥所签。")
    except NoteError as error:
        reason = _("检查点不能读取：%(error)s") % {"error": error}
    raise Contradiction(
        place, reason, _("请核对数据文件夹和私钥是否属于同一日志；原文件须移出保存，不得删除。")
    ) from None


def _require_continues(place: Text, said: Said, size: int) -> None:
    """The tree of `size` leaves contains the one that was signed, and that one is still what it was."""
    if said.hash != log.hash_name():
        raise Contradiction(
            "QD_LOG_HASH",
            _("日志一直使用 %(hash)s。") % {"hash": said.hash},
            _("散列算法一经使用不得更改，请改回。"),
        )
    remedy = _("请立即停止使用并报告纪检监察机关；刚恢复过备份的，见运维手册“备份与恢复”。")
    if size < said.size:
        raise Contradiction(
            place,
            _("已签名 %(signed)d 条，日志现在只有 %(size)d 条。") % {"signed": said.size, "size": size},
            remedy,
        )
    try:
        proof = log.consistency(said.size, size)
        holds = merkle.verify_consistency(said.size, size, said.root, log.root(size), proof, said.hash)
    except ValueError:  # leaves or nodes are missing
        holds = False
    if not holds:
        raise Contradiction(
            place,
            _("前 %(signed)d 条与当时签名的不一致，日志被改写过。") % {"signed": said.size},
            remedy,
        )


def _keep_copy(checkpoint: Checkpoint) -> None:
    """Put a checkpoint into the file outside the database, whole or not at all, unless it lies there already."""
    path = copy_file()
    if path.exists() and path.read_bytes() == checkpoint.note.encode():
        return
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(checkpoint.note)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
