"""Decision tables of GoRules ZEN (JDM files) as conditions: each row of a table becomes a rule.

A table gets a catalogue of its own: its fields are the dotted paths that its cells ask about, their types follow from
the cells and from values seen in cases (`zen_types`). Every text field's codes are the texts that occur, and `OTHER`
for any text that does not. Switch nodes are tables too: each branch is a row, and its output is the branch.

Their tables take a missing value as "not met"; here it is missing and the row stays open. A cell that the language
cannot say becomes a judgement, so that its row is left to a person; it is listed in `Import.left_out` with its reason.
Every cell is quoted as the source of its condition.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.imports import zen_cells as z
from qingdan.rules.imports.findings import json_files
from qingdan.rules.imports.zen_types import Kind
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Source
from qingdan.rules.language.rule import Rule
from qingdan.rules.values import Value

_OPS = {
    "==": Op.EQUAL,
    "!=": Op.DIFFERENT,
    "<": Op.LESS_THAN,
    "<=": Op.AT_MOST,
    ">": Op.MORE_THAN,
    ">=": Op.AT_LEAST,
}


@dataclass(frozen=True)
class LeftOut:
    """Something of theirs that has no counterpart: where, and one of a few kinds of reason."""

    place: Place
    kind: str


@dataclass(frozen=True)
class Computed:
    """An output that is not a value but an expression, as written."""

    expression: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: its own condition (None: it always applies) and its outputs by dotted path, in the file's order."""

    number: int  # from 1
    condition: c.Condition | None
    outputs: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table: the first row that applies, or (`collects`) all that apply."""

    place: Place
    node: str
    collects: bool
    catalogue: Catalogue
    subjects: Mapping[str, str]  # dotted path: name of the field
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every cell could be said."""
        return not self.left_out

    def condition(self, row: Row) -> c.Condition | None:
        """When this row decides: its own condition, and in a first-hit table none of the earlier ones.

        None: always. RuleError for a row behind one that always applies.
        """
        earlier = () if self.collects else self.rows[: row.number - 1]
        before = tuple(each.condition for each in earlier if each.condition is not None)
        if len(before) < len(earlier):
            raise RuleError(
                Words("前面有一行总是适用，本行永不生效", "an earlier row always applies, so this row never does"),
                Words("请删除本行或调整顺序", "drop this row or change the order"),
                replace(self.place, path=f"{self.place.path}.rules[{row.number - 1}]"),
            )
        if not before:
            return row.condition
        first = c.NoneOf(conditions=before)
        return first if row.condition is None else c.All(conditions=(row.condition, first))

    def rules(self) -> list[Rule]:
        """A rule for each row that is not always or never the one; in force at any time.

        Each stands alone, so in a first-hit table they grow with the square of the rows: not for thousands of rows.
        """
        made = []
        for row in self.rows:
            try:
                condition = self.condition(row)
            except RuleError:
                break
            if condition is not None:
                name = f"{Path(self.place.file).stem}/{self.node}/{row.number}"
                title = f"{self.place.path} {row.number}"
                made.append(Rule(id=name, title=title, version="1", valid_from=date.min, condition=condition))
        return made


@dataclass(frozen=True)
class Import:
    """What was read: the files with their graphs, the tables by file and node, and all that was left out."""

    files: Mapping[str, Mapping[str, Any]]
    tables: Mapping[tuple[str, str], Table]
    left_out: tuple[LeftOut, ...]

    def reasons(self) -> Counter[str]:
        """How often each reason occurs."""
        return Counter(each.kind for each in self.left_out)


def read_folder(folder: Path) -> Import:
    """Every JDM file below `folder`; files that hold no graph and nodes without a counterpart are in `left_out`."""
    files: dict[str, Mapping[str, Any]] = {}
    tables: dict[tuple[str, str], Table] = {}
    left_out: list[LeftOut] = []
    for path in json_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            # Not the strict reader of our own files: results with more than 18 decimals occur.
            graph = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        except ValueError:
            left_out.append(LeftOut(Place(name), "not JSON"))
            continue
        if not _is_graph(graph):
            left_out.append(LeftOut(Place(name), "no graph in the file"))
            continue
        files[name] = graph
        for table in read_graph(graph, name, left_out):
            tables[name, table.node] = table
    return Import(files, tables, tuple(left_out))


def _is_graph(graph: object) -> bool:
    """Nodes and edges with their ids; what is inside a node is looked at when it is read."""

    def all_have(listed: object, *keys: str) -> bool:
        if not isinstance(listed, list):
            return False
        return all(isinstance(each, dict) and all(isinstance(each.get(key), str) for key in keys) for each in listed)

    if not isinstance(graph, dict) or not all_have(graph.get("nodes"), "id", "type"):
        return False
    return all_have(graph.get("edges") or [], "sourceId", "targetId") and all_have(graph.get("tests") or [])


def read_graph(graph: Mapping[str, Any], file: str, left_out: list[LeftOut]) -> Iterator[Table]:
    """The tables of one graph; what has no counterpart is appended to `left_out`."""
    seen = list(_values_in_cases(graph.get("tests") or ()))
    for node in graph["nodes"]:
        kind, place = node.get("type"), Place(file, 0, str(node.get("name") or node.get("id")))
        if kind in ("inputNode", "outputNode"):
            continue
        if kind not in ("decisionTableNode", "switchNode"):
            left_out.append(LeftOut(place, f"{kind}: not a table"))
            continue
        try:
            table = _switch(node, place, seen) if kind == "switchNode" else _table(node, place, seen)
        except z.NotExpressible as problem:
            left_out.append(LeftOut(place, f"whole table: {problem.kind}"))
            continue
        left_out.extend(table.left_out)
        yield table


def _values_in_cases(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of the cases' inputs and outputs by dotted path; lists of texts stay lists."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = "" if not path and key in ("input", "output") else f"{path}.{key}".removeprefix(".")
            yield from _values_in_cases(inner, below)
    elif isinstance(value, list) and not path:
        for each in value:
            yield from _values_in_cases(each, "")
    elif value is not None:
        yield path, value


# ---- tables


def _members(node: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The rows, columns or branches of a node; all but rows have an id."""
    content = node.get("content")
    listed = content.get(key) if isinstance(content, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise z.NotExpressible("of another shape")
    if key != "rules" and not all(isinstance(each.get("id"), str) for each in listed):
        raise z.NotExpressible("of another shape")
    return listed


def _table(node: Mapping[str, Any], place: Place, seen: Iterable[tuple[str, Any]]) -> Table:
    columns = _members(node, "inputs")
    outputs = [(each["id"], str(each.get("field") or "")) for each in _members(node, "outputs")]
    if any(path.endswith("[]") for _, path in outputs):
        raise z.NotExpressible("output collected by column")
    rows: list[tuple[list[_Cell], Mapping[str, object]]] = []
    for index, rule in enumerate(_members(node, "rules")):
        below = replace(place, path=f"{place.path}.rules[{index}]")
        cells = [_read_cell(rule.get(column["id"]), str(column.get("field") or ""), below) for column in columns]
        written = {path: _output(rule.get(identifier)) for identifier, path in outputs}
        given = {path: value for path, value in written.items() if value is not _EMPTY}
        rows.append(([cell for cell in cells if cell is not None], given))
    return _build(node, place, rows, seen, collects=node["content"].get("hitPolicy") == "collect")


def _switch(node: Mapping[str, Any], place: Place, seen: Iterable[tuple[str, Any]]) -> Table:
    rows: list[tuple[list[_Cell], Mapping[str, object]]] = []
    for index, statement in enumerate(_members(node, "statements")):
        below = replace(place, path=f"{place.path}.statements[{index}]")
        cell = _read_cell(statement.get("condition"), "", below)
        rows.append(([] if cell is None else [cell], {"branch": statement["id"]}))
    return _build(node, place, rows, seen, collects=node["content"].get("hitPolicy") == "collect")


@dataclass(frozen=True)
class _Cell:
    """A cell that asks something: what, or why it cannot be said; `about` is its column."""

    place: Place
    written: str
    about: str
    test: z.Node | None
    problem: str = ""


_EMPTY = object()


def _read_cell(written: object, column: str, place: Place) -> _Cell | None:
    """None for an empty cell, which asks nothing."""
    text = str(written or "").strip()
    if not text:
        return None
    try:
        test = z.read_cell(text, z.read_subject(column)) if column else z.read_expression(text)
        return _Cell(place, text, column, test)
    except z.NotExpressible as problem:
        return _Cell(place, text, column, None, problem.kind)


def _output(written: object) -> object:
    text = str(written or "").strip()
    if not text:
        return _EMPTY
    try:
        return z.read_literal(text)
    except z.NotExpressible:
        return Computed(text)


def _build(
    node: Mapping[str, Any],
    place: Place,
    rows: list[tuple[list[_Cell], Mapping[str, object]]],
    seen: Iterable[tuple[str, Any]],
    collects: bool,
) -> Table:
    """Types of the subjects first, then the conditions; a cell that does not fit its field's type is a judgement."""
    kinds: dict[str, Kind] = {}
    for cells, _ in rows:
        for cell in cells:
            for test in _leaves(cell.test):
                kinds.setdefault(test.subject, Kind()).add_test(test)
    for path, value in seen:
        if path in kinds:
            kinds[path].add_value(value)
    names = _field_names(kinds)
    fields, trees = [], []
    for path, kind in kinds.items():
        made = kind.field(names[path], path)
        if made is not None:
            fields.append(made)
            trees += [kind.tree(names[path])] if made.tree else []
    types = {path: next((each for each in fields if each.name == names[path]), None) for path in kinds}
    left_out: list[LeftOut] = []
    built = []
    for number, (cells, outputs) in enumerate(rows, 1):
        parts: list[c.Condition] = []
        for cell in cells:
            written = f"{cell.about} {cell.written}".strip()
            try:
                if cell.test is None:
                    raise z.NotExpressible(cell.problem)
                part = _condition(cell.test, types)
            except z.NotExpressible as problem:
                left_out.append(LeftOut(cell.place, f"cell: {problem.kind}"))
                part = c.Judgement(question=written)
            source = Source(document=place.file, clause=cell.place.path, quote=written)
            parts.append(replace(part, source=source))
        whole = None if not parts else parts[0] if len(parts) == 1 else c.All(conditions=tuple(parts))
        built.append(Row(number=number, condition=whole, outputs=outputs))
    subjects = {path: names[path] for path, spec in types.items() if spec is not None}
    return Table(
        place=place,
        node=str(node["id"]),
        collects=collects,
        catalogue=Catalogue(tuple(fields), tuple(trees)),
        subjects=subjects,
        rows=tuple(built),
        left_out=tuple(left_out),
    )


def _leaves(node: z.Node | None) -> Iterator[z.Test | z.Within | z.Holds]:
    match node:
        case z.Every() | z.Some():
            for part in node.parts:
                yield from _leaves(part)
        case z.Negated():
            yield from _leaves(node.part)
        case z.Test() | z.Within() | z.Holds():
            yield node


def _field_names(paths: Iterable[str]) -> dict[str, str]:
    """A name of the catalogue for each dotted path: customer.accountAge is customer_account_age."""
    names: dict[str, str] = {}
    for path in paths:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path).replace(".", "_").lower()
        while name in names.values():
            name += "_2"
        names[path] = name
    return names


# ---- conditions


def _condition(node: z.Node, types: Mapping[str, Field | None]) -> c.Condition:
    match node:
        case z.Every():
            return c.All(conditions=tuple(_condition(part, types) for part in node.parts))
        case z.Some():
            return _some(node, types)
        case z.Negated():
            return c.NoneOf(conditions=(_condition(node.part, types),))
    spec = types[node.subject]
    if spec is None:
        raise z.NotExpressible("text or list function" if isinstance(node, z.Holds) else "a field of several types")
    match node:
        case z.Holds():
            return c.InCodes(field=spec.name, codes=(node.value,))
        case z.Within():
            return _within(node, spec)
        case z.Test():
            return _test(node, spec)


def _some(node: z.Some, types: Mapping[str, Field | None]) -> c.Condition:
    """Several texts of one field are one set of codes."""
    tests = [part for part in node.parts if isinstance(part, z.Test) and part.op == "=="]
    subjects = {part.subject for part in tests}
    if len(tests) == len(node.parts) and len(subjects) == 1 and all(isinstance(part.value, str) for part in tests):
        spec = types[subjects.pop()]
        if spec is not None and spec.type is FieldType.CODE:
            return c.InCodes(field=spec.name, codes=tuple(dict.fromkeys(str(part.value) for part in tests)))
    return c.Any(conditions=tuple(_condition(part, types) for part in node.parts))


def _within(node: z.Within, spec: Field) -> c.Condition:
    if isinstance(node.low, date) and isinstance(node.high, date) and spec.type is FieldType.DATE:
        start = node.low if node.low_included else node.low + timedelta(1)
        return c.DateWindow(field=spec.name, start=start, end=node.high if node.high_included else node.high - _DAY)
    if isinstance(node.low, Decimal) and isinstance(node.high, Decimal) and spec.type is FieldType.DECIMAL:
        return c.Between(
            figure=Figure(field=spec.name),
            low=Value(node.low),
            low_included=node.low_included,
            high=Value(node.high),
            high_included=node.high_included,
        )
    raise z.NotExpressible("a field of several types")


_DAY = timedelta(1)


def _test(node: z.Test, spec: Field) -> c.Condition:
    value = node.value
    if isinstance(value, bool) and spec.type is FieldType.BOOLEAN and node.op in ("==", "!="):
        return c.Flag(field=spec.name, expected=value == (node.op == "=="))
    if isinstance(value, Decimal) and spec.type is FieldType.DECIMAL:
        return c.Compare(figure=Figure(field=spec.name), op=_OPS[node.op], value=Value(value))
    if isinstance(value, str) and spec.type is FieldType.CODE and node.op in ("==", "!="):
        found = c.InCodes(field=spec.name, codes=(value,))
        return found if node.op == "==" else c.NoneOf(conditions=(found,))
    if isinstance(value, date) and spec.type is FieldType.DATE:
        return _day_test(node.op, value, spec.name)
    raise z.NotExpressible("a field of several types")


def _day_test(op: str, day: date, name: str) -> c.Condition:
    match op:
        case ">=" | ">":
            return c.DateWindow(field=name, start=day if op == ">=" else day + _DAY)
        case "<=" | "<":
            return c.DateWindow(field=name, end=day if op == "<=" else day - _DAY)
    same = c.DateWindow(field=name, start=day, end=day)
    return same if op == "==" else c.NoneOf(conditions=(same,))
