"""Checking the whole log, checkpoints from elsewhere, and bundles (docs/trust.md)."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from qingdan.evidence import bundle
from qingdan.evidence.notes import Key, NoteError
from qingdan.web.common import attachments, log
from qingdan.web.trust import keys
from qingdan.web.trust.services.checkpoints import copy_file
from qingdan.web.trust.verification import Report, over_connection
from qingdan.web.trust.verification import verify as check

from .errors import OpsError

COUNTS = {
    "events": "事件 (events)",
    "claims": "行记录 (claims)",
    "rows": "数据行 (rows)",
    "files": "附件 (files)",
    "checkpoints": "检查点 (checkpoints)",
    "cosignatures": "见证签名 (cosignatures)",
}


def verify(checkpoints: Sequence[Path] = (), bundles: Sequence[Path] = (), key: str = "") -> int:
    """Check the installation's log from the ground up, or only ``bundles`` when there are any.

    ``checkpoints`` are files with signed notes that the log must continue; the copy in the data folder is one of them
    by itself. ``key`` is the log's public key as known from elsewhere; default: the installation's own. Prints what
    was checked and what does not hold. Returns 0 when all holds, 1 otherwise; raises OpsError for bad input.
    """
    pinned = _key(key)
    if bundles:
        return max(_bundle(path, pinned) for path in bundles)
    given = [(str(path), _text(path)) for path in checkpoints]
    if copy_file().exists() and copy_file() not in [path.resolve() for path in checkpoints]:
        given.append((str(copy_file()), copy_file().read_text("utf-8", errors="replace")))
    started = time.monotonic()
    try:
        report = check(
            over_connection(connection),
            hash_name=log.hash_name(),
            log_key=pinned or next(iter(keys.public()), None),
            checkpoints=given,
            folder=attachments.folder(),
            progress=_progress,
        )
    except DatabaseError as error:
        report = Report()
        report.add("数据库 (database)", f"无法读取 (cannot be read): {error}")
    _say(report, time.monotonic() - started)
    return 0 if report.ok else 1


def _key(text: str) -> Key | None:
    try:
        return Key.parse(text) if text else None
    except NoteError as error:
        raise OpsError("--key", str(error), "请核对公钥全文，形如 名称+8位十六进制+Base64。") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(str(path), f"读取失败：{error}", "请检查文件名和权限。") from None


def _bundle(path: Path, pinned: Key | None) -> int:
    result = bundle.check(_text(path), pinned.vkey if pinned else None)
    print(f"{'成立 (holds)' if result.ok else '不成立 (does not hold)'}: {path}")
    if not result.ok:
        print(f"  {result.place}：{result.chinese} ({result.english})")
        return 1
    for part in (result.face, result.who, result.what):
        for name, value in (part or {}).items():
            print(f"  {name}: {value}")
    print(f"  第 {result.index} 条，共 {result.size} 条 (entry of), {result.time}")
    if not result.pinned:
        print(f"  日志公钥指纹，请与公布的核对 (fingerprint to compare): {result.key_fingerprint}")
    return 0


def _progress(what: str, count: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{COUNTS.get(what, what)} {count:,}", end="", file=sys.stderr, flush=True)


def _say(report: Report, seconds: float) -> None:
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    for name, label in COUNTS.items():
        if name in report.counts:
            print(f"  {label:<28} {report.counts[name]:>12,}")
    print(f"  {'根值 (root)':<26} {report.root}")
    for place, wrong in report.findings:
        print(f"✗ {place}: {wrong}")
    if report.found > len(report.findings):
        print(f"✗ 另有 {report.found - len(report.findings)} 处 (more findings)")
    verdict = "全部相符 (all holds)" if report.ok else f"{report.found} 处不符 (findings): 请立即封存现场，勿改动"
    print(f"{verdict}，{seconds:.1f} s  [{settings.QD_LOG_ORIGIN}]")
