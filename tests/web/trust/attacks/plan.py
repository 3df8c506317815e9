"""Ten thousand attacks: of which kinds, how many of each, and on what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from serving import on_postgres

from . import files, forging, on_postgresql, on_sqlite, rows
from .tally import SHARE, Attack, Tally, run
from .world import Refused, Target, World

Player = Callable[[World, Path, str, Iterable[int]], Tally]
BITS = "a bit of the file flipped"
EDITED = "a cell edited, triggers off"
REMOVED = "a row removed"
ADDED = "a row added"
EXCHANGED = "two rows, leaves or claims exchanged"
CUT = "the last events cut off"
RESTORED = "an old backup restored"
REWRITTEN = "history rewritten with the log's key"
ALTERED = "triggers, tables, constraints altered"
HEX = "a stored text changed in a hex editor"
FILES = "an attached file changed or gone"


@dataclass(frozen=True)
class Kind:
    """A kind of attack: how many there are of it, and who plays them."""

    count: int
    player: Player

    def play(self, world: World, folder: Path, name: str, share: int = SHARE) -> Tally:
        """Every ``share``-th attack, counted; each number stands for one attack for ever."""
        return self.player(world, folder, name, range(0, self.count, share))


def by(attack: Attack, target: Callable[[World, Path], Target]) -> Player:
    """A kind of attack on the contents of a database."""

    def player(world: World, folder: Path, name: str, numbers: Iterable[int]) -> Tally:
        with target(world, folder) as opened:
            return run(opened, name, attack, numbers)

    return player


def on_files(world: World, folder: Path, name: str, numbers: Iterable[int]) -> Tally:
    """The database is left alone; the attachments beside it are not."""
    tally, make = Tally(name), on_postgresql.PostgresqlTarget if on_postgres() else on_sqlite.SqliteTarget
    with make(world, folder) as target, target.hit(lambda *_: None, Random(0)) as database:
        assert world.check(database, folder=world.files).ok
        for number in numbers:
            tally.attacks += 1
            tally.redrawn += _drawn(lambda chance: files.spoil(folder / "files", world.files, chance), name, number)
            if world.check(database, folder=folder / "files").ok:
                tally.undetected.append(f"{name} {number}")
            else:
                tally.alone += 1
    return tally


def by_hex_editor(world: World, folder: Path, name: str, numbers: Iterable[int]) -> Tally:
    """One letter of a stored text for another of as many bytes: found, and the row is named."""
    tally = Tally(name)
    with on_sqlite.SqliteBytes(world, folder) as target:
        texts = on_sqlite.cells(target)
        for number in numbers:
            tally.attacks += 1
            content, row = bytearray(), ""

            def edit(chance: Random) -> None:
                nonlocal content, row
                cell, content = chance.choice(texts), bytearray(target.file)
                row = cell.row
                on_sqlite.hex_edit(content, cell, chance)

            tally.redrawn += _drawn(edit, name, number)
            with target.opened(bytes(content)) as database:
                named = [place for place, _wrong in world.check(database).findings]
            if row in named:
                tally.alone += 1
            else:
                tally.undetected.append(f"{name} {number}: {row}, named {named}")
    return tally


def _drawn(attack: Callable[[Random], None], name: str, number: int) -> int:
    """Draw until it is an attack; how often in vain."""
    for draw in range(100):
        try:
            attack(Random(f"{name} {number} {draw}"))
        except Refused:
            continue
        return draw
    raise AssertionError(f"{name} {number}: no attack")


SQLITE = {
    BITS: Kind(1500, by(on_sqlite.flip, on_sqlite.SqliteBytes)),
    EDITED: Kind(1900, by(rows.edit, on_sqlite.SqliteTarget)),
    REMOVED: Kind(1000, by(rows.delete, on_sqlite.SqliteTarget)),
    ADDED: Kind(800, by(rows.insert, on_sqlite.SqliteTarget)),
    EXCHANGED: Kind(900, by(rows.swap, on_sqlite.SqliteTarget)),
    CUT: Kind(200, by(forging.truncate, on_sqlite.SqliteTarget)),
    RESTORED: Kind(100, by(forging.go_on, on_sqlite.SqliteBackups)),
    REWRITTEN: Kind(200, by(forging.rewrite, on_sqlite.SqliteTarget)),
    ALTERED: Kind(200, by(on_sqlite.catalogue, on_sqlite.SqliteCatalogue)),
    HEX: Kind(100, by_hex_editor),
    FILES: Kind(100, on_files),
}
POSTGRESQL = {
    EDITED: Kind(1000, by(rows.edit, on_postgresql.PostgresqlTarget)),
    REMOVED: Kind(500, by(rows.delete, on_postgresql.PostgresqlTarget)),
    ADDED: Kind(400, by(rows.insert, on_postgresql.PostgresqlTarget)),
    EXCHANGED: Kind(500, by(rows.swap, on_postgresql.PostgresqlTarget)),
    CUT: Kind(150, by(forging.truncate, on_postgresql.PostgresqlTarget)),
    RESTORED: Kind(50, by(on_postgresql.old_backup, on_postgresql.PostgresqlTarget)),
    REWRITTEN: Kind(150, by(forging.rewrite, on_postgresql.PostgresqlTarget)),
    ALTERED: Kind(200, by(on_postgresql.catalogue, on_postgresql.PostgresqlCatalogue)),
    FILES: Kind(50, on_files),
}
KINDS = POSTGRESQL if on_postgres() else SQLITE
