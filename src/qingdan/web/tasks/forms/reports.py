"""Forms of the weekly report: a draft (incomplete is welcome), sending back, filters, a rung of the ladder."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingdan.standards.weeks import week_label
from qingdan.web.common import clock
from qingdan.web.units.models import Role

from ..hints import HintKind
from ..models import EscalationRule, Forecast, ReportPeriod
from ..week import WeekTask

ALL = [("", _("全部"))]
MAX_TEXT = 4000


def _text(label: Any, rows: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": rows}), **kwargs
    )


class ReportForm(forms.Form):
    """One task's draft. Only shapes are checked here: what is missing is said before signing."""

    progress = _text(_("进展情况"), 3)
    percent = forms.IntegerField(
        label=_("完成比例（%）"), required=False, min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    quantity = forms.DecimalField(label=_("已完成数量"), required=False, max_digits=20, decimal_places=4, min_value=0)
    forecast = forms.ChoiceField(
        label=_("预估是否能够按时办结"), required=False, choices=Forecast.choices, widget=forms.RadioSelect
    )
    reason = _text(_("不能按时办结的原因"), 2)
    advice = _text(_("建议"), 2)
    problem = _text(_("需要区委区政府解决的问题"), 2)
    claims_done = forms.BooleanField(label=_("申请办结（请附佐证材料）"), required=False)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, task: WeekTask, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{task.task.pk}_%s")
        content = task.content
        kwargs.setdefault("initial", {**content, "revision": task.draft.revision if task.draft else 0})
        if (quantity := content.get("quantity")) is not None:
            kwargs["initial"]["quantity"] = f"{quantity.normalize():f}"
        super().__init__(*args, **kwargs)
        if task.targets:
            self.fields["quantity"].help_text = _("目标：%s") % "、".join(target.written for target in task.targets)
        else:
            del self.fields["quantity"]

    def content(self) -> dict[str, Any]:
        """The content of the draft; call after `is_valid`. Reason and advice belong to 不能 alone."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        if given["forecast"] != Forecast.NO:
            given["reason"] = given["advice"] = ""
        return given


class ReturnForm(forms.Form):
    """Why a report goes back."""

    reason = forms.CharField(label=_("退回理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class OpenWeekForm(forms.Form):
    """Any day of the week to open."""

    day = forms.DateField(label=_("该周的任意一天"), widget=forms.DateInput(attrs={"type": "date"}))


class UrgeForm(forms.Form):
    """Words that go with an urge."""

    note = forms.CharField(label=_("附言"), required=False, max_length=300)


class SpanForm(forms.Form):
    """From one day to another; by default the last half year."""

    since = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("起始日期晚于截止日期，请核对。"))
        if since and (until or clock.today()) - since > timedelta(days=732):
            raise forms.ValidationError(_("一次最多查看两年，请缩短起止日期。"))
        return given

    def span(self) -> tuple[date, date]:
        """What was asked, with what is missing or wrong by default."""
        given = self.cleaned_data if self.is_valid() else {}
        until = given.get("until") or clock.today()
        since = given.get("since") or until - timedelta(days=182)
        return min(since, until), until


class WeekForm(forms.Form):
    """Which week, and which hints."""

    week = forms.TypedChoiceField(label=_("周次"), required=False, coerce=int, empty_value=None)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[*ALL, *HintKind.choices])
    unit = forms.TypedChoiceField(label=_("单位"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, periods: list[ReportPeriod], units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weeks, unit = self.fields["week"], self.fields["unit"]
        assert isinstance(weeks, forms.ChoiceField) and isinstance(unit, forms.ChoiceField)  # noqa: S101
        weeks.choices = [(period.pk, week_label(period.monday)) for period in periods]
        unit.choices = [*ALL, *units]


class LogForm(SpanForm):
    """The log of rungs climbed: when, which ladder, which unit."""

    trigger = forms.ChoiceField(label=_("起算"), required=False, choices=[*ALL, *EscalationRule.Trigger.choices])
    unit = forms.TypedChoiceField(label=_("单位"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [*ALL, *units]


class RuleForm(forms.Form):
    """One rung."""

    trigger = forms.ChoiceField(label=_("起算"), choices=EscalationRule.Trigger.choices)
    workdays = forms.IntegerField(
        label=_("工作日"), help_text=_("负数为提前几个工作日，0为当日，正数为逾期后第几个工作日。"),
        min_value=-30, max_value=60,
    )  # fmt: skip
    name = forms.CharField(label=_("级别"), max_length=40)
    recipient = forms.ChoiceField(label=_("通知对象"))
    key_only = forms.BooleanField(label=_("仅重点任务"), required=False)
    active = forms.BooleanField(label=_("启用"), required=False)

    RECIPIENTS = (
        Role.REPORTER, Role.SIGNER, Role.SUPERVISOR, Role.SUPERVISION_HEAD, Role.LEADER, Role.DISCIPLINE,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["recipient"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(role.value, role.label) for role in self.RECIPIENTS]
