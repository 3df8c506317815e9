"""Signing in: the backend, the lockout, the sessions that come of it.

A name with five failures within fifteen minutes is locked for fifteen minutes, a network address after twenty
(GB/T 22239-2019, 8.1.4.1 b: 限制非法登录次数). Unknown names take as long and are locked in the same way, so that
nobody learns which names exist.
"""

from __future__ import annotations

import math
import time
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.base import SessionBase
from django.core.validators import validate_ipv46_address
from django.db import transaction
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import Text
from qingdan.web.common.events import record

from . import limits
from .models import SignInAttempt, User, UserSession

if TYPE_CHECKING:
    from django.db.models import QuerySet

SEEN = "qd_seen"
BAD = "bad"
LOCKED = "locked"


class Backend(ModelBackend):
    """Name and password. Rights come from posts (see `roles`); Django's own permissions are always empty."""

    def _get_permissions(self, *args: Any, **kwargs: Any) -> set[str]:
        return set()

    def has_perm(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_module_perms(self, *args: Any, **kwargs: Any) -> bool:
        return False


@dataclass(frozen=True)
class SignedIn:
    """What came of a try: the person, or why not."""

    user: User | None
    refusal: Text = ""


def address_of(request: HttpRequest) -> str | None:
    """The browser's network address; behind the proxy the last one that the proxy itself added."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def name_key(username: str) -> str:
    """The spelling under which tries are counted: width and case of letters make no second name."""
    return unicodedata.normalize("NFKC", username).strip().casefold()[:60]


def try_sign_in(request: HttpRequest, username: str, password: str) -> SignedIn:
    """Check name and password and write down the try. Starts no session."""
    # The try is on record before it is judged, so that tries in parallel count one another.
    with transaction.atomic():
        attempt = SignInAttempt.objects.create(
            username=name_key(username), address=address_of(request), at=clock.now(), ok=False, reason=BAD
        )
        record(None, "units.try_sign_in", attempt, address=attempt.address)
    if refusal := locked(attempt):
        with transaction.atomic():
            attempt.reason = LOCKED
            attempt.save(update_fields=["reason"])
            record(None, "units.lock_sign_in", attempt, address=attempt.address)
        return SignedIn(None, refusal)
    user = authenticate(request, username=username.strip(), password=password)
    if not isinstance(user, User):
        left = limits.NAME_FAILURES - _recent_failures(username=attempt.username).count()
        if left <= 0:
            return SignedIn(None, _lock_text(limits.LOCK))
        return SignedIn(None, _("登录名或密码不正确。再错 %(left)d 次将锁定 15 分钟。") % {"left": left})
    with transaction.atomic():
        attempt.ok, attempt.reason = True, ""
        attempt.save(update_fields=["ok", "reason"])
        user.last_login = clock.now()
        user.save(update_fields=["last_login"])
        record(user, "units.sign_in", user, address=attempt.address)
    return SignedIn(user)


def _recent_failures(**of: Any) -> QuerySet[SignInAttempt]:
    """The judged failures within the window, newest first; for a name those after its last success."""
    now = clock.now()
    # Not after now: a demo that starts again lives earlier than its own past tries.
    failures = SignInAttempt.objects.filter(
        ok=False, reason=BAD, at__gt=now - limits.WINDOW - limits.LOCK, at__lte=now, **of
    )
    if "username" in of:
        last = SignInAttempt.objects.filter(ok=True, at__lte=now, **of).order_by("-id").values_list("pk", flat=True)
        failures = failures.filter(pk__gt=last.first() or 0)
    return failures.order_by("-id")


def locked(attempt: SignInAttempt) -> Text:
    """Why this try is not even judged; empty when it is."""
    checks: list[tuple[dict[str, Any], int]] = [({"username": attempt.username}, limits.NAME_FAILURES)]
    if attempt.address:
        checks.append(({"address": attempt.address}, limits.ADDRESS_FAILURES))
    for of, allowed in checks:
        times = list(_recent_failures(**of).exclude(pk=attempt.pk).values_list("at", flat=True)[:allowed])
        if len(times) < allowed or times[0] - times[-1] > limits.WINDOW:
            continue
        wait = times[0] + limits.LOCK - attempt.at
        if wait > timedelta():
            return _lock_text(wait, "address" in of)
    return ""


def _lock_text(wait: timedelta, by_address: bool = False) -> Text:
    minutes = max(1, math.ceil(wait / timedelta(minutes=1)))
    if by_address:
        text = _("本网络地址登录失败次数过多，请 %(minutes)d 分钟后再试。")
    else:
        text = _("该登录名连续输错 5 次，已锁定。请 %(minutes)d 分钟后再试；忘记密码的，请联系系统管理员重置。")
    return text % {"minutes": minutes}


# ------------------------------------------------------------------ sessions
def session_started(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Write down the session that a sign-in began (signal ``user_logged_in``)."""
    request.session[SEEN] = int(time.time())
    if request.session.session_key is None:
        request.session.save()  # somebody else was signed in here: their session went, this one has no key yet
    now = clock.now()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "address": address_of(request),
            "agent": request.headers.get("User-Agent", "")[:200],
            "started_at": now,
            "seen_at": now,
        },
    )


def session_ended(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Forget a session when its person signs out (signal ``user_logged_out``)."""
    with transaction.atomic():
        known = UserSession.objects.filter(session_key=request.session.session_key)
        if user is not None and known.delete()[0]:
            record(user, "units.sign_out", user)


def is_idle(session: SessionBase) -> bool:
    """Whether the session was last used too long ago.

    By the machine's time, not the system's clock: how long a browser stood unused does not depend on the day that a
    demo lives in.
    """
    allowed = limits.idle_seconds()
    return bool(allowed) and time.time() - session.get(SEEN, 0) > allowed


def touch(request: HttpRequest, known: UserSession) -> None:
    """Note that the session is in use, at most once a minute."""
    if time.time() - request.session.get(SEEN, 0) >= limits.SEEN_EVERY_SECONDS:
        request.session[SEEN] = int(time.time())
        UserSession.objects.filter(pk=known.pk).update(seen_at=clock.now())


def must_change_password(user: User) -> bool:
    """Whether this person has to choose a new password before anything else."""
    days = limits.password_days()
    if user.must_change_password:
        return True
    return bool(days) and (user.password_changed_at or user.created_at) < clock.now() - timedelta(days=days)
