"""What a witness keeps on its own disk: its memory, and the evidence of what it refused.

`state.json` is the memory. It is replaced whole and reaches the disk before anything is signed, so a witness that is
killed between any two steps never forgets what it has put its name to.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import WitnessError

FORMAT = "qingdan-witness/1"
KEPT_PER_KIND = 100
"""Folders of evidence kept of one kind: a log that offers something new to refuse every minute fills no disk, and the
first ones, which matter most, stay."""

ASK_FOR_HELP = (
    "不要删除；请用备份恢复整个文件夹，或由主管人员决定另建见证 "
    "(do not delete it; restore the whole folder from a backup, or let those in charge decide on a new witness)"
)


@dataclass(frozen=True)
class State:
    """What the witness holds: the log's public key, and the newest checkpoint that it found true.

    `time` (UTC seconds) is that of the cosignature of `note`, fixed before it is made: made again after a crash, it
    is the same cosignature. `taken` tells whether the log has taken it. Before the first contact all are empty.
    """

    log_key: str = ""
    note: str = ""
    time: int = 0
    taken: bool = False


class Folder:
    """The folder of one witness for one log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key_file = path / "witness.key"
        self.state_file = path / "state.json"
        self.refused = path / "refused"
        self.journal_file = path / "journal.txt"
        self.last_file = path / "last.txt"

    def make(self) -> None:
        """Make the folder with an empty memory, unless it has one. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.state_file.exists():
            self.store(State())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one round; a second process waits. The lock goes with the process that holds it."""
        import fcntl  # here, so that the command's help works where there is none

        with open(self.path / "lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def load(self) -> State:
        """The memory. Raises WitnessError when it is missing or damaged: a witness without memory must not sign."""
        try:
            kept = json.loads(self.state_file.read_text("utf-8"))
            if kept.pop("format") != FORMAT:
                raise ValueError("format")
            state = State(**kept)
            if [type(value) for value in asdict(state).values()] != [str, str, int, bool]:
                raise ValueError("types")
        except FileNotFoundError:
            raise WitnessError(
                str(self.state_file),
                "没有见证的记忆 (the witness has no memory here)",
                f"新见证先运行 qd witness init (a new witness starts with qd witness init)；{ASK_FOR_HELP}",
            ) from None
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise WitnessError(
                str(self.state_file), "见证的记忆已损坏 (the memory of the witness is damaged)", ASK_FOR_HELP
            ) from None
        return state

    def store(self, state: State) -> None:
        """Replace the memory; on return it has reached the disk. Raises OSError, then the old one stands."""
        text = json.dumps({"format": FORMAT, **asdict(state)}, ensure_ascii=False, indent=1)
        new = self.path / "state.new"
        _write(new, text.encode())
        os.replace(new, self.state_file)
        _sync(self.path)

    def journal(self, seconds: int, line: str) -> None:
        """Add a line with its time to what people read; nothing depends on it."""
        with open(self.journal_file, "a", encoding="utf-8") as file:
            file.write(f"{utc(seconds)} {line}\n")

    def note_last(self, seconds: int, line: str) -> None:
        """Keep what the last round said, for `status`; nothing depends on it."""
        self.last_file.write_text(f"{utc(seconds)} {line}\n", "utf-8")

    def refusals(self, kind: str = "") -> list[Path]:
        """The folders of evidence, oldest first; of one kind or of all."""
        if not self.refused.is_dir():
            return []
        found = (each for each in self.refused.iterdir() if each.is_dir() and "-" in each.name)
        return sorted(each for each in found if kind in ("", kind_of(each)))

    def keep(self, seconds: int, kind: str, files: Mapping[str, bytes]) -> Path | None:
        """Keep evidence durably as `refused/<UTC time>-<kind>/`; None when there are `KEPT_PER_KIND` already.

        Raises OSError.
        """
        if len(self.refusals(kind)) >= KEPT_PER_KIND:
            return None
        self.refused.mkdir(exist_ok=True, mode=0o700)
        new = self.refused / ".new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        for name, content in files.items():
            _write(new / name, content)
        _sync(new)
        name = f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%SZ}-{kind}"
        place, count = self.refused / name, 1
        while place.exists():
            count += 1
            place = self.refused / f"{name}-{count}"
        os.rename(new, place)
        _sync(self.refused)
        _sync(self.path)
        return place


def kind_of(place: Path) -> str:
    """The kind in the name of a folder of evidence, `20170803T010000Z-fork-2`."""
    return place.name.split("-")[1]


def utc(seconds: int) -> str:
    """A moment as people and files write it: `2017-08-03T01:00:00Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
