"""The attacks of T3, counted: who finds which of them.

    .venv/bin/python -m benchmarks.attacks             a tenth of them, those that the tests make
    .venv/bin/python -m benchmarks.attacks --all       every one: 7,000 on a SQLite file
    DATABASE_URL=postgresql://... .venv/bin/python -m benchmarks.attacks --all      3,000 on PostgreSQL

The attacks are those of `tests/web/trust/attacks`, on an installation made for them. Exit status 1 when one of them is
not found. Printed is a table for `benchmarks/README.md`; nothing in it depends on the machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingdan.web.settings")
os.environ.setdefault("QD_SECRET_KEY", "tests-only")
HEADING = ("attack", "attacks", "drawn again", "found by verify alone", "only with a checkpoint held", "not found")


def main() -> int:
    words = argparse.ArgumentParser(description="Attack a log, and count who finds it.")
    words.add_argument("--all", action="store_true", help="every attack, not a tenth")
    share = 1 if words.parse_args().all else 10
    with tempfile.TemporaryDirectory(prefix="qd-attacks-") as name:
        folder = Path(name)
        os.environ["QD_DATA"] = str(folder / "data")
        import django

        django.setup()
        from serving import on_postgres

        from tests.web.trust.attacks.plan import KINDS
        from tests.web.trust.attacks.world import honest_world

        (folder / "data").mkdir()
        print("PostgreSQL" if on_postgres() else "SQLite", end="\n\n")
        line(*HEADING)
        print("| --- " + "| ---: " * (len(HEADING) - 1) + "|")
        sums = [0] * (len(HEADING) - 1)
        with honest_world(folder / "data") as world:
            for kind_name, kind in KINDS.items():
                tally = kind.play(world, folder, kind_name, share)
                for seed in tally.undetected:
                    print(f"not found: {seed}", file=sys.stderr)
                counts = (tally.attacks, tally.redrawn, tally.alone, tally.by_holders, len(tally.undetected))
                sums = [total + count for total, count in zip(sums, counts, strict=True)]
                line(kind_name, *counts)
        line("all", *sums)
    return 1 if sums[-1] else 0


def line(*cells: str | int) -> None:
    print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
