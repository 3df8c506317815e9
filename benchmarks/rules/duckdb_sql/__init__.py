"""The whole condition language as SQL: a second way to the state of every rule for every enterprise of a register.

* `states`    : the four things that a condition can be, and how they combine, as SQL
* `figures`   : numbers of the enterprise as exact integer expressions
* `clauses`   : the leaves
* `translate` : the tree, and the door: `possible_states`

It shares the language, the catalogue and the code trees with the library, and none of the evaluator's arithmetic.
"""

from benchmarks.rules.duckdb_sql.figures import Untranslatable
from benchmarks.rules.duckdb_sql.states import MANUAL, MET, NOT_APPLICABLE, UNMET
from benchmarks.rules.duckdb_sql.translate import possible_states, translatable

__all__ = ["MANUAL", "MET", "NOT_APPLICABLE", "UNMET", "Untranslatable", "possible_states", "translatable"]
