"""What pages say of checkpoints and witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from qingdan.evidence.notes import Key
from qingdan.web.common import clock

from .models import Checkpoint, Cosignature, Witness
from .services import checkpoints

# Signed every minute, confirmed every minute: what is late by this much has stopped.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class WitnessState:
    """A witness with its last cosignature and what it has not confirmed yet.

    `minutes` is how long the oldest checkpoint that it could have confirmed and has not is waiting; 0 when it is up to
    date. `tag` is the colour of the state: good, warn, or empty.
    """

    witness: Witness
    last: Cosignature | None
    minutes: int

    @property
    def fingerprint(self) -> str:
        return Key.parse(self.witness.vkey).fingerprint

    @property
    def late(self) -> bool:
        return not self.witness.until and timedelta(minutes=self.minutes) >= LATE

    @property
    def tag(self) -> str:
        if self.witness.until:
            return ""
        return "warn" if self.late or not self.last else "good"

    @property
    def text(self) -> str:
        """The state in words."""
        if self.witness.until:
            return _("已终止")
        if self.late:
            return _("%(minutes)d 分钟未见证") % {"minutes": self.minutes}
        return _("正常") if self.last else _("尚未见证")


def witness_states(now: datetime) -> list[WitnessState]:
    """All witnesses with their state; those that ended last."""
    witnesses = list(Witness.objects.annotate(last_size=Max("cosignatures__checkpoint")))
    ids = {w.pk: w.last_size for w in witnesses if w.last_size is not None}
    found = Cosignature.objects.filter(witness__in=ids, checkpoint__in=ids.values()).order_by("checkpoint_id")
    last = {each.witness_id: each for each in found}
    states = [WitnessState(w, last.get(w.pk), _waiting_minutes(w, last.get(w.pk), now)) for w in witnesses]
    return sorted(states, key=lambda state: state.witness.until is not None)


def _waiting_minutes(witness: Witness, last: Cosignature | None, now: datetime) -> int:
    waiting = Checkpoint.objects.filter(made_at__gte=clock.local(witness.since, datetime.min.time()))
    if last:
        waiting = waiting.filter(size__gt=last.checkpoint_id)
    oldest = waiting.order_by("size").values_list("made_at", flat=True).first()
    return max(0, (now - oldest) // timedelta(minutes=1)) if oldest else 0


def signing_stopped(now: datetime) -> bool:
    """Whether something recorded waits for a checkpoint longer than it should."""
    since = checkpoints.uncovered_since()
    return since is not None and now - since >= LATE
