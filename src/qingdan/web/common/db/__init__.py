"""Database backends that put the events of a transaction into the log just before it commits.

At that moment, and not when an event is recorded, the log's order is settled: the lock that keeps the sequence dense
is then the last one a transaction takes, so two transactions can never wait for one another through it.
"""

from __future__ import annotations

from typing import Any

from django.db.utils import DatabaseError, IntegrityError


class SealsEvents:
    """Mixed into a database wrapper: `unsealed` holds the numbers of the events recorded in this transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unsealed: list[int] = []

    def _commit(self) -> None:
        if self.unsealed:
            from ..log import seal  # models are not ready when the backend is loaded

            try:
                seal(self)  # type: ignore[arg-type]
            except DatabaseError:
                raise
            except Exception as error:
                # Django rolls back on database errors only; whatever fails here must undo the change too.
                raise IntegrityError(f"the events of this transaction could not be logged: {error}") from error
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.unsealed.clear()
        super()._rollback()  # type: ignore[misc]

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        if not self.in_atomic_block:  # type: ignore[attr-defined]
            self.unsealed.clear()
