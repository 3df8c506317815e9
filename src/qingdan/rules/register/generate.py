"""Writing a made-up register: parts of so many rows, each from its own chance, complete or not there.

    folder/part-00000.parquet, part-00001.parquet, ...   the register's tables
    folder/register.json                                 what made them; written last, so a folder with it is complete

Enterprises are drawn in blocks of `BLOCK`, each from a stream of its own that depends on the seed and the block's
number only. So an enterprise is the same whatever the size of the parts, and a longer register begins like a shorter.

It is a register of enterprises that do something, not of all that are registered: those above scale, those that do
research and those with a title are several times as frequent as in truth, so that every programme has somebody to find.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.library import catalogue as library_catalogue
from qingdan.rules.register import accounts, places, research, size, standing
from qingdan.rules.register.block import Block
from qingdan.rules.store.folders import Ours, refuse_foreign
from qingdan.rules.store.register import Progress, catalogue_hash, write_json

VERSION = 1
"""Of this generator: to be raised when it draws anything differently, so that no register is half old and half new."""

BLOCK = 1 << 13
"""Enterprises drawn at once."""

ROW_GROUP = 1 << 16
"""Enterprises in a row group of a part."""

NOTE = "合成数据，不对应任何真实企业 (synthetic: no real enterprise stands behind any row)"

_MARK = b"qingdan.register"
_PART = "part-{:05d}.parquet"
_PARTIAL = ".partial"
_OURS = Ours(
    re.compile(r"register\.json|part-\d{5,}\.parquet(\.partial)?|\.register\.json\.\d+"), "register.json", "synthetic"
)


@dataclass(frozen=True)
class Mark:
    """What a part says of itself, so that whoever finds it need not draw it again.

    `catalogue`: its hash, as a field or a code that was added changes the table.
    """

    version: int
    catalogue: str
    seed: int
    fact_date: str
    first: int
    rows: int
    note: str = NOTE


@dataclass(frozen=True)
class Generated:
    """What `generate` did: the rows and parts of the register, and how many parts were there already."""

    rows: int
    parts: int
    kept: int


def generate(
    folder: Path,
    rows: int,
    seed: int = 1,
    fact_date: date = date(2026, 7, 1),
    *,
    progress: Progress | None = None,
    chunk: int = 1 << 18,
) -> Generated:
    """Write a register of so many made-up enterprises, known as of `fact_date`, in parts of `chunk` rows.

    Complete parts of the same register are kept, so that a run that was stopped goes on where it was. RuleError when
    the folder holds something else, which is left alone.
    """
    if rows < 1 or chunk < 1 or seed < 0:
        raise RuleError(
            Words("行数和每份行数须大于 0，种子不得为负", "rows and chunk must be above 0 and the seed not below"),
            Words("请更正参数", "correct them"),
        )
    catalogue = library_catalogue()
    refuse_foreign(folder, _OURS)
    folder.mkdir(parents=True, exist_ok=True)
    digest = catalogue_hash(catalogue)
    wanted = {
        _PART.format(part): Mark(VERSION, digest, seed, fact_date.isoformat(), start, min(chunk, rows - start))
        for part, start in enumerate(range(0, rows, chunk))
    }
    present = _present(folder)
    about = folder / "register.json"
    if present != wanted:
        about.unlink(missing_ok=True)
    for name in present.keys() - wanted.keys():
        (folder / name).unlink()
    kept = 0
    for name, mark in wanted.items():
        if present.get(name) == mark:
            kept += 1
        else:
            _write_part(folder / name, catalogue, mark)
        if progress:
            progress(mark.first + mark.rows, rows)
    _write_about(about, rows, chunk, wanted[_PART.format(0)])
    return Generated(rows, len(wanted), kept)


def draw(catalogue: Catalogue, seed: int, fact_date: date, number: int) -> pa.Table:
    """The enterprises of block `number`."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
    block = Block(rng, number * BLOCK, BLOCK, seed, fact_date, catalogue)
    seat = places.draw(block)
    measure = size.draw(block, seat)
    knowledge = research.draw(block, seat, measure)
    accounts.draw(block, seat, measure, knowledge)
    standing.draw(block, seat, measure, knowledge)
    return pa.table(block.columns)


def _present(folder: Path) -> dict[str, Mark | None]:
    """The parts of a folder with their marks, None where one cannot be read whole.

    RuleError for a table that is not made up. What a stopped run left half-written is removed.
    """
    for left in folder.glob(f"part-*.parquet{_PARTIAL}"):
        left.unlink()
    found: dict[str, Mark | None] = {}
    for file in sorted(folder.glob("*.parquet")):
        try:
            metadata = pq.read_metadata(file)
        except pa.ArrowInvalid:
            metadata = None
        told = (metadata.metadata or {}).get(_MARK) if metadata else None
        if not re.fullmatch(r"part-\d{5,}\.parquet", file.name) or (metadata and not told):
            raise RuleError(
                Words("文件夹中有不是合成的表", "the folder holds a table that is not made up"),
                Words("请换一个空文件夹", "choose an empty folder"),
                Place(str(file)),
            )
        mark = Mark(**json.loads(told)) if told else None
        found[file.name] = mark if mark and metadata and metadata.num_rows == mark.rows else None
    return found


def _write_part(file: Path, catalogue: Catalogue, mark: Mark) -> None:
    """Draw a part and write it under a temporary name, row group by row group."""
    partial = file.with_name(file.name + _PARTIAL)
    writer: pq.ParquetWriter | None = None
    for table in _row_groups(catalogue, mark):
        if writer is None:
            schema = table.schema.with_metadata({_MARK: json.dumps(asdict(mark), ensure_ascii=False)})
            codes = [name for name in table.column_names if pa.types.is_dictionary(table.schema.field(name).type)]
            lists = ["titles.list.element.code", "records.list.element.code"]
            writer = pq.ParquetWriter(partial, schema, compression="zstd", use_dictionary=[*codes, *lists])
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer:
        writer.close()
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(partial, file)


def _row_groups(catalogue: Catalogue, mark: Mark) -> Iterator[pa.Table]:
    """The rows of a part, `ROW_GROUP` at a time."""
    end = mark.first + mark.rows
    for start in range(mark.first, end, ROW_GROUP):
        stop = min(start + ROW_GROUP, end)
        tables = []
        for number in range(start // BLOCK, -(-stop // BLOCK)):
            drawn = draw(catalogue, mark.seed, date.fromisoformat(mark.fact_date), number)
            low, high = max(start - number * BLOCK, 0), min(stop - number * BLOCK, BLOCK)
            tables.append(drawn.slice(low, high - low))
        yield pa.concat_tables(tables)


def _write_about(file: Path, rows: int, chunk: int, mark: Mark) -> None:
    about = {
        "synthetic": True, "note": NOTE, "generator": "qingdan.rules.register", "version": mark.version,
        "catalogue": mark.catalogue, "seed": mark.seed, "fact_date": mark.fact_date, "rows": rows, "chunk": chunk,
        "parts": -(-rows // chunk),
    }  # fmt: skip
    write_json(file, about)
