"""Events against leaves, leaves against nodes, claims against events."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qingdan.evidence import commitment, merkle, tiles
from qingdan.web.common.claims import account

from .database import Database

if TYPE_CHECKING:
    from .run import Report

SALT = re.compile("[0-9a-f]{32}")
# By operation what a claim's seal can be: whole, or wiped (`rows`); rows removed have none.
SEAL, NO_SEAL = re.compile("[0-9a-f]{96}|[0-9a-f]{64}"), re.compile("")
SEALS = {"I": SEAL, "U": SEAL, "D": NO_SEAL}
# The text columns of an event that its leaf commits to, after the number, the time and the person's number.
EVENT_TEXTS = (
    "actor_label", "post_label", "verb", "object_type", "object_id", "object_label", "data", "rows",
    "face_salt", "who_salt", "what_salt",
)  # fmt: skip
EVENT_COLUMNS = ", ".join(f"e.{name}" for name in EVENT_TEXTS)


class Leaves:
    """The leaf hashes as found, and the tree that they make."""

    def __init__(self, hash_name: str) -> None:
        self.hash = hash_name
        self.nodes = tiles.MemoryNodes(hash_name)
        self.size = 0

    def append(self, hashes: list[bytes]) -> None:
        self.nodes.append(hashes)
        self.size += len(hashes)

    def root(self, size: int) -> bytes:
        return tiles.root_at(self.nodes, size, self.hash)


def check_leaves(database: Database, hash_name: str, report: Report, progress: Callable[[str, int], None]) -> Leaves:
    """Every event has its leaf, every leaf its event, the numbers have no gap, and each hash is made again."""
    leaves, made, place = Leaves(hash_name), [], 0
    erased: dict[int, dict[str, str]] = defaultdict(dict)
    for event, part, kept in database.rows("SELECT event_id, part, commitment FROM common_erasure"):
        erased[event][part] = kept
    query = (
        f"SELECT l.{_q('index')}, l.hash, l.event_id, e.id, e.at, e.actor_id, {EVENT_COLUMNS} FROM common_leaf l "
        f"LEFT JOIN common_event e ON e.id = l.event_id ORDER BY l.{_q('index')}"
    )
    for index, stored, event_id, number, at, actor, *texts in database.rows(query):
        where = f"记录 {index} (leaf {index})"
        if index != place:
            report.add(where, f"序号不连续，应为 {place} (not dense, {place} expected)")
        place += 1
        kept = _bytes(stored)
        # The tree is built of what is stored: what a leaf should be is compared here, one by one.
        made.append(kept)
        if number is None:
            report.add(where, f"事件 {event_id} 不存在 (event {event_id} is gone)")
            continue
        try:
            said = dict(zip(EVENT_TEXTS, texts, strict=True))
            leaf = leaf_of(hash_name, database.moment(at), actor, said, erased[number])
        except (ValueError, KeyError, TypeError) as error:
            report.add(where, f"事件 {number} 的内容无法读取 (event {number} cannot be read): {error!r:.120}")
            continue
        if merkle.leaf_hash(leaf, hash_name) != kept:
            report.add(where, f"事件 {number} 与其叶子不符，已被改动 (event {number} differs from its leaf)")
        if len(made) == 4096:
            leaves.append(made)
            made = []
            progress("events", place)
    leaves.append(made)
    for (number,) in database.rows(
        "SELECT e.id FROM common_event e LEFT JOIN common_leaf l ON l.event_id = e.id WHERE l.event_id IS NULL"
    ):
        report.add(f"事件 {number} (event {number})", "没有叶子，不是由本系统写入的 (has no leaf)")
    for (number,) in database.rows("SELECT event_id FROM common_leaf GROUP BY event_id HAVING count(*) > 1"):
        report.add(f"事件 {number} (event {number})", "有不止一片叶子 (has more than one leaf)")
    report.counts["events"] = place
    return leaves


def leaf_of(hash_name: str, at: str, actor: Any, text: dict[str, Any], erased: dict[str, str]) -> bytes:
    """The leaf of a stored event. ValueError, KeyError or TypeError when it is not stored as this program stores."""
    for name, value in text.items():
        if not isinstance(value, str):
            raise ValueError(name)
    if actor is not None and type(actor) is not int:
        raise ValueError("actor")
    parts = {
        "face": {"at": at, **{k: text[k] for k in ("object_id", "object_type", "rows", "verb")}},
        "who": {
            "actor": "" if actor is None else str(actor),
            "actor_label": text["actor_label"],
            "post_label": text["post_label"],
        },
        "what": {"data": text["data"], "object_label": text["object_label"]},
    }
    blank = {"who": {"actor": "", "actor_label": "", "post_label": ""}, "what": {"data": "{}", "object_label": ""}}
    made = {}
    for part, said in parts.items():
        salt = text[f"{part}_salt"]
        if salt:
            if not SALT.fullmatch(salt):
                raise ValueError(f"{part}_salt")
            made[part] = commitment.commit(salt, commitment.canonical(said), hash_name)
        elif said == blank.get(part):
            made[part] = erased[part]
        else:
            raise ValueError(f"{part}: erased but not empty")
    return commitment.leaf(**made)


def check_nodes(database: Database, leaves: Leaves, report: Report) -> None:
    """The stored inner nodes are those of the leaves, no more and no fewer."""
    stored = {
        (level, index): made
        for level, index, made in database.rows(f"SELECT level, {_q('index')}, hash FROM common_node")
    }
    level, width = 1, 256
    while leaves.size >= width:
        for index, made in enumerate(leaves.nodes.read(level, 0, leaves.size // width)):
            if (kept := stored.pop((level, index), None)) is None or _bytes(kept) != made:
                report.add(f"节点 {level}/{index} (node)", "缺失或与叶子不符 (missing, or not that of its leaves)")
        level, width = level + 1, width * 256
    for level, index in stored:
        report.add(f"节点 {level}/{index} (node)", "多余 (has no leaves)")


def check_claims(
    database: Database, hash_name: str, report: Report, progress: Callable[[str, int], None]
) -> dict[str, dict[str, tuple[str, str]]]:
    """What each event says of its rows holds. Returns the newest claim of every row: table -> key -> (op, seal)."""
    newest: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    count = 0
    query = (
        f"SELECT e.id, e.rows, c.id, c.{_q('table')}, c.{_q('key')}, c.op, c.seal FROM common_claim c "
        f"LEFT JOIN common_event e ON e.batch = c.batch LEFT JOIN common_leaf l ON l.event_id = e.id "
        f"ORDER BY l.{_q('index')}, c.batch, c.id"
    )
    seen = set()
    for (number, said), group in groupby(database.rows(query), key=lambda row: row[:2]):
        claims = [row[2:] for row in group]
        count += len(claims)
        progress("claims", count)
        if number is None:
            report.add("行记录 (claims)", f"{len(claims)} 条没有事件 ({len(claims)} without an event)")
            continue
        seen.add(number)
        try:
            holds = all(isinstance(value, str) for claim in claims for value in claim[1:]) and account(claims) == said
        except UnicodeEncodeError:
            holds = False
        if not holds:
            report.add(f"事件 {number} (event {number})", "与其行记录不符 (its claims are not those it committed to)")
        for _number, table, key, op, seal in claims:
            if not (isinstance(seal, str) and SEALS.get(op, NO_SEAL).fullmatch(seal)):
                report.add(f"{table} {key}", "行摘要的格式不对 (the seal of the row is malformed)")
            newest[table][str(key)] = (op, str(seal))
    for (number,) in database.rows("SELECT id FROM common_event WHERE rows <> '' OR batch IS NOT NULL"):
        if number not in seen:
            report.add(f"事件 {number} (event {number})", "其行记录不见了 (its claims are gone)")
    report.counts["claims"] = count
    return newest


def _bytes(stored: Any) -> bytes:
    """A stored hash; empty when it is not stored as bytes."""
    return bytes(stored) if isinstance(stored, bytes | memoryview) else b""


def _q(name: str) -> str:
    return f'"{name}"'
