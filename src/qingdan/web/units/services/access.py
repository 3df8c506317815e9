"""Who holds which post, and which roles a post carries: asked by one administrator, decided by another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require

from .. import rights
from ..models import AccessChange, AccessDecision, Holding, Post, PostRole, Role, Unit, User
from ..roles import ADMIN_ROLES

Kind = AccessChange.Kind
Row = TypeVar("Row", PostRole, Holding)


class _Undo(Exception):
    """Takes back what was only tried."""


def request_access_change(
    actor: User,
    kind: str,
    post: Post,
    *,
    role: str = "",
    user: User | None = None,
    unit: Unit | None = None,
    replaces: User | None = None,
    effective_on: date,
    reason: str,
) -> AccessChange:
    """Ask for a change of access; nothing changes until an administrator of the other kind agrees.

    GRANT and REVOKE take ``role`` (the embedded group also ``unit``, the bureau it watches), APPOINT and DISMISS
    take ``user``; APPOINT with ``replaces`` ends that person's holding of the post the day before (succession).
    ``effective_on`` is the first day with, or without. What could not be carried out is refused here already.
    """
    require(rights.can_ask_access(actor))
    change = AccessChange(
        kind=kind,
        post=post,
        role=role,
        user=user,
        unit=unit,
        replaces=replaces,
        effective_on=effective_on,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=clock.now(),
    )
    _check_form(change)
    if rights.concerns(change, actor):
        raise DomainError(str(post), _("不得为本人提出权限变更。"), _("请由另一名管理员提出。"), field="user")
    with transaction.atomic():
        _try_out(change)
        change.save()
        record(actor, "units.request_access_change", change, **_facts(change), reason=change.reason)
    return change


@transaction.atomic
def decide_access_change(actor: User, change: AccessChange, approved: bool, reason: str = "") -> AccessDecision:
    """Agree to a change, which carries it out at once, or refuse it with a reason."""
    # Decisions go one after another: the separation below is a rule over several rows, and two decisions at once
    # could each look right alone. The administrators' roles are always there to wait for.
    list(PostRole.objects.select_for_update().filter(role__in=ADMIN_ROLES).values("pk"))
    change = AccessChange.objects.select_related("post", "requested_by").get(pk=change.pk)
    require(rights.can_decide_access(actor, change))
    if AccessDecision.objects.filter(change=change).exists():
        raise DomainError(str(change), _("该变更已审批。"), _("请刷新页面查看结果。"))
    if not approved and not reason.strip():
        raise DomainError(str(change), _("不同意的须写明理由。"), _("请填写意见。"), field="reason")
    if approved:
        _carry_out(change)
    decision = AccessDecision.objects.create(
        change=change, approved=approved, decided_by=actor, decided_at=clock.now(), reason=reason.strip()
    )
    record(actor, "units.decide_access_change", change, approved=approved, opinion=decision.reason, **_facts(change))
    return decision


def change_access(
    asker: User,
    decider: User,
    kind: str,
    post: Post,
    *,
    role: str = "",
    user: User | None = None,
    unit: Unit | None = None,
    replaces: User | None = None,
    effective_on: date,
    reason: str,
) -> AccessChange:
    """Ask and agree in one call, for loading a whole district; the same two people and rules as one by one."""
    with transaction.atomic():
        change = request_access_change(
            asker,
            kind,
            post,
            role=role,
            user=user,
            unit=unit,
            replaces=replaces,
            effective_on=effective_on,
            reason=reason,
        )
        decide_access_change(decider, change, True)
    return change


def warnings_about(change: AccessChange) -> list[str]:
    """What is allowed but worth a second look, in words for the page."""
    found = []
    pair = {Role.REPORTER, Role.SIGNER}
    if change.kind == Kind.GRANT and change.role in pair:
        roles = set(_in_force(change.post.roles.all(), change.effective_on).values_list("role", flat=True))
        if pair <= roles | {change.role}:
            found.append(_t("该岗位将同时为填报人和签发人，填报与签发由同一岗位办理，失去相互核对。"))
    if change.kind == Kind.APPOINT and change.user:
        here = set(_in_force(change.post.roles.all(), change.effective_on).values_list("role", flat=True))
        held = {s.role for s in roles_of(change.user) if s.until is None or s.until >= change.effective_on}
        if pair <= here | held:
            found.append(_t("该人员将同时为填报人和签发人，填报与签发由同一人办理，失去相互核对。"))
        if not here:
            found.append(_t("该岗位尚未授予任何角色，任职后没有办理权限。"))
    return found


# ------------------------------------------------------------------ what a change does
def _facts(change: AccessChange) -> dict[str, object]:
    return {
        "kind": change.kind,
        "post": change.post,
        "role": change.role,
        "unit": change.unit,
        "user": change.user,
        "replaces": change.replaces,
        "effective_on": change.effective_on,
    }


def _check_form(change: AccessChange) -> None:
    """Each kind has the parts that it needs and no others."""
    place = str(change.post)
    if change.kind not in Kind.values:
        raise DomainError(place, _("没有这种变更。"), _("请从列表中选。"), field="kind")
    if not change.reason:
        raise DomainError(place, _("未写理由。"), _("请写明依据，如任职文件。"), field="reason")
    if change.post.closed_on and change.kind in {Kind.GRANT, Kind.APPOINT}:
        raise DomainError(place, _("该岗位已撤销。"), _("请另选岗位。"), field="post")
    if change.kind in {Kind.GRANT, Kind.REVOKE}:
        if change.role not in Role.values:
            raise DomainError(place, _("未选角色。"), _("请选择。"), field="role")
        if change.user or change.replaces:
            raise DomainError(place, _("角色授予岗位，不授予个人。"), _("请去掉所选人员。"), field="user")
        if (change.role == Role.EMBEDDED) != (change.unit is not None):
            raise DomainError(place, _("派驻纪检监察组须写明所驻单位，其他角色不写。"), _("请改正。"), field="unit")
        return
    if change.role or change.unit:
        raise DomainError(place, _("任免针对人员，不写角色。"), _("请去掉所选角色和单位。"), field="role")
    if change.user is None:
        raise DomainError(place, _("未选人员。"), _("请选择。"), field="user")
    if change.replaces and change.kind != Kind.APPOINT:
        raise DomainError(place, _("只有任职才写接替何人。"), _("请去掉。"), field="replaces")
    if change.replaces and change.replaces.pk == change.user.pk:
        raise DomainError(place, _("不能接替自己。"), _("请另选人员。"), field="replaces")
    if change.kind == Kind.APPOINT and not change.user.is_active:
        raise DomainError(place, _("该账号已停用。"), _("请先启用账号。"), field="user")


def _try_out(change: AccessChange) -> None:
    """Carry the change out and take it back: raises what would stand in its way."""
    try:
        with transaction.atomic():
            _carry_out(change)
            raise _Undo
    except _Undo:
        pass


def _carry_out(change: AccessChange) -> None:
    _check_form(change)
    if change.kind in {Kind.GRANT, Kind.REVOKE}:
        _change_role(change)
    else:
        _change_holder(change)
    check_separation(change.post)
    if change.replaces or change.kind in {Kind.REVOKE, Kind.DISMISS}:
        about = PostRole.objects.filter(post=change.post).values_list("role", flat=True)
        check_administrators_remain(change.effective_on, set(about))


def _change_role(change: AccessChange) -> None:
    place = str(change.post)
    held = _not_over(PostRole.objects.filter(post=change.post, role=change.role, unit=change.unit), change.effective_on)
    if change.kind == Kind.GRANT:
        if held.exists():
            raise DomainError(place, _("该岗位已有此角色。"), _("无须再授予。"), field="role")
        PostRole.objects.create(post=change.post, role=change.role, unit=change.unit, since=change.effective_on)
    elif not held.update(until=change.effective_on - timedelta(days=1)):
        raise DomainError(place, _("该岗位在生效日没有此角色。"), _("请核对。"), field="role")


def _change_holder(change: AccessChange) -> None:
    place, coming = str(change.post), change.user
    assert coming is not None  # noqa: S101 - _check_form has seen to it
    here = _not_over(Holding.objects.filter(post=change.post), change.effective_on)
    leaving = change.replaces or (coming if change.kind == Kind.DISMISS else None)
    if leaving and not here.filter(user=leaving).update(until=change.effective_on - timedelta(days=1)):
        field = "replaces" if change.replaces else "user"
        raise DomainError(place, _("%s 在生效日未任此岗。") % leaving.label, _("请核对。"), field=field)
    if change.kind == Kind.APPOINT:
        if here.filter(user=coming).exists():
            raise DomainError(place, _("%s 已任此岗。") % coming.label, _("无须再任命。"), field="user")
        Holding.objects.create(post=change.post, user=coming, since=change.effective_on)


# ------------------------------------------------------------------ separation of duties
@dataclass(frozen=True)
class Span:
    """A role in force from ``since`` to ``until`` (None: open)."""

    role: str
    since: date
    until: date | None

    def meets(self, other: Span) -> bool:
        """Whether both are in force on some day."""
        return (self.until is None or other.since <= self.until) and (other.until is None or self.since <= other.until)


def roles_of(person: User) -> list[Span]:
    """The roles that a person has through posts, each with the days on which both post and role are held."""
    spans = []
    for holding in Holding.objects.filter(user=person).prefetch_related("post__roles"):
        for row in holding.post.roles.all():
            ends = [day for day in (holding.until, row.until) if day is not None]
            span = Span(row.role, max(holding.since, row.since), min(ends) if ends else None)
            if span.until is None or span.since <= span.until:
                spans.append(span)
    return spans


def clash(one: str, other: str) -> bool:
    """Whether two roles must not meet: an administrator's with any but itself."""
    return one != other and bool({one, other} & ADMIN_ROLES)


def _clashes(spans: list[Span]) -> tuple[Span, Span] | None:
    for i, one in enumerate(spans):
        for other in spans[i + 1 :]:
            if clash(one.role, other.role) and one.meets(other):
                return one, other
    return None


def check_separation(post: Post) -> None:
    """Refuse a state in which ``post``, or a person who holds it, would combine what must stay apart.

    The three administrators are three people without business rights (三员分立, GB/T 22239-2019, 8.1.5).
    """
    own = [Span(row.role, row.since, row.until) for row in PostRole.objects.filter(post=post)]
    own = [span for span in own if span.until is None or span.since <= span.until]
    if pair := _clashes(own):
        raise DomainError(str(post), _clash_text(_("同一岗位"), pair), _("请另设岗位。"), field="role")
    for person in User.objects.filter(holdings__post=post).distinct():
        if pair := _clashes(roles_of(person)):
            raise DomainError(str(post), _clash_text(person.label, pair), _("请改由他人任职。"), field="user")


def _clash_text(who: object, pair: tuple[Span, Span]) -> str:
    one, other = (Role(span.role).label for span in pair)
    return _t("%(who)s 不得同时有“%(one)s”和“%(other)s”：三员分立，且不办理业务。") % {
        "who": who,
        "one": one,
        "other": other,
    }


def check_administrators_remain(day: date, roles: Iterable[str]) -> None:
    """Refuse a change after which one of the administrators' ``roles`` has no active holder on ``day``.

    Without one of the three nobody could set it right again from inside.
    """
    for role in sorted(ADMIN_ROLES & set(roles)):
        posts = _in_force(PostRole.objects.filter(role=role), day).values("post")
        if not Holding.objects.on(day).filter(post__in=posts, user__is_active=True).exists():
            raise DomainError(
                Role(role).label,
                _("此后将没有在任的%s，系统无人管理。") % Role(role).label,
                _("请先安排接替人员，或在任职时写明接替何人。"),
            )


def _in_force(rows: QuerySet[PostRole], day: date) -> QuerySet[PostRole]:
    return rows.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)


def _not_over(rows: QuerySet[Row], day: date) -> QuerySet[Row]:
    """The rows that are still in force on ``day`` or begin later."""
    return rows.filter(Q(until__isnull=True) | Q(until__gte=day))
