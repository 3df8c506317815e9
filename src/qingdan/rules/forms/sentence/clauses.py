"""Reads conditions: the line of each and the lines below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.sentence import phrases as p
from qingdan.rules.forms.sentence.lines import Cursor, Line
from qingdan.rules.forms.sentence.vocabulary import Vocabulary
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Source
from qingdan.rules.values import Value, parse_decimal

T = TypeVar("T")

_PREDICATES = (
    *("不低于 1500 万元", "在 1 人（含）至 5 人（不含）之间", "与营业收入之比不低于 5%", "较1年前增长不低于 5%"),
    *("列前 3 名", "：是", "属于：", "有效：", "至今不低于 3年", "不早于 2026-01-01", "，须提供："),
)
_SENTENCE = Words(
    f"对字段的要求，如{''.join(f'“{each}”' for each in _PREDICATES)}",
    f"what is asked of the field, as in {', '.join(_PREDICATES)}",
)
_INCLUDED = {"（含）": True, "（不含）": False}


def unexpected(line: Line, wanted: Words) -> RuleError:
    """The error for a line that cannot stand where it does."""
    return RuleError(
        Words(f"这一行不能写在这里：“{line.text[:40]}”", f"this line cannot stand here: '{line.text[:40]}'"),
        Words(f"这里只能写{wanted.chinese}", f"what can stand here is {wanted.english}"),
        line.place,
    )


def no_more(lines: Sequence[Line]) -> None:
    """RuleError when there are lines below what has none."""
    if lines:
        raise unexpected(
            lines[0],
            Words("与上一行同级的内容（请检查缩进）", "the next line of the level above (look at the spaces in front)"),
        )


def count_lines(cursor: Cursor, lines: Sequence[Line], wanted: int, what: Words) -> None:
    if len(lines) != wanted:
        raise RuleError(
            Words(
                f"“{cursor.line.text[:40]}”下面应有 {wanted} 个{what.chinese}，现有 {len(lines)} 个",
                f"below '{cursor.line.text[:40]}' belong {wanted} {what.english}, there are {len(lines)}",
            ),
            Words("请补上或删去，并检查缩进", "add or drop one, and look at the spaces in front"),
            cursor.place,
        )


def read_source(cursor: Cursor) -> Source:
    """The source behind the key 依据: 《document》clause 原文「quote」 [start-end], its note on a line below."""
    document = _document(cursor)
    clause = _clause(cursor)
    quote = ""
    if cursor.take(g.QUOTE) or cursor.sees("「"):
        cursor.skip()
        quote = cursor.quoted()
    start = end = None
    if cursor.take("["):
        start = p.integer(cursor)
        cursor.need("-")
        end = p.integer(cursor)
        cursor.need("]")
    cursor.end()
    note = ""
    for line in cursor.below:
        inner = Cursor(line)
        if note or not inner.key(g.NOTE):
            raise unexpected(line, Words(f"一行“{g.NOTE}：”", f"one line {g.NOTE}："))
        note = inner.text(Words("说明", "the note"))
        no_more(inner.below)
    return p.made(cursor, Source, document=document, clause=clause, quote=quote, start=start, end=end, note=note)


def _document(cursor: Cursor) -> str:
    if cursor.sees("「"):
        return cursor.quoted()
    if not cursor.take("《"):
        cursor.fail(Words("文件名称，如 《办法》第三条", "the document, as in 《办法》第三条"))
    start = cursor.at
    cursor.find("[^《》]*》", Words("书名号》", "the closing mark 》"))
    return cursor.line.text[start : cursor.at - 1]


def _clause(cursor: Cursor) -> str:
    if cursor.match(f"{g.CLAUSE}(?=「)"):
        return cursor.quoted()
    start = cursor.at
    cursor.match(rf"(?:(?!{g.QUOTE})[^「\[])*")
    return cursor.line.text[start : cursor.at].strip()


class Provenance:
    """The lines below a node, sorted: its label, source and decision, and the lines that are left."""

    def __init__(self, cursor: Cursor, words: Vocabulary, with_label: bool = True, with_decision: bool = False) -> None:
        self.label, self.decision = "", ""
        self.source: Source | None = None
        self.rest: list[Line] = []
        seen: set[str] = set()
        for line in cursor.below:
            inner = Cursor(line)
            keys = (g.SOURCE, *((g.LABEL,) if with_label else ()), *((g.DECISION,) if with_decision else ()))
            key = next((each for each in keys if inner.key(each)), "")
            if not key:
                self.rest.append(line)
                continue
            if key in seen:
                raise unexpected(line, Words(f"一行“{key}：”", f"one line {key}："))
            seen.add(key)
            if key == g.SOURCE:
                self.source = read_source(inner)
                continue
            no_more(inner.below)
            if key == g.LABEL:
                self.label = inner.text(Words("名称", "the label"))
            else:
                self.decision = p.field(inner, words)
                inner.end()


Values = dict[str, Any]
Below = Callable[[Cursor, list[Line]], Values]
"""Reads the lines below a node, but for its label and source, as further values of the node."""


def nothing_below(cursor: Cursor, lines: list[Line]) -> Values:
    """For nodes that are one line."""
    no_more(lines)
    return {}


class ConditionReader:
    """Reads conditions in the words of one catalogue."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def condition(self, cursor: Cursor) -> c.Condition:
        """The condition whose sentence begins here, with all that stands below its line."""
        kind, values, below = self._combination(cursor) or self._window(cursor) or self._clause(cursor)
        cursor.end()
        about = Provenance(cursor, self.words, with_decision=kind is c.Judgement)
        values |= below(cursor, about.rest)
        if about.decision:
            values["field"] = about.decision
        return p.made(cursor, kind, label=about.label, source=about.source, **values)

    def of_line(self, line: Line) -> c.Condition:
        return self.condition(Cursor(line))

    # ---- sentences with conditions below them

    def _combination(self, cursor: Cursor) -> tuple[type[c.Condition], Values, Below] | None:
        heads: dict[str, tuple[type[c.Condition], Below]] = {
            g.ALL: (c.All, self._several),
            g.ANY: (c.Any, self._several),
            g.NONE_OF: (c.NoneOf, self._several),
            g.EXCLUSION: (c.Exclusion, self._one),
            g.EXEMPTION: (c.Exemption, self._exemption),
            g.CASES: (c.Tiered, self._tiered),
        }
        for head, (kind, below) in heads.items():
            if cursor.take(head):
                cursor.take("：")
                return kind, {}, below
        if cursor.take(g.AT_LEAST):
            k = p.integer(cursor)
            cursor.need("项")
            cursor.take("：")
            return c.AtLeast, {"k": k}, self._several
        if cursor.take(g.SCORE):
            op, threshold = p.op(cursor), p.decimal(cursor)
            cursor.need("分")
            cursor.take("：")
            return c.Score, {"op": op, "threshold": threshold}, self._score
        return None

    def _window(self, cursor: Cursor) -> tuple[type[c.Condition], Values, Below] | None:
        found = cursor.match("近([0-9]{1,9})年(?:每年满足|中至少([0-9]{1,9})年满足)")
        if not found:
            return None
        at_least = int(found[2]) if found[2] else None
        values = {"years": int(found[1]), "at_least": at_least, "since": p.since(cursor, self.words)}
        cursor.take("：")
        return c.Window, values, self._one

    def _several(self, cursor: Cursor, lines: list[Line]) -> Values:
        return {"conditions": tuple(self.of_line(line) for line in lines)}

    def _one(self, cursor: Cursor, lines: list[Line]) -> Values:
        count_lines(cursor, lines, 1, Words("条件", "condition"))
        return {"condition": self.of_line(lines[0])}

    def _exemption(self, cursor: Cursor, lines: list[Line]) -> Values:
        count_lines(cursor, lines, 2, Words("条件（“要求：”和“豁免：”）", "conditions (要求： and 豁免：)"))
        return {"condition": self.role(lines[0], "要求"), "when": self.role(lines[1], "豁免")}

    def role(self, line: Line, name: str) -> c.Condition:
        """The condition of a line that begins with a role such as 当：."""
        cursor = Cursor(line)
        if not cursor.key(name):
            raise unexpected(line, Words(f"“{name}：”开头的一行", f"a line that begins with {name}："))
        return self.condition(cursor)

    def cases(self, lines: list[Line], then: Callable[[Cursor], T]) -> tuple[list[tuple[c.Condition, T]], T | None]:
        """Rows of 当： and 则：, and what stands behind 否则：."""
        rows: list[tuple[c.Condition, T]] = []
        rest = list(lines)
        while rest and not Cursor(rest[0]).key("否则"):
            when = self.role(rest[0], "当")
            cursor = Cursor(rest[1]) if len(rest) > 1 else None
            if cursor is None or not cursor.key("则"):
                raise unexpected(rest[0], Words("成对的“当：”和“则：”", "pairs of 当： and 则："))
            rows.append((when, then(cursor)))
            rest = rest[2:]
        if not rest:
            return rows, None
        last = Cursor(rest[0])
        last.key("否则")
        otherwise = then(last)
        no_more(rest[1:])
        return rows, otherwise

    def _tiered(self, cursor: Cursor, lines: list[Line]) -> Values:
        rows, otherwise = self.cases(lines, self.condition)
        return {"cases": tuple(c.Case(when=when, then=then) for when, then in rows), "otherwise": otherwise}

    def _score(self, cursor: Cursor, lines: list[Line]) -> Values:
        return {"items": tuple(self._item(line) for line in lines)}

    def _item(self, line: Line) -> c.ScoreItem:
        cursor = Cursor(line)
        if not cursor.key("评分项"):
            raise unexpected(line, Words("“评分项：”开头的一行", "a line that begins with 评分项："))
        label = cursor.text(Words("评分项的名称", "the label of the item"))
        about = Provenance(cursor, self.words, with_label=False)
        bands: list[c.Band] = []
        piece: c.PerPiece | None = None
        for each in about.rest:
            inner = Cursor(each)
            found = inner.match(rf"得 *({g.NUMBER}) *分 *:")
            if found:
                points = p.made(inner, parse_decimal, found[1])
                bands.append(c.Band(when=self.condition(inner), points=points))
            elif piece is None:
                piece = self._piece(inner)
            else:
                raise unexpected(
                    each, Words("一行“…每 1 项，得 5 分，最高 20 分”", "one line …每 1 项，得 5 分，最高 20 分")
                )
        return p.made(cursor, c.ScoreItem, label=label, bands=tuple(bands), per_piece=piece, source=about.source)

    def _piece(self, cursor: Cursor) -> c.PerPiece:
        """发明专利数每 1 项，得 5 分，最高 20 分: for each whole unit of the field."""
        figure = p.figure(cursor, self.words)
        cursor.need("每")
        start = cursor.at
        unit = self.words.unit(figure.field)
        if p.value(cursor) != Value(Decimal(1), unit):
            cursor.at = start
            cursor.fail(
                Words(f"“1 {unit}”（按项计分只能每 1 个单位计）", f"'1 {unit}' (points are for each single unit)")
            )
        cursor.need("，得")
        points = p.decimal(cursor)
        cursor.need("分，最高")
        cap = p.decimal(cursor)
        cursor.need("分")
        cursor.end()
        no_more(cursor.below)
        return p.made(cursor, c.PerPiece, figure=figure, points=points, cap=cap)

    # ---- sentences of one line

    def _clause(self, cursor: Cursor) -> tuple[type[c.Condition], Values, Below]:
        kind, values = self._led(cursor) or self._about(cursor, p.figure(cursor, self.words))
        return kind, values, nothing_below

    def _led(self, cursor: Cursor) -> tuple[type[c.Condition], Values] | None:
        """Clauses that do not begin with a field."""
        if cursor.key(g.JUDGEMENT):
            return c.Judgement, {"question": cursor.text(Words("要认定的问题", "the question"))}
        found = cursor.match(rf"近(?=[0-9]){g.MONTHS}内无")
        if not found:
            return None
        name = p.field(cursor, self.words)
        codes = p.codes(cursor, self.words, name) if cursor.take("：") else ()
        return c.RecordFree, {"field": name, "months": p.month_count(found), "codes": codes}

    def _about(self, cursor: Cursor, figure: Figure) -> tuple[type[c.Condition], Values]:
        """Clauses that begin with a field or figure."""
        if figure.period is None and (found := self._about_field(cursor, figure.field)):
            return found
        if cursor.take("在"):
            low, low_included = self._end(cursor)
            cursor.need("至")
            high, high_included = self._end(cursor)
            cursor.take("之间")
            ends = {"low": low, "low_included": low_included, "high": high, "high_included": high_included}
            return c.Between, {"figure": figure, **ends}
        if cursor.take("与"):
            denominator = p.figure(cursor, self.words)
            cursor.need("之比")
            op = p.op(cursor)
            bound, unit = p.bound(cursor)
            ratio = {"numerator": figure, "denominator": denominator, "op": op, "bound": bound, "unit": unit}
            return c.Ratio, {**ratio, **self._undefined(cursor)}
        if cursor.take("较"):
            years = p.integer(cursor)
            cursor.need("年前")
            yearly = cursor.take("年均")
            cursor.need("增长")
            growth = {"figure": figure, "op": p.op(cursor), "rate": p.share(cursor), "years": years, "yearly": yearly}
            return c.Growth, {**growth, **self._undefined(cursor)}
        if cursor.take("列"):
            if top := cursor.match("前 *(-?[0-9]{1,1000}) *名"):
                return c.Rank, {"figure": figure, "top": int(top[1])}
            among = p.figure(cursor, self.words)
            cursor.need("的前")
            return c.Rank, {"figure": figure, "share": p.share(cursor), "among": among}
        if not p.sees_op(cursor):
            cursor.fail(_SENTENCE)
        return c.Compare, {"figure": figure, "op": p.op(cursor), "value": p.value(cursor)}

    def _about_field(self, cursor: Cursor, name: str) -> tuple[type[c.Condition], Values] | None:
        """Clauses on facts that are no figures."""
        if cursor.take("："):
            return c.Flag, {"field": name, "expected": p.yes_or_no(cursor)}
        for words, kind in (("属于", c.InCodes), ("有效", c.HoldsStatus)):
            if cursor.take(words):
                cursor.take("：")
                return kind, {"field": name, "codes": p.codes(cursor, self.words, name)}
        if cursor.take("，须提供"):
            cursor.need("：")
            return c.Attest, {"field": name, "evidence": cursor.text(Words("须提供的材料", "what has to be handed in"))}
        if cursor.take("至"):
            on = None if cursor.take("今") else p.day(cursor)
            return c.Age, {"field": name, "on": on, "op": p.op(cursor), "months": p.months(cursor)}
        start = p.day(cursor) if cursor.take("不早于") else None
        if start is not None:
            cursor.match("[、,]")
        end = p.day(cursor) if cursor.take("不晚于") else None
        return (c.DateWindow, {"field": name, "start": start, "end": end}) if start or end else None

    def _end(self, cursor: Cursor) -> tuple[Value, bool]:
        value = p.value(cursor)
        return value, p.one_of(cursor, _INCLUDED)

    def _undefined(self, cursor: Cursor) -> Values:
        if not cursor.take(g.UNDEFINED):
            return {}
        case = p.one_of(cursor, {word: case for case, word in g.UNDEFINED_WORDS.items()})
        cursor.need("）")
        return {"if_undefined": case}
