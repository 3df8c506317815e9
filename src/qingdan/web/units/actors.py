"""Who makes a request, for views."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from .models import User


def actor_of(request: HttpRequest) -> User:
    """The signed-in person. The middleware has let nobody else through; should it fail, this does not."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
