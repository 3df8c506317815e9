"""Events as leaves of a Merkle log (docs/log-format.md): made at commit, in the transaction of the change.

`seal` is called by the database backends just before COMMIT. The leaves are numbered from 0 without gaps under one
lock, the last a transaction takes. The tree is kept as leaf hashes and one `Node` for every 256 complete children, so
an event costs one row, and a proof reads a few hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection as default_connection
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from qingdan.evidence import commitment, merkle, tiles

from .db.statements import execute, execute_many
from .models import Erasure, Event, Node

PARTS = ("face", "who", "what")
SIZE = 'SELECT COALESCE(MAX("index") + 1, 0) FROM common_leaf'

# Appends leaves at one call, to spare round trips. References are checked before the lock is taken: that locks the rows
# referred to, and the log's lock must be the last. Its number is any that nothing else locks under.
POSTGRESQL_APPEND = """
CREATE OR REPLACE FUNCTION qd_append(events bigint[], hashes bytea[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  first bigint;
BEGIN
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM pg_advisory_xact_lock(349038202695);
  SELECT COALESCE(MAX("index") + 1, 0) INTO first FROM common_leaf;
  INSERT INTO common_leaf ("index", event_id, hash)
    SELECT first + number - 1, event, made FROM unnest(events, hashes) WITH ORDINALITY AS leaf(event, made, number);
  RETURN first;
END $$"""


def hash_name() -> str:
    """ "sha256", or "sm3" where the installation chose it."""
    return str(settings.QD_LOG_HASH)


def moment(at: datetime) -> str:
    """A time as leaves write it: UTC, microseconds, explicit offset."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def texts(event: Event) -> dict[str, str]:
    """The canonical texts of an event's three parts, whether or not they were erased."""
    return {
        "face": commitment.canonical(
            {
                "at": moment(event.at),
                "object_id": event.object_id,
                "object_type": event.object_type,
                "rows": event.rows,
                "verb": event.verb,
            }
        ),
        "who": commitment.canonical(
            {
                "actor": "" if event.actor_id is None else str(event.actor_id),
                "actor_label": event.actor_label,
                "post_label": event.post_label,
            }
        ),
        "what": commitment.canonical({"data": event.data, "object_label": event.object_label}),
    }


def salts(event: Event) -> dict[str, str]:
    """The salts of an event's parts; empty for a part that was erased."""
    return {"face": event.face_salt, "who": event.who_salt, "what": event.what_salt}


def commitments(event: Event, erased: dict[str, str] | None = None) -> dict[str, str]:
    """The three commitments of an event, as hex; ``erased`` gives those of erased parts (`Erasure.commitment`).

    Raises KeyError when a part has neither a salt nor an erasure.
    """
    made, salt = texts(event), salts(event)
    return {
        part: commitment.commit(salt[part], made[part], hash_name()) if salt[part] else (erased or {})[part]
        for part in PARTS
    }


def leaf_of(event: Event, erased: dict[str, str] | None = None) -> bytes:
    """The leaf of an event (bytes, four lines)."""
    return commitment.leaf(**commitments(event, erased))


def erasures(events: Iterable[int]) -> dict[int, dict[str, str]]:
    """By event: the commitments of its erased parts, by part."""
    found: dict[int, dict[str, str]] = {}
    for event, part, made in Erasure.objects.filter(event__in=list(events)).values_list("event", "part", "commitment"):
        found.setdefault(event, {})[part] = made
    return found


class StoredNodes:
    """The log's complete nodes as the database keeps them (`tiles.Nodes`)."""

    def read(self, level: int, start: int, stop: int) -> list[bytes]:
        if start >= stop:
            return []
        table = "common_leaf WHERE" if level == 0 else f"common_node WHERE level = {level:d} AND"
        query = f'SELECT hash FROM {table} "index" >= %s AND "index" < %s ORDER BY "index"'  # noqa: S608
        # A proof reads some rows of 256: through the ORM that takes twice as long.
        with default_connection.cursor() as cursor:
            cursor.execute(query, [start, stop])
            return [bytes(made) for (made,) in cursor.fetchall()]


def size() -> int:
    """How many leaves the log has."""
    with default_connection.cursor() as cursor:
        cursor.execute(SIZE)
        return int(cursor.fetchone()[0])


def root(at_size: int) -> bytes:
    """The root of the first ``at_size`` leaves."""
    return tiles.root_at(StoredNodes(), at_size, hash_name())


def inclusion(index: int, at_size: int) -> list[bytes]:
    """The inclusion proof of leaf ``index`` in the tree of ``at_size`` leaves."""
    return tiles.inclusion(StoredNodes(), index, at_size, hash_name())


def consistency(first: int, second: int) -> list[bytes]:
    """The consistency proof between the trees of ``first`` and ``second`` leaves."""
    return tiles.consistency(StoredNodes(), first, second, hash_name())


def seal(connection: BaseDatabaseWrapper) -> int:
    """Append the events that this transaction recorded to the log; returns how many. For the backends, and for tests
    whose transaction never commits."""
    events = list(connection.unsealed)  # type: ignore[attr-defined]
    connection.unsealed.clear()  # type: ignore[attr-defined]
    connection.unsealed_at.clear()  # type: ignore[attr-defined]
    if not events:
        return 0
    hashes = [merkle.leaf_hash(leaf_of(event), hash_name()) for event in events]
    first = _append(connection, [event.pk for event in events], hashes)
    complete = _complete(first, hashes)
    if complete:
        Node.objects.bulk_create(Node(level=level, index=index, hash=made) for level, index, made in complete)
    return len(events)


def _append(connection: BaseDatabaseWrapper, events: list[int], hashes: list[bytes]) -> int:
    """Write the leaves of these events, and give back the number of the first."""
    if connection.vendor == "postgresql":
        return int(execute(connection, "SELECT qd_append(%s, %s)", [events, hashes]).fetchone()[0])
    # The transaction has had the database to itself since its begin: nobody comes between.
    first = int(execute(connection, SIZE).fetchone()[0])
    rows = [(first + offset, *leaf) for offset, leaf in enumerate(zip(events, hashes, strict=True))]
    execute_many(connection, 'INSERT INTO common_leaf ("index", event_id, hash) VALUES (%s, %s, %s)', rows)
    return first


def _complete(first: int, hashes: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
    if first // 256 == (first + len(hashes)) // 256:
        return []
    return tiles.complete_nodes(StoredNodes(), first, hashes, hash_name())


@transaction.atomic
def seal_now() -> int:
    """`seal` for the default connection inside a transaction: the leaf is wanted before the commit."""
    return seal(default_connection)
