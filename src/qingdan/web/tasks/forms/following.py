"""Forms of what is done about a task: judging, lights, closing, deadlines, extensions, problems."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.units.models import Unit

from ..light import Light
from ..models import Closure, Forecast, ProblemStep, Task


def _text(label: Any, *, rows: int = 2, limit: int = 500, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=limit, widget=widget, **options)


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


class JudgeForm(forms.Form):
    forecast = forms.ChoiceField(label=_("能否按时办结"), choices=Forecast.choices, widget=forms.RadioSelect)
    note = _text(_("依据"))


class LightForm(forms.Form):
    light = forms.ChoiceField(label=_("调整为"), choices=[("", "—"), *Light.choices])
    expires_on = _day(_("有效至"), help_text=_("过期后自动恢复系统计算的灯号"))
    reason = _text(_("理由"))


class ReasonForm(forms.Form):
    reason = _text(_("理由"))


class CloseForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("办结方式"), choices=[each for each in Closure.Kind.choices if each[0] != Closure.Kind.REOPENED]
    )
    finished_on = _day(_("完成日期"), required=False, help_text=_("办结时填写实际完成的日期"))
    merged_into = forms.CharField(
        label=_("并入任务的编码"), required=False, max_length=24, help_text=_("并入时填写，任务编码见任务页")
    )
    document = forms.CharField(
        label=_("批准文号"), required=False, max_length=100, help_text=_("撤销时填写批准的文件或会议")
    )
    note = _text(_("核实情况"))

    def clean_merged_into(self) -> Task | None:
        code = self.cleaned_data["merged_into"].strip()
        if not code:
            return None
        task = Task.objects.filter(code=code).first()
        if task is None:
            raise forms.ValidationError(_("没有编码为“%(code)s”的任务，请核对。"), params={"code": code})
        return task


class NoteForm(forms.Form):
    note = _text(_("理由"))


class DeadlineForm(forms.Form):
    deadline = forms.CharField(label=_("新的完成时限"), max_length=60, help_text=_("如“8月15日前”“8月底前”“年内”"))
    reason = _text(_("理由"))


class ExtensionForm(forms.Form):
    unit = forms.ModelChoiceField(label=_("申请单位"), queryset=Unit.objects.none(), empty_label=None)
    deadline = forms.CharField(label=_("申请的时限"), max_length=60, help_text=_("如“8月15日前”，须晚于现时限"))
    reason = _text(_("理由"), rows=3, limit=1000)

    def __init__(self, *args: Any, units: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Unit.objects.none() if units is None else units


class DecisionForm(forms.Form):
    approved = forms.TypedChoiceField(
        label=_("审批"), choices=[("yes", _("同意")), ("no", _("不同意"))], coerce=lambda word: word == "yes",
        widget=forms.RadioSelect, empty_value=None,
    )  # fmt: skip
    reason = _text(_("审批意见"))


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("承办单位"), queryset=Unit.objects.none(), empty_label=_("请选择"))
    due_on = _day(_("答复期限"))
    text = _text(_("交办意见"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Unit.objects.open_on(clock.today())


class TextForm(forms.Form):
    text = _text(_("内容"), rows=3, limit=2000)


class ProblemFilterForm(forms.Form):
    """Which problems: ``open`` means all that are not solved, ``overdue`` those whose answer is late."""

    STATES = [
        ("", _("全部")),
        ("open", _("未解决")),
        ("new", _("待交办")),
        *[(kind.value, kind.label) for kind in ProblemStep.Kind],
        ("overdue", _("逾期未答复")),
    ]
    state = forms.ChoiceField(label=_("状态"), choices=STATES, required=False)
    unit = forms.ModelChoiceField(
        label=_("提出单位"), queryset=Unit.objects.none(), required=False, empty_label=_("全部")
    )
    owner = forms.ModelChoiceField(
        label=_("承办单位"), queryset=Unit.objects.none(), required=False, empty_label=_("全部")
    )
    text = forms.CharField(
        label=_("文字"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("问题或工作内容")}),
    )  # fmt: skip

    def __init__(self, *args: Any, seen: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        raised = Unit.objects.filter(pk__in=seen.order_by().values("unit"))
        owned = Unit.objects.filter(pk__in=ProblemStep.objects.filter(problem__in=seen.order_by()).values("owner"))
        for name, queryset in (("unit", raised), ("owner", owned)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = queryset

    def narrow(self, problems: Any, today: date) -> Any:
        """``problems`` (with state) that fit; call after `is_valid`."""
        wanted = self.cleaned_data
        state = wanted.get("state") or ""
        if state == "open":
            problems = problems.exclude(state=ProblemStep.Kind.SOLVED)
        elif state == "new":
            problems = problems.filter(state="")
        elif state == "overdue":
            waiting = (ProblemStep.Kind.ASSIGNED, ProblemStep.Kind.REOPENED)
            problems = problems.filter(state__in=waiting, answer_due__lt=today)
        elif state:
            problems = problems.filter(state=state)
        if wanted.get("unit"):
            problems = problems.filter(unit=wanted["unit"])
        if wanted.get("owner"):
            problems = problems.filter(owner_id=wanted["owner"].pk)
        if word := (wanted.get("text") or "").strip():
            problems = problems.filter(text__icontains=word) | problems.filter(task__work__icontains=word)
        return problems
