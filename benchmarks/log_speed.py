"""How fast the log of events is: writing, checking, proving.

    .venv/bin/python -m benchmarks.log_speed [events] [verify] [proofs] [--leaves 10000000] [--peer FOLDER]

On SQLite, or on the PostgreSQL that DATABASE_URL names, in a database of its own. FOLDER is the site-packages of a
Python that has pymerkle (GPL, so it is no dependency of ours); without it the peer is left out.

events  Durable events a second, one per transaction, against a bare row of similar size that Django's connection
        commits by itself, and against the same through the driver alone. The contestants take turns, twenty
        transactions each, so a busy machine hits all of them alike.
verify  Processor time of checking against that of hashing the same bytes, in one call for each thing hashed.
proofs  Milliseconds of an inclusion proof among so many leaves, made of what the database keeps.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

PARTS = ("events", "verify", "proofs")
TURN, TURNS = 20, 100
PROCESSES, SECONDS = 4, 5
TEXT = {"task": "推进第7项具体工作", "progress": "已完成前期工作，累计完成投资977万元，达到序时进度", "forecast": "yes"}


def main() -> None:
    from serving import installation, on_postgres

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--leaves", type=int, default=10_000_000)
    parser.add_argument("--peer", default="")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path += [given.peer] if given.peer else []
    parts = given.parts or PARTS
    if given.inside:
        import django

        django.setup()
        for part in parts:
            {"events": events, "verify": verify, "proofs": lambda: proofs(given.leaves)}[part]()
        return
    with tempfile.TemporaryDirectory(prefix="qd-bench-") as folder, installation(Path(folder), "speed") as site:
        print("PostgreSQL" if on_postgres() else "SQLite")
        words = ["--inside", *parts, "--leaves", str(given.leaves), "--peer", given.peer]
        print(site.run(__file__, *words, timeout=3600), end="")


# ------------------------------------------------------------------ events
def record_one(number: int) -> None:
    from django.db import transaction

    from qingdan.web.common.events import record
    from qingdan.web.units.models import Unit

    with transaction.atomic():
        record(None, "bench.event", Unit(pk=0, name="示例单位"), number=number, **TEXT)


def bare_row(number: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (a, b, c) VALUES (%s, %s, %s)", _row(number))


def driver_row(number: int) -> None:
    from django.db import connection

    mark = "?" if connection.vendor == "sqlite" else "%s"
    raw = connection.connection
    raw.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
    raw.execute(f"INSERT INTO bench_bare (a, b, c) VALUES ({mark}, {mark}, {mark})", _row(number))
    raw.execute("COMMIT")


def _row(number: int) -> tuple[str, str, str]:
    return (f"{number:0100}", "b" * 150, "c" * 200)


def events() -> None:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY AUTOINCREMENT" if connection.vendor == "sqlite" else "bigserial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE bench_bare (id {key}, a text, b text, c text)")

    def batch(_number: int) -> None:
        with transaction.atomic():
            for number in range(100):
                record_one(number)

    contestants: dict[str, Callable[[int], None]] = {
        "event": record_one, "bare row, Django": bare_row, "bare row, driver": driver_row,
    }  # fmt: skip
    wall, processor = turns(contestants)
    base = sum(wall["event"])
    print(f"\n{'durable, one per transaction':36} {'a second':>9} {'processor ms':>13} {'event / this':>13}")
    for name, seconds in wall.items():
        count = TURN * TURNS
        spent = processor[name] * 1000 / count
        print(f"{name:36} {count / sum(seconds):9.0f} {spent:13.3f} {sum(seconds) / base:13.2f}")

    started = time.perf_counter()
    for number in range(20):
        batch(number)
    each = (time.perf_counter() - started) / 2000
    print(f"{'event, 100 per transaction':36} {1 / each:9.0f} {'':13} {base / TURN / TURNS / each:12.1f}×")

    one, many = at_once(record_one), at_once(bare_row)
    print(f"{f'event, {PROCESSES} processes':36} {one:9.0f}")
    print(f"{f'bare row, {PROCESSES} processes':36} {many:9.0f} {'':13} {one / many:13.2f}")
    peer_events(base / TURN / TURNS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_bare")


def turns(contestants: dict[str, Callable[[int], None]]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Wall seconds of each turn, and processor seconds in all, of each contestant."""
    wall: dict[str, list[float]] = {name: [] for name in contestants}
    processor = dict.fromkeys(contestants, 0.0)
    for turn in range(-5, TURNS):
        for name, act in contestants.items():
            started, spent = time.perf_counter(), time.process_time()
            for number in range(TURN):
                act(number)
            if turn >= 0:
                wall[name].append(time.perf_counter() - started)
                processor[name] += time.process_time() - spent
    return wall, processor


def at_once(act: Callable[[int], None]) -> float:
    """How often a second so many processes do it together."""
    from crash.fleet import Writer
    from django.db import connection

    until = time.monotonic() + SECONDS

    def work(tell: Callable[[Any], None]) -> None:
        done = 0
        while time.monotonic() < until:
            act(done)
            done += 1
        tell(done)

    connection.close()
    writers = [Writer(work) for _ in range(PROCESSES)]
    assert [writer.end() for writer in writers] == [0] * PROCESSES
    return float(sum(writer.told[0] for writer in writers)) / SECONDS


def peer_events(ours: float) -> None:
    from django.db import connection

    try:
        from pymerkle import SqliteTree
    except ImportError:
        print("pymerkle: not present")
        return
    if connection.vendor != "sqlite":
        return
    with tempfile.TemporaryDirectory(dir=os.environ["QD_DATA"]) as folder:
        tree = SqliteTree(f"{folder}/peer.sqlite3")
        entry = "".join(_row(0)).encode()
        started = time.perf_counter()
        for _ in range(500):
            tree.append_entry(entry)
        each = (time.perf_counter() - started) / 500
        tree.close()
    print(f"{'pymerkle, an entry (no event, no WAL)':36} {1 / each:9.0f} {'':13} {each / ours:13.2f}")


# ------------------------------------------------------------------ verify
def verify() -> None:
    from django.db import connection, transaction

    from qingdan.evidence import commitment, hashing, merkle
    from qingdan.web.trust.verification import over_connection
    from qingdan.web.trust.verification import verify as whole
    from qingdan.web.units.models import Unit

    leaves = [commitment.leaf(*(hashlib.sha256(f"{part}{n}".encode()).hexdigest() for part in "abc"))
              for n in range(200_000)]  # fmt: skip

    def library() -> None:
        merkle.root([merkle.leaf_hash(leaf) for leaf in leaves])

    print(f"\n{'checking':36} {'processor s':>12} {'plain hashing':>14} {'ratio':>6} {'in one stream':>14}")
    compared("leaves to root, 200,000 leaves", library, hashing)

    from qingdan.web.common.events import record

    for start in range(0, 20_000, 500):
        with transaction.atomic():
            for number in range(start, start + 500):
                unit = Unit.objects.create(code=f"B-{number}", name=f"示例单位{number}")
                record(None, "bench.event", unit, number=number, **TEXT)
    database = over_connection(connection)

    def everything() -> None:
        report = whole(database, hash_name="sha256")
        assert report.ok, report.findings[:3]

    compared("whole check, 20,000 events and rows", everything, hashing)


def compared(name: str, act: Callable[[], None], hashing: Any) -> None:
    """Print the processor time of ``act`` against that of the hashing in it."""
    hashed: list[bytes] = []
    with EveryHash(hashed, hashing):
        act()
    ours = best(act)
    plain = best(lambda: [hashlib.sha256(each).digest() for each in hashed])
    stream = b"".join(hashed)
    once = best(lambda: hashlib.sha256(stream).digest())
    print(f"{name:36} {ours:12.2f} {plain:14.2f} {plain / ours:6.2f} {once / ours:14.2f}")


class EveryHash:
    """While it lasts, what the evidence library and the seals of rows hash is also put into a list."""

    def __init__(self, into: list[bytes], hashing: Any) -> None:
        from qingdan.web.common import rows

        self.into, self.hashing, self.rows = into, hashing, rows

    def __enter__(self) -> None:
        def noting(data: bytes = b"") -> Any:
            self.into.append(data)
            return hashlib.sha256(data)

        def digest(salt: str, text: str) -> str:
            return str(noting((salt + text).encode()).hexdigest())

        self.before = self.hashing._CONSTRUCTORS["sha256"], self.rows.digest
        self.hashing._CONSTRUCTORS["sha256"], self.rows.digest = noting, digest

    def __exit__(self, *_: Any) -> None:
        self.hashing._CONSTRUCTORS["sha256"], self.rows.digest = self.before


def best(act: Callable[[], Any]) -> float:
    """Processor seconds, the least of three."""
    return min(timed(act)[1] for _ in range(3))


# ------------------------------------------------------------------ proofs
def proofs(size: int) -> None:
    from django.db import connection

    from qingdan.evidence import merkle, tiles
    from qingdan.web.common import log

    nodes = tiles.MemoryNodes()
    block = 1 << 16
    for start in range(0, size, block):
        raw = random.Random(start).randbytes(32 * min(block, size - start))
        nodes.append([raw[at : at + 32] for at in range(0, len(raw), 32)])
    root = tiles.root_at(nodes, size)
    fill(nodes)
    chance = random.Random(7)
    places = [chance.randrange(size) for _ in range(300)]
    print(f"\n{f'among {size:,} leaves, milliseconds':36} {'median':>9} {'95 of 100':>10} {'processor':>10}")
    contestants: dict[str, Callable[[int], Any]] = {
        "inclusion, from memory": lambda at: tiles.inclusion(nodes, at, size),
        f"inclusion, from {connection.vendor}": lambda at: log.inclusion(at, size),
        f"consistency, from {connection.vendor}": lambda at: log.consistency(at + 1, size),
        f"root of a past size, from {connection.vendor}": lambda at: log.root(at + 1),
    }
    for name, make in contestants.items():
        took, before = [], time.process_time()
        for at in places:
            started = time.perf_counter()
            made = make(at)
            took.append((time.perf_counter() - started) * 1000)
            if name.startswith("inclusion"):
                assert merkle.verify_inclusion(nodes.levels[0][at], at, size, made, root)
        each = (time.process_time() - before) * 1000 / len(places)
        took.sort()
        print(f"{name:36} {statistics.median(took):9.2f} {took[len(took) * 95 // 100]:10.2f} {each:10.2f}")
    peer_proofs(nodes.levels[0][: 1 << 17])


def fill(nodes: Any) -> None:
    """Put made-up leaves into the tables of the log, past the triggers and references that ask for their events."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    above = [(level, at, made) for level, row in enumerate(nodes.levels) if level for at, made in enumerate(row)]
    if connection.vendor == "sqlite":
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("BEGIN")
        raw.execute("DROP TRIGGER qd_common_leaf_delete")
        raw.execute("DROP TRIGGER qd_common_node_delete")
        raw.execute("DELETE FROM common_leaf")
        raw.execute("DELETE FROM common_node")
        raw.executemany('INSERT INTO common_leaf ("index", event_id, hash) VALUES (?, ?, ?)',
                        ((at, at, made) for at, made in enumerate(nodes.levels[0])))  # fmt: skip
        raw.executemany('INSERT INTO common_node (level, "index", hash) VALUES (?, ?, ?)', above)
        raw.execute("COMMIT")
        return
    raw.execute("BEGIN")
    raw.execute("SET LOCAL session_replication_role = replica")
    raw.execute("DELETE FROM common_leaf")
    raw.execute("DELETE FROM common_node")
    copied(raw, 'common_leaf ("index", event_id, hash)', ((at, at, made) for at, made in enumerate(nodes.levels[0])))
    copied(raw, 'common_node (level, "index", hash)', above)
    raw.execute("COMMIT")
    raw.execute("ANALYZE common_leaf")


def copied(raw: Any, table: str, rows: Iterator[Sequence[Any]] | list[Any]) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        block = io.StringIO()
        for number, (*keys, made) in enumerate(rows):
            block.write("\t".join(map(str, keys)) + f"\t\\\\x{made.hex()}\n")
            if number % 10_000 == 9_999:
                copy.write(block.getvalue())
                block = io.StringIO()
        copy.write(block.getvalue())


def peer_proofs(hashes: Sequence[bytes]) -> None:
    """The same over entries that both hash themselves, in memory."""
    from qingdan.evidence import merkle, tiles

    try:
        from pymerkle import InmemoryTree, verify_inclusion
    except ImportError:
        print("pymerkle: not present")
        return
    size = len(hashes)
    chance = random.Random(9)
    places = [chance.randrange(size) for _ in range(100)]

    def build_theirs() -> Any:
        tree = InmemoryTree("sha256")
        for each in hashes:
            tree.append_entry(each)
        return tree

    def build_ours() -> Any:
        nodes = tiles.MemoryNodes()
        nodes.append([merkle.leaf_hash(each) for each in hashes])
        return nodes

    nodes, our_build = timed(build_ours)
    tree, their_build = timed(build_theirs)
    root = tree.get_root()
    assert root == tiles.root_at(nodes, size)
    our_proofs, our_making = timed(lambda: [tiles.inclusion(nodes, at, size) for at in places])
    their_proofs, their_making = timed(lambda: [tree.prove_inclusion(at + 1) for at in places])
    leaves = nodes.levels[0]

    def check_ours() -> None:
        for at, path in zip(places, our_proofs, strict=True):
            assert merkle.verify_inclusion(leaves[at], at, size, path, root)

    def check_theirs() -> None:
        for at, proof in zip(places, their_proofs, strict=True):
            verify_inclusion(leaves[at], root, proof)

    _none, our_checking = timed(check_ours)
    _none, their_checking = timed(check_theirs)
    print(f"\n{f'in memory, {size:,} entries':36} {'build s':>9} {'proof ms':>9} {'check ms':>9}")
    each = 1000 / len(places)
    print(f"{'ours':36} {our_build:9.2f} {our_making * each:9.3f} {our_checking * each:9.3f}")
    print(f"{'pymerkle':36} {their_build:9.2f} {their_making * each:9.3f} {their_checking * each:9.3f}")


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the processor seconds it took."""
    before = time.process_time()
    made = act()
    return made, time.process_time() - before


if __name__ == "__main__":
    main()
