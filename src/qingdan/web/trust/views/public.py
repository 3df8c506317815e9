"""The public pages of the trusted record: what it is and how it stands, and a sheet for each checkpoint."""

from __future__ import annotations

import io
import re

import segno
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from qingdan.evidence.notes import DECIMAL, Note
from qingdan.web.common import clock, log

from .. import figures, keys
from ..models import Checkpoint
from ..services import checkpoints
from .log import FOR_EVER

PAGE = 30


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What the trusted record is, its newest checkpoint, its witnesses, and how anybody checks it.

    With ``size``, as printed on a sheet, it leads to the checkpoint of that size.
    """
    asked = request.GET.get("size", "").strip()
    if checkpoint := _of_size(asked):
        return redirect("trust:checkpoint", checkpoint.size)
    now = clock.now()
    newest = checkpoints.newest()
    listed = Checkpoint.objects.prefetch_related("cosignatures__witness")
    context = {
        "origin": settings.QD_LOG_ORIGIN,
        "keys": keys.public(),
        "hash": log.hash_name().upper(),
        "newest": newest,
        "root": in_groups(newest.root) if newest else "",
        "stopped": figures.signing_stopped(now),
        "witnesses": figures.witness_states(now),
        "page": Paginator(listed, PAGE).get_page(request.GET.get("page")),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "asked": asked[:20],
        "unknown": bool(asked),
    }
    return render(request, "trust/about.html", context, status=404 if asked else 200)


@require_safe
def checkpoint_page(request: HttpRequest, size: int) -> HttpResponse:
    """One checkpoint to print, hang up and keep: whoever has the sheet can show later that the log was rewritten."""
    checkpoint = _checkpoint(size)
    context = {
        "checkpoint": checkpoint,
        "origin": settings.QD_LOG_ORIGIN,
        "root": in_groups(checkpoint.root),
        "keys": keys.public(),
        "cosignatures": checkpoint.cosignatures.select_related("witness").order_by("id"),
        "note": checkpoints.text_of(checkpoint),
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "trust/checkpoint.html", context)


@require_safe
def checkpoint_code(request: HttpRequest, size: int) -> HttpResponse:
    """The checkpoint with the log's own signature as a QR code (SVG)."""
    # Only the first line, which is the log's Ed25519 signature: more would not be read from a sheet of paper.
    note = Note.parse(_checkpoint(size).note)
    text = Note(note.body, note.lines[:1]).text()
    picture = io.BytesIO()
    code = segno.make(text, error="m", encoding="utf-8", micro=False)
    code.save(picture, kind="svg", border=4, omitsize=True)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": FOR_EVER})


def in_groups(text: str) -> str:
    """A hash as people read it aloud: in groups of four."""
    return " ".join(re.findall(".{1,4}", text))


def _of_size(size: str) -> Checkpoint | None:
    digits = re.sub("[,，]", "", size)
    return Checkpoint.objects.filter(size=int(digits)).first() if DECIMAL.fullmatch(digits) else None


def _checkpoint(size: int) -> Checkpoint:
    if (checkpoint := _of_size(str(size))) is None:
        raise Http404
    return checkpoint


about.open_to_all = True  # type: ignore[attr-defined]
checkpoint_page.open_to_all = True  # type: ignore[attr-defined]
checkpoint_code.open_to_all = True  # type: ignore[attr-defined]
