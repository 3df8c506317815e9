"""T3: attacks on cells, rows, leaves, claims, catalogue and files, with the triggers off. All are found.

A tenth of them by default; with QD_ATTACKS=all every one. ``python benchmarks/trust/attacks.py`` prints the table.
"""

from __future__ import annotations

from random import Random

import pytest
from serving import on_postgres

from . import on_postgresql, on_sqlite
from .plan import BITS, CUT, KINDS, POSTGRESQL, RESTORED, REWRITTEN, SQLITE
from .world import Refused

pytestmark = pytest.mark.slow
ELSEWHERE = {BITS, CUT, RESTORED, REWRITTEN}


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ELSEWHERE])
def test_every_attack_is_found(world, tmp_path, name):
    tally = KINDS[name].play(world, tmp_path, name)
    assert tally.undetected == []
    assert tally.alone + tally.by_holders == tally.attacks > 0


def test_there_are_ten_thousand_of_them():
    assert sum(kind.count for kind in [*SQLITE.values(), *POSTGRESQL.values()]) == 10_000


ON = on_postgresql if on_postgres() else on_sqlite


@pytest.mark.parametrize("number", range(len(ON.STATEMENTS)), ids=lambda number: ON.STATEMENTS[number][1][:60])
def test_each_way_to_alter_the_catalogue_is_found(world, tmp_path, monkeypatch, number):
    monkeypatch.setattr(ON, "STATEMENTS", ON.STATEMENTS[number : number + 1])
    make = ON.PostgresqlCatalogue if on_postgres() else ON.SqliteCatalogue
    with make(world, tmp_path) as target:
        for seed in range(100):
            try:
                with target.hit(ON.catalogue, Random(seed)) as database:
                    assert not world.check(database).ok
                    return
            except Refused:
                continue
    pytest.fail("refused each time")
