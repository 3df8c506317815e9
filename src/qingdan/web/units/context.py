"""What the frame of every page shows: who is signed in, the navigation, the demo's clock."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext

from qingdan.web.common import clock
from qingdan.web.common.models import Notification
from qingdan.web.common.navigation import navigation
from qingdan.web.common.templatetags.qd import zh_date

from .models import User


def shell(request: HttpRequest) -> dict[str, Any]:
    """``shell`` and ``nav`` for base.html; both are worked out only where a template asks for them."""
    return {
        "shell": SimpleLazyObject(lambda: _shell(request)),
        "nav": SimpleLazyObject(lambda: _navigation(request)),
    }


def _shell(request: HttpRequest) -> dict[str, Any]:
    values: dict[str, Any] = {
        "system_name": settings.QD_SYSTEM_NAME,
        "language": get_language(),
        "large_type": request.COOKIES.get("qd_large") == "1",
        "clock_label": gettext("演示时间 %(day)s") % {"day": zh_date(clock.today())} if settings.QD_CLOCK else "",
    }
    user = getattr(request, "user", None)
    if isinstance(user, User):
        values |= {
            "user_label": user.name,
            "unit_label": "、".join(dict.fromkeys(post.unit.name for post in user.standing.posts)),
            "post_label": user.post_label,
            "inbox_count": Notification.objects.filter(recipient=user, read_at__isnull=True).count(),
        }
    return values


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or user.must_change_password:
        return []
    return navigation(user, request.path)
