"""Accounts of people. An account alone gives no right; rights come from posts (see `access`)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require

from .. import rights
from ..models import Holding, Post, PostRole, Role, Unit, User
from .access import check_administrators_remain
from .sessions import drop_sessions

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
# Without letters and digits that look alike, as passwords are read out and copied by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class NewAccount:
    """A person and the first password, which is nowhere stored and shown once."""

    user: User
    password: str


def first_password() -> str:
    """A random first password: 16 characters in four groups, about 92 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def add_person(
    actor: User, *, username: str, name: str, email: str = "", password: str | None = None, must_change: bool = True
) -> NewAccount:
    """Create an account with a random first password that must be changed at first sign-in.

    ``password`` and ``must_change=False`` are for demos and tests; the pages never give them.
    """
    require(rights.can_manage_people(actor))
    return _create(actor, username, name, email=email, password=password, must_change=must_change)


def _create(
    actor: User | None, username: str, name: str, *, email: str = "", password: str | None, must_change: bool
) -> NewAccount:
    username, name = username.strip(), " ".join(name.split())
    if not USERNAME.fullmatch(username):
        raise DomainError(
            _("登录名"), _("登录名须为 2 至 60 位小写字母、数字或 . _ -，以字母或数字开头。"), "", field="username"
        )
    if User.objects.filter(username=username).exists():
        raise DomainError(username, _("该登录名已有人使用。"), _("请另起一个。"), field="username")
    password = password or first_password()
    user = User.objects.create_user(username, password, name=name, email=email, must_change_password=must_change)
    record(actor, "units.add_person", user, username=username, email=email)
    return NewAccount(user, password)


@transaction.atomic
def edit_person(actor: User, person: User, *, name: str, email: str) -> User:
    """Correct how a person is called and reached."""
    require(rights.can_manage_person(actor, person))
    person = User.objects.select_for_update().get(pk=person.pk)
    before = {"name": person.name, "email": person.email}
    person.name, person.email = " ".join(name.split()), email
    person.save(update_fields=["name", "email"])
    record(actor, "units.edit_person", person, before=before, after={"name": person.name, "email": email})
    return person


@transaction.atomic
def set_active(actor: User, person: User, *, active: bool) -> User:
    """Switch an account off, which ends its sessions, or on again."""
    require(rights.can_manage_person(actor, person))
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.is_active == active:
        raise DomainError(person.label, _("账号已经是启用状态。") if active else _("账号已经停用。"), "")
    roles = person.standing.roles
    person.is_active = active
    person.save(update_fields=["is_active"])
    ended = 0 if active else drop_sessions(person)
    if not active:
        check_administrators_remain(clock.today(), roles)
    record(actor, "units.switch_on" if active else "units.switch_off", person, sessions_ended=ended)
    return person


@transaction.atomic
def reset_password(actor: User, person: User) -> NewAccount:
    """Give a person a new random first password, shown once; every session of theirs ends."""
    require(rights.can_reset_password(actor, person))
    return _reset(actor, person)


@transaction.atomic
def reset_password_on_server(username: str) -> NewAccount:
    """The same from the server's command line, the only way for an administrator's own password."""
    person = User.objects.filter(username=username).first()
    if person is None:
        raise DomainError(username, _("没有这个登录名。"), _("请核对。"))
    return _reset(None, person)


def _reset(actor: User | None, person: User) -> NewAccount:
    password = first_password()
    person = User.objects.select_for_update().get(pk=person.pk)
    person.set_password(password)
    person.must_change_password = True
    person.password_changed_at = clock.now()
    person.save(update_fields=["password", "must_change_password", "password_changed_at"])
    record(actor, "units.reset_password", person, sessions_ended=drop_sessions(person))
    return NewAccount(person, password)


ADMINISTRATORS = {
    Role.SYSTEM_ADMIN: (
        "sysadmin",
        _("系统管理员"),
        _("维护单位、岗位和账号，提出或审批权限变更。"),
        _("不参与业务办理，不单独变更任何权限。"),
    ),
    Role.SECURITY_ADMIN: (
        "secadmin",
        _("安全管理员"),
        _("审批或提出权限变更，处置异常登录。"),
        _("不参与业务办理，不审批涉及本人的变更。"),
    ),
    Role.AUDIT_ADMIN: (
        "auditor",
        _("安全审计员"),
        _("审计权限变更、登录和管理操作记录。"),
        _("只查看审计记录，不改动任何数据，不查看业务内容。"),
    ),
}


@transaction.atomic
def bootstrap_admins(
    *, unit_name: str = "信息中心", passwords: dict[str, str] | None = None, must_change: bool = True
) -> list[NewAccount]:
    """Make the three administrators (三员) of an empty system, each in a post of its own; events by the system.

    ``passwords`` by username (sysadmin, secadmin, auditor) for a demo; else random. Raises `DomainError` as soon as
    there is any account.
    """
    if User.objects.exists():
        raise DomainError(_("初始化"), _("系统中已有账号。"), _("请由现有管理员办理；忘记密码的，用重置密码命令。"))
    unit, made = Unit.objects.get_or_create(name=unit_name, defaults={"code": "U0000", "kind": Unit.Kind.OTHER})
    if made:
        record(None, "units.add_unit", unit, code=unit.code, kind=unit.kind)
    accounts = []
    for role, (username, title, duty, integrity_duty) in ADMINISTRATORS.items():
        account = _create(None, username, str(title), password=(passwords or {}).get(username), must_change=must_change)
        post = Post.objects.create(unit=unit, title=str(title), duty=str(duty), integrity_duty=str(integrity_duty))
        record(None, "units.add_post", post, duty=post.duty, integrity_duty=post.integrity_duty)
        today = clock.today()
        PostRole.objects.create(post=post, role=role, since=today)
        Holding.objects.create(post=post, user=account.user, since=today)
        record(None, "units.bootstrap_admin", post, role=role, user=account.user)
        accounts.append(account)
    return accounts
