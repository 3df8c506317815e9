"""Uploaded files: told by their content, kept once under their SHA-256, handed out only to who may see them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock
from .errors import DomainError
from .events import record
from .models import Attachment
from .rights import YES, Verdict, no, require

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from qingdan.web.units.models import User

MAX_BYTES = 20 * 1024 * 1024
KINDS_IN_WORDS = gettext_lazy("可以上传 PDF、图片（PNG、JPG）、Word、Excel、CSV 和纯文本。")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken: its media type and the name endings that fit it, the usual one first."""

    content_type: str
    endings: tuple[str, ...]


PDF = FileKind("application/pdf", (".pdf",))
PNG = FileKind("image/png", (".png",))
JPEG = FileKind("image/jpeg", (".jpg", ".jpeg"))
XLSX = FileKind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
DOCX = FileKind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLS = FileKind("application/vnd.ms-excel", (".xls", ".et"))
DOC = FileKind("application/msword", (".doc", ".wps"))
CSV = FileKind("text/csv", (".csv",))
TEXT = FileKind("text/plain", (".txt", ".md"))


def kind_of(data: bytes, name: str = "") -> FileKind:
    """The kind of file by its content; the name only tells CSV from plain text.

    Raises DomainError with the kinds that are taken for anything else, and for Office files with macros.
    """
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"PK\x03\x04"):
        return _office_zip(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # The directory of an OLE file names its streams in UTF-16.
        if "WordDocument".encode("utf-16-le") in data:
            return DOC
        if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
            return XLS
    if data and _is_text(data):
        return CSV if name.lower().endswith(".csv") else TEXT
    raise _refused(name, _("不是可以上传的文件类型。"))


def _refused(name: str, reason: str) -> DomainError:
    return DomainError(name or _("附件"), reason, KINDS_IN_WORDS, field="file")


def _office_zip(data: bytes, name: str) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _refused(name, _("文件已损坏，打不开。")) from None
    if any(part.lower().endswith("vbaproject.bin") for part in inside):
        raise DomainError(
            name or _("附件"), _("文件带有宏。"), _("请另存为不带宏的 xlsx 或 docx 后再上传。"), field="file"
        )
    if "[Content_Types].xml" in inside:
        if "xl/workbook.xml" in inside:
            return XLSX
        if "word/document.xml" in inside:
            return DOCX
    raise DomainError(name or _("附件"), _("不收压缩包。"), _("请解压后逐个上传其中的文件。"), field="file")


def _is_text(data: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f\x1a" for c in set(text))
    return False


def clean_name(name: str, kind: FileKind) -> str:
    """A file name without folders, control and bidirectional marks, at most 120 characters, ending as it should."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join("" if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} else c for c in name)
    name = re.sub(r'[<>:"|?*;%\s]+', " ", name).strip(" .")
    stem, ending = os.path.splitext(name)
    if ending.lower() not in kind.endings:
        # A wrong ending is put right: what opens the file is then what it is.
        ending = kind.endings[0]
    stem = stem.strip(" .") or _("附件")
    return stem[: 120 - len(ending)] + ending.lower()


def folder() -> Path:
    """Where the files lie: two characters of the SHA-256, then the whole."""
    return Path(default_storage.path(""))


def path_of(sha256: str) -> Path:
    return folder() / sha256[:2] / sha256


def can_store(actor: User) -> Verdict:
    return YES if actor.is_active else no(gettext_lazy("账号已停用。"))


@transaction.atomic
def store(actor: User, uploaded_file: UploadedFile | IO[bytes]) -> Attachment:
    """Keep an uploaded file and return its record. The same content is kept once on disk.

    Raises DomainError for an empty file, one above 20 MiB, or a kind that is not taken.
    """
    require(can_store(actor))
    name = os.path.basename(str(getattr(uploaded_file, "name", "") or ""))[-200:]
    uploaded_file.seek(0)
    data = uploaded_file.read(MAX_BYTES + 1)
    if not data:
        raise DomainError(name or _("附件"), _("文件是空的。"), _("请核对后重新选择文件。"), field="file")
    if len(data) > MAX_BYTES:
        raise DomainError(name or _("附件"), _("文件超过 20 MB。"), _("请压缩图片或拆分文件后再上传。"), field="file")
    kind = kind_of(data, name)
    sha256 = hashlib.sha256(data).hexdigest()
    _lock(sha256)
    _keep(sha256, data)
    attachment = Attachment.objects.create(
        sha256=sha256,
        name=clean_name(name, kind),
        content_type=kind.content_type,
        size=len(data),
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    record(
        actor, "common.store_attachment", attachment, name=attachment.name, sha256=sha256, size=len(data),
        content_type=kind.content_type,
    )  # fmt: skip
    return attachment


def _keep(sha256: str, data: bytes) -> None:
    """Write the file whole or not at all; written before its record, so that no record points at nothing."""
    path = path_of(sha256)
    if path.is_file() and path.stat().st_size == len(data):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _lock(sha256: str) -> None:
    """Nobody keeps and removes the same content at once. SQLite: the transaction has the only write lock anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])


@transaction.atomic
def remove_unused(sha256: str) -> bool:
    """Take a file off the disk that no record points at any more; returns whether it was there."""
    _lock(sha256)
    path = path_of(sha256)
    if Attachment.objects.filter(sha256=sha256).exists() or not path.is_file():
        return False
    path.unlink()
    return True


def require_kept(attachment: Attachment) -> None:
    """Go on when the content was not erased; raise DomainError otherwise."""
    if attachment.is_erased:
        raise DomainError(_("附件"), _("文件已依法删除。"), _("删除的依据和决定见“个人信息删除”，向区纪委监察局查询。"))


def open_attachment(attachment: Attachment) -> IO[bytes]:
    """The content, opened for reading. Raises DomainError when it was erased, or the file is gone from the disk."""
    if attachment.is_erased:
        raise DomainError(_("附件"), _("文件已依法删除。"), _("删除的依据和决定见“个人信息删除”，向区纪委监察局查询。"))
    try:
        return path_of(attachment.sha256).open("rb")
    except FileNotFoundError:
        raise DomainError(
            attachment.name, _("文件在服务器上找不到。"), _("请告诉系统管理员，可从备份中恢复。")
        ) from None


# ------------------------------------------------------------------ who may see which
Visibility = Callable[["User"], "models.QuerySet[Any]"]
_visibilities: list[Visibility] = []


def register_visibility(rule: Visibility) -> Visibility:
    """Say who else sees attachments: ``rule(user)`` gives a queryset of attachment ids (``.values("attachment")``).

    Called once by each app, in its ``AppConfig.ready``. Usable as a decorator.
    """
    if rule not in _visibilities:
        _visibilities.append(rule)
    return rule


def visible_to(user: User | AnonymousUser) -> models.QuerySet[Attachment]:
    """The attachments that the person may see: their own, and what the apps' rules add."""
    if not user.is_authenticated:
        return Attachment.objects.none()
    condition = Q(uploaded_by_id=user.pk)
    for rule in _visibilities:
        condition |= Q(pk__in=rule(user))
    return Attachment.objects.filter(condition)
