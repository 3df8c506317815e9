"""Rules for a whole register: this project's engine and other engines on the same rules and data.

    .venv/bin/python -m benchmarks.rules --rows 1000000 --rules 1000 --rounds 3

Every contender runs in a process of its own, and they take turns: round after round, one run each. Printed are
medians. What counts is processor time (user and system, all threads and children), for other work on the machine
changes it less than wall time. Nothing is printed unless all of them find the same rows met and the same unknown.

Some run on a part of the rows or rules, as the table says; "ns" is processor time for one enterprise and one rule.
With `--features` the rules use more of the language (`rich_rules`), which few contenders understand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rules.contender import ENGINE, Job
from benchmarks.rules.rich_rules import FEATURES

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """How much of the task a contender gets at most; what it takes grows with both."""

    rows: int | None = None
    rules: int | None = None


CONTENDERS = {
    ENGINE: Part(),
    "engine_sorted": Part(),
    "engine_fresh": Part(),
    "engine_plain": Part(),
    "numpy_each": Part(),
    "roaring": Part(),
    "polars_all": Part(),
    "openfisca": Part(rules=300),
    "duckdb_each": Part(rules=100),
    "duckdb_one": Part(rules=100),
    "duckdb_full": Part(rows=20_000, rules=100),
    "zen_array": Part(rows=1000),
    "zen_graph": Part(rows=200),
    "drools": Part(rows=200),
    "json_logic": Part(rows=50),
}
RICH_PEERS = ["duckdb_full"]
"""Those that understand the whole language."""

PACKAGES = (
    "numpy",
    "numba",
    "pyarrow",
    "pyroaring",
    "polars",
    "openfisca-core",
    "duckdb",
    "zen-engine",
    "drools-jpy",
    "json-logic-qubit",
)


class Failed(Exception):
    """A contender that ended in the middle."""


@dataclass
class Running:
    """A contender's process and what its runs cost."""

    name: str
    job: Job
    process: subprocess.Popen[str]
    prepared: dict[str, Any] = field(default_factory=dict)
    runs: list[dict[str, float]] = field(default_factory=list)

    def ask(self, what: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended with {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def median(self, key: str) -> float:
        return statistics.median(run[key] for run in self.runs)

    def nanoseconds(self, run: dict[str, float]) -> float:
        return run["cpu"] * 1e9 / (self.job.rows * self.job.rules)


@contextmanager
def started(name: str, job: Job) -> Iterator[Running]:
    command = [sys.executable, "-m", "benchmarks.rules.contender", name, json.dumps(asdict(job))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            running = Running(name, job, process)
            running.prepared = running.answer()
            yield running
        finally:
            process.kill()


def measure(names: list[str], job: Job, rounds: int, what: str) -> tuple[list[Running], list[str]]:
    """Run the contenders in turn: all of them, and the names of those that nothing could be compared with.

    Failed when two find different matches.
    """
    job.write_files()
    with ExitStack() as stack:
        all_of_them = [stack.enter_context(started(name, part_of(job, CONTENDERS[name]))) for name in names]
        running = [each for each in all_of_them if "skipped" not in each.prepared]
        for _ in range(rounds):
            for each in running:
                each.runs.append(each.ask(what))
        alone = check(running, job)
    return all_of_them, alone


def part_of(job: Job, part: Part) -> Job:
    return replace(job, rows=min(job.rows, part.rows or job.rows), rules=min(job.rules, part.rules or job.rules))


def check(running: list[Running], job: Job) -> list[str]:
    """Failed unless all contenders of one size and a yardstick of that size have the same digest of matches.

    The yardstick is NumPy, or for rich rules this project's engine, held against the oracle in SQL. Given back are
    the names of contenders of a size for which there was no yardstick.
    """
    alone: list[str] = []
    sizes: dict[Job, dict[str, str]] = {}
    for each in running:
        sizes.setdefault(each.job, {})[each.name] = each.ask("check")["digest"]
    yardstick = "numpy_each" if job.features is None else ENGINE
    for size, digests in sizes.items():
        if yardstick not in digests:
            with started(yardstick, size) as judge:
                if "skipped" in judge.prepared:
                    alone += digests
                    continue
                digests[yardstick] = judge.ask("check")["digest"]
        if len(set(digests.values())) > 1:
            raise Failed(f"different matches for {size.rows} rows and {size.rules} rules: {digests}")
    return alone


# ---- the report


def copy_bandwidth() -> float:
    """Bytes a second that one thread copies, the best of five."""
    source = np.ones(32_000_000)
    target = np.empty_like(source)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        np.copyto(target, source)
        took.append(time.perf_counter() - begun)
    return source.nbytes / min(took)


def machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    lines = [
        f"{os.cpu_count()} processors {names[0] if names else platform.machine()}, {memory:.0f} GiB, "
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, {', '.join(versions)}",
    ]
    return "\n".join(lines)


def floor(job: Job) -> str:
    """What it takes to touch the register once."""
    size = job.task().table.nbytes
    bandwidth = copy_bandwidth()
    seconds = size / bandwidth
    each = seconds * 1e9 / (job.rows * job.rules)
    return (
        f"floor: the register's {size / 2**20:.0f} MiB copied once at {bandwidth / 1e9:.1f} GB/s "
        f"take {seconds:.4f} s, {each:.5f} ns"
    )


def table(running: list[Running]) -> str:
    engine = next((each for each in running if each.name == ENGINE and each.runs), None)
    titles = ("contender", "rows", "rules", "prepare CPU s", "CPU s", "wall s", "ns", "peak MiB", "× engine")
    lines = [titles, *(_line(each, engine) for each in running if each.runs)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(titles))]
    shown = []
    for line in lines:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        shown.append("  ".join(cells).rstrip())
    shown += [f"skipped {each.name}: {each.prepared['skipped']}" for each in running if not each.runs]
    return "\n".join(shown)


def _line(each: Running, engine: Running | None) -> tuple[str, ...]:
    nanoseconds = statistics.median(each.nanoseconds(run) for run in each.runs)
    ratio = "-"
    if engine is not None:
        pairs = zip(each.runs, engine.runs, strict=True)
        ratio = f"{statistics.median(each.nanoseconds(mine) / engine.nanoseconds(own) for mine, own in pairs):.1f}"
    return (
        each.name,
        str(each.job.rows),
        str(each.job.rules),
        f"{each.prepared['cpu']:.2f}",
        f"{each.median('cpu'):.3f}",
        f"{each.median('wall'):.3f}",
        f"{nanoseconds:.3f}",
        f"{each.median('peak'):.0f}",
        ratio,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure rule engines on a whole register.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the rules")
    parser.add_argument("--what", choices=["counts", "rows"], default="counts", help="how many, or which rows too")
    parser.add_argument("--peers", help=f"some of {', '.join(CONTENDERS)}; the engine always runs")
    parser.add_argument("--features", help=f"'all', or some of {', '.join(FEATURES)}: rules that use them")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "qingdan-rule-benchmark")
    options = parser.parse_args()
    usual = RICH_PEERS if options.features else [name for name in CONTENDERS if name != ENGINE]
    names = [ENGINE, *(options.peers.split(",") if options.peers else usual)]
    if unknown := set(names) - set(CONTENDERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    features = None
    if options.features:
        features = tuple(FEATURES) if options.features == "all" else tuple(options.features.split(","))
        if unknown := set(features) - set(FEATURES):
            parser.error(f"no such feature: {', '.join(sorted(unknown))}")
    job = Job(options.rows, options.rules, options.seed, features, str(options.data))
    print(machine())
    try:
        running, alone = measure(names, job, options.rounds, options.what)
    except Failed as reason:
        print(f"no times: {reason}")
        return 1
    print(floor(job))
    agreed = f"nothing to compare with: {', '.join(alone)}" if alone else "all find the same rows met and unknown"
    print(f"{options.what}, medians of {options.rounds} rounds in turn; {agreed}")
    print(table(running))
    return 0
