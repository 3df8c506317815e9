"""Arrow tables as blocks of enterprises: each column checked against the catalogue and read into plain integers.

One row for each enterprise: `code`, its key, and a column for each fact, named like facts in rules: `founded`,
`revenue@2025`, `employees@2025-12-31`. Null is missing. Types by the field's type:

* numbers  : integers in whole steps of the field (money in fen), or decimal128 in the field's own unit
* boolean  : bool;  date: date32;  code: text, plain or as a dictionary
* codes    : list of text;  statuses: list of struct (code, start, end)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.compiler.columns import FAR, Column, Flags, Lists, Values
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.evaluate.facts import check_period
from qingdan.rules.values import months_before

KEY = "code"
"""The column that names the enterprise."""


@dataclass
class TableBlock:
    """A table's facts as of `fact_date`; RuleError, when a column is first used, for what does not fit.

    Columns are read when asked for and kept. `place` says in errors where the table comes from.
    """

    table: pa.Table
    catalogue: Catalogue
    fact_date: date
    place: Place = field(default_factory=Place)
    _values: dict[Column, Values | None] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def values(self, column: Column) -> Values | None:
        if column not in self._values:
            self._values[column] = self._read(column)
        return self._values[column]

    def _read(self, column: Column) -> Values | None:
        spec = self.catalogue.field(column.field)
        found: Values | None = None
        for name in self._names(spec, column):
            later = _read_column(self._array(name), spec, self.catalogue, self._at(name))
            found = later if found is None else _first_known(found, later)
        return found

    def lists(self, column: Column) -> Lists | None:
        spec = self.catalogue.field(column.field)
        names = self._names(spec, column)
        return _read_lists(self._array(names[0]), spec, self.catalogue, self._at(names[0])) if names else None

    def _array(self, name: str) -> pa.Array:
        return _one_array(self.table.column(name))

    def _at(self, name: str) -> Place:
        return Place(self.place.file, self.place.line, name)

    def _names(self, spec: Field, column: Column) -> list[str]:
        """The table's columns for a fact, the one that counts first: of facts as of a day, the latest not too old."""
        if spec.period is not PeriodKind.AS_OF:
            return [column.key] if column.key in self.table.column_names else []
        days = [name.partition("@")[2] for name in self.table.column_names if name.partition("@")[0] == spec.name]
        oldest = months_before(self.fact_date, spec.fresh_months).isoformat() if spec.fresh_months else ""
        # A fact as of a day is only asked for as the state on the fact date.
        fresh = [day for day in days if not column.period and oldest <= day <= self.fact_date.isoformat()]
        return [f"{spec.name}@{day}" for day in sorted(fresh, reverse=True)]


def _first_known(first: Values, second: Values) -> Values:
    """The first value where it is known, otherwise the second."""
    if first.valid is None:
        return first
    values = np.where(first.valid, first.values, second.values)
    return Values(values, None if second.valid is None else first.valid | second.valid)


def check_columns(schema: pa.Schema, catalogue: Catalogue, file: str = "") -> None:
    """RuleError for a column that is not a fact of the catalogue, has a wrong period or type, or for a missing key."""
    for name in schema.names:
        if name == KEY:
            continue
        field_name, _, period = name.partition("@")
        try:
            spec = catalogue.field(field_name)
            check_period(spec, period)
            _check_type(schema.field(name).type, spec)
        except RuleError as error:
            raise error.at(Place(file, 0, name)) from None
    if KEY not in schema.names:
        raise RuleError(
            Words(f"没有企业代码列“{KEY}”", f"there is no column '{KEY}' with the enterprises' codes"),
            Words(f"请把企业代码放在“{KEY}”列", f"put them in a column '{KEY}'"),
            Place(file),
        )


def _check_type(kind: pa.DataType, spec: Field) -> None:
    """RuleError for an Arrow type that a field of this type cannot have."""
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    encoded = pa.types.is_dictionary(kind) and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    )
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if spec.type.is_number:
        good = pa.types.is_signed_integer(kind) or pa.types.is_decimal128(kind)
        wanted = Words("整数（最小单位）或 decimal128", "integers in steps of the field, or decimal128")
    elif spec.type is FieldType.BOOLEAN:
        good, wanted = pa.types.is_boolean(kind), Words("bool", "bool")
    elif spec.type is FieldType.DATE:
        good, wanted = pa.types.is_date32(kind), Words("date32", "date32")
    elif spec.type in (FieldType.CODE, FieldType.TEXT):
        good, wanted = text or encoded, Words("文本或文本字典", "text or a dictionary of text")
    elif spec.type is FieldType.CODES:
        good = is_list and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
        wanted = Words("文本列表", "a list of text")
    else:
        good = is_list and pa.types.is_struct(kind.value_type)
        good = good and {"code", "start", "end"} <= {each.name for each in kind.value_type}
        good = good and pa.types.is_date32(kind.value_type.field("start").type)
        good = good and pa.types.is_date32(kind.value_type.field("end").type)
        wanted = Words("结构体列表（code, start, end）", "a list of structs (code, start, end)")
    if not good:
        raise RuleError(
            Words(f"列的类型 {kind} 不适合“{spec.chinese}”", f"the type {kind} does not fit '{spec.name}'"),
            Words(f"应为{wanted.chinese}", f"it should be {wanted.english}"),
        )


# ---- Arrow arrays to integers


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    together = column.combine_chunks()
    return together.combine_chunks() if isinstance(together, pa.ChunkedArray) else together


def _valid(array: pa.Array) -> Flags | None:
    return None if not array.null_count else _bits(array.buffers()[0], array)


def _bits(buffer: pa.Buffer, array: pa.Array) -> Flags:
    """The array's part of a buffer of bits."""
    start = array.offset // 8
    packed = np.frombuffer(buffer, np.uint8)[start : (array.offset + len(array) + 7) // 8]
    first = array.offset - start * 8
    return np.unpackbits(packed, count=first + len(array), bitorder="little")[first:].view(bool)


def _plain(array: pa.Array, kind: Any) -> np.ndarray[Any, Any]:
    """The values' buffer as it lies, whatever stands where values are missing."""
    buffer = array.buffers()[1]
    return np.frombuffer(buffer, kind, len(array) + array.offset)[array.offset :]


def _read_column(array: pa.Array, spec: Field, catalogue: Catalogue, place: Place) -> Values:
    try:
        _check_type(array.type, spec)
    except RuleError as error:
        raise error.at(place) from None
    valid = _valid(array)
    if array.null_count == len(array):
        return Values(np.zeros(len(array), np.int8), np.zeros(len(array), bool))
    if spec.type is FieldType.BOOLEAN:
        return Values(_bits(array.buffers()[1], array).view(np.int8), valid)
    if spec.type is FieldType.DATE:
        return Values(_plain(array, np.int32), valid)
    if spec.type is FieldType.CODE:
        return Values(_places(array, spec, catalogue, place), valid)
    values = (
        _steps(array, spec, place)
        if pa.types.is_decimal128(array.type)
        else _plain(array, array.type.to_pandas_dtype())
    )
    _check_bounds(values, valid, spec, place)
    return Values(values, valid)


def _steps(array: pa.Array, spec: Field, place: Place) -> np.ndarray[Any, Any]:
    """Decimals in the field's unit as whole steps; RuleError for parts of a step."""
    factor = Fraction(1, 1) / spec.step
    numbers = [None if each is None else Fraction(each) * factor for each in array.to_pylist()]
    for row, number in enumerate(numbers):
        if number is not None and number.denominator != 1:
            raise RuleError(
                Words(
                    f"第{row + 1}行的值比“{spec.chinese}”的最小单位还细",
                    f"row {row + 1} is finer than '{spec.name}' is kept",
                ),
                Words(f"最小单位是 {spec.number_text(1)}", f"its smallest step is {spec.number_text(1)}"),
                place,
            )
    whole = [0 if number is None else int(number) for number in numbers]
    return np.array(whole, np.int64 if all(abs(each) < 2**63 for each in whole) else object)


def _check_bounds(values: np.ndarray[Any, Any], valid: Flags | None, spec: Field, place: Place) -> None:
    """RuleError for a value outside of the field's range, with its row."""
    low, high = spec.bounds()
    if low is None and high is None:
        return
    outside = np.zeros(len(values), bool)
    if low is not None:
        outside |= values < low.__ceil__()
    if high is not None:
        outside |= values > high.__floor__()
    if valid is not None:
        outside &= valid
    if outside.any():
        row = int(outside.argmax())
        shown = spec.number_text(int(values[row]))
        raise RuleError(
            Words(
                f"第{row + 1}行的“{shown}”超出“{spec.chinese}”的取值范围",
                f"row {row + 1}: '{shown}' is outside the range of '{spec.name}'",
            ),
            Words("请核对数值和单位", "check the number and its unit"),
            place,
        )


def _places(array: pa.Array, spec: Field, catalogue: Catalogue, place: Place) -> np.ndarray[Any, Any]:
    """Codes as their places in the tree; RuleError for a code that the tree does not have."""
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    tree = catalogue.tree_of(spec.name)
    by_code = {code: index for index, code in enumerate(tree.places)}
    words = encoded.dictionary.to_pylist()
    indices = _plain(encoded.indices, encoded.indices.type.to_pandas_dtype())
    if tuple(words) == tree.places:
        return indices
    known = np.array([by_code.get(word, -1) for word in words] or [0], np.int32)
    # What stands where values are missing may lie outside of the dictionary.
    places = known.take(indices, mode="clip")
    if (known < 0).any():
        unknown = places < 0
        valid = _valid(array)
        if valid is not None:
            unknown &= valid
        if unknown.any():
            row = int(unknown.argmax())
            try:
                tree.find(words[indices[row]] or "", date.max)
            except RuleError as error:
                raise error.at(Place(place.file, row + 1, place.path)) from None
    return places


def _read_lists(array: pa.Array, spec: Field, catalogue: Catalogue, place: Place) -> Lists:
    try:
        _check_type(array.type, spec)
    except RuleError as error:
        raise error.at(place) from None
    valid = _valid(array)
    lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    entries = array.flatten()
    if spec.type is FieldType.CODES:
        return Lists(valid, offsets, _places(entries, spec, catalogue, place).astype(np.int32))
    codes = _places(entries.field("code"), spec, catalogue, place).astype(np.int32)
    starts, ends = entries.field("start"), entries.field("end").fill_null(date.max)
    ends_days = np.where(entries.field("end").is_null().to_numpy(zero_copy_only=False), FAR, _plain(ends, np.int32))
    return Lists(valid, offsets, codes, _plain(starts, np.int32), ends_days.astype(np.int32))
