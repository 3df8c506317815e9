"""The frame of every page, and the error page that must work when nothing else does."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from qingdan.web.common.errors import DomainError

NAV = [{"title": "工作", "items": [{"title": "周报", "url": "/r/", "icon": "report", "active": True, "badge": 12}]}]


def page(source: str, request: HttpRequest | None = None, **context: object) -> str:
    """A page as a view would render it, without the context processors that ask the database."""
    request = request or RequestFactory().get("/somewhere/?q=1")
    template = engines["django"].from_string('{% extends "common/base.html" %}' + source)
    shell = {"system_name": "清单", "user_label": "督查员", "unit_label": "督查室", "inbox_count": 3, "clock_label": ""}
    return template.template.render(_context(request, {"shell": shell, "nav": NAV} | context))


def _context(request: HttpRequest, values: dict[str, object]) -> object:
    from django.template import Context

    person = SimpleNamespace(is_authenticated=True)
    token = "x" * 64
    request.user = person
    return Context({"request": request, "csrf_token": token} | values)


def test_the_title_is_also_the_heading() -> None:
    html = page("{% block title %}填写周报{% endblock %}")
    assert "<title>填写周报 · 清单</title>" in html and "<h1>填写周报</h1>" in html


def test_a_heading_of_its_own_wins() -> None:
    html = page("{% block title %}短{% endblock %}{% block heading %}长标题{% endblock %}")
    assert "<h1>长标题</h1>" in html


def test_a_title_in_the_context_serves_both() -> None:
    html = page("", title="任务<1>")
    assert "<h1>任务&lt;1&gt;</h1>" in html and "<title>任务&lt;1&gt; · 清单</title>" in html


def test_navigation_marks_where_one_is() -> None:
    html = page("")
    assert re.search(r'<a href="/r/" aria-current="page">', html) and '<span class="qd-nav__badge">12</span>' in html


def test_the_drawer_needs_no_script() -> None:
    html = page("")
    assert 'type="checkbox" class="qd-drawer" id="qd-drawer"' in html and 'for="qd-drawer"' in html


def test_skip_link_leads_to_the_content() -> None:
    html = page("")
    assert html.index('href="#main"') < html.index("<header") and 'id="main"' in html


def test_large_type_follows_the_cookie() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["qd_large"] = "1"
    assert 'class="qd-large"' in page("", request) and 'class="qd-large"' not in page("")


def test_htmx_is_set_up_for_the_content_policy() -> None:
    html = page("")
    found = re.search(r"name=\"htmx-config\" content='([^']*)'", html)
    assert found
    config = json.loads(found[1])
    assert config["includeIndicatorStyles"] is False and config["allowEval"] is False
    assert config["responseHandling"][2] == {"code": "422", "swap": True}
    assert "htmx-2" in html and "qd/dist/qd" in html


def test_messages_of_each_level_are_shown() -> None:
    html = page("", messages=[Message(25, "已保存"), Message(40, "没有保存")])
    assert "qd-alert--good" in html and "qd-alert--error" in html and "没有保存" in html


def test_the_demo_clock_is_said() -> None:
    html = page("", shell={"clock_label": "演示时钟 7月14日"})
    assert "演示时钟 7月14日" in html and "qd-clock" in html


def test_the_error_page_says_place_reason_and_remedy() -> None:
    html = render_to_string(
        "common/error.html", {"error": DomainError("第 3 行", "单位不存在", "先登记单位"), "status": 422}
    )
    assert "第 3 行" in html and "单位不存在" in html and "先登记单位" in html


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_the_error_page_works_with_nothing_around_it(status: int) -> None:
    # A 500 may have no context processor, no session and no database.
    html = render_to_string("common/error.html", {"status": status})
    assert all(f"<dt>{name}</dt>" in html for name in ("位置", "原因", "怎么办")) and 'href="/"' in html


def test_a_refused_htmx_request_is_a_notice() -> None:
    html = render_to_string("common/_error.html", {"error": DomainError("期限", "早于<印发日>", "请改"), "status": 422})
    assert "data-fault" in html and "早于&lt;印发日&gt;" in html and "<html" not in html
