"""GoRules ZEN as it is meant to be used: a decision graph from the static loader, its rules in one expression node."""

from __future__ import annotations

from typing import Any

import zen

from benchmarks.rules.peers.one_by_one import OneByOne
from benchmarks.rules.peers.plain import Task
from benchmarks.rules.peers.zen_array import ZenForms


def prepare(task: Task) -> ZenGraph:
    return ZenGraph(task)


class ZenGraph(OneByOne):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        forms = ZenForms().both(task.plain())
        self.keys = [f"r{index}" for index in range(len(forms))]
        self.engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": _graph(self.keys, forms)}}})

    def answer(self, enterprise: dict[str, Any]) -> list[bool]:
        found = self.engine.evaluate("rules", enterprise)["result"]
        return [found[key] for key in self.keys]


def _graph(keys: list[str], forms: list[str]) -> dict[str, Any]:
    expressions = [{"id": key, "key": key, "value": form} for key, form in zip(keys, forms, strict=True)]
    nodes: list[dict[str, Any]] = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "rules", "name": "rules", "type": "expressionNode", "content": {"expressions": expressions}},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": f"{start}-{end}", "type": "edge", "sourceId": start, "targetId": end}
        for start, end in (("in", "rules"), ("rules", "out"))
    ]
    return {"nodes": nodes, "edges": edges}
