"""What the pages say holds: links lead somewhere, commands and labels exist, every dependency and term is listed."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from qingdan import cli
from qingdan.web.demo import people

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src/qingdan"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
REGISTRIES = re.compile(r"pypi\.|pythonhosted|npmjs|registry\.|mirrors?\.", re.I)
LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)|<(https?://[^>]+)>")
each_page = pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.name)


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def code_of(page: Path) -> str:
    """What stands in code blocks and between backticks."""
    text = text_of(page)
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.S)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))])


@each_page
def test_links_lead_to_files_of_the_repository(doc: Path) -> None:
    targets = [a or b for a, b in LINK.findall(text_of(doc))]
    files = [unquote(target).split("#")[0] for target in targets if not target.startswith("http")]
    missing = [name for name in files if name and not (doc.parent / name).exists()]
    assert missing == []


@each_page
def test_no_page_names_a_package_registry(doc: Path) -> None:
    assert not REGISTRIES.search(text_of(doc))


@each_page
def test_addresses_outside_are_only_the_demo_itself(doc: Path) -> None:
    outside = [host for host in re.findall(r"https?://([\w.:-]+)", text_of(doc)) if "." in host]
    assert [host for host in outside if not host.startswith("127.0.0.1")] == []


def commands() -> dict[str, set[str]]:
    """The commands of qd with their options, those of their parts (``qd witness run``) included."""
    return {name: options(sub) for name, sub in parts(cli._parser()).items()}


def parts(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0]) if found else {}


def options(parser: argparse.ArgumentParser) -> set[str]:
    own = {word for option in parser._actions for word in option.option_strings}
    return own.union(*(options(part) for part in parts(parser).values()))


@each_page
def test_commands_and_their_options_exist(doc: Path) -> None:
    known = commands()
    for name, rest in re.findall(r"(?:^|[\s(`]|\./)qd ([a-z]+)([^\n`#]*)", code_of(doc)):
        assert name in known, f"qd {name}"
        if name not in {"test", "manage"}:
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known[name], f"qd {name}{rest}"


@each_page
def test_scripts_named_exist(doc: Path) -> None:
    for script in re.findall(r"python3? ((?:tools|benchmarks)/[\w/.]+)", text_of(doc)):
        assert (ROOT / script).is_file(), script


@pytest.mark.parametrize(("chinese", "english"), [("README.zh-CN.md", "README.md"),
                                                  ("docs/tutorial.zh-CN.md", "docs/tutorial.md")])  # fmt: skip
def test_both_languages_have_the_same_chapters_and_pictures(chinese: str, english: str) -> None:
    def shape(name: str) -> tuple[int, list[str]]:
        text = text_of(ROOT / name)
        return len(re.findall(r"^## ", text, re.M)), re.findall(r"\(([\w/]*images/\w+\.png)\)", text)

    assert shape(chinese) == shape(english)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_the_accounts_of_the_demo(name: str) -> None:
    text = text_of(ROOT / name)
    accounts = text.split("|---|---|")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", accounts)) == {username for username, *_ in people.SHOWN}
    assert f"`{people.PASSWORD}`" in text


# Words between quotes in the tutorial that are data of the demo, not labels of pages; 确定… is put together there.
DATA = re.compile(
    r"^(2017年.*|区农业局|区农林局|尽快|区委区政府分管领导|中文|Excel|Word|PDF|CSV|能|不能|清单已启动|确定.+)$"
)


def test_every_label_of_the_tutorial_stands_in_the_pages() -> None:
    sources = [*SRC.rglob("*.html"), *SRC.rglob("*.py"), *SRC.glob("web/assets/*.js")]
    pages = "\n".join(path.read_text("utf-8") for path in sources)
    labels = set(re.findall(r"“([^”]+)”", text_of(ROOT / "docs/tutorial.zh-CN.md")))
    assert len(labels) > 30
    missing = [
        label
        for label in sorted(labels)
        if not DATA.match(label) and not re.search(re.sub(r"\d+", r".{1,20}?", re.escape(label)), pages)
    ]
    assert missing == []


def test_every_name_of_the_glossary_stands_in_the_code() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SRC.rglob("*.py"))
    words = set(re.findall(r"[A-Za-z_][\w-]*", code))
    rows = [line.split("|") for line in text_of(ROOT / "docs/glossary.md").splitlines() if line.startswith("| ")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row[3])]
    assert len(named) > 100
    assert [name for name in named if name.split(".")[-1] not in words and f'"{name}"' not in code] == []


# ------------------------------------------------------------------ dependencies
def listed() -> dict[str, str]:
    """Package -> licence, as the page has them."""
    rows = re.findall(
        r"^\| ([@\w./-]+) \| [^|]+ \| ([^|]+) \| [^|]+ \| [^|]+ \|$", text_of(ROOT / "docs/dependencies.md"), re.M
    )
    return {name.lower(): licence.strip() for name, licence in rows if name != "package"}


def python_packages() -> set[str]:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    wanted += re.findall(r'REQUIREMENT = "([^"]+)"', text_of(ROOT / "hatch_build.py"))
    return {re.split(r"[\[<>=~! ]", each)[0].lower() for each in wanted}


def npm_packages() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "package.json", ROOT / "tools/browsers/package.json"):
        package = json.loads(text_of(path)) if path.exists() else {}
        found |= {*package.get("dependencies", {}), *package.get("devDependencies", {})}
    return found


def test_every_dependency_is_listed_and_nothing_else() -> None:
    assert set(listed()) == python_packages() | npm_packages()


def test_the_licences_are_those_that_the_packages_declare() -> None:
    for name, licence in listed().items():
        try:
            declared = importlib.metadata.metadata(name).get("License-Expression")
        except importlib.metadata.PackageNotFoundError:
            continue  # not Python, or not part of this installation
        assert declared in (None, licence), name


def test_only_psycopg_is_under_a_licence_of_the_gpl_family() -> None:
    assert {name for name, licence in listed().items() if "GPL" in licence} == {"psycopg"}
