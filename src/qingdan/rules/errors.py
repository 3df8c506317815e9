"""The one error of this room: a place, a reason and a remedy, in Chinese and in English."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Words(NamedTuple):
    """The same sentence twice, without a closing mark."""

    chinese: str
    english: str


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, a line counted from 1 (0: not known) and the path inside it."""

    file: str = ""
    line: int = 0
    path: str = ""

    @property
    def words(self) -> Words:
        line = (f"第{self.line}行", f"line {self.line}") if self.line else ("", "")
        parts = [(self.file, self.file), line, (self.path, self.path)]
        return Words(*(" ".join(each[side] for each in parts if each[side]) for side in (0, 1)))


class RuleError(ValueError):
    """A rule, a catalogue or a fact that cannot be used as it stands."""

    def __init__(self, reason: Words, remedy: Words, place: Place | None = None) -> None:
        self.reason, self.remedy, self.place = reason, remedy, place or Place()
        super().__init__(reason, remedy, self.place)

    def at(self, place: Place) -> RuleError:
        """The same error at `place`, unless it knows its own already."""
        return self if self.place != Place() else RuleError(self.reason, self.remedy, place)

    @property
    def chinese(self) -> str:
        return f"{_lead(self.place.words.chinese, '：')}{self.reason.chinese}。{self.remedy.chinese}。"

    @property
    def english(self) -> str:
        return f"{_lead(self.place.words.english, ': ')}{self.reason.english}. {self.remedy.english}."

    def __str__(self) -> str:
        return f"{self.chinese} ({self.english})"


def _lead(place: str, mark: str) -> str:
    return place + mark if place else ""


def unknown_name(kind: Words, name: str, known: Iterable[str]) -> RuleError:
    """The error for a name that is not in `known`, with the nearest names as the remedy."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:8]
    listed = "、".join(near), ", ".join(near)
    return RuleError(
        Words(f"没有名为“{name}”的{kind.chinese}", f"there is no {kind.english} named '{name}'"),
        Words(f"可用的名称：{listed[0] or '无'}", f"names that exist: {listed[1] or 'none'}"),
    )
