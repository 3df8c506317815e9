"""One honest world for each test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .world import World, honest_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with honest_world(tmp_path_factory.mktemp("attacked")) as made:
        yield made
