"""The register of interventions: counted per official, and each of them with its reason."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingdan.web.common.files import send
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import exports
from ..forms.log import HandsForm
from ..hands import HandFilters, Official, Touch, interventions, officials, touches
from ..inspection import may_read_log
from ..services.reading import record_export, record_reading

PAGE = 100


def _asked(request: HttpRequest) -> tuple[User, HandsForm, list[Official], list[Touch]]:
    """Who asks, the filter bar, the counts and the interventions; a filter that cannot be read shows nothing."""
    user = actor_of(request)
    require(may_read_log(user))
    form = HandsForm(request.GET)
    if not form.is_valid():
        return user, form, [], []
    found = touches(interventions(user, asked := form.filters()))
    if asked.unexplained:
        found = [touch for touch in found if touch.unexplained]
    return user, form, officials(found), found


def _facts(form: HandsForm) -> dict[str, Any]:
    return (form.filters() if form.is_valid() else HandFilters()).facts()


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Who touched by hand what a rule would have decided, how often, and why."""
    user, form, counted, found = _asked(request)
    context = {
        "form": form,
        "officials": counted,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "total": len(found),
        "unexplained": sum(touch.unexplained for touch in found),
    }
    record_reading(user, "trust.read_hands", user, **_facts(form))
    return render(request, "trust/hands.html", context)


@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    user, form, counted, found = _asked(request)
    exports.refuse_too_many(len(found), exports.MOST)
    made = exports.hands_file(counted, found)
    record_export(user, "trust.export_hands", user, rows=len(found), **_facts(form))
    return send(made)
