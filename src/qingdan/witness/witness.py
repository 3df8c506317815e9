"""The witness: looks at the log, and puts its name only to what continues everything it has seen before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from qingdan.evidence.notes import Checkpoint, Key, Line, Note, NoteError, verify_line
from qingdan.evidence.signers import Signer

from .errors import Unreachable, WitnessError, plain
from .folder import ASK_FOR_HELP, Folder, State
from .judge import NOTE_BYTES, PROOF_BYTES, Refused, continues, read
from .reasons import why
from .transport import CHECK_NETWORK, Answer, Fetch

LINE_BYTES = 4096
"""As much as is read of an answer that nothing depends on."""
SAID = 300
"""Characters of such an answer that are shown."""
ASK_FOR_KEY = "向运营方索取公钥，用 --log-key 给出 (ask the operator for the key and give it with --log-key)"


@dataclass(frozen=True)
class Round:
    """How one look at the log ended.

    `result` is "empty" (the log has no checkpoint yet), "same", "cosigned", "refused" or "unreachable". `text` says it
    in one line, in Chinese and English. `waiting` tells that a cosignature is made which the log has not taken yet.
    `evidence` is the folder that was newly kept for a refusal.
    """

    result: str
    text: str
    waiting: bool = False
    evidence: Path | None = None


class Witness:
    """One witness for one log.

    Every round reads its memory from the folder, under a lock: processes may come, go and be killed as they like.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        fetch: Fetch,
        log_key: Key | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`log_key` pins the log's key; without it the key of the first contact is pinned. `now` gives UTC seconds."""
        self.folder = Folder(folder)
        self._signer, self._fetch, self._given_key, self._now = signer, fetch, log_key, now

    def round(self) -> Round:
        """Look at the log once. Raises WitnessError or OSError when the folder or its memory cannot be used."""
        with self.folder.locked():
            state = self.folder.load()
            held = held_checkpoint(state)
            self._check_given_key(state)
            trouble = self._deliver(state)
            try:
                done = self._look(state, held, trouble)
            except Unreachable as error:
                done = Round("unreachable", f"本轮未能核对 (could not check this time): {error}", bool(trouble))
            self.folder.note_last(self._seconds(), done.text)
            return done

    def _look(self, state: State, held: Checkpoint | None, trouble: str) -> Round:
        """Fetch, judge, and move on or refuse; `trouble` is what keeps the held cosignature from being taken."""
        answer = self._fetch("/log/checkpoint", NOTE_BYTES)
        if answer.status == 404 and not held:
            return Round("empty", "日志还没有检查点 (the log has no checkpoint yet)")
        if answer.status != 200:
            raise Unreachable("/log/checkpoint", _answers(answer), CHECK_NETWORK)
        key = self._log_key(state)
        try:
            if answer.cut:
                raise Refused("form", f"回答超过 {NOTE_BYTES} 字节", f"the answer is longer than {NOTE_BYTES} bytes")
            offered = read(answer.body, key)
            new = held is None or continues(held, offered, self._prove)
        except Refused as refusal:
            return self._refuse(refusal, answer.body, key, state, trouble)
        if new:
            trouble = self._cosign(offered, answer.body.decode(), key, state)
        tree = f"{offered.size} 条 (entries)，根 (root) {offered.root.hex()}"
        text = f"已核对并共签 (checked and cosigned): {tree}" if new else f"没有变化 (no change): {tree}"
        if held is None:
            text += "；首次接触，已固定日志公钥 (first contact, the log's key is pinned)"
            text += f"，指纹请与运营方核对 (compare its fingerprint with the operator): {key.fingerprint}"
        return Round("cosigned" if new else "same", f"{text}；{trouble}" if trouble else text, bool(trouble))

    def _cosign(self, offered: Checkpoint, note: str, key: Key, state: State) -> str:
        """Remember first, then sign and post; what keeps the log from taking it, or nothing.

        The time never goes back, whatever the clock does.
        """
        new = State(key.vkey, note, max(self._seconds(), state.time))
        self.folder.store(new)
        self.folder.journal(new.time, f"共签 (cosigned) {offered.size} {offered.root.hex()}")
        return self._deliver(new)

    def _deliver(self, state: State) -> str:
        """Post the cosignature of the held checkpoint unless the log has it; what went wrong, or nothing.

        Made again it is the same, byte for byte: key, text and time are, and Ed25519 draws no random numbers
        (RFC 8032, 5.1.6).
        """
        if state.taken or not state.note:
            return ""
        body = Note.parse(state.note).body
        form = {"size": str(Checkpoint.parse(body).size), "line": self._signer.cosign(body, state.time)}
        try:
            answer = self._fetch("/log/cosign", LINE_BYTES, form)
        except Unreachable as error:
            return f"共签尚未送达 (the cosignature is not delivered): {error}"
        if answer.status == 200:
            self.folder.store(replace(state, taken=True))
            return ""
        said = " ".join(answer.body.decode(errors="replace").split())[:SAID]
        return plain(
            f"日志没有收下共签 (the log did not take the cosignature)：{_answers(answer)} {said}；"
            "请运营方核对是否已登记本见证公钥 (ask the operator whether the key of this witness is entered): "
            f"{self._signer.key.vkey}"
        )

    def _prove(self, first: int, second: int) -> Answer:
        return self._fetch(f"/log/consistency?from={first}&to={second}", PROOF_BYTES)

    def _log_key(self, state: State) -> Key:
        """The pinned key; at the first contact the given one, or the first that the log lists."""
        if state.log_key:
            return log_key(state.log_key)
        if self._given_key:
            return self._given_key
        answer = self._fetch("/log/keys", NOTE_BYTES)
        if answer.status != 200:
            raise Unreachable("/log/keys", _answers(answer), ASK_FOR_KEY)
        try:
            return log_key(answer.body.decode().split("\n")[0])
        except ValueError as error:
            raise Unreachable("/log/keys", f"读不出日志公钥 (no key to be read): {error}", ASK_FOR_KEY) from None

    def _check_given_key(self, state: State) -> None:
        if self._given_key and state.log_key and self._given_key.vkey != state.log_key:
            raise WitnessError(
                f"--log-key {self._given_key.vkey}",
                f"与已固定的日志公钥不同 (not the key that is pinned): {state.log_key}",
                "换了公钥就是换了日志：由主管人员决定另建见证，原文件夹留作证据 "
                "(a new key is a new log: let those in charge decide on a new witness; keep this folder as evidence)",
            )

    def _refuse(self, refusal: Refused, note: bytes, key: Key, state: State, trouble: str) -> Round:
        """Keep the evidence, once for each thing offered; the memory stays as it is."""
        text = f"拒绝共签 (refused) {refusal}"
        if trouble:
            text += f"；{trouble}"
        files = {"note.txt": note}
        if state.note:
            files["held.txt"] = cosigned_note(state, self._signer).encode()
        if refusal.proof is not None:
            files["proof.json"] = refusal.proof
        if known := self._kept_before(refusal.kind, note):
            return Round("refused", f"{text}；证据已在 (the evidence is in) {known}", bool(trouble))
        moment = self._seconds()
        files["why.txt"] = why(refusal, moment, self._signer.key, key, files).encode()
        try:
            place = self.folder.keep(moment, refusal.kind, files)
        except OSError as error:
            return Round("refused", f"{text}；证据没有存下 (the evidence could not be kept): {error}", bool(trouble))
        if place is None:
            limit = "同类证据已满，不再另存 (there is enough evidence of this kind, no more is kept)"
            return Round("refused", f"{text}；{limit}", bool(trouble))
        self.folder.journal(moment, f"拒绝 (refused) {refusal.kind} {place.name}")
        return Round("refused", f"{text}；证据存于 (evidence kept in) {place}", bool(trouble), place)

    def _kept_before(self, kind: str, note: bytes) -> Path | None:
        """The folder that has this offer already; lines by other witnesses make it no other offer."""
        for place in self.folder.refusals(kind):
            kept = place / "note.txt"
            if kept.is_file() and _offer(kind, kept.read_bytes()) == _offer(kind, note):
                return place
        return None

    def _seconds(self) -> int:
        return int(self._now())


def held_checkpoint(state: State) -> Checkpoint | None:
    """The checkpoint in the memory, None before the first contact. Raises WitnessError when it does not hold."""
    if not state.log_key:
        return None
    try:
        note = Note.parse(state.note)
        if not verify_line(note, log_key(state.log_key)):
            raise NoteError("签名不成立", "the signature does not hold")
        return Checkpoint.parse(note.body)
    except NoteError as error:
        reason = f"见证的记忆已损坏 (the memory of the witness is damaged): {error}"
        raise WitnessError("state.json", reason, ASK_FOR_HELP) from None


def cosigned_note(state: State, signer: Signer) -> str:
    """The held checkpoint with two signature lines: the log's and this witness's."""
    note, key = Note.parse(state.note), log_key(state.log_key)
    lines = [line for line in note.lines if Line.parse(line).is_by(key)]
    return Note(note.body, (*lines, signer.cosign(note.body, state.time))).text()


def log_key(text: str) -> Key:
    """The public key of a log from its text; raises NoteError for anything else, the key of a witness too."""
    key = Key.parse(text)
    if key.kind != "ed25519":
        raise NoteError("这不是日志的公钥", "this is not the key of a log")
    return key


def _offer(kind: str, note: bytes) -> bytes:
    """What makes a note an offer of its own: the signed text, or all of it where there is no telling what is signed."""
    return note if kind == "form" else note.rpartition(b"\n\n")[0]


def _answers(answer: Answer) -> str:
    return f"日志回答 {answer.status} (the log answers {answer.status})"
