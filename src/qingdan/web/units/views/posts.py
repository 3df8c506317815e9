"""A post: both duties, its holders and roles over time, and the hand-over to a successor."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require

from .. import rights, services
from ..actors import actor_of
from ..forms import ClosePostForm, PostForm, SuccessionForm
from ..models import AccessChange, Post, Unit, User
from .units import crumbs


def _post(actor: User, post_id: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(actor).select_related("unit"), pk=post_id)


def _crumbs(post: Post) -> list[tuple[str, str]]:
    return [*crumbs(post.unit), (post.title, reverse("units:post", args=[post.pk]))]


@require_safe
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _post(actor, post_id)
    changes = AccessChange.objects.visible_to(actor).filter(post=found)
    context = {
        "post": found,
        "crumbs": crumbs(found.unit),
        "today": clock.today(),
        "holdings": found.holdings.select_related("user").order_by("-since", "-id")[:100],
        "roles": found.roles.select_related("unit").order_by("-since", "-id")[:100],
        "changes": changes.select_related("post__unit", "user", "replaces", "decision", "unit")[:100],
        "can_edit": rights.can_edit_posts(actor),
        "can_ask": rights.can_ask_access(actor),
    }
    return render(request, "units/post.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_post(request: HttpRequest, unit_id: int) -> HttpResponse:
    actor = actor_of(request)
    unit = get_object_or_404(Unit.objects.visible_to(actor), pk=unit_id)
    require(rights.can_edit_posts(actor), unit.name)
    form = PostForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = services.add_post(actor, unit, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已新增岗位“%s”。授予角色和任职须经另一名管理员同意。") % made)
            return redirect("units:post", made.pk)
    return form_page(request, form, _("新增岗位"), back=reverse("units:unit", args=[unit_id]), crumbs=crumbs(unit))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_post(request: HttpRequest, post_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _post(actor, post_id)
    require(rights.can_edit_posts(actor), str(found))
    initial = {field: getattr(found, field) for field in ("title", "duty", "integrity_duty")}
    form = PostForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            services.edit_post(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("units:post", found.pk)
    return form_page(request, form, _("修改岗位"), back=reverse("units:post", args=[post_id]), crumbs=_crumbs(found))


@require_http_methods(["GET", "HEAD", "POST"])
def close_post(request: HttpRequest, post_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _post(actor, post_id)
    require(rights.can_edit_posts(actor), str(found))
    form = ClosePostForm(request.POST if request.method == "POST" else None, initial={"on": clock.today()})
    if form.is_valid():
        try:
            services.close_post(actor, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已撤销岗位“%s”。") % found)
            return redirect("units:post", found.pk)
    back = reverse("units:post", args=[post_id])
    return form_page(request, form, _("撤销岗位"), back=back, crumbs=_crumbs(found), danger=True)


@require_http_methods(["GET", "HEAD", "POST"])
def succession(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask for a successor: one leaves the post and another takes it over, agreed to in one step."""
    actor = actor_of(request)
    found = _post(actor, post_id)
    require(rights.can_ask_access(actor), str(found))
    data = request.POST if request.method == "POST" else None
    form = SuccessionForm(data, initial={"effective_on": clock.today()}, actor=actor, post=found)
    if form.is_valid():
        try:
            change = services.request_access_change(actor, AccessChange.Kind.APPOINT, found, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已提出，待另一名管理员审批。"))
            return redirect("units:access_change", change.pk)
    note = _("接任者承继该岗位的职责和全部角色。")
    back = reverse("units:post", args=[post_id])
    return form_page(request, form, _("交接岗位"), back=back, crumbs=_crumbs(found), note=note)
