"""What if: a rule is changed; who gains, who loses, what does it cost, and which clause keeps enterprises out.

* `study`      : the present rules matched once with a register; edits and scenarios compared with them
* `runs`       : one rule over all segments: counts, lists, costs
* `settling`   : costs of several rules after the groups of awards that do not simply add up
* `effects`    : what one edit changes, also by district, industry or size
* `within_one` : the enterprises that a single clause keeps out
* `allocate`   : a limited fund shared out, exact to the fen
* `words`      : changes and figures in Chinese
"""

from __future__ import annotations

from qingdan.rules.whatif.allocate import Allocation, How, Share, allocate
from qingdan.rules.whatif.effects import CodeRow, Effect
from qingdan.rules.whatif.runs import Cost
from qingdan.rules.whatif.study import Scenario, WhatIf, edited_rules
from qingdan.rules.whatif.within_one import Clause, WithinOne

__all__ = [
    "Allocation",
    "Clause",
    "CodeRow",
    "Cost",
    "Effect",
    "How",
    "Scenario",
    "Share",
    "WhatIf",
    "WithinOne",
    "allocate",
    "edited_rules",
]
