"""Chromium 83, the engine of office browsers still in use: the main pages are complete, scripts run, work is saved.

Playwright cannot click there (its own scripts need later browsers), so the page's own scripts are asked to.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import NARROW, SECONDS, Site, Watched, launch, old_chromium, overflow, person
from playwright.sync_api import Browser, Playwright
from serving import on_postgres

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        on_postgres(), reason="old engines are shown on SQLite: what reaches them does not depend on the database"
    ),
]


@pytest.fixture(scope="module")
def old(playwright: Playwright) -> Iterator[Browser]:
    made = launch(playwright, old_chromium("83"))
    yield made
    made.close()


def until(at: Watched, condition: str) -> None:
    """Wait until ``condition`` holds in the page, asking it every tenth of a second."""
    for _ in range(300):
        if at.page.evaluate(f"Boolean({condition})"):
            return
        at.page.wait_for_timeout(0.1 * SECONDS)
    raise AssertionError(f"never: {condition}")


def styled(at: Watched) -> bool:
    """Whether the style sheet was understood: the navigation stands beside the page, the header is dark."""
    return bool(
        at.page.evaluate(
            "getComputedStyle(document.querySelector('.qd-header')).backgroundImage !== 'none'"
            " && document.documentElement.classList.contains('qd-js')"
        )
    )


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("leader", "/"), ("leader", "/overview/"), ("officer", "/follow/tasks/{task}/"), ("officer", "/lists/{draft}/"),
        ("officer", "/import/{batch}/"), ("reporter", "/reports/"), ("signer", "/reports/sign/"),
    ],
)  # fmt: skip
def test_a_main_page_is_whole_on_chromium_83(old: Browser, site: Site, who: str, path: str) -> None:
    with person(old, site.url, site.sessions[who]) as at:
        at.go(path.format(**site.ids))
        assert styled(at) and overflow(at.page) <= 0
        assert at.page.evaluate("document.querySelector('h1').getBoundingClientRect().height") > 0
        at.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        assert overflow(at.page) <= 0


def test_charts_are_drawn_on_chromium_83(old: Browser, site: Site) -> None:
    with person(old, site.url, site.sessions["leader"]) as at:
        at.go("/")
        until(at, "document.querySelector('[data-chart] svg')")


def test_a_report_is_saved_on_chromium_83(old: Browser, site: Site) -> None:
    with person(old, site.url, site.sessions["reporter2"]) as at:
        at.go("/reports/")
        form = "document.querySelector('.qd-week[open] form[hx-post$=\"/save/\"]')"
        at.page.evaluate(
            f"""() => {{
                const form = {form};
                form.elements.progress.value = "旧版浏览器填写";
                form.elements.progress.dispatchEvent(new Event("input", {{bubbles: true}}));
                const no = form.querySelector('input[name=forecast][value=no]');
                no.click();
            }}"""
        )
        assert at.page.evaluate(f"!{form}.querySelector('[name=reason]').closest('[data-shows]').hidden")
        until(at, f"({form}.querySelector('.qd-saved') || document.head).textContent.includes('草稿已保存')")
        at.page.reload()
        assert at.page.evaluate(f"{form}.elements.progress.value") == "旧版浏览器填写"


def test_a_question_is_asked_before_a_list_is_issued_on_chromium_83(old: Browser, site: Site) -> None:
    with person(old, site.url, site.sessions["head"]) as at:
        at.go(f"/lists/{site.ids['draft']}/")
        at.page.evaluate(
            """() => {
                const form = document.querySelector('form[action$="/issue/"]');
                form.elements.approver.value = "区委主要领导";
                form.querySelector("button").click();
            }"""
        )
        until(at, "document.getElementById('qd-confirm').open")
        assert at.page.evaluate("location.pathname") == f"/lists/{site.ids['draft']}/"
