"""The task page with everything known of one task, what may be done about it, and the extensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common.errors import DomainError, Text
from qingdan.web.common.forms import put_back
from qingdan.web.common.rights import Verdict, require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Unit, User

from .. import receipts, rights
from ..dossier import Dossier, dossier
from ..forms import following as forms_
from ..models import Assignment, ExtensionRequest, ListEdition, Task
from ..services import following, plans

PAGE = 50


@dataclass(frozen=True)
class Action:
    """Something that can be done about a task: its form, who may do it, whether it applies now, and the verb."""

    name: str
    label: Text
    form: type[forms.Form]
    right: Callable[[User, Task], Verdict]
    applies: Callable[[Dossier], bool]
    do: Callable[[User, Task, dict[str, Any]], object]
    done: Text


def _verify(user: User, task: Task) -> Verdict:
    return rights.may_verify(user)


def actions() -> dict[str, Action]:
    """The actions of the task page by name, in the order shown."""
    found = (
        Action(
            "judge", _("研判"), forms_.JudgeForm, _verify, lambda d: d.facts.is_open,
            lambda user, task, data: following.judge(user, task, **data), _("已记录研判。"),
        ),
        Action(
            "light", _("调整灯号"), forms_.LightForm, _verify, lambda d: True,
            lambda user, task, data: following.override_light(user, task, **data), _("已调整灯号。"),
        ),
        Action(
            "light-end", _("恢复系统灯号"), forms_.ReasonForm, _verify, lambda d: d.facts.override is not None,
            lambda user, task, data: following.end_override(user, task, **data), _("已恢复系统灯号。"),
        ),
        Action(
            "extend", _("申请延期"), forms_.ExtensionForm, rights.may_act_for,
            lambda d: d.facts.is_open and d.facts.due_on is not None and not d.facts.extension_pending,
            lambda user, task, data: following.request_extension(user, task, **data), _("已提交延期申请。"),
        ),
        Action(
            "deadline", _("调整时限"), forms_.DeadlineForm, lambda user, task: rights.may_move_deadline(user),
            lambda d: d.facts.is_open,
            lambda user, task, data: plans.change_deadline(user, task, **data), _("已调整完成时限，原时限继续显示。"),
        ),
        Action(
            "close", _("办结"), forms_.CloseForm, _verify, lambda d: d.facts.is_open,
            lambda user, task, data: following.close_task(user, task, **data), _("已办结。"),
        ),
        Action(
            "reopen", _("重新打开"), forms_.NoteForm, _verify, lambda d: not d.facts.is_open,
            lambda user, task, data: following.reopen_task(user, task, **data), _("已重新打开。"),
        ),
    )  # fmt: skip
    return {action.name: action for action in found}


def _form_of(action: Action, user: User, task: Task, data: Any = None) -> forms.Form:
    options: dict[str, Any] = {"auto_id": f"id_{action.name}_%s"}
    if action.form is forms_.ExtensionForm:
        leads = Assignment.objects.filter(task=task, part=Assignment.Part.LEAD).values("unit")
        options["units"] = Unit.objects.filter(pk__in=leads).filter(pk__in=user.standing.reporting_units)
    return action.form(data, **options)


def _task(user: User, pk: int) -> Task:
    return get_object_or_404(Task.objects.visible_to(user).select_related("item__plan", "parent"), pk=pk)


def _page(
    request: HttpRequest, user: User, task: Task, *, tried: str = "", form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    found = dossier(user, task, all_weeks=request.GET.get("weeks") == "all")
    allowed, refused = [], []
    for action in actions().values():
        if not action.applies(found):
            continue
        verdict = action.right(user, task)
        if verdict:
            shown = form if action.name == tried and form is not None else _form_of(action, user, task)
            allowed.append({"action": action, "form": shown, "open": action.name == tried})
        else:
            refused.append({"action": action, "reason": verdict.reason})
    may_answer = rights.may_decide(user)
    context = {
        "task": task,
        "dossier": found,
        "facts": found.facts,
        "actions": allowed,
        "refused": refused,
        "may_decide": bool(may_answer),
        "may_manage": bool(rights.may_manage_tasks(user)),
        "may_subtask": bool(rights.may_manage_tasks(user) or rights.may_act_for(user, task)),
        "edition": ListEdition.objects.visible_to(user).issued().filter(lines__task=task).first(),
    }
    return render(request, "tasks/task/page.html", context, status=status)


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything on one task."""
    user = actor_of(request)
    return _page(request, user, _task(user, pk))


@require_POST
def task_action(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do one of `actions`; what is refused comes back with the form as it was filled."""
    user = actor_of(request)
    found = _task(user, pk)
    action = actions()[name]
    require(action.right(user, found))
    form = _form_of(action, user, found, request.POST)
    if form.is_valid():
        try:
            action.do(user, found, form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, str(action.done))
            return redirect("tasks:task", pk=pk)
    return _page(request, user, found, tried=name, form=form, status=422)


# --- extensions ------------------------------------------------------------------------------------------------------


@require_safe
def extensions(request: HttpRequest) -> HttpResponse:
    """The requests for a later deadline, those waiting for a decision first."""
    user = actor_of(request)
    require(rights.may_see_business(user))
    found = (
        ExtensionRequest.objects.visible_to(user)
        .select_related("task", "unit", "by", "decision", "decision__by")
        .order_by(F("decision__pk").asc(nulls_first=True), "-at", "-pk")
    )
    state = request.GET.get("state", "")
    if state in {"pending", "decided"}:
        found = found.filter(decision__isnull=state == "pending")
    if state == "decided":
        found = found.order_by("-decision__at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "may_decide": bool(rights.may_decide(user))}
    return render(request, "tasks/extension/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with the task's deadlines so far, and the head's decision."""
    user = actor_of(request)
    visible = ExtensionRequest.objects.visible_to(user)
    asked = get_object_or_404(
        visible.select_related("task__item__plan", "unit", "by", "decision", "decision__by"), pk=pk
    )
    verdict = rights.may_decide(user)
    form, status = forms_.DecisionForm(request.POST or None), 200
    if request.method == "POST":
        require(verdict)
        if form.is_valid():
            try:
                following.decide_extension(user, asked, **form.cleaned_data)
            except DomainError as error:
                put_back(form, error)
            else:
                messages.success(request, _("已审批。"))
                return redirect("tasks:extensions")
        status = 422
    receipts.add_to_extensions(user, [asked])
    context = {
        "asked": asked,
        "decision": getattr(asked, "decision", None),
        "deadlines": asked.task.deadlines.select_related("by"),
        "earlier": visible.filter(task=asked.task).exclude(pk=pk).select_related("decision"),
        "verdict": verdict,
        "form": form,
    }
    return render(request, "tasks/extension/page.html", context, status=status)
