"""One enterprise at once against all rules: the state of every condition, and what a changed fact makes flip.

* `adviser`  : the doors: `Adviser`, and an enterprise's `Standing`
* `trees`    : every condition of a rule with its gates, in the order of the explanation
* `network`  : the gates of all rules as arrays, forwards and backwards
* `readers`  : facts to rows of the network's table; `possible`: facts derived from several columns
* `fast`     : the network run by Numba (`kernel.single`); `plain`: by NumPy and Python, where Numba does not run
"""

from __future__ import annotations

from qingdan.rules.single.adviser import Adviser, Flip, Standing
from qingdan.rules.single.trees import Branch

__all__ = ["Adviser", "Branch", "Flip", "Standing"]
