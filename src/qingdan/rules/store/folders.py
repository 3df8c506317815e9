"""Folders that a command writes into, replaces in and deletes from: only its own."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from qingdan.rules.errors import Place, RuleError, Words

SEGMENT = re.compile(r"segment-\d{5}")


@dataclass(frozen=True)
class Ours:
    """What a folder of ours looks like: the names in it, and the file with the key that marks it once it is begun."""

    names: re.Pattern[str]
    mark: str
    key: str


REGISTER = Ours(re.compile(r"\.?(register\.json|segment-\d{5})(\.[0-9a-f]{32})?"), "register.json", "format")
"""What `build_register` makes."""

RESULTS = Ours(
    re.compile(
        r"\.?(run\.json|summary\.parquet|counts-\d{5}\.json|(matches|amounts)-\d{5}\.parquet)(\.[0-9a-f]{32})?"
        r"|\.making-.*"
    ),
    "run.json",
    "fact_date",
)
"""What `match_register` and workers make."""

GENERATED = Ours(re.compile(r"part-\d{5,}\.parquet(\.partial)?|register\.json\.partial"), "register.json", "synthetic")
"""What `qd register generate` makes."""


def refuse_foreign(folder: Path, ours: Ours) -> None:
    """RuleError for a file where a folder should be, and for a folder that we did not make: without our mark and with
    anything that is not ours."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RuleError(
            Words("这里是一个文件，不是文件夹", "this is a file, not a folder"),
            Words("请换一个文件夹", "choose another folder"),
            Place(str(folder)),
        )
    if _is_marked(folder / ours.mark, ours.key):
        return
    foreign = sorted(
        each.name for each in folder.iterdir() if each.name == ours.mark or not ours.names.fullmatch(each.name)
    )
    if foreign:
        raise RuleError(
            Words(f"文件夹里有别的文件：{foreign[0]}", f"the folder holds something else: {foreign[0]}"),
            Words("请换一个空文件夹，不会覆盖别的文件", "choose an empty folder; other files are not touched"),
            Place(str(folder)),
        )


def _is_marked(file: Path, key: str) -> bool:
    try:
        about = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and key in about


def scratch(file: Path) -> Path:
    """A name beside `file` that nobody else uses, on whatever machine, to be renamed when it is complete."""
    return file.with_name(f".{file.name}.{uuid.uuid4().hex}")
