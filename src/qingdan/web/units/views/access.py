"""Changes of access: asked by one administrator, decided by another, seen by the auditor."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require

from .. import rights, services
from ..actors import actor_of
from ..forms import AccessForm, DecisionForm
from ..models import AccessChange

PAGE = 50
STATES = {"waiting", "agreed", "refused"}
PARTS = ("post__unit", "user", "replaces", "unit", "requested_by", "decision__decided_by")


@require_safe
def access(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_see_access(actor))
    state = request.GET.get("state", "")
    changes = AccessChange.objects.visible_to(actor).select_related(*PARTS)
    if state == "waiting":
        changes = changes.filter(decision__isnull=True)
    elif state in STATES:
        changes = changes.filter(decision__approved=state == "agreed")
    context = {
        "page": Paginator(changes, PAGE).get_page(request.GET.get("page")),
        "state": state,
        "can_ask": rights.can_ask_access(actor),
    }
    return render(request, "units/access.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_access(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_ask_access(actor))
    initial = {"effective_on": clock.today(), "kind": request.GET.get("kind"), "post": request.GET.get("post")}
    initial["user"] = request.GET.get("user")
    form = AccessForm(request.POST if request.method == "POST" else None, initial=initial, actor=actor)
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            change = services.request_access_change(actor, values.pop("kind"), values.pop("post"), **values)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已提出，待另一名管理员审批。"))
            return redirect("units:access_change", change.pk)
    note = _("提出后由另一类管理员审批，同意后即按生效日期执行。")
    crumbs = [(_("权限变更"), reverse("units:access"))]
    return form_page(request, form, _("提出权限变更"), back=reverse("units:access"), crumbs=crumbs, note=note)


@require_safe
def access_change(request: HttpRequest, change_id: int) -> HttpResponse:
    return _change_page(request, change_id, DecisionForm())


def _change_page(request: HttpRequest, change_id: int, form: DecisionForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    change = get_object_or_404(AccessChange.objects.visible_to(actor).select_related(*PARTS), pk=change_id)
    context = {
        "change": change,
        "form": form,
        "warnings": services.warnings_about(change),
        "can_list": rights.can_see_access(actor),
        "can_decide": rights.can_decide_access(actor, change),
        "is_admin": actor.standing.is_admin,
    }
    return render(request, "units/access_change.html", context, status=status)


@require_POST
def decide_access(request: HttpRequest, change_id: int) -> HttpResponse:
    actor = actor_of(request)
    change = get_object_or_404(AccessChange.objects.visible_to(actor).select_related("requested_by"), pk=change_id)
    require(rights.can_decide_access(actor, change), str(change))
    form = DecisionForm(request.POST)
    if form.is_valid():
        approved = form.cleaned_data["approved"] == "1"
        try:
            services.decide_access_change(actor, change, approved, form.cleaned_data["reason"])
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已同意，变更按生效日期执行。") if approved else _("已退回，未作任何变更。"))
            return redirect("units:access_change", change.pk)
    return _change_page(request, change_id, form, status=422)
