"""Private Ed25519 keys: making, keeping, signing; and quick verification of many signatures. The only module here that
needs a package, `cryptography`.

A key file is one line, `PRIVATE+KEY+<name>+<key id>+<base64 of type ‖ seed>`, the form of Go's sumdb/note, readable by
its owner alone.
"""

import base64
import os
import secrets
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import ed25519
from .notes import Key, NoteError, cosigned_bytes, signature_line

SEED_BYTES = 32
_PREFIX = "PRIVATE+KEY+"
_TYPES = {"ed25519": b"\x01", "cosignature": b"\x04"}


def generate() -> bytes:
    """A fresh seed: 32 bytes of the system's randomness (RFC 8032, 5.1.5)."""
    return secrets.token_bytes(SEED_BYTES)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """The verdict of `ed25519.verify`, by OpenSSL and some thirty times as fast. Never raises.

    OpenSSL takes more public keys than we do (RFC 8032, 5.1.3, leaves small orders open), so keys are judged by us.
    """
    if not ed25519.is_key(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """A private key with its name. `kind` is "ed25519" for a log, "cosignature" for a witness."""

    def __init__(self, name: str, seed: bytes, kind: str = "ed25519") -> None:
        """Raises ValueError when name, seed or kind cannot be."""
        if kind not in _TYPES or len(seed) != SEED_BYTES:
            raise ValueError(
                f"私钥种子应为 {SEED_BYTES} 字节 (a seed of {SEED_BYTES} bytes, of a known kind: {kind!r})"
            )
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = Key(name, kind, self._private.public_key().public_bytes_raw())

    def sign(self, body: str) -> str:
        """A log's signature line under a checkpoint's text."""
        self._require("ed25519")
        return signature_line(self.key, self._private.sign(body.encode()))

    def cosign(self, body: str, seconds: int) -> str:
        """A witness's signature line under a checkpoint's text, at a time in seconds since 1970 (UTC)."""
        self._require("cosignature")
        signature = self._private.sign(cosigned_bytes(body, seconds))
        return signature_line(self.key, seconds.to_bytes(8, "big") + signature)

    def save(self, path: Path) -> None:
        """Write the key file, mode 0600. Raises FileExistsError rather than write over one."""
        typed = _TYPES[self.key.kind] + self._seed
        text = f"{_PREFIX}{self.key.name}+{self.key.key_id.hex()}+{base64.b64encode(typed).decode('ascii')}\n"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key in a file. Raises OSError, or NoteError when the file is no key file."""
        try:
            text = path.read_text("utf-8").removesuffix("\n")
            name, said, coded = text.removeprefix(_PREFIX).split("+", 2)
            typed = base64.b64decode(coded, validate=True)
            kind = {prefix: kind for kind, prefix in _TYPES.items()}[typed[:1]]
            signer = cls(name, typed[1:], kind)
        except (ValueError, KeyError):
            raise _unreadable(path) from None
        if not text.startswith(_PREFIX) or signer.key.key_id.hex() != said:
            raise _unreadable(path)
        return signer

    def _require(self, kind: str) -> None:
        if self.key.kind != kind:
            raise ValueError(f"这把私钥不作此用 (this key is not for that): {self.key.kind}, {kind}")


def _unreadable(path: Path) -> NoteError:
    return NoteError(
        f"{path.name} 不是私钥文件，请从备份恢复", f"{path.name} is not a private key file; restore it from the backup"
    )
