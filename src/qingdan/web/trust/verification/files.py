"""The attachments on disk against their recorded sums."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .database import Database

if TYPE_CHECKING:
    from .run import Report


def check_attachments(database: Database, folder: Path, report: Report, progress: Callable[[str, int], None]) -> None:
    """Every attachment's file in ``folder`` is there with the content that was taken in."""
    count = 0
    for number, sum_, size in database.rows("SELECT id, sha256, size FROM common_attachment"):
        if not sum_:
            continue  # erased
        count += 1
        path = folder / str(sum_)[:2] / str(sum_)
        where = f"附件 {number} (attachment)"
        if not path.is_file():
            report.add(where, f"文件不见了 (the file is gone): {path.name}")
            continue
        with path.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        if found != sum_ or path.stat().st_size != size:
            report.add(where, f"文件内容已被改动 (the file was changed): {path.name}")
        progress("files", count)
    report.counts["files"] = count
