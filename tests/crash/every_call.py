"""``python every_call.py kill|EIO|ENOSPC``: a fault at every file system call of an append, one after the other.

SQLite only. ``strace`` attaches to a forked writer, counts the calls of one whole run, and then meets each of them
in turn in a new writer on a new copy of the database: with SIGKILL as the call begins, or with an error in its place
(as Tessera's test of its POSIX storage does). Afterwards the database is opened again, one more event appended, and
everything checked. The last line printed is JSON.

There are two runs: ``first`` opens the database, appends, and closes it (which folds the write-ahead log in and
removes it); ``later`` appends while another connection holds the database open, folding the log in at each commit.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from fleet import Tell, Writer, append, check, connection, lost_and_doubled, officer

from qingdan.web.units.models import User

# Calls that name a file or hold a descriptor; of these, where an error can stand in for what the disk says.
WATCHED = "%file,%desc"
CAN_FAIL = {
    "EIO": {"fdatasync", "fsync", "ftruncate", "openat", "pread64", "pwrite64", "read", "unlink", "write"},
    "ENOSPC": {"ftruncate", "openat", "pwrite64", "write"},
}
CALL = re.compile(r"^(\w+)\(", re.MULTILINE)
TOLD = re.compile(r'^write\(\d+, "\\"one', re.MULTILINE)


class Run:
    """One of the two runs, on copies of the database as it was."""

    def __init__(self, name: str, actor: User, folder: Path) -> None:
        self.name, self.actor, self.folder = name, actor, folder
        self.start = folder / "start.sqlite3"

    def one(self, fault: str = "") -> tuple[list[Any], int, str]:
        """What a writer under this fault told, its exit status, and the calls that it made."""
        here = self.folder / "here.sqlite3"
        for old in self.folder.glob("here.sqlite3*"):
            old.unlink()
        shutil.copyfile(self.start, here)
        connection.settings_dict["NAME"] = str(here)
        (go, begin), (ready, waits) = os.pipe(), os.pipe()

        def work(tell: Tell) -> None:
            if self.name == "later":
                append(self.actor, "before")
                tell("before")
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA wal_autocheckpoint = 1")
            os.write(waits, b".")
            os.read(go, 1)
            try:
                append(self.actor, "one")
                tell("one")
            except Exception as error:
                tell(f"failed: {error}")
                # The same process goes on, as a web worker does.
                append(self.actor, "two")
                tell("two")
            connection.close()

        writer = Writer(work)
        os.close(go)
        os.close(waits)
        os.read(ready, 1)
        os.close(ready)
        holder = connection.copy()
        if self.name == "later":
            holder.ensure_connection()
        trace = self.folder / "calls"
        words = ["strace", "-p", str(writer.pid), "-o", str(trace), "-e", f"trace={WATCHED}"]
        words += ["-e", f"inject={fault}"] if fault else []
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as strace:
            assert strace.stderr is not None
            said = strace.stderr.readline()
            if "attached" not in said:
                writer.kill()
                writer.end()
                raise PermissionError(said.strip())
            os.write(begin, b".")
            os.close(begin)
            status = writer.end()
            strace.stderr.read()
        holder.close()
        return writer.told, status, trace.read_text()

    def after(self, told: list[Any]) -> list[str]:
        """What does not hold once the database is opened again and written to."""
        append(self.actor, "after")
        wrong = lost_and_doubled([*(name for name in told if not name.startswith("failed")), "after"]) + check()
        connection.close()
        return wrong


def main(fault: str, folder: Path) -> None:
    actor = officer()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copyfile(connection.settings_dict["NAME"], folder / "start.sqlite3")
    came: dict[str, Any] = {"hit": Counter(), "told": Counter(), "wrong": []}
    for name in ("first", "later"):
        run = Run(name, actor, folder)
        told, status, trace = run.one()
        came["wrong"] += [f"{name}: {told} {status}"] if status or "one" not in told else run.after(told)
        came[f"calls_{name}"] = calls = Counter(CALL.findall(trace))
        came[f"synced_{name}"] = synced_before_told(trace)
        for call in sorted(calls):
            if fault != "kill" and call not in CAN_FAIL[fault]:
                continue
            # Until the run has no such call any more: their number may differ by one or two between runs.
            for number in itertools.count(1):
                how = "signal=KILL" if fault == "kill" else f"error={fault}"
                told, status, trace = run.one(f"{call}:{how}:when={number}")
                came["wrong"] += [f"{name}, {call} {number}: {wrong}" for wrong in run.after(told)]
                if status != -signal.SIGKILL and "(INJECTED)" not in trace:
                    break
                came["hit"][call] += 1
                came["told"].update(str(each).partition(":")[0] for each in told)
    print(json.dumps(came))


def synced_before_told(trace: str) -> bool:
    """Whether what was written went to the disk before the event was acknowledged."""
    told = TOLD.search(trace)
    calls = CALL.findall(trace[: told.start() if told else 0])
    written = max((place for place, call in enumerate(calls) if call == "pwrite64"), default=len(calls))
    return bool({"fdatasync", "fsync"} & set(calls[written:]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
