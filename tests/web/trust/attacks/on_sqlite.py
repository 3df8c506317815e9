"""The SQLite file under attack: its rows with the triggers off, its catalogue, its raw bytes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from qingdan.web.trust.verification import Database, open_copy
from qingdan.web.trust.verification.database import columns_of_tables

from .tally import Attack
from .world import Refused, Target, World

CATALOGUE = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE type = 'trigger'"


class SqliteOpponent:
    vendor = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()

    def execute(self, statement: str, *values: Any) -> int:
        return self.connection.execute(statement, values).rowcount


class SqliteTarget(Target):
    """Each attack gets a copy of the file, and the checker opens what the attack left."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.copy = world, folder / "copy.sqlite3"
        self.copy.write_bytes(world.database_file.read_bytes())
        # Whoever works without a write-ahead log has everything in one file.
        with self._attacker() as connection:
            self.catalogue = connection.execute(CATALOGUE).fetchall()
        self.file = self.copy.read_bytes()
        self.disarmed = self._disarm(self.file)
        with self.opened(self.file) as database:
            self.honest = self.dump(database)

    def _disarm(self, content: bytes) -> bytes:
        """The file without its triggers: who takes them from the catalogue puts them back later without a trace."""
        self.copy.write_bytes(content)
        with self._attacker() as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_master WHERE type = 'trigger'")
        return self.copy.read_bytes()

    def _start(self, chance: Random) -> bytes:
        """What an attack begins with."""
        return self.disarmed

    @contextmanager
    def _attacker(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.copy, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()

    @contextmanager
    def opened(self, content: bytes) -> Iterator[Database]:
        """The database in a file of these bytes."""
        self.copy.write_bytes(content)
        database = open_copy(self.copy)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def hit(self, attack: Attack, chance: Random) -> Iterator[Database]:
        self.copy.write_bytes(self._start(chance))
        try:
            with self._attacker() as connection:
                attack(self.world, SqliteOpponent(connection), chance)
                connection.execute("PRAGMA writable_schema = ON")
                connection.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", self.catalogue)
        except (sqlite3.Error, OverflowError) as error:
            raise Refused from error
        with self.opened(self.copy.read_bytes()) as database:
            yield database

    def dump(self, database: Database) -> Any:
        queries = [f"SELECT {table.names} FROM {table.name} ORDER BY {table.order}" for table in self.world.tables]
        queries.append("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
        # Written out, so that 1, 1.0 and '1' differ.
        return [repr(list(database.rows(query))) for query in queries]


class SqliteBackups(SqliteTarget):
    """An attack begins with the file as it was at some earlier moment."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world, folder)
        self.earlier = [self._disarm(path.read_bytes()) for path in world.backups]

    def _start(self, chance: Random) -> bytes:
        return chance.choice(self.earlier)


class SqliteCatalogue(SqliteTarget):
    """The triggers are in their place, and the catalogue can be written."""

    @contextmanager
    def hit(self, attack: Attack, chance: Random) -> Iterator[Database]:
        self.copy.write_bytes(self.file)
        try:
            with self._attacker() as connection:
                connection.execute("PRAGMA writable_schema = ON")
                attack(self.world, SqliteOpponent(connection), chance)
        except sqlite3.Error as error:
            raise Refused from error
        with self.opened(self.copy.read_bytes()) as database:
            yield database


class SqliteBytes(SqliteTarget):
    """The raw bytes of the file: an attack gets them as a `bytearray`."""

    @contextmanager
    def hit(self, attack: Attack, chance: Random) -> Iterator[Database]:
        content = bytearray(self.file)
        attack(self.world, content, chance)
        with self.opened(bytes(content)) as database:
            yield database


def flip(world: World, content: bytearray, chance: Random) -> None:
    """One bit of the file."""
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


@dataclass(frozen=True)
class Cell:
    """A stored text whose bytes stand in the file once: where, and in which row."""

    row: str
    start: int
    text: str


def cells(target: SqliteTarget) -> list[Cell]:
    """The texts of facts that a hex editor finds."""
    found = []
    with target.opened(target.file) as database:
        for table, (key, columns) in columns_of_tables().items():
            for row in database.rows(
                f'SELECT "{key}", {", ".join(f"{chr(34)}{c}{chr(34)}" for c in columns)} FROM {table}'
            ):
                for text in row[1:]:
                    data = text.encode() if isinstance(text, str) else b""
                    if len(data) >= 6 and target.file.count(data) == 1:
                        found.append(Cell(f"{table} {row[0]}", target.file.index(data), text))
    return found


def hex_edit(content: bytearray, cell: Cell, chance: Random) -> None:
    """Another letter for one of the text's, of as many bytes."""
    place = chance.randrange(len(cell.text))
    old = cell.text[place].encode()
    new = {1: "7" if old != b"7" else "8", 3: "改" if old != "改".encode() else "变"}.get(len(old))
    if new is None:
        raise Refused
    start = cell.start + len(cell.text[:place].encode())
    content[start : start + len(old)] = new.encode()


# ------------------------------------------------------------------ the catalogue
def catalogue(world: World, opponent: SqliteOpponent, chance: Random) -> None:
    """A trigger is dropped or does otherwise; a table or index is built otherwise."""
    which, statement = chance.choice(STATEMENTS)
    table, name, text = chance.choice(
        opponent.rows(
            f"SELECT tbl_name, name, sql FROM sqlite_master WHERE {which} AND name <> 'sqlite_sequence' ORDER BY 2"
        )
    )
    if statement.startswith("replace"):
        _, old, new = statement.split("/")
        if old not in text:
            raise Refused
        place = chance.choice([match.start() for match in re.finditer(re.escape(old), text)])
        changed = text[:place] + new + text[place + len(old) :]
        opponent.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", changed, name)
        return
    opponent.execute(statement.format(table=table, name=name))


# Of which things in the catalogue, and what is done to one of them.
STATEMENTS = (
    ("type = 'trigger'", 'DROP TRIGGER "{name}"'),
    ("type = 'trigger'", "replace/BEGIN/WHEN 0 BEGIN"),
    ("type = 'trigger'", "replace/ABORT/IGNORE"),
    ("type = 'trigger'", "replace/NEW./OLD."),
    ("type = 'trigger'", "UPDATE sqlite_master SET name = name || 'x' WHERE name = '{name}'"),
    ("type = 'table'", 'CREATE TRIGGER mine AFTER INSERT ON "{table}" BEGIN SELECT 1; END'),
    ("type = 'table'", 'CREATE TRIGGER mine BEFORE UPDATE ON "{table}" BEGIN SELECT RAISE(IGNORE); END'),
    ("type = 'table'", "replace/NOT NULL/NULL"),
    ("type = 'table'", "replace/UNIQUE/"),
    ("type = 'table'", "replace/REFERENCES/CHECK (1) REFERENCES"),
    ("type = 'table'", "replace/DEFERRABLE INITIALLY DEFERRED/"),
    ("type = 'table'", "replace/varchar/blob"),
    ("type = 'table'", 'ALTER TABLE "{table}" RENAME TO was_there'),
    ("type = 'table'", 'ALTER TABLE "{table}" ADD COLUMN mine'),
    ("type = 'table'", 'CREATE VIEW mine AS SELECT * FROM "{table}"'),
    ("type = 'index' AND sql IS NOT NULL", 'DROP INDEX "{name}"'),
    ("type = 'index' AND sql IS NOT NULL", "replace/CREATE UNIQUE INDEX/CREATE INDEX"),
    ("type = 'index' AND sql IS NULL", "UPDATE sqlite_master SET tbl_name = upper(tbl_name) WHERE name = '{name}'"),
)
