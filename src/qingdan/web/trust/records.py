"""Searching the record: filters, a hundred rows at a time, and each row in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qingdan.web.common import clock, wording
from qingdan.web.common.errors import Text
from qingdan.web.common.models import Event
from qingdan.web.units.models import User

from .inspection import log_visible_to
from .models import Checkpoint
from .receipts import number_of

CHUNK = 100
# No count goes further: it is there to tell a narrow question from a wide one.
COUNTED = 10_000


@dataclass(frozen=True)
class Filters:
    """What a reader asks for; empty conditions hold always. Days are both included.

    ``object``: the number of an object, or part of its name; a number beside a kind of object is the number alone.
    ``theme``: a group of verbs (`wording.themes`).
    """

    object_type: str = ""
    object: str = ""
    person: str = ""
    post: str = ""
    theme: str = ""
    since: date | None = None
    until: date | None = None

    def facts(self) -> dict[str, str]:
        """The conditions that were set, for the record."""
        return {name: str(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class LogRow:
    """One event in words. ``number`` is its receipt's; empty while the event waits for its commit."""

    event: Event
    number: str
    what: Text
    kind: Text
    label: str
    url: str
    reason: str

    @property
    def index(self) -> int | None:
        leaf = getattr(self.event, "leaf", None)
        return leaf.index if leaf else None


def search(user: User, asked: Filters) -> QuerySet[Event]:
    """The events that ``user`` may read and asks for, newest first."""
    found = log_visible_to(user)
    if asked.object_type:
        found = found.filter(object_type=asked.object_type)
    if asked.object and asked.object_type and asked.object.isdigit():
        found = found.filter(object_id=asked.object)
    elif asked.object:
        found = found.filter(Q(object_id=asked.object) | Q(object_label__icontains=asked.object))
    if asked.person:
        found = found.filter(actor_label__icontains=asked.person)
    if asked.post:
        found = found.filter(post_label__icontains=asked.post)
    if asked.theme:
        found = found.filter(verb__in=wording.verbs_of(asked.theme))
    if asked.since:
        found = found.filter(at__gte=clock.local(asked.since, time.min))
    if asked.until:
        found = found.filter(at__lte=clock.end_of(asked.until))
    return found.select_related("leaf").order_by("-id")


def counted(events: QuerySet[Any]) -> str:
    """How many there are, in words: exact up to `COUNTED`."""
    count = events.order_by()[: COUNTED + 1].count()
    return _("%(n)d 条以上") % {"n": COUNTED} if count > COUNTED else _("%(n)d 条") % {"n": count}


def chunk(events: QuerySet[Event], before: int | None = None) -> tuple[list[Event], int | None]:
    """The next `CHUNK` events below the number ``before``, and the number to go on from; None at the end."""
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: CHUNK + 1])
    return found[:CHUNK], found[CHUNK - 1].pk if len(found) > CHUNK else None


def after(events: QuerySet[Event], number: int) -> tuple[list[Event], int | None]:
    """As `chunk`, oldest first: the next `CHUNK` events above ``number`` (0 for the first)."""
    found = list(events.filter(pk__gt=number).order_by("id")[: CHUNK + 1])
    return found[:CHUNK], found[CHUNK - 1].pk if len(found) > CHUNK else None


def rows(events: Iterable[Event]) -> list[LogRow]:
    """The events in words."""
    return [_row(event) for event in events]


def covered_size() -> int:
    """How many leaves the newest checkpoint covers."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def _row(event: Event) -> LogRow:
    leaf = getattr(event, "leaf", None)
    return LogRow(
        event=event,
        number=number_of(leaf) if leaf else "",
        what=wording.verb_label(event.verb),
        kind=wording.object_title(event.object_type),
        label=event.object_label if event.what_salt else _("（内容已删除）"),
        url=wording.object_url(event.object_type, event.object_id),
        reason=wording.reason_of(event.facts),
    )
