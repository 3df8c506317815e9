"""What makes one version of a rule itself, and what differs between two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from qingdan.rules.forms import to_data
from qingdan.rules.forms.text import canonical_json
from qingdan.rules.language.rule import Rule


def content_hash(rule: Rule) -> str:
    """SHA-256 in hex over the rule's canonical JSON without its tests: what a stored decision refers to."""
    data = to_data(rule)
    data.pop("tests", None)
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """One difference. `path` leads to the node in the written form; `before` or `after` is None when there is none."""

    path: str
    before: Any
    after: Any


def diff(old: Rule, new: Rule) -> list[Change]:
    """The changed, added and removed nodes, in the order of the new rule; none for equal rules.

    Members of lists are matched by their content, so that a condition put in front of others is one change.
    """
    return list(_changes(to_data(old), to_data(new), ""))


def _changes(old: Any, new: Any, path: str) -> Iterator[Change]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and _same_kind(old, new):
        for key in [*new, *(key for key in old if key not in new)]:
            inner = f"{path}.{key}" if path else str(key)
            if key in old and key in new:
                yield from _changes(old[key], new[key], inner)
            else:
                yield Change(inner, old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(old, new, path)
    else:
        yield Change(path, old, new)


def _same_kind(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Two nodes of one kind, or two tables of names; a ratio that became a comparison is one change."""
    single = len(old) == len(new) == 1
    return not single or set(old) == set(new)


def _list_changes(old: list[Any], new: list[Any], path: str) -> Iterator[Change]:
    left, right = ([canonical_json(each) for each in side] for side in (old, new))
    for kind, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        paired = min(i_end - i, j_end - j)
        for index in range(paired):
            yield from _changes(old[i + index], new[j + index], f"{path}[{j + index}]")
        for index in range(i + paired, i_end):
            yield Change(f"{path}[{index}]", old[index], None)
        for index in range(j + paired, j_end):
            yield Change(f"{path}[{index}]", None, new[index])
