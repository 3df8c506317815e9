"""One prepared installation for all browser tests; each module or flow works on a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Prepared, Site, current_chromium, launch
from playwright.sync_api import Browser, Playwright, sync_playwright
from serving import installation

WORLD = Path(__file__).with_name("world.py")
CLOCK = "2017-07-12T09:00"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A migrated installation with units and people; nobody serves it, it is copied."""
    with installation(tmp_path_factory.mktemp("browser"), "browser", clock=CLOCK) as site:
        yield Prepared(site, site.prepare(WORLD, "people")["sessions"])


@pytest.fixture(scope="module")
def site(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy with plans, lists and three weeks of reports, served."""
    with prepared.installation.copy(tmp_path_factory.mktemp("site"), "site") as copy:
        ids = copy.prepare(WORLD, "work")
        with copy.serving() as url:
            yield Site(url, prepared.sessions, ids)


# Module scope and not longer: while Playwright lives, Django's database refuses to be used in its thread.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own Chromium."""
    made = launch(playwright, current_chromium())
    yield made
    made.close()
