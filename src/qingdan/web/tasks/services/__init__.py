"""The verbs of the task-list system, one function each: asks rights, checks, changes, records one event."""
