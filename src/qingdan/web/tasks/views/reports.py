"""A unit's week: the page on which its reporter writes, task by task, in two minutes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.standards.weeks import week_label
from qingdan.web.common import attachments, clock
from qingdan.web.common.attachments import store
from qingdan.web.common.errors import Denied, DomainError, Stale
from qingdan.web.common.forms import put_back
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Role, Unit, User

from .. import receipts, rights
from ..forms.reports import ReportForm
from ..models import ReportDraft, ReportPeriod, Task
from ..services import reports
from ..week import State, UnitWeek, WeekTask, unit_week

WEEKS_SHOWN = 12


def number_of(request: HttpRequest, name: str) -> int | None:
    """A number from the address bar; None for anything that is none."""
    text = request.GET.get(name, "") or request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def own_units(user: User, *roles: str) -> list[Unit]:
    """The units for which the person holds one of ``roles``."""
    return list(Unit.objects.filter(pk__in=user.standing.units(*roles)))


def chosen_week(request: HttpRequest) -> tuple[list[ReportPeriod], ReportPeriod | None]:
    """The weeks to choose from (newest first), and the one asked for; by default the newest that has begun."""
    weeks = list(ReportPeriod.objects.filter(monday__lte=clock.today())[:WEEKS_SHOWN])
    wanted = number_of(request, "week")
    if wanted is None:
        return weeks, weeks[0] if weeks else None
    found = next((week for week in weeks if week.pk == wanted), None)
    return weeks, found or get_object_or_404(ReportPeriod, pk=wanted)


def chosen_unit(request: HttpRequest, units: list[Unit]) -> Unit:
    """The unit asked for among ``units``, by default the first. Another one does not exist for this person."""
    wanted = number_of(request, "unit")
    found = next((unit for unit in units if wanted in (None, unit.pk)), None)
    if found is None:
        raise Http404
    return found


def _week_url(period: ReportPeriod, unit: Unit, task: Task | None = None) -> str:
    anchor = f"#task-{task.pk}" if task else ""
    return f"{reverse('tasks:my-reports')}?week={period.pk}&unit={unit.pk}{anchor}"


@require_safe
def my_reports(request: HttpRequest) -> HttpResponse:
    """The unit's week with every task it owes, ready to be written in place."""
    user = actor_of(request)
    units = own_units(user, Role.REPORTER, Role.SIGNER)
    if not units:
        raise Denied(_("本单位周报"), _("您现在的岗位不填报也不签发周报。"), _("各单位报送情况请看“周报汇总”。"))
    weeks, period = chosen_week(request)
    unit = chosen_unit(request, units)
    week = unit_week(user, period, unit) if period else None
    if week:
        receipts.add_to_versions(user, [version for task in week.tasks for version in task.versions])
    writes = bool(rights.may_write_report(user, unit)) and week is not None and week.open
    context: dict[str, Any] = {
        "units": units, "unit": unit, "weeks": weeks, "period": period, "week": week, "writes": writes,
        "cards": _cards(week, writes) if week else [], "label": week_label(period.monday) if period else "",
        "signs": bool(rights.may_sign_report(user, unit)), "states": State,
        "not_yet": bool(period and period.opens_on and clock.today() < period.opens_on),
    }  # fmt: skip
    return render(request, "tasks/reports/my_reports.html", context)


def _cards(week: UnitWeek, writes: bool) -> list[dict[str, Any]]:
    """Each task with its form, and where the keyboard goes on to."""
    open_tasks = [task for task in week.tasks if task.state in (State.EMPTY, State.DRAFT, State.RETURNED)]
    cards = []
    for task in week.tasks:
        later = [other for other in open_tasks if other.number > task.number]
        cards.append(card(task, writes=writes and task.owed, following=later[0].task.pk if later else None))
    return cards


def card(
    task: WeekTask, *, writes: bool, following: int | None = None, form: ReportForm | None = None
) -> dict[str, Any]:
    """What the template of one task needs."""
    return {
        "task": task, "writes": writes, "form": (form or ReportForm(task)) if writes else None,
        "following": following, "done": task.state in (State.READY, State.SUBMITTED) and form is None,
    }  # fmt: skip


def _one(request: HttpRequest, period_id: int, task_id: int, unit_id: int) -> tuple[User, UnitWeek, WeekTask]:
    """One task of the week of one of the person's own units; anything else is not found."""
    user = actor_of(request)
    unit = get_object_or_404(Unit, pk__in=user.standing.reporting_units, pk=unit_id)
    period = get_object_or_404(ReportPeriod, pk=period_id)
    get_object_or_404(Task.objects.visible_to(user), pk=task_id)
    week = unit_week(user, period, unit, task=task_id)
    if not week.tasks:
        raise Http404
    return user, week, week.tasks[0]


@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, period_id: int, task_id: int, unit_id: int) -> HttpResponse:
    """One task's draft on a page of its own: what works without scripts, and where a conflict is settled."""
    user, week, task = _one(request, period_id, task_id, unit_id)
    require(rights.may_write_report(user, week.unit))
    form, conflict, status = ReportForm(task), None, 200
    if request.method == "POST":
        form, status = ReportForm(task, request.POST), 422
        if form.is_valid():
            try:
                # Files first: one that is refused then stops before anything is saved.
                attached = [store(user, file) for file in request.FILES.getlist("evidence")]
                _save(user, week, task, form)
                if attached:
                    reports.attach_evidence(user, week.period, task.task, week.unit, attached)
            except Stale as error:
                conflict, status = error, 409
                # What was typed stays in the form; saving once more then replaces the other's words knowingly.
                typed = request.POST.copy()
                typed["revision"] = str(task.draft.revision if task.draft else 0)
                form.data = typed
            except DomainError as error:
                put_back(form, error)
            else:
                messages.success(request, _("已保存“%(work)s”的草稿。") % {"work": task.work[:20]})
                return redirect(_week_url(week.period, week.unit, task.task))
    context = {
        **card(task, writes=True, form=form), "week": week, "period": week.period, "unit": week.unit,
        "label": week_label(week.period.monday), "conflict": conflict, "back": _week_url(week.period, week.unit),
    }  # fmt: skip
    return render(request, "tasks/reports/edit.html", context, status=status)


def _save(user: User, week: UnitWeek, task: WeekTask, form: ReportForm) -> ReportDraft:
    return reports.save_draft(
        user, week.period, task.task, week.unit, form.content(), revision=form.cleaned_data["revision"]
    )


@require_POST
def report_save(request: HttpRequest, period_id: int, task_id: int, unit_id: int) -> HttpResponse:
    """Save while typing: answers with the state line of the card. What cannot be saved is said, and stays typed."""
    user, week, task = _one(request, period_id, task_id, unit_id)
    require(rights.may_write_report(user, week.unit))
    form = ReportForm(task, request.POST)
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else _("草稿")
        raise DomainError(label or _("草稿"), str(errors[0]), _("改正后自动保存。"))
    _save(user, week, task, form)
    task = unit_week(user, week.period, week.unit, task=task_id).tasks[0]
    return render(request, "tasks/reports/_saved.html", {**card(task, writes=True), "fresh": True})


@require_safe
def week_progress(request: HttpRequest, period_id: int, unit_id: int) -> HttpResponse:
    """The bar above the cards, read again after a card was saved."""
    user = actor_of(request)
    unit = get_object_or_404(Unit, pk__in=user.standing.reporting_units, pk=unit_id)
    week = unit_week(user, get_object_or_404(ReportPeriod, pk=period_id), unit)
    return render(request, "tasks/reports/_progress.html", {"week": week})


@require_POST
def no_change(request: HttpRequest, period_id: int, task_id: int, unit_id: int) -> HttpResponse:
    """本周无变化 for one task, in one click."""
    user, week, task = _one(request, period_id, task_id, unit_id)
    reports.report_no_change(user, week.period, task.task, week.unit)
    if request.headers.get("HX-Request"):
        task = unit_week(user, week.period, week.unit, task=task_id).tasks[0]
        task.number = number_of(request, "number") or 1
        context = {**card(task, writes=True), "period": week.period, "unit": week.unit, "fresh": True}
        return render(request, "tasks/reports/_card.html", context)
    messages.success(request, _("已标记“%(work)s”本周无变化。") % {"work": task.work[:20]})
    return redirect(_week_url(week.period, week.unit, task.task))


@require_POST
def rest_unchanged(request: HttpRequest, period_id: int, unit_id: int) -> HttpResponse:
    """本周无变化 for every task not yet written, as far as the cap allows."""
    user = actor_of(request)
    unit = get_object_or_404(Unit, pk__in=user.standing.reporting_units, pk=unit_id)
    period = get_object_or_404(ReportPeriod, pk=period_id)
    marked, left = reports.report_rest_unchanged(user, period, unit)
    text = _("已标记%(n)d项本周无变化。") % {"n": marked}
    if left:
        text += _("另有%(n)d项不能标记，须填写实际进展。") % {"n": left}
    messages.success(request, text)
    return redirect(_week_url(period, unit))


@require_POST
def evidence_add(request: HttpRequest, period_id: int, task_id: int, unit_id: int) -> HttpResponse:
    """Put files beside a draft."""
    user, week, task = _one(request, period_id, task_id, unit_id)
    require(rights.may_write_report(user, week.unit))
    files = request.FILES.getlist("evidence")
    if not files:
        raise DomainError(_("佐证材料"), _("没有选择文件。"), _("请选择文件后再上传。"), field="evidence")
    attached = [store(user, file) for file in files]
    reports.attach_evidence(user, week.period, task.task, week.unit, attached)
    return _evidence(request, user, week, task)


@require_POST
def evidence_remove(request: HttpRequest, period_id: int, task_id: int, unit_id: int, file_id: int) -> HttpResponse:
    """Take a file off a draft."""
    user, week, task = _one(request, period_id, task_id, unit_id)
    file = get_object_or_404(attachments.visible_to(user), pk=file_id)
    if task.draft is None:
        raise Http404
    reports.detach_evidence(user, task.draft, file)
    return _evidence(request, user, week, task)


def _evidence(request: HttpRequest, user: User, week: UnitWeek, task: WeekTask) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(_week_url(week.period, week.unit, task.task))
    task = unit_week(user, week.period, week.unit, task=task.task.pk).tasks[0]
    context = {**card(task, writes=True), "period": week.period, "unit": week.unit}
    return render(request, "tasks/reports/_evidence.html", context)
