"""Honest bundles of every shape that the format allows, for comparing checkers; and signatures made by hand.

Everything follows from the seed. What a bundle may carry without being believed for it (lines by unknown keys,
witnesses that did not sign) is among the honest.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from qingdan.evidence import commitment, merkle, verifier
from qingdan.evidence.notes import Key, signature_line
from qingdan.evidence.signers import Signer

ORIGIN = "qingdan.example/日志"
LOG = Signer(ORIGIN, bytes(range(32)))
WITNESSES = [Signer(name, bytes([7 + place] * 32), "cosignature") for place, name in enumerate(("纪检", "w.example/2"))]
STRANGER = Signer("stranger.example", bytes(range(64, 96)), "cosignature")
# A line of the kind that a log with a second signature carries: its key is known to no checker here.
SM2_KEY = Key(ORIGIN, "sm2", b"\x04" + bytes(range(64)))
WORDS = [
    "王芳",
    "项目\u2028二",
    'a"b\\c',
    "\t\n\x1f\x7f",
    "",
    "😀𠮷",
    "\ufeff",
    "__proto__",
    "</script>",
    "１２",
    "\x85é",
]

Case = tuple[bytes, str | None]
"""A bundle's bytes, and the log's key if the reader knows it."""


@dataclass
class Sealed:
    """What goes into a bundle, before it is logged and signed. What a test changes here is truly in the log."""

    hash: str
    texts: dict[str, str]
    size: int
    index: int
    withheld: tuple[str, ...] = ()
    listed: list[Signer] = field(default_factory=list)
    cosigners: list[Signer] = field(default_factory=list)
    seconds: int = 1_501_722_030
    log: Any = LOG
    more_lines: list[str] = field(default_factory=list)
    time: str = "time 2017-08-03T01:00:00Z\n"

    def value(self, rng: Random, edit: Callable[[str], str] = str, sign: Callable[[str], str] | None = None) -> Any:
        """The bundle as a JSON value; `edit` changes the checkpoint's text before it is signed by `sign`."""
        salts = {name: rng.randbytes(16).hex() for name in self.texts}
        commitments = {name: commitment.commit(salts[name], text, self.hash) for name, text in self.texts.items()}
        proof, root = self.proof(rng, merkle.leaf_hash(commitment.leaf(**commitments), self.hash))
        hash_line = "hash sm3\n" if self.hash == "sm3" else ""
        body = edit(f"{self.log.key.name}\n{self.size}\n{base64.b64encode(root).decode()}\n{hash_line}{self.time}")
        lines = [(sign or self.log.sign)(body), *(each.cosign(body, self.seconds) for each in self.cosigners)]
        return {
            "format": "qingdan-bundle/1",
            "origin": self.log.key.name,
            "hash": self.hash,
            "index": str(self.index),
            "parts": {
                name: {"commitment": commitments[name]}
                if name in self.withheld
                else {"salt": salts[name], "text": text}
                for name, text in self.texts.items()
            },
            "proof": [node.hex() for node in proof],
            "checkpoint": body + "\n" + "".join(line + "\n" for line in lines + self.more_lines),
            "keys": {"log": self.log.key.vkey, "witnesses": [each.key.vkey for each in self.listed]},
        }

    def proof(self, rng: Random, leaf: bytes) -> tuple[list[bytes], bytes]:
        """A proof and the root it leads to: in a tree of random leaves, or up a path of one too large to be made."""
        if self.size <= 60:
            hashes = [rng.randbytes(32) for _ in range(self.size)]
            hashes[self.index] = leaf
            return merkle.inclusion_path(self.index, hashes, self.hash), merkle.root(hashes, self.hash)
        nodes = [rng.randbytes(32) for _ in range(50)]
        roots = [verifier.root_of(self.hash, leaf, self.index, self.size, nodes[:length]) for length in range(51)]
        length = next(length for length, root in enumerate(roots) if root)
        return nodes[:length], roots[length] or b""


def sealed(rng: Random, *, bare: bool = True) -> Sealed:
    """An honest one; a bare one has neither witnesses nor other lines, but always something to prove."""
    size = rng.choice([2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 60]) if bare else rng.randint(1, 60)

    def part(name: str) -> str:
        values = {key: rng.choice(WORDS) + str(rng.randrange(10**6)) for key in sorted(commitment.PART_KEYS[name])}
        return commitment.canonical(values)

    made = Sealed(
        hash=rng.choice(["sha256", "sm3"]),
        texts={name: part(name) for name in commitment.PARTS},
        size=size,
        index=rng.randrange(size),
        withheld=tuple(name for name in ("who", "what") if rng.random() < 0.3),
    )
    if not bare:
        made.listed = rng.sample(WITNESSES, rng.choice([0, 1, 1, 2]))
        made.cosigners = [each for each in made.listed if rng.random() < 0.6]
        made.seconds = rng.choice([0, 1_501_722_030, 2**53 + 1, 2**63 - 1, 2**64 - 1])
    return made


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# ---------------------------------------------------------------- honest
def good(rng: Random) -> Case:
    """One that holds: any shape the format allows, written in any way JSON allows."""
    made = sealed(rng, bare=False)
    oddity = rng.randrange(8)
    if oddity == 0:
        made.more_lines = [signature_line(SM2_KEY, rng.randbytes(70))]
    elif oddity == 1:
        made.more_lines = [
            STRANGER.cosign("another text\n", 5),
            signature_line(WITNESSES[0].key, b"").split()[0] + " x AAAAAAA=",
        ]
    elif oddity == 2:
        made.cosigners = made.cosigners * 2
    elif oddity == 3:
        made.listed = made.listed * 2
    elif oddity == 4:
        made.texts["what"] = commitment.canonical({"data": "长" * rng.randrange(20_000), "object_label": ""})
    elif oddity == 6:
        made.size = rng.choice([2**31, 2**32 + 1, 2**40, 10**15 - 1, rng.randrange(61, 10**15)])
        made.index = rng.choice([0, made.size - 1, made.size // 2, rng.randrange(made.size)])
    value = made.value(rng, sign=neutral_r if oddity == 5 else None)
    names = list(value)
    rng.shuffle(names)
    value = {name: value[name] for name in names}
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 0, 1, 4]))
    if rng.random() < 0.3:
        text = "\r\n\t " + text.replace("qingdan-bundle/1", "\\u0071ingdan-bundle\\/1") + "\n"
    return text.encode(), LOG.key.vkey if rng.random() < 0.5 else None


# ---------------------------------------------------------------- signatures made by hand
SECRET = 5**100 % verifier.L
BASE: Any = verifier.decoded((4 * pow(5, -1, verifier.P) % verifier.P).to_bytes(32, "little"))
# A point of order 8, from "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020), table 1.
ORDER_8: Any = verifier.decoded(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))


def multiple(factor: int, point: Any) -> Any:
    total: Any = (0, 1, 1, 0)
    for bit in bin(factor)[2:]:
        total = verifier.added(total, total)
        total = verifier.added(total, point) if bit == "1" else total
    return total


def encoded(point: Any) -> bytes:
    x, y = (each * pow(point[2], -1, verifier.P) % verifier.P for each in point[:2])
    return int(y | (x & 1) << 255).to_bytes(32, "little")


class HandMade:
    """A signer whose key and signatures may be anything: `sign(body)` with R = [r]B and S = r + k·secret."""

    def __init__(self, public: bytes, secret: int, r: int = 77, r_bytes: bytes = b"", more_s: int = 0) -> None:
        self.key = Key(ORIGIN, "ed25519", public)
        self.secret, self.r, self.r_bytes, self.more_s = secret, r, r_bytes or encoded(multiple(r, BASE)), more_s

    def k(self, body: str) -> int:
        data = self.r_bytes + self.key.public + body.encode()
        return int.from_bytes(hashlib.sha512(data).digest(), "little") % verifier.L

    def sign(self, body: str) -> str:
        s = (self.r + self.k(body) * self.secret) % verifier.L + self.more_s
        return signature_line(self.key, self.r_bytes + s.to_bytes(32, "little"))


def log_secret() -> int:
    """The scalar of LOG's key (RFC 8032, 5.1.5)."""
    scalar = int.from_bytes(hashlib.sha512(bytes(range(32))).digest()[:32], "little")
    return (scalar & ((1 << 254) - 8)) | 1 << 254


def neutral_r(body: str) -> str:
    """LOG's signature with r = 0: odd, and right."""
    return HandMade(LOG.key.public, log_secret(), 0).sign(body)
