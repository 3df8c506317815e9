"""The build hook: builds what is stale, leaves what is fresh, and says clearly what went wrong."""

from __future__ import annotations

import gettext
import json
import shutil
import stat
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import hatch_build  # noqa: E402

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "任务"
msgstr "task"

#, fuzzy
msgid "清单"
msgstr "maybe"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one script, a lock and no outputs."""
    assets = tmp_path / "src/qingdan/web/assets"
    assets.mkdir(parents=True)
    (assets / "qd.js").write_text("export const a = 1;")
    (assets / "charts.js").write_text("export const b = 2;")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def made(project: Path) -> hatch_build.Assets:
    """Pretend that the scripts were built from what is there now."""
    assets = hatch_build.Assets(project)
    assets.dist.mkdir(parents=True, exist_ok=True)
    for name in hatch_build.ENTRIES:
        (assets.dist / name).write_text("built")
    (assets.dist / "inputs.txt").write_text(assets.scripts_inputs())
    return assets


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_outputs_of_these_inputs_are_not_built_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = made(project)
    monkeypatch.setenv("PATH", "")
    assets.build()
    assert not assets.needs_npm()


@pytest.mark.parametrize("changed", ["src/qingdan/web/assets/qd.js", "package-lock.json"])
def test_a_changed_input_asks_for_a_build(project: Path, changed: str) -> None:
    assets = made(project)
    (project / changed).write_text("changed")
    assert assets.needs_npm()


def test_a_lost_output_asks_for_a_build(project: Path) -> None:
    assets = made(project)
    (assets.dist / "charts.js").unlink()
    assert assets.needs_npm()


def test_without_node_the_hook_asks_for_the_wheel_and_then_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert hatch_build.find_node() is None
    with pytest.raises(hatch_build.BuildFailed, match="Node"):
        hatch_build.Assets(project).build()


@pytest.mark.parametrize(
    ("version", "found"), [("v16.20.0", False), ("v18.0.0", True), ("v24.1.0", True), ("rubbish", False)]
)
def test_node_of_the_machine_is_taken_from_18_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, found: bool
) -> None:
    program(tmp_path, "node", f"echo {version}\n")
    program(tmp_path, "npm", "exit 0\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (hatch_build.find_node() is not None) is found


def test_a_failing_npm_is_reported_with_its_words_and_leaves_no_stamp(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = project / "tools"
    tools.mkdir()
    program(tools, "node", "echo v20.0.0\n")
    program(tools, "npm", "echo 'ENOTFOUND host' >&2\nexit 7\n")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    with pytest.raises(hatch_build.BuildFailed) as error:
        hatch_build.Assets(project).build()
    assert "npm ci" in str(error.value) and "ENOTFOUND host" in str(error.value) and "remedy" in str(error.value)
    assert not (project / "node_modules/.qd-lock").exists()
    assert not (project / "src/qingdan/web/common/static/qd/dist").exists()


def test_catalogues_are_compiled_without_fuzzy_entries(project: Path) -> None:
    folder = project / "src/qingdan/web/locale/en/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, "utf-8")
    hatch_build.Assets(project).compile_catalogues()
    with (folder / "django.mo").open("rb") as handle:
        words = gettext.GNUTranslations(handle)
    assert words.gettext("任务") == "task" and words.gettext("清单") == "清单"


def test_a_broken_catalogue_is_named(project: Path) -> None:
    folder = project / "src/qingdan/web/locale/en/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid "a"\nmsgstr "b\nrubbish', "utf-8")
    with pytest.raises(hatch_build.BuildFailed, match=r"django\.po"):
        hatch_build.Assets(project).compile_catalogues()
    assert not (folder / "django.mo").exists()


def test_fonts_are_copied_with_their_licence(project: Path) -> None:
    assets = made(project)
    home = project / "node_modules/@maker/font"
    home.mkdir(parents=True)
    (home / "a.ttf").write_bytes(b"font")
    (home / "OFL").write_text("licence")
    listed = {"package": "@maker/font", "version": "1", "files": [{"from": "a.ttf", "to": "A.ttf"}]}
    listed["licence"] = {"from": "OFL", "to": "A-OFL.txt"}
    assets.font_list.parent.mkdir(parents=True)
    assets.font_list.write_text(json.dumps({"packages": [listed]}))
    assert not assets.fonts_fresh()
    assets.copy_fonts()
    assert assets.fonts_fresh() and (assets.fonts / "A-OFL.txt").read_text() == "licence"
    (home / "a.ttf").unlink()
    with pytest.raises(hatch_build.BuildFailed, match=r"@maker/font/a\.ttf"):
        assets.copy_fonts()


def test_every_listed_font_package_is_in_the_lock() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for package in hatch_build.Assets(ROOT).packages():
        assert lock[f"node_modules/{package['package']}"]["version"] == package["version"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine to check the syntax with")
@pytest.mark.parametrize("name", hatch_build.ENTRIES)
def test_the_bundles_hold_no_syntax_newer_than_the_floor(name: str) -> None:
    assets = hatch_build.Assets(ROOT)
    if not assets.scripts_fresh():
        pytest.skip("the scripts of this folder were not built since they changed")
    text = (assets.dist / name).read_text("utf-8")
    for newer in ("??=", "||=", "&&=", ".replaceAll(", "static{", ".at(-1)", "structuredClone("):
        assert newer not in text
