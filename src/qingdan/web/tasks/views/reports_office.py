"""The office's pages of the weekly report: weeks, who has not reported, one unit's reports, one version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qingdan.standards.weeks import week_label
from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import send
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Unit, User

from .. import receipts, rights
from ..differences import marked
from ..expected import UnitReporting, reporting_by_unit
from ..exports import records as files
from ..exports import templates
from ..forms.reports import OpenWeekForm, ReturnForm, UrgeForm
from ..hints import hints_of
from ..models import ReportPeriod, ReportVersion
from ..services import escalation, reports
from ..services.exports import note_export
from ..week import State, unit_week

PER_PAGE = 20


# ------------------------------------------------------------------ weeks
@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """The reporting weeks, newest first, with what came in."""
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    watched = rights.watched_units(user)
    page = Paginator(ReportPeriod.objects.order_by("-monday"), PER_PAGE).get_page(request.GET.get("page"))
    # Counted for the weeks of this page alone: the years before are not read.
    versions = ReportVersion.objects.filter(period__in=[week.pk for week in page.object_list])
    if watched is not None:
        versions = versions.filter(unit__in=watched)
    counts = {
        week["period"]: week
        for week in versions.order_by()
        .values("period")
        .annotate(reports=Count("pk"), late_ones=Count("pk", filter=Q(late=True)), sent_back=Count("returned"))
    }
    today = clock.today()
    rows = [
        {
            "week": week,
            "label": week_label(week.monday),
            "state": _state(week),
            "counts": counts.get(week.pk, {"reports": 0, "late_ones": 0, "sent_back": 0}),
        }
        for week in page.object_list
    ]
    current = next((week for week in page.object_list if week.monday <= today and week.due_on), None)
    counted = reporting_by_unit(current, units=watched) if current else []
    context = {
        "rows": rows, "page": page, "current": current, "today": today, "may_open": bool(rights.may_manage_tasks(user)),
        "owed": sum(row.owed for row in counted), "accepted": sum(row.accepted for row in counted),
        "behind": sum(bool(row.missing) for row in counted), "units": len(counted),
        "current_label": week_label(current.monday) if current else "", "form": OpenWeekForm(),
    }  # fmt: skip
    return render(request, "tasks/reports/periods.html", context)


def _state(week: ReportPeriod) -> dict[str, Any]:
    today = clock.today()
    if week.due_on is None or week.opens_on is None:
        return {"label": _("免报"), "css": ""}
    if today < week.opens_on:
        return {"label": _("未开放"), "css": ""}
    if today <= week.due_on:
        return {"label": _("填报中"), "css": "qd-tag--accent"}
    return {"label": _("已截止"), "css": "qd-tag--good"}


@require_POST
def period_open(request: HttpRequest) -> HttpResponse:
    """Open the week of a day; opening it again leads to the same one."""
    user = actor_of(request)
    require(rights.may_manage_tasks(user))
    form = OpenWeekForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("开放填报"), _("日期不完整。"), _("请选择该周的任意一天。"), field="day")
    period = reports.open_period(user, form.cleaned_data["day"])
    if period.skipped:
        messages.info(
            request, _("%(week)s免报：%(why)s。") % {"week": week_label(period.monday), "why": period.skipped}
        )
        return redirect("tasks:periods")
    told = escalation.tell_opening(period)
    messages.success(request, _("%(week)s已建立，%(day)s起填报，%(due)s截止；已通知%(n)d人。") % {
        "week": week_label(period.monday), "day": period.opens_on, "due": period.due_on, "n": told,
    })  # fmt: skip
    return redirect("tasks:missing", period.pk)


# ------------------------------------------------------------------ who has not reported
def _watched_week(request: HttpRequest, period_id: int) -> tuple[User, ReportPeriod, list[UnitReporting]]:
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    period = get_object_or_404(ReportPeriod, pk=period_id)
    return user, period, reporting_by_unit(period, units=rights.watched_units(user))


@require_safe
def missing(request: HttpRequest, period_id: int) -> HttpResponse:
    """Each unit with what it owes, those with most missing first."""
    user, period, rows = _watched_week(request, period_id)
    only = request.GET.get("show") == "missing"
    shown = [row for row in rows if row.missing] if only else rows
    context = {
        "period": period, "label": week_label(period.monday), "state": _state(period), "only": only,
        "page": Paginator(shown, 100).get_page(request.GET.get("page")),
        "owed": sum(row.owed for row in rows), "accepted": sum(row.accepted for row in rows),
        "late": sum(row.late for row in rows), "behind": sum(bool(row.missing) for row in rows), "units": len(rows),
        "may_urge": bool(rights.may_verify(user)), "form": UrgeForm(),
    }  # fmt: skip
    return render(request, "tasks/reports/missing.html", context)


@require_safe
def missing_file(request: HttpRequest, period_id: int) -> HttpResponse:
    user, period, rows = _watched_week(request, period_id)
    made = files.missing_file(period, rows, clock.today())
    note_export(user, period, kind="xlsx", rows=len(rows))
    return send(made)


@require_POST
def urge(request: HttpRequest, period_id: int, unit_id: int) -> HttpResponse:
    """Urge one unit that still owes reports."""
    user = actor_of(request)
    require(rights.may_verify(user))
    period, unit = get_object_or_404(ReportPeriod, pk=period_id), get_object_or_404(Unit, pk=unit_id)
    form = UrgeForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    told = escalation.urge(user, period, unit, note=note)
    if told:
        messages.success(request, _("已催报%(unit)s，通知%(n)d人。") % {"unit": unit.name, "n": told})
    else:
        messages.info(request, _("今天已催报过%(unit)s。") % {"unit": unit.name})
    return redirect("tasks:missing", period.pk)


@require_POST
def urge_all(request: HttpRequest, period_id: int) -> HttpResponse:
    """Urge every unit that still owes reports."""
    user = actor_of(request)
    require(rights.may_verify(user))
    period = get_object_or_404(ReportPeriod, pk=period_id)
    units = told = 0
    silent = []
    for row in reporting_by_unit(period):
        if row.missing:
            try:
                told += escalation.urge(user, period, row.unit)
                units += 1
            except DomainError:
                silent.append(row.unit.name)
    messages.success(request, _("已催报%(units)d个单位，通知%(n)d人。") % {"units": units, "n": told})
    if silent:
        messages.warning(request, _("以下单位没有账号，请电话联系：%s。") % "、".join(silent))
    return redirect("tasks:missing", period.pk)


# ------------------------------------------------------------------ one unit, one version
@require_safe
def unit_reports(request: HttpRequest, period_id: int, unit_id: int) -> HttpResponse:
    """What a unit reported in a week; drafts stay the unit's own."""
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    watched = rights.watched_units(user)
    unit = get_object_or_404(Unit.objects.visible_to(user), pk=unit_id)
    if watched is not None and unit.pk not in watched:
        raise Http404
    period = get_object_or_404(ReportPeriod, pk=period_id)
    week = unit_week(user, period, unit)
    context = {
        "week": week, "period": period, "unit": unit, "label": week_label(period.monday), "states": State,
        "may_urge": bool(rights.may_verify(user)),
    }  # fmt: skip
    return render(request, "tasks/reports/unit_reports.html", context)


@require_safe
def template_file(request: HttpRequest, period_id: int, unit_id: int) -> HttpResponse:
    """The week's workbook for a unit: for the office, and for the unit itself."""
    user = actor_of(request)
    unit = get_object_or_404(Unit.objects.visible_to(user), pk=unit_id)
    if not user.standing.is_office and unit.pk not in user.standing.reporting_units:
        raise Http404
    period = get_object_or_404(ReportPeriod, pk=period_id)
    week = unit_week(user, period, unit)
    if not week.owed:
        raise DomainError(unit.name, _("该周没有应报任务。"), _("请核对周次和单位。"))
    made = templates.template_file(week)
    note_export(user, period, kind="template", rows=week.owed, conditions={"unit": unit.name})
    return send(made)


@require_safe
def report(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version: what it says, who wrote and signed it, what changed since the version before."""
    user = actor_of(request)
    return _report_page(request, user, _version(user, version_id), ReturnForm())


def _version(user: User, pk: int) -> ReportVersion:
    versions = ReportVersion.objects.visible_to(user).select_related(
        "period", "unit", "task__item__plan", "written_by", "signed_by", "returned__by"
    )
    return get_object_or_404(versions, pk=pk)


def _report_page(
    request: HttpRequest, user: User, version: ReportVersion, form: ReturnForm, status: int = 200
) -> HttpResponse:
    same = ReportVersion.objects.visible_to(user).filter(
        period=version.period_id, unit=version.unit_id, task=version.task_id
    )
    versions = list(same.select_related("signed_by", "returned__by").order_by("-version"))
    before = next((other for other in versions if other.version < version.version), None)
    current = next((other for other in versions if not hasattr(other, "returned")), None)
    receipts.add_to_versions(user, [version])
    hints = []
    if rights.may_see_hints(user) or version.unit_id in user.standing.reporting_units:
        hints = [h for h in hints_of(user, version.period, units=[version.unit_id]) if h.report.pk == version.pk]
    context = {
        "version": version, "versions": versions, "before": before, "current": current, "hints": hints,
        "changes": _changes(before, version) if before else [], "label": week_label(version.period.monday),
        "files": [row.attachment for row in version.evidence.select_related("attachment")],
        "may_return": bool(rights.may_verify(user)) and version == current, "form": form,
        "own": version.unit_id in user.standing.reporting_units,
    }  # fmt: skip
    return render(request, "tasks/reports/report.html", context, status=status)


def _changes(before: ReportVersion, after: ReportVersion) -> list[dict[str, Any]]:
    """The fields that differ between two versions, as marked text."""
    rows = []
    for name in ReportVersion.CONTENT:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            label = ReportVersion._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            rows.append({"label": label, "marked": marked(_shown(before, name), _shown(after, name))})
    return rows


def _shown(version: ReportVersion, name: str) -> str:
    value = getattr(version, name)
    if name == "forecast":
        return version.get_forecast_display()
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "" if value is None else str(value)


@require_POST
def report_return(request: HttpRequest, version_id: int) -> HttpResponse:
    """Send a version back, with the reason."""
    user = actor_of(request)
    version = _version(user, version_id)
    require(rights.may_verify(user))
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _report_page(request, user, version, form, 422)
    reports.return_report(user, version, reason=form.cleaned_data["reason"])
    messages.success(request, _("已退回%(unit)s更正，并已通知。") % {"unit": version.unit.name})
    return redirect("tasks:report", version.pk)
