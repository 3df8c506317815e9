"""What the tests of the ground floor share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection


def url_of(name: str) -> str:
    """The DATABASE_URL of the PostgreSQL database ``name`` on the server under test."""
    server = connection.settings_dict
    password = f":{server['PASSWORD']}" if server["PASSWORD"] else ""
    port = f":{server['PORT']}" if server["PORT"] else ""
    return f"postgresql://{server['USER']}{password}@{server['HOST']}{port}/{name}"


@pytest.fixture
def database_for_others(transactional_db: None, tmp_path: Path) -> Callable[[], str]:
    """Gives a DATABASE_URL under which other processes find what the test has stored so far.

    SQLite in memory belongs to this process alone, so others get a copy in a file.
    """

    def give() -> str:
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            return url_of(connection.settings_dict["NAME"])
        path = tmp_path / "shared.sqlite3"
        copy = sqlite3.connect(path)
        connection.connection.backup(copy)
        copy.close()
        return f"sqlite:///{path}"

    return give
