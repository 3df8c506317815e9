"""The type of a field of a ZEN table: it is declared nowhere, so it follows from cells and cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from qingdan.rules.catalogue import Field, FieldType
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.imports import zen_cells as z
from qingdan.rules.values import plain

OTHER = "(other)"
"""The code of a text that occurs in no cell and no case."""

MAX_DECIMALS = 9
"""What a field can keep."""


def decimals(number: Decimal) -> int:
    """Places behind the point, without closing zeros; more than a field can keep for numbers beyond 40 digits."""
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return MAX_DECIMALS + 1
    return len(plain(number).partition(".")[2])


@dataclass
class Kind:
    """What is known of a subject's type, from cells and cases."""

    numbers: list[Decimal] = field(default_factory=list)
    texts: dict[str, None] = field(default_factory=dict)
    booleans: bool = False
    days: bool = False
    held: bool = False  # a cell asks what the list contains
    surely_list: bool = False
    odd: bool = False  # a value in a case that no type here takes

    def add_test(self, test: z.Test | z.Within | z.Holds) -> None:
        if isinstance(test, z.Holds):
            self.held = True
            self.surely_list |= test.sure
            self.texts[test.value] = None
        for value in (test.value,) if isinstance(test, z.Test) else ():
            self._add(value)
        for value in (test.low, test.high) if isinstance(test, z.Within) else ():
            self._add(value)

    def add_value(self, value: object) -> None:
        """A value of a case. Days are written as texts there."""
        if isinstance(value, list):
            texts = [each for each in value if isinstance(each, str)]
            self.surely_list = True
            self.odd |= len(texts) < len(value)
            self.texts.update(dict.fromkeys(texts))
        elif isinstance(value, str) and self.days:
            return
        elif isinstance(value, Decimal | int) and not isinstance(value, bool):
            # A computed value with more decimals than a field can keep stays missing; it says nothing of the scale.
            self._add(Decimal(value) if decimals(Decimal(value)) <= MAX_DECIMALS else Decimal(0))
        elif isinstance(value, bool | str):
            self._add(value)
        else:
            self.odd = True

    def _add(self, value: z.Literal) -> None:
        if isinstance(value, bool):
            self.booleans = True
        elif isinstance(value, Decimal):
            self.numbers.append(value)
        elif isinstance(value, date):
            self.days = True
        else:
            self.texts[value] = None

    @property
    def type(self) -> FieldType | None:
        """None when cells and cases do not agree on one type."""
        is_text = bool(self.texts) and not self.surely_list
        is_list = self.held and self.surely_list
        found = [
            kind
            for kind, there in (
                (FieldType.DECIMAL, bool(self.numbers)),
                (FieldType.BOOLEAN, self.booleans),
                (FieldType.DATE, self.days),
                (FieldType.CODES, is_list),
                (FieldType.CODE, is_text and not self.held),
            )
            if there
        ]
        return found[0] if len(found) == 1 and not self.odd else None

    def field(self, name: str, path: str) -> Field | None:
        kind = self.type
        places = max((decimals(each) for each in self.numbers), default=0)
        if kind is None or places > MAX_DECIMALS:
            return None
        tree = name if kind.needs_tree else ""
        return Field(name=name, chinese=path, english=path, type=kind, tree=tree, scale=places)

    def tree(self, name: str) -> CodeTree:
        return CodeTree(name, name, tuple(Code(each, each) for each in dict.fromkeys((*self.texts, OTHER))))
