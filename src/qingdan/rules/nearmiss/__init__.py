"""Near miss: the least that would make an enterprise entitled, and the questions whose answers decide most.

* `plans`     : what facts would have to be, what that costs, the facts as they would be
* `lines`     : the nearest numbers that satisfy sums of facts
* `clauses`   : what would make a single clause met or unmet
* `tree`      : dynamic programming over the conditions
* `search`    : proposals, each checked by the reference evaluator
* `result`    : what is lacking as data, Chinese text and HTML
* `questions` : the missing facts that would decide most rules
"""

from __future__ import annotations

from qingdan.rules.nearmiss.plans import Changeable, Kind, Way
from qingdan.rules.nearmiss.questions import Question, questions
from qingdan.rules.nearmiss.result import Change, NearMiss, Proposal
from qingdan.rules.nearmiss.search import near_miss

__all__ = ["Change", "Changeable", "Kind", "NearMiss", "Proposal", "Question", "Way", "near_miss", "questions"]
