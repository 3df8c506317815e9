"""The sample workbook of the tutorial is what its script writes, and reads as the tutorial says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import sample_ledger

from qingdan.sheets import Field, RowKind, find_ledgers, read_grid
from qingdan.standards.deadlines import DeadlineKind, read_deadline


def test_the_file_in_the_repository_is_the_one_that_the_script_writes(tmp_path: Path) -> None:
    assert sample_ledger.write(tmp_path / "out" / "a.xlsx").read_bytes() == sample_ledger.PATH.read_bytes()


def test_it_has_six_tasks_of_which_one_deadline_cannot_be_read() -> None:
    (ledger,) = find_ledgers(read_grid(sample_ledger.PATH.read_bytes(), sample_ledger.PATH.name))
    rows = [row for row in ledger.rows() if row.kind is RowKind.DATA]
    assert len(rows) == 6
    assert {row.plan for row in rows} == {"行动计划四"}
    deadlines = {row.values[Field.DEADLINE].place: row.values[Field.DEADLINE].text for row in rows}
    unread = [
        place
        for place, text in deadlines.items()
        if read_deadline(text, reference=date(2017, 9, 1)).kind is DeadlineKind.UNREAD
    ]
    assert [place.split("”")[-1] for place in unread] == ["F11"]
