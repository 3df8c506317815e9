"""One's own password, and the sessions of people."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require

from .. import rights
from ..models import User, UserSession


@transaction.atomic
def change_password(actor: User, *, old: str, new: str, keep: str = "") -> User:
    """Give oneself a new password; every other session of the person ends.

    ``keep`` is the session key that stays. Raises `DomainError` on a wrong old password, the same password again,
    or one that the validators refuse.
    """
    place = _("修改密码")
    if not actor.check_password(old):
        raise DomainError(place, _("原密码不正确。"), _("请重新输入。"), field="old")
    if old == new:
        raise DomainError(place, _("新密码不得与原密码相同。"), _("请另设一个。"), field="new")
    try:
        validate_password(new, actor)
    except ValidationError as error:
        raise DomainError(place, " ".join(error.messages), _("请另设一个。"), field="new") from error
    actor.set_password(new)
    actor.must_change_password = False
    actor.password_changed_at = clock.now()
    actor.save(update_fields=["password", "must_change_password", "password_changed_at"])
    ended = drop_sessions(actor, keep=keep)
    record(actor, "units.change_password", actor, sessions_ended=ended)
    return actor


@transaction.atomic
def end_session(actor: User, session: UserSession) -> UserSession:
    """End one session; that browser has to sign in again."""
    require(rights.can_end_sessions(actor, session.user))
    Session.objects.filter(session_key=session.session_key).delete()
    record(actor, "units.end_session", session.user, address=session.address, started_at=session.started_at)
    session.delete()
    return session


@transaction.atomic
def end_sessions(actor: User, person: User, *, keep: str = "") -> int:
    """End every session of ``person`` except the one with key ``keep``; gives how many ended."""
    require(rights.can_end_sessions(actor, person))
    ended = drop_sessions(person, keep=keep)
    record(actor, "units.end_sessions", person, ended=ended)
    return ended


def drop_sessions(person: User, *, keep: str = "") -> int:
    """Remove the sessions as part of another change that records its event."""
    sessions = UserSession.objects.filter(user=person).exclude(session_key=keep)
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return len(keys)


def forget_gone_sessions(person: User) -> None:
    """Tidy away records of sessions that expired by themselves; nothing that anybody did."""
    known = UserSession.objects.filter(user=person)
    alive = Session.objects.filter(session_key__in=known.values("session_key")).values("session_key")
    known.exclude(session_key__in=alive).delete()
