"""The order of the checks, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from qingdan.evidence.notes import Key

from . import files, log, stored
from .database import Database
from .signed import Signatures

Progress = Callable[[str, int], None]
# A log that was rewritten gives a finding for each row: enough is enough for a page, the count tells the rest.
SHOWN = 200


@dataclass
class Report:
    """What was checked and what does not hold. Findings are (place, what is wrong), in Chinese (English)."""

    counts: dict[str, int] = field(default_factory=dict)
    findings: list[tuple[str, str]] = field(default_factory=list)
    found: int = 0
    size: int = 0
    root: str = ""

    @property
    def ok(self) -> bool:
        return self.found == 0

    def add(self, place: str, wrong: str) -> None:
        self.found += 1
        if len(self.findings) < SHOWN:
            self.findings.append((place, wrong))


def verify(
    database: Database,
    *,
    hash_name: str,
    log_key: Key | None = None,
    checkpoints: Iterable[tuple[str, str]] = (),
    folder: Path | None = None,
    progress: Progress = lambda what, count: None,
) -> Report:
    """Check everything that the log claims.

    ``hash_name``: the log's hash; ``log_key``: its public key, None when no checkpoint was ever made;
    ``checkpoints``: (place, signed note) known from elsewhere, which the log must continue; ``folder``: where the
    attachments lie, None to leave them out. Never raises for what it finds: damage is a finding.
    """
    report = Report()
    try:
        stored.check_file(database, report)
        stored.check_triggers(database, report)
        stored.check_schema(database, report)
        leaves = log.check_leaves(database, hash_name, report, progress)
        report.size, report.root = leaves.size, leaves.root(leaves.size).hex()
        log.check_nodes(database, leaves, report)
        newest = log.check_claims(database, hash_name, report, progress)
        stored.check_rows(database, newest, report, progress)
        signatures = Signatures(database, leaves, log_key, report)
        signatures.check_stored(progress)
        for place, note in checkpoints:
            signatures.check_given(place, note)
        if folder is not None:
            files.check_attachments(database, folder, report, progress)
    except database.errors as error:
        report.add("数据库文件 (database file)", f"读取失败，文件已损坏 (cannot be read, it is damaged): {error}")
    return report
