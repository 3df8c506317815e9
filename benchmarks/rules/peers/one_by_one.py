"""What the engines that take one enterprise at a time have in common: two yes-or-no forms of every rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.rules.peers.plain import Count, Leaf, Not, Plain, Task


class Forms(ABC):
    """Writes a rule for engines that know only true and false: missing facts against the rule, or for it."""

    def write(self, node: Plain, possible: bool, negated: bool = False) -> Any:
        if isinstance(node, Not):
            return self.write(node.part, possible, not negated)
        if isinstance(node, Count):
            parts = [self.write(part, possible, negated) for part in node.parts]
            return self.count(len(parts) - node.k + 1 if negated else node.k, parts)
        return self.leaf(node, negated, possible)

    def both(self, rules: list[Plain]) -> list[Any]:
        """For every rule the two forms, one after the other."""
        return [self.write(rule, possible) for rule in rules for possible in (False, True)]

    @abstractmethod
    def count(self, k: int, parts: list[Any]) -> Any:
        """At least `k` of the parts."""

    @abstractmethod
    def leaf(self, leaf: Leaf, negated: bool, if_missing: bool) -> Any:
        """A clause or its contrary; `if_missing` when the fact is missing."""


class OneByOne(ABC):
    """A contender that answers for one enterprise at a time."""

    def __init__(self, task: Task) -> None:
        self.enterprises = [{short_name(name): value for name, value in row.items()} for row in task.rows()]

    @abstractmethod
    def answer(self, enterprise: dict[str, Any]) -> list[bool]:
        """Both forms of every rule, one after the other."""

    def _answers(self) -> npt.NDArray[np.bool_]:
        """[enterprises, rules, 2]"""
        answers = np.array([self.answer(enterprise) for enterprise in self.enterprises], dtype=bool)
        return answers.reshape(len(self.enterprises), -1, 2)

    def counts(self) -> npt.NDArray[np.int64]:
        counted = self._answers().sum(axis=0)
        return np.stack([counted[:, 0], counted[:, 1] - counted[:, 0]], axis=1)

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        answers = self._answers()
        sides = zip(answers[:, :, 0].T, answers[:, :, 1].T, strict=True)
        return [(np.flatnonzero(sure), np.flatnonzero(possible & ~sure)) for sure, possible in sides]


def short_name(column: str) -> str:
    """A column's name as an identifier."""
    return column.replace("@", "_").replace("-", "_")
