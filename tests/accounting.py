"""In every test: what the product writes is accounted for by an event before its transaction, or its request, ends.

The database refuses the commit otherwise, but most tests never commit: their transaction is taken back. So the
same is asked here, at the end of each outermost transaction that the product opens and of each request.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.transaction import Atomic
from django.test import Client

OPEN = {
    "sqlite": "SELECT count(*) FROM common_claim WHERE batch = (SELECT COALESCE(MAX(batch), 0) + 1 FROM common_event)",
    "postgresql": "SELECT count(*) FROM common_claim "
    "WHERE batch = NULLIF(current_setting('qd.batch', true), '')::bigint",
}
WHICH = 'SELECT op, "table", "key" FROM common_claim ORDER BY id DESC LIMIT 20'


def in_a_test_transaction() -> bool:
    """Whether the test as a whole is one transaction that is taken back."""
    return any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _ask(query: str) -> list[Any]:
    # Past Django, so that tests that count queries do not count this one.
    cursor = connection.connection.cursor()
    try:
        return list(cursor.execute(query).fetchall())
    finally:
        cursor.close()


def open_claims() -> int:
    """How many rows were written since the last event of this transaction."""
    return int(_ask(OPEN[connection.vendor])[0][0])


def without_event(before: int) -> str:
    """What to say of rows written since there were ``before`` open ones and no event since; empty when all is well."""
    more = open_claims() - before
    return f"rows without an event: {_ask(WHICH)[:more]}" if more > 0 else ""


def _by_the_product(frame: Any) -> bool:
    """Whether the code that opened the transaction is ours: ``with atomic():``, or a decorated function."""
    name = frame.f_globals.get("__name__", "")
    if name == "contextlib":
        name = getattr(frame.f_locals.get("func"), "__module__", "") or ""
    return bool(name.startswith("qingdan."))


@contextmanager
def every_change_has_its_event() -> Iterator[None]:
    """While it lasts, a change of the product without an event fails the test."""
    enter, leave, request = Atomic.__enter__, Atomic.__exit__, Client.request
    begun: dict[int, int] = {}

    def entered(self: Atomic) -> None:
        outermost = in_a_test_transaction() and len(connection.atomic_blocks) == _outer()
        enter(self)
        if outermost and _by_the_product(sys._getframe(1)) and not connection.needs_rollback:
            begun[id(self)] = open_claims()

    def left(self: Atomic, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        before, found = begun.pop(id(self), None), ""
        if before is not None and exc_type is None and not connection.needs_rollback:
            found = without_event(before)
        leave(self, exc_type, exc_value, traceback)
        assert not found, found

    def requested(self: Client, **given: Any) -> Any:
        if not in_a_test_transaction() or connection.needs_rollback:
            return request(self, **given)
        before = open_claims()
        response = request(self, **given)
        if not connection.needs_rollback:
            found = without_event(before)
            assert not found, found
        return response

    Atomic.__enter__, Atomic.__exit__, Client.request = entered, left, requested  # type: ignore[method-assign]
    try:
        yield
    finally:
        Atomic.__enter__, Atomic.__exit__, Client.request = enter, leave, request  # type: ignore[method-assign]


def _outer() -> int:
    """The blocks that belong to the test itself: its class's and its own."""
    return sum(1 for block in connection.atomic_blocks if getattr(block, "_from_testcase", False))
