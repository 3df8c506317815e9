"""Cells and expressions of ZEN decision tables, as far as the rule language can say the same.

`read_cell` reads a cell of a column ("> 5", "[1..10)", "'a', 'b'"), where `$` stands for the column's field and is
left out as a rule; `read_expression` reads a whole expression ("age >= 18 and country == 'US'"); `read_literal` a
value. The result is a small tree of tests on subjects (dotted paths such as `customer.age`). What has no counterpart
raises `NotExpressible` with the kind of reason, which reports count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Literal = bool | Decimal | date | str
"""A value as a table writes it; numbers are exact."""


class NotExpressible(Exception):
    """A cell that the rule language cannot say; `kind` is one of a few fixed reasons."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Test:
    """The subject against one value; `op` is one of ==, !=, <, <=, >, >=."""

    subject: str
    op: str
    value: Literal


@dataclass(frozen=True)
class Within:
    """The subject between two values, each included or not."""

    subject: str
    low: Literal
    low_included: bool
    high: Literal
    high_included: bool


@dataclass(frozen=True)
class Holds:
    """The subject is a list, and the value is in it. `sure`: the writing itself says that it is a list."""

    subject: str
    value: str
    sure: bool


@dataclass(frozen=True)
class Every:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Some:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Negated:
    part: Node


Node = Test | Within | Holds | Every | Some | Negated


@dataclass(frozen=True)
class _Path:
    name: str


@dataclass(frozen=True)
class _Interval:
    low: Literal
    low_included: bool
    high: Literal
    high_included: bool


_Term = Literal | _Path | _Interval | tuple[Literal, ...] | Every | Some | Negated | Test | Within | Holds

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d[\d_]*(?:\.\d+)?)|(?P<sign>==|!=|>=|<=|\.\.|[<>\[\](),!-])"
    r"|(?P<name>\$nodes\b[\w.$]*|\$|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<other>\S))",
    re.ASCII,
)
_COMPARISONS = ("==", "!=", ">=", "<=", ">", "<")
_MIRRORED = {"==": "==", "!=": "!=", ">=": "<=", "<=": ">=", ">": "<", "<": ">"}
_OTHER = {
    "?": "conditional expression",
    ":": "part of a list or text",
    "`": "text template",
    "#": "closure over a list",
}
_MAX_BRACKETS, _MAX_DIGITS = 60, 25
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_cell(text: str, subject: str) -> Node:
    """A cell of a column whose field is `subject`. Its parts are joined from left to right, without precedence."""
    parser = _Parser(text, subject)
    found = parser.cell_part()
    while not parser.done:
        word = parser.take()
        if word == "and":
            found = Every((*(found.parts if isinstance(found, Every) else (found,)), parser.cell_part()))
        elif word in ("or", ","):
            found = Some((*(found.parts if isinstance(found, Some) else (found,)), parser.cell_part()))
        else:
            raise NotExpressible("other syntax")
    return found


def read_expression(text: str) -> Node:
    """A whole expression that is true or false."""
    parser = _Parser(text, "")
    found = parser.either()
    parser.end()
    return found


def read_literal(text: str) -> object:
    """A value: text, number, true, false, null or a list of them; NotExpressible for anything computed."""
    parser = _Parser(text, "")
    if parser.ahead == "null":
        parser.take()
        found: object = None
    else:
        found = parser.term()
        if isinstance(found, tuple):
            found = list(found)
        elif not isinstance(found, bool | Decimal | str):
            raise NotExpressible("computed value")
    parser.end()
    return found


def read_subject(text: str) -> str:
    """The dotted path that a column is about; the field of `date(path)` is that path, its values are days."""
    inner = re.fullmatch(r"\s*date\(\s*([A-Za-z_][\w.]*)\s*\)\s*", text)
    written = inner[1] if inner else text.strip()
    if written == "$":
        raise NotExpressible("the whole input as one value")
    if not re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", written, re.ASCII):
        raise NotExpressible("computed column")
    return written


class _Parser:
    """Reads one text from left to right. `subject` is what `$` means; empty in whole expressions."""

    def __init__(self, text: str, subject: str) -> None:
        self.subject = subject
        self.tokens = [(match.lastgroup or "", match[0].strip()) for match in _TOKEN.finditer(text)]
        self.at = 0
        if sum(word in ("(", "[", "!", "not") for _, word in self.tokens) > _MAX_BRACKETS:
            raise NotExpressible("nested too deep")
        for kind, word in self.tokens:
            if kind == "number" and len(word) > _MAX_DIGITS:
                raise NotExpressible("number too long")
            if kind == "other":
                raise NotExpressible(_OTHER.get(word, "arithmetic" if word in "+*/%^" else "other syntax"))

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    @property
    def ahead(self) -> str:
        return "" if self.done else self.tokens[self.at][1]

    def take(self) -> str:
        word = self.ahead
        self.at += 1
        return word

    def expect(self, word: str) -> None:
        if self.take() != word:
            raise NotExpressible("other syntax")

    def end(self) -> None:
        if not self.done:
            raise NotExpressible("other syntax")

    # ---- true or false

    def cell_part(self) -> Node:
        """One part of a cell: "> 5", "'a'", "[1..3]", "$ > 5", "other == true", "'x' in $"."""
        here = _Path(self.subject)
        if self.ahead in (*_COMPARISONS, "in", "not"):
            negated = self.ahead == "not"
            if negated:
                self.take()
                if self.ahead != "in":
                    raise NotExpressible("other syntax")
            op = self.take()
            found = _compared(here, op, self.term())
            return Negated(found) if negated else found
        left = self.term()
        if self.ahead in (*_COMPARISONS, "in"):
            return _compared(left, self.take(), self.term())
        if isinstance(left, _Interval | tuple):
            return _compared(here, "in", left)
        if isinstance(left, bool | Decimal | date | str):
            return Test(self.subject, "==", left)
        if isinstance(left, _Path):
            raise NotExpressible("compares two fields")
        return left

    def either(self) -> Node:
        parts = [self.every()]
        while self.ahead == "or":
            self.take()
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def every(self) -> Node:
        parts = [self.comparison()]
        while self.ahead == "and":
            self.take()
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def comparison(self) -> Node:
        left = self.term()
        if self.ahead == "not":
            self.take()
            if self.ahead != "in":
                raise NotExpressible("other syntax")
            self.take()
            return Negated(_compared(left, "in", self.term()))
        if self.ahead in (*_COMPARISONS, "in"):
            return _compared(left, self.take(), self.term())
        return _truth(left)

    # ---- values

    def term(self) -> _Term:
        found = self.single_term()
        if self.ahead == "-":
            raise NotExpressible("arithmetic")
        return found

    def single_term(self) -> _Term:
        kind, _ = ("", "") if self.done else self.tokens[self.at]
        word = self.take()
        if kind == "text":
            return word[1:-1]
        if kind == "number":
            return Decimal(word.replace("_", ""))
        if word == "-" and not self.done and self.tokens[self.at][0] == "number":
            return -Decimal(self.take().replace("_", ""))
        if word in ("!", "not"):
            return Negated(_truth(self.term()))
        if word in ("[", "("):
            return self.bracket(word)
        if kind == "name":
            return self.name(word)
        raise NotExpressible("other syntax")

    def name(self, word: str) -> _Term:
        if word in ("true", "false"):
            return word == "true"
        if word == "null":
            raise NotExpressible("asks whether a value is there")
        if word.startswith("$nodes"):
            raise NotExpressible("value of another node")
        if self.ahead == "(":
            return self.call(word)
        if self.ahead == "[":
            raise NotExpressible("part of a list or text")
        if word == "$":
            if not self.subject:
                raise NotExpressible("the whole input as one value")
            return _Path(self.subject)
        return _Path(word)

    def call(self, function: str) -> _Term:
        """date("2024-01-31") and contains(list, "x"); every other function has no counterpart."""
        self.expect("(")
        if function == "date":
            kind, word = ("", "") if self.done else self.tokens[self.at]
            if kind == "text" and _DAY.fullmatch(word[1:-1]):
                self.take()
                self.expect(")")
                return date.fromisoformat(word[1:-1])
            raise NotExpressible("the present moment" if word[1:-1] == "now" else "date function")
        if function == "contains":
            subject = self.term()
            self.expect(",")
            value = self.term()
            self.expect(")")
            if isinstance(subject, _Path) and isinstance(value, str):
                return Holds(subject.name, value, sure=False)
        if function in ("startsWith", "endsWith", "contains", "matches", "lower", "upper", "trim", "len"):
            raise NotExpressible("text or list function")
        if function in ("some", "all", "none", "one", "filter", "map", "count"):
            raise NotExpressible("closure over a list")
        raise NotExpressible("other function")

    def bracket(self, opening: str) -> _Term:
        """A list, an interval, or an expression in round brackets."""
        if opening == "[" and self.ahead == "]":
            self.take()
            return ()
        start = self.at
        first = self.term()
        if self.ahead == "..":
            self.take()
            last = self.term()
            closing = self.take()
            if closing not in ("]", ")") or not _is_ordered(first) or not _is_ordered(last):
                raise NotExpressible("other syntax")
            return _Interval(first, opening == "[", last, closing == "]")  # type: ignore[arg-type]
        if opening == "[":
            values = [first]
            while self.ahead == ",":
                self.take()
                values.append(self.term())
            self.expect("]")
            if not all(isinstance(each, bool | Decimal | date | str) for each in values):
                raise NotExpressible("computed value")
            return tuple(values)  # type: ignore[arg-type]
        self.at = start
        found = self.either()
        self.expect(")")
        return found


def _is_ordered(value: _Term) -> bool:
    return isinstance(value, Decimal | date)


def _truth(term: _Term) -> Node:
    """A term that stands for true or false by itself."""
    if isinstance(term, _Path):
        return Test(term.name, "==", True)
    if isinstance(term, Test | Within | Holds | Every | Some | Negated):
        return term
    raise NotExpressible("other syntax")


def _compared(left: _Term, op: str, right: _Term) -> Node:
    """A comparison or membership between a subject and values, either way round."""
    if isinstance(left, _Path) and isinstance(right, _Path):
        raise NotExpressible("list in another field" if op == "in" else "compares two fields")
    if op == "in":
        if isinstance(right, _Path) and isinstance(left, str):
            return Holds(right.name, left, sure=True)
        if isinstance(left, _Path) and isinstance(right, _Interval):
            return Within(left.name, right.low, right.low_included, right.high, right.high_included)
        if isinstance(left, _Path) and isinstance(right, tuple) and right:
            return Some(tuple(Test(left.name, "==", value) for value in right))
        raise NotExpressible("other syntax")
    if isinstance(right, _Path):
        left, op, right = right, _MIRRORED[op], left
    if isinstance(left, _Path) and isinstance(right, bool | Decimal | date | str):
        if op not in ("==", "!=") and not _is_ordered(right):
            raise NotExpressible("order of texts")
        return Test(left.name, op, right)
    if op in ("==", "!=") and isinstance(right, bool) and isinstance(left, Test | Within | Holds | Every | Some):
        return left if right == (op == "==") else Negated(left)
    raise NotExpressible("compares computed values")
