"""T3: the log cut off, set back, rewritten with its own key, and its raw bytes. All are found, by the log itself or by
whoever holds an older checkpoint.

A tenth of the attacks by default; with QD_ATTACKS=all every one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request

import pytest
from serving import Installation, on_postgres

from .plan import BITS, CUT, KINDS, RESTORED, REWRITTEN
from .world import World

pytestmark = pytest.mark.slow
WORK = "建成人才公寓624套"


@pytest.mark.skipif(on_postgres(), reason="the file is SQLite's")
def test_a_flipped_bit_is_found_wherever_it_says_anything(world, tmp_path):
    tally = KINDS[BITS].play(world, tmp_path, BITS)
    assert tally.undetected == [] and tally.by_holders == 0


def test_events_cut_off_are_found_by_checkpoints_kept_or_held(world, tmp_path):
    tally = KINDS[CUT].play(world, tmp_path, CUT)
    assert tally.undetected == []
    assert tally.alone and tally.by_holders


@pytest.mark.parametrize("name", [RESTORED, REWRITTEN])
def test_what_is_consistent_in_itself_is_found_by_whoever_holds_a_checkpoint(world, tmp_path, name):
    # No log can tell by itself: it agrees with itself in everything. That is what witnesses are for.
    tally = KINDS[name].play(world, tmp_path, name)
    assert tally.undetected == []
    assert tally.alone == 0 and tally.by_holders == tally.attacks


@pytest.mark.skipif(on_postgres(), reason="the file is SQLite's")
def test_one_number_changed_in_a_hex_editor_while_the_service_was_down(world, tmp_path):
    site = a_copy(world, tmp_path)
    assert "全部相符" in site.run("-m", "qingdan.cli", "verify")
    with site.serving() as address:
        assert urllib.request.urlopen(f"{address}/healthz", timeout=10).status == 200
    file = tmp_path / "qingdan.sqlite3"
    content = file.read_bytes()
    assert content.count(WORK.encode()) >= 1
    file.write_bytes(content.replace(WORK.encode(), WORK.replace("624", "924").encode()))
    # The service notices nothing, and serves what it finds.
    with site.serving() as address:
        assert urllib.request.urlopen(f"{address}/healthz", timeout=10).status == 200
    said = subprocess.run(
        [sys.executable, "-m", "qingdan.cli", "verify"], env=site.env, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "tasks_task 1" in said.stdout, said.stdout


def a_copy(world: World, folder) -> Installation:
    shutil.copytree(world.site.data, folder, dirs_exist_ok=True)
    return Installation(folder, {**world.site.env, "QD_DATA": str(folder)})
