"""T5: many writers at once make one dense sequence with one root, whatever becomes of their transactions."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import installation, on_postgres

SCRIPT = Path(__file__).resolve().parent / "many_writers.py"


@pytest.mark.slow
def test_many_writers_make_one_dense_sequence_with_one_root(tmp_path: Path) -> None:
    writers, seconds = (32, 20) if on_postgres() else (8, 8)
    with installation(tmp_path, "writers") as site:
        came = site.prepare(SCRIPT, str(writers), str(seconds), timeout=300)
    assert came["wrong"] == []
    assert came["ended"] == {"0": writers}, "every writer came to the end of its time by itself"
    assert set(came["kinds"]) - {"deadlock"} == {"one", "several", "savepoint", "taken back"}
    assert came["leaves"] > 100
