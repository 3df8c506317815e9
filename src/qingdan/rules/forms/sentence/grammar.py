"""The words of the sentence form and the writing of single values, for its writer and its reader alike.

One quoting rule serves everywhere: a text that could be misread stands in 「」, where a backslash begins
`\\」`, `\\\\`, `\\n`, `\\t` and `\\u{3000}` (any character by its number). All other texts stand as they are.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from qingdan.rules.language.amounts import Rounding
from qingdan.rules.language.conditions import Undefined
from qingdan.rules.language.parts import Op
from qingdan.rules.language.rule import State
from qingdan.rules.values import parse_decimal, plain, share_text
from qingdan.standards.numerals import to_half_width

# ---- heads of the nodes that stand above others
ALL = "以下全部满足"
ANY = "以下任一满足"
NONE_OF = "以下均不得有"
AT_LEAST = "至少满足其中"
EXCLUSION = "一票否决"
EXEMPTION = "有豁免的要求"
CASES = "按下列首个相符的情形"
SCORE = "评分合计"
JUDGEMENT = "人工认定"
FIXED = "定额"
CONTRIBUTION = "按地方贡献："
SLAB = "所在档次"
MARGINAL = "分段累进"
INSTALMENTS = "分期支付"
NEGOTIATED = "一事一议"

HEADS = {
    **{"all": ALL, "any": ANY, "none_of": NONE_OF, "exclusion": EXCLUSION, "exemption": EXEMPTION},
    **{"tiered": CASES, "by_case": CASES, "instalments": INSTALMENTS},
}
"""The lines that say nothing but their kind, by the node's tag."""

# ---- keys of the lines below a node
LABEL = "名称"
SOURCE = "依据"
NOTE = "说明"
DECISION = "认定结果"
CLAUSE, QUOTE = "条款", "原文"

# ---- the words of facts in tests
UNKNOWN, YES, NO, EMPTY, LISTED, WHOLE = "不详", "是", "否", "无", "有", "整数"
OPEN = "不确定"
NO_CODES = "（空）"
UNDEFINED = "（基数为零或负时："

UNDEFINED_WORDS = {each: State(each.value).chinese for each in Undefined}
ROUNDINGS = {each.chinese: each for each in Rounding}

_OTHER_WORDS = {
    Op.AT_LEAST: ("不少于", "不小于", "大于等于", ">=", "≥"),
    Op.MORE_THAN: ("超过", "大于", "多于", ">"),
    Op.AT_MOST: ("不超过", "不多于", "不大于", "小于等于", "<=", "≤"),
    Op.LESS_THAN: ("少于", "小于", "<"),
    Op.EQUAL: ("=",),
    Op.DIFFERENT: ("!=", "≠"),
}
OPS: dict[str, Op] = {word: op for op, words in _OTHER_WORDS.items() for word in (op.chinese, *words)}
"""Every word that is read as a comparison; each sign is written with its own `chinese` word."""

# ---- patterns, for text as `normal` makes it
PERIOD = r"(?:[上本](?:年度|月)|前[0-9]{1,3}(?:年度|个月)|[0-9]{4}年(?:度|[0-9]{1,2}月))"
SPAN = rf"(?:近|截至(?P<until>{PERIOD})的)(?P<count>[0-9]{{1,3}})(?P<unit>年|个月)"
DAY = r"(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"
MONTHS = r"(?:(?P<years>[0-9]{1,5})年)?(?:(?P<months>[0-9]{1,6})个月)?"
NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
SHARE = rf"(?:-?[0-9]+/[0-9]+|{NUMBER}\s*[%‰]?)"
INTEGER = r"-?(?:0|[1-9][0-9]{0,999})"
_NO_UNIT = "(?!以上|以下|以内|左右|之间|的部分)"  # 300 人以上 has the unit 人, and words that are not read
UNIT = rf"(?:{_NO_UNIT}(?:[^\W\d_]|[%‰·°℃]))(?:{_NO_UNIT}(?:[^\W\d_]|[%‰·°℃/]))*"
WORD = r"[\w./-]+"
FIELD_NAME = r"[a-z_][a-z0-9_]*"


def normal(text: str) -> str:
    """The text in which words are looked for: full-width signs, digits and spaces in their ASCII form.

    One character stays one character, so that positions agree with what was written.
    """
    return to_half_width(text).replace("：", ":").replace("，", ",")


# ---- texts


def is_visible(text: str) -> bool:
    """No character that a reader of the page would not see, or that could end the line."""
    return all(char.isprintable() or char == "\u3000" for char in text)


def is_plain(text: str) -> bool:
    """Whether a text may fill the rest of a line without quotes."""
    return text == text.strip() != "" and text[0] != "「" and is_visible(text)


def is_word(text: str) -> bool:
    """Whether a text may stand without quotes in the middle of a line."""
    return re.fullmatch(WORD, text) is not None and is_visible(text) and normal(text) == text


def quoted(text: str) -> str:
    return f"「{''.join(_escape(char) for char in text)}」"


def _escape(char: str) -> str:
    if char in "\\」":
        return f"\\{char}"
    if is_visible(char):
        return char
    return {"\n": "\\n", "\t": "\\t"}.get(char) or f"\\u{{{ord(char):x}}}"


def text_written(text: str) -> str:
    """A text at the end of a line."""
    return text if is_plain(text) else quoted(text)


def word_written(text: str) -> str:
    """A text in the middle of a line."""
    return text if is_word(text) else quoted(text)


def balanced(text: str) -> int:
    """How long the text in front is whose brackets, the first character being one, are all closed; 0 for none."""
    depth = 0
    for index, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth <= 0:
            return index + 1 if char == ")" else 0
    return 0


# ---- values


def read_day(written: str) -> date:
    """A day as `DAY` has it; ValueError for 30 February."""
    year, month, day = re.findall("[0-9]+", written)
    return date(int(year), int(month), int(day))


def fact_text(text: str) -> str:
    """What an unquoted text of a fact is read as: numbers in full-width digits and 2025年3月1日 become plain."""
    tidy = normal(text)
    if re.fullmatch(DAY, tidy):
        try:
            return read_day(tidy).isoformat()
        except ValueError:
            return text
    return tidy if re.fullmatch(rf"{NUMBER}\s*(?:{UNIT})?", tidy) else text


def is_fact_word(text: str) -> bool:
    """Whether an unquoted fact would be read as one of the words for facts, not as a text or code."""
    return re.fullmatch(rf"{UNKNOWN}|{YES}|{NO}|{EMPTY}|{LISTED}.*|{WHOLE}.*", normal(text), re.DOTALL) is not None


def is_integer(text: str) -> bool:
    return re.fullmatch(INTEGER, normal(text)) is not None


def unit_written(unit: str) -> str:
    """A unit behind a number, with the space that parts them."""
    if not unit:
        return ""
    return f" {unit if re.fullmatch(UNIT, unit) and is_visible(unit) and normal(unit) == unit else quoted(unit)}"


def bound_written(bound: Fraction, unit: str) -> str:
    """The bound of a ratio: 60%, 1/3, 20 万元/亩, 0.6 万元/亩."""
    text = share_text(bound)
    if unit and text.endswith("%"):
        text = plain(parse_decimal(text[:-1]).scaleb(-2))
    if unit and unit[0] in "%‰":
        return f"{text} {quoted(unit)}"
    return text + unit_written(unit)
