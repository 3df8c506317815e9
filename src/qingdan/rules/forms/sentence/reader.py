"""Sentences to rules: the lines of the rule itself, its awards and its tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from qingdan.rules.catalogue import FieldType
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.sentence import phrases as p
from qingdan.rules.forms.sentence.clauses import ConditionReader, no_more, read_source, unexpected
from qingdan.rules.forms.sentence.lines import Cursor, Line, read_lines
from qingdan.rules.forms.sentence.sums import AmountReader
from qingdan.rules.forms.sentence.vocabulary import LISTS, Vocabulary
from qingdan.rules.language.rule import (
    ApplicationKind,
    Award,
    Example,
    ExpectedAward,
    GivenFact,
    Plain,
    Rule,
    State,
    Status,
)

_ONCE = ("规则", "编号", "版本", "生效", "失效", "申请类型", g.NOTE, "条件")
_MANY = (g.SOURCE, "奖补", "测试")
_KINDS = {each.chinese: each for each in ApplicationKind}
_STATES = {each.chinese: each for each in sorted(State, key=lambda state: len(state.chinese), reverse=True)}
_TEXT = Words("文字", "a text")
_FACT = Words("字段，如 2025年度营业收入：5000 万元", "a field as in 2025年度营业收入：5000 万元")


def read_rule(text: str, vocabulary: Vocabulary, file: str) -> Rule:
    """The rule of a text; RuleError with file and line for every text that is none."""
    return _RuleReader(vocabulary, file).rule(read_lines(text, file))


class _Keyed:
    """Lines that begin with a key and a colon, sorted by key. Keys of `many` may stand more than once."""

    def __init__(self, lines: Iterable[Line], place: Place, once: tuple[str, ...], many: tuple[str, ...]) -> None:
        self.place = place
        self._found: dict[str, list[Cursor]] = {key: [] for key in (*once, *many)}
        for line in lines:
            cursor = Cursor(line)
            key = next((each for each in self._found if cursor.key(each)), "")
            if not key or (key in once and self._found[key]):
                listed = [each for each in self._found if each in many or not self._found[each]]
                raise unexpected(
                    line, Words("、".join(f"“{each}：”" for each in listed), ", ".join(f"{each}：" for each in listed))
                )
            self._found[key].append(cursor)

    def all(self, key: str) -> list[Cursor]:
        return self._found[key]

    def get(self, key: str) -> Cursor | None:
        return next(iter(self._found[key]), None)

    def need(self, key: str) -> Cursor:
        cursor = self.get(key)
        if cursor is None:
            raise RuleError(
                Words(f"缺少“{key}：”一行", f"the line {key}： is missing"), Words("请补上", "add it"), self.place
            )
        return cursor


def _text(cursor: Cursor | None) -> str:
    """A line's text; without the line, none."""
    if cursor is None:
        return ""
    no_more(cursor.below)
    return cursor.text(_TEXT)


def _day(cursor: Cursor) -> date:
    found = p.day(cursor)
    _close(cursor)
    return found


def _close(cursor: Cursor) -> None:
    cursor.end()
    no_more(cursor.below)


class _RuleReader:
    def __init__(self, vocabulary: Vocabulary, file: str) -> None:
        self.words, self.file = vocabulary, file
        self.conditions = ConditionReader(vocabulary)
        self.amounts = AmountReader(self.conditions)

    def rule(self, lines: list[Line]) -> Rule:
        keyed = _Keyed(lines, Place(self.file, 1), _ONCE, _MANY)
        valid_from, valid_to, kind = keyed.need("生效"), keyed.get("失效"), keyed.get("申请类型")
        return p.made(
            valid_from,
            Rule,
            id=_text(keyed.need("编号")),
            title=_text(keyed.need("规则")),
            version=_text(keyed.need("版本")),
            valid_from=_day(valid_from),
            valid_to=_day(valid_to) if valid_to else None,
            application_kind=self._kind(kind) if kind else ApplicationKind.ANY,
            sources=tuple(read_source(each) for each in keyed.all(g.SOURCE)),
            note=_text(keyed.get(g.NOTE)),
            condition=self.conditions.condition(keyed.need("条件")),
            awards=tuple(self.award(each) for each in keyed.all("奖补")),
            tests=tuple(self.example(each) for each in keyed.all("测试")),
        )

    def _kind(self, cursor: Cursor) -> ApplicationKind:
        kind = p.one_of(cursor, _KINDS)
        _close(cursor)
        return kind

    def award(self, cursor: Cursor) -> Award:
        title = cursor.text(Words("奖补的名称", "the title of the award"))
        keyed = _Keyed(cursor.below, cursor.place, ("编号", "金额"), ())
        return Award(id=_text(keyed.need("编号")), title=title, amount=self.amounts.amount(keyed.need("金额")))

    # ---- tests

    def example(self, cursor: Cursor) -> Example:
        name = cursor.text(Words("测试的名称", "the name of the test"))
        keyed = _Keyed(cursor.below, cursor.place, ("日期", "已知", "结果"), ("应得",))
        facts, state = keyed.get("已知"), keyed.need("结果")
        if facts:
            facts.end()
        return p.made(
            cursor,
            Example,
            name=name,
            fact_date=_day(keyed.need("日期")),
            facts=tuple(self.fact(Cursor(line)) for line in facts.below) if facts else (),
            state=self._state(state),
            awards=tuple(self._expected(each) for each in keyed.all("应得")),
        )

    def _state(self, cursor: Cursor) -> State:
        state = p.one_of(cursor, _STATES)
        _close(cursor)
        return state

    def _expected(self, cursor: Cursor) -> ExpectedAward:
        award = cursor.word(Words("奖补的编号", "the id of the award"))
        cursor.need("，")
        amount = None if cursor.take(g.OPEN) else p.money(cursor)
        _close(cursor)
        return ExpectedAward(award=award, amount=amount)

    def fact(self, cursor: Cursor) -> GivenFact:
        """2025年度营业收入：5000 万元; a key that is no field and period stands in quotes."""
        field = ""
        if cursor.sees("「"):
            key = cursor.quoted()
        else:
            period = self._fact_period(cursor)
            field = p.field(cursor, self.words)
            key = f"{field}@{period}" if period else field
        cursor.need("：")
        value = self.known(cursor, field)
        no_more(cursor.below)
        return GivenFact(key=key, value=value)

    def _fact_period(self, cursor: Cursor) -> str:
        """The day, year or month that a fact is of, in facts' writing."""
        start = cursor.at
        if cursor.match(g.DAY):
            cursor.at = start
            return p.day(cursor).isoformat()
        period = p.period(cursor)
        if period is not None and not period.is_fixed:
            cursor.at = start
            cursor.fail(
                Words(
                    "固定的期间，如 2025年度、2025年6月、2025-12-31", "a fixed period: 2025年度, 2025年6月, 2025-12-31"
                )
            )
        return period.written if period else ""

    def known(self, cursor: Cursor, field: str) -> Plain:
        """The value of a fact; the counterpart of the writer's."""
        if cursor.sees("「"):
            return cursor.text(_TEXT)
        words: dict[str, Plain] = {g.UNKNOWN: None, g.YES: True, g.NO: False, g.EMPTY: ()}
        if (rest := g.normal(cursor.rest)) in words:
            return words[rest]
        many = self.words.has_type(field, *LISTS)
        if cursor.match(g.LISTED if many else f"{g.LISTED} "):
            listed: list[Any] = [self._listed(cursor, field)]
            while cursor.take("、"):
                listed.append(self._listed(cursor, field))
            cursor.end()
            return tuple(listed)
        if found := cursor.match(f"{g.WHOLE} *({g.INTEGER})"):
            cursor.end()
            return int(found[1])
        if many:
            cursor.fail(
                Words("“无”，或“有”和代码，如 有 innovative（…）", "无, or 有 and codes, as in 有 innovative（…）")
            )
        if self.words.has_type(field, FieldType.CODE):
            code = p.code(cursor, self.words, field)
            cursor.end()
            return code
        return int(rest) if g.is_integer(rest) else g.fact_text(cursor.text(_TEXT))

    def _listed(self, cursor: Cursor, field: str) -> str | Status:
        code = p.code(cursor, self.words, field)
        if not cursor.match(f"(?={g.DAY})"):
            return code
        start = p.day(cursor)
        if cursor.take("起"):
            return p.made(cursor, Status, code=code, start=start)
        cursor.need("至")
        return p.made(cursor, Status, code=code, start=start, end=p.day(cursor))
