"""``pytest tests/web/rights --update-rights`` writes the table anew; the difference is then reviewed like code."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-rights", action="store_true", help="write tests/web/rights/table.csv anew")
