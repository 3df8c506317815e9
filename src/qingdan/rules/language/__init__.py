"""The language of rules: a closed, typed tree of frozen values, data only.

* `parts`      : provenance, comparison signs, periods, figures
* `conditions` : what has to be so
* `amounts`    : what the entitled get
* `rule`       : versions, tests beside the rule, groups of awards
"""
