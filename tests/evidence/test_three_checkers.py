"""The library, the stand-alone verifier and the page's checker, written apart, say the same of every bundle."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from bundle_cases import Case, good
from bundle_mutations import MUTATIONS
from playwright.sync_api import Page, sync_playwright

import qingdan.web
from qingdan import cli
from qingdan.evidence import bundle, verifier

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNT = 1000
SCRIPT = Path(qingdan.web.__file__).with_name("common") / "static/qd/dist/verify.js"
ASK = """cases => cases.map(([data, key]) =>
    window.qingdanCheck(Uint8Array.from(atob(data), each => each.charCodeAt(0)), key).code)"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """An empty page with the script that the verifying page loads."""
    path = cli._find_browser()
    if not path:
        told = "no Chromium on this machine (apt-get install chromium, or set QD_BROWSER)"
        pytest.fail(f"CI=true, and {told}") if os.environ.get("CI") == "true" else pytest.skip(told)
    if not SCRIPT.exists():
        pytest.fail("the scripts are not built: run ./qd once, or pip install -e .")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.add_script_tag(content=SCRIPT.read_text("utf-8"))
        yield opened
        browser.close()


def verdicts(page: Page, cases: list[Case]) -> list[tuple[bool, bool, bool]]:
    """What each checker says of each case: library, stand-alone, page."""
    asked: list[Any] = [[base64.b64encode(data).decode(), key or ""] for data, key in cases]
    by_page = [
        code == "" for start in range(0, len(asked), 250) for code in page.evaluate(ASK, asked[start : start + 250])
    ]
    by_library = [bundle.check(data, key).ok for data, key in cases]
    alone = [verifier.check(data, key)[0] for data, key in cases]
    return list(zip(by_library, alone, by_page, strict=True))


def test_a_thousand_honest_bundles_are_accepted_by_all_three(page: Page) -> None:
    rng = Random(9162)
    cases = [good(rng) for _ in range(COUNT)]
    said = verdicts(page, cases)
    assert [(case, each) for case, each in zip(cases, said, strict=True) if each != (True, True, True)] == []


def test_a_thousand_changed_or_forged_bundles_are_refused_by_all_three(page: Page) -> None:
    rng = Random(6962)
    names = [list(MUTATIONS)[number % len(MUTATIONS)] for number in range(COUNT)]
    cases = [MUTATIONS[name](rng) for name in names]
    said = verdicts(page, cases)
    wrong = Counter((name, each) for name, each in zip(names, said, strict=True) if each != (False, False, False))
    assert not wrong, wrong
