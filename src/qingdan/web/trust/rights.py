"""Who may do what with the trusted record, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.rights import YES, Verdict, no
from qingdan.web.units.models import Role, User

if TYPE_CHECKING:
    from qingdan.web.common.rights import Actor


def can_see_witnesses(user: Actor) -> Verdict:
    """The register of witnesses. What it says is public anyway; the page for work is the administrators'."""
    if isinstance(user, User) and user.standing.is_admin:
        return YES
    return no(_("见证登记由三员查看；见证情况见“可信记录”。"))


def can_manage_witnesses(user: Actor) -> Verdict:
    """Register and end witnesses."""
    if isinstance(user, User) and user.standing.has(Role.SECURITY_ADMIN):
        return YES
    return no(_("见证由安全管理员登记和终止。"))
