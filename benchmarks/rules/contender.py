"""One contender in a process of its own: prepares, then runs when told to, and says what it cost.

    python -m benchmarks.rules.contender NAME '{"rows": …, "rules": …, "seed": …, "features": …, "folder": …}'

It writes one line of JSON after preparing and one for each line that it reads: "counts" and "rows" run once,
"check" gives a digest of every match.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rules import workload
from benchmarks.rules.peers.plain import Contender, Task, Unsupported
from benchmarks.rules.rich_rules import rich_rules

ENGINE = "engine"
"""This project's own engine, in `benchmarks/rules/engine.py`."""


@dataclass(frozen=True)
class Job:
    """Which register and rules. `features`: of the rich rules; None for rules of yes-or-no clauses."""

    rows: int
    rules: int
    seed: int
    features: tuple[str, ...] | None
    folder: str

    @classmethod
    def read(cls, written: str) -> Job:
        values = json.loads(written)
        features = values.pop("features")
        return cls(**values, features=None if features is None else tuple(features))

    def write_files(self) -> list[Path]:
        """The register's files, made unless they are there."""
        rows, history = min(self.rows, workload.CHUNK), self.features is not None
        chunks = -(-self.rows // workload.CHUNK)
        return workload.write_register(Path(self.folder), chunks, rows, "arrow", history)

    def task(self) -> Task:
        paths = self.write_files()
        table = workload.read_register(paths).slice(0, self.rows)
        made = workload.rules(self.rules, self.seed)
        if self.features is not None:
            made = rich_rules(self.rules, self.seed, self.features)
        return Task(made, workload.catalogue(), workload.FACT_DATE, table, tuple(paths))


def cpu_seconds() -> float:
    """User and system time of all threads and of the children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_mib() -> float:
    """The most memory that this process ever had."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def digest(contender: Contender) -> str:
    """A digest of the rows met and unknown of every rule; AssertionError when the counts say something else."""
    found, counts = hashlib.sha256(), contender.counts()
    for rule, sides in enumerate(contender.rows()):
        assert [len(side) for side in sides] == counts[rule].tolist(), f"rule {rule}: counts and rows differ"
        for side in sides:
            found.update(np.ascontiguousarray(side, "<u4").tobytes() + b"|")
    return found.hexdigest()


def say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def main() -> None:
    name, job = sys.argv[1], Job.read(sys.argv[2])
    module = f"benchmarks.rules.{name}" if name == ENGINE else f"benchmarks.rules.peers.{name}"
    try:
        prepare = importlib.import_module(module).prepare
        task = job.task()
        started, cpu = time.perf_counter(), cpu_seconds()
        contender: Contender = prepare(task)
    except (ImportError, Unsupported) as reason:
        say(skipped=str(reason))
        return
    say(wall=time.perf_counter() - started, cpu=cpu_seconds() - cpu)
    for line in sys.stdin:
        what = line.strip()
        if what == "check":
            say(digest=digest(contender))
            continue
        started, cpu = time.perf_counter(), cpu_seconds()
        found = contender.counts() if what == "counts" else contender.rows()
        say(wall=time.perf_counter() - started, cpu=cpu_seconds() - cpu, peak=peak_mib())
        del found


if __name__ == "__main__":
    main()
