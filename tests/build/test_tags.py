"""The template tags: what stands in the page, in both languages, with everything escaped."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.common.templatetags import qd
from qingdan.web.common.templatetags.icons import ICONS


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def render(source: str, **context: object) -> str:
    request = context.pop("request", RequestFactory().get("/"))
    return Template("{% load qd %}" + source).render(RequestContext(request, context))


def test_a_light_says_its_word_and_its_reason() -> None:
    html = render("{% light 'late' why %}", why='期限"6月30日"')
    assert "qd-light--late" in html and "逾期" in html and "&quot;6月30日&quot;" in html


def test_every_light_has_a_word_and_a_colour_of_its_own() -> None:
    assert set(qd.LIGHTS) == {"done", "normal", "near", "warning", "late", "none"}
    assert [str(word) for word in qd.LIGHTS.values()] == ["已办结", "正常", "临期", "预警", "逾期", "未设期限"]


def test_an_unknown_light_is_grey_and_keeps_its_own_name() -> None:
    html = render("{% light 'blue' name='进展缓慢' %}")
    assert "qd-light--none" in html and "进展缓慢" in html


def test_the_offices_own_light_says_so_to_screen_readers() -> None:
    assert "目督办调整" in render("{% light 'near' override=True %}")


def test_a_reason_on_its_own_line_is_escaped() -> None:
    assert "&lt;b&gt;" in render("{% light 'near' why why=True %}", why="<b>")


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("{% icon 'no-such-icon' %}")


@pytest.mark.parametrize("name", sorted(ICONS))
def test_icons_are_hidden_from_readers_unless_labelled(name: str) -> None:
    assert 'aria-hidden="true"' in render("{% icon name %}", name=name)
    assert 'aria-label="打印"' in render("{% icon name '打印' %}", name=name)


def test_an_old_deadline_is_struck_and_named() -> None:
    html = render("{% old_deadline day %}", day=dt.date(2017, 6, 30))
    assert "<del" in html and "2017年6月30日" in html and "原期限" in html


@pytest.mark.parametrize(
    ("language", "day", "month", "moment"),
    [
        ("zh-hans", "2017年7月14日", "2017年7月", "2017年7月14日 09:05"),
        ("en", "2017-07-14", "2017-07", "2017-07-14 09:05"),
    ],
)
def test_days_follow_the_language(language: str, day: str, month: str, moment: str) -> None:
    at = dt.datetime(2017, 7, 14, 9, 5)
    with translation.override(language):
        assert (qd.zh_date(at.date()), qd.zh_month(at.date()), qd.zh_datetime(at)) == (day, month, moment)


def test_moments_are_shown_in_local_time(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    late_evening = dt.datetime(2017, 7, 13, 16, 30, tzinfo=dt.UTC)
    with timezone.override("Asia/Shanghai"):
        assert qd.zh_date(late_evening) == "2017年7月14日"
        assert qd.zh_datetime(late_evening) == "2017年7月14日 00:30"


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_day_shows_nothing(nothing: object) -> None:
    assert qd.zh_date(nothing) == qd.zh_month(nothing) == qd.zh_datetime(nothing) == ""


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "text"),
    [
        (Decimal("624"), "套", ">=", "不少于624套"),
        (Decimal("2.50"), "平方公里", "=", "2.5平方公里"),
        (Decimal("1E+3"), "亿元", ">", "超过1,000亿元"),
        (30, "个", "≈", "约30个"),
        (5, "%", "<=", "不超过5%"),
    ],
)
def test_quantities_read_as_people_write_them(value: object, unit: str, qualifier: str, text: str) -> None:
    assert qd.quantity(SimpleNamespace(value=value, unit=unit, qualifier=qualifier)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4))
def test_grouping_never_changes_a_number(value: Decimal) -> None:
    assert Decimal(qd.number(value).replace(",", "")) == value


def test_text_that_is_no_number_stays() -> None:
    assert qd.number("若干") == "若干" and qd.number(Decimal("NaN")) == "NaN" and qd.quantity(None) == "—"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(175, 230, "76.1%"), (1, 3, "33.3%"), (1, 800, "0.1%"), (0, 5, "0%"), (5, 5, "100%"), (1, 0, "—"), (None, 5, "—")],
)
def test_percent(part: object, whole: object, text: str) -> None:
    assert qd.percent(part, whole) == text


def test_query_replaces_one_key_and_keeps_the_rest() -> None:
    request = RequestFactory().get("/", {"unit": "科经局", "page": "2"})
    html = render("{% query page=3 %}", request=request)
    assert html.startswith("?") and "page=3" in html and "unit=%E7%A7%91" in html and "page=2" not in html


def test_pages_are_shortened_with_gaps() -> None:
    assert qd.page_range(Paginator(range(2300), 100).page(12)) == [1, 0, 10, 11, 12, 13, 14, 0, 23]


def test_pagination_keeps_the_filter() -> None:
    page = Paginator(range(250), 100).page(1)
    request = RequestFactory().get("/", {"q": "道路"})
    html = render("{% include 'common/_pagination.html' %}", page=page, request=request)
    assert "第 1–100 条，共 250 条" in html and "q=%E9%81%93" in html and 'aria-current="page"' in html


class ReportForm(forms.Form):
    progress = forms.CharField(label="进展", max_length=5, help_text="写本周", widget=forms.Textarea)
    forecast = forms.ChoiceField(
        label="能否完成", choices=[("can", "能"), ("cannot", "不能")], widget=forms.RadioSelect
    )
    kinds = forms.MultipleChoiceField(
        label="战略", choices=[("1", "甲")], widget=forms.CheckboxSelectMultiple, required=False
    )
    agreed = forms.BooleanField(label="同意", required=False)
    evidence = forms.FileField(label="材料", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_ties_label_help_and_error_together() -> None:
    html = render("{% field form.progress rows=3 counter=True %}", form=ReportForm({"progress": "太长了太长了"}))
    assert '<label for="id_progress">进展' in html
    assert 'aria-describedby="id_progress_helptext id_progress_error"' in html
    assert 'id="id_progress_error"' in html and 'id="id_progress_helptext"' in html
    assert 'aria-invalid="true"' in html and 'rows="3"' in html and 'data-counter="id_progress_counter"' in html


def test_required_is_marked_and_optional_is_said() -> None:
    html = render("{% field form.progress %}{% field form.evidence optional=True %}", form=ReportForm())
    assert html.count("qd-required") == 1 and "选填" in html


def test_conditions_stand_on_the_fields_frame() -> None:
    html = render("{% field form.progress data_requires='forecast=cannot' %}", form=ReportForm())
    assert '<div class="qd-field" data-requires="forecast=cannot">' in html


@pytest.mark.parametrize("kind", ["segment=True", ""])
def test_choices_are_a_group_with_a_legend(kind: str) -> None:
    html = render("{% field form.forecast " + kind + " %}", form=ReportForm({"forecast": "cannot"}))
    assert "<legend" in html and html.count('type="radio"') == 2 and html.count("checked") == 1


def test_every_kind_of_field_is_drawn_once() -> None:
    html = render("{% include 'common/_form.html' %}", form=ReportForm())
    for name in ReportForm.base_fields:
        assert f'name="{name}"' in html
    assert html.count("qd-field--inline") == 1 and html.count("qd-file") >= 1


def test_the_summary_of_errors_leads_to_the_fields() -> None:
    html = render("{% include 'common/_form.html' %}", form=ReportForm({}))
    assert 'role="alert"' in html and 'href="#id_progress"' in html and "有 2 处需要改正" in html


def test_an_empty_state_offers_the_way_on() -> None:
    html = render("{% empty title '从导入开始' '/import/' '导入' %}", title="还没有<任务>")
    assert "还没有&lt;任务&gt;" in html and 'href="/import/"' in html


def test_progress_without_a_whole_is_a_dash() -> None:
    assert "—" in render("{% progress 3 0 %}") and 'value="3"' in render("{% progress 3 5 %}")
