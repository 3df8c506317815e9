"""Files made for a person: what they are called, and how they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CONTENT_TYPES = {"xlsx": XLSX, "docx": DOCX, "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class MadeFile:
    """A file ready to be sent."""

    name: str
    content_type: str
    data: bytes


def send(made: MadeFile) -> HttpResponse:
    """A download with its (Chinese) name after RFC 6266 and RFC 5987, and a plain one for old browsers."""
    response = HttpResponse(made.data, content_type=made.content_type)
    plain = "file." + made.name.rpartition(".")[2]
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(made.name, safe='')}"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
