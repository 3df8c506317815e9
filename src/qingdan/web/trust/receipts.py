"""Receipts: one event with its place in the log, its proof and the newest signature that covers it.

A receipt stays checkable for ever, by anybody and without this system: its bundle (docs/log-format.md, Bundle) holds
all that is needed. What the reader may not see, or what was erased, stands in it as a commitment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from qingdan.evidence import Bundle, Result, check, merkle
from qingdan.evidence.bundle import Disclosed, Withheld, make
from qingdan.evidence.notes import Key
from qingdan.web.common import log
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Event, Leaf

from . import keys
from .models import Checkpoint, Cosignature
from .services.checkpoints import text_of


def number_of(leaf: Leaf) -> str:
    """The number by which people name a receipt: the leaf's place and the first 8 hex digits of its hash."""
    return f"{leaf.index}-{bytes(leaf.hash).hex()[:8]}"


def covering(index: int) -> Checkpoint | None:
    """The newest checkpoint that covers leaf ``index``, a cosigned one before others: it is worth more in court."""
    found = Checkpoint.objects.filter(size__gt=index).order_by("-size")
    return found.filter(pk__in=Cosignature.objects.values("checkpoint")).first() or found.first()


@dataclass(frozen=True)
class Receipt:
    """The receipt of one event. ``hidden`` are the parts (who, what) that its reader may not see; ``checkpoint`` is
    None until the log is signed the next time."""

    event: Event
    leaf: Leaf
    checkpoint: Checkpoint | None
    hidden: frozenset[str] = frozenset()
    erased: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return number_of(self.leaf)

    @property
    def leaf_hash(self) -> str:
        """The hash of the leaf in hex."""
        return bytes(self.leaf.hash).hex()

    @cached_property
    def cosignatures(self) -> list[Cosignature]:
        """Who confirmed the checkpoint, in the order of its note."""
        if self.checkpoint is None:
            return []
        return list(self.checkpoint.cosignatures.select_related("witness").order_by("id"))

    @cached_property
    def proof(self) -> list[bytes]:
        """The inclusion proof of the leaf under the checkpoint; empty without one."""
        return log.inclusion(self.leaf.index, self.checkpoint.size) if self.checkpoint else []

    @cached_property
    def bundle(self) -> Bundle | None:
        """What the reader takes away; None until a checkpoint covers the event. Raises DomainError without the log's
        key."""
        if self.checkpoint is None:
            return None
        return make(
            index=self.leaf.index,
            face=self._disclosed("face"),
            who=self._part("who"),
            what=self._part("what"),
            proof=self.proof,
            checkpoint=text_of(self.checkpoint),
            log=_log_key(),
            witnesses=[Key.parse(each.witness.vkey) for each in self.cosignatures],
        )

    @cached_property
    def result(self) -> Result | None:
        """Whether the bundle holds; None until there is one."""
        return check(self.bundle) if self.bundle else None

    def _part(self, part: str) -> Disclosed | Withheld:
        if part in self.erased:
            return Withheld(self.erased[part])
        if part in self.hidden:
            return Withheld(log.commitments(self.event, self.erased)[part])
        return self._disclosed(part)

    def _disclosed(self, part: str) -> Disclosed:
        return Disclosed(log.salts(self.event)[part], log.texts(self.event)[part])


def _log_key() -> Key:
    """The log's public key, which its private key tells. Raises DomainError when that file is gone: backups lack it."""
    public = keys.public()
    if not public:
        raise DomainError(
            _("回执"), _("日志的密钥文件不在，不能出具回执。"), _("请系统管理员从另行保管的副本恢复该文件。")
        )
    return public[0]


def receipt_of(event: Event, hidden: Collection[str] = ()) -> Receipt:
    """The receipt of a recorded event. Raises Leaf.DoesNotExist before the event's transaction has committed."""
    leaf = event.leaf
    return Receipt(event, leaf, covering(leaf.index), frozenset(hidden), log.erasures([event.pk]).get(event.pk, {}))


def holds(event: Event, erased: dict[str, str]) -> bool:
    """Whether the stored event is still the one in its leaf, part by part."""
    try:
        return merkle.leaf_hash(log.leaf_of(event, erased), log.hash_name()) == bytes(event.leaf.hash)
    except (KeyError, ValueError):
        return False
