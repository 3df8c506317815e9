"""Forms of signing in, units, posts, people and access. They check shape; the services check the rest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock

from .models import AccessChange, Holding, Post, Role, Unit, UnitName, User


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("登录名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=_("原密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        help_text=lazy(lambda: " ".join(password_validators_help_texts()), str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "new" in values and "again" in values and values["new"] != values["again"]:
            self.add_error("again", _("两次输入的新密码不一致。"))
        return values


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class UnitForm(forms.Form):
    name = forms.CharField(label=_("单位名称"), max_length=100)
    kind = forms.ChoiceField(label=_("类型"), choices=Unit.Kind.choices)
    code = forms.CharField(label=_("单位编码"), max_length=30, required=False, help_text=_("不填则自动编号。"))
    parent = forms.ModelChoiceField(Unit.objects.none(), label=_("上级"), required=False)
    members = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("包含单位"), required=False, help_text=_("只用于集体单位，如“各镇街”。")
    )
    sort = forms.IntegerField(label=_("排序"), min_value=0, max_value=2_000_000_000, required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.visible_to(actor).filter(closed_on__isnull=True)
        for field in ("parent", "members"):
            self.fields[field].queryset = units  # type: ignore[attr-defined]


class NameForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=100)
    kind = forms.ChoiceField(label=_("类别"), choices=UnitName.Kind.choices)
    until = _day(_("用到何时"), required=False)


class CloseUnitForm(forms.Form):
    on = _day(_("撤销日期"))
    into = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("并入单位"),
        required=False,
        help_text=_("并入的，原名称和别名转为并入单位的曾用名，旧台账仍能对上。"),
    )

    def __init__(self, *args: Any, actor: User, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Unit.objects.visible_to(actor).filter(closed_on__isnull=True).exclude(pk=unit.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class PostForm(forms.Form):
    title = forms.CharField(label=_("岗位名称"), max_length=100)
    duty = forms.CharField(label=_("业务职责"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    integrity_duty = forms.CharField(
        label=_("廉政职责"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一岗双责：每个岗位同时写明业务职责和廉政职责。"),
    )


class ClosePostForm(forms.Form):
    on = _day(_("撤销日期"))


class PersonForm(forms.Form):
    username = forms.CharField(
        label=_("登录名"), max_length=60, help_text=_("小写字母、数字或 . _ -，以字母或数字开头。")
    )
    name = forms.CharField(label=_("姓名或称呼"), max_length=60)
    email = forms.EmailField(label=_("邮箱"), required=False, max_length=254)


class EditPersonForm(forms.Form):
    name = forms.CharField(label=_("姓名或称呼"), max_length=60)
    email = forms.EmailField(label=_("邮箱"), required=False, max_length=254)


class AccessForm(forms.Form):
    kind = forms.ChoiceField(label=_("变更"), choices=AccessChange.Kind.choices)
    post = forms.ModelChoiceField(Post.objects.none(), label=_("岗位"))
    role = forms.ChoiceField(
        label=_("角色"), choices=[("", "—"), *Role.choices], required=False, help_text=_("授予、收回角色时选。")
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("所驻单位"), required=False, help_text=_("只用于派驻纪检监察组。")
    )
    user = forms.ModelChoiceField(User.objects.none(), label=_("人员"), required=False, help_text=_("任职、免职时选。"))
    effective_on = _day(_("生效日期"), help_text=_("任职、授予从当日起；免职、收回自当日起不再有。"))
    reason = forms.CharField(label=_("理由"), max_length=300, help_text=_("写明依据，如任职文件。"))

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Post.objects.visible_to(actor).filter(closed_on__isnull=True).select_related("unit")
        units = Unit.objects.visible_to(actor).filter(closed_on__isnull=True)
        self.fields["post"].queryset = posts  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["user"].queryset = User.objects.visible_to(actor)  # type: ignore[attr-defined]


class SuccessionForm(forms.Form):
    replaces = forms.ModelChoiceField(User.objects.none(), label=_("离任"))
    user = forms.ModelChoiceField(User.objects.none(), label=_("接任"))
    effective_on = _day(_("接任日期"), help_text=_("离任者任职到前一日止。"))
    reason = forms.CharField(label=_("理由"), max_length=300, help_text=_("写明依据，如任职文件。"))

    def __init__(self, *args: Any, actor: User, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(actor)
        holders = Holding.objects.filter(post=post).exclude(until__lt=clock.today())
        self.fields["replaces"].queryset = people.filter(pk__in=holders.values("user"))  # type: ignore[attr-defined]
        self.fields["user"].queryset = people.filter(is_active=True)  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    approved = forms.ChoiceField(
        label=_("审批"), choices=[("1", _("同意")), ("0", _("不同意"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("意见"), max_length=300, required=False, help_text=_("不同意的，须写明理由。"))


class AuditFilter(forms.Form):
    who = forms.CharField(label=_("人员"), max_length=60, required=False)
    since = _day(_("起"), required=False)
    until = _day(_("止"), required=False)
