"""The policy rule language: who is entitled to what, exactly, explained in the words of the policy. No Django.

docs/rule-engine.md says how the parts work together.

* `catalogue`, `codes` : the fields that rules ask about, the code trees with their history
* `values`             : exact numbers, shares, money, months
* `language`           : the closed tree of conditions and amounts, rules and their versions
* `forms`              : the tree as plain data, YAML and JSON, without loss
* `evaluate`           : one rule for one enterprise, with its explanation
* `compiler`           : rules as one circuit over bits of enterprises
* `kernel`, `store`    : the machine that runs it, and registers of enterprises on disk
* `match`, `amounts`   : every rule against every enterprise, and what the awards come to
* `nearmiss`, `whatif` : what an enterprise lacks; whom a changed rule reaches, at what cost
* `single`, `spark`    : one enterprise in microseconds; registers beyond one machine
* `register`           : a synthetic register to try it with
* `library`, `imports` : programmes written as rules; other people's rules
* `commands`           : `qd match` and its like
* `versions`           : content hash and differences
* `checks`, `examples` : what can be said of a rule without a register, and the tests beside it
"""
