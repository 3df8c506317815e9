"""Attacks that leave nothing dangling: whoever makes them knows every format, some of them also hold the log's key."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any

from qingdan.evidence import merkle, tiles
from qingdan.evidence.notes import Checkpoint, Note
from qingdan.web.common import claims, rows
from qingdan.web.trust.verification.database import Postgresql, Sqlite
from qingdan.web.trust.verification.log import EVENT_COLUMNS, EVENT_TEXTS, leaf_of

from .rows import a_row, key_of
from .world import HASH, Opponent, Refused, Table, World

# What the checker reads the meaning of, not only the sums.
WITH_A_MEANING = {"trust_witness", "common_attachment", "common_erasure", "common_shape"}
NAME = "units.add_name"


def truncate(world: World, opponent: Opponent, chance: Random) -> None:
    """The last events never happened, with their leaves, claims and rows; in half of the cases the checkpoints over
    them are gone too, and in half of these others happened instead."""
    forger = Forger(world, opponent)
    (first,) = opponent.rows(
        'SELECT max(l."index") + 1 FROM common_leaf l JOIN common_event e ON e.id = l.event_id WHERE e.verb <> ?', NAME
    )[0]
    size = chance.randrange(first, forger.size())
    removed = forger.size() - size
    for index in range(forger.size() - 1, size - 1, -1):
        forger.forget(index)
    opponent.execute("DELETE FROM common_node")
    if chance.random() < 0.5:
        forger.forget_checkpoints(size)
        if chance.random() < 0.5:
            forger.grow(chance, removed)
    forger.lay_nodes()


def rewrite(world: World, opponent: Opponent, chance: Random) -> None:
    """With the log's key: an event says something else, or never happened, or a row does, and everything after it is
    made anew, each checkpoint signed again. What the witnesses signed cannot be."""
    forger = Forger(world, opponent)
    chance.choice([forger.retell, forger.unmake, forger.alter])(chance)
    forger.lay_nodes()
    forger.sign_again()


def go_on(world: World, opponent: Opponent, chance: Random) -> None:
    """After an old backup was restored: nothing in half of the cases, otherwise some events as if all were well."""
    if chance.random() < 0.5:
        forger = Forger(world, opponent)
        forger.grow(chance, chance.randrange(1, 6))
        forger.lay_nodes()


class Forger:
    """The log's own rules, in other hands."""

    def __init__(self, world: World, opponent: Opponent) -> None:
        self.world, self.opponent = world, opponent
        self.database = Sqlite(None) if opponent.vendor == "sqlite" else Postgresql(None)

    def size(self) -> int:
        return int(self.opponent.rows("SELECT count(*) FROM common_leaf")[0][0])

    # ---------------------------------------------------------------- what is forged
    def retell(self, chance: Random) -> None:
        """Some event says something else."""
        index = chance.randrange(self.size())
        event, verb = self._event_at(index)
        part = chance.choice(["what_salt", "who_salt"])
        column = {"what_salt": "object_label", "who_salt": "actor_label"}[part]
        text, salt = self.opponent.rows(f"SELECT {column}, {part} FROM common_event WHERE id = ?", event)[0]
        if not salt or verb == "common.adopt":
            raise Refused
        self.opponent.execute(f"UPDATE common_event SET {column} = ? WHERE id = ?", _told(chance, text), event)
        self.set_leaf(index, event)

    def unmake(self, chance: Random) -> None:
        """Some event never happened."""
        found = self.opponent.rows(
            'SELECT l."index" FROM common_leaf l JOIN common_event e ON e.id = l.event_id WHERE e.verb = ? ORDER BY 1',
            NAME,
        )
        index = chance.choice(found)[0]
        self.forget(index)
        for later in range(index + 1, self.size() + 1):
            self.opponent.execute('UPDATE common_leaf SET "index" = ? WHERE "index" = ?', later - 1, later)

    def alter(self, chance: Random) -> None:
        """Some row says something else, and so does the event that wrote it last."""
        table, row = a_row(self.world, self.opponent, chance)
        texts = [
            column
            for column, value in zip(table.columns, row, strict=True)
            if isinstance(value, str) and column not in table.keys
        ]
        key = key_of(table, row)
        claim = self._newest_claim(table, str(key[0])) if len(key) == 1 else None
        if not texts or not claim or table.name in WITH_A_MEANING:
            raise Refused
        column = chance.choice(texts)
        told = _told(chance, row[table.columns.index(column)])
        self.opponent.execute(f'UPDATE {table.name} SET "{column}" = ? WHERE {table.where}', told, *key)
        number, batch = claim
        self.opponent.execute("UPDATE common_claim SET seal = ? WHERE id = ?", self.seal(table, key), number)
        self.account_again(batch)

    # ---------------------------------------------------------------- parts of the log
    def forget(self, index: int) -> None:
        """Take an event with its leaf, claims and rows away; the rows were made by it and never touched again."""
        event, _verb = self._event_at(index)
        (batch,) = self.opponent.rows("SELECT batch FROM common_event WHERE id = ?", event)[0]
        for table, key in self.opponent.rows('SELECT "table", "key" FROM common_claim WHERE batch = ?', batch):
            self.opponent.execute(f"DELETE FROM {table} WHERE id = ?", int(key))
        self.opponent.execute('DELETE FROM common_leaf WHERE "index" = ?', index)
        self.opponent.execute("DELETE FROM common_claim WHERE batch = ?", batch)
        self.opponent.execute("DELETE FROM common_event WHERE id = ?", event)

    def grow(self, chance: Random, count: int) -> None:
        """Events that nobody made, each as it should be; only a signature over them is missing."""
        table = next(each for each in self.world.tables if each.name == "units_unitname")
        for _ in range(count):
            found = self.opponent.rows(
                'SELECT e.id FROM common_event e JOIN common_leaf l ON l.event_id = e.id WHERE e.verb = ? '
                'ORDER BY l."index" LIMIT 1', NAME,
            )  # fmt: skip
            model = found[0][0]
            batch = self._next("common_event", "batch")
            row = list(self.opponent.rows(f"SELECT {table.names} FROM {table.name} ORDER BY id LIMIT 1")[0])
            row[0], row[table.columns.index("name")] = self._next(table.name, "id"), f"凭空{chance.randrange(10**9)}"
            self._insert(table.name, table.columns, row)
            claim = [self._next("common_claim", "id"), batch, table.name, str(row[0]), "I", self.seal(table, row[:1])]
            self._insert("common_claim", ("id", "batch", "table", "key", "op", "seal"), claim)
            number = self._next("common_event", "id")
            self.opponent.execute(
                f"INSERT INTO common_event (id, at, actor_id, batch, {', '.join(EVENT_TEXTS)}) "
                f"SELECT {number}, e.at, e.actor_id, {batch}, {EVENT_COLUMNS} FROM common_event e WHERE id = ?", model,
            )  # fmt: skip
            # Its place first: the leaf is made when the event says what rows it accounts for.
            self._insert("common_leaf", ("index", "event_id", "hash"), [self.size(), number, b""])
            self.account_again(batch)

    def account_again(self, batch: int) -> None:
        """The event of these claims commits to them as they now are."""
        found = self.opponent.rows(
            'SELECT id, "table", "key", op, seal FROM common_claim WHERE batch = ? ORDER BY id', batch
        )
        self.opponent.execute("UPDATE common_event SET rows = ? WHERE batch = ?", claims.account(found), batch)
        event, index = self.opponent.rows(
            'SELECT e.id, l."index" FROM common_event e JOIN common_leaf l ON l.event_id = e.id WHERE e.batch = ?',
            batch,
        )[0]
        self.set_leaf(index, event)

    def set_leaf(self, index: int, event: int) -> None:
        query = f"SELECT e.at, e.actor_id, {EVENT_COLUMNS} FROM common_event e WHERE e.id = ?"
        at, actor, *texts = self.opponent.rows(query, event)[0]
        erased = dict(self.opponent.rows("SELECT part, commitment FROM common_erasure WHERE event_id = ?", event))
        said = dict(zip(EVENT_TEXTS, texts, strict=True))
        made = merkle.leaf_hash(leaf_of(HASH, self.database.moment(at), actor, said, erased), HASH)
        self.opponent.execute('UPDATE common_leaf SET hash = ? WHERE "index" = ?', made, index)

    def seal(self, table: Table, key: list[Any]) -> str:
        """The seal that the triggers would have given to a row as it now is."""
        if self.opponent.vendor == "sqlite":
            values = self.opponent.rows(f"SELECT {table.names} FROM {table.name} WHERE {table.where}", *key)[0]
            text = rows.row_text(table.name, ",".join(table.columns), *values)
        else:
            (text,) = self.opponent.rows(f"SELECT to_jsonb(r)::text FROM {table.name} r WHERE {table.where}", *key)[0]
        salt = hashlib.sha256(text.encode()).hexdigest()[: rows.SALT_DIGITS]
        return salt + rows.digest(salt, text)

    def tree(self) -> tiles.MemoryNodes:
        nodes = tiles.MemoryNodes(HASH)
        nodes.append([bytes(made) for (made,) in self.opponent.rows('SELECT hash FROM common_leaf ORDER BY "index"')])
        return nodes

    def lay_nodes(self) -> None:
        self.opponent.execute("DELETE FROM common_node")
        for level, hashes in enumerate(self.tree().levels):
            for index, made in enumerate(hashes if level else ()):
                self._insert("common_node", ("level", "index", "hash"), [level, index, made])

    def sign_again(self) -> None:
        """Every checkpoint over the log as it now is; whose root stays the same keeps its confirmations."""
        tree = self.tree()
        self.forget_checkpoints(tree.size)
        for size, root, note in self.opponent.rows("SELECT size, root, note FROM trust_checkpoint"):
            made, said = tiles.root_at(tree, size, HASH), Checkpoint.parse(Note.parse(note).body)
            if made.hex() == root:
                continue
            body = Checkpoint(said.origin, size, made, said.hash, said.time).body()
            signed = Note(body, (self.world.signer.sign(body),)).text()
            self.opponent.execute("DELETE FROM trust_cosignature WHERE checkpoint_id = ?", size)
            self.opponent.execute(
                "UPDATE trust_checkpoint SET root = ?, note = ? WHERE size = ?", made.hex(), signed, size
            )

    def forget_checkpoints(self, size: int) -> None:
        """Those of more events than this."""
        self.opponent.execute("DELETE FROM trust_cosignature WHERE checkpoint_id > ?", size)
        self.opponent.execute("DELETE FROM trust_checkpoint WHERE size > ?", size)

    # ---------------------------------------------------------------- rows
    def _event_at(self, index: int) -> tuple[int, str]:
        query = 'SELECT e.id, e.verb FROM common_leaf l JOIN common_event e ON e.id = l.event_id WHERE l."index" = ?'
        event, verb = self.opponent.rows(query, index)[0]
        return event, verb

    def _newest_claim(self, table: Table, key: str) -> tuple[int, int] | None:
        query = 'SELECT id, batch FROM common_claim WHERE "table" = ? AND "key" = ? ORDER BY id DESC LIMIT 1'
        found = self.opponent.rows(query, table.name, key)
        return (found[0][0], found[0][1]) if found else None

    def _next(self, table: str, column: str) -> int:
        return int(self.opponent.rows(f'SELECT max("{column}") + 1 FROM {table}')[0][0])

    def _insert(self, table: str, columns: tuple[str, ...], values: list[Any]) -> None:
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(values))
        self.opponent.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)


def _told(chance: Random, text: str) -> str:
    return f"{text[: chance.randrange(len(text) + 1)]}改{chance.randrange(100)}"[:20]
