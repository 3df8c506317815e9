"""SQLite, with the log sealed at commit and the function by which triggers account for rows."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base

from ...rows import seal_row
from .. import SealsEvents


class DatabaseWrapper(SealsEvents, base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function("qd_seal_row", -1, seal_row)
        return connection
