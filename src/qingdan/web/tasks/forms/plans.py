"""Forms for plans, items and tasks. They check shape; the services check the rest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Assignment, Campaign, Source, Tag, Task
from ..services.plans import TaskSpec, current_deadline


class OrderedUnitsField(forms.CharField):
    """Units by name in the order typed, 、 between them: the order says who leads. Gives a list of `Unit`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": "unit-names", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        from qingdan.standards.unit_lists import read_units
        from qingdan.web.units.resolve import UnitIndex

        text = super().clean(value)
        if not text:
            return []
        index, found, unknown = UnitIndex.load(), [], []
        for mention in read_units(text).mentions:
            unit = index.find(mention.name)
            if unit is None:
                unknown.append(mention.written)
            else:
                found.append(unit)
        if unknown:
            raise forms.ValidationError(
                _("没有叫“%(names)s”的单位。请写单位全称或已登记的别名，多个单位用“、”隔开。"),
                params={"names": "、".join(unknown)},
            )
        return found


class PlanForm(forms.Form):
    name = forms.CharField(label=_("行动计划"), max_length=100)
    leads = OrderedUnitsField(
        label=_("牵头单位"), required=False, help_text=_("可有多个，排在第一的为主，用“、”隔开。")
    )
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=_("所属攻坚行动"), required=False)


class ItemForm(forms.Form):
    name = forms.CharField(label=_("事项（大项）"), max_length=300)


class TaskForm(forms.Form):
    work = forms.CharField(label=_("工作内容"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    leads = OrderedUnitsField(
        label=_("牵头单位"), required=False, help_text=_("可有多个，用“、”隔开；列第一位的牵头并负责报送。")
    )
    responsible = OrderedUnitsField(label=_("责任单位"), required=False)
    supporters = OrderedUnitsField(label=_("配合单位"), required=False)
    deadline = forms.CharField(
        label=_("完成时限"),
        max_length=60,
        required=False,
        help_text=_("如：7月20日前、7月底前、三季度、年内、每月28日前、收文后5个工作日内、持续推进。"),
    )
    reason = forms.CharField(
        label=_("调整理由"), max_length=500, required=False, help_text=_("调整完成时限时必填；原时限永久保留。")
    )
    key = forms.BooleanField(label=_("重点任务"), required=False)
    supervision = forms.ChoiceField(label=_("督查类型"), choices=Task.Supervision)
    tolerance_days = forms.IntegerField(
        label=_("提前预警天数"), min_value=0, max_value=365, required=False, help_text=_("空白时用全局参数。")
    )
    closing_rule = forms.CharField(
        label=_("办结标准"), max_length=300, required=False, help_text=_("“积极落实”等没有终点的任务，写明怎样算办结。")
    )
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), label=_("战略与功能区"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.all(), label=_("任务来源"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, subtask: bool = False, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["reason"]
        if subtask:
            for name in ("tags", "sources", "supervision", "supporters"):
                del self.fields[name]

    def spec(self) -> TaskSpec:
        """What was asked for, as the services take it."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return TaskSpec(**given)


def initial_of(task: Task) -> dict[str, Any]:
    """A task's present words for `TaskForm`."""
    units: dict[str, list[str]] = {}
    for assignment in task.assignments.select_related("unit"):
        units.setdefault(assignment.part, []).append(assignment.unit.name)
    deadline = current_deadline(task)
    return {
        "work": task.work,
        "leads": "、".join(units.get(Assignment.Part.LEAD, [])),
        "responsible": "、".join(units.get(Assignment.Part.RESPONSIBLE, [])),
        "supporters": "、".join(units.get(Assignment.Part.SUPPORT, [])),
        "deadline": deadline.written if deadline else "",
        "key": task.key,
        "supervision": task.supervision,
        "tolerance_days": task.tolerance_days,
        "closing_rule": task.closing_rule,
        "tags": list(task.tags.values_list("pk", flat=True)),
        "sources": list(task.sources.values_list("pk", flat=True)),
    }


class SourceForm(forms.Form):
    kind = forms.ChoiceField(label=_("类型"), choices=Source.Kind)
    level = forms.ChoiceField(label=_("层级"), choices=Source.Level)
    title = forms.CharField(label=_("名称"), max_length=200)
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    held_on = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    date_written = forms.CharField(
        label=_("日期原文"), max_length=40, required=False, help_text=_("日期不确切时照原文写，如“7月中旬”。")
    )


class TagForm(forms.Form):
    kind = forms.ChoiceField(label=_("维度"), choices=Tag.Kind)
    name = forms.CharField(label=_("名称"), max_length=60)


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=100)
    starts_on = forms.DateField(label=_("开始"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("结束"), widget=forms.DateInput(attrs={"type": "date"}))
    strategies = forms.ModelMultipleChoiceField(
        Tag.objects.filter(kind=Tag.Kind.STRATEGY), label=_("战略"), required=False, widget=forms.CheckboxSelectMultiple
    )
