"""The hash functions that a log may use."""

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

HASHES = ("sha256", "sm3")
DIGEST_BYTES = 32
"""Length of a digest; the same for both."""


class Digest(Protocol):
    """What hashlib's objects offer; hashlib gives the type no public name."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...

    def hexdigest(self) -> str: ...


def _sm3(data: bytes = b"") -> Any:
    return hashlib.new("sm3", data)


_CONSTRUCTORS: dict[str, Callable[..., Digest]] = {"sha256": hashlib.sha256, "sm3": _sm3}


def constructor(hash: str) -> Callable[..., Digest]:
    """The constructor of the hash of this name: called with bytes, it gives an object with `digest()`.

    "sha256" is FIPS 180-4, "sm3" is GB/T 32905-2016. Raises ValueError for any other name.
    """
    try:
        return _CONSTRUCTORS[hash]
    except KeyError:
        raise ValueError(f"不认识的散列算法 (unknown hash: {hash!r}; known: {', '.join(HASHES)})") from None
