"""Nothing is open without signing in, except what says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from . import signin
from .models import User, UserSession

# Views that a signed-out person may call. Another app opens a view of its own by ``view.open_to_all = True``.
OPEN = frozenset({
    "units:signin", "units:signout", "set_language", "common:set_language", "common:type_size", "static",
    "healthz", "readyz", "common:health", "common:healthz", "common:readyz",
})  # fmt: skip
# What a person who must change the password can still reach.
BEFORE_PASSWORD = OPEN | {"units:password"}


class SignedInMiddleware:
    """Ends sessions that were idle or ended elsewhere, asks for sign-in and for a due change of password."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            session = UserSession.objects.filter(session_key=request.session.session_key, user=request.user.pk).first()
            if session is None or signin.is_idle(request.session):
                logout(request)
            else:
                signin.touch(request, session)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN or getattr(view, "open_to_all", False):
            return None
        if not isinstance(request.user, User):
            return self.send_to(request, f"{reverse('units:signin')}?{urlencode({'next': self.here(request)})}")
        if name not in BEFORE_PASSWORD and signin.must_change_password(request.user):
            return self.send_to(request, reverse("units:password"))
        return None

    @staticmethod
    def here(request: HttpRequest) -> str:
        """The page to come back to: for a part of a page the page itself; never an address that only takes POST."""
        if request.headers.get("HX-Request"):
            parts = urlsplit(request.headers.get("HX-Current-URL", "/"))
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
        return request.get_full_path() if request.method in {"GET", "HEAD"} else "/"

    @staticmethod
    def send_to(request: HttpRequest, url: str) -> HttpResponse:
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": url})
        return redirect(url)
