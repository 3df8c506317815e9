"""What whoever runs an installation does with it: migrate, examine, back up, restore, make the first accounts.

`qd` calls these after Django is set up. Each prints what it did and returns an exit status (0 = well) or raises
`OpsError`, which names place, reason and remedy.
"""

from __future__ import annotations

from .backup import backup, restore
from .checkpoint import checkpoint
from .doctor import Finding, doctor, examine
from .errors import OpsError
from .setup import createadmin, migrate
from .verify import verify

__all__ = [
    "Finding",
    "OpsError",
    "backup",
    "checkpoint",
    "createadmin",
    "doctor",
    "examine",
    "migrate",
    "restore",
    "verify",
]
