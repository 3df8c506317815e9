"""Who may read the record, and who gets receipts of what.

The discipline office reads everything, the embedded group what concerns its bureau, the auditor what administrators
did. Whoever did something, and the people of the unit for which it was done, get its receipt.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import time

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.models import Event
from qingdan.web.common.rights import YES, Verdict, no
from qingdan.web.units.audit import ADMINISTRATION
from qingdan.web.units.models import Holding, Role, User

from .readers import about_what_is_seen_by

_NOTHING = Q(pk__in=[])
# What administration, the system itself and readers of the record did is no business of a unit.
_BUSINESS = ~(Q(verb__startswith="units.") | Q(verb__startswith="common.") | Q(verb__startswith="trust."))


def may_read_log(user: User) -> Verdict:
    """The log, an object's history, the register of interventions; what of it is shown says `log_visible_to`."""
    if user.standing.has(Role.DISCIPLINE, Role.EMBEDDED, Role.AUDIT_ADMIN):
        return YES
    return no(_("记录由区纪委监察局、派驻纪检监察组和安全审计员查看。"))


def log_visible_to(user: User) -> QuerySet[Event]:
    """The events that ``user`` reads as an inspector."""
    condition = _inspected(user)
    return Event.objects.all() if condition is None else Event.objects.filter(condition)


def receipts_visible_to(user: User) -> QuerySet[Event]:
    """The events of which ``user`` may have the receipt."""
    condition = _inspected(user)
    if condition is None:
        return Event.objects.all()
    return Event.objects.filter(condition | _own(user) | about_what_is_seen_by(user))


def may_read_content(user: User, event: Event) -> bool:
    """Whether a receipt shows ``user`` what the event says, or only that it is in the log.

    Somebody who merely sees the object gets the proof: an event may say more than the object's page shows them. Those
    who see every unit's business see its content too.
    """
    condition = _inspected(user)
    if condition is None or user.standing.sees_all:
        return True
    return Event.objects.filter(condition | _own(user), pk=event.pk).exists()


def reads_as_inspector(user: User, event: Event) -> bool:
    """Whether ``user`` sees this event only because of their office: such a reading goes on record."""
    if event.actor_id == user.pk or not may_read_log(user):
        return False
    return not Event.objects.filter(_own(user), pk=event.pk).exists()


def _inspected(user: User) -> Q | None:
    """The condition on events that ``user`` may inspect; None: all."""
    standing = user.standing
    if standing.has(Role.DISCIPLINE):
        return None
    condition = _NOTHING
    if standing.has(Role.AUDIT_ADMIN):
        condition |= ADMINISTRATION
    if watched := standing.units(Role.EMBEDDED):
        condition |= _done_for(watched) & ~_DRAFTS | about_what_is_seen_by(user) & _BUSINESS
    return condition


# What a unit is still writing is its own until it is submitted.
_DRAFTS = Q(object_type="tasks.reportdraft")


def _own(user: User) -> Q:
    return Q(actor=user) | _done_for(user.standing.reporting_units)


def _done_for(units: Collection[int]) -> Q:
    """The business done by whoever held a post of ``units`` at the time."""
    found = _NOTHING
    for holder, since, until in Holding.objects.filter(post__unit__in=units).values_list("user", "since", "until"):
        held = Q(actor=holder, at__gte=clock.local(since, time.min))
        found |= held & Q(at__lte=clock.end_of(until)) if until else held
    return found & _BUSINESS
