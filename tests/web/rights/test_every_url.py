"""Every address, called by every role: what happens is what the reviewed table says (``table.csv``).

A new address, or a right that changed, shows here as a difference. When it is meant, write the table anew
(``python -m tests.web.rights.update``) and have the difference of table.csv reviewed.
"""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from qingdan.web.common import clock

from .addresses import Address, addresses
from .world import COLUMNS, World

# The database is set up only when a test asks for it by this mark; the world itself is built once, below.
pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("table.csv")
METHODS = ("GET", "POST")
HEAD = ["address", "method", *COLUMNS]
Row = dict[str, str]
# Business words of the samples (tests/web/tasks/samples.py), and who must never be shown them.
ADMINS = ("system_admin", "security_admin", "audit_admin")
OUTSIDE = ("signed_out", "nobody", "reporter_elsewhere", "signer_elsewhere", "embedded_elsewhere", *ADMINS)
HIDDEN = {"样本甲": OUTSIDE, "样本乙": (*OUTSIDE, "reporter_support", "signer_support")}
# The auditor reads the log of everything that was done; that is the auditor's work.
MAY_READ_ALL = {(name, "audit_admin") for name in ("units:audit", "units:audit_of", "units:audit_csv")}


def read_table() -> dict[tuple[str, str], Row]:
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as handle:
        return {(row["address"], row["method"]): row for row in csv.DictReader(handle)}


def write_table(rows: dict[tuple[str, str], Row]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, HEAD, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))


def outcome(response: HttpResponse) -> str:
    """The class of an answer, as the table writes it. A server error is never an accepted answer."""
    status = response.status_code
    if 300 <= status < 400:
        return "signin" if response.headers["Location"].startswith(reverse("units:signin")) else "redirect"
    if status == 204:
        return "empty"
    if 200 <= status < 300:
        return "ok"
    known = {400: "invalid", 401: "signin", 403: "forbidden", 404: "not-found", 405: "bad-method", 409: "invalid"}
    known[422] = "invalid"
    assert status in known, f"status {status}"
    return known[status]


def words(response: HttpResponse) -> str:
    """All text of an answer: of the page, or of the parts inside a workbook or Word file."""
    data = response.getvalue() if response.streaming else response.content
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    return data.decode("utf-8", "replace")


class Caller:
    """Calls addresses as each role; whatever a call changes is taken back."""

    def __init__(self) -> None:
        self.world = World.build()
        # What a call showed that its role must not see: (address, method, column, mark).
        self.leaks: list[tuple[str, str, str, str]] = []
        self.client = Client()
        self.cookies = {"signed_out": ""}
        for column, user in self.world.users.items():
            one = Client()
            one.force_login(user)
            self.cookies[column] = one.cookies[settings.SESSION_COOKIE_NAME].value

    @contextmanager
    def signed_in(self, column: str) -> Iterator[Client]:
        """The browser of this column's person; what it changes is taken back at the end."""
        self.client.cookies = SimpleCookie()
        if cookie := self.cookies[column]:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        with transaction.atomic():
            yield self.client
            transaction.set_rollback(True)

    def call(self, address: Address, method: str, column: str) -> str:
        kwargs = {param: self.world.sample(address.name, param) for param in address.params}
        url = reverse(address.name, kwargs=kwargs)
        with self.signed_in(column) as client:
            response = client.generic(method, url, content_type="application/x-www-form-urlencoded")
            text = words(response)
        for mark, columns in HIDDEN.items():
            if column in columns and mark in text and (address.name, column) not in MAY_READ_ALL:
                self.leaks.append((address.id, method, column, mark))
        try:
            return outcome(response)
        except AssertionError as error:
            raise AssertionError(f"{method} {url} as {column}: {error}") from None


@pytest.fixture(scope="module")
def caller(django_db_setup: None, django_db_blocker: object) -> Iterator[Caller]:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    with django_db_blocker.unblock(), clock.at(date(2017, 7, 12)), transaction.atomic():
        yield Caller()
        transaction.set_rollback(True)
    logging.getLogger("django.request").setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def written(request: pytest.FixtureRequest) -> Iterator[dict[tuple[str, str], Row] | None]:
    """Collects the new table when it is to be written; None when it is only to be compared."""
    if not request.config.getoption("--update-rights", default=False):
        yield None
        return
    # A row whose address could not be called stays as it was, and its test fails.
    present = {address.id for address in addresses()}
    rows = {key: row for key, row in read_table().items() if key[0] in present}
    yield rows
    write_table(rows)


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.id)
def test_each_role_gets_what_the_reviewed_table_says(address, caller, written):
    reviewed = read_table()
    for method in METHODS:
        row = {"address": address.id, "method": method}
        row |= {column: caller.call(address, method, column) for column in COLUMNS}
        if written is not None:
            written[address.id, method] = row
            continue
        expected = reviewed.get((address.id, method))
        assert expected is not None, (
            f"{method} {address.id} is not in the reviewed table; it answers {row}. When that is right: "
            "python -m tests.web.rights.update"
        )
        wrong = {c: f"{expected.get(c)} -> {row[c]}" for c in COLUMNS if expected.get(c) != row[c]}
        assert not wrong, f"{method} {address.id}, reviewed -> now: {wrong}"
    leaks = [leak for leak in caller.leaks if leak[0] == address.id]
    assert not leaks, f"shown to a role that must not see it: {leaks}"


def test_the_table_lists_no_address_that_is_gone(request):
    if request.config.getoption("--update-rights", default=False):
        return
    gone = {name for name, _ in read_table()} - {address.id for address in addresses()}
    assert not gone, "python -m tests.web.rights.update"


def test_a_signed_out_person_reaches_only_what_is_open_to_all():
    open_to_all = {
        "units:signin", "units:signout", "set_language", "common:type_size", "common:healthz", "common:readyz",
        "healthz", "readyz",
        # The log is public: hashes, signatures, and how to check them.
        "trust:about", "trust:check", "trust:checkpoint", "trust:checkpoint-code", "trust:verify",
        "trust:log-checkpoint", "trust:log-checkpoint-of", "trust:log-consistency", "trust:log-cosign",
        "trust:log-keys", "trust:log-leaves", "trust:log-verifier",
    }  # fmt: skip
    for (address, method), row in read_table().items():
        if address.partition("(")[0] not in open_to_all:
            assert row["signed_out"] == "signin", f"{method} {address}: {row['signed_out']}"


REFUSED = {"forbidden", "not-found", "bad-method"}
READERS = ("leader", "discipline", "embedded")
# The one thing that a leader does: give a problem to somebody and answer it.
LEADERS_VERBS = {"tasks:problem-assign(pk)", "tasks:problem-answer(pk)"}


@pytest.mark.parametrize("column", ["nobody", *ADMINS])
def test_an_administrator_reaches_no_page_of_the_business(column):
    reached = {key: row[column] for key, row in read_table().items() if key[0].startswith("tasks:")}
    assert reached and not {key: what for key, what in reached.items() if what not in REFUSED}


@pytest.mark.parametrize("column", [*READERS, "embedded_elsewhere"])
def test_leaders_and_the_discipline_bodies_only_read(column):
    done = {key[0]: row[column] for key, row in read_table().items() if key[1] == "POST" and key[0][:6] == "tasks:"}
    if column == "leader":
        assert {done.pop(name) for name in LEADERS_VERBS} == {"invalid"}, "empty forms of a leader's own verbs"
    assert done and not {name: what for name, what in done.items() if what not in REFUSED}


@pytest.mark.parametrize("column", ["reporter_elsewhere", "signer_elsewhere", "embedded_elsewhere"])
def test_a_unit_without_part_finds_none_of_the_others_objects(column):
    # The week belongs to everybody who reports; what is in it does not.
    shared = {"tasks:missing(period_id)", "tasks:missing-file(period_id)"}
    rows = {key: row[column] for key, row in read_table().items() if key[0].startswith("tasks:") and "(" in key[0]}
    found = {key: what for key, what in rows.items() if what not in REFUSED and key[0] not in shared}
    assert rows and not found


def test_a_draft_list_and_its_lines_are_the_offices_alone(caller):
    work = caller.world.shared["work"]
    line = work.draft.lines.get(task=work.shared)
    addresses_of_draft = [
        reverse("tasks:edition", args=[work.draft.pk]),
        reverse("tasks:edition-diff", args=[work.draft.pk, work.july.pk]),
        reverse("tasks:list-file", args=[work.draft.pk]),
        reverse("tasks:overview-of", args=[work.draft.pk]),
        reverse("tasks:line", args=[line.pk]),
    ]
    for column in COLUMNS:
        if column in {"signed_out", "supervisor", "supervision_head"}:
            continue
        with caller.signed_in(column) as client:
            got = {url: client.get(url).status_code for url in addresses_of_draft}
        assert set(got.values()) == {404}, f"{column}: {got}"


def test_an_address_without_a_sample_says_where_to_add_one(caller):
    with pytest.raises(LookupError, match=r"SAMPLES in tests/web/<area>/samples.py"):
        caller.world.sample("made:up", "no_such_thing")
