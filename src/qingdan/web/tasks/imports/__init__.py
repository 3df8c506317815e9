"""Reading what was uploaded against what is stored. Nothing in this package writes but `writing`.

`reading`  : the file's ledgers and rows, read once and kept for a while
`rows`     : what a preview consists of: rows with action, problems, notes and changes
`names`    : unit lists against the known units and the answers given
`stored`   : the tasks that are there, and which of them a row means
`preview`  : a ledger's preview (tasks), `filled`: a filled report template's, `news`: pasted text's
`writing`  : the rows of a preview into the database, for the services
"""

from .preview import preview_of
from .rows import Action, Preview, Row

__all__ = ["Action", "Preview", "Row", "preview_of"]
