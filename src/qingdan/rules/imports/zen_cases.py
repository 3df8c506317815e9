"""The input/output cases beside ZEN graphs, run through our evaluator, table by table.

A case gives the graph's input and the output that it must have. The tables are decided in the graph's order. What a
table asks for comes from the case's input and from the outputs of earlier tables; what an expression or function node
computes is taken from the case's expected output where it shows there, and is otherwise not known.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from qingdan.rules.catalogue import Field, FieldType
from qingdan.rules.errors import Place
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.evaluate.states import MET, UNMET, Possible
from qingdan.rules.imports import zen_cells as z
from qingdan.rules.imports.zen import Computed, Import, Row, Table
from qingdan.rules.imports.zen_types import OTHER, decimals
from qingdan.rules.language.rule import State

FACT_DATE = date(2025, 1, 1)
"""No imported condition asks for the day of evaluation."""


class Verdict(StrEnum):
    """What a case says of a table."""

    AGREED = "agreed"  # the rows that are met give the outputs that the case expects
    OPEN = "open"  # facts are missing or a person decides; the expected row is among the possible ones
    CONTRADICTED = "contradicted"
    UNSEEN = "unseen"  # decided, but the case's output shows nothing of it
    NOT_REACHED = "not reached"  # the table is on a branch that is not taken, or not known to be taken
    NOT_RUN = "not run"  # the table works on each member of a list


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One table in one case. `rows` are the numbers of the rows that are met."""

    place: Place
    case: int  # from 1
    verdict: Verdict
    rows: tuple[int, ...] = ()
    note: str = ""


def run_cases(found: Import) -> Iterator[Checked]:
    """Every table of every graph in every case of that graph."""
    for file, graph in found.files.items():
        tables = {node: table for (name, node), table in found.tables.items() if name == file}
        for number, case in enumerate(graph.get("tests") or (), 1):
            yield from _Run(graph, tables, case, number).run()


def row_states(table: Table, facts: Facts) -> list[Possible]:
    """For each row what it can be with these facts; a row behind one that always applies is unmet."""
    rules = {rule.id.rpartition("/")[2]: rule for rule in table.rules()}
    states, over = [], False
    for row in table.rows:
        rule = rules.get(str(row.number))
        if rule is not None:
            states.append(explain(rule, facts, table.catalogue, FACT_DATE).outcome.possible)
        else:
            states.append(UNMET if over else MET)
        over |= row.condition is None and not table.collects
    return states


class _Gap(Enum):
    ABSENT = "absent"  # the input has no such value
    HIDDEN = "hidden"  # some node computes it, and the case does not show it


def facts_of(table: Table, values: Mapping[str, Any]) -> Facts:
    """The facts that a table asks for, out of a nested input; what does not fit its field is missing."""
    given = {}
    for path, name in table.subjects.items():
        given[name, ""] = _fact(_get(values, path), table.catalogue.field(name), table)
    return Facts.of(table.catalogue, given)


def _fact(value: Any, spec: Field, table: Table) -> Any:
    is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    if spec.type is FieldType.DECIMAL and is_number:
        return Decimal(value) if decimals(Decimal(value)) <= spec.scale else None
    if spec.type is FieldType.BOOLEAN and isinstance(value, bool):
        return value
    if spec.type is FieldType.DATE and isinstance(value, str):
        # A moment within a day is neither before nor after that day's beginning in days.
        day = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:T00:00:00(?:\.0+)?Z?)?", value)
        return date.fromisoformat(day[1]) if day else None
    if spec.type is FieldType.CODE and isinstance(value, str):
        return value if value in table.catalogue.tree(spec.tree) else OTHER
    if spec.type is FieldType.CODES and isinstance(value, list):
        tree = table.catalogue.tree(spec.tree)
        return [each if isinstance(each, str) and each in tree else OTHER for each in value]
    return None


# ---- nested values


def _get(values: Any, path: str) -> Any:
    for part in path.split("."):
        if values is _Gap.HIDDEN:
            return _Gap.HIDDEN
        if not isinstance(values, Mapping) or part not in values:
            return _Gap.ABSENT
        values = values[part]
    return values


def _set(values: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for part in above:
        inner = values.get(part)
        if inner is _Gap.HIDDEN:
            return
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    values[last] = value


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(into.get(key), dict) and isinstance(value, dict):
            _merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def _touches(one: str, other: str) -> bool:
    """Whether writing one path changes the other."""
    return not one or not other or f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


# ---- one case


class _Run:
    def __init__(self, graph: Mapping[str, Any], tables: Mapping[str, Table], case: Mapping[str, Any], number: int):
        self.nodes = {str(node["id"]): node for node in graph["nodes"]}
        self.edges = [edge for edge in graph.get("edges") or () if edge["targetId"] in self.nodes]
        self.tables = tables
        self.input, self.expected, self.number = case.get("input") or {}, case.get("output"), number
        self.outputs: dict[str, Any] = {}  # by node; only of nodes that ran
        self.sure: dict[str, bool] = {}  # by node: whether it surely ran
        self.branches: dict[str, tuple[set[str], set[str]]] = {}  # by switch: branches taken, and possible ones
        self.below = self._descendants()

    def _descendants(self) -> dict[str, set[str]]:
        below: dict[str, set[str]] = {}
        for node in self.nodes:
            found: set[str] = set()
            queue = [node]
            while queue:
                here = queue.pop()
                new = {edge["targetId"] for edge in self.edges if edge["sourceId"] == here} - found
                found |= new
                queue += new
            below[node] = found
        return below

    def run(self) -> Iterator[Checked]:
        before = {
            node: [e["sourceId"] for e in self.edges if e["targetId"] == node and e["sourceId"] in self.nodes]
            for node in self.nodes
        }
        try:
            order = list(TopologicalSorter(before).static_order())
        except CycleError:
            return
        for node in order:
            checked = self._step(node, self.nodes[node])
            if checked is not None:
                yield checked

    def _step(self, name: str, node: Mapping[str, Any]) -> Checked | None:
        if node["type"] == "inputNode":
            self.outputs[name], self.sure[name] = copy.deepcopy(self.input), True
            return None
        table = self.tables.get(name)
        values = self._incoming(name)
        content = _content(node)
        is_table = table is not None and node["type"] == "decisionTableNode"
        if values is None or not self.sure[name]:
            if values is not None:
                self._pass_on(name, content, values, self._shown(name))
            if table is not None and is_table:
                note = "branch not taken" if values is None else "behind an undecided switch"
                return Checked(place=table.place, case=self.number, verdict=Verdict.NOT_REACHED, note=note)
            return None
        if table is not None and node["type"] == "switchNode":
            self._branch(name, table, values)
        elif table is not None and (content.get("inputField") or content.get("executionMode") == "loop"):
            self._pass_on(name, content, values, self._shown(name))
            return Checked(place=table.place, case=self.number, verdict=Verdict.NOT_RUN, note="loop over a list")
        elif table is not None and is_table:
            return self._table(name, table, content, values)
        elif node["type"] == "outputNode":
            self.outputs[name] = values
        else:
            self._pass_on(name, content, values, self._computed(name, content, values))
        return None

    def _incoming(self, name: str) -> dict[str, Any] | None:
        """The merged outputs of the nodes before that ran; None when none leads here."""
        values: dict[str, Any] | None = None
        self.sure[name] = False
        for edge in self.edges:
            source = edge["sourceId"]
            if edge["targetId"] != name or source not in self.outputs:
                continue
            taken, possible = self.branches.get(source, (None, set()))
            handle = edge.get("sourceHandle")
            if taken is not None and handle not in taken | possible:
                continue
            values = {} if values is None else values
            if isinstance(self.outputs[source], dict):
                _merge(values, self.outputs[source])
            self.sure[name] |= self.sure[source] and (taken is None or handle in taken)
        return values

    # ---- what nodes write

    def _written(self, name: str) -> dict[str, object]:
        """The paths that a node writes, with the expression where there is one; "" for anything anywhere."""
        node = self.nodes[name]
        content = _content(node)
        if node["type"] in ("inputNode", "outputNode", "switchNode"):
            return {}
        if node["type"] not in ("decisionTableNode", "expressionNode"):
            return {"": None}
        inside = content.get("outputPath") or ""
        if content.get("executionMode") == "loop":
            return {inside: None}
        if node["type"] == "expressionNode":
            pairs = {str(each.get("key")): each.get("value") for each in _tables(content.get("expressions"))}
        else:
            pairs = {str(each.get("field")): None for each in _tables(content.get("outputs"))}
            if content.get("hitPolicy") == "collect":
                pairs = {"": None}
        return {f"{inside}.{path}".strip("."): value for path, value in pairs.items()}

    def _expected(self, name: str, path: str) -> Any:
        """The case's value at a path that this node writes; HIDDEN when a later node may have changed it."""
        if not isinstance(self.expected, Mapping):
            return _Gap.HIDDEN
        if any(_touches(path, other) for node in self.below[name] for other in self._written(node)):
            return _Gap.HIDDEN
        found = _get(self.expected, path)
        return _Gap.HIDDEN if found is _Gap.ABSENT and self._may_vanish(name) else found

    def _may_vanish(self, name: str) -> bool:
        """Whether a later node passes on nothing but what it writes itself."""
        below = [self.nodes[node] for node in self.below[name]]
        writers = [node for node in below if node["type"] not in ("outputNode", "switchNode")]
        return any(not _content(node).get("passThrough") for node in writers)

    def _shown(self, name: str) -> dict[str, Any]:
        """What a node writes, as far as the case shows it."""
        found = {path: self._expected(name, path) if path else _Gap.HIDDEN for path in self._written(name)}
        return {path: _Gap.HIDDEN if value is _Gap.ABSENT else value for path, value in found.items()}

    def _computed(self, name: str, content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """As `_shown`, with values and plain copies read from the expressions themselves."""
        shown = self._shown(name)
        for path, expression in self._written(name).items() if not content.get("inputField") else ():
            if shown[path] is _Gap.HIDDEN and isinstance(expression, str):
                shown[path] = _simple(expression, values)
        return shown

    def _pass_on(
        self, name: str, content: Mapping[str, Any], values: Mapping[str, Any], written: Mapping[str, Any]
    ) -> None:
        if "" in written:
            keep = content.get("passThrough") and not content.get("outputPath")
            self.outputs[name] = copy.deepcopy(dict(values)) if keep else _Gap.HIDDEN
            return
        base = copy.deepcopy(dict(values)) if content.get("passThrough") else {}
        for path, value in written.items():
            if value is not _Gap.ABSENT:
                _set(base, path, copy.deepcopy(value))
        self.outputs[name] = base

    # ---- deciding

    def _branch(self, name: str, table: Table, values: dict[str, Any]) -> None:
        states = row_states(table, facts_of(table, values))
        taken = {str(row.outputs["branch"]) for row, state in zip(table.rows, states, strict=True) if state == MET}
        possible = {str(row.outputs["branch"]) for row, state in zip(table.rows, states, strict=True) if _may_be(state)}
        self.branches[name] = taken, possible
        self.outputs[name] = values

    def _table(self, name: str, table: Table, content: Mapping[str, Any], values: dict[str, Any]) -> Checked:
        states = row_states(table, facts_of(table, values))
        met = [row for row, state in zip(table.rows, states, strict=True) if state == MET]
        maybe = [row for row, state in zip(table.rows, states, strict=True) if state != MET and _may_be(state)]
        if table.collects:
            verdict, note = self._collected(name, content, met, maybe)
            written = self._shown(name)
        elif met or not maybe:
            verdict, note = self._hit(name, table, content, values, met[0] if met else None)
            written = self._row_outputs(name, content, values, met[0]) if met else {}
        else:
            verdict, note = self._open(name, table, content, values, maybe)
            written = self._shown(name)
        self._pass_on(name, content, values, written)
        numbers = tuple(row.number for row in met)
        return Checked(place=table.place, case=self.number, verdict=verdict, rows=numbers, note=note)

    def _row_outputs(self, name: str, content: Mapping[str, Any], values: Any, row: Row) -> dict[str, Any]:
        inside = content.get("outputPath") or ""
        written = {}
        for path, value in row.outputs.items():
            whole = f"{inside}.{path}".strip(".")
            if isinstance(value, Computed):
                shown = self._expected(name, whole)
                value = _simple(value.expression, values) if isinstance(shown, _Gap) else shown  # noqa: PLW2901
            written[whole] = value
        return written

    def _agreement(
        self, name: str, table: Table, content: Mapping[str, Any], values: Any, row: Row | None
    ) -> tuple[int, str]:
        """How many outputs the case shows as this row gives them, and the first that differs."""
        inside = content.get("outputPath") or ""
        agreed = 0
        for path in dict.fromkeys(path for each in table.rows for path in each.outputs):
            whole = f"{inside}.{path}".strip(".")
            shown = self._expected(name, whole)
            ours = row.outputs.get(path, _Gap.ABSENT) if row else _Gap.ABSENT
            if shown is _Gap.HIDDEN or isinstance(ours, Computed):
                continue
            if ours is _Gap.ABSENT and content.get("passThrough"):
                ours = _get(values, whole)
            if ours is _Gap.HIDDEN:
                continue
            same = shown in (None, _Gap.ABSENT) if ours in (None, _Gap.ABSENT) else shown == ours
            if not same:
                return agreed, f"{whole}: expected {shown}, row gives {ours}"
            agreed += ours not in (None, _Gap.ABSENT)
        return agreed, ""

    def _hit(
        self, name: str, table: Table, content: Mapping[str, Any], values: Any, row: Row | None
    ) -> tuple[Verdict, str]:
        inside = content.get("outputPath") or ""
        for path, value in row.outputs.items() if row else ():
            if isinstance(value, Computed) and self._expected(name, f"{inside}.{path}".strip(".")) is _Gap.ABSENT:
                return Verdict.OPEN, "their engine drops a row whose computed output fails"
        agreed, difference = self._agreement(name, table, content, values, row)
        if difference:
            return Verdict.CONTRADICTED, difference
        return (Verdict.AGREED, "") if agreed or row is None else (Verdict.UNSEEN, "no output of the row shows")

    def _open(
        self, name: str, table: Table, content: Mapping[str, Any], values: Any, maybe: list[Row]
    ) -> tuple[Verdict, str]:
        """Sound as long as a possible row, or none at all, gives what the case shows."""
        differences = [self._agreement(name, table, content, values, row)[1] for row in (*maybe, None)]
        if all(differences):
            return Verdict.CONTRADICTED, differences[0]
        hidden = [path for path in table.subjects if _get(values, path) is _Gap.HIDDEN]
        absent = [path for path in table.subjects if _get(values, path) in (_Gap.ABSENT, None)]
        if hidden:
            return Verdict.OPEN, "a value computed by another node does not show"
        return Verdict.OPEN, "the case leaves a value out" if absent else "a cell is left to a person"

    def _collected(
        self, name: str, content: Mapping[str, Any], met: list[Row], maybe: list[Row]
    ) -> tuple[Verdict, str]:
        """The list in the case's output against the rows that are met, in their order."""
        path = content.get("outputPath")
        whole = _Gap.HIDDEN if self._writers_below(name) else self.expected
        shown = self._expected(name, path) if path else whole
        if not isinstance(shown, list):
            return Verdict.UNSEEN, "no output of the row shows"
        if maybe:
            sound = len(met) <= len(shown) <= len(met) + len(maybe)
            return (Verdict.OPEN, "rows stay open") if sound else (Verdict.CONTRADICTED, f"{len(shown)} rows expected")
        if len(met) != len(shown):
            return Verdict.CONTRADICTED, f"{len(shown)} rows expected, {len(met)} met"
        for row, item in zip(met, shown, strict=True):
            for inner, value in row.outputs.items():
                if not isinstance(value, Computed) and _get(item, inner) != value:
                    return Verdict.CONTRADICTED, f"{inner}: expected {_get(item, inner)}, row gives {value}"
        return Verdict.AGREED, ""

    def _writers_below(self, name: str) -> bool:
        return any(self._written(node) for node in self.below[name])


def _content(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a node holds; function nodes hold a text instead, which nobody here reads."""
    content = node.get("content")
    return content if isinstance(content, dict) else {}


def _tables(listed: object) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _may_be(state: Possible) -> bool:
    return bool(state & {State.MET, State.MANUAL})


def _simple(expression: str, values: Any) -> Any:
    """A value or a copy of another value; HIDDEN for anything computed."""
    try:
        return z.read_literal(expression)
    except z.NotExpressible:
        pass
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", expression.strip(), re.ASCII):
        return _get(values, expression.strip())
    return _Gap.HIDDEN
