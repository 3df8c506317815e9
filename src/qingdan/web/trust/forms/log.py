"""The filter bars of the inspector's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import wording

from ..hands import HandFilters, verbs
from ..records import Filters


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class _Days(forms.Form):
    """Days in their order."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("早于起始日期，请核对。"))
        return data


class LogForm(_Days):
    """What the log is searched by."""

    object_type = forms.ChoiceField(label=_("对象类型"), required=False)
    object = forms.CharField(label=_("对象编号或名称"), max_length=60, required=False)
    person = forms.CharField(label=_("人员"), max_length=60, required=False)
    post = forms.CharField(label=_("岗位"), max_length=60, required=False)
    theme = forms.ChoiceField(label=_("事项"), required=False)
    since = _day(_("起"))
    until = _day(_("止"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(((key, name.title) for key, name in wording.objects().items()), key=lambda pair: pair[0])
        self.fields["object_type"].choices = [("", _("全部")), *kinds]  # type: ignore[attr-defined]
        self.fields["theme"].choices = [("", _("全部")), *wording.themes().items()]  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """The conditions asked for; the form is valid."""
        return Filters(**{name: value for name, value in self.cleaned_data.items() if value})


class HandsForm(_Days):
    """What the register of interventions is searched by."""

    person = forms.CharField(label=_("人员或岗位"), max_length=60, required=False)
    action = forms.ChoiceField(label=_("动作"), required=False)
    since = _day(_("起"))
    until = _day(_("止"))
    unexplained = forms.BooleanField(label=_("只看未说明理由的"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(verb, wording.verb_label(verb)) for verb in verbs()]
        self.fields["action"].choices = [("", _("全部")), *known]  # type: ignore[attr-defined]

    def filters(self) -> HandFilters:
        """The conditions asked for; the form is valid."""
        return HandFilters(**{name: value for name, value in self.cleaned_data.items() if value})
