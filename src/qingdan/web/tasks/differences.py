"""Two texts side by side with what differs marked, for people to compare."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Beyond this the comparison would cost more than it shows.
LONGEST = 4000


def marked(old: str, new: str) -> SafeString:
    """One text in which what left ``old`` is struck (<del>) and what came in ``new`` is underlaid (<ins>)."""
    return format_html_join(
        "",
        "{}",
        ((_piece(kind, old[a:b], new[c:d]),) for kind, a, b, c, d in _steps(old, new)),
    )


def side_by_side(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts, each with its own part of the difference marked."""
    left = [(_mark("del", old[a:b]) if kind != "equal" else format_html("{}", old[a:b]),)
            for kind, a, b, _c, _d in _steps(old, new)]  # fmt: skip
    right = [(_mark("ins", new[c:d]) if kind != "equal" else format_html("{}", new[c:d]),)
             for kind, _a, _b, c, d in _steps(old, new)]  # fmt: skip
    return format_html_join("", "{}", left), format_html_join("", "{}", right)


def _steps(old: str, new: str) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) > LONGEST or len(new) > LONGEST:
        same = old == new
        return [("equal" if same else "replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _mark(tag: str, text: str) -> SafeString:
    if not text:
        return SafeString("")
    return format_html("<del>{}</del>", text) if tag == "del" else format_html("<ins>{}</ins>", text)


def _piece(kind: str, old: str, new: str) -> SafeString:
    if kind == "equal":
        return format_html("{}", old)
    return _mark("del", old) + _mark("ins", new)
