"""Forms of imports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.units.models import Unit

from ..models import ImportBatch, ListEdition, ReportPeriod

READABLE = ".xlsx,.xlsm,.xls,.et,.csv,.txt,.docx"


class MonthField(forms.DateField):
    """A month as browsers send it (2017-07), as its first day; people may type 2017年7月 too."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d", "%Y年%m月", "%Y/%m"], **kwargs)


def this_month() -> date:
    return clock.today().replace(day=1)


class UploadForm(forms.Form):
    """A ledger or a filled report template."""

    file = forms.FileField(
        label=_("文件"),
        help_text=_(
            "Excel（.xlsx、.xls）、CSV 或 Word 表格（.docx），不超过 20 MB。合并单元格、多行表头、小计和注释都能识别。"
        ),
        widget=forms.FileInput(attrs={"accept": READABLE}),
    )
    kind = forms.ChoiceField(
        label=_("内容"),
        choices=[(k.value, k.label) for k in (ImportBatch.Kind.LEDGER, ImportBatch.Kind.REPORTS)],
        initial=ImportBatch.Kind.LEDGER,
        widget=forms.RadioSelect,
    )
    reference = MonthField(
        label=_("台账所属月份"), initial=this_month, help_text=_("“7月底前”一类没有年份的时限，按这个月份读作日期。")
    )
    edition = forms.ModelChoiceField(
        ListEdition.objects.none(), label=_("列入清单草稿"), required=False, empty_label=_("不列入"),
        help_text=_("导入后把任务列入编制中的清单。"),
    )  # fmt: skip
    period = forms.ModelChoiceField(
        ReportPeriod.objects.none(), label=_("周次"), required=False, empty_label=_("请选择周次"),
        help_text=_("代录周报时必选。"),
    )  # fmt: skip
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("代录单位"), required=False, empty_label=_("按任务的牵头单位"),
        help_text=_("文件由一个单位填报的，选该单位；历史一览表不选。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edition"].queryset = ListEdition.objects.filter(issued_at__isnull=True)  # type: ignore[attr-defined]
        self.fields["period"].queryset = ReportPeriod.objects.filter(due_on__isnull=False)  # type: ignore[attr-defined]
        self.fields["unit"].queryset = Unit.objects.open_on(clock.today())  # type: ignore[attr-defined]

    def clean_period(self) -> ReportPeriod | None:
        period: ReportPeriod | None = self.cleaned_data["period"]
        if period is None and self.cleaned_data.get("kind") == ImportBatch.Kind.REPORTS:
            raise forms.ValidationError(_("请选择这些报告属于哪一周。"))
        return period


class NewsForm(forms.Form):
    """Pasted news or other text."""

    text = forms.CharField(
        label=_("文字"),
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=200_000,
        help_text=_("图片说明、“新闻推荐”、署名等文字会被识别出来，不产生任务；正文中的任务须由您选定并补全后才建立。"),
    )
    reference = MonthField(label=_("所属月份"), initial=this_month)


class ProposalForm(forms.Form):
    """One task out of pasted text. Ticked ones are checked and created."""

    chosen = forms.BooleanField(label=_("建立"), required=False)
    line = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=1_000_000)
    work = forms.CharField(
        label=_("工作内容"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    plan = forms.CharField(
        label=_("行动计划"), required=False, max_length=100, widget=forms.TextInput(attrs={"list": "plans"})
    )
    item = forms.CharField(label=_("大项"), required=False, max_length=300)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("牵头单位"), required=False, empty_label=_("请选择"))
    deadline = forms.CharField(label=_("完成时限"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.open_on(clock.today())  # type: ignore[attr-defined]


ProposalFormSet = forms.formset_factory(ProposalForm, extra=0, max_num=200, absolute_max=300)
