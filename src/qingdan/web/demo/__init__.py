"""The demo district: Pidu in the summer of 2017, as far as the story tells; everything else is made up and says so."""

from __future__ import annotations

from pathlib import Path


def run(data: Path) -> dict[str, str]:
    """Load the demo into an empty database and write its files below ``data``; see `loading.run`."""
    # Imported late: Django must be set up first.
    from .loading import run as load

    return load(data)
