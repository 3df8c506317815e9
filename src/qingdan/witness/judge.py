"""Whether an offered checkpoint may follow the held one: the rules of a witness, without disk or clock."""

from __future__ import annotations

import json
from collections.abc import Callable

from qingdan.evidence import merkle
from qingdan.evidence.notes import Checkpoint, Key, Note, NoteError, verify_line

from .errors import Unreachable, plain
from .transport import Answer

NOTE_BYTES = 64 * 1024
PROOF_BYTES = 1024 * 1024
PROOF_NODES = 128
"""More than any consistency proof has: sizes have at most 15 digits."""
BUSY = {408, 429}
"""Answers of a server that is too busy, beside those from 500 on (RFC 9110, 15.5.9; RFC 6585, 4)."""

Prove = Callable[[int, int], Answer]
"""Asks the log for the consistency proof between two sizes."""


KINDS = ("fork", "rollback", "unproven", "origin", "key", "form")
"""What can be wrong with an offer; `reasons` says it to people."""


class Refused(Exception):
    """An offer that a witness does not put its name to.

    `kind` is one of KINDS, `zh` and `en` say what exactly was wrong, `proof` is the log's answer when it was asked for
    a consistency proof.
    """

    def __init__(self, kind: str, zh: str, en: str, proof: bytes | None = None) -> None:
        self.kind, self.zh, self.en, self.proof = kind, plain(zh), plain(en), proof
        super().__init__(f"{kind}: {self.zh} ({self.en})")


def read(note: bytes, key: Key) -> Checkpoint:
    """The checkpoint in a note of the log with this key; raises Refused for anything that is not one."""
    try:
        parsed = Note.parse(note)
        checkpoint = Checkpoint.parse(parsed.body)
    except NoteError as error:
        raise Refused("form", error.chinese, error.english) from None
    if checkpoint.size == 0 and checkpoint.root != merkle.empty_root(checkpoint.hash):
        raise Refused("form", "空树的根不对", "the root of the empty tree is wrong")
    if checkpoint.origin != key.name:
        raise Refused(
            "origin",
            f"来源是 {checkpoint.origin}，应为 {key.name}",
            f"the origin is {checkpoint.origin}, it should be {key.name}",
        )
    if not verify_line(parsed, key):
        raise Refused("key", f"没有公钥 {key.vkey} 的有效签名", f"there is no valid signature by the key {key.vkey}")
    return checkpoint


def continues(held: Checkpoint, offered: Checkpoint, prove: Prove) -> bool:
    """Whether `offered` (read with the same key) goes beyond `held`; False when it is the same tree.

    Raises Refused when it contradicts what is held, Unreachable when the proof could not be had.
    """
    if offered.hash != held.hash:
        raise Refused(
            "fork",
            f"散列算法由 {held.hash} 变成 {offered.hash}",
            f"the hash function changed from {held.hash} to {offered.hash}",
        )
    if offered.size == held.size:
        if offered.root == held.root:
            return False
        raise Refused(
            "fork",
            f"同样是 {held.size} 条，根却不同：已见证 {held.root.hex()}，现给出 {offered.root.hex()}",
            f"the size is {held.size} in both, the roots differ: {held.root.hex()} was witnessed, "
            f"{offered.root.hex()} is offered",
        )
    if offered.size < held.size:
        raise Refused(
            "rollback",
            f"已见证 {held.size} 条，现只有 {offered.size} 条",
            f"{held.size} entries were witnessed, only {offered.size} are offered",
        )
    # Every tree continues the empty one; there is no proof of that.
    if held.size:
        _check_proof(held, offered, prove(held.size, offered.size))
    return True


def _check_proof(held: Checkpoint, offered: Checkpoint, answer: Answer) -> None:
    if answer.status >= 500 or answer.status in BUSY:
        raise Unreachable(
            f"/log/consistency?from={held.size}&to={offered.size}",
            f"日志回答 {answer.status} (the log answers {answer.status})",
            "稍后自动重试；一直如此请联系运营方 (it is tried again; if it stays so, ask the operator)",
        )
    path = None if answer.status != 200 or answer.cut else _proof(answer.body, held.size, offered.size)
    if path is None:
        raise Refused(
            "unproven",
            f"对 {held.size} 到 {offered.size} 的一致性证明请求，日志的回答不可用（状态 {answer.status}）",
            f"asked for the consistency proof from {held.size} to {offered.size}, the log gave no usable answer "
            f"(status {answer.status})",
            answer.body,
        )
    if not merkle.verify_consistency(held.size, offered.size, held.root, offered.root, path, held.hash):
        raise Refused(
            "fork",
            f"由 {held.size} 条到 {offered.size} 条的一致性证明不成立",
            f"the consistency proof from {held.size} to {offered.size} entries does not hold",
            answer.body,
        )


def _proof(body: bytes, first: int, second: int) -> list[bytes] | None:
    """The nodes in the log's answer; None when it has not the form of `docs/log-format.md`, Addresses."""
    try:
        answer = json.loads(body)
        nodes = answer.pop("proof")
        if answer != {"from": str(first), "to": str(second)} or len(nodes) > PROOF_NODES:
            return None
        path = [bytes.fromhex(node) for node in nodes]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    return path if [node.hex() for node in path] == nodes else None
