"""A witness: another body that watches a log without trusting whoever runs it.

It looks at the log's checkpoints on its own machine, with its own key, and cosigns only what continues everything it
has seen before; whatever contradicts that it refuses and keeps as evidence. Formats: `docs/log-format.md`.

`judge` holds the rules, `folder` the memory and the evidence, `transport` the asking, `witness` brings them together,
`commands` is `qd witness`. Nothing here knows Django, the web or a database.
"""

from .errors import Unreachable, WitnessError
from .transport import Answer, Fetch, Http
from .witness import Round, Witness

__all__ = ["Answer", "Fetch", "Http", "Round", "Unreachable", "Witness", "WitnessError"]
