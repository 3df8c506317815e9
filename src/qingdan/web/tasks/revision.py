"""Has anything changed? Every change of state leaves an event, so the newest event dates whatever is read."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache

from qingdan.web.common import clock
from qingdan.web.common.models import Event
from qingdan.web.units.models import User

from .models import ListEdition

T = TypeVar("T")
# Events that change nothing an overview shows.
QUIET = ("tasks.save_draft", "tasks.export", "common.mark_read", "common.mark_all_read")
# A shorter list is counted faster than it is worth remembering.
LARGE = 150
SECONDS = 600


def revision() -> str:
    """A word that differs whenever an overview may differ: after every change, and on every new day."""
    newest = Event.objects.exclude(verb__in=QUIET).order_by("-pk").values_list("pk", flat=True).first()
    return f"{clock.today():%Y%m%d}-{newest or 0}"


def scope(user: User) -> str:
    """What decides which tasks ``user`` sees: people with the same scope see the same rows."""
    standing = user.standing
    if standing.sees_all:
        return "all"
    return f"{user.pk}:{sorted((role, sorted(units)) for role, units in standing.units_by_role.items())}"


def etag(user: User, *parts: object) -> str:
    """An entity tag of what ``user`` is shown now for a request of ``parts``."""
    text = f"{revision()}|{scope(user)}|{user.pk}|{parts!r}"
    return f'"{sha256(text.encode()).hexdigest()[:32]}"'


def remembered(name: str, user: User, edition: ListEdition, parts: Any, compute: Callable[[], T]) -> T:
    """What ``compute`` gives, kept until anything changes; short lists are computed every time."""
    if edition.lines.count() < LARGE:
        return compute()
    text = f"{name}|{revision()}|{scope(user)}|{edition.pk}|{edition.digest}|{parts!r}"
    key = "overview:" + sha256(text.encode()).hexdigest()
    found: T | None = cache.get(key)
    if found is None:
        found = compute()
        cache.set(key, found, SECONDS)
    return found
