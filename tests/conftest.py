"""Fixtures for every test that touches the database; the people and units here are made up."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

# A test run keeps its files away from anybody's data; the database comes from DATABASE_URL.
os.environ.setdefault("QD_DATA", tempfile.mkdtemp(prefix="qd-test-"))
os.environ.setdefault("QD_SECRET_KEY", "tests-only")
# The clock of tests starts in the demo's July; the password hasher below makes sign-ins quick.
os.environ.pop("QD_CLOCK", None)

import pytest
from django.core.management.commands import flush
from django.db import connection, connections, transaction
from django.test import TestCase

from qingdan.web.common import clock, triggers
from qingdan.web.common.events import record
from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User
from tests.accounting import every_change_has_its_event, in_a_test_transaction

TODAY = date(2017, 7, 12)  # a Wednesday


@pytest.fixture(autouse=True)
def settings_of_tests(settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.QD_DISTRICT = "成都市郫都区,郫都区,郫县"


@pytest.fixture(autouse=True, scope="session")
def emptying_a_test_database_lifts_the_triggers() -> Iterator[None]:
    """Emptying the database between tests needs the insert-only triggers away; migration lays them again."""
    handle = flush.Command.handle

    def lifted(self: flush.Command, **options: object) -> None:
        triggers.remove(connections[str(options["database"])])
        handle(self, **options)

    flush.Command.handle = lifted  # type: ignore[method-assign]
    yield
    flush.Command.handle = handle  # type: ignore[method-assign]


@contextmanager
def set_up() -> Iterator[None]:
    """Rows that a test puts there itself: they need an event like any other, or their transaction does not commit."""
    with transaction.atomic():
        yield
        if not in_a_test_transaction():
            record(None, "tests.set_up", Unit(pk=0, name="tests"))


@pytest.fixture(autouse=True, scope="session")
def rows_put_there_by_a_test_get_their_event_at_its_end() -> Iterator[None]:
    """Before a test's transaction is taken back Django asks whether it could have committed."""
    ask = TestCase._fixture_teardown

    def answered(self: TestCase) -> None:
        if not connection.needs_rollback and connection.in_atomic_block:
            record(None, "tests.set_up", Unit(pk=0, name="tests"))
        ask(self)

    TestCase._fixture_teardown = answered  # type: ignore[method-assign]
    yield
    TestCase._fixture_teardown = ask  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def changes_of_the_product_are_accounted_for() -> Iterator[None]:
    with every_change_has_its_event():
        yield


@pytest.fixture
def standing_clock() -> Iterator[date]:
    """The clock stands at nine on Wednesday 12 July 2017."""
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture
def unit(db: None) -> Callable[..., Unit]:
    """Make (or find) a unit by name: ``unit("区住建局")``, ``unit("某公司", kind=Unit.Kind.COMPANY)``."""

    def make(name: str, **fields: object) -> Unit:
        with set_up():
            found, _ = Unit.objects.get_or_create(name=name, defaults={"code": f"U-{name}", **fields})
        return found

    return make


@pytest.fixture
def person(unit: Callable[..., Unit]) -> Callable[..., User]:
    """Make a person in a post with a role: ``person(Role.REPORTER, "区住建局")``.

    For the embedded group the unit named is the bureau that it watches. The password is ``Test-pass-2017``.
    """

    def make(role: str, unit_name: str = "区目督办", username: str = "") -> User:
        with set_up():
            return put_there(role, unit_name, username)

    def put_there(role: str, unit_name: str, username: str) -> User:
        about = unit(unit_name)
        home = unit("派驻纪检监察组") if role == Role.EMBEDDED else about
        post, _ = Post.objects.get_or_create(unit=home, title=f"{Role(role).label}岗-{unit_name}")
        PostRole.objects.get_or_create(
            post=post, role=role, since=date(2000, 1, 1), unit=about if role == Role.EMBEDDED else None
        )
        user = User.objects.create_user(
            username or f"{role}-{User.objects.count()}",
            "Test-pass-2017",
            name=f"{unit_name}{Role(role).label}",
            must_change_password=False,
        )
        Holding.objects.create(post=post, user=user, since=date(2000, 1, 1))
        return user

    return make
