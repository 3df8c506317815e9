"""The inbox: one line per person and matter, told once, read by the person alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import clock
from .events import record
from .models import Notification
from .rights import YES, Verdict, no, require

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from qingdan.web.units.models import User


def notify(
    recipients: Iterable[User],
    *,
    key: str,
    title: str | Promise,
    body: str | Promise = "",
    url: str = "",
    kind: str = Notification.Kind.INFO,
) -> int:
    """Put one line into the inbox of each recipient; return how many are new.

    ``key`` names the matter, at most 160 characters: the same key reaches the same person once, however often a
    job runs. ``url`` is an address of this site ("/…"). People who are switched off get nothing. Call it inside
    the service's transaction. Raises ValueError for a bad key, kind or address.
    """
    if not key or len(key) > 160:
        raise ValueError(f"notification key of 1 to 160 characters wanted: {key!r}")
    if url and (not url.startswith("/") or url.startswith("//") or len(url) > 200):
        raise ValueError(f"a notification leads to an address of this site: {url!r}")
    if kind not in Notification.Kind.values:
        raise ValueError(f"no such kind of notification: {kind!r}")
    ids = {person.pk for person in recipients if person.is_active}
    told = set(Notification.objects.filter(key=key, recipient__in=ids).values_list("recipient", flat=True))
    new = sorted(ids - told)
    now = clock.now()
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=pk, key=key, title=str(title)[:200], body=str(body), url=url, kind=kind, created_at=now
            )
            for pk in new
        ],
        ignore_conflicts=True,  # another worker may tell the same at the same moment
    )
    return len(new)


def visible_to(user: User | AnonymousUser) -> models.QuerySet[Notification]:
    """The person's own lines, newest first; nobody reads another's inbox."""
    if not user.is_authenticated:
        return Notification.objects.none()
    return Notification.objects.filter(recipient_id=user.pk)


def unread_count(user: User | AnonymousUser) -> int:
    """How many lines are unread: the figure at the bell."""
    return visible_to(user).filter(read_at__isnull=True).count()


def can_read(actor: User, notification: Notification) -> Verdict:
    if notification.recipient_id == actor.pk:
        return YES
    return no(_("只能处理自己的收件箱。"))


@transaction.atomic
def mark_read(actor: User, notification: Notification) -> Notification:
    """The person has opened the line. Opening it again keeps the first time."""
    require(can_read(actor, notification))
    notification = Notification.objects.select_for_update().get(pk=notification.pk)
    if notification.read_at is None:
        notification.read_at = clock.now()
        notification.save(update_fields=["read_at"])
        record(actor, "common.mark_read", notification, key=notification.key)
    return notification


@transaction.atomic
def mark_all_read(actor: User) -> int:
    """Everything in the person's own inbox is read; return how many lines that were."""
    unread = visible_to(actor).filter(read_at__isnull=True)
    count = unread.update(read_at=clock.now())
    if count:
        record(actor, "common.mark_all_read", actor, count=count)
    return count
