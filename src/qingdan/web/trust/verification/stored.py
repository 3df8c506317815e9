"""The stored rows against the newest claim of each, and the database's own soundness."""

from __future__ import annotations

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
    """Every trigger that keeps the facts is there, switched on, with its own text."""
    present = database.triggers()
    for trigger in triggers.wanted(connections["default"]):
        if present.get((trigger.table, trigger.name)) != trigger.text:
            report.add(f"触发器 {trigger.name} (trigger)", "缺失、停用或被改动 (missing, switched off, or altered)")


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
