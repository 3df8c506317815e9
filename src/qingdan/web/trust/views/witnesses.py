"""The register of witnesses: who confirms checkpoints, since when, and how it stands."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of

from .. import figures, rights
from ..forms.witnesses import EndWitnessForm, WitnessForm
from ..models import Witness
from ..services import witnesses


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_see_witnesses(actor))
    context = {
        "witnesses": figures.witness_states(clock.now()),
        "may_manage": bool(rights.can_manage_witnesses(actor)),
    }
    return render(request, "trust/witnesses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_manage_witnesses(actor))
    form = WitnessForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            witness = witnesses.add_witness(actor, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已登记见证“%(body)s”。") % {"body": witness})
            return redirect("trust:witnesses")
    note = _("登记后，系统收下用这一密钥所作的见证签名，并在“可信记录”页面公布。")
    return form_page(request, form, _("登记见证"), back=reverse("trust:witnesses"), crumbs=_crumbs(), note=note)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, witness_id: int) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_manage_witnesses(actor))
    witness = get_object_or_404(Witness, pk=witness_id)
    form = EndWitnessForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            witnesses.end_witness(actor, witness, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已终止见证“%(body)s”。") % {"body": witness})
            return redirect("trust:witnesses")
    note = _("此后不再收下该单位的见证签名；以前的见证继续有效。终止后不能恢复，只能用新密钥另行登记。")
    title = _("终止见证：%(body)s") % {"body": witness}
    return form_page(
        request, form, title, back=reverse("trust:witnesses"), crumbs=_crumbs(), note=note, danger=True, save=_("终止")
    )


def _crumbs() -> list[tuple[str, str]]:
    return [(_("见证"), reverse("trust:witnesses"))]
