"""What is attacked: an honest log with its database, its files and its key, and what others hold of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol, Self

from django.apps import apps
from django.db.models import Model
from serving import Installation, installation

from qingdan.evidence.signers import Signer
from qingdan.web.common import claims
from qingdan.web.common.models import Claim, Event, Leaf, Node
from qingdan.web.trust.models import Checkpoint, Cosignature
from qingdan.web.trust.verification import Database, Report, verify

SCRIPT = Path(__file__).with_name("honest_world.py")
HASH = "sha256"
# Besides the tables of facts: the log itself and what is signed over it.
LOG_TABLES = (Event, Leaf, Node, Claim, Checkpoint)


@dataclass(frozen=True)
class Table:
    """A table that matters: its name, the columns of its key, and all its columns."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def where(self) -> str:
        return " AND ".join(f'"{key}" = ?' for key in self.keys)

    @property
    def order(self) -> str:
        return ", ".join(f'"{key}"' for key in self.keys)

    @property
    def names(self) -> str:
        return ", ".join(f'"{column}"' for column in self.columns)


def tables() -> list[Table]:
    """Every table whose rows the log claims something about."""

    def table(model: type[Model]) -> Table:
        keys = tuple(str(field.column) for field in model._meta.pk_fields)
        return Table(model._meta.db_table, keys, tuple(claims.columns(model)))

    apps.check_models_ready()
    # Its own number, a mere counter, says nothing about a cosignature.
    keys = ("checkpoint_id", "witness_id")
    cosignatures = Table(Cosignature._meta.db_table, keys, (*keys, "line", "signed_at"))
    return [*(table(model) for model in (*claims.models(), *LOG_TABLES)), cosignatures]


class Refused(Exception):
    """The attack is none: the database does not take it, or there is nothing to do it to. Another is drawn."""


class Opponent(Protocol):
    """Somebody who is inside the database, with the triggers off. Statements are written with `?`."""

    vendor: str

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]: ...
    def execute(self, statement: str, *values: Any) -> int: ...


class Target:
    """A database that is attacked and then checked, each time as it honestly was."""

    world: World
    honest: Any

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave nothing open."""

    @contextmanager
    def hit(self, attack: Callable[[World, Any, Random], None], chance: Random) -> Iterator[Database]:
        """Within the context the database is as the attack left it. Raises Refused when it was none."""
        raise NotImplementedError

    def dump(self, database: Database) -> Any:
        """All that the log claims something about, read past the checker; ``honest`` is what it gives before."""
        raise NotImplementedError


@dataclass
class World:
    """``held`` are the signed notes that witnesses and others keep, (place, note)."""

    site: Installation
    signer: Signer
    held: list[tuple[str, str]]
    tables: list[Table]

    @property
    def backups(self) -> list[Path]:
        """The database at earlier moments."""
        return sorted((self.site.data / "backups").iterdir())

    @property
    def files(self) -> Path:
        return self.site.data / "files"

    @property
    def database_file(self) -> Path:
        return self.site.data / "qingdan.sqlite3"

    def check(self, database: Database, *, held: bool = False, folder: Path | None = None) -> Report:
        """What `qd verify` says; ``held``: given what others hold."""
        given = self.held if held else []
        return verify(database, hash_name=HASH, log_key=self.signer.key, checkpoints=given, folder=folder)


@contextmanager
def honest_world(data: Path) -> Iterator[World]:
    """An installation with some work done, on the database that DATABASE_URL names."""
    with installation(data, "attacks", clock="2017-07-12T09:00") as site:
        site.prepare(SCRIPT)
        held = [(path.name, path.read_text("utf-8")) for path in sorted((data / "held").iterdir())]
        yield World(site, Signer.load(data / "log.key"), held, tables())
