"""The addresses by which programs read the log (docs/log-format.md, Addresses). Open to everybody, plain text and
JSON; what is refused says so in both languages."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from qingdan.evidence.notes import DECIMAL
from qingdan.web.common import log
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Leaf
from qingdan.web.units.signin import address_of

from .. import keys
from ..models import Checkpoint, Witness
from ..services import checkpoints, witnesses

MAX_LEAVES = 4096
MAX_FORM_BYTES = 4096
# One address may send so many cosignatures in so many seconds, to each web process.
COSIGN_LIMIT, COSIGN_SECONDS = 60, 60
FOR_EVER = "public, max-age=31536000, immutable"
# Cosignatures arrive later than the checkpoint.
ASK_AGAIN = "no-cache"

View = Callable[..., HttpResponse]


class BadQuestion(Exception):
    """A question that cannot be answered: the status, and place, reason and remedy, each in both languages."""

    def __init__(self, status: int, place: str, reason: str, remedy: str) -> None:
        super().__init__(place)
        self.status, self.text = status, f"位置 (place):  {place}\n原因 (reason): {reason}\n处理 (remedy): {remedy}\n"


def public(view: View) -> View:
    """Open to everybody; a BadQuestion becomes plain text."""

    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except BadQuestion as bad:
            return _text(bad.text, ASK_AGAIN, bad.status)

    answered.open_to_all = True  # type: ignore[attr-defined]
    return answered


def _text(text: str, caching: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = caching
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@public
def newest_checkpoint(request: HttpRequest) -> HttpResponse:
    return _note(checkpoints.newest())


@require_safe
@public
def checkpoint_of_size(request: HttpRequest, size: int) -> HttpResponse:
    return _note(Checkpoint.objects.filter(size=size).first() if size < 10**15 else None)


def _note(checkpoint: Checkpoint | None) -> HttpResponse:
    if checkpoint is None:
        raise BadQuestion(
            404,
            "checkpoint",
            "没有这个检查点 (there is no such checkpoint)",
            "最新的在 /log/checkpoint，一分钟签一次 (the newest is at /log/checkpoint, signed every minute)",
        )
    return _text(checkpoints.text_of(checkpoint), ASK_AGAIN)


@require_safe
@public
def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that the tree of `to` leaves continues that of `from`; 0 < from <= to <= size of the newest
    checkpoint."""
    first, second = _range(request)
    if not 0 < first <= second:
        raise BadQuestion(
            400,
            f"from={first}, to={second}",
            "须 0 < from <= to (must be so)",
            "空日志与任何日志一致，无需证明 (every log continues the empty one; that needs no proof)",
        )
    _require_signed(second)
    proof = [node.hex() for node in log.consistency(first, second)]
    response = JsonResponse({"from": str(first), "to": str(second), "proof": proof})
    response["Cache-Control"] = FOR_EVER
    return response


@require_safe
@public
def leaves(request: HttpRequest) -> HttpResponse:
    """The hashes of the leaves `from` .. `to` - 1, up to the size of the newest checkpoint."""
    first, last = _range(request)
    if not first < last <= first + MAX_LEAVES:
        raise BadQuestion(
            400,
            f"from={first}, to={last}",
            f"须 from < to，一次至多 {MAX_LEAVES} 条 (from < to, at most {MAX_LEAVES} at once)",
            "请分次读取 (read them in several parts)",
        )
    _require_signed(last)
    found = Leaf.objects.filter(index__gte=first, index__lt=last).order_by("index").values_list("hash", flat=True)
    return _text("".join(f"{bytes(each).hex()}\n" for each in found), FOR_EVER)


def _range(request: HttpRequest) -> tuple[int, int]:
    found = []
    for name in ("from", "to"):
        given = request.GET.getlist(name)
        if len(given) != 1 or not DECIMAL.fullmatch(given[0]):
            raise BadQuestion(
                400,
                name,
                "应为一个十进制数，至多 15 位，无前导零 (one decimal number, at most 15 digits, no leading zeros)",
                f"例如 {request.path}?from=1&to=2 (such as this)",
            )
        found.append(int(given[0]))
    return found[0], found[1]


def _require_signed(size: int) -> None:
    newest = checkpoints.newest()
    if newest is None or size > newest.size:
        raise BadQuestion(
            404,
            f"to={size}",
            f"超出最新检查点的大小 {newest.size if newest else 0} (beyond the newest checkpoint)",
            "先看 /log/checkpoint；新的记录一分钟内签名 (see /log/checkpoint; new entries are signed within a minute)",
        )


@require_safe
@public
def public_keys(request: HttpRequest) -> HttpResponse:
    """The log's keys, Ed25519 first, then those of its present witnesses."""
    own = keys.public()
    if not own:
        raise BadQuestion(
            404,
            "keys",
            "日志还没有密钥 (the log has no key yet)",
            "签第一个检查点时生成，一分钟后再看 (it is made with the first checkpoint: look again in a minute)",
        )
    witnesses = Witness.objects.filter(until__isnull=True).values_list("vkey", flat=True)
    return _text("".join(f"{key}\n" for key in [*(key.vkey for key in own), *witnesses]), ASK_AGAIN)


@csrf_exempt
@require_POST
@public
def cosign(request: HttpRequest) -> HttpResponse:
    """Take a witness's signature line. It needs no token against forged forms: whoever sends it, only its signature
    counts."""
    _slow_down(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM_BYTES:
        raise BadQuestion(
            400,
            "form",
            f"超过 {MAX_FORM_BYTES} 字节 (longer than that many bytes)",
            "只需字段 size 和 line (the fields size and line are all it takes)",
        )
    size, line = request.POST.get("size", ""), request.POST.get("line", "")
    if not DECIMAL.fullmatch(size):
        raise BadQuestion(
            400, "size", "应为检查点的大小 (the size of a checkpoint is wanted)", "例如 (such as) size=17"
        )
    try:
        witnesses.add_cosignature(int(size), line)
    except DomainError as error:
        raise BadQuestion(error.status, str(error.place), str(error.reason), str(error.remedy)) from None
    return _text("已收下 (taken)\n", ASK_AGAIN)


def _slow_down(request: HttpRequest) -> None:
    key = f"trust.cosign:{address_of(request)}"
    cache.add(key, 0, COSIGN_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out just now
        return
    if count > COSIGN_LIMIT:
        raise BadQuestion(
            429,
            "/log/cosign",
            f"一分钟内超过 {COSIGN_LIMIT} 次 (more than that many times in a minute)",
            "稍后再送 (send it later)",
        )
