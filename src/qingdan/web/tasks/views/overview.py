"""进展情况一览表: the page, its further rows, its counts and its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from qingdan.papers import OVERVIEW_HEADERS
from qingdan.standards.weeks import monday_of
from qingdan.web.common import clock
from qingdan.web.common.files import send
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import overview as reading
from .. import rights
from ..expected import edition_in_force
from ..exports import overview as files
from ..forms.overview import OverviewForm
from ..light import Light
from ..models import ListEdition, ReportPeriod
from ..overview import Chunk, Filters, Row
from ..revision import etag
from ..services.exports import note_export

QUICK_DAYS = 6
# Longer lists are counted in a request of their own, so that the rows come at once.
COUNTED_AT_ONCE = 1000


@dataclass(frozen=True)
class Asked:
    """What a request wants to see."""

    user: User
    edition: ListEdition
    day: date | None
    filters: Filters
    offset: int
    form: OverviewForm
    query: dict[str, str]

    @property
    def monday(self) -> date:
        return monday_of(self.day or clock.today())

    def link(self, **change: object) -> str:
        """The query string of this page with ``change``; an empty value takes a condition away."""
        wanted = {**self.query, **{key: str(value) if value else "" for key, value in change.items()}}
        text = urlencode({key: value for key, value in wanted.items() if value})
        return f"?{text}" if text else "?"


def _asked(request: HttpRequest, pk: int) -> Asked:
    user = actor_of(request)
    editions = list(ListEdition.objects.visible_to(user).order_by("-month", "-version")[:60])
    edition = next((found for found in editions if found.pk == pk), None)
    if edition is None:
        edition = get_object_or_404(ListEdition.objects.visible_to(user), pk=pk)
        editions.append(edition)
    plans, units = reading.choices(user, edition)
    form = OverviewForm(
        {**request.GET.dict(), "edition": edition.pk},
        editions=editions,
        plans=plans,
        units=units,
    )
    form.is_valid()
    offset = request.GET.get("offset", "")
    query = {name: request.GET[name] for name in form.fields if name != "edition" and request.GET.get(name)}
    return Asked(
        user, edition, form.cleaned_data.get("day"), form.filters(),
        int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 9 else 0, form, query,
    )  # fmt: skip


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The overview of the list in force on the day asked for, or of the edition chosen in the filter bar."""
    user = actor_of(request)
    require(rights.may_see_business(user))
    visible = ListEdition.objects.visible_to(user)
    query = {key: value for key, value in request.GET.dict().items() if value and key not in {"edition", "offset"}}
    chosen = request.GET.get("edition", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 12:
        edition = visible.filter(pk=int(chosen)).first()
    else:
        try:
            day = date.fromisoformat(query.get("day", ""))
        except ValueError:
            day = clock.today()
        in_force = edition_in_force(day)
        edition = visible.filter(pk=in_force.pk).first() if in_force else None
        edition = edition or visible.issued().order_by("-month", "-version").first()
    if edition is None:
        return render(request, "tasks/overview/none.html", {"office": user.standing.is_office})
    address = reverse("tasks:overview-of", args=[edition.pk])
    return redirect(f"{address}?{urlencode(query)}" if query else address)


@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page: filter bar, counts, the first chunk; further chunks come as the reader scrolls."""
    asked = _asked(request, pk)
    found = reading.chunk(asked.user, asked.edition, asked.day, asked.filters, offset=asked.offset)
    total = reading.count_rows(asked.user, asked.edition, asked.day, asked.filters)
    small = asked.edition.lines.count() <= COUNTED_AT_ONCE
    context = {
        **_table(asked, found, whole=True),
        "form": asked.form,
        "asked": asked,
        "edition": asked.edition,
        "day": asked.day or clock.today(),
        "past": asked.day is not None,
        "not_yet": _not_yet_issued(asked),
        "total": total,
        "columns": OVERVIEW_HEADERS,
        "quick_days": _quick_days(asked),
        "counts": _counts(asked) if small else None,
        "counts_url": reverse("tasks:overview-counts", args=[pk]) + asked.link(),
        "files": [
            (kind, label, reverse("tasks:overview-file", args=[pk, kind]) + asked.link())
            for kind, label in files.KINDS.items()
        ],
        "more_open": any(asked.query.get(name) for name in OverviewForm.MORE),
        "previous": asked.link(offset=max(asked.offset - reading.CHUNK, 0)) if asked.offset else "",
    }
    return render(request, "tasks/overview/page.html", context)


@require_safe
def overview_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The next chunk of rows as a ``<tbody>``."""
    asked = _asked(request, pk)
    tag = etag(asked.user, pk, asked.day, asked.filters, asked.offset)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    found = reading.chunk(asked.user, asked.edition, asked.day, asked.filters, offset=asked.offset)
    response = render(request, "tasks/overview/_rows.html", {**_table(asked, found, whole=False), "asked": asked})
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


@require_safe
def overview_counts(request: HttpRequest, pk: int) -> HttpResponse:
    """The counts above the table, for lists too long to count at once."""
    asked = _asked(request, pk)
    return render(request, "tasks/overview/_counts.html", {"counts": _counts(asked), "asked": asked})


@require_safe
def overview_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The same rows as a workbook, a paper or CSV; reading them out is put on record."""
    if kind not in files.KINDS:
        raise Http404
    asked = _asked(request, pk)
    found = reading.rows(asked.user, asked.edition, asked.day, asked.filters, limit=None)
    numbers = reading.item_numbers(asked.user, asked.edition)
    made = files.overview_file(kind, asked.edition, asked.day or clock.today(), found, numbers)
    note_export(asked.user, asked.edition, kind=kind, rows=len(found), day=asked.day, conditions=asked.query)
    return send(made)


def _not_yet_issued(asked: Asked) -> bool:
    issued = asked.edition.issued_at
    return issued is None or clock.end_of(asked.day or clock.today()) < issued


def _quick_days(asked: Asked) -> list[dict[str, Any]]:
    """Today and the due days of the last report weeks, newest first."""
    today = clock.today()
    weeks = ReportPeriod.objects.filter(due_on__lt=today).order_by("-monday").values_list("due_on", flat=True)
    shown = asked.day or today
    days = [(today, "")] + [(day, day.isoformat()) for day in weeks[:QUICK_DAYS] if day]
    return [{"day": day, "url": asked.link(day=value), "active": day == shown} for day, value in days]


def _table(asked: Asked, found: Chunk, *, whole: bool) -> dict[str, Any]:
    numbers = reading.item_numbers(asked.user, asked.edition)
    following = found.offset + reading.CHUNK
    return {
        "plans": list(_laid_out(found, numbers, asked.monday, whole=whole)),
        "width": len(OVERVIEW_HEADERS) + 2,
        "headers": OVERVIEW_HEADERS,
        "next_rows": reverse("tasks:overview-rows", args=[asked.edition.pk]) + asked.link(offset=following)
        if found.more
        else "",
        "next_page": reverse("tasks:overview-of", args=[asked.edition.pk]) + asked.link(offset=following),
        "no_rows": not found.rows,
    }


def _laid_out(found: Chunk, numbers: dict[int, int], monday: date, *, whole: bool) -> Iterator[dict[str, Any]]:
    """Plans over items over rows, ready to print. A plan or item begun in the chunk before is marked as continued;
    a plan is then named again only on a whole page."""
    before = found.before
    # One address worked out instead of a hundred.
    task_url = reverse("tasks:task", args=[0])
    for plan in reading.grouped(found.rows):
        continued = before is not None and before.plan_id == plan.plan_id
        items = []
        for item in plan.items:
            items.append(
                {
                    "number": numbers.get(item.item_id, ""),
                    "name": item.name,
                    "span": len(item.rows),
                    "continued": before is not None and before.item_id == item.item_id,
                    "rows": [_cells(row, monday, task_url) for row in item.rows],
                }
            )
            before = None
        before = None
        yield {"name": plan.name, "continued": continued, "named": whole or not continued, "items": items}


def _cells(row: Row, monday: date, task_url: str) -> dict[str, Any]:
    facts, line = row.facts, row.line
    return {
        "line": line,
        "url": task_url.replace("/0/", f"/{line.task_id}/"),
        "deadline": row.deadline,
        "old": row.old_deadline,
        "light": facts.shown.light.css,
        "why": facts.shown.reason,
        "override": facts.override is not None,
        "progress": row.progress,
        "mark": row.report_mark,
        "stale": row.stale_mark(monday),
        "report": row.report,
        "forecast": facts.forecast,
        "forecast_label": row.forecast_label,
        "judgement": row.judgement_label,
        "judgement_note": facts.judgement_note,
        "reasons": row.reason_and_advice,
        "problem": row.problem,
        "open_problems": facts.open_problems,
        "extension": facts.extension_pending,
    }


def _counts(asked: Asked) -> dict[str, Any]:
    counts = reading.statistics(asked.user, asked.edition, asked.day, asked.filters.on_lines)
    cleared = {"light": "", "forecast": "", "problems": "", "cannot": "", "unreported": ""}

    def link(**conditions: object) -> str:
        address = reverse("tasks:overview-of", args=[asked.edition.pk])
        return address + asked.link(**{**cleared, **conditions})

    return {
        "all": counts,
        "url": link(),
        "lights": [
            {
                "light": light,
                "css": light.css,
                "label": light.label,
                "tasks": counts.task_lights[light],
                "items": counts.item_lights[light],
                "url": link(light=light.value),
            }
            for light in Light
            if counts.task_lights[light] or light not in {Light.OPEN}
        ],
        "cannot": link(cannot="on"),
        "problems": link(problems="on"),
        "unreported": link(unreported="on"),
    }
