"""Who sees which objects, told by the apps that own them: they may have receipts of what was done to these objects.

register_readers("tasks.task", Task.objects.visible_to)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from qingdan.web.units.models import User

_readers: dict[str, Callable[[User], QuerySet[Any]]] = {}


def register_readers(object_type: str, visible: Callable[[User], QuerySet[Any]]) -> None:
    """``visible`` gives the objects of this kind (a model's label) that a person sees."""
    _readers[object_type] = visible


def about_what_is_seen_by(user: User) -> Q:
    """The events about objects that ``user`` sees."""
    found = Q(pk__in=[])
    for object_type, visible in _readers.items():
        numbers = visible(user).order_by().annotate(_number=Cast("pk", CharField())).values("_number")
        found |= Q(object_type=object_type, object_id__in=numbers)
    return found
