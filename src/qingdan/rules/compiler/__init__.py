"""From rules to one program for all enterprises: conditions to gates, facts to small codes.

* `columns`    : columns of facts, and blocks of enterprises that have them
* `literals`   : what is asked of a column; `derived`: of several columns together, or of lists
* `circuit`    : literals and gates, each once; `combine`: how the states of parts combine
* `leaves`, `conditions`, `scores` : the conditions of the language as gates
* `attributes` : the codes that the literals need of each column
* `program`    : rows of bits and the instructions that a kernel runs
"""

from __future__ import annotations

from qingdan.rules.compiler.program import Program, Result, compile_conditions, compile_rules

__all__ = ["Program", "Result", "compile_conditions", "compile_rules"]
