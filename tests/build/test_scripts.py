"""The scripts in a real browser, under the real content policy, on the page of all parts (gallery.html)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.template import Context, engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from qingdan import cli
from qingdan.web.common.errors import DomainError
from qingdan.web.common.middleware import POLICY

BROWSER = cli._find_browser()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine (set QD_BROWSER)"),
]


class Report(forms.Form):
    progress = forms.CharField(label="进展", max_length=20, widget=forms.Textarea)
    forecast = forms.ChoiceField(
        label="能否按时完成",
        choices=[("can", "能"), ("cannot", "不能"), ("unsure", "不确定")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="原因", required=False)
    advice = forms.CharField(label="建议", required=False)
    evidence = forms.FileField(label="材料", required=False)


def gallery() -> str:
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=True)  # type: ignore[assignment]
    items = [{"title": "周报", "url": "/", "icon": "report", "active": True}]
    values = {"request": request, "csrf_token": "t" * 64, "form": Report(), "nav": [{"title": "工作", "items": items}]}
    source = Path(__file__).with_name("gallery.html").read_text("utf-8")
    template: Any = engines["django"].from_string(source)
    return str(template.template.render(Context(values | {"shell": {"user_label": "报送员"}})))


class Site(ThreadingHTTPServer):
    """Serves the gallery and the static files with the content policy; keeps what was posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str, str]] = []
        self.draft_status = 204
        self.page = gallery()
        self.fault = render_to_string(
            "common/_error.html", {"error": DomainError("任务 12", "期限不对", "请改"), "status": 422}
        )
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Site

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            found = finders.find(self.path.removeprefix("/static/"))
            kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
            if found:
                self.answer(200, kinds[Path(found).suffix], Path(found).read_bytes())
            else:
                self.answer(404, "text/plain", b"")
        else:
            self.answer(200, "text/html; charset=utf-8", self.server.page.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode("utf-8", "replace")
        self.server.posted.append((self.path, self.headers.get("X-CSRFToken", ""), body))
        if self.path == "/refused":
            self.answer(422, "text/html; charset=utf-8", self.server.fault.encode())
        elif self.path == "/draft":
            self.answer(self.server.draft_status, "text/plain", b"")
        else:
            self.answer(200, "text/html; charset=utf-8", self.server.page.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served
    served.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; Django then takes our synchronous code for asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Any]:
    if not finders.find("qd/dist/qd.js"):
        pytest.fail("the scripts are not built: run ./qd once, or pip install -e .")
    opened = chromium.new_page()
    opened.faults = []
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.on("console", lambda line: "Content Security Policy" in line.text and opened.faults.append(line.text))
    opened.goto(f"http://127.0.0.1:{site.server_port}/")
    yield opened
    assert opened.faults == []
    opened.close()


def test_htmx_charts_and_scripts_run_under_the_policy(tab: Any) -> None:
    tab.wait_for_selector("[data-chart] svg")
    assert tab.evaluate("typeof htmx") == "object" and tab.evaluate("htmx.config.allowEval") is False


def test_help_opens_with_a_question_mark_but_not_while_writing(tab: Any) -> None:
    tab.focus("[name=progress]")
    tab.keyboard.type("?")
    assert not tab.evaluate("document.getElementById('qd-keys').open")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("?")
    assert tab.evaluate("document.getElementById('qd-keys').open")


def test_a_slash_goes_to_the_search(tab: Any) -> None:
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "q" and tab.input_value("#q") == ""


def test_confirmation_asks_before_anything_is_sent(tab: Any, site: Site) -> None:
    tab.click("#withdraw")
    assert tab.inner_text("#qd-confirm-text") == "确定撤回？"
    tab.click("#qd-confirm button[value='']")
    assert site.posted == []
    tab.click("#withdraw")
    tab.click("#qd-confirm button[value=yes]")
    tab.wait_for_load_state()
    assert [path for path, _, _ in site.posted] == ["/withdrawn"]


def test_a_refusal_is_a_notice_and_the_page_stays(tab: Any, site: Site) -> None:
    tab.fill("[name=progress]", "写到一半")
    tab.click("#refused")
    tab.wait_for_selector("#qd-toast [data-fault]")
    assert "期限不对" in tab.inner_text("#qd-toast") and tab.input_value("[name=progress]") == "写到一半"
    assert site.posted[0][1] == "t" * 64  # the token went with it


def test_cannot_makes_the_reason_required(tab: Any) -> None:
    required = "document.querySelector('[name=reason]').required"
    shown = "document.querySelector('[name=advice]').offsetParent !== null"
    assert not tab.evaluate(required) and not tab.evaluate(shown)
    tab.check("input[value=cannot]", force=True)
    assert tab.evaluate(required) and tab.evaluate(shown)
    tab.check("input[value=can]", force=True)
    assert not tab.evaluate(required) and not tab.evaluate(shown)


def test_the_counter_counts_characters(tab: Any) -> None:
    tab.fill("[name=progress]", "𠮷野家完成")  # the first is one character outside the basic plane
    assert tab.inner_text("#id_progress_counter") == "5 / 20"


def test_a_draft_is_saved_by_itself_without_files(tab: Any, site: Site) -> None:
    tab.set_input_files("[name=evidence]", {"name": "图.pdf", "mimeType": "application/pdf", "buffer": b"SECRET"})
    assert "图.pdf (1 KB)" in tab.inner_text(".qd-file__name")
    tab.fill("[name=progress]", "本周完成")
    tab.wait_for_selector("[data-saved][data-state=saved]")
    path, token, body = site.posted[0]
    assert (path, token) == ("/draft", "t" * 64) and "本周完成" in body and "SECRET" not in body


def test_a_draft_that_could_not_be_saved_is_said_and_kept(tab: Any, site: Site) -> None:
    site.draft_status = 500
    tab.fill("[name=progress]", "不能丢")
    tab.keyboard.press("Control+s")
    tab.wait_for_selector("[data-saved][data-state=failed]")
    assert tab.evaluate("document.getElementById('report').dataset.changed") == "yes"
    assert tab.input_value("[name=progress]") == "不能丢"
    tab.evaluate("delete document.getElementById('report').dataset.changed")


def test_control_enter_submits_once(tab: Any, site: Site) -> None:
    tab.fill("[name=progress]", "完成")
    tab.check("input[value=can]", force=True)
    tab.focus("[name=progress]")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_load_state()
    assert [path for path, _, _ in site.posted if path == "/posted"] == ["/posted"]


def test_ticking_all_and_walking_the_table(tab: Any) -> None:
    tab.check("[data-select-all]")
    assert tab.eval_on_selector_all("[name=pick]:checked", "boxes => boxes.length") == 2
    tab.uncheck("[name=pick][value='1']")
    assert tab.evaluate("document.querySelector('[data-select-all]').indeterminate")
    tab.focus("#one")
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.id") == "two"


def test_the_navigation_opens_on_a_phone_without_scripts(chromium: Any, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{site.server_port}/")
    assert not opened.is_visible(".qd-nav")
    opened.click(".qd-drawer__button")
    assert opened.is_visible(".qd-nav")
    context.close()


def test_no_page_is_wider_than_a_phone(chromium: Any, site: Site) -> None:
    opened = chromium.new_page(viewport={"width": 390, "height": 844})
    opened.goto(f"http://127.0.0.1:{site.server_port}/")
    opened.wait_for_selector("[data-chart] svg")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    opened.close()


def test_print_hides_the_frame(tab: Any) -> None:
    tab.emulate_media(media="print")
    assert not tab.is_visible(".qd-header") and not tab.is_visible(".qd-nav") and tab.is_visible("h1")
