"""The organisation: units, their names, posts with both duties, who holds them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require

from .. import rights, services
from ..actors import actor_of
from ..forms import CloseUnitForm, NameForm, UnitForm
from ..models import Holding, Post, PostRole, Unit, UnitName

PAGE = 100


@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """The tree of units, each with its names; a search shows the units that match, without the tree."""
    actor = actor_of(request)
    asked = request.GET.get("q", "").strip()[:100]
    closed = request.GET.get("closed") == "1"
    found = Unit.objects.visible_to(actor).select_related("parent").prefetch_related("names", "members")
    if not closed:
        found = found.open_on(clock.today())
    if asked:
        match = Q(name__icontains=asked) | Q(code__icontains=asked) | Q(names__name__icontains=asked)
        rows = [(unit, 0) for unit in found.filter(match).distinct()]
    else:
        rows = _tree(list(found))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": asked, "closed": closed, "can_edit": rights.can_edit_units(actor)}
    return render(request, "units/units.html", context)


def _tree(found: list[Unit]) -> list[tuple[Unit, int]]:
    """Units in the order of a tree, each with its depth; one whose parent is not shown stands at the top."""
    ids = {unit.pk for unit in found}
    below: dict[int | None, list[Unit]] = {}
    for unit in found:
        below.setdefault(unit.parent_id if unit.parent_id in ids else None, []).append(unit)
    rows: list[tuple[Unit, int]] = []
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        rows.append((unit, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(unit.pk, [])))
    return rows


@require_safe
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    return _unit_page(request, unit_id, NameForm(initial={"kind": UnitName.Kind.ALIAS}))


def _unit_page(request: HttpRequest, unit_id: int, name_form: NameForm, status: int = 200) -> HttpResponse:
    actor, today = actor_of(request), clock.today()
    visible = Unit.objects.visible_to(actor).select_related("parent")
    found = get_object_or_404(visible.prefetch_related("names", "members", "collectives", "children"), pk=unit_id)
    in_force = Q(until__isnull=True) | Q(until__gte=today)
    posts = (
        Post.objects.visible_to(actor)
        .filter(unit=found)
        .prefetch_related(
            Prefetch("holdings", Holding.objects.on(today).select_related("user"), to_attr="now"),
            Prefetch(
                "roles", PostRole.objects.filter(in_force, since__lte=today).select_related("unit"), to_attr="roles_now"
            ),
        )
    )
    context = {
        "unit": found,
        "posts": Paginator(posts, PAGE).get_page(request.GET.get("page")),
        "name_form": name_form,
        "can_edit": rights.can_edit_units(actor),
        "can_edit_posts": rights.can_edit_posts(actor),
        "can_add_alias": rights.can_add_alias(actor),
    }
    return render(request, "units/unit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def add_unit(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_edit_units(actor))
    initial = {"parent": request.GET.get("parent"), "kind": Unit.Kind.BUREAU}
    form = UnitForm(request.POST if request.method == "POST" else None, initial=initial, actor=actor)
    if form.is_valid():
        try:
            made = services.add_unit(actor, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已新增单位“%s”。") % made)
            return redirect("units:unit", made.pk)
    return form_page(request, form, _("新增单位"), back=reverse("units:units"), crumbs=[units_crumb()])


@require_http_methods(["GET", "HEAD", "POST"])
def edit_unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(Unit.objects.visible_to(actor), pk=unit_id)
    require(rights.can_edit_units(actor), found.name)
    initial = {field: getattr(found, field) for field in ("name", "kind", "code", "parent", "sort")}
    initial["members"] = found.members.all()
    form = UnitForm(request.POST if request.method == "POST" else None, initial=initial, actor=actor)
    if form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        values |= {"code": values["code"] or found.code, "sort": values["sort"] or 0}
        try:
            services.edit_unit(actor, found, **values)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存。改名的，原名称已留作曾用名。"))
            return redirect("units:unit", found.pk)
    return form_page(request, form, _("修改单位"), back=reverse("units:unit", args=[unit_id]), crumbs=crumbs(found))


@require_http_methods(["GET", "HEAD", "POST"])
def close_unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(Unit.objects.visible_to(actor), pk=unit_id)
    require(rights.can_edit_units(actor), found.name)
    data = request.POST if request.method == "POST" else None
    form = CloseUnitForm(data, initial={"on": clock.today()}, actor=actor, unit=found)
    if form.is_valid():
        try:
            services.close_unit(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已撤销单位“%s”。") % found)
            return redirect("units:unit", found.pk)
    return form_page(
        request, form, _("撤销或并入"), back=reverse("units:unit", args=[unit_id]), crumbs=crumbs(found), danger=True
    )


@require_POST
def add_name(request: HttpRequest, unit_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(Unit.objects.visible_to(actor), pk=unit_id)
    require(rights.can_add_alias(actor), found.name)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            services.add_name(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已登记名称。"))
            return redirect("units:unit", found.pk)
    return _unit_page(request, unit_id, form, status=422)


@require_POST
def remove_name(request: HttpRequest, name_id: int) -> HttpResponse:
    actor = actor_of(request)
    visible = UnitName.objects.filter(unit__in=Unit.objects.visible_to(actor)).select_related("unit")
    row = get_object_or_404(visible, pk=name_id)
    services.remove_name(actor, row)
    messages.success(request, _("已去掉名称“%s”。") % row.name)
    return redirect("units:unit", row.unit_id)


def units_crumb() -> tuple[str, str]:
    return _("单位与岗位"), reverse("units:units")


def crumbs(unit: Unit) -> list[tuple[str, str]]:
    """The way to a unit's page."""
    return [units_crumb(), (unit.name, reverse("units:unit", args=[unit.pk]))]
