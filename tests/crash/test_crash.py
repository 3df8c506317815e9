"""T4: whatever kills a writer, the log is whole, and no acknowledged event is lost or there twice."""

from __future__ import annotations

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
