"""What a page costs the server, against a bare Django page on the same server.

    .venv/bin/python benchmarks/web/cost.py

Runs on SQLite, or on the PostgreSQL that DATABASE_URL names. Processor time of the web workers is read from /proc, so
other work on the machine changes little; printed are milliseconds and the ratio to `/healthz`, the barest page there
is (middleware, no database, no template).
"""

from __future__ import annotations

import http.client
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from serving import Installation, cpu_seconds, installation, on_postgres  # noqa: E402

BULK = ROOT / "tests/bulk.py"
UNITS, TASKS = 200, 3


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="qd-bench-") as folder,
        installation(Path(folder), "cost", clock="2017-07-12T09:00") as site,
    ):
        made = site.prepare(BULK, "district", "--units", str(UNITS), "--tasks", str(TASKS))
        site.prepare(BULK, "history", "2")
        drafts = site.prepare(BULK, "drafts", "完成主体结构")["drafts"]
        with site.serving(workers=1):
            bare = cost(site, [("GET", "/healthz", "", "")] * 400)
            chunk = cost(site, [("GET", f"/overview/{made['edition']}/rows/?offset=100", made["officer"], "")] * 40)
            submits = [
                ("POST", f"/reports/sign/?week={made['period']}&unit={signer['unit']}", signer["session"],
                 urlencode({"csrfmiddlewaretoken": "t" * 32, "task": drafts[str(signer["unit"])]}, doseq=True))
                for signer in made["signers"][:80]
            ]  # fmt: skip
            submit = cost(site, submits)
    print(f"{'PostgreSQL' if on_postgres() else 'SQLite'}, processor ms of the web worker")
    for name, spent in (
        ("bare page", bare),
        ("overview, 100 rows", chunk),
        ("submit of 3 reports", submit),
        ("one report of these", submit / TASKS),
    ):
        print(f"{name:22} {spent:7.2f} ms   {spent / bare:6.1f} bare pages")


def cost(site: Installation, requests: list[tuple[str, str, str, str]]) -> float:
    """Processor milliseconds of the web workers for one of ``requests`` (method, path, session, body); the first two
    warm the worker up and do not count."""
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    workers, before = site.processes(), 0.0
    for number, (method, path, session, body) in enumerate(requests):
        if number == 2:
            before = cpu_seconds(workers)
        headers = {"Cookie": f"qd_session={session}; csrftoken={'t' * 32}", "Accept-Encoding": "gzip"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, body or None, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != (302 if body else 200):
            raise SystemExit(f"{path}: {answer.status}")
    line.close()
    return (cpu_seconds(workers) - before) * 1000 / (len(requests) - 2)


if __name__ == "__main__":
    main()
