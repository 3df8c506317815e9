"""Template tags of the interface: lights, form fields, icons, dates, quantities and small parts of pages.

Load with ``{% load qd %}``. Every tag escapes what it is given. Dates and numbers follow the language of the
page: Chinese 2017年7月14日, otherwise ISO 8601 2017-07-14.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.template.context import Context
from django.template.defaulttags import querystring
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy

from qingdan.web.common import calendar

from .icons import ICONS

register = template.Library()

# A light's code and its word. The code names the CSS class; the word always stands beside the dot.
LIGHTS: dict[str, str | Promise] = {
    "done": gettext_lazy("已办结"),
    "normal": gettext_lazy("正常"),
    "near": gettext_lazy("临期"),
    "warning": gettext_lazy("预警"),
    "late": gettext_lazy("逾期"),
    "none": gettext_lazy("未设期限"),
}
NOTHING = "—"


def _is_chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")


# ------------------------------------------------------------------ lights and small marks
@register.simple_tag
def light(code: str, reason: str = "", *, name: str = "", override: bool = False, why: bool = False) -> SafeString:
    """A light as a pill with dot and word.

    ``code`` is a key of LIGHTS (another code is shown in grey with ``name``); ``reason`` becomes the pill's
    tooltip, and a line of its own under it with ``why=True``; ``override`` marks an office's own judgement.
    """
    word = name or LIGHTS.get(code) or code
    css = f"qd-light qd-light--{code if code in LIGHTS else 'none'}" + (" qd-light--override" if override else "")
    spoken = format_html('<span class="qd-hide">{}</span>', gettext("（目督办调整）")) if override else ""
    title = format_html(' title="{}"', reason) if reason and not why else ""
    pill = format_html('<span class="{}"{}>{}{}</span>', css, title, word, spoken)
    if reason and why:
        return format_html('{}<span class="qd-light__why">{}</span>', pill, reason)
    return pill


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """One of ICONS as inline SVG; hidden from screen readers unless ``label`` says what it means.

    Raises KeyError for an unknown name, so that a typing error shows in the first test of the page.
    """
    drawing = SafeString(ICONS[name])
    css = f"qd-icon {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', css, label, drawing
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', css, drawing
    )


@register.simple_tag
def old_deadline(value: Any, reason: str = "") -> SafeString:
    """A deadline that was replaced, struck through for ever; ``value`` is a date or the text as written."""
    text = zh_date(value) if isinstance(value, dt.date) else str(value)
    return format_html(
        '<del class="qd-old"{}><span class="qd-hide">{}</span>{}</del>',
        format_html(' title="{}"', reason) if reason else "",
        gettext("原期限："),
        text,
    )


@register.simple_tag
def progress(part: Any, whole: Any = 100, label: str = "") -> SafeString:
    """A progress bar with its figure: ``part`` of ``whole`` (numbers; an empty whole gives a dash)."""
    share = percent(part, whole)
    if share == NOTHING:
        return format_html('<span class="qd-muted">{}</span>', NOTHING)
    return format_html(
        '<span class="qd-progress"><progress max="{}" value="{}" aria-label="{}"></progress>{}</span>',
        whole,
        part,
        label or gettext("进度"),
        share,
    )


@register.inclusion_tag("common/_empty.html")
def empty(
    title: str, text: str = "", url: str = "", action: str = "", *, icon: str = "inbox", level: int = 2
) -> dict[str, Any]:
    """What stands where there is nothing: a title, what to do, and the button that does it."""
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon, "level": level}


# ------------------------------------------------------------------ form fields
@register.inclusion_tag("common/_field.html")
def field(
    bound: BoundField,
    *,
    label: str = "",
    help: str = "",
    counter: bool = False,
    segment: bool = False,
    span: bool = False,
    optional: bool = False,
    grow: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    """One form field: label, mark, widget, help, errors, tied together for screen readers.

    ``counter`` shows characters used of the field's maxlength; ``segment`` draws radio buttons as one strip;
    ``span`` takes the whole width in ``.qd-cols``; ``optional`` says 选填 beside the label; ``grow`` widens
    the field in a filter bar. Further keywords are attributes of the widget, with ``_`` for ``-``:
    ``{% field form.reason rows=3 data_requires="forecast=cannot" %}``.
    """
    widget = bound.field.widget
    extra = {key.replace("_", "-"): value for key, value in attrs.items()}
    wrapper = {key: extra.pop(key) for key in ("data-requires", "data-shows") if key in extra}
    if counter:
        extra["data-counter"] = f"{bound.auto_id}_counter"
    kind = "plain"
    if bound.is_hidden:
        kind = "hidden"
    elif isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        kind = "segment" if segment else "choices"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, FileInput):
        kind = "file"
        extra.setdefault("data-file", "")
    return {
        "field": bound,
        "kind": kind,
        "widget": bound.as_widget(attrs=extra) if kind != "segment" else "",
        "label": label or bound.label,
        "help": help or bound.help_text,
        "counter": counter,
        "span": span,
        "grow": grow,
        "optional": optional,
        "wrapper": format_html_join("", ' {}="{}"', wrapper.items()),
        "maxlength": getattr(bound.field, "max_length", None),
    }


# ------------------------------------------------------------------ dates
@register.filter
def zh_date(value: dt.date | dt.datetime | None) -> str:
    """The day: 2017年7月14日 on a Chinese page, 2017-07-14 otherwise; empty for no day."""
    if not value:
        return ""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return f"{value.year}年{value.month}月{value.day}日" if _is_chinese() else value.isoformat()


@register.filter
def computed_day(value: dt.date | None) -> str:
    """A day counted in working days; one in a year whose holidays are not published yet says so."""
    text = zh_date(value)
    if value is None or not calendar.unpublished_banner(value.year):
        return text
    why = gettext("该年度放假安排尚未公布，日期为暂定")
    return f"{text}（{why}）" if _is_chinese() else f"{text} ({why})"


@register.filter
def zh_month(value: dt.date | None) -> str:
    """The month: 2017年7月 on a Chinese page, 2017-07 otherwise; empty for no day."""
    if not value:
        return ""
    return f"{value.year}年{value.month}月" if _is_chinese() else f"{value:%Y-%m}"


@register.filter
def zh_datetime(value: dt.datetime | None) -> str:
    """Day and minute in the time zone of the installation: 2017年7月14日 09:05; empty for no time."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{zh_date(local)} {local:%H:%M}"


# ------------------------------------------------------------------ numbers
@register.filter
def number(value: Any) -> str:
    """A number with thousands separators and no needless zeros: 12,345.6; text that is no number as it is."""
    if value is None or value == "":
        return ""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    shown = f"{exact:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@register.filter
def quantity(value: Any) -> str:
    """A quantity with ``value``, ``unit`` and ``qualifier`` (one of = > >= < <= ≈) in words.

    ``Quantity(624, "套", ">=")`` reads 不少于624套; a plain number is only grouped; nothing gives a dash.
    """
    if value is None or value == "":
        return NOTHING
    if not hasattr(value, "unit"):
        return number(value)
    words = {
        ">": gettext("超过"),
        ">=": gettext("不少于"),
        "<": gettext("少于"),
        "<=": gettext("不超过"),
        "≈": gettext("约"),
    }
    word = words.get(str(getattr(value, "qualifier", "") or "="), "")
    gap = "" if _is_chinese() else " "
    return gap.join(part for part in (word, number(value.value), str(value.unit or "")) if part)


@register.filter
def percent(part: Any, whole: Any = 100) -> str:
    """``part`` of ``whole`` in percent with one decimal, half up: 76.3%; a dash where whole is empty."""
    try:
        if part is None or not whole:
            return NOTHING
        share = Decimal(str(part)) * 100 / Decimal(str(whole))
    except (InvalidOperation, ZeroDivisionError):
        return NOTHING
    rounded = share.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{number(rounded)}%"


# ------------------------------------------------------------------ page plumbing
register.simple_tag(querystring, takes_context=True, name="query")


@register.simple_tag(takes_context=True)
def repeat_block(context: Context, name: str) -> str:
    """The block ``name`` of the page once more (base.html: the title is also the heading)."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return block.render(context) if block else str(context.get(name, ""))


@register.filter
def page_range(page: Page[Any]) -> list[int]:
    """The page numbers to show around ``page``, shortened; 0 stands for a gap."""
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in elided]
