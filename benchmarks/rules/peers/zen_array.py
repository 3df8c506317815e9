"""GoRules ZEN: all rules as one compiled expression that gives a list, the fastest form that was found."""

from __future__ import annotations

from typing import Any

import zen

from benchmarks.rules.peers.one_by_one import Forms, OneByOne, short_name
from benchmarks.rules.peers.plain import InRanges, IsTrue, Leaf, Reaches, Task


def prepare(task: Task) -> ZenArray:
    return ZenArray(task)


class ZenArray(OneByOne):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.compiled = zen.compile_expression(f"[{', '.join(ZenForms().both(task.plain()))}]")

    def answer(self, enterprise: dict[str, Any]) -> list[bool]:
        found: list[bool] = self.compiled.evaluate(enterprise)
        return found


class ZenForms(Forms):
    """ZEN's expression language: a comparison with null is an error, so every clause asks for null first."""

    def count(self, k: int, parts: list[str]) -> str:
        if k in (1, len(parts)):
            return "(" + (" or " if k == 1 < len(parts) else " and ").join(parts) + ")"
        return "(" + " + ".join(f"({part} ? 1 : 0)" for part in parts) + f" >= {k})"

    def leaf(self, leaf: Leaf, negated: bool, if_missing: bool) -> str:
        name = short_name(leaf.column)
        test = _test(leaf, name)
        test = f"not ({test})" if negated else test
        return f"({name} == null or {test})" if if_missing else f"({name} != null and {test})"


def _test(leaf: Leaf, name: str) -> str:
    match leaf:
        case Reaches():
            return f"{name} >= {leaf.value}"
        case IsTrue():
            return name
        case InRanges():
            tests = [f"{name} == {low}" if low == high else f"{name} in [{low}..{high}]" for low, high in leaf.ranges]
            return "(" + " or ".join(tests) + ")"
    raise AssertionError(leaf)
