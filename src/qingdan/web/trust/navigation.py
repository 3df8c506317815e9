"""The entries of this app in the side navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.navigation import NavItem, register

from . import rights


def register_all() -> None:
    """Called once when the app is ready."""
    register(
        NavItem(_("常用"), _("可信记录"), "trust:about", "shield", lambda user: True, order=95),
        NavItem(_("设置"), _("见证"), "trust:witnesses", "eye", lambda u: bool(rights.can_see_witnesses(u)), order=930),
    )
