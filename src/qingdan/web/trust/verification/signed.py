"""Checkpoints and cosignatures against the leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qingdan.evidence.notes import Checkpoint, Key, Note, NoteError, verify_line

from .database import Database
from .log import Leaves

if TYPE_CHECKING:
    from .run import Report


def check_stored(
    database: Database, leaves: Leaves, log_key: Key | None, report: Report, progress: Callable[[str, int], None]
) -> None:
    """The checkpoints and cosignatures that the database keeps hold, and the log continues each of them."""
    count, bodies = 0, {}
    for size, root, note, made_at in database.rows(
        "SELECT size, root, note, made_at FROM trust_checkpoint ORDER BY size"
    ):
        count += 1
        where = f"检查点 {size} (checkpoint)"
        said = check_given(where, note, leaves, log_key, report)
        if said is None:
            continue
        bodies[size] = said.body()
        stated = _seconds(database, made_at)
        if (said.size, said.root.hex(), said.time) != (size, root, stated):
            report.add(where, "登记的内容与签名文本不符 (the entry is not what was signed)")
        progress("checkpoints", count)
    report.counts["checkpoints"] = count
    query = (
        "SELECT c.id, c.checkpoint_id, c.line, c.signed_at, w.vkey FROM trust_cosignature c "
        "LEFT JOIN trust_witness w ON w.id = c.witness_id"
    )
    count = 0
    for number, size, line, signed_at, vkey in database.rows(query):
        count += 1
        where = f"见证签名 {number} (cosignature)"
        try:
            made = verify_line(Note(bodies[size], (line,)), Key.parse(vkey))
            if made is None or made.seconds is None:
                raise ValueError("signature")
            at = datetime.fromtimestamp(made.seconds, UTC).isoformat(timespec="microseconds")
            if database.moment(signed_at) != at:
                raise ValueError("time")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            report.add(where, f"不成立 (does not hold): {error}")
    report.counts["cosignatures"] = count


def check_given(place: str, text: Any, leaves: Leaves, log_key: Key | None, report: Report) -> Checkpoint | None:
    """One signed note: it is this log's, and this log continues it. Returns what it says, None when it is no such."""
    try:
        note = Note.parse(text)
        said = Checkpoint.parse(note.body)
        if note.text() != text:
            raise NoteError("写法不规范", "not in its one form")
    except (NoteError, TypeError) as error:
        report.add(place, f"不是检查点 (not a checkpoint): {error}")
        return None
    if log_key is None or verify_line(note, log_key) is None:
        report.add(place, "没有本日志私钥的有效签名 (carries no valid signature by this log's key)")
        return None
    if (said.origin, said.hash) != (log_key.name, leaves.hash):
        report.add(place, "属于另一个日志 (belongs to another log)")
        return None
    if said.size > leaves.size:
        report.add(
            place,
            f"日志只有 {leaves.size} 条，少于已签名的 {said.size} 条：记录被删除，或恢复了旧备份 "
            f"(the log has {leaves.size} entries, fewer than the {said.size} signed: truncated, or an old backup)",
        )
    elif leaves.root(said.size) != said.root:
        report.add(
            place, "日志的前段与已签名的不同：历史被改写 (the log differs from what was signed: history rewritten)"
        )
    return said


def _seconds(database: Database, made_at: Any) -> str:
    """A stored time as checkpoints write it; empty when it is not one of whole seconds."""
    try:
        moment = datetime.fromisoformat(database.moment(made_at))
    except (ValueError, TypeError):
        return ""
    return "" if moment.microsecond else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
