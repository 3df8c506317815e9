"""Every main page as each role meets it: nothing goes wrong in the browser, the accessibility checker finds nothing
serious, nothing runs out sideways on a telephone or in large type; the keyboard, and paper."""

from __future__ import annotations

import io
import json
import unicodedata
from typing import Any

import pdfplumber
import pytest
from driving import NARROW, WIDE, Site, Watched, axe_source, overflow, person
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

# Who looks at which pages; {…} are ids of the prepared work.
PAGES = {
    "": ["/signin/"],
    "officer": [
        "/", "/overview/{edition}/", "/overview/{edition}/?day=2017-07-07", "/follow/tasks/{task}/", "/plans/",
        "/plans/{plan}/", "/lists/", "/lists/{draft}/", "/lists/{edition}/", "/lists/{edition}/three/",
        "/lists/{edition}/diff/{previous}/", "/lists/matrix/", "/lists/campaigns/{campaign}/", "/import/",
        "/import/new/", "/import/{batch}/", "/import/{batch}/columns/", "/reports/weeks/",
        "/reports/weeks/{period}/", "/reports/version/{version}/", "/reports/hints/", "/reports/forecasts/",
        "/reports/burden/", "/reports/escalations/", "/follow/problems/", "/follow/problems/{problem}/",
        "/follow/extensions/", "/follow/extensions/{extension}/", "/inbox/", "/calendar/", "/units/",
    ],
    "head": ["/", "/lists/{draft}/"],
    "leader": ["/", "/overview/{edition}/?cannot=on"],
    "reporter": ["/", "/reports/", "/reports/{period}/{task}/{unit}/", "/account/"],
    "signer": ["/", "/reports/sign/"],
    "discipline": ["/"],
    "embedded": ["/"],
    "sysadmin": ["/", "/people/", "/jobs/", "/values/"],
    "secadmin": ["/", "/access/"],
    "auditor": ["/", "/audit/"],
}  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> str:
    return axe_source()


def serious(page: Page, axe: str) -> list[dict[str, Any]]:
    """What the checker calls serious or critical: rule, and where."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        {"rule": each["id"], "where": [node["html"][:200] for node in each["nodes"][:3]], "help": each["help"]}
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("who", PAGES)
def test_the_main_pages_are_sound_wide_narrow_and_in_large_type(
    who: str, browser: Browser, site: Site, axe: str
) -> None:
    findings: list[str] = []
    with person(browser, site.url, site.sessions.get(who, "")) as at:
        for pattern in PAGES[who]:
            path = pattern.format(**site.ids)
            at.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            at.go(path)
            at.page.evaluate("document.documentElement.classList.remove('qd-large')")
            findings += [f"{path}: {json.dumps(each, ensure_ascii=False)}" for each in serious(at.page, axe)]
            findings += too_wide(at, path)
    assert not findings, "\n".join(findings)


def too_wide(at: Watched, path: str) -> list[str]:
    """Where the page runs out of its window: as a telephone shows it, and both again in large type."""
    found = []
    for large, window in ((False, WIDE), (False, NARROW), (True, NARROW), (True, WIDE)):
        at.page.set_viewport_size(window)  # type: ignore[arg-type]
        at.page.evaluate("large => document.documentElement.classList.toggle('qd-large', large)", large)
        if (by := overflow(at.page)) > 0:
            found.append(f"{path}: {by} px too wide at {window['width']}{' in large type' if large else ''}")
    return found


def test_large_type_is_one_click_and_stays(browser: Browser, site: Site) -> None:
    with person(browser, site.url, site.sessions["leader"]) as at:
        at.go("/")
        size = "parseFloat(getComputedStyle(document.querySelector('main')).fontSize)"
        normal = at.page.evaluate(size)
        at.page.locator("form[action*='type-size'] button").first.click()
        at.go("/overview/")
        assert at.page.evaluate(size) > normal


def tab_to(page: Page, wanted: str, steps: int = 120) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(steps):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} was not reached with {steps} presses of Tab")


def test_the_keyboard_alone_reaches_a_task_writes_a_report_and_saves_it(browser: Browser, site: Site) -> None:
    with person(browser, site.url, site.sessions["reporter"]) as at:
        page = at.page
        at.go("/reports/")
        page.keyboard.press("Tab")
        expect(page.locator(".qd-skip")).to_be_focused()
        page.keyboard.press("Enter")
        # The first task without a report is open; its words are the next thing to write.
        tab_to(page, "details[open] textarea[name=progress]")
        page.keyboard.press("Control+A")
        page.keyboard.type("键盘填写的进展")
        card = page.locator(".qd-week", has=page.locator("textarea:focus"))
        name = card.get_attribute("id")
        page.keyboard.press("Control+S")
        expect(page.locator(f"#{name} .qd-saved")).to_contain_text("草稿已保存")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator(f"#{name} input[name=forecast]:checked")).to_have_count(1)
        page.keyboard.press("Control+Enter")
        assert page.evaluate("location.hash") != "", "Ctrl+Enter goes on to the next task"
        page.keyboard.press("Control+S")
        expect(page.locator(f"#{name} .qd-saved")).to_contain_text("草稿已保存")


def test_the_keyboard_alone_opens_a_task_of_the_overview(browser: Browser, site: Site) -> None:
    with person(browser, site.url, site.sessions["leader"]) as at:
        at.go("/overview/")
        at.page.keyboard.press("/")
        expect(at.page.locator("input[type=search]")).to_be_focused()
        tab_to(at.page, ".qd-overview tbody a")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_role("heading", name="单位预估")).to_be_visible()


def test_the_printed_overview_repeats_its_header_and_leaves_the_navigation_out(browser: Browser, site: Site) -> None:
    with person(browser, site.url, site.sessions["leader"]) as at:
        at.go("/overview/")
        made = at.page.pdf(prefer_css_page_size=True)
    with pdfplumber.open(io.BytesIO(made)) as paper:
        texts = [page.extract_text() for page in paper.pages]
        turned = {page.width > page.height for page in paper.pages}
    assert len(texts) > 1 and turned == {True}, "several pages, all lying"
    # The paper's text may hold radicals in place of letters that look the same.
    flat = ["".join(unicodedata.normalize("NFKC", text).split()) for text in texts]
    headless = [text[:400] for text in flat if not ("工作内容" in text and "牵头单位" in text)]
    assert not headless, "every sheet has the head of the table"
    assert not any(word in text for text in flat for word in ("收件箱", "退出登录", "主导航", "更多条件"))
