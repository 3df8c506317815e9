"""Other engines on the same rules and data, one module each with `prepare(task) -> Contender`.

* `plain`      : the rules and the register as all of them take it
* `numpy_each` : NumPy, one rule at a time
* `roaring`    : Roaring bitmaps for each clause
* `polars_all` : Polars, one expression a rule
* `duckdb_each`, `duckdb_one`, `duckdb_full` : SQL, one query a rule, one for all, and the whole language
* `openfisca`  : OpenFisca-Core, one variable a rule, two runs
* `zen_array`, `zen_graph`, `drools`, `json_logic` : one enterprise at a time, for a sample
"""
