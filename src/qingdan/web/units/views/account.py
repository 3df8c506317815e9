"""Signing in and out, one's own password and sessions."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.web.common.errors import DomainError
from qingdan.web.common.forms import put_back
from qingdan.web.common.models import Setting

from .. import services, signin
from ..actors import actor_of
from ..forms import PasswordForm, SignInForm
from ..models import UserSession


def safe_next(request: HttpRequest) -> str:
    """Where to go after signing in: the asked address when it is one of ours, else the home page."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


def demo_accounts() -> list[dict[str, str]]:
    """The demo's accounts ``{username, password, role, unit}``; none outside a demo, whatever is stored."""
    if not settings.QD_CLOCK:
        return []
    row = Setting.objects.filter(name="demo_accounts").first()
    return list(row.value) if row else []


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    accounts = demo_accounts()
    status = 200
    if request.method == "POST":
        form = SignInForm(request.POST)
        if form.is_valid():
            tried = signin.try_sign_in(request, form.cleaned_data["username"], form.cleaned_data["password"])
            if tried.user:
                login(request, tried.user)
                services.forget_gone_sessions(tried.user)
                return redirect(safe_next(request))
            form.add_error(None, str(tried.refusal))
        status = 422
    else:
        # One click on a demo account comes back here with the form filled.
        chosen = next((a for a in accounts if a["username"] == request.GET.get("as")), None)
        form = SignInForm(initial=chosen)
        if chosen:
            form.fields["password"].widget.render_value = True
    context = {"form": form, "accounts": accounts, "next": request.POST.get("next") or request.GET.get("next") or ""}
    return render(request, "units/signin.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("已退出登录。"))
    return redirect("units:signin")


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: posts, sign-ins that are open."""
    actor = actor_of(request)
    sessions = actor.sessions.order_by("-seen_at")[:100]
    return render(
        request,
        "units/account.html",
        {"sessions": sessions, "current": request.session.session_key, "title": _("我的账号")},
    )


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; also the only page open to a person who must."""
    actor = actor_of(request)
    forced = signin.must_change_password(actor)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key or ""
        try:
            user = services.change_password(actor, old=form.cleaned_data["old"], new=form.cleaned_data["new"], keep=key)
        except DomainError as error:
            put_back(form, error)
        else:
            # The changed password gives the session a new key; its record follows.
            update_session_auth_hash(request, user)
            UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
            messages.success(request, _("密码已修改，其他设备上的登录已全部退出。"))
            return redirect("home" if forced else "units:account")
    template = "units/password_forced.html" if forced else "units/password.html"
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "title": _("修改密码")}, status=status)


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    actor = actor_of(request)
    session = get_object_or_404(UserSession.objects.visible_to(actor).select_related("user"), pk=session_id)
    here = session.session_key == request.session.session_key
    own = session.user_id == actor.pk
    services.end_session(actor, session)
    if here:
        logout(request)
        return redirect("units:signin")
    messages.success(request, _("已结束该登录。"))
    return redirect("units:account") if own else redirect("units:person", session.user_id)


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    ended = services.end_sessions(actor, actor, keep=request.session.session_key or "")
    messages.success(request, _("已结束其他 %(ended)d 处登录。") % {"ended": ended})
    return redirect("units:account")
