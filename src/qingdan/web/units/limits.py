"""The figures of signing in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

# Failures of one name, and of one network address, within WINDOW; then nobody signs in there for LOCK.
NAME_FAILURES = 5
ADDRESS_FAILURES = 20
WINDOW = LOCK = timedelta(minutes=15)
# How often a session's last use is written down.
SEEN_EVERY_SECONDS = 60


def idle_seconds() -> int:
    """A session unused for this long ends (QD_IDLE_SECONDS, 30 minutes; 0: never)."""
    return int(settings.QD_IDLE_SECONDS)


def password_days() -> int:
    """A password older than this many days must be changed (QD_PASSWORD_DAYS; 0, the default: never)."""
    return int(settings.QD_PASSWORD_DAYS)
