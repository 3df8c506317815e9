"""The digest of a stored row, as the triggers write it into `Claim` and as the checker makes it again.

A seal is 32 hex digits of a random salt and 64 hex digits of ``SHA-256(salt ‖ text)``. The text of a row is, on
SQLite, the JSON list of its table, its columns and its values; on PostgreSQL ``to_jsonb(row)::text``. The log commits
to the SHA-256 of the seal. That alone stays of the seal when a row's former content is erased: without the salt it is
worthless to whoever guesses at the content.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

SALT_DIGITS = 32
SEAL_DIGITS = SALT_DIGITS + 64
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def row_text(table: str, columns: str, *values: Any) -> str:
    """The text of an SQLite row; ``columns`` are the names, comma separated, ``values`` as sqlite3 gives them."""
    plain = [{"hex": value.hex()} if isinstance(value, bytes) else value for value in values]
    return _json([table, columns, *plain])


def digest(salt: str, text: str) -> str:
    # surrogatepass: a row's text must have a digest even where an attacker left half a character in it.
    return hashlib.sha256((salt + text).encode("utf-8", "surrogatepass")).hexdigest()


def seal(text: str) -> str:
    salt = secrets.token_hex(SALT_DIGITS // 2)
    return salt + digest(salt, text)


def seal_row(table: str, columns: str, *values: Any) -> str:
    """SQL function ``qd_seal_row(table, columns, value, ...)`` of the SQLite triggers."""
    return seal(row_text(table, columns, *values))


def holds(claimed: str, text: str) -> bool:
    """Whether the row's text is the one sealed; never for a seal that was wiped."""
    salt, sum_ = claimed[:SALT_DIGITS], claimed[SALT_DIGITS:]
    return len(claimed) == SEAL_DIGITS and digest(salt, text) == sum_


def wiped(seal: str) -> str:
    """What stays of a seal when it is wiped, and what the log commits to: 64 hex digits. A wiped one stays as it is."""
    return hashlib.sha256(seal.encode()).hexdigest() if len(seal) == SEAL_DIGITS else seal
