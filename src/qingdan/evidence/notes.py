"""Public keys, checkpoints and signed notes: the text forms of C2SP's signed-note, tlog-checkpoint and tlog-cosignature
as `docs/log-format.md` fixes them.

Everything that reads is strict: a text has one form, and anything else is a NoteError.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from . import ed25519, sm2
from .hashing import DIGEST_BYTES, HASHES

NOTE_BYTES = 64 * 1024
"""A longer note is refused."""
NOTE_LINES = 100
"""A note with more signature lines is refused."""
DECIMAL = re.compile(r"0|[1-9][0-9]{0,14}")
"""Counts as they are written: no leading zeros, at most 15 digits."""

_NAME = re.compile(r"[^ +\x00-\x1f]+")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_CHECKPOINT = re.compile(r"([^\n]+)\n([^\n]+)\n([^\n]+)\n(hash sm3\n)?(?:time ([^\n]+)\n)?")
_TYPES = {"ed25519": b"\x01", "cosignature": b"\x04", "sm2": b"\xffqingdan.sm2"}
_KEY_BYTES = {"ed25519": 32, "cosignature": 32, "sm2": 65}
_COSIGNATURE_BYTES = 8 + ed25519.SIGNATURE_BYTES


class NoteError(ValueError):
    """A key, checkpoint or note that has not the agreed form; says what is wrong in Chinese and English."""

    def __init__(self, chinese: str, english: str) -> None:
        self.chinese, self.english = chinese, english
        super().__init__(f"{chinese} ({english})")


@dataclass(frozen=True)
class Key:
    """A public key with its name.

    `kind` is "ed25519" (a log), "cosignature" (a witness, Ed25519) or "sm2" (a log's second signature). `public` is
    32 bytes, for SM2 the 65 bytes of the uncompressed point.
    """

    name: str
    kind: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in _TYPES:
            raise NoteError(f"不认识的公钥类别：{self.kind!r}", f"unknown kind of key: {self.kind!r}")
        if len(self.public) != _KEY_BYTES[self.kind]:
            raise NoteError("公钥长度不对", f"a key of this kind has {_KEY_BYTES[self.kind]} bytes")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that mark the key's signature lines."""
        return key_id(self.name, _TYPES[self.kind] + self.public)

    @property
    def vkey(self) -> str:
        """The key as text: `<name>+<key id>+<base64 of type ‖ key>`."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(_TYPES[self.kind] + self.public)}"

    @property
    def fingerprint(self) -> str:
        """What people compare: SHA-256 of the key in hex, in groups of four."""
        return " ".join(re.findall("....", hashlib.sha256(self.public).hexdigest()))

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key that a text of the form of `vkey` says."""
        name, typed = split_key(vkey)
        for kind, prefix in _TYPES.items():
            if typed.startswith(prefix):
                return cls(name, kind, typed.removeprefix(prefix))
        raise NoteError("公钥类别不认识", "the key is of no known kind")


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: after `size` events its root is `root` (32 bytes).

    `time` is UTC like 2017-08-03T01:00:00Z; empty only in checkpoints of other software.
    """

    origin: str
    size: int
    root: bytes
    hash: str
    time: str

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size < 10**15:
            raise NoteError(f"日志大小越界：{self.size}", f"size out of range: {self.size}")
        if len(self.root) != DIGEST_BYTES:
            raise NoteError("根的长度不对", f"the root has not {DIGEST_BYTES} bytes")
        if self.hash not in HASHES:
            raise NoteError(f"不认识的散列算法：{self.hash!r}", f"unknown hash: {self.hash!r}")
        if self.time and not _TIME.fullmatch(self.time):
            raise NoteError(f"时间格式不对：{self.time!r}", f"the time is not like 2017-08-03T01:00:00Z: {self.time!r}")

    def body(self) -> str:
        """The text that is signed."""
        hash_line = "" if self.hash == "sha256" else f"hash {self.hash}\n"
        time_line = f"time {self.time}\n" if self.time else ""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n{hash_line}{time_line}"

    @classmethod
    def parse(cls, body: str) -> Self:
        """The checkpoint that a signed text says."""
        match = _CHECKPOINT.fullmatch(body)
        if not match:
            raise NoteError(
                "检查点应为来源、大小、根、时间各一行", "a checkpoint has lines for origin, size, root and time"
            )
        origin, size, root, sm3, time = match.groups()
        if not DECIMAL.fullmatch(size):
            raise NoteError(
                f"日志大小不是规定写法的数：{size[:40]!r}", f"the size is not a number as agreed: {size[:40]!r}"
            )
        return cls(origin, int(size), _decoded(root), "sm3" if sm3 else "sha256", time or "")


@dataclass(frozen=True)
class Line:
    """A signature line taken apart. `payload` is what follows the key id: the signature, before it a witness's time."""

    name: str
    key_id: bytes
    payload: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """The line `— <name> <base64>`, without line feed."""
        parts = text.split(" ")
        if len(parts) != 3 or parts[0] != "\N{EM DASH}":
            raise NoteError("签名行应为“— 名称 签名”", "a signature line is “— name signature”")
        check_name(parts[1])
        data = _decoded(parts[2])
        if len(data) < 5:
            raise NoteError("签名行太短", "the signature is too short")
        return cls(parts[1], data[:4], data[4:])

    def is_by(self, key: Key) -> bool:
        """Whether the line says that it is by this key; whether it holds is another question."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True)
class Note:
    """A signed text. `body` ends with a line feed, `lines` are signature lines without."""

    body: str
    lines: tuple[str, ...]

    def text(self) -> str:
        """The note as it is served and stored."""
        return self.body + "\n" + "".join(f"{line}\n" for line in self.lines)

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """The note that a text says; bytes are UTF-8."""
        try:
            data = text if isinstance(text, bytes) else text.encode()
            text = data.decode()
        except UnicodeError:
            raise NoteError("检查点不是 UTF-8 文本", "the note is not text in UTF-8") from None
        if len(data) > NOTE_BYTES:
            raise NoteError(f"检查点超过 {NOTE_BYTES} 字节", f"the note is longer than {NOTE_BYTES} bytes")
        if _CONTROL.search(text):
            raise NoteError("检查点含控制字符", "the note holds control characters")
        body, gap, signatures = text.rpartition("\n\n")
        if not gap or not signatures.endswith("\n"):
            raise NoteError(
                "检查点应为正文、空行、签名行", "a note is a text, an empty line and signature lines, each ended"
            )
        lines = tuple(signatures[:-1].split("\n"))
        if len(lines) > NOTE_LINES:
            raise NoteError(f"签名超过 {NOTE_LINES} 行", f"the note has more than {NOTE_LINES} signature lines")
        for line in lines:
            Line.parse(line)
        return cls(body + "\n", lines)

    def lines_by(self, key: Key) -> list[Line]:
        """The signature lines that say they are by this key. Raises NoteError for a line of another form."""
        return [line for line in map(Line.parse, self.lines) if line.is_by(key)]


@dataclass(frozen=True)
class Verified:
    """A signature that holds. `seconds` is the time a witness signed (UTC since 1970), None for a log's signature."""

    seconds: int | None


Ed25519Check = Callable[[bytes, bytes, bytes], bool]
"""Whether (public key, message, signature) holds: `ed25519.verify`, or `signers.verify` where many are checked."""


def verify_line(note: Note, key: Key, check: Ed25519Check = ed25519.verify) -> Verified | None:
    """The signature of this key on the note; None when the note has none, or one that does not hold.

    Of several cosignatures by one witness, all of which must hold, it is the newest. Raises `sm2.Unavailable` for an
    SM2 key where OpenSSL cannot check it.
    """
    found = [verify_payload(note.body, line.payload, key, check) for line in note.lines_by(key)]
    held = [each for each in found if each is not None]
    if not held or len(held) < len(found):
        return None
    return max(held, key=lambda each: each.seconds or 0)


def verify_payload(body: str, payload: bytes, key: Key, check: Ed25519Check = ed25519.verify) -> Verified | None:
    """What a line's payload proves about the signed text under this key; None when it does not hold."""
    if key.kind == "sm2":
        return Verified(None) if sm2.verify(key.public, body.encode(), payload) else None
    if key.kind == "ed25519":
        return Verified(None) if check(key.public, body.encode(), payload) else None
    if len(payload) != _COSIGNATURE_BYTES:
        return None
    seconds = int.from_bytes(payload[:8], "big")
    return Verified(seconds) if check(key.public, cosigned_bytes(body, seconds), payload[8:]) else None


def cosigned_bytes(body: str, seconds: int) -> bytes:
    """What a witness signs: the checkpoint's text, and when (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def signature_line(key: Key, payload: bytes) -> str:
    """The line that carries a payload of this key, without line feed."""
    return f"\N{EM DASH} {key.name} {_encoded(key.key_id + payload)}"


def check_name(name: str) -> None:
    """Raise NoteError unless the text can be a key's name or an origin: not empty, no space, plus or control sign."""
    if not _NAME.fullmatch(name):
        raise NoteError(
            f"名称含空格或加号，或为空：{name[:40]!r}", f"a name is empty, or holds a space or a plus: {name[:40]!r}"
        )


def key_id(name: str, typed: bytes) -> bytes:
    """The key id: 4 bytes of SHA-256 over the name and the key with its type (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]


def split_key(text: str) -> tuple[str, bytes]:
    """Name, and type with key, of `<name>+<key id>+<base64>`; raises NoteError when the id is not that of the key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteError("公钥应为“名称+编号+密钥”", "a key is written “name+id+key”")
    name, said, coded = parts
    check_name(name)
    typed = _decoded(coded)
    if key_id(name, typed).hex() != said:
        raise NoteError("公钥与其编号不符，可能抄错", "the key does not match its id; it may be miscopied")
    return name, typed


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str) -> bytes:
    """The bytes of base64 in its only form: standard alphabet, padded, unused bits zero."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or _encoded(data) != text:
        raise NoteError(f"base64 不合规定：{text[:40]!r}", f"not base64 as agreed: {text[:40]!r}")
    return data
