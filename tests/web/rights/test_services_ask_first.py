"""Every function that acts for a person asks first whether that person may: read from the source, not from a list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qingdan.web

ROOT = Path(qingdan.web.__file__).parent
# Pages only call services; the demo is a caller like any other.
NOT_SERVICES = {"views", "demo", "migrations", "templatetags"}
# What writes: the ORM's verbs and the record of the event.
WRITES = {
    "record", "notify", ".save", ".create", ".bulk_create", ".bulk_update", ".update", ".delete", ".get_or_create",
    ".update_or_create", ".add", ".remove", ".set", ".clear",
}  # fmt: skip
# Functions with an actor that ask nothing themselves, each with the reason why that is right.
REVIEWED = {
    "common/events.py:record": "puts on record what a service did that has asked already",
    "common/inbox.py:mark_all_read": "touches only the lines of the actor's own inbox (visible_to)",
    "tasks/services/exports.py:note_export": "notes an export; the rows were chosen by visible_to before",
    "tasks/services/plans.py:new_task": "a step inside add_task, add_subtask and the import, which have asked",
    "tasks/services/plans.py:put_deadline": "a step inside services that have asked for their own right",
    "tasks/imports/writing.py:write_tasks": "a step inside apply_import, which has asked",
    "trust/services/reading.py:record_export": "puts on record what a page showed that has asked already",
    "trust/services/reading.py:record_reading": "puts on record what a page showed that has asked already",
    "units/services/sessions.py:change_password": "one's own password; the old one is asked for instead",
}


def actor_functions() -> Iterator[tuple[str, ast.FunctionDef, dict[str, ast.FunctionDef]]]:
    """Public functions whose first argument is ``actor`` and that answer no question of rights themselves."""
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT)
        if NOT_SERVICES & set(inside.parts):
            continue
        functions = {n.name: n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)}
        for name, node in functions.items():
            first = (node.args.posonlyargs + node.args.args)[:1]
            if name.startswith("_") or not first or first[0].arg != "actor":
                continue
            if node.returns is not None and ast.unparse(node.returns) in {"Verdict", "bool"}:
                continue
            yield f"{inside.as_posix()}:{name}", node, functions


def calls(node: ast.AST) -> list[tuple[int, str, ast.Call]]:
    """The calls inside ``node`` by line, in the order of the text: ``name(...)`` as "name", ``a.b(...)`` as ".b"."""
    found = []
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = f".{each.func.attr}" if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            found.append((each.lineno, name, each))
    return sorted(found, key=lambda call: call[0])


def asks(node: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> int | None:
    """The line where ``node`` asks: ``require(...)``, or a private helper of its module that is given the actor and
    asks."""
    for line, name, call in calls(node):
        if name == "require":
            return line
        given = [ast.unparse(argument) for argument in call.args]
        helper = functions.get(name)
        if name.startswith("_") and helper is not None and "actor" in given and asks(helper, functions):
            return line
    return None


FOUND = list(actor_functions())


def test_the_source_was_found():
    names = {name for name, _node, _functions in FOUND}
    assert {"tasks/services/lists.py:issue", "units/services/units.py:add_unit", "common/values.py:set_value"} <= names
    assert len(names) > 50


@pytest.mark.parametrize(("name", "node", "functions"), FOUND, ids=[name for name, *_ in FOUND])
def test_a_service_asks_for_the_right_before_it_writes(name, node, functions):
    asked = asks(node, functions)
    if name in REVIEWED:
        assert asked is None, f"{name} asks now: take it out of REVIEWED"
        return
    assert asked is not None, f"{name} changes things for an actor and asks nobody: begin it with require(rights. ...)"
    wrote = next((line for line, verb, _call in calls(node) if verb in WRITES), None)
    assert wrote is None or asked <= wrote, f"{name} writes in line {wrote} before it asks in line {asked}"


def test_the_reviewed_list_names_no_function_that_is_gone():
    assert not REVIEWED.keys() - {name for name, _node, _functions in FOUND}
