"""A log that grows, witnesses that look at it, and somebody who tampers with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection, transaction
from django.test import Client

from qingdan.evidence.signers import Signer
from qingdan.web.common import clock, log, triggers
from qingdan.web.common.events import record
from qingdan.web.units.models import Unit
from qingdan.witness import Answer, Witness
from qingdan.witness.folder import Folder

NAME = "jiwei"


def grow(count: int = 1) -> int:
    """So many things happen; gives the size of the log."""
    with transaction.atomic():
        for _ in range(count):
            record(None, "tests.happened", Unit(pk=0, name="tests"))
        log.seal_now()
    return log.size()


def tamper(*statements: str) -> None:
    """What somebody with the database's password can do."""
    triggers.remove(connection)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def signer(name: str = NAME, seed: int = 1) -> Signer:
    return Signer(name, bytes([seed]) * 32, "cosignature")


def ask(path: str, limit: int, form: Mapping[str, str] | None = None) -> Answer:
    """How a witness reaches the site, without a network."""
    if form is None:
        response = Client().get(path)
    else:
        response = Client().post(path, urlencode(form), content_type="application/x-www-form-urlencoded")
    return Answer(response.status_code, response.content[:limit], cut=len(response.content) > limit)


def watch(folder: Path, name: str = NAME) -> Witness:
    """A new witness that lives at the time of the tests' clock."""
    Folder(folder).make()
    return Witness(folder, signer(name), ask, now=lambda: clock.now().timestamp())
