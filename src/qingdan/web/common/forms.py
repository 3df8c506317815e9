"""Forms of the ground floor, and how a service's refusal gets back into a form."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import values
from .errors import Denied, DomainError
from .models import CalendarDay


def put_back(form: forms.BaseForm, error: DomainError) -> None:
    """Show what a service refused at its field, or above the form. A missing right is no matter of a form."""
    if isinstance(error, Denied):
        raise error
    field = error.field if error.field in form.fields else None
    text = f"{error.reason} {error.remedy}".strip() if field else str(error)
    form.add_error(field, text)


def _reason() -> forms.CharField:
    return forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class DayForm(forms.Form):
    """What a day is."""

    kind = forms.ChoiceField(
        label=_("这一天"),
        choices=[*CalendarDay.Kind.choices, ("", _("按星期（取消特别安排）"))],
        required=False,
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(label=_("说明"), max_length=100, required=False)
    reason = _reason()


class PublishForm(forms.Form):
    """Whether a year's arrangement is complete, and by which document."""

    source = forms.CharField(label=_("依据文件"), max_length=200, required=False)
    published = forms.BooleanField(label=_("该年放假安排已公布并录全"), required=False, initial=True)
    reason = _reason()


class ImportForm(forms.Form):
    """A year's arrangement as a table."""

    file = forms.FileField(
        label=_("CSV 文件"),
        help_text=_("三列：日期（2027-01-01）、类型（放假或补班）、说明。该年原有安排将全部替换。"),
    )
    source = forms.CharField(label=_("依据文件"), max_length=200)
    reason = _reason()


class ValueForm(forms.Form):
    """One setting: the widget follows its kind."""

    def __init__(self, about: values.Value, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.fields[about.name] = self._field(about)
        self.fields["reason"] = _reason()

    @staticmethod
    def _field(about: values.Value) -> forms.Field:
        shared: dict[str, Any] = {"label": about.label, "help_text": about.meaning}
        if about.kind == "weekday":
            return forms.TypedChoiceField(choices=list(enumerate(values.WEEKDAYS)), coerce=int, **shared)
        if about.kind == "time":
            return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **shared)
        if about.kind == "switch":
            return forms.TypedChoiceField(
                choices=[("1", _("开启")), ("0", _("关闭"))],
                coerce=lambda value: value == "1",
                widget=forms.RadioSelect,
                **shared,
            )
        if about.kind == "share":
            return forms.DecimalField(min_value=about.low, max_value=about.high, decimal_places=2, **shared)
        return forms.IntegerField(min_value=about.low, max_value=about.high, **shared)

    @staticmethod
    def starting(about: values.Value, value: Any) -> Any:
        """``value`` as the widget shows it."""
        if about.kind == "switch":
            return "1" if value else "0"
        return f"{value:%H:%M}" if isinstance(value, time) else value
