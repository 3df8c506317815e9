"""Enterprises as a command takes them: a register, Parquet files, or one enterprise's facts in a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingdan.rules import library
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.commands.rules import read_text
from qingdan.rules.commands.terminal import both, note, refuse_all
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.forms import load_json, load_yaml
from qingdan.rules.forms.text import read_json, read_yaml
from qingdan.rules.store import Register
from qingdan.rules.store import register as store
from qingdan.rules.store.facts import facts_in_files, facts_in_register


def read_day(written: str, option: str) -> date:
    """A day as 2026-07-01, today when nothing is written; RuleError that names the option."""
    if not written:
        return date.today()
    try:
        if len(written) == 10:
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise RuleError(
        Words(f"“{written}”不是日期", f"'{written}' is not a day"),
        Words("请写成 2026-07-01", "write it as 2026-07-01"),
        Place(option),
    )


def read_catalogue(file: Path | None) -> Catalogue:
    """A catalogue from a file; without one the starter library's."""
    if file is None:
        return library.catalogue()
    load = load_json if file.suffix == ".json" else load_yaml
    return load(Catalogue, read_text(file), str(file))


def is_register(place: Path) -> bool:
    """Whether a folder holds a register that was built; a folder of Parquet files may have a register.json too."""
    about = store.read_json(place / "register.json") if place.is_dir() else None
    return isinstance(about, dict) and "segments" in about


def parquet_files(place: Path) -> list[Path]:
    """A file itself, or the Parquet files of a folder by name; RuleError when there are none."""
    if not place.exists():
        raise RuleError(
            Words("没有这个文件或文件夹", "there is no such file or folder"),
            Words("请核对路径", "check the path"),
            Place(str(place)),
        )
    files = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
    if not files:
        raise RuleError(
            Words("文件夹里没有 Parquet 文件，也没有登记库", "neither Parquet files nor a register in this folder"),
            Words(
                "请核对路径，或用 qd register generate 生成示例",
                "check the path, or make an example: qd register generate",
            ),
            Place(str(place)),
        )
    return files


# ---- one enterprise


def catalogue_of(place: Path) -> Catalogue:
    """The catalogue of a register; for Parquet files the starter library's."""
    return Register.open(place).catalogue if is_register(place) else library.catalogue()


def facts_from(place: Path, code: str) -> Facts:
    """The facts of one enterprise in a register or in Parquet files."""
    if is_register(place):
        return facts_in_register(Register.open(place), code)
    return facts_in_files(parquet_files(place), code, library.catalogue())


def facts_in(file: Path, catalogue: Catalogue, known_on: date) -> Facts:
    """The facts that a YAML or JSON file gives: `revenue@2025: 4800 万元`. RuleError with file, line and field;
    days after `known_on` are refused."""
    text = read_text(file)
    lines: dict[Any, int] = {}
    if file.suffix == ".json":
        data = read_json(text, str(file))
    else:
        data, lines = read_yaml(text, str(file))
    if not isinstance(data, dict):
        raise RuleError(
            Words("事实须写成“字段: 值”的表", "facts are written as a table of 'field: value'"),
            Words("例如 revenue@2025: 4800 万元", "such as revenue@2025: 4800 万元"),
            Place(str(file)),
        )
    try:
        return Facts.read(catalogue, data, str(file), known_on)
    except RuleError as error:
        path = error.place.path
        line = lines.get((path,), 0)
        raise RuleError(error.reason, error.remedy, Place(str(file), error.place.line or line, path)) from None


# ---- nothing is known of the future


def later_facts(files: Sequence[Path], known_on: date) -> tuple[list[RuleError], list[RuleError]]:
    """Columns of periods that begin after `known_on`, and columns that hold later days (a planned day may), each with
    file, column and first row.

    Of the files only the columns with days are read. What is no Parquet at all is left to whoever reads it.
    """
    periods, days = [], []
    for file in files:
        try:
            parquet = pq.ParquetFile(file)
        except (pa.ArrowInvalid, OSError):
            continue
        for name in parquet.schema_arrow.names:
            period = name.partition("@")[2]
            if period > known_on.isoformat()[: len(period)]:
                periods.append(_later(period, known_on, Place(str(file), 0, name)))
            elif pa.types.is_date32(parquet.schema_arrow.field(name).type):
                row, day = _first_later_day(parquet, name, known_on)
                if day:
                    days.append(_later(day.isoformat(), known_on, Place(str(file), row, name)))
    return periods, days


def _first_later_day(parquet: pq.ParquetFile, name: str, known_on: date) -> tuple[int, date | None]:
    """The first row, counted from 1, with a day after `known_on`, and that day."""
    done = 0
    for group in range(parquet.metadata.num_row_groups):
        days = parquet.read_row_group(group, columns=[name]).column(name)
        later = pc.fill_null(pc.greater(days, pa.scalar(known_on, pa.date32())), False)
        row = pc.index(later, pa.scalar(True)).as_py()
        if row >= 0:
            return done + row + 1, days[row].as_py()
        done += len(days)
    return 0, None


def _later(day: str, known_on: date, place: Place) -> RuleError:
    return RuleError(
        Words(f"{day} 在 {known_on} 之后", f"{day} is after {known_on}"),
        Words("未来的事不可能已知，请核对数据", "the future is not known, check the data"),
        place,
    )


def refuse_future(files: Sequence[Path], known_on: str) -> None:
    """RuleError for periods that have not begun, and for days after `known_on` where that was said.

    Where it was not, today counts, and later days are only remarked upon.
    """
    periods, days = later_facts(files, read_day(known_on, "--known-on"))
    refuse_all([*periods, *days] if known_on else periods, Words("请核对数据", "check the data"))
    for name in dict.fromkeys(each.place.path for each in days):
        first = next(each for each in days if each.place.path == name)
        note(
            f"请留意 (mind) {first.place.words.chinese}：{both(first.reason)}。"
            "若是计划中的日期，不必理会 (nothing to do if such days are planned)"
        )
