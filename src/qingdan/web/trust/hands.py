"""The register of interventions (人工干预登记): what officials decided by hand where a rule or the system's own
computation would have decided, counted per official, each with its reason.

An app says which of its verbs are such, when it starts:

    by_hand("tasks.override_light", _("灯号由时限和周报计算得出"), "reason")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import Text
from qingdan.web.common.models import Event
from qingdan.web.common.wording import verb_label
from qingdan.web.units.models import User

from .inspection import log_visible_to
from .receipts import number_of


@dataclass(frozen=True)
class HandVerb:
    """A verb by which a person decides instead of a rule.

    ``rule`` says in words what would have decided. ``reason_key`` is the fact that holds the reason, empty when the
    service asks for none. With ``only_with`` only those events count whose fact of this name is a text and not empty.
    """

    verb: str
    rule: Text
    reason_key: str = ""
    only_with: str = ""

    @property
    def condition(self) -> Q:
        """The events of this kind. In canonical JSON a fact that holds a text stands as `"key":"`."""
        condition = Q(verb=self.verb)
        if self.only_with:
            filled = Q(data__contains=f'"{self.only_with}":"') & ~Q(data__contains=f'"{self.only_with}":""')
            condition &= filled
        return condition

    def reason(self, facts: Mapping[str, Any]) -> str:
        return str(facts.get(self.reason_key) or "").strip() if self.reason_key else ""


_register: dict[str, HandVerb] = {}


def by_hand(verb: str, rule: Text, reason_key: str = "", *, only_with: str = "") -> None:
    """Register a verb; see `HandVerb`."""
    _register[verb] = HandVerb(verb, rule, reason_key, only_with)


def verbs() -> dict[str, HandVerb]:
    """The registered verbs."""
    return dict(_register)


@dataclass(frozen=True)
class HandFilters:
    """What a reader asks for: part of a person's name or post, a verb (``action``), days (both included)."""

    person: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    unexplained: bool = False

    def facts(self) -> dict[str, str]:
        """The conditions that were set, for the record."""
        return {name: str(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Touch:
    """One intervention. ``reason`` is empty when none was given; ``erased`` when the record's content was erased."""

    event: Event
    rule: Text
    reason: str
    erased: bool

    @property
    def unexplained(self) -> bool:
        return not self.reason and not self.erased

    @property
    def what(self) -> Text:
        """The verb in words."""
        return verb_label(self.event.verb)

    @property
    def number(self) -> str:
        """The number of its receipt."""
        leaf = getattr(self.event, "leaf", None)
        return number_of(leaf) if leaf else ""


@dataclass
class Official:
    """What one person did by hand: how often, how often without a reason, by verb, and when last."""

    label: str
    post: str
    total: int = 0
    unexplained: int = 0
    last: datetime | None = None
    verbs: Counter[str] = field(default_factory=Counter)

    @property
    def by_verb(self) -> list[tuple[Text, int]]:
        """(verb in words, count), the most frequent first."""
        return [(verb_label(verb), n) for verb, n in sorted(self.verbs.items(), key=lambda pair: (-pair[1], pair[0]))]


def interventions(user: User, asked: HandFilters | None = None) -> QuerySet[Event]:
    """The interventions that ``user`` may read, newest first; `asked.unexplained` is left to `touches`."""
    asked = asked or HandFilters()
    kinds = Q(pk__in=[])
    for each in _register.values():
        if asked.action in {"", each.verb}:
            kinds |= each.condition
    # What the system did has no actor; somebody whose name was erased was somebody all the same.
    found = log_visible_to(user).filter(kinds, Q(actor__isnull=False) | Q(who_salt=""))
    if asked.person:
        found = found.filter(Q(actor_label__icontains=asked.person) | Q(post_label__icontains=asked.person))
    if asked.since:
        found = found.filter(at__gte=clock.local(asked.since, time.min))
    if asked.until:
        found = found.filter(at__lte=clock.end_of(asked.until))
    return found.select_related("leaf").order_by("-id")


def touches(events: Iterable[Event]) -> list[Touch]:
    """The events as interventions, each with its reason."""
    return [
        Touch(event, kind.rule, kind.reason(event.facts), erased=not event.what_salt)
        for event in events
        for kind in [_register[event.verb]]
    ]


def officials(found: Iterable[Touch]) -> list[Official]:
    """The interventions counted per official, the most first."""
    counted: dict[Any, Official] = {}
    for touch in found:
        event = touch.event
        label = event.actor_label or str(_("（已删除）"))
        official = counted.setdefault(event.actor_id, Official(label, event.post_label))
        official.total += 1
        official.unexplained += touch.unexplained
        official.verbs[event.verb] += 1
        official.last = max(official.last or event.at, event.at)
    return sorted(counted.values(), key=lambda each: (-each.total, each.label))


def _own() -> None:
    """What the ground floor decides by rule."""
    calendar, values = _("工作日历按国务院通知执行"), _("提醒、灯号和截止按既定工作参数计算")
    by_hand("common.set_calendar_day", calendar, "reason")
    by_hand("common.remove_calendar_day", calendar, "reason")
    by_hand("common.import_year", calendar, "reason")
    by_hand("common.publish_year", calendar, "reason")
    by_hand("common.set_value", values, "reason")


_own()
