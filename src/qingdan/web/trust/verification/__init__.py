"""The whole log checked from the ground up: every hash made again, every stored row compared with the event that
accounts for it. Reads past Django, so that what is checked is what the database holds."""

from .database import Database, open_copy, over_connection
from .run import Progress, Report, verify

__all__ = ["Database", "Progress", "Report", "open_copy", "over_connection", "verify"]
