"""Who may do what with units, posts, people and access, each with its reason.

The three administrators (三员: system, security, audit) keep one another in check and hold no business right; none of
them changes access alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.rights import YES, Verdict, no

from .models import AccessChange, Holding, Role, User
from .roles import ADMIN_ROLES, Standing

if TYPE_CHECKING:
    from qingdan.web.common.rights import Actor

# Who asks for a change of access, and who then decides it.
ASKING_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})


def _standing(user: Actor) -> Standing:
    return user.standing if isinstance(user, User) else Standing()


def can_edit_units(user: Actor) -> Verdict:
    """Add, rename, merge and close units."""
    return YES if _standing(user).has(Role.SYSTEM_ADMIN) else no(_("单位由系统管理员维护。"))


def can_edit_posts(user: Actor) -> Verdict:
    """Add and change posts and their duties."""
    return YES if _standing(user).has(Role.SYSTEM_ADMIN) else no(_("岗位由系统管理员维护。"))


def can_add_alias(user: Actor) -> Verdict:
    """Remember another name of a unit: the office meets them when it imports ledgers."""
    if _standing(user).has(Role.SYSTEM_ADMIN) or _standing(user).is_office:
        return YES
    return no(_("单位别名由系统管理员或目督办登记。"))


def can_see_people(user: Actor) -> Verdict:
    """The list of accounts."""
    if _standing(user).is_admin or _standing(user).is_office:
        return YES
    return no(_("人员名单由目督办和三员查看；本单位任职情况见单位页面。"))


def can_manage_people(user: Actor) -> Verdict:
    """Create accounts."""
    return YES if _standing(user).has(Role.SYSTEM_ADMIN) else no(_("账号由系统管理员管理。"))


def can_manage_person(user: Actor, person: User) -> Verdict:
    """Change, switch off and on."""
    if not (verdict := can_manage_people(user)):
        return verdict
    if isinstance(user, User) and user.pk == person.pk:
        return no(_("不得变更本人的账号权限。"))
    return YES


def can_reset_password(user: Actor, person: User) -> Verdict:
    """Give a person a new first password.

    Not an administrator's: whoever could reset the other administrator's password could act as both, and two
    administrators would be one.
    """
    if not (verdict := can_manage_person(user, person)):
        return verdict
    if holds_admin_post(person):
        return no(_("管理员之间不得相互重置密码，须在服务器上用命令重置。"))
    return YES


def can_end_sessions(user: Actor, person: User) -> Verdict:
    """End somebody's sessions: one's own, or anybody's for the system and the security administrator."""
    if isinstance(user, User) and user.pk == person.pk:
        return YES
    if _standing(user).has(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN):
        return YES
    return no(_("只能结束本人的登录；他人的登录由系统管理员或安全管理员结束。"))


def can_see_access(user: Actor) -> Verdict:
    """The changes of access asked and decided."""
    return YES if _standing(user).is_admin else no(_("权限变更由三员查看。"))


def can_ask_access(user: Actor) -> Verdict:
    """Ask for a change of access."""
    if _standing(user).has(*ASKING_ROLES):
        return YES
    return no(_("权限变更由系统管理员或安全管理员提出。"))


def can_decide_access(user: Actor, change: AccessChange) -> Verdict:
    """Decide a change: the administrator of the other kind, never the one who asked or whom it concerns."""
    standing = _standing(user)
    if not isinstance(user, User) or not standing.has(*ASKING_ROLES):
        return no(_("权限变更由系统管理员或安全管理员审批。"))
    if change.requested_by_id == user.pk:
        return no(_("提出人不得审批自己提出的变更，须由另一名管理员审批。"))
    if concerns(change, user):
        return no(_("不得审批涉及本人权限的变更。"))
    askers = change.requested_by.standing.roles & ASKING_ROLES
    if askers & standing.roles:
        return no(_("须由另一类管理员审批：系统管理员提出的由安全管理员审批，反之亦然。"))
    return YES


def can_audit(user: Actor) -> Verdict:
    """Read the audit pages."""
    return YES if _standing(user).has(Role.AUDIT_ADMIN) else no(_("安全审计由安全审计员查看。"))


def concerns(change: AccessChange, user: User) -> bool:
    """Whether the change would touch this person's own authority."""
    if user.pk in {change.user_id, change.replaces_id}:
        return True
    # A role given to or taken from a post is given to or taken from its holders.
    if not change.role:
        return False
    return Holding.objects.filter(post=change.post_id, user=user).exclude(until__lt=change.effective_on).exists()


def holds_admin_post(person: User) -> bool:
    """Whether any post of this person, past, present or to come, carries a role of the three administrators."""
    return Holding.objects.filter(user=person, post__roles__role__in=ADMIN_ROLES).exists()


def waiting_for(user: User) -> int:
    """How many changes that another asked for wait for a decision."""
    if not can_ask_access(user):
        return 0
    return AccessChange.objects.filter(decision__isnull=True).exclude(requested_by=user).count()
