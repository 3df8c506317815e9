"""PostgreSQL, with the log sealed at commit."""

from __future__ import annotations

from django.db.backends.postgresql import base

from .. import SealsEvents


class DatabaseWrapper(SealsEvents, base.DatabaseWrapper):
    pass
