"""A register: a folder of segments that know nothing of one another.

    register.json            the catalogue, its hash, the segments in order
    segment-00000/
        segment.json         rows, where they come from
        facts.arrow          the facts, one row for each enterprise, mapped into memory when used
        tiles-<hash>.npy     the facts encoded for a set of rules and a fact date, mapped likewise

Segments are made from row groups of Parquet files, one after the other, each complete or not there at all. A second
run makes those that are missing. Tiles are made when first asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingdan.rules.catalogue import Catalogue, FieldType, PeriodKind
from qingdan.rules.compiler.attributes import Attribute
from qingdan.rules.compiler.columns import Column
from qingdan.rules.compiler.program import Program
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms import from_data, to_data
from qingdan.rules.forms.text import canonical_json
from qingdan.rules.kernel.tiles import WORDS, Tiles
from qingdan.rules.store.encode import encode_attributes
from qingdan.rules.store.folders import REGISTER, SEGMENT, refuse_foreign, scratch
from qingdan.rules.store.tables import KEY, TableBlock, check_columns

FORMAT = 1
ENCODING = 2
"""Raised whenever facts become other codes than before, so that tiles made before are not taken for the new ones."""
SEGMENT_ROWS = 1 << 20
Progress = Callable[[int, int], None]
"""Called with how many rows are done, and of how many."""


def catalogue_hash(catalogue: Catalogue) -> str:
    """SHA-256 in hex over the catalogue's canonical JSON."""
    return hashlib.sha256(canonical_json(to_data(catalogue)).encode()).hexdigest()


# ---- making


@dataclass(frozen=True)
class _Origin:
    """Some row groups of a Parquet file."""

    file: Path
    groups: tuple[int, ...]
    rows: int

    def as_data(self) -> dict[str, Any]:
        stat = self.file.stat()
        return {"file": self.file.name, "size": stat.st_size, "groups": list(self.groups), "rows": self.rows}


def build_register(
    sources: Sequence[Path],
    folder: Path,
    catalogue: Catalogue,
    *,
    sort_by: Sequence[str] = (),
    segment_rows: int = SEGMENT_ROWS,
    progress: Progress | None = None,
) -> Register:
    """Make a register from Parquet files with the columns that `tables` describes.

    `sort_by`: columns by which the enterprises of a segment are sorted, the district and the industry say, which
    lets rules for other districts pass whole zones. Segments that are there already, made from the same row groups
    with the same catalogue, are kept. RuleError, with file, row and column, for what does not fit: then the segment
    in work is not there, those before it are. A folder that holds something else is refused.
    """
    refuse_foreign(folder, REGISTER)
    origins = [origin for source in sources for origin in _origins(source, catalogue, segment_rows)]
    made_with = {"format": FORMAT, "catalogue": catalogue_hash(catalogue), "sort_by": list(sort_by)}
    folder.mkdir(parents=True, exist_ok=True)
    total, done = sum(each.rows for each in origins), 0
    names = []
    for number, origin in enumerate(origins):
        name = f"segment-{number:05d}"
        about = {**made_with, "source": origin.as_data()}
        if read_json(folder / name / "segment.json") != about:
            _make_segment(folder / name, origin, catalogue, sort_by, about)
        names.append({"name": name, "rows": origin.rows})
        done += origin.rows
        if progress:
            progress(done, total)
    write_json(folder / "register.json", {**made_with, "segments": names, "fields": to_data(catalogue)})
    for stale in sorted(folder.iterdir()):
        if SEGMENT.fullmatch(stale.name) and stale.name not in {each["name"] for each in names}:
            shutil.rmtree(stale)
    return Register.open(folder)


def _origins(file: Path, catalogue: Catalogue, segment_rows: int) -> Iterator[_Origin]:
    """A file's row groups, as many together as fit a segment."""
    with _readable(file):
        parquet = pq.ParquetFile(file)
        check_columns(parquet.schema_arrow, catalogue, str(file))
        sizes = [parquet.metadata.row_group(group).num_rows for group in range(parquet.metadata.num_row_groups)]
    first, rows = 0, 0
    for group, size in enumerate(sizes):
        if rows and rows + size > segment_rows:
            yield _Origin(file, tuple(range(first, group)), rows)
            first, rows = group, 0
        rows += size
    if rows:
        yield _Origin(file, tuple(range(first, len(sizes))), rows)


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """What Arrow and the system say of a file that cannot be read, as a RuleError."""
    try:
        yield
    except FileNotFoundError:
        raise RuleError(
            Words("文件不存在", "there is no such file"), Words("请核对路径", "check the path"), Place(str(file))
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise RuleError(
            Words(f"文件不完整或不是 Parquet：{error}", f"the file is truncated or not Parquet: {error}"),
            Words("请重新导出或下载", "export or download it again"),
            Place(str(file)),
        ) from None


def _make_segment(
    folder: Path, origin: _Origin, catalogue: Catalogue, sort_by: Sequence[str], about: dict[str, Any]
) -> None:
    with _readable(origin.file):
        table = pq.ParquetFile(origin.file).read_row_groups(list(origin.groups))
    table = _checked(table, catalogue, str(origin.file))
    if sort_by:
        missing = [name for name in sort_by if name not in table.column_names]
        if missing:
            raise RuleError(
                Words(f"没有用来排序的列“{missing[0]}”", f"there is no column '{missing[0]}' to sort by"),
                Words("请换一列", "choose another"),
                Place(str(origin.file)),
            )
        table = table.take(_order(table, sort_by))
    work = scratch(folder)
    work.mkdir()
    try:
        with pa.OSFile(str(work / "facts.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        write_json(work / "segment.json", about)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _order(table: pa.Table, sort_by: Sequence[str]) -> pa.Array:
    """The rows in the order of some columns; codes by their place in the tree."""
    keys = {}
    for name in sort_by:
        column = table.column(name).combine_chunks()
        keys[name] = column.indices if pa.types.is_dictionary(column.type) else column
    return pc.sort_indices(pa.table(keys), [(name, "ascending") for name in sort_by])


def _checked(table: pa.Table, catalogue: Catalogue, file: str) -> pa.Table:
    """The table with every value looked at, and codes as places in their tree."""
    keys = table.column(KEY)
    if keys.null_count or len(keys.unique()) < len(keys):
        raise RuleError(
            Words("企业代码缺失或重复", "an enterprise's code is missing or stands twice"),
            Words("每家企业一行，代码不可为空", "give each enterprise one row with its code"),
            Place(file, 0, KEY),
        )
    for name in table.column_names:
        if name == KEY:
            continue
        field_name, _, period = name.partition("@")
        spec = catalogue.field(field_name)
        as_of = spec.period is PeriodKind.AS_OF
        day = date.fromisoformat(period) if as_of else date.max
        block = TableBlock(table.select([KEY, name]), catalogue, day, Place(file))
        column = Column(field_name, "" if as_of else period)
        if spec.type in (FieldType.CODES, FieldType.STATUSES):
            block.lists(column)
        elif spec.type is FieldType.CODE:
            found = block.values(column)
            places = catalogue.tree_of(field_name).places
            if found is not None:
                indices = pa.array(found.values.astype(np.int32), mask=None if found.valid is None else ~found.valid)
                encoded = pa.DictionaryArray.from_arrays(indices, pa.array(places, pa.string()))
                table = table.set_column(table.column_names.index(name), name, encoded)
        elif spec.type is not FieldType.TEXT:
            block.values(column)
    return table


def read_json(file: Path) -> Any:
    """What a file holds; None when it is not there or not whole."""
    try:
        return json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def write_json(file: Path, data: Any) -> None:
    """All of it or nothing."""
    work = scratch(file)
    work.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    os.replace(work, file)


# ---- using


@dataclass(frozen=True)
class Encoding:
    """The attributes that tiles hold, in order, as of a fact date."""

    attributes: tuple[Attribute, ...]
    catalogue: str
    fact_date: date

    @cached_property
    def hash(self) -> str:
        text = repr((ENCODING, WORDS, self.catalogue, self.fact_date, self.attributes))
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @cached_property
    def first_slices(self) -> dict[Attribute, int]:
        firsts, at = {}, 0
        for attribute in self.attributes:
            firsts[attribute] = at
            at += attribute.bits
        return firsts

    @cached_property
    def slice_count(self) -> int:
        return sum(each.bits for each in self.attributes)


@dataclass(frozen=True)
class Segment:
    """One segment of a register."""

    folder: Path
    catalogue: Catalogue
    rows: int

    @cached_property
    def source_hash(self) -> str:
        """SHA-256 in hex over what the segment was made from."""
        return hashlib.sha256((self.folder / "segment.json").read_bytes()).hexdigest()

    @cached_property
    def facts(self) -> pa.Table:
        """All facts, mapped into memory."""
        with _readable(self.folder / "facts.arrow"):
            return pa.ipc.open_file(pa.memory_map(str(self.folder / "facts.arrow"))).read_all()

    def block(self, fact_date: date) -> TableBlock:
        return TableBlock(self.facts, self.catalogue, fact_date, Place(str(self.folder)))

    def tiles(self, encoding: Encoding) -> Tiles:
        """The tiles of an encoding, mapped into memory; made and kept when they are not there yet."""
        file = self.folder / f"tiles-{encoding.hash}.npy"
        if not file.exists():
            made = encode_attributes(encoding.attributes, self.block(encoding.fact_date))
            work = scratch(file)
            with work.open("wb") as sink:
                np.save(sink, made)
            os.replace(work, file)
        mapped: Tiles = np.load(file, mmap_mode="r")
        return mapped

    def tiles_for(self, program: Program, encoding: Encoding) -> tuple[Tiles, npt.NDArray[np.uint32]]:
        """Tiles that hold a program's slices, and which they are.

        What the encoding holds is taken from there; what a changed rule asks beyond it is encoded for this call.
        """
        known = self.tiles(encoding)
        new = [each for each in program.attributes if each not in encoding.first_slices]
        if not new:
            return known, slice_index(program, encoding.first_slices)
        held = slice_index(program, encoding.first_slices, only_known=True)
        extra = encode_attributes(new, self.block(encoding.fact_date))
        together = np.concatenate([known[:, held], extra], axis=1)
        order = [each for each in program.attributes if each in encoding.first_slices] + new
        firsts, at = {}, 0
        for attribute in order:
            firsts[attribute] = at
            at += attribute.bits
        return together, slice_index(program, firsts)


def slice_index(
    program: Program, first_slices: dict[Attribute, int], only_known: bool = False
) -> npt.NDArray[np.uint32]:
    """Where the slices of a program's attributes lie."""
    places = [
        first_slices[attribute] + bit
        for attribute in program.attributes
        if not only_known or attribute in first_slices
        for bit in range(attribute.bits)
    ]
    return np.array(places, np.uint32)


@dataclass(frozen=True)
class Register:
    """A register on disk."""

    folder: Path
    catalogue: Catalogue
    segments: tuple[Segment, ...]

    @classmethod
    def open(cls, folder: Path) -> Register:
        """RuleError when the folder holds no register, or one of another format."""
        about = read_json(folder / "register.json")
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise RuleError(
                Words("这里没有企业登记库", "there is no register here"),
                Words("请先用 qd register build 建库", "make it with qd register build"),
                Place(str(folder)),
            )
        catalogue = from_data(Catalogue, about["fields"])
        segments = (Segment(folder / each["name"], catalogue, each["rows"]) for each in about["segments"])
        return cls(folder, catalogue, tuple(segments))

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.segments)

    def encoding(self, program: Program, fact_date: date) -> Encoding:
        """What tiles have to hold for a program."""
        return Encoding(program.attributes, self._hash, fact_date)

    @cached_property
    def _hash(self) -> str:
        return catalogue_hash(self.catalogue)
