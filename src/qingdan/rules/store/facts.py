"""One enterprise's facts back from a register or Parquet files: the inverse of the table that `tables` describes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingdan.rules.catalogue import Catalogue, FieldType
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.language.rule import Status
from qingdan.rules.store.register import Register
from qingdan.rules.store.tables import KEY, check_columns


def facts_of(table: pa.Table, row: int, catalogue: Catalogue) -> Facts:
    """What a table knows of the enterprise in a row, counted from 0; RuleError for a value that does not fit."""
    return all_facts(table.slice(row, 1), catalogue)[0]


def all_facts(table: pa.Table, catalogue: Catalogue) -> list[Facts]:
    """The same for every enterprise of a table."""
    return [_facts(cells, catalogue) for cells in table.to_pylist()]


def _facts(cells: dict[str, Any], catalogue: Catalogue) -> Facts:
    given = {}
    for column, cell in cells.items():
        if column == KEY or cell is None:
            continue
        name, _, period = column.partition("@")
        given[name, period] = _python(cell, catalogue, name)
    return Facts.of(catalogue, given)


def _python(cell: Any, catalogue: Catalogue, name: str) -> Any:
    """A cell as `Facts.of` takes it: money in fen, other numbers in the field's unit."""
    spec = catalogue.field(name)
    if spec.type.is_number:
        steps = Fraction(cell) / spec.step if isinstance(cell, Decimal) else Fraction(cell)
        return steps if spec.type is FieldType.MONEY else steps * spec.step
    if spec.type is FieldType.STATUSES:
        return tuple(Status(code=each["code"], start=each["start"], end=each["end"]) for each in cell)
    return cell


def facts_in_register(register: Register, code: str) -> Facts:
    """The facts of the enterprise with this code; RuleError when the register has no such enterprise."""
    for segment in register.segments:
        row = _row_of(segment.facts.column(KEY), code)
        if row is not None:
            return facts_of(segment.facts, row, register.catalogue)
    raise _unknown(code, str(register.folder), register.rows)


def facts_in_files(files: Sequence[Path], code: str, catalogue: Catalogue) -> Facts:
    """The same from Parquet files that are no register yet: only the column of codes and one row group are read.

    RuleError also for a file that is not whole, and for columns that do not fit the catalogue.
    """
    rows = 0
    for file in files:
        try:
            parquet = pq.ParquetFile(file)
            check_columns(parquet.schema_arrow, catalogue, str(file))
            for group in range(parquet.metadata.num_row_groups):
                row = _row_of(parquet.read_row_group(group, columns=[KEY]).column(KEY), code)
                if row is not None:
                    return facts_of(parquet.read_row_group(group), row, catalogue)
            rows += parquet.metadata.num_rows
        except RuleError as error:
            raise error.at(Place(str(file))) from None
        except (pa.ArrowInvalid, OSError) as error:
            raise RuleError(
                Words(f"文件不完整或不是 Parquet：{error}", f"the file is truncated or not Parquet: {error}"),
                Words("请重新导出或下载", "export or download it again"),
                Place(str(file)),
            ) from None
    raise _unknown(code, "、".join(str(file) for file in files), rows)


def _row_of(codes: pa.ChunkedArray, code: str) -> int | None:
    row = pc.index(codes.cast(pa.string()), pa.scalar(code)).as_py()
    return None if row < 0 else int(row)


def _unknown(code: str, place: str, rows: int) -> RuleError:
    return RuleError(
        Words(f"{rows} 家企业中没有代码为“{code}”的", f"none of the {rows} enterprises has the code '{code}'"),
        Words("请核对企业代码", "check the code"),
        Place(place),
    )
