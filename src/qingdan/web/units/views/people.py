"""Accounts: list, create, switch off and on, first passwords, sessions."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.pages import form_page
from qingdan.web.common.rights import require

from .. import rights, services
from ..actors import actor_of
from ..forms import EditPersonForm, PersonForm
from ..models import AccessChange, Holding, User, UserSession

PAGE = 50


def _person(actor: User, person_id: int) -> User:
    return get_object_or_404(User.objects.visible_to(actor), pk=person_id)


def _crumb() -> tuple[str, str]:
    return _("人员"), reverse("units:people")


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    actor, today = actor_of(request), clock.today()
    require(rights.can_see_people(actor))
    asked = request.GET.get("q", "").strip()[:60]
    state = request.GET.get("state", "")
    found = User.objects.visible_to(actor).prefetch_related(
        Prefetch("holdings", Holding.objects.on(today).select_related("post__unit"), to_attr="now")
    )
    if asked:
        by_unit = Holding.objects.on(today).filter(post__unit__name__icontains=asked).values("user")
        found = found.filter(Q(username__icontains=asked) | Q(name__icontains=asked) | Q(pk__in=by_unit))
    if state in {"on", "off"}:
        found = found.filter(is_active=state == "on")
    context = {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "q": asked,
        "state": state,
        "can_manage": rights.can_manage_people(actor),
    }
    return render(request, "units/people.html", context)


@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _person(actor, person_id)
    changes = AccessChange.objects.visible_to(actor).filter(Q(user=found) | Q(replaces=found))
    context = {
        "person": found,
        "today": clock.today(),
        "holdings": found.holdings.select_related("post__unit").order_by("-since")[:100],
        "changes": changes.select_related("post__unit", "user", "replaces", "decision", "unit")[:100],
        "sessions": UserSession.objects.visible_to(actor).filter(user=found)[:100],
        "current": request.session.session_key,
        "can_list": rights.can_see_people(actor),
        "can_manage": rights.can_manage_person(actor, found),
        "can_reset": rights.can_reset_password(actor, found),
        "can_end": rights.can_end_sessions(actor, found),
    }
    return render(request, "units/person.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(rights.can_manage_people(actor))
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            account = services.add_person(actor, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            return _show_password(request, account)
    return form_page(request, form, _("新建账号"), back=reverse("units:people"), crumbs=[_crumb()])


@require_http_methods(["GET", "HEAD", "POST"])
def edit_person(request: HttpRequest, person_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _person(actor, person_id)
    require(rights.can_manage_person(actor, found), found.label)
    initial = {"name": found.name, "email": found.email}
    form = EditPersonForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.edit_person(actor, found, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect("units:person", found.pk)
    back = reverse("units:person", args=[person_id])
    return form_page(request, form, _("修改人员"), back=back, crumbs=[_crumb(), (found.name, back)])


@require_POST
def set_active(request: HttpRequest, person_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _person(actor, person_id)
    require(rights.can_manage_person(actor, found), found.label)
    active = request.POST.get("active") == "1"
    services.set_active(actor, found, active=active)
    messages.success(request, _("账号已启用。") if active else _("账号已停用，其登录已全部结束。"))
    return redirect("units:person", found.pk)


@never_cache
@require_POST
def reset_password(request: HttpRequest, person_id: int) -> HttpResponse:
    actor = actor_of(request)
    return _show_password(request, services.reset_password(actor, _person(actor, person_id)))


def _show_password(request: HttpRequest, account: services.NewAccount) -> HttpResponse:
    """The one page that shows a first password; it is stored nowhere, so it is not a redirect."""
    return render(request, "units/password_once.html", {"account": account, "person": account.user})


@require_POST
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = _person(actor, person_id)
    own = found.pk == actor.pk
    ended = services.end_sessions(actor, found, keep=(request.session.session_key or "") if own else "")
    messages.success(request, _("已结束 %(ended)d 处登录。") % {"ended": ended})
    return redirect("units:person", found.pk)
