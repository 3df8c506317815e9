"""What the auditor reads: changes of access, sign-ins, sessions, and what administrators did. No business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import Text
from qingdan.web.common.models import Event
from qingdan.web.common.wording import verb_label

from .models import AccessChange, SignInAttempt, User, UserSession
from .rights import can_audit

# Objects of the ground floor that administrators keep: their changes are no business content.
KEPT_BY_ADMINISTRATORS = ("common.setting", "common.calendaryear", "common.calendarday", "trust.witness")
# The events of administration, as a condition.
ADMINISTRATION = Q(verb__startswith="units.") | Q(object_type__in=KEPT_BY_ADMINISTRATORS)


def events_for(user: User) -> QuerySet[Event]:
    """The events that an auditor sees: of organisation, people and access, and of the system's settings."""
    if not can_audit(user):
        return Event.objects.none()
    return Event.objects.filter(ADMINISTRATION)


@dataclass(frozen=True)
class Record:
    """One kind of record: its title, its rows for a reader, how they are filtered, and its columns."""

    title: Text
    rows: Callable[[User], QuerySet[Any]]
    at: str
    who: tuple[str, ...]
    columns: tuple[tuple[Text, Callable[[Any], Any]], ...]

    def filtered(
        self, user: User, who: str = "", since: date | None = None, until: date | None = None
    ) -> QuerySet[Any]:
        """The rows by ``who`` (part of a name) from ``since`` to ``until`` (days, both included)."""
        found = self.rows(user)
        if who:
            match = Q()
            for field in self.who:
                match |= Q(**{f"{field}__icontains": who})
            found = found.filter(match)
        if since:
            found = found.filter(**{f"{self.at}__gte": clock.local(since, time.min)})
        if until:
            found = found.filter(**{f"{self.at}__lte": clock.end_of(until)})
        return found


def _decision(change: AccessChange) -> Any:
    decision = getattr(change, "decision", None)
    if decision is None:
        return _("待审批")
    return _("同意") if decision.approved else _("不同意")


REASONS = {"": _("成功"), "bad": _("登录名或密码不正确"), "locked": _("已锁定，未验证")}

RECORDS: dict[str, Record] = {
    "events": Record(
        _("管理操作"),
        events_for,
        "at",
        ("actor_label",),
        (
            (_("时间"), lambda e: e.at),
            (_("操作人"), lambda e: e.actor_label),
            (_("岗位"), lambda e: e.post_label),
            (_("动作"), lambda e: verb_label(e.verb)),
            (_("对象"), lambda e: e.object_label),
            (_("变化"), lambda e: e.data),
        ),
    ),
    "access": Record(
        _("权限变更"),
        lambda user: AccessChange.objects.visible_to(user).select_related(
            "post__unit", "user", "replaces", "unit", "requested_by", "decision__decided_by"
        ),
        "requested_at",
        ("requested_by__name", "requested_by__username", "user__name", "user__username", "decision__decided_by__name"),
        (
            (_("提出时间"), lambda c: c.requested_at),
            (_("提出人"), lambda c: c.requested_by.label),
            (_("变更"), lambda c: c.get_kind_display()),
            (_("岗位"), lambda c: str(c.post)),
            (_("角色"), lambda c: c.get_role_display() if c.role else ""),
            (_("所驻单位"), lambda c: str(c.unit or "")),
            (_("人员"), lambda c: c.user.label if c.user else ""),
            (_("接替"), lambda c: c.replaces.label if c.replaces else ""),
            (_("生效日期"), lambda c: c.effective_on),
            (_("理由"), lambda c: c.reason),
            (_("审批"), _decision),
            (_("审批人"), lambda c: c.decision.decided_by.label if hasattr(c, "decision") else ""),
            (_("审批时间"), lambda c: c.decision.decided_at if hasattr(c, "decision") else ""),
        ),
    ),
    "signins": Record(
        _("登录记录"),
        SignInAttempt.objects.visible_to,
        "at",
        ("username",),
        (
            (_("时间"), lambda a: a.at),
            (_("登录名"), lambda a: a.username),
            (_("网络地址"), lambda a: a.address or ""),
            (_("结果"), lambda a: REASONS.get(a.reason, a.reason)),
        ),
    ),
    "sessions": Record(
        _("当前登录"),
        lambda user: UserSession.objects.visible_to(user).select_related("user"),
        "started_at",
        ("user__name", "user__username"),
        (
            (_("人员"), lambda s: s.user.label),
            (_("登录时间"), lambda s: s.started_at),
            (_("最近使用"), lambda s: s.seen_at),
            (_("网络地址"), lambda s: s.address or ""),
            (_("浏览器"), lambda s: s.agent),
        ),
    ),
}
