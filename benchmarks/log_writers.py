"""Many writers at once for as long as you like: is the log one dense sequence with one root at the end?

    .venv/bin/python -m benchmarks.log_writers --minutes 10

On SQLite 8 writers, on the PostgreSQL that DATABASE_URL names 32, in a database of their own. What they do and what is
checked: tests/crash/many_writers.py. The exit status is 0 when all of it holds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from serving import installation, on_postgres  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--writers", type=int, default=32 if on_postgres() else 8)
    given = parser.parse_args()
    seconds = given.minutes * 60
    with (
        tempfile.TemporaryDirectory(prefix="qd-bench-") as folder,
        installation(Path(folder), "writers") as site,
    ):
        script = ROOT / "tests/crash/many_writers.py"
        came = site.prepare(script, str(given.writers), str(seconds), timeout=3 * seconds + 600)
    print(f"{'PostgreSQL' if on_postgres() else 'SQLite'}, {given.writers} writers, {given.minutes:g} minutes")
    print(f"transactions: {came['kinds']}; leaves: {came['leaves']}")
    wrong = came["wrong"] + [f"writers that ended badly: {came['ended']}"] * (set(came["ended"]) != {"0"})
    print("\n".join(wrong) or "one dense sequence, one root, nothing lost, nothing doubled")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
