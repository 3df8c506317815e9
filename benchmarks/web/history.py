"""Does any list page slow down as report weeks pile up? 10,000 tasks, with one week of reports and with 52.

    .venv/bin/python benchmarks/web/history.py [--tasks 10000] [--weeks 52]

Runs on SQLite, or on the PostgreSQL that DATABASE_URL names (a database of its own, dropped at the end). For each page
the processor time of the web workers per request is read from /proc; printed are the two times and their ratio, which
must stay near 1. Wall time is not used: the machine may be busy with other work.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from serving import Installation, cpu_seconds, installation, on_postgres  # noqa: E402

BULK = ROOT / "tests/bulk.py"


def cost(site: Installation, path: str, session: str, times: int) -> float:
    """Processor milliseconds of the web workers for one request of ``path``, the mean of ``times``."""
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=300)
    headers = {"Cookie": f"qd_session={session}", "Accept-Encoding": "gzip"}

    def ask(number: int) -> None:
        # A condition that nothing matches differently: what the server remembers of the last answer does not help.
        line.request("GET", path.replace("NUMBER", str(number)), headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")

    ask(0)
    workers = site.processes()
    before = cpu_seconds(workers)
    for number in range(1, times + 1):
        ask(number)
    line.close()
    return (cpu_seconds(workers) - before) * 1000 / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    units = max(given.tasks // 50, 1)
    with (
        tempfile.TemporaryDirectory(prefix="qd-bench-") as folder,
        installation(Path(folder), "bench", clock="2017-07-12T09:00") as site,
    ):
        made = site.prepare(BULK, "district", "--units", str(units), "--tasks", str(given.tasks // units), timeout=900)
        site.prepare(BULK, "history", "1", timeout=900)
        edition, signer, office, leader = made["edition"], made["signers"][0], made["officer"], made["leader"]
        own = f"week={made['period']}&unit={signer['unit']}"
        pages = {
            "overview, chunk of 100 rows": (f"/overview/{edition}/rows/?offset=5000&x=NUMBER", office, 10),
            "overview on a past day": (f"/overview/{edition}/rows/?day=2017-07-07&offset=99&x=NUMBER", office, 10),
            "overview, counts of all tasks": (f"/overview/{edition}/counts/?text=NUMBER", office, 2),
            "overview, only what is late": (f"/overview/{edition}/rows/?light=late&text=NUMBER", office, 2),
            "first page of a leader": ("/?x=NUMBER", leader, 2),
            "first page of a unit": ("/?x=NUMBER", signer["session"], 5),
            "a unit's week": (f"/reports/?{own}&x=NUMBER", signer["session"], 5),
            "the signer's page": (f"/reports/sign/?{own}&x=NUMBER", signer["session"], 5),
            "weeks": ("/reports/weeks/?x=NUMBER", office, 5),
            "who has not reported": (f"/reports/weeks/{made['period']}/?x=NUMBER", office, 5),
            "one task": (f"/follow/tasks/{made['task']}/?x=NUMBER", office, 10),
            "problems": ("/follow/problems/?x=NUMBER", office, 5),
            "the list": (f"/lists/{edition}/?x=NUMBER", office, 5),
        }  # fmt: skip
        costs: list[dict[str, float]] = []
        for weeks in (1, given.weeks):
            site.prepare(BULK, "history", str(weeks), timeout=3600)
            with site.serving(workers=1):
                costs.append({name: cost(site, *page) for name, page in pages.items()})
            print(f"{weeks} weeks measured", file=sys.stderr, flush=True)
        print(f"{'PostgreSQL' if on_postgres() else 'SQLite'}, {given.tasks} tasks, processor ms per request")
        print(f"{'page':32} {'1 week':>9} {f'{given.weeks} weeks':>9} {'ratio':>6}")
        for name in pages:
            short, long = (each[name] for each in costs)
            print(f"{name:32} {short:9.1f} {long:9.1f} {long / max(short, 0.1):6.2f}")


if __name__ == "__main__":
    main()
