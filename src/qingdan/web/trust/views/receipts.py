"""Receipts: for whoever did something or sees it, as page, file and QR code; and the public answer whether a leaf is
in the log."""

from __future__ import annotations

import io
import re
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qingdan.evidence import merkle
from qingdan.web.common import log, wording
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import MadeFile, send
from qingdan.web.common.models import Event, Leaf
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from ..inspection import may_read_content, may_read_log, reads_as_inspector, receipts_visible_to
from ..receipts import Receipt, covering, receipt_of
from ..services.reading import record_reading

# A page that waits for the next signature asks again so often; then the reader does, or the session would never idle.
MOST_TRIES = 6
_LEAF = re.compile(r"[0-9a-f]{64}")


@require_safe
def receipt(request: HttpRequest, event_id: int) -> HttpResponse:
    """The receipt as a page to read and print."""
    user, found = _found(request, event_id)
    event = found.event
    tries = request.GET.get("try", "")
    tried = int(tries) if tries.isascii() and tries.isdigit() and len(tries) < 3 else 0
    context: dict[str, Any] = {
        "receipt": found,
        "event": event,
        "what": wording.verb_label(event.verb),
        "kind": wording.object_title(event.object_type),
        "lines": [] if "what" in found.hidden else wording.fact_lines(event.facts),
        "content": "erased" if "what" in found.erased else "hidden" if "what" in found.hidden else "shown",
        "check_url": _check_url(request, found),
        "next_try": tried + 1 if found.checkpoint is None and tried < MOST_TRIES else 0,
        "inspector": bool(may_read_log(user)),
    }
    return render(request, "trust/receipt.html", context)


@require_safe
def receipt_file(request: HttpRequest, event_id: int) -> HttpResponse:
    """The bundle: what anybody can check without us."""
    _user, found = _found(request, event_id)
    if found.bundle is None:
        raise DomainError(_("回执"), _("这条记录尚未签名。"), _("请一分钟后再下载。"))
    name = f"回执-{found.number}.json"
    return send(MadeFile(name, "application/json; charset=utf-8", found.bundle.text().encode()))


@require_safe
def receipt_code(request: HttpRequest, event_id: int) -> HttpResponse:
    """The address of the public check of this leaf as a QR code (SVG)."""
    _user, found = _found(request, event_id)
    picture = io.BytesIO()
    segno.make(_check_url(request, found), error="m", micro=False).save(picture, kind="svg", border=4, omitsize=True)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private"})


def _found(request: HttpRequest, event_id: int) -> tuple[User, Receipt]:
    """The receipt asked for, without the parts that the reader may not see; reading another's goes on record."""
    user = actor_of(request)
    visible = receipts_visible_to(user).filter(leaf__isnull=False).select_related("leaf")
    event: Event = get_object_or_404(visible, pk=event_id)
    if reads_as_inspector(user, event):
        record_reading(user, "trust.read_receipt", event.leaf)
    return user, receipt_of(event, () if may_read_content(user, event) else ("what",))


def _check_url(request: HttpRequest, found: Receipt) -> str:
    address = reverse("trust:check", kwargs={"index": found.leaf.index, "leaf": found.leaf_hash})
    return request.build_absolute_uri(address)


@require_safe
def check(request: HttpRequest, index: int, leaf: str) -> HttpResponse:
    """Whether the log has this leaf at this place, with the proof. Open to everybody, tells nothing of the content.

    A leaf that no checkpoint covers yet is answered like one that does not exist.
    """
    if not _LEAF.fullmatch(leaf) or index >= 10**15:
        raise DomainError(
            _("核对地址"), _("不是一条记录的地址。"), _("请重新扫描回执上的二维码，或在核对页选择回执文件。")
        )
    checkpoint = covering(index)
    stored = Leaf.objects.filter(index=index).first() if checkpoint else None
    proof: list[bytes] = []
    there = False
    if checkpoint and stored and bytes(stored.hash).hex() == leaf:
        proof = log.inclusion(index, checkpoint.size)
        there = merkle.verify_inclusion(
            bytes.fromhex(leaf), index, checkpoint.size, proof, bytes.fromhex(checkpoint.root), log.hash_name()
        )
    context = {
        "index": index,
        "leaf": leaf,
        "checkpoint": checkpoint,
        "there": there,
        "proof": [node.hex() for node in proof],
        "cosignatures": checkpoint.cosignatures.select_related("witness").order_by("id") if checkpoint else [],
    }
    return render(request, "trust/check.html", context, status=200 if there else 404)


check.open_to_all = True  # type: ignore[attr-defined]
