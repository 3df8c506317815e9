"""Every enterprise of a country: 58 million by 1,000 rules, segment by segment, on this machine.

    .venv/bin/python -m benchmarks.rules.national make --chunks 58 --data DIR     # once: about 8 GB
    .venv/bin/python -m benchmarks.rules.national counts met all fresh parquet edited --chunks 58 --data DIR

What is run: `counts` of met and unknown from encoded segments; the lists of the `met` as well; the lists of met and
unknown (`all`); `fresh`: rules compiled and facts encoded from the segments' Arrow files, met listed, nothing
prepared; `parquet`: the same from compressed Parquet files; `edited`: one rule with one threshold changed to another
that some rule has. Each runs in a process of its own; printed are the rounds' median wall and processor seconds,
processor nanoseconds for each enterprise, and the most memory the process had (mapped files included).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.rules import workload
from benchmarks.rules.contender import cpu_seconds, peak_mib
from qingdan.rules.compiler import compile_rules
from qingdan.rules.compiler.attributes import columns_of
from qingdan.rules.kernel.answers import Answers, run
from qingdan.rules.language import conditions as c
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match import Matcher
from qingdan.rules.store import Register, Segment, build_register

MET, ALL = frozenset({State.MET}), frozenset({State.MET, State.UNKNOWN})


def make(folder: Path, chunks: int) -> None:
    """The register's Parquet files, and the segments made from them, one for each file."""
    (folder / "parquet").mkdir(parents=True, exist_ok=True)
    files = [folder / "parquet" / f"part-{number:05d}.parquet" for number in range(chunks)]
    for number, file in enumerate(files):
        if not file.exists():
            work = file.with_suffix(".making")
            pq.write_table(workload.register(number), work, compression="zstd")
            work.rename(file)
            print(f"{number + 1} of {chunks}", flush=True)
    register = build_register(files, folder / "register", workload.catalogue(), segment_rows=workload.CHUNK)
    matcher = Matcher(workload.rules(1000), register.catalogue, workload.FACT_DATE)
    encoding = register.encoding(matcher.program, workload.FACT_DATE)
    for segment in register.segments:
        segment.tiles(encoding)


class Listed:
    """All segments from their tiles, every list kept. Prepared: the compiled rules and the mapped tiles."""

    def __init__(self, register: Register, states: frozenset[State]) -> None:
        self.states = states
        self.matcher = Matcher(workload.rules(1000), register.catalogue, workload.FACT_DATE)
        encoding = register.encoding(self.matcher.program, workload.FACT_DATE)
        self.segments = [
            (segment.rows, *segment.tiles_for(self.matcher.program, encoding)) for segment in register.segments
        ]

    def __call__(self, threads: int) -> tuple[int, int]:
        program = self.matcher.program
        return _together(
            self.segments, threads, lambda each: run(program, each[1], each[2], each[0], listed=self.states)
        )


class Fresh:
    """From the Arrow files of the segments, with nothing prepared but the list of rules."""

    def __init__(self, register: Register) -> None:
        self.register, self.rules = register, workload.rules(1000)

    def __call__(self, threads: int) -> tuple[int, int]:
        matcher = Matcher(self.rules, self.register.catalogue, workload.FACT_DATE)
        return _together(self.register.segments, threads, lambda each: self.match(matcher, each))

    def match(self, matcher: Matcher, segment: Segment) -> Answers:
        return matcher.table(self.read(matcher, segment), listed=MET).answers

    def read(self, matcher: Matcher, segment: Segment) -> pa.Table:
        return segment.facts


class FromParquet(Fresh):
    """From compressed Parquet files, only the columns that the rules ask for."""

    def read(self, matcher: Matcher, segment: Segment) -> pa.Table:
        parquet = pq.ParquetFile(segment.folder.parents[1] / "parquet" / f"part-{segment.folder.name[-5:]}.parquet")
        fields = {column.field for each in matcher.program.attributes for column in columns_of(each)} | {"code"}
        names = [name for name in parquet.schema_arrow.names if name.partition("@")[0] in fields]
        return parquet.read(names, use_threads=False)


def _together(parts: Sequence[Any], threads: int, match: Callable[[Any], Answers]) -> tuple[int, int]:
    """Match the parts; gives how many are met and unknown, all rules together."""
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(match, parts))
    sums = dict.fromkeys(State, 0)
    for each in answers:
        for result, count in zip(each.program.results, each.counts.tolist(), strict=True):
            sums[result.state] += count
    return sums[State.MET], sums[State.UNKNOWN]


class Edited:
    """One rule with its first threshold moved to another rule's, over all segments, from the tiles that are there."""

    def __init__(self, register: Register) -> None:
        rules = workload.rules(1000)
        program = compile_rules(rules, register.catalogue, workload.FACT_DATE)
        self.register, self.encoding = register, register.encoding(program, workload.FACT_DATE)
        self.rule = _moved(rules)
        self.segments = [(segment, segment.tiles(self.encoding)) for segment in register.segments]
        self(1)

    def __call__(self, threads: int) -> tuple[int, int]:
        known = self.encoding.attributes
        program = compile_rules([self.rule], self.register.catalogue, workload.FACT_DATE, known)
        index = self.segments[0][0].tiles_for(program, self.encoding)[1]

        return _together(
            self.segments, threads, lambda each: run(program, each[1], index, each[0].rows, listed=frozenset())
        )


def _moved(rules: list[Rule]) -> Rule:
    """A rule of eight clauses with a comparison, its value replaced by that of another rule on the same field."""
    compares = [(rule, part) for rule in rules for part in rule.condition.parts if isinstance(part, c.Compare)]
    for rule, part in compares:
        for _, other in compares:
            if other.figure == part.figure and other.op == part.op and other.value != part.value:
                if len(rule.condition.parts) < 6:
                    continue
                moved = dataclasses.replace(part, value=other.value)
                parts = tuple(moved if each is part else each for each in rule.condition.parts)
                return dataclasses.replace(rule, condition=dataclasses.replace(rule.condition, conditions=parts))
    raise AssertionError("no rule to edit")


def work(what: str, folder: Path, chunks: int, rounds: int, threads: int) -> None:
    """One line of JSON with the medians."""
    whole = Register.open(folder / "register")
    register = dataclasses.replace(whole, segments=whole.segments[:chunks])
    tasks: dict[str, Callable[[], Callable[[int], tuple[int, int]]]] = {
        "counts": lambda: Listed(register, frozenset()),
        "met": lambda: Listed(register, MET),
        "all": lambda: Listed(register, ALL),
        "fresh": lambda: Fresh(register),
        "parquet": lambda: FromParquet(register),
        "edited": lambda: Edited(register),
    }
    task = tasks[what]()
    # Numba compiles at the first call.
    Fresh(dataclasses.replace(register, segments=register.segments[:1]))(1)
    walls, cpus, found = [], [], (0, 0)
    for _ in range(rounds):
        started, cpu = time.perf_counter(), cpu_seconds()
        found = task(threads)
        walls.append(time.perf_counter() - started)
        cpus.append(cpu_seconds() - cpu)
    cpu = statistics.median(cpus)
    print(
        json.dumps(
            {
                "what": what,
                "enterprises": register.rows,
                "threads": threads,
                "wall s": round(statistics.median(walls), 3),
                "best wall s": round(min(walls), 3),
                "CPU s": round(cpu, 3),
                "best CPU s": round(min(cpus), 3),
                "ns": round(cpu * 1e9 / register.rows, 2),
                "peak MiB": round(peak_mib()),
                "Arrow MiB": round(pa.total_allocated_bytes() / 2**20),
                "met": found[0],
                "unknown": found[1],
                "load": os.getloadavg()[0],
            }
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Match a country's enterprises with 1,000 rules.")
    names = ["make", "counts", "met", "all", "fresh", "parquet", "edited"]
    parser.add_argument("what", nargs="+", choices=names)
    parser.add_argument("--chunks", type=int, default=58, help="millions of enterprises")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for what in options.what:
        if what == "make":
            make(options.data, options.chunks)
        elif len(options.what) == 1:
            work(what, options.data, options.chunks, options.rounds, options.threads)
        else:
            rest = [f"--{name}={getattr(options, name)}" for name in ("chunks", "data", "rounds", "threads")]
            subprocess.run([sys.executable, "-m", "benchmarks.rules.national", what, *rest], check=True)


if __name__ == "__main__":
    main()
