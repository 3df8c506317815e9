"""The entries of this app in the side navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.navigation import NavItem, register
from qingdan.web.units.models import User

from . import erasure_rights, inspection, rights


def _inspects(user: User) -> bool:
    return bool(inspection.may_read_log(user))


def register_all() -> None:
    """Called once when the app is ready."""
    register(
        NavItem(_("监督"), _("记录查询"), "trust:log", "search", _inspects, order=700),
        NavItem(_("监督"), _("人工干预登记"), "trust:hands", "edit", _inspects, order=710),
        NavItem(_("常用"), _("可信记录"), "trust:about", "shield", lambda user: True, order=95),
        NavItem(_("设置"), _("见证"), "trust:witnesses", "eye", lambda u: bool(rights.can_see_witnesses(u)), order=930),
        NavItem(
            _("组织与权限"),
            _("个人信息删除"),
            "trust:erasures",
            "trash",
            lambda user: bool(erasure_rights.can_see_erasures(user)),
            badge=erasure_rights.waiting_for,
            order=840,
        ),
    )
