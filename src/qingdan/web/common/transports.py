"""Ways out of the system for notifications: e-mail to a person, a robot of WeCom (企业微信) or DingTalk to a group.

Notifications leave as digests. `collect` packs what nobody was sent yet into `Delivery` rows; `deliver` sends what
is due, tries again later when it fails, and gives up after a day, all of it visible to administrators.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock
from .errors import DomainError
from .events import record
from .models import Delivery, Notification
from .rights import YES, Verdict, no, require

if TYPE_CHECKING:
    from qingdan.web.units.models import User

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
# WeCom takes 4096 bytes of markdown, both robots 20 messages a minute.
ROBOT_BYTES = 4000
PER_MINUTE = 20
EVERY_MINUTES = 10
# What lay longer than this when a way out is first set up stays in the inbox only.
FRESH = timedelta(days=3)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 1200))
LEASE = timedelta(minutes=5)


class DeliveryFailed(Exception):
    """The digest was not accepted; the text says why, without the robot's address (it contains its key)."""


@dataclass(frozen=True)
class Digest:
    """What is sent: a title, plain lines, and for e-mail the address."""

    title: str
    lines: tuple[str, ...]
    address: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Transport(Protocol):
    """A way out. ``send`` returns when the other side accepted, and raises otherwise: it is tried again later."""

    name: str

    def send(self, digest: Digest) -> None: ...


class Email:
    """A plain-text mail through the SMTP server of the settings."""

    name = "email"

    def send(self, digest: Digest) -> None:
        subject = " ".join(f"[{settings.QD_SYSTEM_NAME}] {digest.title}".split())
        message = EmailMessage(
            subject, digest.text, to=[digest.address], connection=get_connection(timeout=int(TIMEOUT))
        )
        message.send()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A robot's address is final: following a redirect would carry its key elsewhere."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Robot:
    """A group robot: markdown as JSON over HTTP(S). ``kind`` is "wecom" or "dingtalk"."""

    name = "robot"

    def __init__(self, kind: str, url: str) -> None:
        if kind not in {"wecom", "dingtalk"}:
            raise ValueError(f"QD_WEBHOOK_KIND: wecom or dingtalk, not {kind!r}")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError("QD_WEBHOOK_URL: an address beginning with http:// or https:// is wanted")
        self.kind, self.url = kind, url

    def send(self, digest: Digest) -> None:
        body = json.dumps(self.payload(digest), ensure_ascii=False).encode()
        request = urllib.request.Request(  # noqa: S310  http(s) only, checked above
            self.url, body, {"Content-Type": "application/json; charset=utf-8"}
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as response:
                answer = json.loads(response.read(10_000))
        except urllib.error.HTTPError as error:
            raise DeliveryFailed(f"HTTP {error.code}") from None
        except (urllib.error.URLError, OSError) as error:
            raise DeliveryFailed(f"{type(error).__name__}: {getattr(error, 'reason', error)}") from None
        except ValueError:
            raise DeliveryFailed("the answer is not JSON") from None
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code != 0:
            raise DeliveryFailed(f"errcode {code}: {str(answer.get('errmsg', ''))[:100] if code is not None else ''}")

    def payload(self, digest: Digest) -> dict[str, Any]:
        """The message as the robot's API wants it, cut to its size."""
        text = cut(f"**{digest.title}**\n\n" + "\n".join(f"- {_plain(line)}" for line in digest.lines), ROBOT_BYTES)
        if self.kind == "wecom":
            return {"msgtype": "markdown", "markdown": {"content": text}}
        return {"msgtype": "markdown", "markdown": {"title": digest.title, "text": text}}


def _plain(line: str) -> str:
    """Markdown and mention marks out of a line that users wrote."""
    return "".join(" " if c in "<>[]()*_`#|@!\r\n" else c for c in line).strip()


def cut(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` bytes of UTF-8, whole lines, with a word about the rest."""
    if len(text.encode()) <= limit:
        return text
    note = _("（其余请登录系统查看）")
    kept: list[str] = []
    size = len(note.encode())
    for line in text.split("\n"):
        size += len(line.encode()) + 1
        if size > limit:
            break
        kept.append(line)
    return "\n".join([*kept, note])


def configured() -> dict[str, Transport]:
    """The ways out that the settings name."""
    ways: dict[str, Transport] = {}
    if settings.EMAIL_HOST:
        ways[Email.name] = Email()
    if settings.QD_WEBHOOK_URL:
        ways[Robot.name] = Robot(settings.QD_WEBHOOK_KIND, settings.QD_WEBHOOK_URL)
    return ways


# ------------------------------------------------------------------ packing
@transaction.atomic
def collect() -> int:
    """Pack what was not sent yet into digests: one per person with an address, one for the robot. Returns how many."""
    ways, now = configured(), clock.now()
    made = 0
    fresh = Notification.objects.filter(created_at__gte=now - FRESH, created_at__lte=now)
    if Email.name in ways:
        waiting = list(
            fresh.filter(sent_email_at__isnull=True, read_at__isnull=True, recipient__is_active=True)
            .exclude(recipient__email="")
            .order_by("recipient_id", "id")
            .select_for_update(of=("self",))
        )
        by_person: dict[int, list[Notification]] = {}
        for line in waiting:
            by_person.setdefault(line.recipient_id, []).append(line)
        for person, lines in by_person.items():
            text = "\n\n".join(
                f"【{n.get_kind_display()}】{n.title}" + (f"\n{n.body}" if n.body else "") for n in lines
            )
            _pack(Email.name, person, _("有%(n)s条新消息") % {"n": len(lines)}, text, now)
            made += 1
        Notification.objects.filter(pk__in=[line.pk for line in waiting]).update(sent_email_at=now)
    if Robot.name in ways:
        waiting = list(fresh.filter(sent_webhook_at__isnull=True).order_by("id").select_for_update())
        if waiting:
            _pack(Robot.name, None, _("督查提醒 %(n)s 条") % {"n": len(waiting)}, robot_text(waiting), now)
            made += 1
        Notification.objects.filter(pk__in=[line.pk for line in waiting]).update(sent_webhook_at=now)
    return made


def robot_text(lines: Iterable[Notification]) -> str:
    """The group's digest: reminders, urges and escalations by title with how many people; the rest as a number.

    A group sees less than a person: no text of a notification, and plain notices only as a count.
    """
    counts = Counter(
        (n.get_kind_display(), n.title) for n in lines if n.kind != Notification.Kind.INFO
    )  # keeps the order of first sight
    text = [
        f"{kind}：{title}" + (_("（%(n)s人）") % {"n": count} if count > 1 else "")
        for (kind, title), count in counts.items()
    ]
    if others := sum(1 for n in lines if n.kind == Notification.Kind.INFO):
        text.append(_("另有通知 %(n)s 条，请登录系统查看。") % {"n": others})
    return "\n".join(text)


def _pack(transport: str, person: int | None, subject: str, text: str, now: datetime) -> None:
    Delivery.objects.create(
        transport=transport, recipient_id=person, subject=subject, text=text, created_at=now, next_try_at=now
    )


# ------------------------------------------------------------------ sending
def deliver(limit: int = 200) -> tuple[int, int]:
    """Send the digests that are due, at most ``limit``; returns how many were sent and how many failed."""
    ways = configured()
    sent = failed = 0
    due = Delivery.objects.filter(next_try_at__lte=clock.now(), transport__in=ways).order_by("next_try_at", "id")
    for delivery in due.select_related("recipient")[:limit]:
        now = clock.now()
        if delivery.transport == Robot.name and _tried_lately(now) >= PER_MINUTE:
            continue  # its turn comes with the next run
        # A lease: another worker at work on the same list sees a later time and leaves it alone.
        if not Delivery.objects.filter(pk=delivery.pk, next_try_at=delivery.next_try_at).update(
            next_try_at=now + LEASE, tried_at=now, attempts=delivery.attempts + 1
        ):
            continue
        delivery.refresh_from_db()
        address = delivery.recipient.email if delivery.recipient else ""
        try:
            ways[delivery.transport].send(Digest(delivery.subject, tuple(delivery.text.split("\n")), address))
        except Exception as error:
            _failed(delivery, error)
            failed += 1
        else:
            delivery.sent_at, delivery.next_try_at, delivery.error = clock.now(), None, ""
            delivery.save(update_fields=["sent_at", "next_try_at", "error"])
            sent += 1
    return sent, failed


def _tried_lately(now: datetime) -> int:
    return Delivery.objects.filter(transport=Robot.name, tried_at__gt=now - timedelta(minutes=1)).count()


def _failed(delivery: Delivery, error: Exception) -> None:
    delivery.error = (str(error) if isinstance(error, DeliveryFailed) else f"{type(error).__name__}: {error}")[:300]
    tries = delivery.attempts
    delivery.next_try_at = clock.now() + BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None
    delivery.save(update_fields=["error", "next_try_at"])
    logger.warning("digest %s by %s not delivered: %s", delivery.pk, delivery.transport, delivery.error)


def can_see_deliveries(actor: User) -> Verdict:
    if actor.standing.has("system_admin"):
        return YES
    return no(gettext_lazy("只有系统管理员可以查看和处理后台作业。"))


@transaction.atomic
def retry_delivery(actor: User, delivery: Delivery) -> Delivery:
    """Have a digest that failed sent again with the next run. Raises DomainError when it was sent."""
    require(can_see_deliveries(actor))
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.sent_at:
        raise DomainError(delivery.subject, _("已经送达，不需要重发。"))
    delivery.attempts, delivery.next_try_at = 0, clock.now()
    delivery.save(update_fields=["attempts", "next_try_at"])
    record(actor, "common.retry_delivery", delivery, transport=delivery.transport, error=delivery.error)
    return delivery
