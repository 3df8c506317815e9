"""./qd with stand-ins for Python and pip: what it installs, when, and what it says when that fails."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    "qd",
    "pyproject.toml",
    "constraints.txt",
    "constraints-test.txt",
    "package.json",
    "package-lock.json",
    ".npmrc",
]

# Makes a "virtual environment" whose python notes every pip call in the file LOG and fails when FAIL is in it.
PYTHON = """#!/bin/sh
case "$1 $2" in
"-c "*) exit 0 ;;
"-m venv")
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    printf '#!/bin/sh\\necho "qd $*"\\n' >"$3/bin/qd"
    chmod +x "$3/bin/qd" ;;
"-m pip")
    echo "$*" >>"$LOG"
    case "$*" in *"${FAIL:-nothing fails}"*) exit 1 ;; esac ;;
esac
"""


class Clone:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a folder"  # with a space, as on people's desktops
        self.tools = folder / "tools"
        self.log = folder / "log"
        self.tools.mkdir()
        (self.folder / "src/qingdan/web/assets").mkdir(parents=True)
        for name in [*FILES, "hatch_build.py"]:
            shutil.copy(ROOT / name, self.folder / name)
        (self.folder / "src/qingdan/web/assets/qd.js").write_text("1")
        for name in ["sh", "dirname", "cat", "find", "rm", "mv", "cp", "mkdir", "chmod", "sha256sum"]:
            (self.tools / name).symlink_to(str(shutil.which(name)))

    def python(self) -> Clone:
        path = self.tools / "python3"
        path.write_text(PYTHON)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return self

    def run(self, *words: str, fail: str = "") -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.tools), "LOG": str(self.log), "HOME": str(self.folder)} | (
            {"FAIL": fail} if fail else {}
        )
        return subprocess.run(
            [str(self.folder / "qd"), *words], env=env, cwd="/", capture_output=True, text=True, check=False
        )

    def installs(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line for line in lines if "install" in line]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    if os.name == "nt":
        pytest.skip("./qd is a POSIX script")
    return Clone(tmp_path)


def test_the_first_run_installs_and_hands_over(clone: Clone) -> None:
    done = clone.python().run("serve", "--port", "8001")
    assert (done.returncode, done.stdout) == (0, "qd serve --port 8001\n")
    locked, project = clone.installs()
    assert "--require-hashes" in locked and "constraints.txt" in locked
    assert "--no-deps" in project and "--editable" in project


def test_the_second_run_installs_nothing(clone: Clone) -> None:
    clone.python().run("--version")
    clone.installs()
    done = clone.run("--version")
    assert done.returncode == 0 and clone.installs() == [] and done.stderr == ""


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "constraints.txt", "package-lock.json", "src/qingdan/web/assets/qd.js"]
)
def test_a_change_installs_again(clone: Clone, name: str) -> None:
    clone.python().run("--version")
    clone.installs()
    with (clone.folder / name).open("a") as handle:
        handle.write("\n")
    clone.run("--version")
    assert len(clone.installs()) == 2


def test_tests_bring_their_own_packages_once(clone: Clone) -> None:
    clone.python().run("test")
    assert [line for line in clone.installs() if "constraints-test.txt" in line]
    clone.run("test")
    assert clone.installs() == []


@pytest.mark.parametrize("step", ["constraints.txt", "--editable"])
def test_a_failed_install_is_said_and_tried_again(clone: Clone, step: str) -> None:
    failed = clone.python().run("serve", fail=step)
    assert failed.returncode != 0 and failed.stdout == ""
    assert "原因 (reason)" in failed.stderr and "处理 (remedy)" in failed.stderr
    clone.installs()
    assert clone.run("serve").stdout == "qd serve\n"
    assert len(clone.installs()) == 2


def test_without_python_it_says_what_to_install(clone: Clone) -> None:
    done = clone.run("serve")
    assert done.returncode == 1 and "Python 3.11" in done.stderr and "apt-get install python3" in done.stderr
    assert not (clone.folder / ".venv").exists()


def test_a_moved_clone_is_installed_anew(clone: Clone) -> None:
    clone.python().run("--version")
    clone.installs()
    clone.folder = clone.folder.rename(clone.folder.with_name("moved"))
    assert clone.run("--version").returncode == 0
    assert len(clone.installs()) == 2
