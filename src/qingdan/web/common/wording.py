"""The Chinese names of what events hold: verbs, kinds of objects, facts. Each app registers its own when it starts.

    register_verbs("tasks.lists", _("任务清单"), {"tasks.issue": _("印发清单")})
    register_objects({"tasks.task": ObjectName(_("任务"), "tasks:task")})
    register_facts({"progress": _("进展情况")}, values={"forecast": dict(Forecast.choices)})

A theme is a group of verbs that readers of the log can choose together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .errors import Text
from .templatetags.qd import zh_date

# Under which of its facts an event gives its reason.
REASON_KEYS = ("reason", "note", "opinion")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class ObjectName:
    """What a kind of object is called, and the name of its page's address (it takes the number; empty: no page)."""

    title: Text
    url_name: str = ""


_themes: dict[str, tuple[Text, dict[str, Text]]] = {}
_objects: dict[str, ObjectName] = {}
_facts: dict[str, Text] = {}
_values: dict[str, dict[str, Text]] = {}


def register_verbs(theme: str, title: Text, verbs: Mapping[str, Text]) -> None:
    """Name the verbs of a theme; ``theme`` is its stable name in addresses."""
    _themes[theme] = (title, dict(verbs))


def register_objects(objects: Mapping[str, ObjectName]) -> None:
    """Name kinds of objects by their model's label (``tasks.task``)."""
    _objects.update(objects)


def register_facts(facts: Mapping[str, Text], values: Mapping[str, Mapping[str, Text]] | None = None) -> None:
    """Name facts by their key in an event's data, and the codes that stand under a key.

    Facts are shown in the order of their naming; an app that names one again decides its name and place.
    """
    for key, name in facts.items():
        _facts.pop(key, None)
        _facts[key] = name
    for key, codes in (values or {}).items():
        _values.setdefault(key, {}).update(codes)


def verbs() -> dict[str, Text]:
    """Every named verb."""
    return {verb: label for _title, named in _themes.values() for verb, label in named.items()}


def themes() -> dict[str, Text]:
    """The themes with their titles."""
    return {theme: title for theme, (title, _named) in _themes.items()}


def verbs_of(theme: str) -> list[str]:
    """The verbs of a theme; none for one that nobody registered."""
    return list(_themes[theme][1]) if theme in _themes else []


def verb_label(verb: str) -> Text:
    """A verb in words; one without a name is shown as it is written."""
    return next((named[verb] for _title, named in _themes.values() if verb in named), verb)


def objects() -> dict[str, ObjectName]:
    """Every named kind of object."""
    return dict(_objects)


def object_title(object_type: str) -> Text:
    """A kind of object in words."""
    return _objects[object_type].title if object_type in _objects else object_type


def object_url(object_type: str, object_id: str) -> str:
    """The page of an object; empty when its kind has none."""
    name = _objects[object_type].url_name if object_type in _objects else ""
    try:
        return reverse(name, args=[object_id]) if name else ""
    except NoReverseMatch:
        return ""


def reason_of(facts: Mapping[str, Any]) -> str:
    """The reason that an event gives; empty when it gives none."""
    return next((str(facts[key]).strip() for key in REASON_KEYS if str(facts.get(key) or "").strip()), "")


def fact_lines(facts: Mapping[str, Any]) -> list[tuple[Text, str]]:
    """An event's data as (name, text) for people, in the order of the names; what is empty is left out."""
    places = {key: place for place, key in enumerate(_facts)}
    keys = sorted(facts, key=lambda key: (places.get(key, len(places)), key))
    lines = [(_facts.get(key, key), _said(key, facts[key])) for key in keys]
    return [(name, text) for name, text in lines if text]


def _said(key: str, value: Any) -> str:
    """A value in words. A list of objects or of changes (field, old, new) takes a line for each, all else one line."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        if value.keys() == {"type", "id", "label"}:
            return str(value["label"])
        # In a list of reports a box that was not ticked is no news.
        told = {name: each for name, each in value.items() if each is not False}
        return "；".join(_("%(name)s：%(text)s") % {"name": n, "text": t} for n, t in fact_lines(told))
    if isinstance(value, list):
        texts = [_said(key, each) for each in value]
        nested = any(isinstance(each, Mapping | list) for each in value)
        return "\n".join(f"· {text}" for text in texts) if nested else "、".join(texts)
    text = str(value)
    if text in _values.get(key, {}):
        return str(_values[key][text])
    return zh_date(date.fromisoformat(text)) if _DAY.fullmatch(text) else text


register_verbs(
    "common",
    gettext_lazy("系统与设置"),
    {
        "common.adopt": gettext_lazy("将数据表纳入记录"),
        "common.import_year": gettext_lazy("导入全年放假安排"),
        "common.mark_all_read": gettext_lazy("全部标为已读"),
        "common.mark_read": gettext_lazy("阅读通知"),
        "common.publish_year": gettext_lazy("公布年度放假安排"),
        "common.remove_calendar_day": gettext_lazy("取消特别日期"),
        "common.retry_delivery": gettext_lazy("重新发送"),
        "common.retry_task": gettext_lazy("重新运行作业"),
        "common.seed_calendar": gettext_lazy("写入内置放假安排"),
        "common.set_calendar_day": gettext_lazy("设定放假或补班"),
        "common.set_value": gettext_lazy("修改工作参数"),
        "common.store_attachment": gettext_lazy("上传附件"),
    },
)
register_objects(
    {
        "common.attachment": ObjectName(gettext_lazy("附件"), "common:attachment"),
        "common.calendarday": ObjectName(gettext_lazy("工作日历日期"), "common:calendar_day"),
        "common.calendaryear": ObjectName(gettext_lazy("工作日历年度"), "common:calendar_year"),
        "common.delivery": ObjectName(gettext_lazy("外发消息")),
        "common.notification": ObjectName(gettext_lazy("通知")),
        "common.setting": ObjectName(gettext_lazy("工作参数"), "common:value"),
        "common.shape": ObjectName(gettext_lazy("数据表")),
    }
)
register_facts(
    {
        "address": gettext_lazy("网络地址"), "after": gettext_lazy("之后"), "before": gettext_lazy("之前"),
        "content_type": gettext_lazy("文件类型"), "count": gettext_lazy("数量"), "day": gettext_lazy("日期"),
        "kind": gettext_lazy("类型"), "name": gettext_lazy("名称"),
        "note": gettext_lazy("说明"), "opinion": gettext_lazy("意见"), "published": gettext_lazy("已公布"),
        "reason": gettext_lazy("理由"), "remark": gettext_lazy("说明"), "rows": gettext_lazy("行数"),
        "sha256": gettext_lazy("文件校验值"), "size": gettext_lazy("大小（字节）"), "source": gettext_lazy("依据文件"),
        "text": gettext_lazy("内容"), "years": gettext_lazy("年份"),
    },
    values={"kind": {"holiday": gettext_lazy("放假"), "makeup": gettext_lazy("补班")}},
)  # fmt: skip
