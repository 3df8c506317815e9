"""``qd`` itself: what each command starts, and how it refuses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from qingdan import cli


def qd(*words: str, data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``qd`` as a person would, with its data in ``data``."""
    clean = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "CI", "QD_CLOCK"}}
    return subprocess.run(
        [sys.executable, "-m", "qingdan.cli", *words],
        env=clean | {"QD_DATA": str(data)} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a busy machine
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    for name in ("serve", "worker", "demo", "migrate", "test", "manage"):
        assert name in shown


def test_a_taken_port_is_named_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port), "--data", str(tmp_path / "new")]) == 1
    said = capsys.readouterr().err
    assert str(port) in said and "--port 8001" in said and not (tmp_path / "new").exists()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = qd("migrate", "--data", str(tmp_path / "file/inside"), data=tmp_path)
    assert done.returncode == 1 and "file/inside" in done.stderr and "--data" in done.stderr


def test_migrate_makes_the_database_and_again_does_nothing(tmp_path: Path) -> None:
    first, second = qd("migrate", data=tmp_path), qd("migrate", data=tmp_path)
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "qingdan.sqlite3").exists() and second.stdout.strip().endswith(": 0")


def test_serving_a_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    assert qd("migrate", data=tmp_path).returncode == 0
    assert qd("manage", "migrate", "common", "zero", "--fake", "--verbosity", "0", data=tmp_path).returncode == 0
    done = qd("serve", "--port", str(free_port()), data=tmp_path)
    assert done.returncode == 1 and "qd migrate" in done.stderr


def test_an_unreachable_database_is_said(tmp_path: Path) -> None:
    done = qd("migrate", data=tmp_path, DATABASE_URL=f"postgresql://nobody:x@127.0.0.1:{free_port()}/nothing")
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_serve_makes_a_new_database_answers_and_stops_cleanly(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "qingdan.cli", "serve", "--port", str(port), "--workers", "1"]
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {"QD_DATA": str(tmp_path)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            page = ""
            for _ in range(150):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/signin/", timeout=5) as answer:
                        page = answer.read().decode()
                    break
                except OSError:
                    assert process.poll() is None, process.stdout.read() if process.stdout else ""
                    time.sleep(0.2)
            assert "<html" in page
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(40)
    assert status == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_a_dead_job_process_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "RESTART_SECONDS", 0)
    log = tmp_path / "log"
    note = f"open({str(log)!r}, 'a').write('x')"
    # The "server" ends by itself, which ends the supervision with its status.
    status = cli._supervise([sys.executable, "-c", "import time; time.sleep(3)"], [sys.executable, "-c", note])
    assert status == 1 and len(log.read_text()) >= 2


@pytest.mark.parametrize(("variable", "value"), [("QD_BROWSER", "/nonexistent/chromium")])
def test_ci_refuses_to_skip(tmp_path: Path, variable: str, value: str) -> None:
    done = qd("test", data=tmp_path, CI="true", **{variable: value})
    assert done.returncode == 1 and "browser tests" in done.stderr and "CI=true" in done.stderr


def test_what_is_missing_is_named_and_the_rest_runs(tmp_path: Path) -> None:
    missing = {"QD_BROWSER": "/nonexistent", "DATABASE_URL_TEST": f"postgresql://x:x@127.0.0.1:{free_port()}/x"}
    done = qd("test", "tests/build/test_locks.py", "-q", data=tmp_path, **missing)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "browser tests" in done.stdout and "tests on PostgreSQL" in done.stdout and "SQLite" in done.stdout


def test_a_failing_test_is_a_failing_command(tmp_path: Path) -> None:
    done = qd("test", "tests/build/no_such_file.py", data=tmp_path, DATABASE_URL_TEST="postgresql://x:x@127.0.0.1:9/x")
    assert done.returncode not in {0, 5}
