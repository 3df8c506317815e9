"""Write docs/coverage.md: each acceptance row, what it asks, the page or command that shows it, and its tests.

    python tools/coverage_doc.py            writes docs/coverage.md
    python tools/coverage_doc.py --check    exits 1 when the page is stale, a row lacks a test, or a mark names no row

The tests are those marked ``@pytest.mark.covers("P-07")``, found by collecting them; nothing is run.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from coverage_rows import ROWS, Row

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/coverage.md"
LIBRARY_TESTS = ("tests/standards/", "tests/sheets/", "tests/papers/")


class Marks:
    """A pytest plugin that notes which test covers which row."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = {}

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            # Cases of one parametrised test are one test.
            test = item.nodeid.split("[")[0]
            for mark in item.iter_markers("covers"):
                for row in mark.args:
                    self.tests.setdefault(row, set()).add(test)


def collect(root: Path = ROOT) -> dict[str, set[str]]:
    """The tests of each row, as ``tests/web/x.py::test_y``. Exits with pytest's words when a test file is broken."""
    os.environ["QD_DATA"] = tempfile.mkdtemp(prefix="qd-marks-")
    marks, said = Marks(), io.StringIO()
    with contextlib.chdir(root), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests"], plugins=[marks])
    if status != pytest.ExitCode.OK:
        faults_only = said.getvalue().partition("= ERRORS")[2] or said.getvalue()
        sys.exit(f"{faults_only}\n测试没有收集完 (not all tests could be collected), {status!r}")
    return marks.tests


def level(tests: set[str]) -> str:
    """Through which door the tests go."""
    if not tests:
        return "无测试 (no test)"
    return "仅库 (library only)" if all(test.startswith(LIBRARY_TESTS) for test in tests) else "功能 (feature)"


def render(tests: Mapping[str, set[str]], rows: Sequence[Row] = ROWS) -> str:
    """The page: a table of rows, then the tests of each row."""
    due = [row for row in rows if row.due]
    others = [row for row in rows if not row.due and tests.get(row.id)]
    lines = [
        "# 验收条目与测试 Acceptance rows and tests",
        "",
        "Made by `python tools/coverage_doc.py` from the marks in the tests; do not edit.",
        "本页由测试中的标记生成，请勿手改。",
        "",
        "功能 (feature): at least one test goes through a page, a command or a service.",
        "仅库 (library only): tests of `standards`, `sheets` or `papers` alone.",
        "",
        "| 条目 row | 要求 asks | 页面或命令 page or command | 测试 tests | 层次 level |",
        "|---|---|---|---:|---|",
    ]
    for row in due + others:
        found = tests.get(row.id, set())
        places = "、".join(f"`{place}`" for place in row.places)
        lines.append(f"| {row.id} | {row.asks} | {places} | {len(found)} | {level(found)} |")
    lines += ["", "## 测试 Tests"]
    for row in due + others:
        lines += ["", f"### {row.id}"]
        lines += [f"- `{test}`" for test in sorted(tests.get(row.id, ()))] or ["- 无 (none)"]
    return "\n".join(lines) + "\n"


def faults(tests: Mapping[str, set[str]], rows: Sequence[Row] = ROWS) -> list[str]:
    """What is wrong with the marks, one line each."""
    known = {row.id for row in rows}
    lacking = [f"{row.id} 没有测试 (no test): {row.asks}" for row in rows if row.due and not tests.get(row.id)]
    unknown = [
        f"{row} 不在 tools/coverage_rows.py 中 (not a row there): {', '.join(sorted(found))}"
        for row, found in sorted(tests.items())
        if row not in known
    ]
    return lacking + unknown


def main() -> int:
    """Write or check; returns the exit status."""
    tests = collect()
    page, found = render(tests), faults(tests)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)}: {sum(map(len, tests.values()))} 处标记 (marks)")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        found.append("docs/coverage.md 已过时 (stale): python tools/coverage_doc.py")
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
