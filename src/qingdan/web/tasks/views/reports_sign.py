"""The signer's page: everything that is about to be submitted on one sheet, problems first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qingdan.standards.weeks import week_label
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Role, User

from .. import receipts
from ..models import ReportVersion
from ..services import reports
from ..week import State, UnitWeek, WeekTask, unit_week
from .reports import chosen_unit, chosen_week, own_units


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    """Read the unit's drafts of a week as they will be submitted; POST submits the ticked ones, all or none."""
    user = actor_of(request)
    units = own_units(user, Role.SIGNER)
    if not units:
        raise Denied(_("签发"), _("只有单位签发人可以签发本单位周报。"), _("如需办理，请联系本单位签发人。"))
    weeks, period = chosen_week(request)
    unit = chosen_unit(request, units)
    error, status = None, 200
    if request.method == "POST" and period is not None:
        seen = _ticked(request)
        if not seen:
            error = DomainError(_("签发"), _("没有勾选任何任务。"), _("请勾选要签发的任务。"))
        else:
            try:
                versions = reports.submit(user, period, unit, tasks=seen, seen=seen)
            except Denied:
                raise
            except DomainError as refused:
                error = refused
            else:
                if versions:
                    return redirect("tasks:sign-receipt", versions[0].pk)
                messages.info(request, _("所选任务已经报送过，没有新的内容需要签发。"))
                return redirect(f"{reverse('tasks:sign')}?week={period.pk}&unit={unit.pk}")
        status = error.status
    week = unit_week(user, period, unit) if period else None
    context: dict[str, Any] = {
        "units": units, "unit": unit, "weeks": weeks, "period": period, "week": week, "error": error,
        "label": week_label(period.monday) if period else "", "rows": _rows(week, user) if week else [],
        "problems": _problems(week, user) if week else [], "states": State,
    }  # fmt: skip
    context["ready"] = sum(row["can"] for row in context["rows"])
    return render(request, "tasks/reports/sign.html", context, status=status)


def _ticked(request: HttpRequest) -> dict[int, int]:
    """Task and revision of each ticked box (``"12-3"``): what the signer had before them."""
    seen = {}
    for value in request.POST.getlist("task"):
        task, _dash, revision = value.partition("-")
        if task.isascii() and task.isdigit() and revision.isascii() and revision.isdigit() and len(value) < 24:
            seen[int(task)] = int(revision)
    return seen


def _rows(week: UnitWeek, user: User) -> list[dict[str, Any]]:
    return [
        {"task": task, "draft": task.pending, "can": task.state == State.READY and not _own(task, user)}
        for task in week.pending
    ]


def _own(task: WeekTask, user: User) -> bool:
    return task.pending is not None and task.pending.updated_by_id == user.pk


def _problems(week: UnitWeek, user: User) -> list[dict[str, Any]]:
    """What stands in the way, with place, reason and remedy."""
    found = []
    for task in week.tasks:
        if task.fault:
            found.append({"task": task, "reason": task.fault.reason, "remedy": task.fault.remedy})
        elif _own(task, user):
            remedy = _("请由另一名签发人签发。")
            found.append({"task": task, "reason": _("填报人不得签发本人填写的内容。"), "remedy": remedy})
    for task in week.missing:
        reason = _("已被退回，尚未更正。") if task.state == State.RETURNED else _("本周尚未填写。")
        found.append({"task": task, "reason": reason, "remedy": _("请填报人补齐。")})
    return found


@require_safe
def receipt(request: HttpRequest, version_id: int) -> HttpResponse:
    """What was submitted at one moment: time, count, versions. May be printed at any later time."""
    user = actor_of(request)
    visible = ReportVersion.objects.visible_to(user)
    one = get_object_or_404(visible.select_related("period", "unit", "signed_by"), pk=version_id)
    together = visible.filter(
        period=one.period_id, unit=one.unit_id, signed_by=one.signed_by_id, submitted_at=one.submitted_at
    )
    found = list(together.select_related("task__item", "written_by").order_by("task__item__sort", "task__sort", "pk"))
    receipts.add_to_versions(user, found)
    context = {
        "one": one, "versions": found, "label": week_label(one.period.monday),
        "late": sum(version.late for version in found), "receipt": getattr(found[0], "receipt", None),
        "own": one.unit_id in user.standing.reporting_units,
    }  # fmt: skip
    return render(request, "tasks/reports/receipt.html", context)
