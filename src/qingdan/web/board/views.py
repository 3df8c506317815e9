"""The first page: for leaders and the office the whole at a glance, for a unit what it owes, for administrators
the way to their work."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from qingdan.web.common import clock
from qingdan.web.tasks import overview
from qingdan.web.tasks.models import Campaign, ReportPeriod
from qingdan.web.tasks.revision import etag
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .figures import OWN_SHOWN, UNITS_SHOWN, Asked, asked, campaigns, figures, has_business, own_work


def _wanted(request: HttpRequest, user: User, known: list[Campaign]) -> Asked:
    try:
        day: date | None = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = None
    if day is not None and day >= clock.today():
        day = None
    chosen = request.GET.get("campaign", "")
    return asked(user, day, next((found for found in known if str(found.pk) == chosen), None))


def _mark(user: User) -> str:
    """What the page was made from: it differs when the page would."""
    return etag(user).strip('"')


def _context(wanted: Asked) -> dict[str, Any]:
    query = {
        "day": wanted.day.isoformat() if wanted.day else "",
        "campaign": wanted.campaign.pk if wanted.campaign else "",
    }
    context: dict[str, Any] = {
        "wanted": wanted,
        "edition": wanted.edition,
        "own": None if wanted.day else own_work(wanted.user),
        "poll": urlencode({**{key: value for key, value in query.items() if value}, "rev": _mark(wanted.user)}),
        "units_shown": UNITS_SHOWN,
    }
    if wanted.edition is not None:
        context |= figures(wanted)
        if context["own"] is not None or not wanted.user.standing.sees_all:
            context["tasks"] = overview.rows(wanted.user, wanted.edition, wanted.day, limit=OWN_SHOWN)
    return context


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = actor_of(request)
    if not has_business(user):
        return render(request, "board/admin.html")
    known = campaigns(user)
    wanted = _wanted(request, user, known)
    days = ReportPeriod.objects.filter(due_on__lt=clock.today()).order_by("-monday").values_list("due_on", flat=True)
    context = {**_context(wanted), "campaigns": known, "days": list(days[:6]), "today": clock.today()}
    return render(request, "board/home.html", context)


@require_safe
def home_figures(request: HttpRequest) -> HttpResponse:
    """The moving part of the page. Nothing new since ``rev``: 204, and the page stays as it is."""
    user = actor_of(request)
    if not has_business(user) or request.GET.get("rev") == _mark(user):
        return HttpResponse(status=204)
    return render(request, "board/_figures.html", _context(_wanted(request, user, campaigns(user))))
