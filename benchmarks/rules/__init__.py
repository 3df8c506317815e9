"""The bulk rule engine measured: a workload, other engines on the same rules and data, and a second oracle."""
