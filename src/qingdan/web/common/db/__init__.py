"""Database backends that put the events of a transaction into the log just before it commits.

At that moment, and not when an event is recorded, the log's order is settled: the lock that keeps the sequence dense
is then the last one a transaction takes, so two transactions can never wait for one another through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.utils import DatabaseError, IntegrityError

if TYPE_CHECKING:
    from ..models import Event


class SealsEvents:
    """Mixed into a database wrapper: `unsealed` holds the events recorded in this transaction, in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unsealed: list[Event] = []
        # How many there were when a savepoint was made: a rollback to it takes the later ones back.
        self.unsealed_at: dict[str, int] = {}

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

    def _savepoint(self, sid: str) -> None:
        super()._savepoint(sid)  # type: ignore[misc]
        self.unsealed_at[sid] = len(self.unsealed)

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        del self.unsealed[self.unsealed_at.get(sid, 0) :]

    def _rollback(self) -> None:
        self._forget()
        super()._rollback()  # type: ignore[misc]

    def connect(self) -> None:
        # A connection that broke took its transaction with it.
        self._forget()
        super().connect()  # type: ignore[misc]

    def _forget(self) -> None:
        self.unsealed.clear()
        self.unsealed_at.clear()
