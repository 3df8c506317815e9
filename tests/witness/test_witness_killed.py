"""A witness that is killed at any step: after the next start nothing is lost, doubled or contradicted."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import FrameType

import pytest
from simulated_log import Bench, grown, history

from qingdan.witness import Round

pytestmark = pytest.mark.usefixtures("quick")
ROOM = str(Path("qingdan") / "witness")


class Killed(BaseException):
    """Ends a round as a kill would: no handler of ours sees it coming."""


def killed_at(bench: Bench, step: int) -> bool:
    """Run a round and end it before its `step`-th line of the witness's code; False when it ended before."""
    left = step

    def trace(frame: FrameType, event: str, arg: object) -> object:
        nonlocal left
        if ROOM not in frame.f_code.co_filename:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        bench.start().round()
        return False
    except Killed:
        return True
    finally:
        sys.settrace(before)


def looks(bench: Bench) -> Round:
    """A round of a fresh process, some minutes later."""
    bench.clock.seconds += 500
    return bench.start().round()


def put_back(bench: Bench, saved: Path) -> None:
    shutil.rmtree(bench.folder)
    shutil.copytree(saved, bench.folder)


@pytest.mark.parametrize("held", [0, 1, 5])
def test_killed_anywhere_in_a_round_it_goes_on_where_it_was(tmp_path: Path, held: int) -> None:
    bench = grown(tmp_path / "w", held) if held else Bench(tmp_path / "w")
    shutil.copytree(bench.folder, tmp_path / "saved")
    step, steps = 0, 0
    while True:
        put_back(bench, tmp_path / "saved")
        bench.log.leaves = history(9)
        bench.log.taken.clear()
        bench.signer.made.clear()
        if not killed_at(bench, step):
            break
        # While it was away the history was rewritten. Once it has seen the log, no fork gets past it.
        if held or bench.signer.made:
            bench.log.leaves = history(9, 0)
            assert looks(bench).result == "refused", step
        bench.log.leaves = history(9)
        done = looks(bench)
        assert done.result in ("cosigned", "same") and not done.waiting, step
        assert looks(bench).result == "same"
        # One cosignature of this size, and the log has it.
        lines = [line for line, (checkpoint, _) in bench.signer.made.items() if checkpoint.size == 9]
        assert len(lines) == 1 and {line for size, line in bench.log.taken if size == 9} == set(lines), step
        step, steps = step + 1, steps + 1
    assert steps > 80


def test_killed_anywhere_in_a_refusal_it_keeps_whole_evidence_once(tmp_path: Path) -> None:
    bench = grown(tmp_path / "w", 5)
    shutil.copytree(bench.folder, tmp_path / "saved")
    memory = bench.memory()
    step, steps = 0, 0
    while True:
        put_back(bench, tmp_path / "saved")
        bench.log.leaves = history(9, 3)
        if not killed_at(bench, step):
            break
        assert looks(bench).result == "refused"
        (place,) = bench.evidence()
        names = sorted(each.name for each in place.iterdir())
        assert names == ["held.txt", "note.txt", "proof.json", "why.txt"], step
        assert bench.memory() == memory
        step, steps = step + 1, steps + 1
    assert steps > 80
