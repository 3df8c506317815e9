"""The filter bar of the overview."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock

from ..light import Light
from ..models import Forecast, ListEdition, Tag
from ..overview import Filters

ALL = [("", _("全部"))]


class OverviewForm(forms.Form):
    """Which edition, which day, which rows. What is nonsense is named and left out, the rest still holds."""

    edition = forms.TypedChoiceField(label=_("清单"), required=False, coerce=int, empty_value=None)
    day = forms.DateField(label=_("截至日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    plan = forms.TypedChoiceField(label=_("行动计划"), required=False, coerce=int, empty_value=None)
    unit = forms.TypedChoiceField(label=_("牵头单位"), required=False, coerce=int, empty_value=None)
    tag = forms.TypedChoiceField(label=_("战略与功能区"), required=False, coerce=int, empty_value=None)
    light = forms.ChoiceField(label=_("灯号"), required=False, choices=[*ALL, *Light.choices])
    forecast = forms.ChoiceField(label=_("单位预估"), required=False, choices=[*ALL, *Forecast.choices])
    text = forms.CharField(
        label=_("文字"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("工作内容、大项或牵头单位")}),
    )
    key = forms.BooleanField(label=_("重点任务"), required=False)
    problems = forms.BooleanField(label=_("有需要解决的问题"), required=False)
    cannot = forms.BooleanField(label=_("不能按时办结"), required=False)
    unreported = forms.BooleanField(label=_("本周未报"), required=False)

    MORE = ("plan", "unit", "tag", "light", "forecast", "key", "problems", "cannot", "unreported")

    def __init__(
        self, *args: Any, editions: list[ListEdition], plans: list[tuple[int, str]], units: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        tags: dict[str, list[tuple[int, str]]] = {}
        for tag in Tag.objects.all():
            tags.setdefault(str(tag.get_kind_display()), []).append((tag.pk, tag.name))
        choices: dict[str, list[Any]] = {
            "edition": [(e.pk, f"{e.title}（第{e.version}版）" if e.version > 1 else e.title) for e in editions],
            "plan": [*ALL, *plans],
            "unit": [*ALL, *units],
            "tag": [*ALL, *tags.items()],
        }
        for name, given in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = given
        self.fields["day"].widget.attrs["max"] = clock.today().isoformat()

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and day > clock.today():
            raise forms.ValidationError(_("%(day)s还没有到，按今天显示。") % {"day": day})
        return None if day == clock.today() else day

    def filters(self) -> Filters:
        """The conditions asked for. Call after `is_valid`; what was refused is left out."""
        names = ("plan", "unit", "tag", "light", "forecast", "key", "problems", "text", "cannot", "unreported")
        given = {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
        return Filters(**given)
