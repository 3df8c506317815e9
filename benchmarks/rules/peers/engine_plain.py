"""This project's engine with the kernel that needs NumPy only."""

from __future__ import annotations

from benchmarks.rules.engine import Engine
from benchmarks.rules.peers.plain import Task


def prepare(task: Task) -> Plain:
    return Plain(task)


class Plain(Engine):
    fast = False
