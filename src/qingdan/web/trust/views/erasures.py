"""Erasure of personal data: the list, asking, one request with its decision, and its printable record."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common import wording
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.models import Event
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of

from .. import erasure_rights as rights
from ..forms.erasures import AskForm, DecideForm
from ..models import ErasureRequest
from ..services import erasure as services

PAGE = 50
STATES = {"waiting", "granted", "refused"}
PARTS = ("asked_by", "decision__decided_by")


@require_safe
def erasures(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_see_erasures(actor))
    state = request.GET.get("state", "")
    found = rights.erasures_visible_to(actor).select_related(*PARTS)
    if state == "waiting":
        found = found.filter(decision__isnull=True)
    elif state in STATES:
        found = found.filter(decision__granted=state == "granted")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(asked, wording.object_title(asked.object_type)) for asked in page],
        "state": state,
        "can_ask": rights.can_ask_erasure(actor),
    }
    return render(request, "trust/erasures/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_ask_erasure(actor))
    initial = {"object_type": request.GET.get("type"), "object_id": request.GET.get("id")}
    form = AskForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            made = services.ask_erasure(actor, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已提出，待区纪委监察局决定。"))
            return redirect("trust:erasure", made.pk)
    note = _("提出后由区纪委监察局决定，同意后立即执行，不能恢复。法律、行政法规规定的保存期限未届满的，不得删除。")
    return form_page(
        request,
        form,
        _("申请删除个人信息"),
        back=reverse("trust:erasures"),
        crumbs=[(_("个人信息删除"), reverse("trust:erasures"))],
        save=_("提出申请"),
        note=note,
    )


@require_safe
def erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    asked = _asked(request, erasure_id)
    return _page(request, asked, DecideForm(object_id=asked.object_id))


@require_POST
def decide(request: HttpRequest, erasure_id: int) -> HttpResponse:
    actor = actor_of(request)
    asked = _asked(request, erasure_id)
    require(rights.can_decide_erasure(actor, asked), str(asked))
    form = DecideForm(request.POST, object_id=asked.object_id)
    if form.is_valid():
        granted = form.cleaned_data["granted"] == "1"
        try:
            services.decide_erasure(actor, asked, granted, form.cleaned_data["reason"])
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已删除。") if granted else _("已退回，未删除任何内容。"))
            return redirect("trust:erasure", asked.pk)
    return _page(request, asked, form, status=422)


def _asked(request: HttpRequest, erasure_id: int) -> ErasureRequest:
    visible = rights.erasures_visible_to(actor_of(request)).select_related(*PARTS)
    return get_object_or_404(visible, pk=erasure_id)


def _page(request: HttpRequest, asked: ErasureRequest, form: DecideForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    decision = getattr(asked, "decision", None)
    can_decide = rights.can_decide_erasure(actor, asked)
    of_request = Event.objects.filter(object_type=asked._meta.label_lower, object_id=str(asked.pk))
    events = {event.verb: event for event in of_request.select_related("leaf")}
    decided = events.get("trust.decide_erasure")
    context = {
        "asked": asked,
        "decision": decision,
        "kind": wording.object_title(asked.object_type),
        "form": form,
        "can_decide": can_decide,
        # What is to be erased is named only to those who must judge it, and only until then.
        "label": _label(asked) if can_decide and decision is None else "",
        "extent": None if decision else services.extent_of(asked),
        "facts": decided.facts if decided else {},
        "leaf": getattr(decided, "leaf", None),
        "settled": events.get("trust.settle_erasure"),
    }
    return render(request, "trust/erasures/page.html", context, status=status)


def _label(asked: ErasureRequest) -> str:
    newest = Event.objects.filter(object_type=asked.object_type, object_id=asked.object_id).order_by("-id").first()
    return newest.object_label if newest else ""
