"""Trees of codes with their history: industries, divisions, size classes, titles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from qingdan.rules.errors import RuleError, Words, unknown_name


@dataclass(frozen=True)
class Code:
    """One code of a tree, valid from and to the given days, both included; None means without limit.

    A code that meant something else in another edition stands twice, with periods that do not overlap.
    """

    code: str
    label: str
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, on: date) -> bool:
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)


@dataclass(frozen=True)
class CodeTree:
    """A named tree of codes; RuleError for an unknown parent, a circle or two meanings on one day."""

    name: str
    label: str
    codes: tuple[Code, ...]
    places: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Every code once, each followed by those below it: a code's place in bulk tables, where a group is a range."""
    _by_code: dict[str, list[Code]] = field(init=False, repr=False, compare=False)
    _under: dict[date, dict[str, int]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_code: dict[str, list[Code]] = {}
        for each in self.codes:
            by_code.setdefault(each.code, []).append(each)
        object.__setattr__(self, "_by_code", by_code)
        for meanings in by_code.values():
            meanings.sort(key=lambda each: each.valid_from or date.min)
            for earlier, later in pairwise(meanings):
                if (earlier.valid_to or date.max) >= (later.valid_from or date.min):
                    raise self._error(later, "同一天有两种含义", "has two meanings on one day")
        for each in self.codes:
            if each.parent and each.parent not in by_code:
                raise self._error(each, f"的上级“{each.parent}”不存在", f"has no parent '{each.parent}' in the tree")
            self.ancestors(each)
        object.__setattr__(self, "places", self._depth_first())

    def _depth_first(self) -> tuple[str, ...]:
        """All codes as they last stood, from the roots down, in the order given."""
        below: dict[str, list[str]] = {}
        for code, meanings in self._by_code.items():
            below.setdefault(meanings[-1].parent, []).append(code)
        order: dict[str, None] = {}
        waiting = below.get("", [])[::-1]
        while waiting:
            code = waiting.pop()
            if code not in order:
                order[code] = None
                waiting += below.get(code, [])[::-1]
        # A parent of a former edition may have ended up below its own child: no code is left out.
        return tuple(order | dict.fromkeys(self._by_code))

    def _error(self, code: Code, chinese: str, english: str) -> RuleError:
        return RuleError(
            Words(
                f"代码表“{self.name}”中“{code.code}”{chinese}", f"in the tree '{self.name}', '{code.code}' {english}"
            ),
            Words("请更正代码表", "correct the tree"),
        )

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def find(self, code: str, on: date) -> Code:
        """What `code` means on a day; a code of a former edition keeps the last meaning that it had before.

        RuleError, with similar codes, when the tree has no such code.
        """
        meanings = self._by_code.get(code)
        if not meanings:
            raise unknown_name(Words(f"“{self.label}”代码", f"code of '{self.name}'"), code, self._by_code)
        begun = [each for each in meanings if (each.valid_from or date.min) <= on]
        return begun[-1] if begun else meanings[0]

    def ancestors(self, code: Code) -> list[Code]:
        """The code itself, its parent, and so on up to the root, as they stood while the code was valid."""
        chain = [code]
        on = code.valid_to or date.max
        while chain[-1].parent:
            above = self.find(chain[-1].parent, on)
            if above in chain:
                raise self._error(code, "的上级成环", "has a circle above it")
            chain.append(above)
        return chain

    def is_under(self, code: str, groups: Iterable[str], on: date) -> bool:
        """Whether `code` is one of `groups` or below one of them."""
        chain = {each.code for each in self.ancestors(self.find(code, on))}
        return not chain.isdisjoint(groups)

    def places_under(self, groups: Iterable[str], on: date) -> int:
        """The places of the codes that are one of `groups` or below one of them on a day, as bits: see `is_under`."""
        under = self._under.get(on)
        if under is None:
            under = {}
            for place, code in enumerate(self.places):
                for above in self.ancestors(self.find(code, on)):
                    under[above.code] = under.get(above.code, 0) | 1 << place
            # Rules of one run are compiled for one day, and edited rules again and again for the same.
            self._under.clear()
            self._under[on] = under
        found = 0
        for group in groups:
            found |= under.get(group, 0)
        return found

    def valid(self, on: date) -> list[Code]:
        return [each for each in self.codes if each.is_valid(on)]
