"""What is wrong with a file that is read: raised at once, or collected and reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from qingdan.rules.errors import Place, RuleError, Words


@dataclass
class Findings:
    """The defects met on the way. Strict: the first one is raised. Otherwise all are kept, in reading order."""

    strict: bool = False
    errors: list[RuleError] = field(default_factory=list)

    def add(self, place: Place, reason: Words, remedy: Words) -> None:
        error = RuleError(reason, remedy, place)
        if self.strict:
            raise error
        self.errors.append(error)


def json_files(folder: Path) -> list[Path]:
    """Every JSON file below `folder`, in the order of the names; RuleError when there is none."""
    found = sorted(path for path in folder.rglob("*.json") if path.is_file())
    if not found:
        raise RuleError(
            Words("文件夹里没有 JSON 文件", "the folder holds no JSON files"),
            Words("请核对文件夹路径", "check the path of the folder"),
            Place(str(folder)),
        )
    return found
