"""Drools, through drools-jpy: the Rete network of Ansible's rulebooks, one enterprise an event, JSON in and out.

Needs Java. Its conditions have no k-of-n, which becomes an OR of ANDs; facts that are missing are left out.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.rules.peers.one_by_one import Forms, OneByOne, short_name
from benchmarks.rules.peers.plain import InRanges, IsTrue, Leaf, Reaches, Task

if "JAVA_HOME" not in os.environ and (java := shutil.which("java")):
    os.environ["JAVA_HOME"] = str(Path(java).resolve().parents[1])
os.environ.setdefault("DROOLS_JPY_JVM_MAXMEM", "3G")

from drools.ruleset import Ruleset


def prepare(task: Task) -> Drools:
    return Drools(task)


class Drools(OneByOne):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        forms = DroolsForms().both(task.plain())
        self.names = [f"r{index}" for index in range(len(forms))]
        rules = [
            {"Rule": {"name": name, "condition": {"AllCondition": [form]}, "action": _NOTHING, "enabled": True}}
            for name, form in zip(self.names, forms, strict=True)
        ]
        ruleset = {"name": "rules", "hosts": [], "sources": [], "match_multiple_rules": True, "rules": rules}
        self.rules = Ruleset("rules", json.dumps(ruleset))

    def answer(self, enterprise: dict[str, Any]) -> list[bool]:
        known = {name: value for name, value in enterprise.items() if value is not None}
        found = json.loads(self.rules._api.assertEvent(self.rules._session_id, json.dumps(known)))
        matched = {name for each in found for name in each}
        return [name in matched for name in self.names]


_NOTHING = {"Action": {"action": "none", "action_args": {}}}


def _pair(kind: str, left: Any, right: Any) -> Any:
    return {kind: {"lhs": left, "rhs": right}}


def _all(parts: Any) -> Any:
    return reduce(lambda left, right: _pair("AndExpression", left, right), parts)


def _any(parts: Any) -> Any:
    return reduce(lambda left, right: _pair("OrExpression", left, right), parts)


class DroolsForms(Forms):
    """The rulebooks' conditions as JSON. NOT goes into the comparison."""

    def count(self, k: int, parts: list[Any]) -> Any:
        return _any([_all(some) for some in combinations(parts, k)])

    def leaf(self, leaf: Leaf, negated: bool, if_missing: bool) -> Any:
        fact = {"Event": short_name(leaf.column)}
        test = _test(leaf, fact, negated)
        if if_missing:
            return _pair("OrExpression", {"IsNotDefinedExpression": fact}, test)
        return _pair("AndExpression", {"IsDefinedExpression": fact}, test)


def _test(leaf: Leaf, fact: Any, negated: bool) -> Any:
    match leaf:
        case Reaches():
            sign = "LessThanExpression" if negated else "GreaterThanOrEqualToExpression"
            return _pair(sign, fact, {"Integer": leaf.value})
        case IsTrue():
            return _pair("EqualsExpression", fact, {"Boolean": not negated})
        case InRanges():
            return _outside(leaf, fact) if negated else _inside(leaf, fact)
    raise AssertionError(leaf)


def _inside(leaf: InRanges, fact: Any) -> Any:
    return _any(
        _pair(
            "AndExpression",
            _pair("GreaterThanOrEqualToExpression", fact, {"Integer": low}),
            _pair("LessThanOrEqualToExpression", fact, {"Integer": high}),
        )
        for low, high in leaf.ranges
    )


def _outside(leaf: InRanges, fact: Any) -> Any:
    return _all(
        _pair(
            "OrExpression",
            _pair("LessThanExpression", fact, {"Integer": low}),
            _pair("GreaterThanExpression", fact, {"Integer": high}),
        )
        for low, high in leaf.ranges
    )
