"""What runs by the clock: a checkpoint for every minute in which something was recorded."""

from __future__ import annotations

from datetime import datetime

from qingdan.web.common.scheduler import every, scheduled

from .services import checkpoints


@scheduled("trust.checkpoint", every(1))
def sign_checkpoint(slot: datetime) -> str:
    """Sign the log; when it contradicts itself, tell those who must know and fail."""
    try:
        made = checkpoints.make_checkpoint()
    except checkpoints.Contradiction as refusal:
        checkpoints.tell(refusal)
        raise
    return f"size {made.size}" if made else ""
