"""A whole installation for tests and benchmarks: a database of its own, and `qd serve` in a process of its own.

The database is of the kind that DATABASE_URL names: a file in the data folder, or a new PostgreSQL database that is
dropped at the end. Nothing listens beyond 127.0.0.1.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

START_SECONDS = 60


@dataclass
class Installation:
    """A data folder and a database; ``env`` is what its processes run with."""

    data: Path
    env: dict[str, str]
    port: int = 0
    server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, timeout: float = 300) -> str:
        """Run ``python words…`` within the installation and give back what it printed; raises with its errors."""
        done = subprocess.run(
            [sys.executable, *words], env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def prepare(self, script: Path, *words: str, timeout: float = 300) -> Any:
        """Run a script that fills the database; gives back the JSON in the last line that it printed."""
        return json.loads(self.run(str(script), *words, timeout=timeout).strip().splitlines()[-1])

    @contextmanager
    def serving(self, *, workers: int = 2, threads: int = 4) -> Iterator[str]:
        """`qd serve` on a free port (the same one again the next time); gives its address. What it logs goes to
        ``serve.log`` in the data folder."""
        self.port = self.port or free_port()
        words = [sys.executable, "-m", "qingdan.cli", "serve", "--no-worker", "--port", str(self.port)]
        words += ["--workers", str(workers), "--threads", str(threads), "--data", str(self.data)]
        with (self.data / "serve.log").open("ab") as log:
            self.server = subprocess.Popen(words, env=self.env, stdout=log, stderr=subprocess.STDOUT)
            try:
                self._wait()
                yield self.url
            finally:
                self.server.terminate()
                try:
                    self.server.wait(40)
                except subprocess.TimeoutExpired:
                    self.server.kill()
                    self.server.wait()

    @contextmanager
    def copy(self, data: Path, name: str) -> Iterator[Installation]:
        """The same installation again, with a database of its own that starts with this one's rows. Nobody may be
        connected to this one meanwhile."""
        source = self.env["DATABASE_URL"]
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        with _database(source, f"test_qd_{name}_{os.getpid()}", template=urlsplit(source).path.lstrip("/")) as url:
            yield Installation(data, {**self.env, "QD_DATA": str(data), "DATABASE_URL": url})

    def _wait(self) -> None:
        assert self.server is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.server.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"the server did not start:\n{self.log()[-3000:]}")

    def log(self) -> str:
        """What the server has logged so far."""
        return (self.data / "serve.log").read_text("utf-8", "replace")

    def processes(self) -> list[int]:
        """The ids of the web workers: the processes whose parents are not the ones that only supervise."""
        assert self.server is not None
        master = _children(self.server.pid)
        return [worker for each in master for worker in _children(each)]


def cpu_seconds(processes: list[int]) -> float:
    """User and system time that these processes have taken, in seconds (``/proc/<pid>/stat``, fields 14 and 15)."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_postgres() -> bool:
    """Whether this run is on PostgreSQL."""
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


@contextmanager
def installation(data: Path, name: str, clock: str = "", **more: str) -> Iterator[Installation]:
    """A migrated installation in the folder ``data``; ``name`` (letters and _) tells its database from others',
    ``clock`` is the day and time at which it starts ("2017-07-12T09:00"), ``more`` further variables."""
    env = {**os.environ, "QD_DATA": str(data), "QD_SECRET_KEY": "tests-only", "QD_CLOCK": clock, **more}
    env.update(DJANGO_SETTINGS_MODULE="qingdan.web.settings", QD_LOG_LEVEL="WARNING", PYTHONUNBUFFERED="1")
    # Test scripts are not where the package is: nothing of the folder they stand in may shadow it.
    env.pop("PYTHONPATH", None)
    with _database(env.get("DATABASE_URL", ""), f"test_qd_{name}_{os.getpid()}") as url:
        env["DATABASE_URL"] = url
        made = Installation(data, env)
        made.run("-m", "qingdan.cli", "migrate")
        yield made


@contextmanager
def _database(url: str, name: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database: nothing (SQLite in the data folder), or a PostgreSQL database made for us."""
    if not url.startswith("postgres"):
        yield ""
        return
    import psycopg

    parts = urlsplit(url)
    office = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(office, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(office, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
