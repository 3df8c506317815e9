"""The side navigation, filled by the apps: each registers its entries in ``AppConfig.ready()``.

    register(NavItem(_("任务"), _("任务清单"), "tasks:lists", "list", visible=lambda user: user.standing.sees_all))

So the page frame of the ground floor shows entries of apps that it never imports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse

from .errors import Text

if TYPE_CHECKING:
    from qingdan.web.units.models import User


@dataclass(frozen=True)
class NavItem:
    """One entry: its group's title, its own, the name of its URL (without arguments) and an icon of `icons`.

    ``visible`` says who sees it; ``badge`` gives a small figure beside it (0 or None: nothing shown); entries are
    sorted by ``order``, groups by their first entry.
    """

    group: Text
    title: Text
    url_name: str
    icon: str
    visible: Callable[[User], bool]
    badge: Callable[[User], int | str | None] | None = None
    order: int = 100


_items: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Add entries; a second entry with the same URL name replaces the first."""
    _items.update({item.url_name: item for item in items})


def navigation(user: User, path: str) -> list[dict[str, Any]]:
    """The groups that ``user`` sees as ``{title, items: [{title, url, icon, active, badge}]}``.

    Active is the entry whose address is the longest beginning of ``path``. An entry whose URL does not exist is
    left out: its app is not installed.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    shown: list[dict[str, Any]] = []
    for item in sorted(_items.values(), key=lambda item: item.order):
        if not item.visible(user):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        entry = {
            "title": item.title,
            "url": url,
            "icon": item.icon,
            "active": False,
            "badge": item.badge(user) if item.badge else None,
        }
        groups.setdefault(str(item.group), []).append(entry)
        shown.append(entry)
    # The home page begins every path; it is active only on itself.
    here = [entry for entry in shown if path == entry["url"] or (entry["url"] != "/" and path.startswith(entry["url"]))]
    if here:
        max(here, key=lambda entry: len(entry["url"]))["active"] = True
    return [{"title": title, "items": items} for title, items in groups.items()]
