"""JsonLogic (json-logic-qubit, Python): both forms of every rule for one enterprise after another."""

from __future__ import annotations

from typing import Any

from json_logic import jsonLogic

from benchmarks.rules.peers.one_by_one import Forms, OneByOne, short_name
from benchmarks.rules.peers.plain import InRanges, IsTrue, Leaf, Reaches, Task


def prepare(task: Task) -> JsonLogic:
    return JsonLogic(task)


class JsonLogic(OneByOne):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.forms = JsonLogicForms().both(task.plain())

    def answer(self, enterprise: dict[str, Any]) -> list[bool]:
        return [bool(jsonLogic(form, enterprise)) for form in self.forms]


class JsonLogicForms(Forms):
    """`===` with null asks whether a fact is missing: `==` takes false for null."""

    def count(self, k: int, parts: list[Any]) -> Any:
        if k in (1, len(parts)):
            return {"or" if k == 1 < len(parts) else "and": parts}
        return {">=": [{"+": [{"if": [part, 1, 0]} for part in parts]}, k]}

    def leaf(self, leaf: Leaf, negated: bool, if_missing: bool) -> Any:
        value = {"var": short_name(leaf.column)}
        test = _test(leaf, value)
        test = {"!": [test]} if negated else test
        missing = {"===": [value, None]}
        return {"or": [missing, test]} if if_missing else {"and": [{"!": [missing]}, test]}


def _test(leaf: Leaf, value: Any) -> Any:
    match leaf:
        case Reaches():
            return {">=": [value, leaf.value]}
        case IsTrue():
            return {"===": [value, True]}
        case InRanges():
            tests = [{"===": [value, low]} if low == high else {"<=": [low, value, high]} for low, high in leaf.ranges]
            return {"or": tests}
    raise AssertionError(leaf)
