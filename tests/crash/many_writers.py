"""``python many_writers.py WRITERS SECONDS``: so many processes write at once; prints what came of it as JSON.

Each goes on with transactions of four kinds: one event; several events that change two shared rows, in the order that
suits it (PostgreSQL may find two of them in a deadlock over the rows and abort one, never over the log); a savepoint
that is taken back with its event in the middle of others; and one that is taken back whole.
"""

from __future__ import annotations

import itertools
import json
import random
import select
import sys
import time
from collections import Counter
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F
from fleet import Tell, Writer, append, check, connection, found, officer

from qingdan.web.common import log
from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.units.models import Unit, User

SHARED_ROWS = 8
KINDS = {"one": 70, "several": 10, "savepoint": 10, "taken back": 10}


class TakenBack(Exception):
    pass


def several(actor: User, name: str, units: list[Unit]) -> None:
    """Two shared rows changed in this order, an event each, and one more event."""
    with transaction.atomic():
        for unit in units:
            Unit.objects.filter(pk=unit.pk).update(sort=F("sort") + 1)
            record(actor, "tests.shared", unit, name=f"{name}-{unit.code}")
        append(actor, name)


def savepoint(actor: User, name: str) -> None:
    with transaction.atomic():
        append(actor, f"{name}-before")
        try:
            with transaction.atomic():
                append(actor, f"{name}-gone")
                raise TakenBack
        except TakenBack:
            append(actor, f"{name}-after")


def taken_back(actor: User, name: str) -> None:
    try:
        with transaction.atomic():
            append(actor, f"{name}-gone")
            raise TakenBack
    except TakenBack:
        pass


def work(writer: int, actor: User, shared: list[Unit], until: float, tell: Tell) -> None:
    """Transactions of all kinds until the time is up (on the clock `time.monotonic`), each told when it is through."""
    chance = random.Random(writer)
    for number in itertools.count():
        if time.monotonic() > until:
            return
        name, kind = f"w{writer}-{number}", chance.choices(list(KINDS), list(KINDS.values()))[0]
        said: dict[str, Any] = {"kind": kind, "tags": [], "shared": []}
        if kind == "one":
            append(actor, name)
            said["tags"] = [name]
        elif kind == "several":
            units = chance.sample(shared, 2)
            try:
                several(actor, name, units)
                said["tags"], said["shared"] = [name], [f"{name}-{unit.code}" for unit in units]
            except OperationalError as error:
                detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", "")
                said["kind"] = "deadlock" if "deadlock" in str(error) and "advisory" not in detail else f"{error!r}"
        elif kind == "savepoint":
            savepoint(actor, name)
            said["tags"] = [f"{name}-before", f"{name}-after"]
        else:
            taken_back(actor, name)
        tell(said)


def main(count: int, seconds: float) -> None:
    actor = officer()
    with transaction.atomic():
        shared = [Unit.objects.create(code=f"S-{n}", name=f"示例共用单位{n}") for n in range(SHARED_ROWS)]
        record(None, "tests.set_up", shared[0])
    until = time.monotonic() + seconds
    writers = {}
    for number in range(count):
        writer = Writer(lambda tell, number=number: work(number, actor, shared, until, tell))
        writers[writer.pipe] = writer
    waiting = set(writers)
    while waiting:
        waiting -= {pipe for pipe in select.select(waiting, [], [])[0] if not writers[pipe].take()}
    ended = Counter(writer.end() for writer in writers.values())
    told = [each for writer in writers.values() for each in writer.told]

    wrong = check()
    tags = Counter(tag for each in told for tag in each["tags"])
    rows = Counter(row for each in told for row in each["shared"])
    if found() != tags:
        wrong.append(f"tags: {(found() - tags) + (tags - found())}")
    stored = Counter(event.facts["name"] for event in Event.objects.filter(verb="tests.shared", leaf__isnull=False))
    if stored != rows:
        wrong.append(f"shared rows: {(stored - rows) + (rows - stored)}")
    if sum(Unit.objects.filter(code__startswith="S-").values_list("sort", flat=True)) != rows.total():
        wrong.append("the shared rows do not say how often they were changed")
    came = {"ended": ended, "kinds": Counter(each["kind"] for each in told), "leaves": log.size(), "wrong": wrong}
    connection.close()
    print(json.dumps(came))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
