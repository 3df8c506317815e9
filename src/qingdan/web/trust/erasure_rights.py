"""Who asks for an erasure of personal data, who decides it, and who sees what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.rights import YES, Verdict, no
from qingdan.web.units.models import Role, User

from .models import ErasureRequest

if TYPE_CHECKING:
    from qingdan.web.common.rights import Actor

SEEING_ROLES = (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.DISCIPLINE)


def can_see_erasures(user: Actor) -> Verdict:
    """The requests and what became of them."""
    if isinstance(user, User) and user.standing.has(*SEEING_ROLES):
        return YES
    return no(_("个人信息删除由安全管理员、安全审计员和区纪委监察局查看。"))


def can_ask_erasure(user: Actor) -> Verdict:
    if isinstance(user, User) and user.standing.has(Role.SECURITY_ADMIN):
        return YES
    return no(_("删除个人信息由安全管理员提出。"))


def can_decide_erasure(user: Actor, request: ErasureRequest) -> Verdict:
    """The discipline office, never the one who asked or whom it concerns.

    Not the audit administrator: that is a post of the same information centre as the one who asks, and the office
    that answers for evidence is the one that would miss it. It alone knows whether a case still needs the record.
    """
    if not isinstance(user, User) or not user.standing.has(Role.DISCIPLINE):
        return no(_("删除个人信息由区纪委监察局决定：只有它知道有关记录是否仍为办案所需。"))
    if request.asked_by_id == user.pk:
        return no(_("提出人不得决定自己提出的删除。"))
    if (request.object_type, request.object_id) == (User._meta.label_lower, str(user.pk)):
        return no(_("不得决定删除本人的信息。"))
    return YES


def erasures_visible_to(user: Actor) -> QuerySet[ErasureRequest]:
    """The requests that a person may read."""
    return ErasureRequest.objects.all() if can_see_erasures(user) else ErasureRequest.objects.none()


def waiting_for(user: User) -> int:
    """How many requests wait for this person's office to decide."""
    if not user.standing.has(Role.DISCIPLINE):
        return 0
    return ErasureRequest.objects.filter(decision__isnull=True).exclude(asked_by=user).count()
