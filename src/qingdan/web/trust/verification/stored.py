"""The stored rows against the newest claim of each, and the database's own soundness."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import connections

from qingdan.web.common import rows, triggers

from .database import Database, columns_of_tables

if TYPE_CHECKING:
    from .run import Report


def check_file(database: Database, report: Report) -> None:
    """SQLite finds its own file sound, indexes and references included."""
    if database.vendor != "sqlite":
        return
    for (said,) in database.rows("PRAGMA integrity_check(20)"):
        if said != "ok":
            report.add("数据库文件 (database file)", f"已损坏 (damaged): {said}")
    for table, *_rest in database.rows("PRAGMA foreign_key_check"):
        report.add(f"{table}", "指向不存在的行 (refers to a row that is gone)")


def check_triggers(database: Database, report: Report) -> None:
    """Every trigger that keeps the facts is there, switched on, with its own text; and there is no other."""
    present = database.triggers()
    for trigger in triggers.wanted(connections["default"]):
        if present.pop((trigger.table, trigger.name), None) != trigger.text:
            report.add(f"触发器 {trigger.name} (trigger)", "缺失、停用或被改动 (missing, switched off, or altered)")
    for table, name in present:
        report.add(f"触发器 {name} (trigger)", f"不是本系统的，在表 {table} 上 (not ours, on table {table})")


def check_schema(database: Database, report: Report) -> None:
    """Tables, constraints and indexes are as the log recorded them when they were last made or upgraded."""
    said = database.one(
        "SELECT e.data FROM common_event e JOIN common_leaf l ON l.event_id = e.id WHERE e.verb = 'common.adopt' "
        'ORDER BY l."index" DESC LIMIT 1'
    )
    try:
        recorded = json.loads(said).get("schema") if said is not None else None
    except (ValueError, TypeError, AttributeError):
        recorded = ""
    if recorded is not None and recorded != database.schema():
        report.add(
            "表结构 (schema)",
            "表、约束或索引与升级时记录的不同 (tables, constraints or indexes differ from those recorded; "
            "after a planned change run qd migrate)",
        )


def check_rows(
    database: Database,
    newest: dict[str, dict[str, tuple[str, str]]],
    report: Report,
    progress: Callable[[str, int], None],
) -> None:
    """Each row is as the last event that accounts for it left it; none is missing, none came from elsewhere."""
    present, known, count = database.tables(), columns_of_tables(), 0
    for table, (key, columns) in known.items():
        if table not in present:
            report.add(table, "整张表不见了 (the table is gone)")
            continue
        claimed = newest.pop(table, {})
        for found, text in database.texts(table, key, columns):
            count += 1
            op, seal = claimed.pop(found, ("", ""))
            if op in ("", "D"):
                report.add(f"{table} {found}", "没有任何事件写入过这一行 (no event accounts for this row)")
            elif not rows.holds(seal, text):
                report.add(f"{table} {found}", "与最后一次写入它的事件不符 (differs from the last event that wrote it)")
        for found, (op, _seal) in claimed.items():
            if op != "D":
                report.add(f"{table} {found}", "这一行被删除，没有事件 (removed without an event)")
        progress("rows", count)
    # Tables of former versions are gone by migration; their claims stay as history.
    report.counts["rows"] = count
