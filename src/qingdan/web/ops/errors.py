"""Why a command of operations did not do its work."""

from qingdan.web.common.errors import DomainError


class OpsError(DomainError):
    """A command that cannot go on; nothing was changed. ``place``, ``reason`` and ``remedy`` are for its caller."""
