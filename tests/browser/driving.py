"""Browsers for the tests: found or unpacked, driven by Playwright, and watched while they are driven."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, expect
from serving import Installation

from qingdan import cli

TOOLS = Path(__file__).resolve().parents[2] / "tools/browsers"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# No sandbox: tests run as root in containers. The rest keeps the browser from talking to its maker.
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SECONDS = 1000
expect.set_options(timeout=30 * SECONDS)


def missing(what: str, remedy: str) -> None:
    """Something that this machine lacks: named and skipped, and a failure where nothing may be skipped."""
    text = f"{what} ({remedy})"
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and {text}", pytrace=False)
    pytest.skip(text)


def current_chromium() -> str:
    """The path of the machine's own Chromium."""
    found = cli._find_browser()
    if not found:
        missing("no Chromium on this machine", "apt-get install chromium, or set QD_BROWSER")
    return found


def _packages() -> None:
    lock, done = TOOLS / "package-lock.json", TOOLS / "node_modules/.package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    if not shutil.which("npm") or not shutil.which("node"):
        missing("no npm and node for the old browsers and axe-core", "apt-get install nodejs npm")
    made = subprocess.run(["npm", "ci", "--prefix", str(TOOLS)], capture_output=True, text=True, check=False)
    if made.returncode:
        missing(f"npm ci of tools/browsers failed: {made.stderr.strip()[-400:]}", "see to the npm registry")


def old_chromium(version: str) -> str:
    """The path of Chromium 83 or 109, unpacked from its npm package."""
    _packages()
    made = subprocess.run(["node", str(TOOLS / "unpack.js")], capture_output=True, text=True, check=True)
    return str(json.loads(made.stdout)[version])


def axe_source() -> str:
    """The accessibility checker's script."""
    _packages()
    return (TOOLS / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=SWITCHES)


@dataclass
class Prepared:
    """An installation with people that nobody serves: to be copied. ``sessions``: a key for each person."""

    installation: Installation
    sessions: dict[str, str]


@dataclass
class Site:
    """A served installation with work in it: its address, one session for each person, and ids of things."""

    url: str
    sessions: dict[str, str]
    ids: dict[str, Any]


@dataclass
class Watched:
    """A page of one person, and everything that must not happen on it."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=set)

    def watch(self) -> None:
        """From now on: errors in the console, script errors, refused content, requests to elsewhere, error pages."""
        page = self.page
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error} on {page.url}"))
        page.on("request", self._request)
        page.on("response", lambda answer: self._status(answer.status, answer.url))

    def _console(self, message: ConsoleMessage) -> None:
        # Statuses are judged by `_status`; the browser also writes them to the console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text} on {self.page.url}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" != self.url:
            self.faults.append(f"request to elsewhere: {request.url}")

    def _status(self, status: int, url: str) -> None:
        if status >= 400 and status not in self.allowed:
            self.faults.append(f"status {status}: {url}")

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def clean(self) -> None:
        """Fail with everything that was seen and must not be."""
        assert not self.faults, "\n".join(self.faults)


@contextmanager
def person(browser: Browser, url: str, session: str = "", **options: Any) -> Iterator[Watched]:
    """A browser window of its own, signed in by ``session`` when given; what went wrong in it fails at the end."""
    options.setdefault("viewport", WIDE)
    context: BrowserContext = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    context.set_default_timeout(30 * SECONDS)
    if session:
        context.add_cookies([{"name": "qd_session", "value": session, "url": url}])
    made = Watched(context.new_page(), url)
    made.watch()
    yield made
    made.clean()
    context.close()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
