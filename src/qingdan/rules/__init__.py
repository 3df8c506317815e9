"""The policy rule language: who is entitled to what, exactly, explained in the words of the policy. No Django.

* `catalogue`, `codes` : the fields that rules ask about, the code trees with their history
* `values`             : exact numbers, shares, money, months
* `language`           : the closed tree of conditions and amounts, rules and their versions
* `forms`              : the tree as plain data, YAML and JSON, without loss
* `evaluate`           : one rule for one enterprise, with its explanation
* `versions`           : content hash and differences
* `checks`, `examples` : what can be said of a rule without a register, and the tests beside it
"""
