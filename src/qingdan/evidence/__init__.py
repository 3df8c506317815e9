"""Evidence: a Merkle log that nobody can quietly change and anyone can check.

Formats: `docs/log-format.md`. Nothing here knows a database or the web; see each module for its part.
"""
