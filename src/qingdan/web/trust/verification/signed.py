"""Checkpoints and cosignatures against the leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qingdan.evidence import signers
from qingdan.evidence.notes import Checkpoint, Key, Line, Note, NoteError, verify_line

from .database import Database
from .log import Leaves

if TYPE_CHECKING:
    from .run import Report


class Signatures:
    """The signed notes of a log: those that its database keeps, and those that others hold."""

    def __init__(self, database: Database, leaves: Leaves, log_key: Key | None, report: Report) -> None:
        self.database, self.leaves, self.log_key, self.report = database, leaves, log_key, report
        # What the database keeps and what of it holds: signed texts by size, who confirmed them, the witnesses' keys.
        self.bodies: dict[int, str] = {}
        self.confirmed: dict[int, set[str]] = defaultdict(set)
        self.witnesses: dict[str, Key] = {}

    def check_stored(self, progress: Callable[[str, int], None]) -> None:
        """The checkpoints and cosignatures that the database keeps hold, and the log continues each of them."""
        count = 0
        query = "SELECT size, root, note, made_at FROM trust_checkpoint ORDER BY size"
        for size, root, note, made_at in self.database.rows(query):
            count += 1
            where = f"检查点 {size} (checkpoint)"
            found = self._signed(where, note)
            if found is None:
                continue
            said, lines = found
            self.bodies[size] = said.body()
            # The second signature that a log may have goes by the same name.
            if any(line.name != said.origin for line in lines):
                self.report.add(where, "带有别的签名行 (carries lines of others)")
            stated = _seconds(self.database, made_at)
            if (said.size, said.root.hex(), said.time) != (size, root, stated):
                self.report.add(where, "登记的内容与签名文本不符 (the entry is not what was signed)")
            progress("checkpoints", count)
        self.report.counts["checkpoints"] = count
        self._check_cosignatures()

    def check_given(self, place: str, text: str) -> None:
        """A note from elsewhere: this log continues it, and neither it nor a confirmation on it left the database."""
        found = self._signed(place, text)
        if found is None:
            return
        said, lines = found
        if self.bodies.get(said.size) != said.body():
            self.report.add(place, "不在检查点登记中 (is not among the checkpoints that the database keeps)")
        for line in lines:
            key = self.witnesses.get(line.name)
            if key is None or line.name in self.confirmed[said.size]:
                continue
            if verify_line(Note.parse(text), key, signers.verify):
                self.report.add(place, f"{line.name} 的见证签名不在登记中 (its cosignature is not kept)")

    def _check_cosignatures(self) -> None:
        keys: dict[Any, Key] = {}
        for number, vkey in self.database.rows("SELECT id, vkey FROM trust_witness"):
            try:
                keys[number] = Key.parse(vkey)
                self.witnesses[keys[number].name] = keys[number]
            except (ValueError, TypeError, AttributeError):
                self.report.add(f"见证单位 {number} (witness)", "公钥无法读取 (its key cannot be read)")
        count = 0
        query = "SELECT id, checkpoint_id, line, signed_at, witness_id FROM trust_cosignature"
        for number, size, line, signed_at, witness in self.database.rows(query):
            count += 1
            where = f"见证签名 {number} (cosignature)"
            try:
                key = keys[witness]
                made = verify_line(Note(self.bodies[size], (line,)), key, signers.verify)
                if made is None or made.seconds is None:
                    raise ValueError("signature")
                at = datetime.fromtimestamp(made.seconds, UTC).isoformat(timespec="microseconds")
                if self.database.moment(signed_at) != at:
                    raise ValueError("time")
                self.confirmed[size].add(key.name)
            except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
                self.report.add(where, f"不成立 (does not hold): {error}")
        self.report.counts["cosignatures"] = count

    def _signed(self, place: str, text: Any) -> tuple[Checkpoint, list[Line]] | None:
        """What a note says, and its signature lines; None when it is none of this log. The log continues it."""
        try:
            note = Note.parse(text)
            said = Checkpoint.parse(note.body)
            if note.text() != text:
                raise NoteError("写法不规范", "not in its one form")
        except (NoteError, TypeError, AttributeError) as error:
            self.report.add(place, f"不是检查点 (not a checkpoint): {error}")
            return None
        if self.log_key is None or verify_line(note, self.log_key, signers.verify) is None:
            self.report.add(place, "没有本日志私钥的有效签名 (carries no valid signature by this log's key)")
            return None
        if (said.origin, said.hash) != (self.log_key.name, self.leaves.hash):
            self.report.add(place, "属于另一个日志 (belongs to another log)")
            return None
        size = self.leaves.size
        if said.size > size:
            self.report.add(
                place,
                f"日志只有 {size} 条，少于已签名的 {said.size} 条：记录被删除，或恢复了旧备份 "
                f"(the log has {size} entries, fewer than the {said.size} signed: truncated, or an old backup)",
            )
        elif self.leaves.root(said.size) != said.root:
            self.report.add(
                place, "日志的前段与已签名的不同：历史被改写 (the log differs from what was signed: history rewritten)"
            )
        return said, [Line.parse(line) for line in note.lines]


def _seconds(database: Database, made_at: Any) -> str:
    """A stored time as checkpoints write it; empty when it is not one of whole seconds."""
    try:
        moment = datetime.fromisoformat(database.moment(made_at))
    except (ValueError, TypeError):
        return ""
    return "" if moment.microsecond else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
