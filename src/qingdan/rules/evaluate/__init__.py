"""The reference evaluator: one rule, one enterprise, everything explained.

* `facts`      : what is known, by field and period
* `states`     : how states combine
* `numbers`    : figures as spans, one number or what it can still be
* `clauses`    : the leaves
* `conditions` : the tree
* `amounts`    : what an award comes to
* `result`     : the outcome as data, Chinese text and HTML
* `rules`      : a rule with its awards; awards of several rules settled together
"""

from __future__ import annotations

from qingdan.rules.evaluate.amounts import AmountState, Sum
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.result import Outcome
from qingdan.rules.evaluate.rules import RuleOutcome, Settled, explain, explain_version, settle

__all__ = ["AmountState", "Facts", "Outcome", "RuleOutcome", "Settled", "Sum", "explain", "explain_version", "settle"]
