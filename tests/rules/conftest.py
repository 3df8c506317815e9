"""The catalogue of these tests, and three rules written from public texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.forms import load_yaml

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_yaml(Catalogue, (FIXTURES / "catalogue.yaml").read_text("utf-8"), "catalogue.yaml")
