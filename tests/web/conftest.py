"""What all tests of the web share: the log's key and its copy of the newest checkpoint lie where no other test
process looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache


@pytest.fixture(autouse=True, scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Test processes are started with one data folder for all; each gets its own."""
    shared, own = settings.DATA_DIR, tmp_path_factory.mktemp("data")
    settings.DATA_DIR = own
    yield own
    settings.DATA_DIR = shared


@pytest.fixture(autouse=True)
def nothing_is_left_of_other_tests(data_folder: Path) -> None:
    """The database of each test begins anew; so does what lies beside it."""
    (data_folder / "checkpoint.txt").unlink(missing_ok=True)
    cache.clear()
