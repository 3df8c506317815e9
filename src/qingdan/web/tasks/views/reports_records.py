"""What follows from reports over time: forecasts against outcomes, unit records, hints, the burden of reporting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingdan.standards.weeks import week_label
from qingdan.web.common import clock
from qingdan.web.common.files import send
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Unit, User

from .. import rights
from ..differences import side_by_side
from ..expected import expected_reports
from ..exports import records as files
from ..forms.reports import SpanForm, WeekForm
from ..hints import HintKind, hints_of
from ..models import ReportPeriod, ReportVersion
from ..records import forecast_records
from ..services.exports import note_export
from ..unit_records import unit_records
from .reports import number_of

PER_PAGE = 50
BURDEN_WEEKS = 12


def _watcher(request: HttpRequest) -> tuple[User, frozenset[int] | None]:
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    return user, rights.watched_units(user)


def _span(request: HttpRequest) -> tuple[SpanForm, date, date]:
    form = SpanForm(request.GET)
    since, until = form.span()
    return form, since, until


# ------------------------------------------------------------------ forecasts against outcomes
@require_safe
def forecast_record(request: HttpRequest) -> HttpResponse:
    """What each unit forecast, and what came (said 能, finished late)."""
    user, watched = _watcher(request)
    form, since, until = _span(request)
    found = forecast_records(user, since, until, units=watched)
    right = sum(record.hits for record in found)
    judged = sum(record.judged for record in found)
    surprises = [(record.unit, surprise) for record in found for surprise in record.surprises]
    context = {
        "form": form, "since": since, "until": until, "page": Paginator(found, 100).get_page(request.GET.get("page")),
        "right": right, "judged": judged, "surprises": surprises[:100], "surprise_count": len(surprises),
        "query": urlencode({"since": since, "until": until}), "all_units": watched is None,
    }  # fmt: skip
    return render(request, "tasks/reports/forecasts.html", context)


@require_safe
def forecast_file(request: HttpRequest) -> HttpResponse:
    user, watched = _watcher(request)
    _form, since, until = _span(request)
    found = forecast_records(user, since, until, units=watched)
    made = files.forecast_file(found, since, until)
    note_export(user, user, kind="forecasts", rows=len(found), conditions={"since": str(since), "until": str(until)})
    return send(made)


@require_safe
def record_file(request: HttpRequest) -> HttpResponse:
    """The record of the units for assessing 作风 and 效能, as a workbook."""
    user, watched = _watcher(request)
    _form, since, until = _span(request)
    found = unit_records(user, since, until, units=watched)
    made = files.record_file(found, since, until)
    note_export(user, user, kind="unit-record", rows=len(found), conditions={"since": str(since), "until": str(until)})
    return send(made)


# ------------------------------------------------------------------ hints
@require_safe
def hints(request: HttpRequest) -> HttpResponse:
    """The hints of a week, each beside what it was compared with. Reasons to look, never verdicts."""
    user = actor_of(request)
    require(rights.may_see_hints(user))
    watched = rights.watched_units(user)
    periods = list(ReportPeriod.objects.filter(monday__lte=clock.today(), due_on__isnull=False)[:26])
    wanted = number_of(request, "week")
    period = next((week for week in periods if wanted in (None, week.pk)), None)
    found = hints_of(user, period, units=watched) if period else []
    units = {hint.report.unit_id: hint.report.unit.name for hint in found}
    form = WeekForm(
        {**request.GET.dict(), "week": period.pk if period else ""}, periods=periods, units=list(units.items())
    )
    given = form.cleaned_data if form.is_valid() else {}
    kinds = Counter(hint.kind for hint in found)
    shown = [
        hint for hint in found
        if (not given.get("kind") or hint.kind == given["kind"])
        and (not given.get("unit") or hint.report.unit_id == given["unit"])
    ]  # fmt: skip
    page = Paginator(shown, 30).get_page(request.GET.get("page"))
    rows = []
    for hint in page.object_list:
        compared = side_by_side(hint.other.progress, hint.report.progress) if hint.other else None
        rows.append({"hint": hint, "compared": compared})
    context = {
        "form": form, "period": period, "label": week_label(period.monday) if period else "", "page": page,
        "rows": rows, "kinds": [(kind, kinds[kind]) for kind in HintKind], "total": len(found),
    }  # fmt: skip
    return render(request, "tasks/reports/hints.html", context)


# ------------------------------------------------------------------ the burden of reporting
@require_safe
def burden(request: HttpRequest) -> HttpResponse:
    """How many reports each unit is asked for, week by week, and how many of them took one click."""
    user, watched = _watcher(request)
    periods = list(ReportPeriod.objects.filter(monday__lte=clock.today(), due_on__isnull=False)[:BURDEN_WEEKS])
    periods.reverse()
    owed: dict[int, Counter[int]] = {}
    for period in periods:
        for pair in set(expected_reports(period, units=watched)):
            owed.setdefault(pair.unit_id, Counter())[period.pk] += 1
    given = _given(user, periods, watched)
    names = Unit.objects.in_bulk(owed)
    rows: list[dict[str, Any]] = [
        {
            "unit": names[pk], "weeks": [counts[period.pk] for period in periods], "sum": sum(counts.values()),
            "given": given.get(pk, (0, 0, 0))[0], "one_click": given.get(pk, (0, 0, 0))[1],
            "versions": given.get(pk, (0, 0, 0))[2],
        }
        for pk, counts in owed.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["sum"], row["unit"].sort, row["unit"].code))
    totals = [sum(counts[period.pk] for counts in owed.values()) for period in periods]
    highest = max(totals, default=0)
    context = {
        "periods": [{"week": p, "label": f"{p.monday.month}.{p.monday.day}", "total": total,
                     "share": round(total * 100 / highest) if highest else 0}
                    for p, total in zip(periods, totals, strict=True)],
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "asked": sum(totals), "units": len(rows), "given": sum(row["given"] for row in rows),
        "one_click": sum(row["one_click"] for row in rows), "width": len(periods) + 5,
    }  # fmt: skip
    return render(request, "tasks/reports/burden.html", context)


def _given(
    user: User, periods: Iterable[ReportPeriod], watched: frozenset[int] | None
) -> dict[int, tuple[int, int, int]]:
    """For each unit: first reports, how many of these were one click, and all versions with corrections."""
    versions = ReportVersion.objects.visible_to(user).filter(period__in=list(periods))
    if watched is not None:
        versions = versions.filter(unit__in=watched)
    counted = versions.order_by().values("unit").annotate(
        first=Count("pk", filter=Q(version=1)), click=Count("pk", filter=Q(version=1, no_change=True)), all=Count("pk")
    )  # fmt: skip
    return {row["unit"]: (row["first"], row["click"], row["all"]) for row in counted}
