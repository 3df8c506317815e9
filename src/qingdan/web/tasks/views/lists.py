"""The monthly list: editions, drafting line by line, issuing, comparing; the matrix, the three lists, campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import send
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import User

from .. import editions as reading
from .. import overview, rights
from ..effect import effect_of
from ..exports import lists as files
from ..facts import facts_of
from ..forms import lists as forms_
from ..models import Campaign, ListEdition, ListLine
from ..services import lists as services
from ..services.exports import note_export

FORM_METHODS = ["GET", "HEAD", "POST"]
PER_PAGE = 100
VIEWS = ("tasks", "duties", "progress")


def _edition(actor: User, pk: int) -> ListEdition:
    return get_object_or_404(ListEdition.objects.visible_to(actor).select_related("campaign", "previous"), pk=pk)


def _crumbs(edition: ListEdition | None = None) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = [(_("任务清单"), reverse("tasks:editions"))]
    if edition is not None:
        found.append((edition.title, reverse("tasks:edition", args=[edition.pk])))
    return found


@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """Every month's list with its versions, newest first."""
    actor = actor_of(request)
    require(rights.may_see_business(actor))
    page = Paginator(ListEdition.objects.visible_to(actor).select_related("campaign"), 24).get_page(
        request.GET.get("page")
    )
    rows = [{"edition": edition, "counts": _counts(actor, edition)} for edition in page.object_list]
    context = {"page": page, "rows": rows, "may_manage": rights.may_manage_tasks(actor)}
    return render(request, "tasks/lists/editions.html", context)


def _counts(actor: User, edition: ListEdition) -> dict[str, int]:
    changes = edition.lines.visible_to(actor).values_list("change", "item")
    standing = [(change, item) for change, item in changes if change != ListLine.Change.REMOVED]
    by_change = dict.fromkeys(ListLine.Change.values, 0)
    for change, _item in changes:
        by_change[change] += 1
    return {"tasks": len(standing), "items": len({item for _change, item in standing}), **by_change}


@require_http_methods(FORM_METHODS)
def edition_new(request: HttpRequest) -> HttpResponse:
    """Draft a month's list from last month's unfinished tasks and new ones (P-19)."""
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor), _("编制清单"))
    newest = ListEdition.objects.issued().order_by("-month").first()
    month = newest.month_end + timedelta(days=1) if newest else clock.today().replace(day=1)
    form = forms_.DraftForm(request.POST or None, initial={"month": month})
    if form.is_bound and form.is_valid():
        try:
            made = services.draft_edition(actor, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("草稿已编制：上期未完成的延续，已办结的拟移出，新任务拟列入。请逐行核对。"))
            return redirect("tasks:edition", made.pk)
    return form_page(
        request, form, _("编制任务清单"), back=reverse("tasks:editions"), crumbs=_crumbs(), save=_("编制草稿")
    )  # fmt: skip


@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition: a draft with what is still to be decided, or an issued list as it was issued."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    lines = found.lines.visible_to(actor).select_related("task", "merged_into").order_by("position", "pk")
    change = request.GET.get("change", "")
    if change in ListLine.Change.values:
        lines = lines.filter(change=change)
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "edition": found,
        "page": page,
        "lines": page.object_list,
        "counts": _counts(actor, found),
        "change": change,
        "changes": ListLine.Change.choices,
        "obstacles": [] if found.is_issued else services.issue_obstacles(found),
        "may_manage": rights.may_manage_tasks(actor) and not found.is_issued,
        "may_issue": rights.may_issue(actor, found),
        "issue_form": forms_.IssueForm(),
        "others": ListEdition.objects.visible_to(actor).issued().exclude(pk=found.pk)[:24],
    }
    return render(request, "tasks/lists/edition.html", context)


@require_http_methods(FORM_METHODS)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide what becomes of one line of a draft."""
    actor = actor_of(request)
    # The line of a draft is the office's own, as the draft is.
    lines = ListLine.objects.visible_to(actor).filter(edition__in=ListEdition.objects.visible_to(actor))
    found = get_object_or_404(lines.select_related("edition", "task"), pk=pk)
    require(rights.may_manage_tasks(actor), found.work[:20])
    initial = {name: getattr(found, name) for name in ("change", "removal", "reason", "approver", "merged_into")}
    form = forms_.LineForm(request.POST or None, initial=initial, line=found)
    back = f"{reverse('tasks:edition', args=[found.edition_id])}#line-{found.pk}"
    if form.is_bound and form.is_valid():
        try:
            services.set_line(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(back)
    return form_page(
        request, form, _("清单变动"), back=back, crumbs=_crumbs(found.edition), note=f"{found.item_name}：{found.work}"
    )  # fmt: skip


@require_http_methods(FORM_METHODS)
def line_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an open task on the draft by hand."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    require(rights.may_manage_tasks(actor), found.title)
    form = forms_.AddLineForm(request.POST or None, edition=found)
    back = reverse("tasks:edition", args=[pk])
    if form.is_bound and form.is_valid():
        try:
            services.add_line(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已列入。"))
            return redirect(back)
    return form_page(request, form, _("列入任务"), back=back, crumbs=_crumbs(found), save=_("列入"))


@require_POST
def edition_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    services.refresh_draft(actor, _edition(actor, pk))
    messages.success(request, _("草稿已按任务现状更新，已作的决定保留。"))
    return redirect("tasks:edition", pk)


@require_POST
def edition_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue for good. Everything is checked again by the service."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    form = forms_.IssueForm(request.POST)
    if not form.is_valid():
        require(rights.may_issue(actor, found), found.title)
        back = reverse("tasks:edition", args=[pk])
        return form_page(request, form, _("印发清单"), back=back, crumbs=_crumbs(found), save=_("印发"))
    issued = services.issue(actor, found, approver=form.cleaned_data["approver"])
    messages.success(request, _("%s已印发，自此不可更改。") % issued.title)
    return redirect("tasks:edition", pk)


@require_http_methods(FORM_METHODS)
def edition_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    require(rights.may_manage_tasks(actor), found.title)
    form = forms_.ReasonForm(request.POST or None)
    back = reverse("tasks:edition", args=[pk])
    if form.is_bound and form.is_valid():
        try:
            services.drop_draft(actor, found, reason=form.cleaned_data["reason"])
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("草稿已删除，任务不受影响。"))
            return redirect("tasks:editions")
    return form_page(request, form, _("删除草稿"), back=back, crumbs=_crumbs(found), danger=True)


@require_safe
def edition_diff(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What changed between two editions, field by field (P-25)."""
    actor = actor_of(request)
    new, old = _edition(actor, pk), _edition(actor, other)
    if (old.month, old.version) > (new.month, new.version):
        new, old = old, new
    diff = reading.difference(actor, old, new)
    kinds = [
        {"kind": kind, "label": label, "lines": diff.of_kind(kind)}
        for kind, label in ListLine.Change.choices
        if kind != ListLine.Change.CARRIED
    ]
    context = {"diff": diff, "kinds": kinds, "counts": diff.counts}
    return render(request, "tasks/lists/diff.html", context)


@require_safe
def edition_diff_file(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    actor = actor_of(request)
    new, old = _edition(actor, pk), _edition(actor, other)
    diff = reading.difference(actor, old, new)
    note_export(actor, new, kind="diff.xlsx", rows=len(diff.lines))
    return send(files.diff_file(diff))


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Plan x month of a year (P-13)."""
    actor = actor_of(request)
    require(rights.may_see_business(actor))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and 1949 <= int(asked) <= 9998 else clock.today().year
    found, rows = reading.matrix(actor, year)
    return render(request, "tasks/lists/matrix.html", {"year": year, "editions": found, "rows": rows})


@require_safe
def three_lists(request: HttpRequest, pk: int) -> HttpResponse:
    """任务清单、责任清单、进度清单: the same rows seen three ways (B-45)."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    view = request.GET.get("view", "tasks")
    if view not in VIEWS:
        raise Http404
    context: dict[str, Any] = {"edition": found, "view": view}
    page: Any
    if view == "duties":
        units: dict[str, dict[str, list[ListLine]]] = {}
        for entry in overview.visible_lines(actor, found):
            for part, text in (
                ("leads", entry.leads),
                ("responsible", entry.responsible),
                ("supporters", entry.supporters),
            ):
                for name in text.split("、"):
                    if name:
                        units.setdefault(name, {"leads": [], "responsible": [], "supporters": []})[part].append(entry)
        page = Paginator(sorted(units.items(), key=lambda pair: -len(pair[1]["leads"])), 20).get_page(
            request.GET.get("page")
        )
    else:
        page = Paginator(overview.visible_lines(actor, found), PER_PAGE).get_page(request.GET.get("page"))
        if view == "progress":
            facts = facts_of([entry.task_id for entry in page.object_list])
            context["rows"] = [overview.Row(entry, facts[entry.task_id]) for entry in page.object_list]
    context["page"] = page
    return render(request, "tasks/lists/three.html", context)


@require_safe
def booklet(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The month's booklet as Word or PDF (P-57)."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    if kind not in files.BOOKLET_KINDS:
        raise Http404
    note_export(actor, found, kind=f"booklet.{kind}", rows=found.lines.count())
    return send(files.booklet_file(kind, actor, found))


@require_safe
def list_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as a workbook that can be read back."""
    actor = actor_of(request)
    found = _edition(actor, pk)
    note_export(actor, found, kind="list.xlsx", rows=found.lines.count())
    return send(files.list_file(actor, found))


@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """A campaign: its months, its course by week, and its effect report from data alone (P-27, P-37)."""
    actor = actor_of(request)
    found = get_object_or_404(Campaign, pk=pk)
    if not actor.standing.sees_all and not found.editions.filter(pk__in=ListEdition.objects.visible_to(actor)).exists():
        raise Http404
    context = {
        "campaign": found,
        "months": reading.campaign_months(actor, found),
        "effect": effect_of(actor, found),
        "strategies": found.strategies.all(),
    }
    return render(request, "tasks/lists/campaign.html", context)
