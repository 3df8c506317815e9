"""A log for tests: it keeps several histories, serves whichever it is told to, and lies on request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from qingdan.evidence import merkle
from qingdan.evidence.notes import Checkpoint, Key, Line, Note, verify_payload
from qingdan.evidence.signers import Signer
from qingdan.witness import Answer, Witness
from qingdan.witness.folder import Folder, kind_of

ORIGIN = "log.example.cn"
START = 1_501_722_000  # 2017-08-03 01:00 UTC
Lie = Callable[[str], Answer]


def seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@cache
def history(size: int, forked_at: int | None = None, branch: str = "other", hash: str = "sha256") -> tuple[bytes, ...]:
    """Leaf hashes of `size` events; from leaf `forked_at` on they are those of another branch."""
    names = [
        f"{branch} {index}" if forked_at is not None and index >= forked_at else f"true {index}"
        for index in range(size)
    ]
    return tuple(merkle.leaf_hash(name.encode(), hash) for name in names)


class SimulatedLog:
    """Answers like the addresses of `docs/log-format.md`.

    `leaves` is what it serves; `lies` has answers for paths (without query) that it gives instead. `taken` holds the
    cosignatures that it took, `asked` the paths that were asked for.
    """

    def __init__(self, leaves: Sequence[bytes] = (), witnesses: Sequence[Key] = (), hash: str = "sha256") -> None:
        self.leaves, self.hash, self.origin = tuple(leaves), hash, ORIGIN
        self.signer = Signer(ORIGIN, seed("log"))
        self.witnesses = list(witnesses)
        self.lies: dict[str, Lie] = {}
        self.taken: list[tuple[int, str]] = []
        self.asked: list[str] = []

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.origin, len(self.leaves), merkle.root(self.leaves, self.hash), self.hash, "2017-08-03T01:00:00Z"
        )

    def note(self) -> bytes:
        body = self.checkpoint().body()
        return Note(body, (self.signer.sign(body),)).text().encode()

    def __call__(self, path: str, limit: int, form: Mapping[str, str] | None = None) -> Answer:
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path in self.lies:
            answer = self.lies[parts.path](path)
        elif form is not None:
            answer = self._cosign(form)
        elif parts.path == "/log/checkpoint":
            answer = Answer(200, self.note())
        elif parts.path == "/log/keys":
            keys = [self.signer.key, *self.witnesses]
            answer = Answer(200, "".join(f"{key.vkey}\n" for key in keys).encode())
        else:
            asked = parse_qs(parts.query)
            first, second = int(asked["from"][0]), int(asked["to"][0])
            path_ = merkle.consistency_path(first, self.leaves[:second], self.hash)
            answer = proof(first, second, path_)
        return Answer(answer.status, answer.body[:limit], cut=len(answer.body) > limit)

    def _cosign(self, form: Mapping[str, str]) -> Answer:
        line = Line.parse(form["line"])
        key = next((key for key in self.witnesses if line.is_by(key)), None)
        if not key or int(form["size"]) != len(self.leaves):
            return Answer(404, b"unknown")
        if not verify_payload(self.checkpoint().body(), line.payload, key):
            return Answer(400, b"not valid")
        self.taken.append((int(form["size"]), form["line"]))
        return Answer(200, b"taken")


class RecordingSigner(Signer):
    """A witness's key that remembers what it has signed: this is what must never contradict itself."""

    def __init__(self) -> None:
        super().__init__("jiwei-test", seed("witness"), "cosignature")
        self.made: dict[str, tuple[Checkpoint, int]] = {}
        """The different lines in the order of making, each with its checkpoint and time."""

    def cosign(self, body: str, seconds: int) -> str:
        line = super().cosign(body, seconds)
        self.made.setdefault(line, (Checkpoint.parse(body), seconds))
        return line


class Clock:
    """Seconds that stand until they are set."""

    def __init__(self) -> None:
        self.seconds = float(START)

    def __call__(self) -> float:
        return self.seconds


def proof(first: int, second: int, path: Sequence[bytes]) -> Answer:
    """The log's answer with this consistency proof."""
    said = {"from": str(first), "to": str(second), "proof": [node.hex() for node in path]}
    return Answer(200, json.dumps(said).encode())


class Bench:
    """A witness in a folder, its key, its clock and the log it looks at."""

    def __init__(self, folder: Path, size: int = 0, hash: str = "sha256") -> None:
        self.folder, self.signer, self.clock = folder, RecordingSigner(), Clock()
        self.log = SimulatedLog(history(size, hash=hash), [self.signer.key], hash)
        Folder(folder).make()
        self.witness = self.start()

    def start(self) -> Witness:
        """A witness as after a restart of its process."""
        self.witness = Witness(self.folder, self.signer, self.log, now=self.clock)
        return self.witness

    def memory(self) -> bytes:
        return (self.folder / "state.json").read_bytes()

    def evidence(self) -> list[Path]:
        return Folder(self.folder).refusals()


def grown(path: Path, size: int, hash: str = "sha256") -> Bench:
    """A bench whose witness has cosigned `size` events."""
    bench = Bench(path, size, hash)
    assert bench.witness.round().result == "cosigned"
    return bench


def refuses(bench: Bench, kind: str) -> Path:
    """The witness refuses what the log now serves, keeps evidence and stays where it was; gives the folder."""
    memory, made, kept = bench.memory(), len(bench.signer.made), len(bench.evidence())
    done = bench.witness.round()
    assert done.result == "refused" and done.evidence in bench.evidence()
    assert kind_of(done.evidence) == kind
    assert bench.memory() == memory and len(bench.signer.made) == made and len(bench.evidence()) == kept + 1
    why = (done.evidence / "why.txt").read_text("utf-8")
    assert "见证拒绝共签" in why and "A witness refused to cosign" in why
    return done.evidence
