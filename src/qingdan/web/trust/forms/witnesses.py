"""Forms of the register of witnesses."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class WitnessForm(forms.Form):
    body = forms.CharField(label=_("见证单位"), max_length=100, help_text=_("如区纪委监委、区财政局。"))
    vkey = forms.CharField(
        label=_("公钥"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("见证单位运行 qd witness init 后给出的一行；请当面或电话核对指纹。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class EndWitnessForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
