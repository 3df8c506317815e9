"""Forms of the erasure of personal data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import ErasureRequest
from ..services.erasure import kinds


class AskForm(forms.Form):
    object_type = forms.ChoiceField(
        label=_("对象类型"), help_text=_("人员和附件连同其本身的数据一起删除；其他对象只删除可信记录中的文字。")
    )
    object_id = forms.CharField(label=_("对象编号"), max_length=40, help_text=_("见该对象页面地址中的数字。"))
    scope = forms.ChoiceField(
        label=_("范围"),
        choices=ErasureRequest.Scope.choices,
        widget=forms.RadioSelect,
        help_text=_("人员选“内容与身份”，附件选“事项内容”。"),
    )
    reason = forms.CharField(
        label=_("依据与理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "写明法律依据（如《个人信息保护法》第四十七条第一款第几项）、申请人和申请日期。"
            "本栏永久保留，不要写出要删除的内容本身。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["object_type"].choices = kinds()  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    granted = forms.ChoiceField(
        label=_("决定"), choices=[("1", _("同意删除")), ("0", _("不同意"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不同意的，须写明理由。本栏永久保留，不要写出要删除的内容本身。"),
    )
    confirm = forms.CharField(
        label=_("输入对象编号以确认"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("同意的，须照抄上面的对象编号。删除后任何人都不能恢复。"),
    )

    def __init__(self, *args: Any, object_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.object_id = object_id

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("granted") == "1" and values.get("confirm", "") != self.object_id:
            self.add_error("confirm", _("与对象编号不同。删除不能恢复，请核对后照抄编号。"))
        return values
