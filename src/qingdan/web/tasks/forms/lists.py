"""Forms for drafting and issuing the monthly list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Campaign, ListEdition, ListLine, Task


class DraftForm(forms.Form):
    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        help_text=_("格式如 2017-08。"),
    )
    title = forms.CharField(label=_("标题"), max_length=200, required=False, help_text=_("空白时自动编写。"))
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=_("所属攻坚行动"), required=False)


class LineForm(forms.Form):
    change = forms.ChoiceField(label=_("变动"), choices=ListLine.Change)
    removal = forms.ChoiceField(label=_("移出原因"), choices=[("", "—"), *ListLine.Removal.choices], required=False)
    reason = forms.CharField(
        label=_("变动说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    approver = forms.CharField(
        label=_("批准人（岗位）"), max_length=100, required=False, help_text=_("空白时以印发时填写的批准岗位为准。")
    )
    merged_into = forms.ModelChoiceField(Task.objects.none(), label=_("并入任务"), required=False)

    def __init__(self, *args: Any, line: ListLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["merged_into"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        others = line.edition.lines.standing_lines().exclude(task=line.task_id)
        field.queryset = Task.objects.filter(pk__in=others.values("task")).order_by(
            "item__plan__sort", "item__sort", "sort"
        )


class IssueForm(forms.Form):
    approver = forms.CharField(
        label=_("批准人（岗位）"), max_length=100, help_text=_("批准本期清单的岗位，如“区委区政府分管领导”。")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class AddLineForm(forms.Form):
    task = forms.ModelChoiceField(Task.objects.none(), label=_("任务"))
    reason = forms.CharField(label=_("变动说明"), max_length=500, required=False)
    approver = forms.CharField(label=_("批准人（岗位）"), max_length=100, required=False)

    def __init__(self, *args: Any, edition: ListEdition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["task"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Task.objects.open_at().exclude(lines__edition=edition)
