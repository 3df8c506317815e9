"""Every rule against every enterprise.

* `engine`  : rules made ready once, then matched with tables or segments of a register
* `results` : the matches of a whole register as Parquet files, segment by segment, with progress and resumption
"""

from __future__ import annotations

from qingdan.rules.match.engine import Matcher, Matches
from qingdan.rules.match.results import Summary, match_register

__all__ = ["Matcher", "Matches", "Summary", "match_register"]
