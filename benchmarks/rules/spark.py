"""A register matched by one process of this machine and by Spark's workers on it: what handing out segments costs.

    .venv/bin/python -m benchmarks.rules.spark --segments 16 [--segment-rows 131072] [--rules 1000] [--rounds 3]

Both compile the rules, match every segment and write all files; they take turns, and nothing is printed unless the
files are the same, byte by byte. Spark is started before, and its first run, which starts the workers, stands alone.
What counts is processor time (user and system): of this process, and of Spark's driver, Java and workers together.
So "rows per second and core" is what a core gives that has nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.rules import workload
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match import Matcher, match_register
from qingdan.rules.spark import match_on_spark, open_session
from qingdan.rules.store import Register, build_register


@dataclass(frozen=True)
class Cost:
    """Seconds of a run, on the clock and of the processor by kind of process."""

    wall: float
    parts: dict[str, float]

    @property
    def cpu(self) -> float:
        return sum(self.parts.values())


@dataclass(frozen=True)
class Process:
    """A process of Spark: its parent, its processor seconds with those of its ended children, its peak of memory."""

    parent: int
    cpu: float
    peak_mib: float
    name: str


def processes() -> dict[int, Process]:
    """This process and all below it."""
    found: dict[int, Process] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            status = (folder / "status").read_text()
        except OSError:  # it has just ended
            continue
        name, _, rest = stat.partition("(")[2].rpartition(")")
        numbers = rest.split()
        ticks = sum(int(each) for each in numbers[11:15])
        peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        seconds = ticks / os.sysconf("SC_CLK_TCK")
        found[int(folder.name)] = Process(int(numbers[1]), seconds, sum(peaks) / 1024, name)
    return {pid: each for pid, each in found.items() if os.getpid() in _line(found, pid)}


def _line(found: dict[int, Process], pid: int) -> Iterator[int]:
    """A process, its parent, and so on."""
    while pid in found:
        yield pid
        pid = found[pid].parent


def tree_seconds() -> dict[str, float]:
    """Processor seconds so far: of this process, which drives Spark, of Java, and of the workers."""
    found = processes()
    java = sum(each.cpu for each in found.values() if each.name == "java")
    own = found[os.getpid()].cpu
    return {"driver": own, "Java": java, "workers": sum(each.cpu for each in found.values()) - java - own}


def own_seconds() -> dict[str, float]:
    return {"process": time.process_time()}


def measured(run: Callable[[], object], seconds: Callable[[], dict[str, float]]) -> Cost:
    wall, before = time.perf_counter(), seconds()
    run()
    after = seconds()
    return Cost(time.perf_counter() - wall, {kind: after[kind] - before[kind] for kind in after})


def same_files(left: Path, right: Path) -> bool:
    names = sorted(file.name for file in left.iterdir())
    return names == sorted(file.name for file in right.iterdir()) and all(
        (left / name).read_bytes() == (right / name).read_bytes() for name in names
    )


@dataclass(frozen=True)
class Bench:
    """One task for both."""

    rules: list[Rule]
    register: Register
    folder: Path
    listed: list[State]
    session: Any

    def local(self) -> None:
        """From nothing to all files, in this process."""
        matcher = Matcher(self.rules, workload.catalogue(), workload.FACT_DATE)
        match_register(matcher, self.register, self._empty("local"), listed=self.listed)

    def spark(self) -> None:
        """The same by Spark's workers."""
        self._empty("spark")
        self.spark_again()

    def spark_again(self) -> None:
        """What Spark costs where nothing is left to do."""
        match_on_spark(
            self.session,
            self.rules,
            self.register.folder,
            self.folder / "spark",
            catalogue=workload.catalogue(),
            fact_date=workload.FACT_DATE,
            listed=self.listed,
        )

    def _empty(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    def check(self) -> None:
        assert same_files(self.folder / "local", self.folder / "spark"), "the results differ"


def report(name: str, costs: list[Cost], rows: int, cores: int) -> float:
    """Prints a line; gives rows per processor second."""
    cpu, wall = (statistics.median(getattr(each, what) for each in costs) for what in ("cpu", "wall"))
    print(f"{name:34} {cpu:8.2f} {wall:8.2f} {rows / cpu:12,.0f} {rows / wall / cores:12,.0f}")
    return rows / cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--segments", type=int, default=16)
    parser.add_argument("--segment-rows", type=int, default=1 << 17)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--listed", nargs="+", type=State, default=[State.MET, State.UNKNOWN])
    parser.add_argument("--folder", type=Path, default=None, help="to keep the register in; otherwise it is removed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        kept = options.folder or Path(temporary)
        sources = workload.write_register(kept / "tables", options.segments, options.segment_rows)
        register = build_register(sources, kept / "register", workload.catalogue(), segment_rows=options.segment_rows)
        starting = time.perf_counter()
        session = open_session(
            f"local[{options.cores}]", {"spark.log.level": "ERROR", "spark.ui.showConsoleProgress": "false"}
        )
        starting = time.perf_counter() - starting
        rules = workload.rules(options.rules)
        bench = Bench(rules, register, Path(temporary), sorted(options.listed), session)
        bench.local()  # makes the tiles and loads the compiled kernel
        first = measured(bench.spark, tree_seconds)
        bench.check()
        local, spark = [], []
        for _ in range(options.rounds):
            local.append(measured(bench.local, own_seconds))
            spark.append(measured(bench.spark, tree_seconds))
            bench.check()
        idle = measured(bench.spark_again, tree_seconds)
        below = [each for pid, each in processes().items() if pid != os.getpid()]
        print(
            f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
            f"pyspark {version('pyspark')}, local[{options.cores}], started in {starting:.1f} s of the clock"
        )
        print(
            f"{len(register.segments)} segments of {options.segment_rows:,} rows, {options.rules} rules, "
            f"listed: {', '.join(bench.listed)}; median of {options.rounds}"
        )
        print(f"{'':34} {'CPU s':>8} {'wall s':>8} {'rows/CPU s':>12} {'rows/s/core':>12}")
        ours = report("one process", local, register.rows, 1)
        theirs = report("Spark", spark, register.rows, options.cores)
        report("Spark, first run", [first], register.rows, options.cores)
        print(f"{'Spark, all segments done already':34} {idle.cpu:8.2f} {idle.wall:8.2f}")
        parts = {kind: statistics.median(each.parts[kind] for each in spark) for kind in spark[0].parts}
        print("Spark's CPU s: " + ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in parts.items()))
        print(f"Spark / one process, rows per processor second: {theirs / ours:.2f}")
        for kind in ("java", "python"):
            peaks = [each.peak_mib for each in below if each.name.startswith(kind)]
            print(f"{len(peaks)} processes {kind}, peak of the largest {max(peaks):.0f} MiB")
        session.stop()


if __name__ == "__main__":
    main()
