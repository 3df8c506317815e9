"""The office's settings: what can be set, what it means, its default and its limits; stored as `Setting` rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from .errors import DomainError
from .events import record
from .models import Setting
from .revision import Revised
from .rights import YES, Verdict, no, require

if TYPE_CHECKING:
    from qingdan.web.units.models import User

Text = str | Promise
WEEKDAYS: tuple[Text, ...] = (
    gettext_lazy("星期一"),
    gettext_lazy("星期二"),
    gettext_lazy("星期三"),
    gettext_lazy("星期四"),
    gettext_lazy("星期五"),
    gettext_lazy("星期六"),
    gettext_lazy("星期日"),
)
# As the heads of a calendar's columns.
SHORT_WEEKDAYS: tuple[Text, ...] = (
    pgettext_lazy("weekday", "一"),
    pgettext_lazy("weekday", "二"),
    pgettext_lazy("weekday", "三"),
    pgettext_lazy("weekday", "四"),
    pgettext_lazy("weekday", "五"),
    pgettext_lazy("weekday", "六"),
    pgettext_lazy("weekday", "日"),
)


@dataclass(frozen=True)
class Value:
    """One setting: ``kind`` is weekday (0 = Monday), time, whole, share or switch; limits are inclusive."""

    name: str
    label: Text
    meaning: Text
    kind: str
    default: Any
    low: Any = None
    high: Any = None
    unit: Text = ""


VALUES: dict[str, Value] = {
    value.name: value
    for value in (
        Value("report_opens_weekday", gettext_lazy("周报开始填报"), gettext_lazy("每周从这一天起可以填报本周周报。"),
              "weekday", 0),
        Value("report_due_weekday", gettext_lazy("周报截止日"),
              gettext_lazy("每周应在这一天报送；遇放假提前到本周最后一个工作日。"), "weekday", 4),
        Value("report_due_hour", gettext_lazy("周报截止时刻"), gettext_lazy("截止日的这一时刻之后报送的，记为迟报。"),
              "time", time(17, 30)),
        Value("no_change_cap", gettext_lazy("“本周无变化”连续上限"),
              gettext_lazy("同一任务连续报“本周无变化”达到这一次数后，须填写实际进展。"),
              "whole", 3, 1, 12, gettext_lazy("周")),
        Value("yellow_days", gettext_lazy("临期提前天数"), gettext_lazy("距完成时限不足这一天数的任务转为“临期”。"),
              "whole", 7, 1, 60, gettext_lazy("天")),
        Value("stale_weeks", gettext_lazy("多久未报算停滞"), gettext_lazy("连续这一周数没有周报的任务转为“预警”。"),
              "whole", 2, 1, 12, gettext_lazy("周")),
        Value("similarity_threshold", gettext_lazy("雷同提示阈值"),
              gettext_lazy("进展文字与上期或他单位的相似度达到这一数值时提示核对（0.50 至 1.00）。"),
              "share", Decimal("0.9"), Decimal("0.5"), Decimal(1)),
        Value("escalation", gettext_lazy("逾期逐级提醒"), gettext_lazy("关闭后不再自动发出提醒、催办和升级通知。"),
              "switch", True),
    )
}  # fmt: skip


def _load() -> dict[str, Any]:
    stored = dict(Setting.objects.filter(name__in=VALUES).values_list("name", "value"))
    return {name: _thaw(value, stored[name]) if name in stored else value.default for name, value in VALUES.items()}


_values = Revised("values", _load)


def _touch(instance: Setting, **_kwargs: Any) -> None:
    if instance.name in VALUES:
        _values.touch()


post_save.connect(_touch, sender=Setting, dispatch_uid="qingdan-values-save")
post_delete.connect(_touch, sender=Setting, dispatch_uid="qingdan-values-delete")


def get(name: str) -> Any:
    """The value in force: int for weekday (0 = Monday) and whole, `time`, `Decimal` for share, bool for switch.

    Raises KeyError for a name that is no setting.
    """
    return _values.get()[name]


def everything() -> dict[str, Any]:
    """All values in force by name."""
    return dict(_values.get())


def default(name: str) -> Any:
    """The value that holds while nobody has set one."""
    return VALUES[name].default


def shown(name: str, value: Any) -> str:
    """The value in words, as pages show it."""
    about = VALUES[name]
    if about.kind == "weekday":
        return str(WEEKDAYS[value])
    if about.kind == "time":
        return f"{value:%H:%M}"
    if about.kind == "switch":
        return _("开启") if value else _("关闭")
    return f"{value} {about.unit}".strip()


def can_set_values(actor: User) -> Verdict:
    """Only the head of the supervision office changes how reports and lights work."""
    if actor.standing.has("supervision_head"):
        return YES
    return no(gettext_lazy("只有目督办负责人可以修改工作参数。"))


def can_see_values(actor: User) -> Verdict:
    """The office and the system administrator see the settings."""
    if actor.standing.is_office or actor.standing.has("system_admin"):
        return YES
    return no(gettext_lazy("只有目督办和系统管理员可以查看工作参数。"))


@transaction.atomic
def set_value(actor: User, name: str, value: Any, reason: str) -> Any:
    """Set ``name`` to ``value`` (the type that `get` gives, or its text); return the value in force.

    Raises Denied without the right; DomainError (field = the name, or ``reason``) for a value out of its limits.
    """
    require(can_set_values(actor))
    if name not in VALUES:
        raise DomainError(_("工作参数"), _("没有“%(name)s”这一项。") % {"name": name[:40]}, _("请从页面中选择。"))
    reason = reason.strip()
    if not reason:
        raise DomainError(_("理由"), _("没有填写理由。"), _("请写明为什么修改。"), field="reason")
    about = VALUES[name]
    clean = _clean(about, value)
    # Locking the row makes two changes at once take turns, so each event's "before" is true.
    Setting.objects.get_or_create(name=name, defaults={"value": _freeze(about.default)})
    row = Setting.objects.select_for_update().get(name=name)
    before = _thaw(about, row.value)
    if clean == before:
        raise DomainError(about.label, _("与现在的值相同，没有修改。"), _("请填写新的值。"), field=name)
    if name.startswith("report_"):
        _check_week({**everything(), name: clean}, name)
    row.value = _freeze(clean)
    row.save()
    record(actor, "common.set_value", row, name=name, before=_freeze(before), after=_freeze(clean), reason=reason)
    return clean


def _check_week(values: dict[str, Any], name: str) -> None:
    if values["report_due_weekday"] < values["report_opens_weekday"]:
        raise DomainError(
            VALUES[name].label, _("截止日早于开始填报的日子。"), _("请先调整另一项，使开始在前、截止在后。"), field=name
        )


def _freeze(value: Any) -> Any:
    """As it is stored in JSON."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return format(value, "f") if isinstance(value, Decimal) else value


def _thaw(about: Value, stored: Any) -> Any:
    try:
        return _clean(about, stored)
    except DomainError:  # somebody wrote nonsense into the table: the default is safer than a broken page
        return about.default


def _clean(about: Value, value: Any) -> Any:
    """``value`` or its text as the setting's own type, within its limits."""
    readers: dict[str, Callable[[Any], Any]] = {
        "weekday": _weekday, "time": _time, "whole": _whole, "share": _share, "switch": _switch,
    }  # fmt: skip
    try:
        clean = readers[about.kind](value)
    except (ValueError, TypeError, InvalidOperation):
        raise DomainError(
            about.label,
            _("“%(value)s”不是可以接受的值。") % {"value": str(value)[:20]},
            _hint(about),
            field=about.name,
        ) from None
    if about.low is not None and not about.low <= clean <= about.high:
        raise DomainError(about.label, _("%(value)s 超出范围。") % {"value": clean}, _hint(about), field=about.name)
    return clean


def _hint(about: Value) -> str:
    if about.low is not None:
        return _("请填写 %(low)s 至 %(high)s 之间的数。") % {"low": about.low, "high": about.high}
    return _("请写成 17:30。") if about.kind == "time" else _("请从列出的项中选择。")


def _whole(value: Any) -> int:
    if isinstance(value, bool | float):
        raise ValueError(value)
    return int(value)


def _weekday(value: Any) -> int:
    day = _whole(value)
    if not 0 <= day <= 6:
        raise ValueError(value)
    return day


def _time(value: Any) -> time:
    return (value if isinstance(value, time) else time.fromisoformat(str(value).strip())).replace(
        second=0, microsecond=0
    )


def _share(value: Any) -> Decimal:
    share = Decimal(str(value))
    if not share.is_finite():
        raise ValueError(value)
    return share


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False, "": False}
    return words[str(value).strip().lower()] if str(value).strip().lower() in words else bool(int(value))
