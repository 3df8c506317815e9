"""Witnesses: other bodies that confirm checkpoints with keys of their own. Registered with a reason, ended, never
removed; what they sign is checked before it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qingdan.evidence.notes import Key, Line, Note, NoteError, verify_payload
from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require
from qingdan.web.units.models import User

from .. import rights
from ..models import Checkpoint, Cosignature, Witness

# A witness's clock may be wrong by so much; a signature from the future would hide that it fell silent.
CLOCK_SKEW = timedelta(minutes=10)


class Unknown(DomainError):
    """There is no such checkpoint, or no such witness."""

    status = 404


class Invalid(DomainError):
    """A signature line that does not hold."""

    status = 400


@transaction.atomic
def add_witness(actor: User, body: str, vkey: str, reason: str) -> Witness:
    """Register the body whose public key (its text form, as `qd witness init` prints it) confirms checkpoints."""
    require(rights.can_manage_witnesses(actor))
    key = _witness_key(vkey.strip())
    _require_new(key)
    witness = Witness.objects.create(name=key.name, body=body.strip(), vkey=key.vkey, since=clock.today())
    record(actor, "trust.add_witness", witness, body=witness.body, vkey=key.vkey, reason=reason.strip())
    return witness


@transaction.atomic
def end_witness(actor: User, witness: Witness, reason: str) -> Witness:
    """From now on nothing is taken from this witness; what it confirmed stays."""
    require(rights.can_manage_witnesses(actor))
    witness = Witness.objects.select_for_update().get(pk=witness.pk)
    if witness.until is not None:
        raise DomainError(str(witness), _("该见证已终止。"), _("请刷新页面查看最新状态。"))
    witness.until = clock.today()
    witness.save(update_fields=["until"])
    record(actor, "trust.end_witness", witness, reason=reason.strip())
    return witness


@transaction.atomic
def add_cosignature(size: int, line: str) -> Cosignature:
    """Keep a witness's signature line under the checkpoint of this size; the first one, however often it is sent.

    No event: the line proves itself, and an event would call for the next checkpoint. Raises Unknown or Invalid, with
    texts in both languages, since it is a program that sent the line.
    """
    checkpoint = Checkpoint.objects.filter(size=size).first()
    if checkpoint is None:
        raise Unknown(
            f"size={size}",
            "没有这个大小的检查点 (there is no checkpoint of this size)。",
            "请用 /log/checkpoint 给出的检查点 (use the one that /log/checkpoint gives)。",
        )
    try:
        said = Line.parse(line)
    except NoteError as error:
        raise _invalid(str(error)) from None
    witness = Witness.objects.filter(name=said.name, until__isnull=True).first()
    if witness is None or not said.is_by(key := Key.parse(witness.vkey)):
        raise Unknown(
            said.name,
            "没有登记这个见证的公钥 (no witness is registered with this key)。",
            "请日志运营方登记公钥 (ask the operator of the log to register the key)。",
        )
    held = verify_payload(Note.parse(checkpoint.note).body, said.payload, key)
    if held is None or held.seconds is None:
        raise _invalid("签名不成立 (the signature does not hold)")
    cosignature, _new = Cosignature.objects.get_or_create(
        checkpoint=checkpoint, witness=witness, defaults={"line": line, "signed_at": _moment(held.seconds)}
    )
    return cosignature


def _moment(seconds: int) -> datetime:
    """The time that a witness signed, when it can be. Witnesses do not live in a demo's July."""
    latest = clock.now() - clock.demo_offset() + CLOCK_SKEW
    if not 0 < seconds <= latest.timestamp():
        raise _invalid("签名时间在将来或不可能，请核对时钟 (the time lies in the future or cannot be; check the clock)")
    return datetime.fromtimestamp(seconds, UTC)


def _invalid(reason: str) -> Invalid:
    return Invalid(
        "line", f"{reason}。", "请对 /log/checkpoint 给出的文本重新签名 (sign the text that /log/checkpoint gives)。"
    )


def _witness_key(vkey: str) -> Key:
    try:
        key = Key.parse(vkey)
    except NoteError as error:
        reason = error.english if (get_language() or "").startswith("en") else error.chinese
        raise DomainError(_("公钥"), reason, _("请完整粘贴见证单位给出的一行。"), field="vkey") from None
    if key.kind != "cosignature":
        raise DomainError(_("公钥"), _("这不是见证的公钥。"), _("请用 qd witness init 给出的公钥。"), field="vkey")
    if len(key.name) > 100:
        raise DomainError(_("公钥"), _("密钥名超过 100 个字符。"), _("请见证单位改用短名。"), field="vkey")
    return key


def _require_new(key: Key) -> None:
    for witness in Witness.objects.all():
        if witness.name == key.name or Key.parse(witness.vkey).public == key.public:
            raise DomainError(
                _("公钥"),
                _("“%(body)s”已登记过这一名称或密钥。") % {"body": witness.body},
                _("终止后再登记的，请见证单位用新名称建立新密钥。"),
                field="vkey",
            )
