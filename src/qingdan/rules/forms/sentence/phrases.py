"""Reads the parts of sentences: days, numbers, figures, codes. Each takes its words from a cursor or refuses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from qingdan.rules.codes import CodeTree
from qingdan.rules.errors import RuleError, Words
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.sentence.lines import Cursor
from qingdan.rules.forms.sentence.vocabulary import Vocabulary, codes_by_label
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.values import Money, Value, parse_decimal, parse_money, parse_share

T = TypeVar("T")

_NUMBER = Words("数，如 1500", "a number such as 1500")
_VALUE = Words("带单位的数，如 1500 万元", "a number with its unit such as 1500 万元")
_MONEY = Words("金额，如 20 万元", "an amount such as 20 万元")
_SHARE = Words("比例，如 5%、0.05 或 1/20", "a share such as 5%, 0.05 or 1/20")
_DAY = Words("日期，如 2026-04-01 或 2026年4月1日", "a day such as 2026-04-01 or 2026年4月1日")
_OP = Words("“不低于”“高于”“不高于”“低于”“等于”或“不等于”", "不低于, 高于, 不高于, 低于, 等于 or 不等于")
_MONTHS = Words("年月数，如 3年、18个月或 1年6个月", "years and months such as 3年, 18个月 or 1年6个月")
_SPREAD = Words("“合计”或“平均”（多个年度或月份的数据）", "合计 or 平均 (sum or mean over several years or months)")
_UNIT = Words("单位", "a unit")
_CODE = Words(
    "代码，如 510117（郫都区）；目录里没有的代码放在「」内",
    "a code such as 510117（郫都区）; one that the catalogue lacks stands in 「」",
)
_ANY_OP = "|".join(sorted((re.escape(g.normal(word)) for word in g.OPS), key=len, reverse=True))
_OPS = {g.normal(word): op for word, op in g.OPS.items()}


def made(cursor: Cursor, maker: Callable[..., T], *given: Any, **values: Any) -> T:
    """What `maker` makes; its RuleError gets the place of the line."""
    try:
        return maker(*given, **values)
    except RuleError as error:
        raise error.at(cursor.place) from None


# ---- values


def day(cursor: Cursor) -> date:
    start = cursor.at
    found = cursor.find(g.DAY, _DAY)
    try:
        return g.read_day(found[0])
    except ValueError:
        cursor.at = start
        cursor.fail(_DAY)


def integer(cursor: Cursor) -> int:
    return int(cursor.find("-?[0-9]{1,1000}", Words("整数", "a whole number"))[0])


def decimal(cursor: Cursor) -> Decimal:
    return made(cursor, parse_decimal, cursor.find(g.NUMBER, _NUMBER)[0])


def _unit(cursor: Cursor) -> str:
    if cursor.sees("「"):
        return cursor.quoted()
    found = cursor.match(g.UNIT)
    return found[0] if found else ""


def value(cursor: Cursor) -> Value:
    number = made(cursor, parse_decimal, cursor.find(g.NUMBER, _VALUE)[0])
    return made(cursor, Value, number, _unit(cursor))


def money(cursor: Cursor) -> Money:
    number = cursor.find(g.NUMBER, _MONEY)[0]
    return made(cursor, parse_money, f"{number} {cursor.find(g.UNIT, _MONEY)[0]}")


def share(cursor: Cursor) -> Fraction:
    return made(cursor, parse_share, cursor.find(g.SHARE, _SHARE)[0])


def bound(cursor: Cursor) -> tuple[Fraction, str]:
    """The bound of a ratio and its unit."""
    return share(cursor), _unit(cursor)


def op(cursor: Cursor) -> Op:
    return _OPS[cursor.find(_ANY_OP, _OP)[0]]


def sees_op(cursor: Cursor) -> bool:
    start = cursor.at
    found = cursor.match(_ANY_OP) is not None
    cursor.at = start
    return found


def months(cursor: Cursor) -> int:
    found = cursor.match(g.MONTHS)
    if not found or not found[0]:
        cursor.fail(_MONTHS)
    return month_count(found)


def month_count(found: re.Match[str]) -> int:
    """The months that `MONTHS` found."""
    return int(found["years"] or 0) * 12 + int(found["months"] or 0)


def yes_or_no(cursor: Cursor) -> bool:
    return cursor.find(f"{g.YES}|{g.NO}", Words("“是”或“否”", "是 or 否"))[0] == g.YES


def one_of(cursor: Cursor, words: dict[str, T]) -> T:
    """What one of some words means."""
    for word, meaning in words.items():
        if cursor.take(word):
            return meaning
    listed = "、".join(words), ", ".join(words)
    cursor.fail(Words(f"以下之一：{listed[0]}", f"one of: {listed[1]}"))


# ---- fields and figures


def field(cursor: Cursor, words: Vocabulary) -> str:
    """The name of the field whose label or mark stands here."""
    if cursor.take("〔"):
        wanted = Words("字段代号，如 〔revenue〕", "the mark of a field such as 〔revenue〕")
        name = cursor.quoted() if cursor.sees("「") else cursor.find(g.FIELD_NAME, wanted)[0]
        cursor.need("〕")
        return name
    cursor.skip()
    found = words.longest_label(cursor.line.plain, cursor.at)
    if found is None:
        left = cursor.rest
        if not left:
            cursor.fail(Words("字段名称", "the label of a field"))
        raise words.no_field(g.normal(left)).at(cursor.place)
    cursor.at = found[1]
    return found[0]


def period(cursor: Cursor) -> Period | None:
    """The period that stands here, if one does: 上年度, 前2个月, 2025年6月."""
    found = cursor.match(g.PERIOD)
    return made(cursor, _period, found[0]) if found else None


def _period(written: str) -> Period:
    """The counterpart of `Period.chinese`."""
    known = {"本年度": "year-0", "上年度": "year-1", "本月": "month-0", "上月": "month-1"}
    if written in known:
        return Period(known[written])
    digits = re.findall("[0-9]+", written)
    if written.startswith("前"):
        return Period(f"{'year' if written.endswith('年度') else 'month'}-{digits[0]}")
    return Period(digits[0] if len(digits) == 1 else f"{digits[0]}-{int(digits[1]):02d}")


def figure(cursor: Cursor, words: Vocabulary) -> Figure:
    """上年度营业收入, 近3年研发费用合计（自成立日期所在年度起算）."""
    span = cursor.match(g.SPAN)
    if span is None:
        when = period(cursor)
        return made(cursor, Figure, field=field(cursor, words), period=when)
    monthly = span["unit"] == "个月"
    last = made(cursor, _period, span["until"] or ("上月" if monthly else "上年度"))
    if last.is_month != monthly:
        cursor.at = span.start("unit")
        cursor.fail(Words("“年”（截至某年度）或“个月”（截至某月）", "年 behind a year, 个月 behind a month"))
    name = field(cursor, words)
    spread = Spread.SUM if cursor.take("合计") else Spread.MEAN
    if spread is Spread.MEAN and not cursor.take("平均"):
        cursor.fail(_SPREAD)
    count = int(span["count"])
    return made(cursor, Figure, field=name, period=last, spread=spread, count=count, since=since(cursor, words))


def since(cursor: Cursor, words: Vocabulary) -> str:
    """（自成立日期所在年度起算）, or nothing."""
    if not cursor.take("（自"):
        return ""
    name = field(cursor, words)
    cursor.need("所在年度起算）")
    return name


# ---- codes


def codes(cursor: Cursor, words: Vocabulary, name: str) -> tuple[str, ...]:
    """The codes of a field with 、 between them."""
    if cursor.take(g.NO_CODES):
        return ()
    found = [code(cursor, words, name)]
    while cursor.take("、"):
        found.append(code(cursor, words, name))
    return tuple(found)


def code(cursor: Cursor, words: Vocabulary, name: str) -> str:
    """One code of a field: one that the catalogue knows, with no wrong label behind it, or any in quotes.

    The label alone will do where one code has it.
    """
    if cursor.sees("「"):
        return cursor.quoted()
    tree = words.tree(name)
    start = cursor.at
    token = cursor.match(g.WORD)
    if tree is None or token is None:
        cursor.at = start
        cursor.fail(_CODE)
    if token[0] not in tree:
        return _code_of_label(cursor, start, tree, token[0])
    if cursor.sees("（") and (length := g.balanced(cursor.line.plain[cursor.at :])):
        _check_label(cursor, tree, token[0], cursor.line.plain[cursor.at + 1 : cursor.at + length - 1].strip())
        cursor.at += length
    return token[0]


def _code_of_label(cursor: Cursor, start: int, tree: CodeTree, unknown: str) -> str:
    """The code whose label stands at `start`; RuleError when several have it, or none for the `unknown` word."""
    text = cursor.line.plain[start:]
    labels = codes_by_label(tree)
    fitting = [each for each in labels if text.startswith(each) and not re.match(g.WORD, text[len(each) :])]
    label = max(fitting, key=len, default="")
    if not label:
        made(cursor, tree.find, unknown, date.max)
    found = sorted(labels[label])
    if len(found) > 1:
        raise RuleError(
            Words(f"“{label}”是多个代码的名称", f"'{label}' is the label of several codes"),
            Words(f"请写代码：{'、'.join(found)}", f"write the code: {', '.join(found)}"),
            cursor.place,
        )
    cursor.at = start + len(label)
    return found[0]


def _check_label(cursor: Cursor, tree: CodeTree, code: str, label: str) -> None:
    """RuleError when a code is called by a name that it has in no edition of its tree."""
    having = codes_by_label(tree).get(label, set())
    if code in having:
        return
    right = "、".join(f"{code}（{each.label}）" for each in tree.codes if each.code == code)
    others = "、".join(f"{other}（{label}）" for other in sorted(having))
    raise RuleError(
        Words(f"代码 {code} 的名称不是“{label}”", f"'{label}' is not the label of the code {code}"),
        Words(
            f"请写 {right}" + (f"，或 {others}" if others else ""),
            f"write {right}" + (f" or {others}" if others else ""),
        ),
        cursor.place,
    )
