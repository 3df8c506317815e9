"""Plans, items, tasks: the tree, and the forms that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import rights
from ..facts import facts_of
from ..forms import plans as forms_
from ..models import Assignment, Item, Plan, Source, Tag, Task
from ..services import plans as services

FORM_METHODS = ["GET", "HEAD", "POST"]


def _crumbs(plan: Plan | None = None) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = [(_("行动计划"), reverse("tasks:plans"))]
    if plan is not None:
        found.append((plan.name, reverse("tasks:plan", args=[plan.pk])))
    return found


def _form(
    request: HttpRequest, form: forms.Form, do: Callable[[dict[str, Any]], str], *, title: str, back: str,
    crumbs: list[tuple[Any, str]], note: str = "",
) -> HttpResponse:  # fmt: skip
    """Show ``form``; when it is good, ``do`` the work with its data and go where it says."""
    if form.is_bound and form.is_valid():
        try:
            address = do(form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(address)
    return form_page(request, form, title, back=back, crumbs=crumbs, note=note)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """All plans with what they hold, and the dimensions that tasks are rolled up by."""
    actor = actor_of(request)
    require(rights.may_see_business(actor))
    seen = Task.objects.visible_to(actor)
    counted = (
        Plan.objects.annotate(
            item_count=Count("items", distinct=True, filter=Q(items__tasks__in=seen)),
            task_count=Count("items__tasks", distinct=True, filter=Q(items__tasks__in=seen)),
        )
        .select_related("campaign")
        .prefetch_related("leads")
    )
    if not actor.standing.sees_all:
        counted = counted.filter(task_count__gt=0)
    context = {
        "plans": counted,
        "strategies": _tag_counts(actor, Tag.Kind.STRATEGY),
        "zones": _tag_counts(actor, Tag.Kind.ZONE),
        "sources": _sources(actor),
        "may_manage": rights.may_manage_tasks(actor),
    }
    return render(request, "tasks/plans/plans.html", context)


def _sources(actor: User) -> Any:
    """Documents and meetings with how many visible tasks come from each; whoever sees no task of one sees not it."""
    seen = Task.objects.visible_to(actor)
    counted = Source.objects.annotate(n=Count("tasks", filter=Q(tasks__in=seen), distinct=True)).order_by("-n", "pk")
    return counted[:50] if actor.standing.sees_all else counted.filter(n__gt=0)[:50]


def _tag_counts(actor: User, kind: str) -> Any:
    seen = Task.objects.visible_to(actor)
    counted = Tag.objects.filter(kind=kind).annotate(n=Count("tasks", filter=Q(tasks__in=seen), distinct=True))
    return counted if actor.standing.sees_all else counted.filter(n__gt=0)


def _plan(actor: User, pk: int) -> Plan:
    """The plan as far as it exists for this person: a unit knows the plans in which it has a task."""
    found = get_object_or_404(Plan.objects.select_related("campaign"), pk=pk)
    if not actor.standing.sees_all and not Task.objects.visible_to(actor).filter(item__plan=found).exists():
        raise Http404
    return found


@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: its items, and under each its tasks with deadline and light."""
    actor = actor_of(request)
    found = _plan(actor, pk)
    seen = Task.objects.visible_to(actor).filter(item__plan=found)
    units = Prefetch("assignments", Assignment.objects.select_related("unit").order_by("part", "order"))
    tasks = list(seen.select_related("item", "parent").prefetch_related(units).order_by("item__sort", "sort", "pk"))
    facts = facts_of([task.pk for task in tasks])
    by_item: dict[int, list[dict[str, Any]]] = {}
    for task in tasks:
        leads = [a.unit.name for a in task.assignments.all() if a.part == Assignment.Part.LEAD]
        row = {"task": task, "facts": facts[task.pk], "leads": "、".join(leads)}
        by_item.setdefault(task.item_id, []).append(row)
    items = [
        {"item": item, "rows": by_item.get(item.pk, [])}
        for item in found.items.all()
        if actor.standing.sees_all or item.pk in by_item
    ]
    context = {
        "plan": found,
        "leads": [lead.unit for lead in found.plan_leads.select_related("unit")],
        "items": items,
        "crumbs": _crumbs(),
        "may_manage": rights.may_manage_tasks(actor),
    }
    return render(request, "tasks/plans/plan.html", context)


@require_http_methods(FORM_METHODS)
def plan_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor), _("新增行动计划"))
    form = forms_.PlanForm(request.POST or None)
    return _form(
        request, form, lambda data: reverse("tasks:plan", args=[services.add_plan(actor, **data).pk]),
        title=_("新增行动计划"), back=reverse("tasks:plans"), crumbs=_crumbs(),
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    found = _plan(actor, pk)
    require(rights.may_manage_tasks(actor), found.name)
    leads = "、".join(lead.unit.name for lead in found.plan_leads.select_related("unit"))
    initial = {"name": found.name, "leads": leads, "campaign": found.campaign_id}
    back = reverse("tasks:plan", args=[pk])
    form = forms_.PlanForm(request.POST or None, initial=initial)
    return _form(
        request, form, lambda data: reverse("tasks:plan", args=[services.set_plan(actor, found, **data).pk]),
        title=_("修改行动计划"), back=back, crumbs=_crumbs(found),
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def item_new(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    found = _plan(actor, pk)
    require(rights.may_manage_tasks(actor), found.name)

    def do(data: dict[str, Any]) -> str:
        item = services.add_item(actor, found, data["name"])
        return f"{reverse('tasks:plan', args=[found.pk])}#item-{item.pk}"

    form = forms_.ItemForm(request.POST or None)
    back = reverse("tasks:plan", args=[pk])
    return _form(request, form, do, title=_("新增事项（大项）"), back=back, crumbs=_crumbs(found))


@require_http_methods(FORM_METHODS)
def task_new(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    item = get_object_or_404(Item.objects.select_related("plan"), pk=pk)
    _plan(actor, item.plan_id)
    require(rights.may_manage_tasks(actor), item.name)
    form = forms_.TaskForm(request.POST or None, new=True)
    return _form(
        request, form, lambda _data: reverse("tasks:task", args=[services.add_task(actor, item, form.spec()).pk]),
        title=_("新增任务"), back=reverse("tasks:plan", args=[item.plan_id]), crumbs=_crumbs(item.plan),
        note=_("所属事项：%s。新任务在编制下期清单时列为“新增”。") % item.name,
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(Task.objects.visible_to(actor).select_related("item__plan"), pk=pk)
    require(rights.may_manage_tasks(actor), found.work[:20])
    form = forms_.TaskForm(request.POST or None, initial=forms_.initial_of(found))

    def do(data: dict[str, Any]) -> str:
        services.change_task(actor, found, form.spec(), reason=data["reason"])
        return reverse("tasks:task", args=[found.pk])

    return _form(
        request, form, do, title=_("修改任务"), back=reverse("tasks:task", args=[pk]), crumbs=_crumbs(found.item.plan),
        note=_("已印发的清单保持原文；修改内容在下期清单中列为“调整”。"),
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def subtask_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit breaks a task that it leads into nodes of its own (P-48)."""
    actor = actor_of(request)
    parent = get_object_or_404(Task.objects.visible_to(actor).select_related("item__plan"), pk=pk)
    office = rights.may_manage_tasks(actor)
    require(office if office else rights.may_act_for(actor, parent), parent.work[:20])
    form = forms_.TaskForm(request.POST or None, subtask=True, new=True)

    def do(_data: dict[str, Any]) -> str:
        services.add_subtask(actor, parent, form.spec())
        return reverse("tasks:task", args=[parent.pk])

    return _form(
        request, form, do, title=_("增加子任务"), back=reverse("tasks:task", args=[pk]),
        crumbs=_crumbs(parent.item.plan),
        note=_("上级任务：%s。牵头单位空白时与上级任务相同；节点不得晚于上级任务的时限。") % parent.work,
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def source_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor), _("任务来源"))

    def do(data: dict[str, Any]) -> str:
        services.add_source(actor, **data)
        return reverse("tasks:plans")

    form = forms_.SourceForm(request.POST or None)
    return _form(request, form, do, title=_("登记文件或会议"), back=reverse("tasks:plans"), crumbs=_crumbs())


@require_http_methods(FORM_METHODS)
def tag_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor), _("战略与功能区"))

    def do(data: dict[str, Any]) -> str:
        services.add_tag(actor, **data)
        return reverse("tasks:plans")

    form = forms_.TagForm(request.POST or None)
    return _form(request, form, do, title=_("登记战略或功能区"), back=reverse("tasks:plans"), crumbs=_crumbs())


@require_http_methods(FORM_METHODS)
def campaign_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor), _("攻坚行动"))
    form = forms_.CampaignForm(request.POST or None)
    return _form(
        request, form, lambda data: reverse("tasks:campaign", args=[services.add_campaign(actor, **data).pk]),
        title=_("新增攻坚行动"), back=reverse("tasks:plans"), crumbs=_crumbs(),
    )  # fmt: skip
