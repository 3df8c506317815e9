"""Between the typed tree and plain data (dict, list, text, integer, yes/no), driven by the types of the fields.

Reading is strict: unknown keys, missing keys, wrong types and unreadable values are refused with their place.
Defaults are not written, so that a form shows what was said and nothing else.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

from qingdan.rules.errors import Place, RuleError, Words, unknown_name
from qingdan.rules.language.amounts import AMOUNTS, Amount
from qingdan.rules.language.conditions import CONDITIONS, Condition
from qingdan.rules.language.parts import Figure, Node, Period
from qingdan.rules.language.rule import GivenFact, Status
from qingdan.rules.values import Money, Value, money_text, parse_decimal, parse_money, parse_share, plain, share_text

MAX_DEPTH = 100

Path = tuple[str | int, ...]
_TAGS: dict[type[Node], dict[str, type[Node]]] = {
    Condition: {each.tag: each for each in CONDITIONS},
    Amount: {each.tag: each for each in AMOUNTS},
}


def _read_date(written: str) -> date:
    try:
        if len(written) == 10:  # 20250101 is ISO 8601 too, and too easily something else
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise RuleError(
        Words(f"“{written}”不是日期", f"'{written}' is not a day"),
        Words("请写成 2025-06-30", "write it as 2025-06-30"),
    )


def _write_number(number: Decimal) -> int | str:
    return int(number) if number == int(number) else plain(number)


def _write_value(value: Value) -> int | str:
    return value.written if value.unit else _write_number(value.number)


# What stands as one word in a form: how it is read and written. Only text and integers occur in plain data.
_SCALARS: dict[Any, tuple[Callable[[Any], Any], Callable[[Any], int | str]]] = {
    Value: (Value.parse, _write_value),
    Fraction: (parse_share, share_text),
    Decimal: (parse_decimal, _write_number),
    Money: (parse_money, money_text),
    Period: (Period, lambda period: period.written),
    date: (_read_date, date.isoformat),
}
_TEXT_ONLY = (Money, Period, date)


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@cache
def _fields(cls: Any) -> list[dataclasses.Field[Any]]:
    """The fields that are written: those of a node's own first, its label and source last."""
    fields = [each for each in dataclasses.fields(cls) if each.init]
    return sorted(fields, key=lambda each: each.name in ("label", "source") and issubclass(cls, Node))


def _optional(kind: Any) -> Any | None:
    """X for `X | None`, otherwise None."""
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        rest = [each for each in typing.get_args(kind) if each is not type(None)]
        return rest[0] if len(rest) == 1 else None
    return None


# ---- writing


def to_data(value: Any) -> Any:
    """Plain data of a rule, a catalogue or any part of one."""
    return _write(type(value), value)


def _write(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if inner := _optional(kind):
        return _write(inner, value)
    if kind in _SCALARS:
        return _SCALARS[kind][1](value)
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        if item is GivenFact:
            return {fact.key: _write_plain(fact.value) for fact in value}
        return [_write(item, each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Figure) and value.spread is None:
        return f"{value.field}@{value.period.written}" if value.period else value.field
    if isinstance(value, Node):
        body = _write_fields(value)
        return {value.tag: body["conditions"] if set(body) == {"conditions"} else body}
    return _write_fields(value) if dataclasses.is_dataclass(value) else value


def _write_fields(value: Any) -> dict[str, Any]:
    cls: Any = type(value)
    hints = _hints(cls)
    return {
        field.name: _write(hints[field.name], getattr(value, field.name))
        for field in _fields(cls)
        if getattr(value, field.name) != field.default
    }


def _write_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [each if isinstance(each, str) else _write_fields(each) for each in value]
    return value


# ---- reading


class Reader:
    """Reads plain data of one file. `lines` gives the line of a path where the form has lines."""

    def __init__(self, file: str = "", lines: Mapping[Path, int] | None = None) -> None:
        self.file, self.lines = file, lines or {}

    def place(self, path: Path) -> Place:
        nearest = path
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        words = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
        return Place(self.file, self.lines.get(nearest, 0), words.removeprefix("."))

    def _refuse(self, path: Path, reason: Words, remedy: Words) -> RuleError:
        return RuleError(reason, remedy, self.place(path))

    def _mistyped(self, path: Path, data: Any, wanted: Words) -> RuleError:
        shown = f"“{data}”" if isinstance(data, str | int | Decimal) else _kind_of(data).chinese
        english = f"'{data}'" if isinstance(data, str | int | Decimal) else _kind_of(data).english
        return self._refuse(
            path,
            Words(f"这里应是{wanted.chinese}，写的是{shown}", f"{wanted.english} belongs here, not {english}"),
            Words(f"请改成{wanted.chinese}", f"write {wanted.english}"),
        )

    def read(self, kind: Any, data: Any, path: Path = ()) -> Any:
        """`data` as a value of the type `kind`; RuleError with the place for anything that does not fit."""
        if len(path) > MAX_DEPTH:
            raise self._refuse(path[:3], Words("层次太深", "nested too deep"), Words("请拆分规则", "split the rule"))
        if inner := _optional(kind):
            return None if data is None else self.read(inner, data, path)
        if kind in _SCALARS:
            return self._scalar(kind, data, path)
        if kind is str or kind is int or kind is bool:
            return self._simple(kind, data, path)
        if typing.get_origin(kind) is tuple:
            return self._tuple(typing.get_args(kind)[0], data, path)
        if kind in _TAGS:
            return self._node(kind, data, path)
        if issubclass(kind, Enum):
            values = [each.value for each in kind]
            if data not in values:
                raise unknown_name(Words("取值", "value"), str(data), values).at(self.place(path))
            return kind(data)
        if kind is Figure and isinstance(data, str):
            name, mark, period = data.partition("@")
            return self._make(
                Figure, {"field": name, "period": self._scalar(Period, period, path) if mark else None}, path
            )
        return self._record(kind, data, path)

    def _scalar(self, kind: Any, data: Any, path: Path) -> Any:
        allowed = str if kind in _TEXT_ONLY else str | int | Decimal
        if isinstance(data, bool) or not isinstance(data, allowed):
            wanted = Words("日期、期间或带单位的金额", "a day, a period or an amount with its unit")
            if kind not in _TEXT_ONLY:
                wanted = Words("数", "a number")
            raise self._mistyped(path, data, wanted)
        try:
            return _SCALARS[kind][0](data)
        except RuleError as error:
            raise error.at(self.place(path)) from None

    def _simple(self, kind: type, data: Any, path: Path) -> Any:
        wanted = {
            str: Words("文字（像数字的代码请加引号）", "text (put codes that look like numbers in quotes)"),
            int: Words("整数", "a whole number"),
            bool: Words("true 或 false", "true or false"),
        }[kind]
        if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
            raise self._mistyped(path, data, wanted)
        return data

    def _tuple(self, item: Any, data: Any, path: Path) -> tuple[Any, ...]:
        if item is GivenFact:
            if not isinstance(data, dict):
                raise self._mistyped(path, data, Words("“字段: 值”的表", "a table of 'field: value'"))
            return tuple(GivenFact(key=key, value=self.plain(each, (*path, key))) for key, each in data.items())
        if not isinstance(data, list):
            raise self._mistyped(path, data, Words("列表", "a list"))
        return tuple(self.read(item, each, (*path, index)) for index, each in enumerate(data))

    def plain(self, data: Any, path: Path) -> Any:
        """A fact as written: text, whole number, yes or no, list of codes or of statuses."""
        if isinstance(data, Decimal):
            return plain(data)
        if data is None or isinstance(data, str | int):
            return data
        if isinstance(data, list):
            return tuple(
                each if isinstance(each, str) else self._record(Status, each, (*path, index))
                for index, each in enumerate(data)
            )
        raise self._mistyped(path, data, Words("一个值或列表", "a value or a list"))

    def _node(self, base: type[Node], data: Any, path: Path) -> Node:
        kinds = _TAGS[base]
        what = Words("条件", "condition") if base is Condition else Words("金额", "amount")
        if not isinstance(data, dict) or len(data) != 1:
            raise self._mistyped(
                path, data, Words(f"一个{what.chinese}（“种类: 内容”）", f"one {what.english} ('kind: content')")
            )
        tag, body = next(iter(data.items()))
        if tag not in kinds:
            raise unknown_name(what, str(tag), kinds).at(self.place((*path, tag)))
        if isinstance(body, list):
            body = {"conditions": body}
            return self._record(kinds[tag], body, (*path, tag), list_form=True)
        return self._record(kinds[tag], body, (*path, tag))

    def _record(self, cls: type, data: Any, path: Path, list_form: bool = False) -> Any:
        if not isinstance(data, dict):
            raise self._mistyped(path, data, Words("“名称: 值”的表", "a table of 'name: value'"))
        fields = {field.name: field for field in _fields(cls)}
        for key in data:
            if key not in fields:
                raise unknown_name(Words("项目", "key"), str(key), fields).at(
                    self.place(path if list_form else (*path, key))
                )
        hints = _hints(cls)
        values: dict[str, Any] = {}
        for name, field in fields.items():
            if name in data:
                values[name] = self.read(hints[name], data[name], path if list_form else (*path, name))
            elif field.default is MISSING:
                raise self._refuse(
                    path, Words(f"缺少“{name}”", f"'{name}' is missing"), Words(f"请写上 {name}", f"add {name}")
                )
        return self._make(cls, values, path)

    def _make(self, cls: type, values: dict[str, Any], path: Path) -> Any:
        try:
            return cls(**values)
        except RuleError as error:
            raise error.at(self.place(path)) from None


def _kind_of(data: Any) -> Words:
    if data is None:
        return Words("空值", "nothing")
    return Words("列表", "a list") if isinstance(data, list) else Words("表", "a table")
