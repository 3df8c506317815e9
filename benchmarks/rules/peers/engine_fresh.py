"""This project's engine with nothing prepared but Numba's code: rules compiled and facts encoded in every run."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.rules.engine import Engine, Lists
from benchmarks.rules.engine import prepare as prepare_engine
from benchmarks.rules.peers.plain import Task


def prepare(task: Task) -> Fresh:
    prepare_engine(Task(task.rules[:1], task.catalogue, task.fact_date, task.table.slice(0, 1000), task.paths))
    return Fresh(task)


class Fresh:
    def __init__(self, task: Task) -> None:
        self.task = task

    def counts(self) -> npt.NDArray[np.int64]:
        return Engine(self.task).counts()

    def rows(self) -> Lists | Any:
        return Engine(self.task).rows()
