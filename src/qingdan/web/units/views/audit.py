"""The auditor's pages: four kinds of record, filtered, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from qingdan.web.common.rights import require
from qingdan.web.common.templatetags.qd import zh_date, zh_datetime

from .. import rights
from ..actors import actor_of
from ..audit import RECORDS, Record
from ..forms import AuditFilter

PAGE = 100


def _asked(request: HttpRequest, kind: str) -> tuple[Record, QuerySet[Any], AuditFilter]:
    actor = actor_of(request)
    require(rights.can_audit(actor))
    if kind not in RECORDS:
        raise Http404
    record, form = RECORDS[kind], AuditFilter(request.GET)
    # A filter that cannot be read shows nothing, beside its error: never more than was asked for.
    rows = record.filtered(actor, **form.cleaned_data) if form.is_valid() else record.rows(actor).none()
    return record, rows, form


@require_safe
def audit(request: HttpRequest, kind: str = "events") -> HttpResponse:
    record, rows, form = _asked(request, kind)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "kind": kind,
        "records": RECORDS.items(),
        "record": record,
        "form": form,
        "page": page,
        "lines": [[(title, _shown(cell(row))) for title, cell in record.columns] for row in page],
    }
    return render(request, "units/audit.html", context)


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return zh_datetime(value)
    return zh_date(value) if isinstance(value, date) else value


@require_safe
def audit_csv(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """All rows of the filter as CSV, in UTF-8 with a mark so that spreadsheets read it rightly."""
    record, rows, _form = _asked(request, kind)
    lines = ([cell(row) for _, cell in record.columns] for row in rows.iterator(chunk_size=1000))
    response = StreamingHttpResponse(
        csv_lines([str(title) for title, _ in record.columns], lines), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{kind}.csv"'
    return response


def csv_lines(head: list[str], lines: Iterable[list[Any]]) -> Iterator[str]:
    """The lines of a CSV file as text; a cell that a spreadsheet would take for a formula is kept text by a quote."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for line in _chain(head, lines):
        writer.writerow([_plain(value) for value in line])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _chain(head: list[str], lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    yield list(head)
    yield from lines


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
