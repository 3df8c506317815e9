"""What awards come to for many enterprises at once: `evaluate.amounts` as arrays, to the same fen.

* `integers` : exact arithmetic on arrays: 64 bits where they hold the result, Python's own integers where not
* `sums`     : amounts of many enterprises, and any of several amounts
* `rows`     : some enterprises of a block
* `figures`  : figures of many enterprises
* `growing`  : amounts that grow with a figure, as exact fractions
* `nodes`    : every amount there is
* `program`  : the awards of one rule, made once and used for many blocks
* `settled`  : awards of several rules that do not simply add up
"""

from __future__ import annotations

from qingdan.rules.amounts.program import AmountProgram
from qingdan.rules.amounts.settled import aligned, payable, settle_bulk
from qingdan.rules.amounts.sums import STATES, BulkSum

__all__ = ["STATES", "AmountProgram", "BulkSum", "aligned", "payable", "settle_bulk"]
