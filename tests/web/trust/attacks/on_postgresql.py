"""The tables of PostgreSQL under attack, each time in a transaction that is taken back after the check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from qingdan.web.trust.verification import Database
from qingdan.web.trust.verification.database import Postgresql

from .forging import go_on
from .tally import Attack
from .world import Refused, Target, World


class PostgresqlOpponent:
    vendor = "postgresql"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(_marked(query), list(map(_stored, values))).fetchall()

    def execute(self, statement: str, *values: Any) -> int:
        return self.connection.execute(_marked(statement), list(map(_stored, values))).rowcount


def _marked(statement: str) -> Any:
    return statement.replace("?", "%s")


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


class PostgresqlTarget(Target):
    """The attacker works with the triggers off, and has them on again before anybody looks: a superuser by way of
    session_replication_role, which silences references too, an owner table by table."""

    def __init__(self, world: World, _folder: Path) -> None:
        self.world = world
        self.down: tuple[str, ...]
        self.up: tuple[str, ...]
        self.connection = psycopg.connect(world.site.env["DATABASE_URL"])
        self.connection.execute("SET TIME ZONE 'UTC'")
        self.connection.commit()
        (superuser,) = self.connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        names = [table.name for table in world.tables]
        if superuser:
            self.down, self.up = (
                ("SET LOCAL session_replication_role = 'replica'",),
                ("RESET session_replication_role",),
            )
        else:
            self.down = tuple(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names)
            self.up = (
                "SET CONSTRAINTS ALL IMMEDIATE", *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names),
            )  # fmt: skip
        self.honest = self.dump(Postgresql(self.connection))
        self.connection.rollback()

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    @contextmanager
    def hit(self, attack: Attack, chance: Random) -> Iterator[Database]:
        try:
            try:
                self._run(self.down)
                attack(self.world, PostgresqlOpponent(self.connection), chance)
                self._run(self.up)
            except (psycopg.Error, OverflowError, ValueError) as error:
                raise Refused from error
            yield Postgresql(self.connection)
        finally:
            self.connection.rollback()

    def _run(self, statements: tuple[str, ...]) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def dump(self, database: Database) -> Any:
        return [
            sorted(database.rows(f"SELECT ROW({table.names})::text FROM {table.name}")) for table in self.world.tables
        ]


class PostgresqlCatalogue(PostgresqlTarget):
    """The triggers are in their place, and what is done to them stays."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world, folder)
        self.down = self.up = ()


def old_backup(world: World, opponent: PostgresqlOpponent, chance: Random) -> None:
    """The rows of all tables as they once were; in half of the cases work goes on."""
    backup = chance.choice(world.backups)
    names = sorted(path.name for path in backup.iterdir())
    opponent.execute(f"TRUNCATE {', '.join(names)} CASCADE")
    with opponent.connection.cursor() as cursor:
        for name in names:
            with cursor.copy(f'COPY "{name}" FROM STDIN') as lines:
                lines.write((backup / name).read_bytes())
    go_on(world, opponent, chance)


# ------------------------------------------------------------------ the catalogue
def catalogue(world: World, opponent: PostgresqlOpponent, chance: Random) -> None:
    """A trigger is dropped, switched off, or does otherwise; a reference or a constraint does not hold any more."""
    query, changes = chance.choice(STATEMENTS)
    for change in changes.format(*chance.choice(opponent.rows(query))).split(";;"):
        opponent.execute(change)


_TRIGGERS = (
    "SELECT c.relname, t.tgname, p.proname, encode(t.tgargs, 'escape') FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal ORDER BY 1, 2"
)
_GUARDS = _TRIGGERS.replace(
    "NOT t.tgisinternal", "NOT t.tgisinternal AND p.proname <> 'qd_claim' AND t.tgtype & 32 = 0"
)
_CONSTRAINTS = (
    "SELECT c.relname, n.conname FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid "
    "WHERE c.relnamespace = current_schema()::regnamespace AND n.contype IN ({}) ORDER BY 1, 2"
)
_NOT_NULL = (
    "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attnotnull "
    "AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary "
    "AND a.attnum = ANY(i.indkey)) ORDER BY 1, 2"
)
_INDEXES = (
    "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = "
    "current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint n WHERE n.conindid = c.oid) ORDER BY 1"
)
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND left(tablename, 6) = 'common' ORDER BY 1"
)
_EMPTY = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
# What there is to choose from, and what is done to the one chosen.
STATEMENTS = (
    (_TRIGGERS, 'DROP TRIGGER "{1}" ON "{0}"'),
    (_TRIGGERS, 'ALTER TABLE "{0}" DISABLE TRIGGER "{1}"'),
    (_TRIGGERS, 'ALTER TABLE "{0}" ENABLE REPLICA TRIGGER "{1}"'),
    (_TRIGGERS, 'ALTER TRIGGER "{1}" ON "{0}" RENAME TO was_there'),
    (_TRIGGERS, f'CREATE OR REPLACE FUNCTION "{{2}}"() {_EMPTY}'),
    (_TRIGGERS, 'ALTER FUNCTION "{2}"() SET search_path = pg_catalog'),
    (_TRIGGERS, 'ALTER FUNCTION "{2}"() SECURITY DEFINER'),
    (_GUARDS, 'CREATE OR REPLACE TRIGGER "{1}" BEFORE DELETE ON "{0}" FOR EACH ROW WHEN (false) '
              'EXECUTE FUNCTION "{2}"()'),
    (_GUARDS, 'DROP TRIGGER "{1}" ON "{0}";;CREATE TRIGGER "{1}" AFTER INSERT ON "{0}" EXECUTE FUNCTION "{2}"()'),
    (_TABLES, f"CREATE FUNCTION mine() {_EMPTY};;CREATE TRIGGER mine BEFORE INSERT ON {{0}} FOR EACH ROW "
              "EXECUTE FUNCTION mine()"),
    (_TABLES, "CREATE RULE mine AS ON DELETE TO {0} DO INSTEAD NOTHING"),
    (_TABLES, "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY"),
    (_TABLES, "ALTER TABLE {0} ADD COLUMN mine integer"),
    (_TABLES, "CREATE TABLE mine () INHERITS ({0})"),
    (_TABLES, "ALTER TABLE {0} RENAME TO was_there"),
    (_CONSTRAINTS.format("'f'"), 'ALTER TABLE "{0}" DROP CONSTRAINT "{1}"'),
    (_CONSTRAINTS.format("'u', 'c'"), 'ALTER TABLE "{0}" DROP CONSTRAINT "{1}" CASCADE'),
    (_CONSTRAINTS.format("'f'"), 'ALTER TABLE "{0}" ALTER CONSTRAINT "{1}" NOT DEFERRABLE'),
    (_NOT_NULL, 'ALTER TABLE "{0}" ALTER COLUMN "{1}" DROP NOT NULL'),
    (_INDEXES, 'DROP INDEX "{0}"'),
)  # fmt: skip
