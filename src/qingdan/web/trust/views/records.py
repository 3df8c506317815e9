"""The inspector's pages: the log, searched, and the whole history of one object. Looking is itself on record."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qingdan.web.common import log, wording
from qingdan.web.common.files import send
from qingdan.web.common.models import Event
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import exports, records
from ..forms.log import LogForm
from ..inspection import log_visible_to, may_read_log
from ..receipts import holds
from ..services.reading import record_export, record_reading


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the address bar; None for anything that is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _asked(request: HttpRequest) -> tuple[User, LogForm, QuerySet[Event]]:
    """Who asks, the filter bar, and the events; a filter that cannot be read shows nothing, beside its error."""
    user = actor_of(request)
    require(may_read_log(user))
    form = LogForm(request.GET)
    if not form.is_valid():
        return user, form, Event.objects.none()
    return user, form, records.search(user, form.filters())


def _table(request: HttpRequest, events: QuerySet[Event]) -> dict[str, Any]:
    found, following = records.chunk(events, number_in(request, "before"))
    query = {name: value for name, value in request.GET.items() if value and name != "before"}
    further = urlencode({**query, "before": following}) if following else ""
    return {
        "rows": records.rows(found),
        "covered": records.covered_size(),
        "next_rows": f"{reverse('trust:log-rows')}?{further}" if further else "",
        "next_page": f"{reverse('trust:log')}?{further}" if further else "",
    }


@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """The log, searched by object, person, post, kind of matter and time."""
    user, form, events = _asked(request)
    context = {**_table(request, events), "form": form, "count": records.counted(events)}
    if form.is_valid():
        record_reading(user, "trust.search_log", user, **form.filters().facts())
    return render(request, "trust/log.html", context)


@require_safe
def log_rows(request: HttpRequest) -> HttpResponse:
    """The next rows as a ``<tbody>``."""
    user, form, events = _asked(request)
    table = _table(request, events)
    if form.is_valid():
        record_reading(user, "trust.search_log", user, **form.filters().facts())
    return render(request, "trust/_log_rows.html", table)


@require_safe
def log_workbook(request: HttpRequest) -> HttpResponse:
    """All rows of the filter as a workbook."""
    user, form, events = _asked(request)
    found = list(events[: exports.MOST + 1])
    exports.refuse_too_many(len(found), exports.MOST)
    made = exports.log_file(records.rows(found))
    facts = form.filters().facts() if form.is_valid() else {}
    record_export(user, "trust.export_log", user, rows=len(found), **facts)
    return send(made)


# ------------------------------------------------------------------ one object
def _of_object(request: HttpRequest, object_type: str, object_id: str) -> tuple[User, QuerySet[Event]]:
    user = actor_of(request)
    require(may_read_log(user))
    events = log_visible_to(user).filter(object_type=object_type, object_id=object_id).select_related("leaf")
    if not events.exists():
        raise Http404
    return user, events.order_by("id")


def _read(user: User, object_type: str, object_id: str) -> None:
    """Put the reading on record at the object itself, or at its reader when the object is gone."""
    obj = _stored(object_type, object_id)
    if obj is not None:
        record_reading(user, "trust.read_history", obj)
    else:
        record_reading(user, "trust.read_history", user, object_type=object_type, object_id=object_id)


def _stored(object_type: str, object_id: str) -> Model | None:
    try:
        return apps.get_model(object_type)._base_manager.filter(pk=object_id).first()
    except (LookupError, ValueError, ValidationError):
        return None


@require_safe
def history(request: HttpRequest, object_type: str, object_id: str) -> HttpResponse:
    """Everything that was done to one object, in order, each with the state of its proof."""
    user, events = _of_object(request, object_type, object_id)
    found, following = records.after(events, number_in(request, "after") or 0)
    erased, covered = log.erasures([event.pk for event in found]), records.covered_size()
    rows = records.rows(found)
    lines = [
        {
            "row": row,
            "facts": wording.fact_lines(row.event.facts),
            "erased": erased.get(row.event.pk, {}),
            "holds": row.index is not None and holds(row.event, erased.get(row.event.pk, {})),
            "signed": row.index is not None and row.index < covered,
        }
        for row in rows
    ]
    broken = sum(row.index is not None and not line["holds"] for row, line in zip(rows, lines, strict=True))
    last = events.last()
    context = {
        "lines": lines,
        "object_type": object_type,
        "object_id": object_id,
        "kind": wording.object_title(object_type),
        "label": last.object_label if last else "",
        "url": wording.object_url(object_type, object_id),
        "count": events.count(),
        "broken": broken,
        "next_page": f"?after={following}" if following else "",
    }
    _read(user, object_type, object_id)
    return render(request, "trust/history.html", context)


@require_safe
def history_zip(request: HttpRequest, object_type: str, object_id: str) -> HttpResponse:
    """The receipts of all that was done to one object, with the program that checks them."""
    user, events = _of_object(request, object_type, object_id)
    found = list(events.filter(leaf__isnull=False)[: exports.MOST_RECEIPTS + 1])
    exports.refuse_too_many(len(found), exports.MOST_RECEIPTS)
    made = exports.receipts_zip(
        _("%(kind)s%(id)s的记录") % {"kind": wording.object_title(object_type), "id": object_id}, found
    )
    obj = _stored(object_type, object_id)
    record_export(user, "trust.export_history", obj or user, rows=len(found), object=f"{object_type} {object_id}")
    return send(made)
