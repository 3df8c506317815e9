"""What the database itself says of its tables: columns, constraints, indexes, rules, and on PostgreSQL of the functions
that triggers run. Triggers are in `triggers`.

A constraint that was taken away lets in what the program would never write. So each adoption by the log (see
`claims.adopt`) records a digest over all of it, and the checker makes it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

# One line of texts for each thing, in any order. Left out is what comes and goes in honest use: SQLite's statistics,
# PostgreSQL's sequences.
QUERIES = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master "
    "WHERE type <> 'trigger' AND substr(name, 1, 11) <> 'sqlite_stat'",
    "postgresql": """
WITH tables AS (SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                AND relkind NOT IN ('i', 'S', 't', 'c', 'I'))
SELECT 'table', relname, relkind::text, concat(relrowsecurity, relforcerowsecurity, relispartition) FROM tables
UNION ALL
SELECT 'column', t.relname, a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
    a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
UNION ALL
SELECT 'constraint', t.relname, c.conname, concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated,
    (SELECT bool_and(g.tgenabled = 'O') FROM pg_trigger g WHERE g.tgconstraint = c.oid))
  FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
UNION ALL
SELECT 'index', t.relname, '', concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready)
  FROM tables t JOIN pg_index i ON i.indrelid = t.oid
UNION ALL
SELECT 'rule', t.relname, r.rulename, pg_get_ruledef(r.oid) FROM tables t JOIN pg_rewrite r ON r.ev_class = t.oid
UNION ALL
SELECT 'policy', t.relname, p.polname, pg_get_expr(p.polqual, p.polrelid)
  FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
UNION ALL
SELECT 'function', p.proname, pg_get_function_identity_arguments(p.oid),
    concat_ws(' ', l.lanname, p.prosecdef, p.proconfig::text, p.prosrc)
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = current_schema()::regnamespace""",
}


def digest(lines: Iterable[Sequence[Any]]) -> str:
    """The digest (64 hex digits) over the rows of a query of `QUERIES`."""
    made = hashlib.sha256()
    for line in sorted("\t".join(map(str, line)) for line in lines):
        made.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return made.hexdigest()
