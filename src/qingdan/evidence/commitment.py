"""Salted commitments, and the leaf that holds those of one event (`docs/log-format.md`, "Leaf").

A commitment tells nothing about its text as long as the salt is not known: 128 random bits. With salt and text anyone
can recompute it; when both are erased, the leaf and all its proofs stay as they were.
"""

import json
import re
import secrets
from typing import NamedTuple

from .hashing import constructor

SALT_BYTES = 16
PARTS = ("face", "who", "what")
PART_KEYS = {
    "face": frozenset({"at", "object_id", "object_type", "rows", "verb"}),
    "who": frozenset({"actor", "actor_label", "post_label"}),
    "what": frozenset({"data", "object_label"}),
}
"""The keys of each part's canonical JSON."""

_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_SALT = re.compile(r"[0-9a-f]{32}")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_LEAF = re.compile(rb"qingdan event v1\nface ([0-9a-f]{64})\nwho ([0-9a-f]{64})\nwhat ([0-9a-f]{64})\n")


class Leaf(NamedTuple):
    """The three commitments of an event, 64 hex digits each."""

    face: str
    who: str
    what: str


def new_salt() -> str:
    """A fresh salt of the system's randomness: 32 hex digits."""
    return secrets.token_hex(SALT_BYTES)


def commit(salt: str, text: str, hash: str = "sha256") -> str:
    """The commitment to a text, 64 hex digits: H(0x02 ‖ salt ‖ text), text as UTF-8.

    Raises ValueError when the salt is not 32 hex digits or the text is not Unicode (lone surrogates).
    """
    if not _SALT.fullmatch(salt):
        raise ValueError("盐应为 32 个小写十六进制字符 (a salt is 32 lower-case hex digits)")
    return constructor(hash)(b"\x02" + bytes.fromhex(salt) + text.encode()).hexdigest()


def is_commitment(text: str) -> bool:
    """Whether the text is written as a commitment is: 64 lower-case hex digits."""
    return bool(_COMMITMENT.fullmatch(text))


def leaf(face: str, who: str, what: str) -> bytes:
    """The bytes of the leaf with these three commitments. Raises ValueError when one is not 64 hex digits."""
    if not all(map(is_commitment, (face, who, what))):
        raise ValueError("承诺值应为 64 个小写十六进制字符 (a commitment is 64 lower-case hex digits)")
    return f"qingdan event v1\nface {face}\nwho {who}\nwhat {what}\n".encode("ascii")


def parse_leaf(data: bytes) -> Leaf:
    """The commitments in the bytes of a leaf. Raises ValueError when they are not exactly in that form."""
    match = _LEAF.fullmatch(data)
    if not match:
        raise ValueError("叶子的格式不是 “qingdan event v1” (the leaf is not of the form “qingdan event v1”)")
    return Leaf(*(each.decode("ascii") for each in match.groups()))


def canonical(values: dict[str, str]) -> str:
    """Canonical JSON: keys sorted, no spaces, nothing escaped that need not be.

    Raises ValueError when a key or value is not a string, or holds a lone surrogate.
    """
    if not all(isinstance(each, str) for pair in values.items() for each in pair):
        raise ValueError("键和值都应为文字 (keys and values are strings)")
    text = _json(values)
    text.encode()
    return text
