"""Pages of the ground floor: inbox, calendar, settings, background work, attachments, health."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.db.models import Max, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tasks_db.models import DBTaskResult

from qingdan.standards.workdays import WorkCalendar

from . import attachments, calendar, clock, inbox, scheduler, services, transports, values
from .errors import DomainError
from .forms import DayForm, ImportForm, PublishForm, ValueForm, put_back
from .models import CalendarDay, CalendarYear, Delivery, ScheduleSlot
from .rights import require

PER_PAGE = 50


def _next(request: HttpRequest, default: str) -> str:
    """Where to go after a POST: the form's ``next`` when it stays on this site."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else default


def _answer(request: HttpRequest, template: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    """The page with its form; 422 when something in it has to be put right."""
    return render(request, template, {**context, "form": form}, status=422 if form.is_bound else 200)


# ------------------------------------------------------------------ how the page looks
@require_POST
def type_size(request: HttpRequest) -> HttpResponse:
    """Large or normal type, kept in a cookie of the browser."""
    response = HttpResponseRedirect(_next(request, "/"))
    response.set_cookie(
        "qd_large",
        "1" if request.POST.get("large") == "1" else "0",
        max_age=365 * 24 * 3600,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


# ------------------------------------------------------------------ inbox
@require_GET
def inbox_list(request: HttpRequest) -> HttpResponse:
    """The person's inbox: what is unread, or everything."""
    show_all = request.GET.get("show") == "all"
    lines = inbox.visible_to(request.user)
    unread = lines.filter(read_at__isnull=True)
    page = Paginator(lines if show_all else unread, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "common/inbox.html",
        {"page": page, "show_all": show_all, "unread": unread.count() if show_all else page.paginator.count},
    )


@require_POST
def inbox_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a line as read and go to what it is about."""
    line = get_object_or_404(inbox.visible_to(request.user), pk=pk)
    line = inbox.mark_read(cast(Any, request.user), line)
    return redirect(line.url or _next(request, reverse("common:inbox")))


@require_POST
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    count = inbox.mark_all_read(cast(Any, request.user))
    messages.success(request, _("已将 %(n)s 条标为已读。") % {"n": count})
    return redirect("common:inbox")


# ------------------------------------------------------------------ calendar
@require_GET
def calendar_now(request: HttpRequest) -> HttpResponse:
    return redirect("common:calendar_year", clock.today().year)


def _year_or_404(year: int) -> int:
    if not calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR:
        raise Http404
    return year


def _month(work: WorkCalendar, year: int, month: int, remarks: dict[date, str]) -> dict[str, Any]:
    """One small month: weeks of days from Monday to Sunday, None outside the month."""
    first, count = date(year, month, 1), months.monthrange(year, month)[1]
    days: list[dict[str, Any] | None] = [None] * first.weekday()
    worked = 0
    for number in range(count):
        day = first + timedelta(days=number)
        kind = work.kind(day)
        worked += kind.is_worked
        days.append({"day": day, "kind": kind.value, "label": kind.label, "remark": remarks.get(day, "")})
    days += [None] * (-len(days) % 7)
    return {"first": first, "worked": worked, "weeks": [days[start : start + 7] for start in range(0, len(days), 7)]}


@require_GET
def calendar_year(request: HttpRequest, year: int) -> HttpResponse:
    """A year's days at a glance, with the days that differ from the plain week as a list."""
    _year_or_404(year)
    work = calendar.work_calendar()
    special = list(CalendarDay.objects.filter(day__year=year))
    remarks = {row.day: row.remark for row in special}
    year_months = [_month(work, year, month, remarks) for month in range(1, 13)]
    return render(
        request,
        "common/calendar.html",
        {
            "year": year,
            "months": year_months,
            "worked": sum(month["worked"] for month in year_months),
            "special": [{"row": row, "kind": work.kind(row.day)} for row in special],
            "about": CalendarYear.objects.filter(year=year).first(),
            "banner": calendar.unpublished_banner(year),
            "may_keep": bool(calendar.can_keep_calendar(cast(Any, request.user))),
            "today": clock.today(),
            "weekdays": list(zip(values.WEEKDAYS, values.SHORT_WEEKDAYS, strict=True)),
            "previous": year - 1 if year > calendar.FIRST_YEAR else None,
            "following": year + 1 if year < calendar.LAST_YEAR else None,
        },
    )


@require_http_methods(["GET", "POST"])
def calendar_day(request: HttpRequest, day: date) -> HttpResponse:
    """Say what one day is."""
    actor = cast(Any, request.user)
    require(calendar.can_keep_calendar(actor))
    _year_or_404(day.year)
    row = CalendarDay.objects.filter(day=day).first()
    form = DayForm(
        request.POST if request.method == "POST" else None,
        initial={"kind": row.kind if row else "holiday", "remark": row.remark if row else ""},
    )
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            if given["kind"]:
                calendar.set_day(actor, day, given["kind"], remark=given["remark"], reason=given["reason"])
            else:
                calendar.remove_day(actor, day, reason=given["reason"])
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存 %(day)s 的安排。") % {"day": day.isoformat()})
            return redirect("common:calendar_year", day.year)
    kind = calendar.work_calendar().kind(day)
    context = {"day": day, "kind": kind, "weekday": values.WEEKDAYS[day.weekday()], "year": day.year}
    return _answer(request, "common/calendar_day.html", form, context)


@require_http_methods(["GET", "POST"])
def calendar_publish(request: HttpRequest, year: int) -> HttpResponse:
    """Mark a year as published, or not."""
    actor = cast(Any, request.user)
    require(calendar.can_keep_calendar(actor))
    about = CalendarYear.objects.filter(year=_year_or_404(year)).first()
    form = PublishForm(
        request.POST if request.method == "POST" else None,
        initial={"source": about.source if about else "", "published": about.published if about else True},
    )
    if form.is_bound and form.is_valid():
        try:
            calendar.publish_year(actor, year, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存%(year)s年的公布状态。") % {"year": year})
            return redirect("common:calendar_year", year)
    return _answer(request, "common/calendar_publish.html", form, {"year": year})


@require_http_methods(["GET", "POST"])
def calendar_import(request: HttpRequest, year: int) -> HttpResponse:
    """Replace a year's arrangement by a CSV file."""
    actor = cast(Any, request.user)
    require(calendar.can_keep_calendar(actor))
    _year_or_404(year)
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            rows = calendar.read_arrangement(given["file"].read(calendar.MAX_CSV_BYTES + 1))
            calendar.import_year(actor, year, rows, source=given["source"], reason=given["reason"])
        except DomainError as error:
            put_back(form, error)
            if error.field == "file" and error.place:  # the line belongs to the message
                form.errors["file"] = form.error_class([str(error)])
        else:
            messages.success(request, _("已导入%(year)s年安排，共 %(n)s 天。") % {"year": year, "n": len(rows)})
            return redirect("common:calendar_year", year)
    return _answer(request, "common/calendar_import.html", form, {"year": year})


# ------------------------------------------------------------------ settings
@require_GET
def value_list(request: HttpRequest) -> HttpResponse:
    """The office's settings with their meaning."""
    actor = cast(Any, request.user)
    require(values.can_see_values(actor))
    now = values.everything()
    rows = [
        {
            "about": about,
            "shown": values.shown(name, now[name]),
            "default": values.shown(name, about.default),
            "changed": now[name] != about.default,
        }
        for name, about in values.VALUES.items()
    ]
    return render(request, "common/values.html", {"rows": rows, "may_set": bool(values.can_set_values(actor))})


@require_http_methods(["GET", "POST"])
def value_edit(request: HttpRequest, name: str) -> HttpResponse:
    """Change one setting, with the reason."""
    actor = cast(Any, request.user)
    if name not in values.VALUES:
        raise Http404
    require(values.can_set_values(actor))
    about = values.VALUES[name]
    form = ValueForm(
        about,
        request.POST if request.method == "POST" else None,
        initial={name: ValueForm.starting(about, values.get(name))},
    )
    if form.is_bound and form.is_valid():
        try:
            values.set_value(actor, name, form.cleaned_data[name], form.cleaned_data["reason"])
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已修改“%(label)s”。") % {"label": about.label})
            return redirect("common:values")
    context = {"about": about, "default": values.shown(name, about.default)}
    return _answer(request, "common/value.html", form, context)


# ------------------------------------------------------------------ background work
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """What runs by itself: jobs and their last runs, failed tasks, digests that did not get out."""
    actor = cast(Any, request.user)
    require(services.can_see_jobs(actor))
    age = scheduler.heartbeat_age()
    entries = scheduler.registered()
    newest = ScheduleSlot.objects.order_by("name").values("name").annotate(newest=Max("pk")).values("newest")
    last = {slot.name: slot for slot in ScheduleSlot.objects.filter(pk__in=newest)}
    # What runs every minute would hide the rest; of that only failures are listed.
    frequent = [entry.name for entry in entries if entry.rule.minutes == 1]
    slots = ScheduleSlot.objects.exclude(Q(name__in=frequent) & Q(ok=True))[:PER_PAGE]
    return render(
        request,
        "common/jobs.html",
        {
            "age": age,
            "late": age is not None and age > 300,
            "entries": [{"entry": entry, "last": last.get(entry.name)} for entry in entries],
            "slots": slots,
            "failed": DBTaskResult.objects.failed().order_by("-finished_at")[:PER_PAGE],
            "queued": DBTaskResult.objects.ready().count(),
            "deliveries": Delivery.objects.filter(sent_at__isnull=True, attempts__gt=0)[:PER_PAGE],
            "ways": sorted(transports.configured()),
        },
    )


@require_POST
def delivery_retry(request: HttpRequest, pk: int) -> HttpResponse:
    actor = cast(Any, request.user)
    require(transports.can_see_deliveries(actor))
    transports.retry_delivery(actor, get_object_or_404(Delivery, pk=pk))
    messages.success(request, _("已安排重发。"))
    return redirect("common:jobs")


@require_POST
def task_retry(request: HttpRequest, pk: str) -> HttpResponse:
    actor = cast(Any, request.user)
    require(services.can_see_jobs(actor))
    services.retry_task(actor, get_object_or_404(DBTaskResult, pk=pk))
    messages.success(request, _("已安排重做。"))
    return redirect("common:jobs")


# ------------------------------------------------------------------ attachments
@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Hand out a file to whom it may concern; always as a download, never shown by the browser."""
    row = get_object_or_404(attachments.visible_to(request.user), pk=pk)
    response = FileResponse(attachments.open_attachment(row), content_type=row.content_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# ------------------------------------------------------------------ health, without signing in
@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every migration is applied, else 503; with the age of the worker's pulse.

    Says no more than that, since it is open to everyone.
    """
    from django.db.migrations.executor import MigrationExecutor

    answer: dict[str, Any] = {"database": False, "migrations": False, "worker_seconds": None}
    try:
        executor = MigrationExecutor(connection)
        answer["database"] = True
        answer["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        if answer["migrations"]:
            age = scheduler.heartbeat_age()
            answer["worker_seconds"] = None if age is None else round(age)
    except DatabaseError:
        pass
    ready = answer["database"] and answer["migrations"]
    return JsonResponse({"ready": ready, **answer}, status=200 if ready else 503)


# The sign-in middleware lets these pass.
for _view in (healthz, readyz, type_size):
    _view.open_to_all = True  # type: ignore[attr-defined]
