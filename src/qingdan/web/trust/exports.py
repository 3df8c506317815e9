"""What inspectors take away: the log and the register of interventions as workbooks, an object's receipts as a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qingdan.evidence import verifier
from qingdan.sheets import Group, ItemBlock, LedgerSheet, OutColumn, write_ledger, write_workbook
from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import CONTENT_TYPES, MadeFile
from qingdan.web.common.models import Event

from .hands import Official, Touch
from .receipts import receipt_of
from .records import LogRow

# As many lines as one file takes; a reader who wants more asks for less at a time.
MOST = 20_000
MOST_RECEIPTS = 2_000
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip's own times say nothing: the receipts hold theirs


def refuse_too_many(count: int, most: int) -> None:
    """Refuse a file of more than ``most`` lines."""
    if count > most:
        raise DomainError(
            _("导出"),
            _("符合条件的超过 %(most)d 条。") % {"most": most},
            _("请用时间或其他条件分批导出。"),
        )


def log_file(rows: Sequence[LogRow]) -> MadeFile:
    """The rows of the log, newest first."""
    columns = (
        OutColumn("index", "记录序号", 10, "center"),
        OutColumn("at", "时间", 20, "center"),
        OutColumn("person", "人员", 18),
        OutColumn("post", "岗位", 26),
        OutColumn("what", "动作", 16),
        OutColumn("kind", "对象类型", 12),
        OutColumn("number", "对象编号", 10, "center"),
        OutColumn("label", "对象", 36),
        OutColumn("reason", "理由", 36),
        OutColumn("receipt", "回执编号", 20),
    )
    lines = [
        {
            "index": row.index,
            "at": _moment(row.event.at),
            "person": row.event.actor_label,
            "post": row.event.post_label,
            "what": str(row.what),
            "kind": str(row.kind),
            "number": row.event.object_id,
            "label": row.label,
            "reason": row.reason,
            "receipt": row.number,
        }
        for row in rows
    ]
    sheet = LedgerSheet("记录查询结果", columns, _one_group(lines), _as_of(), name="记录")
    return MadeFile(f"记录查询（{clock.today()}）.xlsx", CONTENT_TYPES["xlsx"], write_ledger(sheet, _created()))


def hands_file(counted: Sequence[Official], found: Sequence[Touch]) -> MadeFile:
    """The register of interventions: one sheet counted per official, one with each of them."""
    totals = [
        {
            "person": each.label,
            "post": each.post,
            "total": each.total,
            "unexplained": each.unexplained,
            "verbs": "；".join(f"{label} {count}" for label, count in each.by_verb),
            "last": _moment(each.last) if each.last else "",
        }
        for each in counted
    ]
    lines = [
        {
            "at": _moment(each.event.at),
            "person": each.event.actor_label,
            "post": each.event.post_label,
            "what": str(each.what),
            "label": each.event.object_label,
            "rule": str(each.rule),
            "reason": each.reason or ("内容已删除" if each.erased else "未说明理由"),
            "receipt": each.number,
        }
        for each in found
    ]
    officials = LedgerSheet(
        "人工干预登记（按人员）",
        (
            OutColumn("person", "人员", 20),
            OutColumn("post", "岗位", 30),
            OutColumn("total", "次数", 8, "center"),
            OutColumn("unexplained", "未说明理由", 12, "center"),
            OutColumn("verbs", "各类次数", 40),
            OutColumn("last", "最近一次", 20, "center"),
        ),
        _one_group(totals),
        _as_of(),
        name="按人员",
    )
    each_one = LedgerSheet(
        "人工干预登记（逐项）",
        (
            OutColumn("at", "时间", 20, "center"),
            OutColumn("person", "人员", 18),
            OutColumn("post", "岗位", 26),
            OutColumn("what", "动作", 16),
            OutColumn("label", "对象", 34),
            OutColumn("rule", "原应如何决定", 30),
            OutColumn("reason", "理由", 36),
            OutColumn("receipt", "回执编号", 20),
        ),
        _one_group(lines),
        _as_of(),
        name="逐项",
    )
    data = write_workbook([officials, each_one], _created())
    return MadeFile(f"人工干预登记（{clock.today()}）.xlsx", CONTENT_TYPES["xlsx"], data)


def receipts_zip(name: str, events: Iterable[Event]) -> MadeFile:
    """The bundles of ``events``, in their order, with the program that checks them without us.

    Events that no checkpoint covers yet are named in a list of their own.
    """
    buffer, waiting = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for event in events:
            receipt = receipt_of(event)
            if receipt.bundle is None:
                waiting.append(receipt.number)
                continue
            _put(archive, f"回执-{receipt.leaf.index:08d}-{receipt.leaf_hash[:8]}.json", receipt.bundle.text().encode())
        if waiting:
            text = "下列记录尚未签名，请稍后再取回执 (not signed yet, ask again later):\n" + "\n".join(waiting) + "\n"
            _put(archive, "待签名.txt", text.encode())
        _put(archive, "qingdan-verifier.py", Path(verifier.__file__).read_bytes())
    return MadeFile(f"{name}.zip", "application/zip", buffer.getvalue())


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def _one_group(lines: Sequence[Mapping[str, Any]]) -> list[Group]:
    return [Group("", [ItemBlock({}, lines)])] if lines else []


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _as_of() -> str:
    return f"截至 {clock.today()}"


def _created() -> datetime:
    return datetime.combine(clock.today(), time(9))
