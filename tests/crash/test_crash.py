"""T4: whatever kills a writer, the log is whole, and no acknowledged event is lost or there twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from serving import installation, on_postgres

HERE = Path(__file__).resolve().parent


@pytest.mark.slow
def test_writers_killed_at_random_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    kills = 150 if on_postgres() else 500
    with installation(tmp_path, "kills") as site:
        came = site.prepare(HERE / "random_kills.py", "4", str(kills), timeout=600)
    assert came["wrong"] == []
    assert came["killed"] >= kills and came["acknowledged"] > kills


@pytest.fixture
def strace() -> None:
    """`strace` that may attach to our own processes; without it the test is left out, in CI only where the machine
    itself forbids tracing."""
    if shutil.which("strace") is None:
        told = "strace is not installed"
        pytest.fail(f"CI=true, and {told}", pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(told)
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        tried = subprocess.Popen(
            ["strace", "-p", str(sleeper.pid), "-o", os.devnull], stderr=subprocess.PIPE, text=True
        )
        assert tried.stderr is not None
        said = tried.stderr.readline()
        sleeper.kill()
        tried.wait(30)
        tried.stderr.close()
    if "attached" not in said:
        pytest.skip(f"the machine allows no tracing: {said.strip()}")


@pytest.mark.slow
@pytest.mark.skipif(on_postgres(), reason="the files are those of the PostgreSQL server; kills under load run there")
@pytest.mark.parametrize("fault", ["kill", "EIO", "ENOSPC"])
def test_a_fault_at_any_file_system_call_of_an_append_leaves_a_whole_log(
    fault: str, tmp_path: Path, strace: None
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with installation(tmp_path, "calls") as site:
        came = site.prepare(HERE / "every_call.py", fault, str(work), timeout=600)
    assert came["wrong"] == []
    assert came["synced_first"] and came["synced_later"], "acknowledged before it was on the disk"
    assert came["calls_first"]["pwrite64"] > 10 and came["calls_later"]["fdatasync"] > 1
    if fault == "kill":
        assert set(came["hit"]) == set(came["calls_first"]) | set(came["calls_later"])
        assert sum(came["hit"].values()) > 200
    else:
        # Some faults are said to the caller, who can go on; some the database overcomes by itself.
        assert came["told"]["failed"] > 10 and came["told"]["two"] > 10
