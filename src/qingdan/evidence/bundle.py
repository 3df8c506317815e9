"""The bundle: one event with its proof and signed checkpoint, checkable by anyone (`docs/log-format.md`, "Bundle").

`make` builds one, `check` says whether one holds. Two more programs check the same form, written apart on purpose: the
single-file verifier and the page in the browser.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from . import commitment, merkle
from .hashing import HASHES
from .notes import DECIMAL, Checkpoint, Key, Line, Note, NoteError, Verified, verify_payload

FORMAT = "qingdan-bundle/1"
REASONS = {
    "json": ("不是 UTF-8 的 JSON 文本，或有重复的键", "not JSON in UTF-8, or a key stands twice"),
    "form": (f"格式与 {FORMAT} 不符", f"not of the form {FORMAT}"),
    "key": ("公钥格式不对", "not a public key of the right kind"),
    "pinned": ("日志公钥与您给出的不同", "the log's key is not the one you gave"),
    "note": ("检查点格式不对", "the checkpoint is malformed"),
    "unsigned": ("检查点没有日志的签名", "the checkpoint is not signed by the log"),
    "signature": ("日志的签名不成立", "the log's signature does not hold"),
    "cosignature": ("见证签名不成立", "a witness's signature does not hold"),
    "origin": ("来源名称不一致", "the names of the log differ"),
    "hash": ("检查点与凭据的散列算法不一致", "checkpoint and bundle name different hashes"),
    "index": ("序号不在日志范围内", "the index lies outside the log"),
    "proof": ("内容与日志不符，证明到不了根", "the proof does not lead from these contents to the root"),
}
"""Why a bundle is refused, in Chinese and English."""
_REMEDY = ("请勿采信，向出具方索取新的凭据", "do not rely on it; ask whoever issued it for a new one")

_HASH = re.compile(r"[0-9a-f]{64}")
_SALT = re.compile(r"[0-9a-f]{32}")


class BundleError(ValueError):
    """Why a bundle is refused: a code of REASONS, and the place in the bundle."""

    def __init__(self, code: str, place: str = "") -> None:
        self.code, self.place = code, place
        super().__init__(f"{place or '凭据 (bundle)'}: {REASONS[code][0]} ({REASONS[code][1]})")


@dataclass(frozen=True)
class Disclosed:
    """A part of an event with its salt (32 hex digits) and text (canonical JSON)."""

    salt: str
    text: str

    def commitment(self, hash: str) -> str:
        return commitment.commit(self.salt, self.text, hash)

    def form(self) -> dict[str, str]:
        return {"salt": self.salt, "text": self.text}


@dataclass(frozen=True)
class Withheld:
    """A part of an event that is not shown, or erased: its commitment (64 hex digits) alone."""

    value: str

    def commitment(self, hash: str) -> str:
        return self.value

    def form(self) -> dict[str, str]:
        return {"commitment": self.value}


@dataclass(frozen=True)
class Bundle:
    """A bundle of the agreed form; whether it holds is for `check` to say. Keys are in their text form."""

    origin: str
    hash: str
    index: int
    face: Disclosed
    who: Disclosed | Withheld
    what: Disclosed | Withheld
    proof: tuple[bytes, ...]
    checkpoint: str
    log_key: str
    witness_keys: tuple[str, ...]

    def text(self) -> str:
        """The bundle as JSON."""
        form = {
            "format": FORMAT,
            "origin": self.origin,
            "hash": self.hash,
            "index": str(self.index),
            "parts": {"face": self.face.form(), "who": self.who.form(), "what": self.what.form()},
            "proof": [node.hex() for node in self.proof],
            "checkpoint": self.checkpoint,
            "keys": {"log": self.log_key, "witnesses": list(self.witness_keys)},
        }
        return json.dumps(form, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """The bundle in a text, bytes being UTF-8. Raises BundleError "json" or "form" with the place."""
        form = _object(_json(text), "", "format", "origin", "hash", "index", "parts", "proof", "checkpoint", "keys")
        if form["format"] != FORMAT:
            raise BundleError("form", "format")
        if form["hash"] not in HASHES:
            raise BundleError("form", "hash")
        parts = _object(form["parts"], "parts", *commitment.PARTS)
        keys = _object(form["keys"], "keys", "log", "witnesses")
        face = _part(parts["face"], "face")
        if isinstance(face, Withheld):
            raise BundleError("form", "face")
        return cls(
            origin=_string(form["origin"], "origin"),
            hash=form["hash"],
            index=int(_matching(form["index"], DECIMAL, "index")),
            face=face,
            who=_part(parts["who"], "who"),
            what=_part(parts["what"], "what"),
            proof=tuple(bytes.fromhex(_matching(each, _HASH, "proof")) for each in _list(form["proof"], "proof")),
            checkpoint=_string(form["checkpoint"], "checkpoint"),
            log_key=_string(keys["log"], "keys.log"),
            witness_keys=tuple(_string(each, "keys.witnesses") for each in _list(keys["witnesses"], "keys.witnesses")),
        )


@dataclass(frozen=True)
class Result:
    """What `check` found. Where `ok` is False, everything but code, place and message is a claim and no more.

    `code` is a key of REASONS, empty when all holds. `chinese` and `english` are sentences for people. `size` and
    `time` are the checkpoint's. `cosigned_by` names the listed witnesses whose signatures hold, each with its
    UTC seconds. `who` and `what` are None when withheld or erased. `pinned` tells that the log's key was known from
    elsewhere and is the same; otherwise somebody must compare `key_fingerprint`.
    """

    ok: bool
    code: str
    place: str
    chinese: str
    english: str
    index: int | None = None
    size: int | None = None
    time: str = ""
    cosigned_by: tuple[tuple[str, int], ...] = ()
    key_fingerprint: str = ""
    face: dict[str, str] = field(default_factory=dict)
    who: dict[str, str] | None = None
    what: dict[str, str] | None = None
    pinned: bool = False


def make(
    *,
    index: int,
    face: Disclosed,
    who: Disclosed | Withheld,
    what: Disclosed | Withheld,
    proof: Sequence[bytes],
    checkpoint: str,
    log: Key,
    witnesses: Sequence[Key] = (),
) -> Bundle:
    """The bundle of the event at `index` with its proof up to the signed note `checkpoint`.

    Raises NoteError when the note is malformed. Whether the bundle holds is not looked at.
    """
    said = Checkpoint.parse(Note.parse(checkpoint).body)
    return Bundle(
        origin=said.origin,
        hash=said.hash,
        index=index,
        face=face,
        who=who,
        what=what,
        proof=tuple(proof),
        checkpoint=checkpoint,
        log_key=log.vkey,
        witness_keys=tuple(key.vkey for key in witnesses),
    )


def check(bundle: Bundle | str | bytes, log_key: str | None = None) -> Result:
    """Whether a bundle holds, by every sentence of "It holds when" in `docs/log-format.md`.

    `log_key` is the log's public key in its text form, if known from elsewhere. Raises NoteError only when that key
    cannot be read: the bundle is then not to blame.
    """
    wanted = Key.parse(log_key.strip()) if log_key is not None else None
    found: dict[str, Any] = {}
    try:
        _check(Bundle.parse(bundle.text() if isinstance(bundle, Bundle) else bundle), wanted, found)
    except BundleError as error:
        place = f" [{error.place}]" if error.place else ""
        chinese, english = (f"{why}{place}: {do}" for why, do in zip(REASONS[error.code], _REMEDY, strict=True))
        return Result(False, error.code, error.place, chinese, english, **found)
    return Result(True, "", "", "凭据成立", "the bundle holds", **found)


def _check(bundle: Bundle, wanted: Key | None, found: dict[str, Any]) -> None:
    """Raise BundleError unless the bundle holds; fill `found` with fields of Result on the way."""
    found["index"] = bundle.index
    found["face"] = _said(bundle.face, "face")
    found["who"], found["what"] = _said(bundle.who, "who"), _said(bundle.what, "what")
    log = _key(bundle.log_key, "ed25519", "keys.log")
    found["key_fingerprint"] = log.fingerprint
    if wanted and wanted != log:
        raise BundleError("pinned", "keys.log")
    found["pinned"] = wanted is not None
    witnesses = [_key(each, "cosignature", "keys.witnesses") for each in bundle.witness_keys]
    note, checkpoint = _note(bundle.checkpoint)
    found["size"], found["time"] = checkpoint.size, checkpoint.time
    if not _verified(note, log, "signature"):
        raise BundleError("unsigned", "checkpoint")
    cosigned = ((key.name, _verified(note, key, "cosignature")) for key in dict.fromkeys(witnesses))
    found["cosigned_by"] = tuple((name, max(each.seconds or 0 for each in held)) for name, held in cosigned if held)
    if not bundle.origin == checkpoint.origin == log.name:
        raise BundleError("origin", "origin")
    if bundle.hash != checkpoint.hash:
        raise BundleError("hash", "hash")
    if bundle.index >= checkpoint.size:
        raise BundleError("index", "index")
    leaf = commitment.leaf(*(part.commitment(bundle.hash) for part in (bundle.face, bundle.who, bundle.what)))
    leaf_hash = merkle.leaf_hash(leaf, bundle.hash)
    if not merkle.verify_inclusion(
        leaf_hash, bundle.index, checkpoint.size, bundle.proof, checkpoint.root, bundle.hash
    ):
        raise BundleError("proof", "proof")


def _said(part: Disclosed | Withheld, name: str) -> dict[str, str] | None:
    """What a disclosed part says: an object with the part's keys and strings as values, in canonical JSON."""
    if isinstance(part, Withheld):
        return None
    said = _json(part.text, "form", name)
    if not isinstance(said, dict) or said.keys() != commitment.PART_KEYS[name]:
        raise BundleError("form", name)
    try:
        canonical = commitment.canonical(said)
    except ValueError:
        raise BundleError("form", name) from None
    if canonical != part.text:
        raise BundleError("form", name)
    return said


def _key(vkey: str, kind: str, place: str) -> Key:
    try:
        key = Key.parse(vkey)
    except NoteError:
        raise BundleError("key", place) from None
    if key.kind != kind:
        raise BundleError("key", place)
    return key


def _note(text: str) -> tuple[Note, Checkpoint]:
    try:
        note = Note.parse(text)
        checkpoint = Checkpoint.parse(note.body)
    except NoteError:
        raise BundleError("note", "checkpoint") from None
    if not checkpoint.time:
        raise BundleError("note", "checkpoint")
    return note, checkpoint


def _verified(note: Note, key: Key, code: str) -> list[Verified]:
    """The signatures by this key, all of which must hold; none is no error here."""
    lines: list[Line] = note.lines_by(key)
    held = [each for line in lines if (each := verify_payload(note.body, line.payload, key))]
    if len(held) < len(lines):
        raise BundleError(code, key.name)
    return held


def _json(text: str | bytes, code: str = "json", place: str = "") -> Any:
    """The value of a JSON text. Keys that stand twice, a byte order mark and lone surrogates are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise BundleError(code, place)
        return dict(pairs)

    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, object_pairs_hook=once)
        json.dumps(value, ensure_ascii=False).encode()
    except BundleError:
        raise
    except (ValueError, RecursionError):
        raise BundleError(code, place) from None
    return value


def _object(value: Any, place: str, *keys: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(keys):
        raise BundleError("form", place)
    return value


def _string(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise BundleError("form", place)
    return value


def _matching(value: Any, pattern: re.Pattern[str], place: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BundleError("form", place)
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise BundleError("form", place)
    return value


def _part(value: Any, place: str) -> Disclosed | Withheld:
    if isinstance(value, dict) and value.keys() == {"commitment"}:
        return Withheld(_matching(value["commitment"], _HASH, place))
    part = _object(value, place, "salt", "text")
    return Disclosed(_matching(part["salt"], _SALT, place), _string(part["text"], place))
