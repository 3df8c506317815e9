"""The workload: a register of made-up enterprises and rules as districts write them, the same from every seed.

The register has thirty facts (an industry among 1400 classes, district, size, registration, credit, twelve flags,
thirteen numbers); each is missing for 10 to 20 % of the enterprises. A rule has about eight clauses; of eighty in a
hundred all clauses must hold (`gates`), the others are free trees. About 1.4 % of the pairs are met.

The facts of an enterprise are independent of one another: real registers are not, so matches gather elsewhere there.

    .venv/bin/python -m benchmarks.rules.workload FOLDER --rows 1000000 [--chunks 58] [--form arrow]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period
from qingdan.rules.language.rule import Rule
from qingdan.rules.values import Value

FACT_DATE = date(2026, 7, 1)
CHUNK = 1_000_000
"""Rows of a chunk: the register of 58 chunks begins with that of one."""

FLAGS = {
    "high_tech": 0.12,
    "small_tech": 0.08,
    "little_giant": 0.05,
    "champion": 0.04,
    "climbing": 0.05,
    "gazelle": 0.05,
    "unicorn": 0.04,
    "listed": 0.06,
    "dishonest": 0.05,
    "abnormal": 0.06,
    "polluting": 0.05,
    "exporting": 0.20,
}
"""Yes-or-no facts and how often they hold."""

BRANCHES = (20, 97, 470, 1400)
"""Sections, divisions, groups and classes of the industries."""

FLAT_CODES = {"district": 23, "size": 4, "registration": 20, "credit": 5}


@dataclass(frozen=True)
class Number:
    """A numeric fact: its column, how a rule names it, and one unit of thresholds in steps of the field."""

    column: str
    figure: Figure
    unit: str
    steps: int
    type: pa.DataType


def _yearly(name: str, unit: str, steps: int, type: pa.DataType) -> Number:
    return Number(f"{name}@2025", Figure(field=name, period=Period("year-1")), unit, steps, type)


_WAN = 1_000_000
"""Fen in 万元, in which money is reported here and asked for: values lie exactly at thresholds."""
LOG_MONEY = {"revenue": 6.2, "tax": 3.2, "profit": 4.0, "assets": 6.8, "rd": 3.5, "investment": 4.5}
"""Yearly money and the mean of its logarithm in 万元."""
NUMBERS = {
    **{name: _yearly(name, "万元", _WAN, pa.int64()) for name in LOG_MONEY},
    "capital": Number("capital", Figure(field="capital"), "万元", _WAN, pa.int64()),
    "rd_ratio": _yearly("rd_ratio", "‰", 1, pa.int32()),
    "rd_staff": _yearly("rd_staff", "‰", 1, pa.int32()),
    "growth": _yearly("growth", "‰", 1, pa.int32()),
    "employees": Number("employees@2025-12-31", Figure(field="employees"), "人", 1, pa.int32()),
    "patents": Number("patents", Figure(field="patents"), "项", 1, pa.int32()),
}
HISTORY = ("revenue", "profit", "rd")
"""Fields that also have the years before, in a register with history."""


# ---- the catalogue


@cache
def industry_bounds() -> list[list[int]]:
    """For each level the places between 0 and 1400 at which its branches begin, and the end."""
    rng = np.random.default_rng(3)
    bounds = {0, BRANCHES[-1]}
    levels = []
    for count in BRANCHES:
        free = sorted(set(range(BRANCHES[-1])) - bounds)
        bounds |= {int(each) for each in rng.choice(free, count + 1 - len(bounds), replace=False)}
        levels.append(sorted(bounds))
    return levels


@cache
def industry_codes() -> list[list[str]]:
    """The codes of each level in order: A to T, 01 to 97, 001 to 470, 0001 to 1400."""
    sections = [chr(ord("A") + index) for index in range(BRANCHES[0])]
    widths = zip(BRANCHES[1:], (2, 3, 4), strict=True)
    return [sections] + [[f"{index + 1:0{width}}" for index in range(count)] for count, width in widths]


def _industries() -> CodeTree:
    codes: list[Code] = []
    above: list[str] = []
    for names, bounds in zip(industry_codes(), industry_bounds(), strict=True):
        # The branch of the level above to which each class belongs.
        codes += [
            Code(name, f"行业{name}", above[begin] if above else "")
            for name, begin in zip(names, bounds[:-1], strict=True)
        ]
        above = [name for name, (begin, end) in zip(names, pairwise(bounds), strict=True) for _ in range(begin, end)]
    return CodeTree("industries", "行业", tuple(codes))


def flat_codes(name: str) -> list[str]:
    return [f"{name[0].upper()}{index + 1:02}" for index in range(FLAT_CODES[name])]


def leaf_codes(name: str) -> list[str]:
    """The codes that facts have, in the order of the tree."""
    return industry_codes()[-1] if name == "industry" else flat_codes(name)


def _field(name: str, kind: FieldType, period: PeriodKind = PeriodKind.NONE, **more: object) -> Field:
    return Field(name=name, chinese=name, english=name, type=kind, period=period, **more)  # type: ignore[arg-type]


def _number_field(name: str, number: Number) -> Field:
    period = PeriodKind.YEAR if number.figure.period else PeriodKind.NONE
    if name in ("rd_ratio", "rd_staff", "growth"):
        minimum = None if name == "growth" else Value(Decimal(0), "%")
        return _field(name, FieldType.RATIO, period, scale=3, minimum=minimum)
    if number.unit == "万元":
        minimum = None if name == "profit" else Value(Decimal(0), "元")
        return _field(name, FieldType.MONEY, period, unit="元", minimum=minimum)
    period = PeriodKind.AS_OF if name == "employees" else period
    return _field(name, FieldType.INTEGER, period, unit=number.unit, minimum=Value(Decimal(0), number.unit))


@cache
def catalogue() -> Catalogue:
    trees = [CodeTree(name, name, tuple(Code(code, code) for code in flat_codes(name))) for name in FLAT_CODES]
    fields = [_field("industry", FieldType.CODE, tree="industries")]
    fields += [_field(name, FieldType.CODE, tree=name) for name in FLAT_CODES]
    fields += [_field(name, FieldType.BOOLEAN) for name in FLAGS]
    fields += [_number_field(name, number) for name, number in NUMBERS.items()]
    fields += [_field("founded", FieldType.DATE)]
    return Catalogue(tuple(fields), (_industries(), *trees))


# ---- the register


def columns() -> list[str]:
    """The thirty columns of facts, in order."""
    return ["industry", *FLAT_CODES, *FLAGS, *(number.column for number in NUMBERS.values()), "founded"]


@cache
def missing_rates() -> dict[str, float]:
    rates = np.random.default_rng(7).uniform(0.10, 0.20, len(columns()))
    return dict(zip(columns(), rates.tolist(), strict=True))


@cache
def _industry_weights() -> npt.NDArray[np.float64]:
    weights = np.random.default_rng(5).pareto(1.2, BRANCHES[-1]) + 0.05
    return np.cumsum(weights / weights.sum())


def register(chunk: int, rows: int = CHUNK, history: bool = False) -> pa.Table:
    """The enterprises of one chunk in the register's columns; at most a million. `history` adds the years 2023 and
    2024 of revenue, profit and R&D expenses. Fewer rows are another draw, not the beginning of the whole chunk."""
    arrays = {"code": pa.array(np.arange(rows) + (10**11 + chunk * CHUNK)).cast(pa.string())}
    for place, column in enumerate(columns()):
        rng = np.random.default_rng([chunk, place])
        gone = rng.random(rows, dtype="float32") < missing_rates()[column]
        arrays[column] = _column(column, rng, rows, gone)
    table = pa.table(arrays)
    return _with_history(table, chunk) if history else table


def _column(column: str, rng: np.random.Generator, rows: int, gone: npt.NDArray[np.bool_]) -> pa.Array:
    name = column.partition("@")[0]
    if name == "industry" or name in FLAT_CODES:
        codes = leaf_codes(name)
        weights = _industry_weights() if name == "industry" else _flat_weights(len(codes))
        drawn = np.searchsorted(weights, rng.random(rows)).clip(0, len(codes) - 1)
        return pa.DictionaryArray.from_arrays(pa.array(drawn.astype("int16"), mask=gone), pa.array(codes))
    if name in FLAGS:
        return pa.array(rng.random(rows, dtype="float32") < FLAGS[name], mask=gone)
    if name == "founded":
        return pa.array(rng.integers(3650, 20400, rows, dtype="int32"), pa.int32(), mask=gone).cast(pa.date32())
    number = NUMBERS[name]
    return pa.array(_drawn(name, rng, rows) * number.steps, number.type, mask=gone)


def _flat_weights(count: int) -> npt.NDArray[np.float64]:
    weights = 1 / np.arange(1, count + 1) ** 0.7
    return np.cumsum(weights / weights.sum())


def _drawn(name: str, rng: np.random.Generator, rows: int) -> npt.NDArray[np.int64]:
    """Numbers in the unit of thresholds: whole 万元, ‰, 人, 项."""
    drawn: npt.NDArray[Any]
    match name:
        case "rd_ratio" | "rd_staff":
            drawn = rng.gamma(1.2, 4.0, rows) * 10
        case "growth":
            drawn = rng.standard_normal(rows) * 150 + 60
        case "employees":
            drawn = np.exp(rng.standard_normal(rows) * 1.5 + 2.8)
        case "patents":
            drawn = rng.poisson(np.exp(rng.standard_normal(rows)))
        case _:
            drawn = np.exp(rng.standard_normal(rows) * 1.9 + LOG_MONEY.get(name, 5.3))
    return np.rint(drawn).astype("int64")


def _with_history(table: pa.Table, chunk: int) -> pa.Table:
    """Each year before is the next one's figure, less a growth of about a tenth; a tenth is missing on top."""
    for place, name in enumerate(HISTORY):
        later = table[f"{name}@2025"].combine_chunks()
        for year in (2024, 2023):
            rng = np.random.default_rng([chunk, 100 + place, year])
            figures = later.fill_null(0).to_numpy() / (1.1 + 0.2 * rng.standard_normal(len(table))).clip(0.3)
            gone = later.is_null().to_numpy(zero_copy_only=False) | (rng.random(len(table)) < 0.1)
            later = pa.array(np.rint(figures / _WAN).astype("int64") * _WAN, pa.int64(), mask=gone)
            table = table.append_column(f"{name}@{year}", later)
    return table


def write_register(
    folder: Path, chunks: int = 1, rows: int = CHUNK, form: str = "parquet", history: bool = False
) -> list[Path]:
    """One file for each chunk, made unless it is there: Parquet, or uncompressed Arrow IPC for `form` "arrow"."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{'history' if history else 'register'}-{rows}-{chunk:03}.{form}" for chunk in range(chunks)]
    for chunk, path in enumerate(paths):
        if path.exists():
            continue
        half = path.with_suffix(".tmp")
        if form == "parquet":
            pq.write_table(register(chunk, rows, history), half, compression="zstd", compression_level=1)
        else:
            table = register(chunk, rows, history)
            with pa.OSFile(str(half), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        half.rename(path)
    return paths


def read_register(paths: Iterable[Path], wanted: list[str] | None = None) -> pa.Table:
    """The register of these files; `wanted`: only these columns."""
    tables = []
    for path in paths:
        if path.suffix == ".parquet":
            tables.append(pq.read_table(path, columns=wanted))
        else:
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
            tables.append(table.select(wanted) if wanted else table)
    return pa.concat_tables(tables).unify_dictionaries()


# ---- the rules


def rules(count: int, seed: int = 1) -> list[Rule]:
    """Rules of yes-or-no clauses: four in five gates, the others free trees."""
    writer = RuleWriter(np.random.default_rng(seed))
    return [named_rule(index, writer.gate() if writer.happens(0.8) else writer.wide()) for index in range(count)]


def named_rule(index: int, condition: c.Condition) -> Rule:
    name = f"rule-{index:05}"
    return Rule(id=name, title=name, version="1", valid_from=date(2026, 1, 1), condition=condition)


@cache
def thresholds() -> dict[str, list[int]]:
    """Thirty-two values between the 5th and the 95th percent of each number, in the unit of thresholds; of `founded`,
    days since 1970. None at the least possible value, which a missing figure reaches too."""
    sample = register(0, 200_000)
    found = {}
    for name in [*NUMBERS, "founded"]:
        number = NUMBERS.get(name)
        column = sample[number.column if number else name].drop_null()
        values = column.to_numpy() // number.steps if number else column.cast(pa.int32()).to_numpy()
        points = np.rint(np.quantile(values, np.linspace(0.05, 0.95, 32))).astype("int64")
        found[name] = [int(each) for each in np.unique(points) if each > 0 or name == "growth"]
    return found


class RuleWriter:
    """Draws conditions; everything comes from one generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def happens(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, low: int, high: int) -> int:
        """A whole number from `low` to below `high`."""
        return int(self.rng.integers(low, high))

    def industries(self) -> c.InCodes:
        codes = []
        for _ in range(self.pick(1, 6)):
            level = industry_codes()[int(self.rng.choice(4, p=[0.2, 0.4, 0.25, 0.15]))]
            codes.append(level[self.pick(0, len(level))])
        return c.InCodes(field="industry", codes=tuple(sorted(set(codes))))

    def codes(self, name: str = "") -> c.InCodes:
        name = name or str(self.rng.choice(list(FLAT_CODES)))
        known = flat_codes(name)
        chosen = self.rng.choice(len(known), self.pick(1, max(2, int(len(known) * 0.7))), replace=False)
        return c.InCodes(field=name, codes=tuple(known[index] for index in sorted(chosen.tolist())))

    def flag(self, index: int | None = None) -> c.Flag:
        names = list(FLAGS)
        return c.Flag(field=names[self.pick(0, len(names)) if index is None else index], expected=True)

    def number(self) -> c.Condition:
        names = [*NUMBERS, "founded"]
        name = names[self.pick(0, len(names))]
        values = thresholds()[name]
        value, above = values[self.pick(0, len(values))], self.happens(0.75)
        if name == "founded":
            day = date(1970, 1, 1) + timedelta(days=value)
            return (
                c.DateWindow(field=name, start=day) if above else c.DateWindow(field=name, end=day - timedelta(days=1))
            )
        number = NUMBERS[name]
        op = Op.AT_LEAST if above else Op.LESS_THAN
        return c.Compare(figure=number.figure, op=op, value=Value(Decimal(value), number.unit))

    def clause(self) -> c.Condition:
        place = self.rng.random()
        if place < 0.1:
            return self.industries()
        if place < 0.25:
            return self.codes()
        return self.flag() if place < 0.45 else self.number()

    def tree(self, depth: int, size: int) -> c.Condition:
        """A free tree of about `size` clauses."""
        if size <= 1 or depth == 0:
            return c.NoneOf(conditions=(self.clause(),)) if self.happens(0.12) else self.clause()
        kind, parts = self.rng.random(), min(size, self.pick(2, 5))
        sizes = self.rng.multinomial(size - parts, [1 / parts] * parts) + 1
        below = tuple(self.tree(depth - 1, int(each)) for each in sizes)
        if kind < 0.45:
            return c.All(conditions=below)
        if kind < 0.75:
            return c.Any(conditions=below)
        if kind < 0.85:
            return c.NoneOf(conditions=below)
        return c.AtLeast(k=self.pick(1, parts + 1), conditions=below)

    def gate(self) -> c.Condition:
        """Where, what and how large, no bar, a title, and some of several achievements."""
        parts: list[c.Condition] = []
        parts += [self.industries()] if self.happens(0.55) else []
        parts += [self.codes("district")] if self.happens(0.5) else []
        parts += [self.codes("size")] if self.happens(0.4) else []
        parts += [self.codes()] if self.happens(0.25) else []
        parts += [c.Exclusion(condition=self.flag(8))] if self.happens(0.5) else []
        parts += [c.Exclusion(condition=self.flag(9))] if self.happens(0.2) else []
        if self.happens(0.45):
            titles = self.rng.choice(8, self.pick(2, 4), replace=False)
            parts.append(c.Any(conditions=tuple(self.flag(int(index)) for index in titles)))
        if self.happens(0.5):
            size = self.pick(3, 7)
            some = tuple(self.number() if self.happens(0.75) else self.flag() for _ in range(size))
            parts.append(c.AtLeast(k=self.pick(2, size), conditions=some))
        parts += [self.number() for _ in range(self.pick(1, 4))]
        return c.All(conditions=tuple(parts)) if len(parts) > 1 else parts[0]

    def wide(self) -> c.Condition:
        """A free tree, nearly always narrowed to industries and districts: half the register would match otherwise."""
        tree = self.tree(3, self.pick(4, 10))
        if self.happens(0.06):
            return tree
        return c.All(conditions=(self.industries(), self.codes("district"), tree))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the register to files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=CHUNK, help="rows of each file")
    parser.add_argument("--chunks", type=int, default=1)
    parser.add_argument("--form", choices=["parquet", "arrow"], default="parquet")
    parser.add_argument("--history", action="store_true")
    options = parser.parse_args()
    for path in write_register(options.folder, options.chunks, options.rows, options.form, options.history):
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
