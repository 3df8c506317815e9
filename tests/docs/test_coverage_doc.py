"""The page of acceptance rows: complete, honest about what is tested how, and its places exist."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import coverage_doc
from coverage_rows import ROWS, Row
from django.urls import URLPattern, URLResolver, get_resolver

from .test_docs import commands

ROOT = Path(__file__).resolve().parents[2]
# The rows that the task-list system and the record must show.
DUE = {f"P-{n:02}" for n in (*range(1, 33), 36, 37, 48, 49, 57, 58)} | {f"B-{n}" for n in (20, 44, 45, 50, 51, 57)}
ROW = Row("X-01", "要求", ("home",))


def test_every_due_row_stands_once_in_the_table() -> None:
    assert sorted(row.id for row in ROWS if row.due) == sorted(DUE)
    assert len({row.id for row in ROWS}) == len(ROWS)


def names(resolver: URLResolver, prefix: str = "") -> set[str]:
    found = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found |= names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            found.add(f"{prefix}{entry.name}")
    return found


def test_every_place_is_a_page_a_command_or_a_library() -> None:
    pages = names(get_resolver())
    for row in ROWS:
        for place in row.places:
            if place.startswith("qd "):
                assert place.split()[1] in commands(), place
            elif place.startswith("qingdan."):
                importlib.import_module(place)
            else:
                assert place in pages, f"{row.id}: {place}"


def test_a_row_without_test_and_a_mark_without_row_are_faults() -> None:
    assert coverage_doc.faults({"X-01": {"tests/web/a.py::test_a"}}, [ROW]) == []
    assert len(coverage_doc.faults({}, [ROW])) == 1
    assert "X-99" in coverage_doc.faults({"X-01": {"a"}, "X-99": {"tests/web/a.py::test_a"}}, [ROW])[0]


def test_a_row_with_tests_of_libraries_alone_says_so() -> None:
    assert "仅库" in coverage_doc.level({"tests/sheets/a.py::test_a", "tests/papers/a.py::test_a"})
    assert "功能" in coverage_doc.level({"tests/sheets/a.py::test_a", "tests/web/a.py::test_a"})


def test_the_page_is_the_same_whatever_the_order_of_the_marks() -> None:
    tests = ["tests/web/a.py::test_a", "tests/web/b.py::test_b", "tests/sheets/c.py::test_c"]
    pages = {coverage_doc.render({"X-01": set(order)}, [ROW]) for order in (tests, tests[::-1])}
    assert len(pages) == 1
    assert "| X-01 | 要求 | `home` | 3 |" in pages.pop()


def test_marks_of_modules_classes_and_cases_are_collected(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = covers\n", "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_some.py").write_text(
        "import pytest\n"
        "pytestmark = pytest.mark.covers('A-1')\n"
        "@pytest.mark.covers('A-2', 'A-3')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_cases(n): raise AssertionError\n"
        "def test_plain(): pass\n",
        "utf-8",
    )
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import coverage_doc\n"
        "found = coverage_doc.collect(pathlib.Path(sys.argv[2]))\n"
        "print(sorted((row, sorted(tests)) for row, tests in found.items()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "tools"), str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    cases, plain = "tests/test_some.py::test_cases", "tests/test_some.py::test_plain"
    assert done.stdout.strip() == str([("A-1", [cases, plain]), ("A-2", [cases]), ("A-3", [cases])])
