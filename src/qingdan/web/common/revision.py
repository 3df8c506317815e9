"""Values read from a few rows and kept in memory, never staler than the next request.

Each value has a random token in a `Setting` row that changes with every change of the rows. A process reads the
token again once per request and at least every two seconds, and reloads when it differs. So several web and
worker processes agree without a message between them, and a change that was rolled back takes its token with it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from django.core.signals import request_started
from django.db import transaction

from .models import Setting

T = TypeVar("T")
SECONDS = 2.0
PREFIX = "revision:"


class Revised(Generic[T]):
    """``Revised("calendar", load)``: `get` gives what ``load`` read, `touch` says that the rows changed."""

    def __init__(self, name: str, load: Callable[[], T]) -> None:
        self.name, self.load = PREFIX + name, load
        # (token, value, read at): replaced as a whole, so threads never see a half of it.
        self._kept: tuple[str, T, float] | None = None
        # What only this thread sees, because its transaction has not ended: (token written, value or None).
        self._own = threading.local()
        request_started.connect(self._ask_again, weak=False, dispatch_uid=f"qingdan-{self.name}")

    def get(self) -> T:
        """The value as of now: one query when the token is due, none otherwise."""
        if (written := getattr(self._own, "written", None)) is not None:
            if transaction.get_connection().in_atomic_block and self._token() == written:
                if getattr(self._own, "value", None) is None:
                    self._own.value = self.load()
                return cast(T, self._own.value)
            self._own.written = self._own.value = None  # the transaction ended, one way or the other
            self._ask_again()
        kept = self._kept
        if kept is not None and time.monotonic() - kept[2] < SECONDS:
            return kept[1]
        token = self._token()
        value = kept[1] if kept is not None and kept[0] == token else self.load()
        self._kept = (token, value, time.monotonic())
        return value

    def touch(self, **_: Any) -> None:
        """The rows behind the value changed; call it in the same transaction."""
        token = secrets.token_hex(8)
        Setting.objects.update_or_create(pk=self.name, defaults={"value": token})
        self._own.written, self._own.value = token, None

    def _token(self) -> str:
        return str(Setting.objects.filter(pk=self.name).values_list("value", flat=True).first() or "")

    def _ask_again(self, **_: Any) -> None:
        if (kept := self._kept) is not None:
            self._kept = (kept[0], kept[1], float("-inf"))
