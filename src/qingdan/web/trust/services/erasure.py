"""Erasure of personal data: asked by the security administrator, decided by the discipline office, carried out with
the decision. What is erased is gone for good; that it was erased, by whom and on what ground, stays on record."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock, erasure, inbox, wording
from qingdan.web.common.errors import DomainError, Text
from qingdan.web.common.events import record
from qingdan.web.common.models import Erasure, Event
from qingdan.web.common.rights import require
from qingdan.web.units.models import Role, User
from qingdan.web.units.roles import people_with

from .. import erasure_rights as rights
from ..models import ErasureDecision, ErasureRequest

Scope = ErasureRequest.Scope
PARTS: dict[str, frozenset[str]] = {
    Scope.WHAT: frozenset({Erasure.Part.WHAT}),
    Scope.WHO: frozenset({Erasure.Part.WHO}),
    Scope.BOTH: frozenset({Erasure.Part.WHAT, Erasure.Part.WHO}),
}
# The record of erasures, of the log's keys and of its witnesses is what everything else is checked by.
NEVER = "trust."


@dataclass(frozen=True)
class Extent:
    """What an erasure would reach: events by part, whether the object's own data go too, and what stands in its way
    now (empty: nothing)."""

    what: int
    who: int
    rows: bool
    refusal: str = ""


def kinds() -> list[tuple[str, Text]]:
    """The kinds of objects that an erasure can be asked for, those whose own data go too first."""
    own = {eraser.model for eraser in erasure.erasers()}
    named = {model: name.title for model, name in wording.objects().items() if not model.startswith(NEVER)}
    return sorted(named.items(), key=lambda kind: (kind[0] not in own, str(kind[1])))


def extent_of(request: ErasureRequest) -> Extent:
    """What the erasure would reach as things stand; reads the whole log."""
    eraser = erasure.eraser_of(request.object_type)
    refusal = ""
    try:
        if eraser:
            eraser.check(request.object_id)
    except DomainError as error:
        refusal = str(error)
    reached = erasure.reach(request.object_type, request.object_id, PARTS[request.scope])
    return Extent(
        what=len(reached.get(Erasure.Part.WHAT, ())),
        who=len(reached.get(Erasure.Part.WHO, ())),
        rows=eraser is not None,
        refusal=refusal,
    )


@transaction.atomic
def ask_erasure(actor: User, object_type: str, object_id: str, scope: str, reason: str) -> ErasureRequest:
    """Ask that personal data of one object be erased; ``reason`` names the legal ground and who applied.

    Nothing is erased until the discipline office agrees. Raises DomainError for an object that nobody knows, a scope
    that does not fit it, or a reason that repeats what is to be erased.
    """
    require(rights.can_ask_erasure(actor))
    object_id, reason = object_id.strip(), reason.strip()
    _check_object(object_type, object_id)
    _check_scope(object_type, scope)
    _check_reason(object_type, object_id, reason, _("请写明法律依据和申请人。"))
    if ErasureRequest.objects.filter(object_type=object_type, object_id=object_id, decision__isnull=True).exists():
        raise DomainError(object_id, _("该对象已有一项删除申请待决定。"), _("请等待决定。"), field="object_id")
    request = ErasureRequest.objects.create(
        object_type=object_type, object_id=object_id, scope=scope, reason=reason, asked_by=actor, asked_at=clock.now()
    )
    record(
        actor, "trust.ask_erasure", request,
        object_type=object_type, object_id=object_id, scope=scope, reason=reason,
    )  # fmt: skip
    inbox.notify(
        people_with(Role.DISCIPLINE),
        key=f"erasure:{request.pk}",
        title=_t("有一项删除个人信息的申请待决定"),
        url=_page(request),
    )
    return request


@transaction.atomic
def decide_erasure(actor: User, request: ErasureRequest, granted: bool, reason: str = "") -> ErasureDecision:
    """Agree, which erases at once and for good, or refuse with a reason.

    Agreeing blanks the events' parts and the object's own data in this transaction; the database's files are written
    anew by a job afterwards (`jobs_erasure.settle`).
    """
    request = ErasureRequest.objects.select_for_update().get(pk=request.pk)
    require(rights.can_decide_erasure(actor, request))
    if ErasureDecision.objects.filter(request=request).exists():
        raise DomainError(str(request), _("该申请已有决定。"), _("请刷新页面查看结果。"))
    reason = reason.strip()
    if not granted and not reason:
        raise DomainError(str(request), _("不同意的须写明理由。"), _("请填写说明。"), field="reason")
    if reason:
        _check_reason(request.object_type, request.object_id, reason, "")
    done = erasure.Erased(0, 0)
    if granted:
        done = erasure.erase(request.object_type, request.object_id, PARTS[request.scope])
    decision = ErasureDecision.objects.create(
        request=request, granted=granted, reason=reason, decided_by=actor, decided_at=clock.now(), events=done.events
    )
    record(
        actor, "trust.decide_erasure", request, granted=granted, reason=reason, scope=request.scope,
        object_type=request.object_type, object_id=request.object_id,
        events=done.events, rows=done.rows, left=done.left,
    )  # fmt: skip
    if granted:
        from ..jobs_erasure import settle  # the job stands on this module

        settle.enqueue(request.pk)
    inbox.notify(
        [request.asked_by],
        key=f"erasure-decided:{request.pk}",
        title=_t("删除个人信息的申请已获同意并执行") if granted else _t("删除个人信息的申请未获同意"),
        url=_page(request),
    )
    return decision


@transaction.atomic
def note_settled(request: ErasureRequest) -> Event:
    """Put on record that the database's files no longer hold what was erased."""
    return record(None, "trust.settle_erasure", request, object_type=request.object_type, object_id=request.object_id)


def _page(request: ErasureRequest) -> str:
    from django.urls import reverse

    return reverse("trust:erasure", args=[request.pk])


def _check_object(object_type: str, object_id: str) -> None:
    if object_type not in dict(kinds()):
        raise DomainError(_("对象类型"), _("不能对这类对象提出。"), _("请从列表中选。"), field="object_type")
    if eraser := erasure.eraser_of(object_type):
        eraser.check(object_id)
    if not Event.objects.filter(object_type=object_type, object_id=object_id).exists():
        raise DomainError(
            _("对象编号"), _("记录中没有这个对象。"), _("请核对类型和编号，编号见其页面地址。"), field="object_id"
        )


def _check_scope(object_type: str, scope: str) -> None:
    if scope not in Scope.values:
        raise DomainError(_("范围"), _("没有这种范围。"), _("请从列表中选。"), field="scope")
    eraser = erasure.eraser_of(object_type)
    if eraser and PARTS[scope] != eraser.parts:
        fitting = next(str(Scope(name).label) for name, parts in PARTS.items() if parts == eraser.parts)
        raise DomainError(
            wording.object_title(object_type),
            _("这类对象的范围只能是“%s”。") % fitting,
            _("请改选。"),
            field="scope",
        )


def _check_reason(object_type: str, object_id: str, reason: str, remedy: Text) -> None:
    if not reason:
        raise DomainError(_("依据与理由"), _("未填写。"), remedy, field="reason")
    if len(reason) > 500:
        raise DomainError(_("依据与理由"), _("超过 500 字。"), _("请缩短。"), field="reason")
    if erasure.words_of(object_type, object_id).said_by(reason):
        raise DomainError(
            _("依据与理由"),
            _("写有要删除的内容本身，会随申请一直保留。"),
            _("请改用编号指代，不写姓名、登录名、邮箱或文件名。"),
            field="reason",
        )
