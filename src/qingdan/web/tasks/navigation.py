"""The entries of the task-list system in the side navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.navigation import NavItem, register
from qingdan.web.units.models import Role, User

from . import rights


def business(user: User) -> bool:
    """Whoever takes part in the work: everyone but the three administrators."""
    return user.standing.sees_all or bool(user.standing.units(Role.REPORTER, Role.SIGNER, Role.EMBEDDED))


def office(user: User) -> bool:
    return user.standing.is_office


def sees_all(user: User) -> bool:
    return user.standing.sees_all


def writes(user: User) -> bool:
    return bool(user.standing.reporting_units)


def signs(user: User) -> bool:
    return bool(user.standing.units(Role.SIGNER))


def looks_into(user: User) -> bool:
    return bool(rights.may_see_hints(user))


def _counts(user: User) -> tuple[int, int]:
    """Reports still owed and drafts to sign, counted once per request."""
    if (found := getattr(user, "_waiting_counts", None)) is None:
        from .week import waiting_counts

        found = user._waiting_counts = waiting_counts(user)  # type: ignore[attr-defined]
    return found


def register_reporting() -> None:
    """The entries of the weekly report."""
    mine, follow = _("周报"), _("督查")
    register(
        NavItem(
            mine, _("本单位周报"), "tasks:my-reports", "report", writes, badge=lambda user: _counts(user)[0], order=20
        ),
        NavItem(mine, _("签发"), "tasks:sign", "seal", signs, badge=lambda user: _counts(user)[1], order=30),
        NavItem(follow, _("周报汇总"), "tasks:periods", "calendar", business, order=400),
        NavItem(follow, _("周报提示"), "tasks:hints", "compare", looks_into, order=430),
        NavItem(follow, _("预估记录"), "tasks:forecast-record", "chart", business, order=440),
        NavItem(follow, _("填报负担"), "tasks:burden", "file", business, order=450),
        NavItem(follow, _("升级记录"), "tasks:escalations", "bell", business, order=460),
    )


def register_all() -> None:
    """Called once when the app is ready."""
    register_reporting()
    work, follow = _("任务"), _("督查")
    register(
        NavItem(work, _("进展一览表"), "tasks:overview", "table", business, order=200),
        NavItem(work, _("任务清单"), "tasks:editions", "list", business, order=210),
        NavItem(work, _("行动计划"), "tasks:plans", "target", business, order=220),
        NavItem(work, _("导入"), "tasks:imports", "upload", office, order=230),
        NavItem(follow, _("需解决的问题"), "tasks:problems", "flag", business, order=410),
        NavItem(follow, _("延期申请"), "tasks:extensions", "clock", business, order=420),
    )
