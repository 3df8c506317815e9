"""Facts of enterprises as a register's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from qingdan.rules.catalogue import Catalogue, FieldType
from qingdan.rules.evaluate.facts import Facts

_STATUS = pa.struct([("code", pa.string()), ("start", pa.date32()), ("end", pa.date32())])
_TYPES = {
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.TEXT: pa.string(),
    FieldType.CODE: pa.string(),
    FieldType.CODES: pa.list_(pa.string()),
    FieldType.STATUSES: pa.list_(_STATUS),
}


def table_of(catalogue: Catalogue, enterprises: Sequence[Facts | Mapping[tuple[str, str], Any]]) -> pa.Table:
    """One row for each enterprise, a column for each fact that one of them has."""
    facts = [each if isinstance(each, Facts) else Facts.of(catalogue, each) for each in enterprises]
    keys = sorted({key for each in facts for key in each.values})
    columns: dict[str, pa.Array] = {"code": pa.array([f"E{index:06d}" for index in range(len(facts))])}
    for name, period in keys:
        kind = catalogue.field(name).type
        cells = [_cell(each.values.get((name, period))) for each in facts]
        columns[f"{name}@{period}" if period else name] = pa.array(cells, _TYPES.get(kind, pa.int64()))
    return pa.table(columns)


def _cell(fact: Any) -> Any:
    if isinstance(fact, frozenset):
        return sorted(fact)
    if isinstance(fact, tuple):
        return [{"code": each.code, "start": each.start, "end": each.end} for each in fact]
    return fact
