"""The locks: complete, exact, and silent about where a package was fetched from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["package-lock.json", "constraints.txt", "constraints-test.txt"])
def test_a_lock_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text and '"resolved"' not in text and "index-url" not in text


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-test.txt"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pins = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==[^\n]*", text, flags=re.M)
    assert pins and all(pin.rstrip().endswith("\\") for pin in pins)


def test_the_test_lock_agrees_with_the_runtime_lock() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==([^\s\\;]+)", (ROOT / name).read_text("utf-8"), flags=re.M))

    runtime, test = pins("constraints.txt"), pins("constraints-test.txt")
    assert {name: test.get(name) for name in runtime} == runtime


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = (
        project["dependencies"]
        + project["optional-dependencies"]["postgres"]
        + project["optional-dependencies"]["test"]
    )
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints-test.txt").read_text("utf-8").lower(), flags=re.M))
    names = {re.split(r"[\[<>=!~ ;]", each, maxsplit=1)[0].lower().replace("_", "-") for each in wanted}
    assert names - {name.replace("_", "-") for name in locked} == set()


def test_npm_versions_are_exact_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
