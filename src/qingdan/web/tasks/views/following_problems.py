"""The register of problems for the leadership: who raised them, who answers until when, and whether they are solved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qingdan.standards.weeks import monday_of, week_label
from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError, Text
from qingdan.web.common.files import send
from qingdan.web.common.forms import put_back
from qingdan.web.common.rights import Verdict, require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import receipts, rights
from ..exports.problems import problems_file
from ..forms import following as forms_
from ..forms.following import ProblemFilterForm
from ..models import Problem, ProblemStep, Task
from ..services import following
from ..services.exports import note_export

PAGE = 50
WEEKS = 6
Step = ProblemStep.Kind


def _visible(user: User) -> QuerySet[Problem]:
    return Problem.objects.visible_to(user).with_state().select_related("task", "unit", "report__period")


def weekly(user: User, today: date) -> list[dict[str, Any]]:
    """How many problems were found and how many solved in each of the last weeks, newest first (P-16)."""
    since = monday_of(today) - timedelta(weeks=WEEKS - 1)
    seen = Problem.objects.visible_to(user)
    raised = seen.filter(raised_at__gte=clock.local(since)).values_list("raised_at", flat=True)
    steps = ProblemStep.objects.filter(problem__in=seen.order_by(), kind=Step.SOLVED, at__gte=clock.local(since))
    found = Counter(monday_of(timezone.localtime(at).date()) for at in raised)
    solved = Counter(monday_of(timezone.localtime(at).date()) for at in steps.values_list("at", flat=True))
    mondays = [since + timedelta(weeks=n) for n in reversed(range(WEEKS))]
    return [{"week": week_label(m), "found": found[m], "solved": solved[m]} for m in mondays]


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """The register with filters and the weekly counts."""
    user, today = actor_of(request), clock.today()
    require(rights.may_see_business(user))
    seen = Problem.objects.visible_to(user)
    form = ProblemFilterForm(request.GET, seen=seen)
    form.is_valid()
    found = form.narrow(_visible(user), today)
    # Read through the annotated rows: a state is no column.
    stated: Any = seen.with_state().order_by().only("pk")
    counts = Counter(str(problem.state) for problem in stated)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    for problem in page.object_list:
        problem.overdue = is_overdue(problem, today)
    tiles = [
        ("new", _("待交办"), counts[""]),
        (Step.ASSIGNED, _("已交办"), counts[Step.ASSIGNED] + counts[Step.REOPENED]),
        (Step.ANSWERED, _("已答复"), counts[Step.ANSWERED]),
        (Step.SOLVED, _("已解决"), counts[Step.SOLVED]),
    ]
    context = {
        "page": page, "form": form, "tiles": tiles, "all": sum(counts.values()), "weekly": weekly(user, today),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }  # fmt: skip
    return render(request, "tasks/problem/list.html", context)


def is_overdue(problem: Any, today: date) -> bool:
    """Whether the answer is late; ``problem`` comes with its state."""
    return (
        problem.state in {Step.ASSIGNED, Step.REOPENED}
        and problem.answer_due is not None
        and problem.answer_due < today
    )


@require_safe
def problems_xlsx(request: HttpRequest) -> HttpResponse:
    """The register as a workbook, with the same filters."""
    user, today = actor_of(request), clock.today()
    require(rights.may_see_business(user))
    seen = Problem.objects.visible_to(user)
    form = ProblemFilterForm(request.GET, seen=seen)
    form.is_valid()
    found = list(form.narrow(_visible(user), today).prefetch_related("steps__by"))
    if found:
        note_export(user, found[0], kind="xlsx", rows=len(found), conditions=request.GET.dict())
    made = problems_file(found, today)
    return send(made)


@dataclass(frozen=True)
class ProblemAction:
    """Something that can be done about a problem."""

    name: str
    label: Text
    form: type[forms.Form]
    right: Callable[[User, Any], Verdict]
    applies: Callable[[Any], bool]
    do: Callable[[User, Problem, dict[str, Any]], object]
    done: Text


def actions() -> dict[str, ProblemAction]:
    """Assign, answer, confirm."""
    found = (
        ProblemAction(
            "assign", _("交办"), forms_.AssignForm, lambda user, problem: rights.may_assign_problem(user),
            lambda problem: True, lambda user, problem, data: following.assign_problem(user, problem, **data),
            _("已交办。"),
        ),
        ProblemAction(
            "answer", _("答复"), forms_.TextForm,
            lambda user, problem: rights.may_answer_problem(user, problem.owner_id),
            lambda problem: problem.state != Step.SOLVED,
            lambda user, problem, data: following.answer_problem(user, problem, **data), _("已答复。"),
        ),
        ProblemAction(
            "solve", _("确认解决"), forms_.TextForm, lambda user, problem: rights.may_verify(user),
            lambda problem: problem.state != Step.SOLVED,
            lambda user, problem, data: following.solve_problem(user, problem, **data), _("已确认解决。"),
        ),
    )  # fmt: skip
    return {action.name: action for action in found}


def _page(
    request: HttpRequest,
    user: User,
    problem: Any,
    *,
    tried: str = "",
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    allowed, refused = [], []
    for action in actions().values():
        if not action.applies(problem):
            continue
        verdict = action.right(user, problem)
        if verdict:
            shown = form if action.name == tried and form else action.form(auto_id=f"id_{action.name}_%s")
            allowed.append({"action": action, "form": shown, "open": action.name == tried})
        else:
            refused.append({"action": action, "reason": verdict.reason})
    steps = list(problem.steps.select_related("owner", "by"))
    receipts.add_to_steps(user, steps)
    problem.report.task = problem.task
    receipts.add_to_versions(user, [problem.report])
    context = {
        "problem": problem,
        "steps": steps,
        "overdue": is_overdue(problem, clock.today()),
        "task_visible": Task.objects.visible_to(user).filter(pk=problem.task_id).exists(),
        "actions": allowed,
        "refused": refused,
    }
    return render(request, "tasks/problem/page.html", context, status=status)


@require_safe
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    """One problem: its words, the way back to report and task, its steps, and what can be done."""
    user = actor_of(request)
    return _page(request, user, get_object_or_404(_visible(user), pk=pk))


@require_POST
def problem_action(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    user = actor_of(request)
    found = get_object_or_404(_visible(user), pk=pk)
    action = actions()[name]
    require(action.right(user, found))
    form = action.form(request.POST, auto_id=f"id_{name}_%s")
    if form.is_valid():
        try:
            action.do(user, found, form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, str(action.done))
            return redirect("tasks:problem", pk=pk)
    return _page(request, user, found, tried=name, form=form, status=422)
