"""ZEN decision tables as rules: their cells, their cases, and their engine.

Small synthetic files are always read, the real ones from the folder that QD_ZEN_DATA names.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import FieldType
from qingdan.rules.checks import check, walk
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.evaluate import Facts
from qingdan.rules.evaluate.states import MET
from qingdan.rules.forms import dump_yaml, load_yaml
from qingdan.rules.imports import zen, zen_cells
from qingdan.rules.imports.zen_cases import Checked, Verdict, facts_of, row_states, run_cases
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Source
from qingdan.rules.language.rule import Rule, State

FIXTURES = Path(__file__).parent / "fixtures" / "imports"
ZEN_DATA = os.environ.get("QD_ZEN_DATA", "")
needs_zen_data = pytest.mark.skipif(not ZEN_DATA, reason="QD_ZEN_DATA names no folder of JDM files")

# ---- cells


def one_column(*cells: str, field: str = "x", seen: tuple[Any, ...] = (), hit_policy: str = "first") -> zen.Table:
    """A table of one column; `seen` are values of the column in cases."""
    rules = [{"_id": str(index), "x": cell, "o": str(index)} for index, cell in enumerate(cells, 1)]
    content = {
        "hitPolicy": hit_policy,
        "inputs": [{"id": "x", "field": field}],
        "outputs": [{"id": "o", "field": "row"}],
        "rules": rules,
    }
    graph = {
        "nodes": [{"id": "t", "type": "decisionTableNode", "name": "t", "content": content}],
        "tests": [{"input": {"x": value}, "output": {}} for value in seen],
    }
    (table,) = zen.read_graph(graph, "one.json", [])
    return table


def met_rows(table: zen.Table, values: dict[str, Any]) -> list[int]:
    states = row_states(table, facts_of(table, values))
    return [row.number for row, state in zip(table.rows, states, strict=True) if state == MET]


@pytest.mark.parametrize(
    ("cell", "yes", "no"),
    [
        ("> 1_000.5", [Decimal("1000.6")], [Decimal("1000.5"), 0]),
        ("[-10..0)", [-10, Decimal("-0.1")], [0, Decimal("-10.1")]),
        ("(0.8..1.0]", [1, Decimal("0.9")], [Decimal("0.8"), Decimal("1.1")]),
        ("1, 2, 12", [1, 12], [3]),
        ("> 7 and <= 14", [8, 14], [7, 15]),
        (">= 3 and $ != 5", [3, 6], [5, 2]),
        ("< 1, > 5 and != 7", [0, 6], [7, 3]),
        ("not in [1, 2]", [3], [1, 2]),
        ("'a', \"b\"", ["a", "b"], ["c"]),
        ("['a', 'b']", ["a", "b"], ["c"]),
        ("in ['a']", ["a"], ["c"]),
        ("'a' or 'b'", ["b"], ["c"]),
        ("!= 'a'", ["b", "new"], ["a"]),
        ("true", [True], [False]),
        ("!= true", [False], [True]),
        ("'a' in $", [["a", "c"]], [[], ["c"]]),
        ("contains($, 'a')", [["a"]], [["c"]]),
        ("[date('2024-01-31')..date('2024-02-29')]", ["2024-01-31", "2024-02-29"], ["2024-01-30", "2024-03-01"]),
        ("(date('2024-01-31')..date('2024-02-29'))", ["2024-02-01", "2024-02-28"], ["2024-01-31", "2024-02-29"]),
        ("> date('2024-01-31')", ["2024-02-01", "2024-02-01T00:00:00Z"], ["2024-01-31"]),
        ("< date('2024-01-31')", ["2024-01-30"], ["2024-01-31"]),
        ("!= date('2024-01-31')", ["2024-01-30"], ["2024-01-31"]),
    ],
)
def test_a_cell_takes_the_values_that_it_says(cell: str, yes: list[Any], no: list[Any]) -> None:
    table = one_column(cell, "", seen=(*yes, *no))
    assert table.is_whole
    assert [met_rows(table, {"x": value}) for value in yes] == [[1]] * len(yes)
    assert [met_rows(table, {"x": value}) for value in no] == [[2]] * len(no)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("startsWith($, '85')", "text or list function"),
        ("contains($, 'phone')", "text or list function"),
        ("some($, # > 3)", "closure over a list"),
        ("> other.limit", "compares two fields"),
        ("> 3 + 4", "arithmetic"),
        ("> 7 - 4", "arithmetic"),
        ("!= null", "asks whether a value is there"),
        ("$nodes.a.b == 3", "value of another node"),
        ("x > 3 ? true : false", "conditional expression"),
        ("< date('now')", "the present moment"),
        ("$[0:2] == 'ab'", "part of a list or text"),
        ("number($) > 3", "other function"),
        ("> 'b'", "order of texts"),
        ("'a' 'b'", "other syntax"),
        ("> 5 and true", "a field of several types"),
    ],
)
def test_a_cell_that_cannot_be_said_is_listed_and_left_to_a_person(cell: str, kind: str) -> None:
    table = one_column(cell, "", seen=("some phone",) if "phone" in cell else ())
    assert {each.kind for each in table.left_out} == {f"cell: {kind}"}
    assert table.left_out[0].place == Place("one.json", 0, "t.rules[0]")
    assert any(isinstance(part, c.Judgement) and cell in part.question for _, part in walk(table.rows[0].condition))
    # The rows behind it are no more decided than it is.
    assert met_rows(table, {"x": "some phone"}) == []


Said = tuple[str, Callable[[Decimal], bool]]
numbers = st.integers(-3, 3).map(lambda n: Decimal(n) / 2)


@st.composite
def said(draw: Any) -> Said:
    """A part of a cell on a number, and what it means, by its plain definition."""
    low, high = sorted((draw(numbers), draw(numbers)))
    opening, closing = draw(st.sampled_from("[(")), draw(st.sampled_from("])"))
    parts: list[Said] = [
        (f"> {low}", lambda x: x > low),
        (f">= {low}", lambda x: x >= low),
        (f"< {low}", lambda x: x < low),
        (f"$ <= {low}", lambda x: x <= low),
        (f"!= {low}", lambda x: x != low),
        (f"{low}", lambda x: x == low),
        (f"[{low}, {high}]", lambda x: x in (low, high)),
        (
            f"{opening}{low}..{high}{closing}",
            lambda x: low <= x <= high and (x > low or opening == "[") and (x < high or closing == "]"),
        ),
    ]
    return draw(st.sampled_from(parts))


def joined_meaning(
    how: Callable[[tuple[bool, bool]], bool], left: Callable[[Decimal], bool], right: Callable[[Decimal], bool]
) -> Callable[[Decimal], bool]:
    return lambda x: how((left(x), right(x)))


@settings(max_examples=100, deadline=None)
@given(said(), st.lists(st.tuples(st.sampled_from([" and ", " or ", ", "]), said()), max_size=3))
def test_parts_of_a_cell_are_joined_from_left_to_right(first: Said, others: list[tuple[str, Said]]) -> None:
    text, meaning = first
    for sign, (more, means) in others:
        text += sign + more
        meaning = joined_meaning(all if sign == " and " else any, meaning, means)
    table = one_column(text, "", seen=(Decimal("0.5"),))
    for number in (Decimal(n) / 2 for n in range(-4, 5)):
        assert met_rows(table, {"x": number}) == [1 if meaning(number) else 2], (text, number)


@pytest.mark.parametrize(
    "text", ["", "=", "(", "[1..", "'a", "not", "a.", "date(", "contains(a", ")", "a b", "1 2", "$"]
)
def test_broken_expressions_are_refused_by_kind(text: str) -> None:
    with pytest.raises(zen_cells.NotExpressible):
        zen_cells.read_expression(text)


signs = st.sampled_from(
    [*"()[]!<>=,.$#?:'+-", "..", "==", "a", "a.b", "1", "1_0.5", "'x'", " and ", " or ", " not ", " in "]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(signs, max_size=12).map("".join) | st.text(max_size=8))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    for field in ("x", ""):
        table = one_column(text, "", field=field)
        said = table.rows[0].condition is None or not any(
            isinstance(part, c.Judgement) for _, part in walk(table.rows[0].condition)
        )
        assert said == table.is_whole


def test_long_cells_stay_shallow() -> None:
    codes = tuple(str(n) for n in range(500))
    asked = one_column(", ".join(f"'{code}'" for code in codes)).rows[0].condition
    assert isinstance(asked, c.InCodes) and asked.codes == codes
    for deep in ("(" * 500 + "a" + ")" * 500, "not " * 500 + "a", "9" * 40 + " > a"):
        assert not one_column(deep, field="").is_whole


@pytest.mark.parametrize(
    "node",
    [
        {"content": None},
        {"content": {"rules": [], "inputs": [], "outputs": None}},
        {"content": {"rules": [1], "inputs": [], "outputs": []}},
        {"content": {"rules": [], "inputs": [{}], "outputs": []}},
        {"type": "switchNode", "content": {"statements": [{"condition": "a"}]}},
    ],
)
def test_a_node_of_another_shape_is_listed(node: dict[str, Any]) -> None:
    left_out: list[zen.LeftOut] = []
    graph = {"nodes": [{"id": "t", "type": "decisionTableNode"} | node]}
    assert list(zen.read_graph(graph, "one.json", left_out)) == []
    assert left_out == [zen.LeftOut(Place("one.json", 0, "t"), "whole table: of another shape")]


@pytest.mark.parametrize("graph", [{"nodes": [{}]}, {"nodes": [], "edges": [{}]}, {"nodes": [], "tests": [1]}, []])
def test_a_file_without_a_graph_is_listed(graph: Any, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(graph), "utf-8")
    (tmp_path / "two.json").write_text("{", "utf-8")
    assert zen.read_folder(tmp_path).reasons() == {"no graph in the file": 1, "not JSON": 1}


@pytest.mark.parametrize(
    ("text", "values", "met"),
    [
        ("a > 1 or b and not c", {"a": 0, "b": True, "c": False}, True),
        ("a > 1 or b and !c", {"a": 0, "b": True, "c": True}, False),
        ("(a > 1 or b) and c", {"a": 2, "b": False, "c": False}, False),
        ("3 < a and a not in [5, 6]", {"a": 4}, True),
        ("3 < a and a not in [5, 6]", {"a": 5}, False),
        ("b == (a > 3)", {"a": 4, "b": True}, None),
    ],
)
def test_whole_expressions_bind_as_usual(text: str, values: dict[str, Any], met: bool | None) -> None:
    table = one_column(text, "", field="")
    assert table.is_whole == (met is not None)
    assert met_rows(table, values) == ([] if met is None else [1] if met else [2])


def test_a_missing_value_leaves_the_row_open() -> None:
    assert [sorted(state) for state in row_states(one_column("> 5", ""), Facts())] == [["met", "unmet"]] * 2


def test_hit_policies_and_rows_that_never_decide() -> None:
    first = one_column("> 5", "> 3", "", "> 1")
    assert [met_rows(first, {"x": Decimal(number)}) for number in (6, 4, 2)] == [[1], [2], [3]]
    with pytest.raises(RuleError, match="an earlier row always applies"):
        first.condition(first.rows[3])
    assert [rule.id for rule in first.rules()] == ["one/t/1", "one/t/2", "one/t/3"]
    collect = one_column("> 5", "> 3", "", "> 1", hit_policy="collect")
    assert [met_rows(collect, {"x": Decimal(number)}) for number in (6, 2, 0)] == [[1, 2, 3, 4], [3, 4], [3]]


# ---- files and cases


def asking_cells(node: dict[str, Any]) -> int:
    """How many cells of a table, or branches of a switch, ask something."""
    content = node["content"]
    if node["type"] == "switchNode":
        cells = [each.get("condition") for each in content["statements"]]
    else:
        cells = [rule.get(column["id"]) for rule in content["rules"] for column in content["inputs"]]
    return sum(bool(str(cell or "").strip()) for cell in cells)


def nothing_is_lost(found: zen.Import) -> None:
    """Each node is a table or listed; each cell that asks something is a condition or a listed judgement."""
    listed = {each.place for each in found.left_out}
    assert found.tables and found.files
    for file, graph in found.files.items():
        for node in graph["nodes"]:
            table = found.tables.get((file, node["id"]))
            if table is None:
                assert node["type"] in ("inputNode", "outputNode") or Place(file, 0, node["name"]) in listed
                continue
            parts = [part for row in table.rows if row.condition for _, part in walk(row.condition)]
            assert sum(isinstance(part, Source) for part in parts) == asking_cells(node)
            assert sum(isinstance(part, c.Judgement) for part in parts) == len(table.left_out)
            assert {each.place for each in table.left_out} <= listed


def rules_are_sound_and_survive_writing(found: zen.Import) -> None:
    for table in found.tables.values():
        for rule in table.rules() if len(table.rows) < 30 else ():
            assert [str(each) for each in check(rule, table.catalogue) if each.is_error] == []
            assert load_yaml(Rule, dump_yaml(rule)) == rule


def verdicts(found: zen.Import) -> dict[tuple[str, int], Checked]:
    return {(each.place.path, each.case): each for each in run_cases(found)}


def test_their_cases_run_through_our_evaluator() -> None:
    found = zen.read_folder(FIXTURES / "zen")
    nothing_is_lost(found)
    rules_are_sound_and_survive_writing(found)
    assert found.reasons() == {
        "expressionNode: not a table": 1,
        "functionNode: not a table": 1,
        "no graph in the file": 1,
        "cell: text or list function": 1,
        "cell: computed column": 1,
        "cell: conditional expression": 1,
    }
    checks = verdicts(found)
    assert {key: (each.verdict.value, each.rows) for key, each in checks.items()} == {
        ("Fees", 1): ("agreed", (1,)),
        ("Fees", 2): ("agreed", (2,)),
        ("Fees", 3): ("agreed", (3,)),
        ("Plain", 1): ("not reached", ()),
        ("Plain", 2): ("agreed", (1,)),
        ("Plain", 3): ("not reached", ()),
        ("Marks", 1): ("agreed", (1,)),
        ("Marks", 2): ("not reached", ()),
        ("Marks", 3): ("open", ()),
        ("Signs", 1): ("agreed", (1, 2)),
        ("Signs", 2): ("agreed", ()),
        ("Odd", 1): ("not reached", ()),
        ("Odd", 2): ("not reached", ()),
    }
    assert checks["Marks", 3].note == "the case leaves a value out"


@pytest.mark.parametrize(
    ("case", "change", "node"),
    [
        (0, {"fee": {"amount": 1, "class": "free"}}, "Fees"),
        (1, {"fee": {"amount": Decimal("12.5"), "class": "free"}}, "Fees"),
        (1, {"fee": {"amount": Decimal("12.5")}}, "Fees"),
        (2, {"fee": {"amount": 7, "class": "usual"}}, "Fees"),
        (0, {"handling": "normal"}, "Marks"),
        (2, {"handling": "other"}, "Marks"),
    ],
)
def test_a_case_that_expects_another_row_contradicts(case: int, change: dict[str, Any], node: str) -> None:
    found = copy.deepcopy(zen.read_folder(FIXTURES / "zen"))
    found.files["delivery.json"]["tests"][case]["output"].update(change)
    assert verdicts(found)[node, case + 1].verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize("output", [[], [{"sign": "good"}], [{"sign": "recent"}, {"sign": "good"}]])
def test_a_list_of_other_rows_contradicts(output: list[Any]) -> None:
    found = copy.deepcopy(zen.read_folder(FIXTURES / "zen"))
    found.files["reasons.json"]["tests"][0]["output"] = output
    assert verdicts(found)["Signs", 1].verdict is Verdict.CONTRADICTED


@needs_zen_data
def test_no_case_of_the_real_files_is_contradicted() -> None:
    found = zen.read_folder(Path(ZEN_DATA))
    nothing_is_lost(found)
    rules_are_sound_and_survive_writing(found)
    checks = list(run_cases(found))
    assert [each for each in checks if each.verdict is Verdict.CONTRADICTED] == []
    assert any(each.verdict is Verdict.AGREED for each in checks)


# ---- the engine itself


def only_rows(node: dict[str, Any]) -> str:
    """The table alone, as JSON, with each row's number as its output."""
    content = node["content"]
    outputs = {each["id"] for each in content["outputs"]}
    rules = [
        {key: cell for key, cell in rule.items() if key not in outputs and cell is not None} | {"row": str(number)}
        for number, rule in enumerate(content["rules"], 1)
    ]
    table = {
        "hitPolicy": content["hitPolicy"],
        "inputs": content["inputs"],
        "outputs": [{"id": "row", "name": "row", "field": "row"}],
        "rules": rules,
    }
    place = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", **place},
        {"id": "t", "name": "t", "type": "decisionTableNode", "content": table, **place},
        {"id": "out", "name": "out", "type": "outputNode", **place},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "t", "type": "edge"},
        {"id": "b", "sourceId": "t", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def tempting_values(table: zen.Table) -> dict[str, list[Any]]:
    """For each field values of every kind: each threshold with its neighbours, each code and another."""
    pools: dict[str, list[Any]] = {}
    for spec in table.catalogue.fields:
        codes = [each.code for each in table.catalogue.tree(spec.tree).codes] if spec.tree else []
        of_type: dict[FieldType, list[Any]] = {
            FieldType.BOOLEAN: [True, False],
            FieldType.CODE: codes,
            FieldType.CODES: [[], codes, *([code] for code in codes)],
        }
        pools[spec.name] = of_type.get(spec.type, [])
    for row in table.rows:
        for _, part in walk(row.condition) if row.condition else ():
            if isinstance(part, c.Compare | c.Between):
                bounds = [part.value] if isinstance(part, c.Compare) else [part.low, part.high]
                step = Decimal(1).scaleb(-table.catalogue.field(part.figure.field).scale)
                pools[part.figure.field] += [bound.number + k * step for bound in bounds for k in (-1, 0, 1)]
            elif isinstance(part, c.DateWindow):
                days = [day for day in (part.start, part.end) if day]
                pools[part.field] += [(day + timedelta(k)).isoformat() for day in days for k in (-1, 0, 1)]
    return pools


def nested(values: dict[str, Any], number: Callable[[Decimal], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        inner = found
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = number(value) if isinstance(value, Decimal) else value
    return found


def agree_with_their_engine(found: zen.Import, tries: int) -> int:
    """Each whole table on random inputs: the rows that we say are met are theirs, and with values left out theirs is
    among those that stay possible. (Not in whole expressions: there one missing value spoils "a < 1 or b < 1" for them,
    though the other decides it.) Their engine takes binary fractions; the values have few digits and come back."""
    engine = pytest.importorskip("zen", reason="zen-engine is not installed").ZenEngine()
    choice = random.Random(20)
    compared = 0
    for (file, node_id), table in found.tables.items():
        node = next(each for each in found.files[file]["nodes"] if each["id"] == node_id)
        if not table.is_whole or not table.subjects or len(table.rows) > 60 or node["type"] != "decisionTableNode":
            continue
        decision = engine.create_decision(only_rows(node))
        pools = tempting_values(table)
        for attempt in range(tries):
            values = {path: choice.choice(pools[name]) for path, name in table.subjects.items()}
            if attempt % 3 == 2 and all(column.get("field") for column in node["content"]["inputs"]):
                values = {path: value for path, value in values.items() if choice.random() < 0.7}
            result = decision.evaluate(nested(values, float))["result"]
            theirs = [each["row"] for each in result] if isinstance(result, list) else [*(result or {}).values()]
            states = row_states(table, facts_of(table, nested(values, lambda value: value)))
            met = [row.number for row, state in zip(table.rows, states, strict=True) if state == MET]
            possible = [row.number for row, state in zip(table.rows, states, strict=True) if State.MET in state]
            if len(values) == len(table.subjects):
                assert met == theirs, (file, table.place, values)
            assert {*met} <= {*theirs} <= {*possible}, (file, table.place, values)
            compared += 1
    return compared


def test_rows_agree_with_their_engine() -> None:
    assert agree_with_their_engine(zen.read_folder(FIXTURES / "zen"), 60)


@needs_zen_data
def test_rows_of_the_real_files_agree_with_their_engine() -> None:
    assert agree_with_their_engine(zen.read_folder(Path(ZEN_DATA)), 9)
