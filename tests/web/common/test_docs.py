"""The operators' page names every environment variable that the program reads."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMES = re.compile(r'"(QD_[A-Z][A-Z_]*|DATABASE_URL|QINGDAN_[A-Z_]+)"')
# Read by the test command alone; the page for contributors names them.
FOR_TESTS = {"QD_BROWSER"}


def read_by_the_program() -> set[str]:
    sources = (ROOT / "src" / "qingdan").rglob("*.py")
    return {name for path in sources for name in NAMES.findall(path.read_text("utf-8"))} - FOR_TESTS


@pytest.mark.parametrize("page", ["operators.md", "operators.zh-CN.md"])
def test_every_variable_is_explained(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert read_by_the_program() - explained == set()


@pytest.mark.parametrize("page", ["operators.md", "operators.zh-CN.md"])
def test_no_variable_is_explained_that_nobody_reads(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert explained - read_by_the_program() == set()


def test_both_languages_have_the_same_chapters():
    chapters = [
        len(re.findall(r"^## ", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE))
        for page in ("operators.md", "operators.zh-CN.md")
    ]
    assert chapters[0] == chapters[1] > 8
