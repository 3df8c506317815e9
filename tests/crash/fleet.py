"""Writers in processes of their own, forked from one that is warm, and what must be true of the log they leave.

Each tells on a pipe, a line at a time, what a service has acknowledged: after its transaction returned, never before.
Runs in a process of its own inside an installation (see `serving`): it forks, and it closes every connection first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from qingdan.evidence import merkle  # noqa: E402
from qingdan.web.common import log  # noqa: E402
from qingdan.web.common.events import record  # noqa: E402
from qingdan.web.common.models import Event, Leaf  # noqa: E402
from qingdan.web.tasks.models import Tag  # noqa: E402
from qingdan.web.tasks.services import plans  # noqa: E402
from qingdan.web.trust.verification import over_connection, verify  # noqa: E402
from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User  # noqa: E402

Tell = Callable[[Any], None]


def officer() -> User:
    """A made-up person who may add tags, with everything about them read already."""
    with transaction.atomic():
        unit = Unit.objects.create(code="CRASH", name="示例督办单位")
        post = Post.objects.create(unit=unit, title="示例岗位")
        PostRole.objects.create(post=post, role=Role.SUPERVISOR, since=date(2000, 1, 1))
        user = User.objects.create_user("officer", None, name="示例督办员", must_change_password=False)
        Holding.objects.create(post=post, user=user, since=date(2000, 1, 1))
        record(None, "tests.set_up", unit)
    assert user.post_label
    return user


def append(actor: User, name: str) -> None:
    """One event, by a service as the pages call it: a tag of this name, which nothing else makes."""
    plans.add_tag(actor, Tag.Kind.ZONE, name)


class Writer:
    """A forked process that runs ``work(tell)``; what it tells is kept in ``told``, line by line."""

    def __init__(self, work: Callable[[Tell], None]) -> None:
        connection.close()
        reading, writing = os.pipe()
        self.told: list[Any] = []
        self._rest = b""
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                os.close(reading)
                work(lambda said: _write(writing, said))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        os.close(writing)
        self.pipe = reading

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def take(self) -> bool:
        """Take in what it told meanwhile, waiting for something; False when nothing more will come."""
        part = os.read(self.pipe, 1 << 16)
        # A line that a kill cut off was not told.
        *lines, self._rest = (self._rest + part).split(b"\n")
        self.told += map(json.loads, lines)
        return bool(part)

    def end(self) -> int:
        """Wait for its end and take in all that it told; gives its exit status, negative for a signal."""
        while self.take():
            pass
        os.close(self.pipe)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _write(pipe: int, said: Any) -> None:
    os.write(pipe, json.dumps(said).encode() + b"\n")


def check() -> list[str]:
    """Everything that does not hold of the database and its log; empty when all does."""
    database = over_connection(connection)
    try:
        report = verify(database, hash_name=str(settings.QD_LOG_HASH))
    finally:
        database.close()
    wrong = [f"{place}: {what}" for place, what in report.findings]
    size = log.size()
    indexes = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    if indexes != list(range(size)) or size != Event.objects.count():
        wrong.append(f"{len(indexes)} leaves up to {size}, {Event.objects.count()} events")
    if merkle.root([bytes(each) for each in Leaf.objects.order_by("index").values_list("hash", flat=True)]) != (
        log.root(size)
    ):
        wrong.append("the root from stored nodes is not that of the leaves")
    return wrong


def found() -> Counter[str]:
    """How often each tag's event is in the log; a tag without its event and an event without its tag count as -1."""
    events = Counter(
        Event.objects.filter(verb="tasks.add_tag", leaf__isnull=False).values_list("object_label", flat=True)
    )
    tags = set(Tag.objects.values_list("name", flat=True))
    return events + Counter() if tags == set(events) else Counter(dict.fromkeys(tags ^ set(events), -1))


def lost_and_doubled(acknowledged: Iterable[str]) -> list[str]:
    """What was acknowledged and is not there, and what is there other than once."""
    present = found()
    lost = [f"lost: {name}" for name in acknowledged if name not in present]
    return lost + [f"{count} times: {name}" for name, count in present.items() if count != 1]
