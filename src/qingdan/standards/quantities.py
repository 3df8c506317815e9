"""Numbers as officials write them: value, unit and the qualifier that travels with them.

超过1万个 is a lower bound and stays one: half of a plan of 2万个 is shown as ">50%", never as "50%".
以上, 以下, 以内 include the number (民法典 art. 1259); 超过, 不足 exclude it. All arithmetic is Decimal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from qingdan.standards.numerals import chinese_to_int, scale_value, to_half_width


class Qualifier(StrEnum):
    """How the written number relates to the true one."""

    EQ = "="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    APPROX = "≈"

    @property
    def symbol(self) -> str:
        """The sign before a printed number; nothing for an exact one."""
        return {"=": "", ">=": "≥", "<=": "≤"}.get(self.value, self.value)

    @property
    def is_lower(self) -> bool:
        return self in (Qualifier.GT, Qualifier.GE)

    @property
    def is_upper(self) -> bool:
        return self in (Qualifier.LT, Qualifier.LE)

    @property
    def is_strict(self) -> bool:
        return self in (Qualifier.GT, Qualifier.LT)


@dataclass(frozen=True)
class Quantity:
    """A number in its unit. The Chinese scale stays in the unit as printed: 199 "亿元", 1 "万个".

    `written` is the exact piece of text it was read from.
    """

    value: Decimal
    unit: str
    qualifier: Qualifier = Qualifier.EQ
    written: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal) or not self.value.is_finite():
            raise ValueError(f"数量必须是有限的十进制数：{self.value!r}")

    def display(self) -> str:
        """As people write it: '624套', '>50%', '≥199亿元', '≈6.2%'."""
        return f"{self.qualifier.symbol}{self.value:f}{self.unit}"

    @property
    def base_unit(self) -> str:
        """The unit without its scale: 元 for 亿元, 平方米 for 万平方米."""
        return self.unit[len(_scale_of(self.unit)) :]

    @property
    def base_value(self) -> Decimal:
        """The value in `base_unit`: 19900000000 for 199亿元."""
        sign, digits, exponent = self.value.as_tuple()
        return Decimal((sign, digits, int(exponent) + scale_value(_scale_of(self.unit)).adjusted()))


_SCALES = "万亿|千亿|百亿|十亿|千万|百万|十万|亿|万"
# Longer names first where one begins another: the alternation takes the first that fits.
_UNIT_NAMES = """
个百分点 百分点 个工作日 个小时 个月 个点位 个点 个 套 户 家 项 件 人次 人天 人 名 位 台套 台次 台 辆 架 艘 栋 幢 座 条
处 宗 批次 批 场次 场 次 所 间 张 份 篇 本 册 页 期次 款 种 类 株 棵 头 只 羽 标段 车位 床位 张床位 泊位 席 对 组 支 根
块 片 起 例 笔 道 门 口 盏 班 岗 单 章 倍 分 % ‰ 元 美元 欧元 港元 日元 英镑 小时 分钟 秒 天
平方公里 平方千米 平方米 平方 平米 立方米 立方 公顷 亩 公里 千米 海里 里 米 厘米 毫米 千克 公斤 克 吨 吨标准煤 标准箱
升 毫升 千瓦时 千瓦 兆瓦时 兆瓦 瓦 千伏安 千伏 伏 度 摄氏度 ㎡ ㎢ m² m2 m³ km² km2 km kW MW GW kWh kV TB GB MB Gbps Mbps
"""
_UNITS = sorted(_UNIT_NAMES.split(), key=len, reverse=True)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_UNIT = "|".join(re.escape(unit) for unit in _UNITS)

_PREFIXES: dict[str, Qualifier] = {
    **dict.fromkeys(
        ("不超过", "未超过", "不高于", "不多于", "不大于", "小于等于", "小于或等于", "至多", "最多"), Qualifier.LE
    ),
    **dict.fromkeys(("<=", "≤", "≦", "⩽"), Qualifier.LE),
    **dict.fromkeys(("不少于", "不低于", "不小于", "大于等于", "大于或等于", "至少", "最少", "起码"), Qualifier.GE),
    **dict.fromkeys((">=", "≥", "≧", "⩾"), Qualifier.GE),
    **dict.fromkeys(("超过", "超出", "超", "突破", "逾", "高于", "大于", "多于", "不止", ">"), Qualifier.GT),
    **dict.fromkeys(("低于", "少于", "小于", "不足", "不到", "不满", "未满", "未达到", "未达", "<"), Qualifier.LT),
    **dict.fromkeys(("大约", "约为", "约", "将近", "接近", "近", "大概", "≈", "~"), Qualifier.APPROX),
}
_SUFFIXES: dict[str, Qualifier] = {
    "以上": Qualifier.GE,
    "及以上": Qualifier.GE,
    "以下": Qualifier.LE,
    "及以下": Qualifier.LE,
    "以内": Qualifier.LE,
    "之内": Qualifier.LE,
    "左右": Qualifier.APPROX,
    "上下": Qualifier.APPROX,
}
# 签约7个 and 附近3家 end in 约 and 近 without meaning them.
_ENDS_ANOTHER_WORD = {"约": "(?<![签合协预契节制邀])约", "近": "(?<![附临邻靠最远相])近"}


def _spread(word: str) -> str:
    """The word with any space or line break inside: 不 / 超过 over two lines of a cell is still 不超过."""
    return r"\s*".join(re.escape(char) for char in word)


_PREFIX = "|".join(_ENDS_ANOTHER_WORD.get(word, _spread(word)) for word in sorted(_PREFIXES, key=len, reverse=True))
_SUFFIX = "|".join(_spread(word) for word in sorted(_SUFFIXES, key=len, reverse=True))
_INCLUSIVE = r"(?:\((?P<{0}>不?含)(?:本数)?\))?"

# 第3项 is a serial number, 1.2.3 an outline number, A3 and 〔2021〕 names: none of them counts anything.
_QUANTITY = re.compile(
    rf"(?:(?P<prefix>{_PREFIX})(?:了|至|到)?\s*)?"
    r"(?<![A-Za-z0-9.×第\[〔-])"
    rf"(?P<sign>(?<=[长降减为率达:：])-)?(?P<number>{_NUMBER})\s{{0,2}}"
    rf"(?P<more1>[多余])?(?P<scale>(?:{_SCALES})?)(?P<more2>[多余]|\+)?\s?"
    rf"(?P<unit>(?:{_UNIT})?)(?P<month>(?<=个)多(?:月|小时|百分点))?"
    + _INCLUSIVE.format("incl1")
    + rf"(?:\s?(?P<suffix>{_SUFFIX}){_INCLUSIVE.format('incl2')})?"
)
_RANGE = re.compile(
    rf"(?<![A-Za-z0-9.×第\[〔由从自-])(?P<low>{_NUMBER})(?P<lowunit>(?:{_SCALES})?(?:{_UNIT})?)"
    rf"(?:-|~|—{{1,2}}|–|至|到)(?P<high>{_NUMBER})(?P<scale>(?:{_SCALES})?)(?P<unit>(?:{_UNIT})?)"
)
_PERCENT_WORDS = re.compile(r"百分之([零〇一二两三四五六七八九十百]+)(?:点([零〇一二三四五六七八九]+))?")
_LONGEST_NUMBER = 30  # more digits are an accident of pasting, not an amount
# A span of time that ends in a bare 内 is a period for doing something (5个工作日内), not a target.
_TIME_UNITS = {"个工作日", "个小时", "个月", "小时", "分钟", "天"}
# 第 3 项, 第1、2条: serial numbers, with a space or in a row.
_SERIAL_BEFORE = re.compile(r"第\s*(?:\d+\s*[、,，至到~-]\s*)*$")
# What follows a unit character and makes it part of another word.
_NOT_A_UNIT = {"人": "民大", "分": "之局管别", "度": "假", "元": "旦", "名": "单", "位": "于", "本": "月年周日"}


def find_quantities(text: str) -> list[Quantity]:
    """Every counted or measured number of `text`, in order, with its qualifier.

    A number needs a unit of the list above or a scale word (约3万); percentages may be words (百分之五).
    Years, dates, serial and document numbers, telephone numbers are not quantities; counts in Chinese
    digits (三家) are not read, they are too often part of a name. A range 10-15家 gives its two bounds.
    """
    plain = to_half_width(text)
    found = list(_ranges(plain, text))
    masked = _RANGE.sub(lambda match: _blank(match, plain), plain)
    for match in _QUANTITY.finditer(masked):
        if quantity := _from_match(match, plain, text):
            found.append((match.span(), quantity))
    for match in _PERCENT_WORDS.finditer(plain):
        try:
            value = Decimal(chinese_to_int(match[1]))
        except ValueError:
            continue  # 百分之一二十 says no number
        if match[2]:
            value += Decimal("0." + "".join(str(chinese_to_int(char)) for char in match[2]))
        found.append((match.span(), Quantity(value, "%", Qualifier.EQ, text[slice(*match.span())])))
    return [quantity for _, quantity in sorted(found, key=lambda pair: pair[0])]


def _ranges(plain: str, text: str) -> Iterator[tuple[tuple[int, int], Quantity]]:
    for match in _RANGE.finditer(plain):
        if not _is_range(match, plain):
            continue
        unit = match["scale"] + match["unit"]
        low_unit = match["lowunit"] or unit
        if low_unit != unit and _scale_of(low_unit) == low_unit:
            low_unit += unit[len(match["scale"]) :]
        written = text[slice(*match.span())]
        low, high = (Decimal(match[name].replace(",", "")) for name in ("low", "high"))
        yield match.span(), Quantity(low, low_unit, Qualifier.GE, written)
        yield match.span(), Quantity(high, unit, Qualifier.LE, written)


def _is_range(match: re.Match[str], plain: str) -> bool:
    if not match["scale"] + match["unit"] or len(match[0]) > 2 * _LONGEST_NUMBER:
        return False
    return not _is_another_word(match["unit"], plain, match.end())


def _blank(match: re.Match[str], plain: str) -> str:
    """The range taken out of the text, every other position unmoved."""
    return "\0" * len(match[0]) if _is_range(match, plain) else match[0]


def _from_match(match: re.Match[str], plain: str, text: str) -> Quantity | None:
    unit = match["scale"] + match["unit"]
    end = match.end()
    if match["month"]:
        unit += match["month"][1:]
    if not unit or _is_another_word(match["unit"], plain, match.end("unit")):
        return None
    if len(match["number"]) > _LONGEST_NUMBER:
        return None
    if unit in _TIME_UNITS and plain[end : end + 1] == "内":
        return None
    if _SERIAL_BEFORE.search(plain, max(0, match.start("number") - 30), match.start("number")):
        return None
    value = Decimal(match["number"].replace(",", ""))
    if match["sign"]:
        value = -value
    more = match["more1"] or match["more2"] or match["month"]
    qualifier = _combine(
        _PREFIXES.get(_closed(match["prefix"])),
        (Qualifier.GE if more == "+" else Qualifier.GT) if more else None,
        _SUFFIXES.get(_closed(match["suffix"])),
    )
    if inclusion := match["incl1"] or match["incl2"]:
        qualifier = _INCLUSION[inclusion].get(qualifier, qualifier)
    return Quantity(value, unit, qualifier, text[match.start() : end].strip())


# （含） and （不含） after the number overrule what the words alone would mean.
_INCLUSION = {
    "含": {Qualifier.GT: Qualifier.GE, Qualifier.LT: Qualifier.LE},
    "不含": {Qualifier.GE: Qualifier.GT, Qualifier.LE: Qualifier.LT},
}


def _closed(word: str | None) -> str:
    return re.sub(r"\s", "", word or "")


def _combine(*parts: Qualifier | None) -> Qualifier:
    """One qualifier from several words: a bound beats 约, the first word decides the direction."""
    given = [part for part in parts if part is not None]
    bounds = [part for part in given if part is not Qualifier.APPROX]
    if not bounds:
        return given[0] if given else Qualifier.EQ
    return bounds[0]


def _is_another_word(unit: str, plain: str, end: int) -> bool:
    following = plain[end : end + 1]
    return bool(unit and following and following in _NOT_A_UNIT.get(unit, ""))


def _scale_of(unit: str) -> str:
    match = re.match(_SCALES, unit)
    return match[0] if match else ""


def ratio_display(part: Quantity, whole: Quantity, places: int = 1) -> str | None:
    """`part` of `whole` in percent with the qualifier that follows: '61.2%', '>50%', '≤93.3%'.

    Units must agree but for the scale (5000个 of 2万个). A bound is rounded outwards so that what is
    printed stays true, and nothing below the whole is rounded up to 100%. None when units differ, the
    whole is not positive, the part is negative, or the two qualifiers allow no statement (>1 of >2).
    To show progress against a goal written as a bound (30个以上), pass the goal with Qualifier.EQ.
    """
    if part.base_unit != whole.base_unit or whole.base_value <= 0 or part.base_value < 0:
        return None
    qualifier = _ratio_qualifier(part.qualifier, whole.qualifier)
    if qualifier is None:
        return None
    # A bound on the whole says nothing strict about nothing: 0 of at least 30 is 0.
    if part.base_value == 0 and part.qualifier is Qualifier.EQ:
        qualifier = Qualifier.EQ
    return qualifier.symbol + _percent(part.base_value, whole.base_value, qualifier, places)


def _ratio_qualifier(part: Qualifier, whole: Qualifier) -> Qualifier | None:
    if Qualifier.APPROX in (part, whole):
        return Qualifier.APPROX if {part, whole} <= {Qualifier.APPROX, Qualifier.EQ} else None
    if part is Qualifier.EQ and whole is Qualifier.EQ:
        return Qualifier.EQ
    strict = part.is_strict or whole.is_strict
    if not part.is_upper and not whole.is_lower:
        return Qualifier.GT if strict else Qualifier.GE
    if not part.is_lower and not whole.is_upper:
        return Qualifier.LT if strict else Qualifier.LE
    return None


def _percent(part: Decimal, whole: Decimal, qualifier: Qualifier, places: int) -> str:
    scale = 10**places
    share = Fraction(part) / Fraction(whole) * 100 * scale  # exact: no precision can spoil the direction
    steps, rest = divmod(share.numerator, share.denominator)
    if qualifier.is_upper:
        steps += rest > 0
    elif not qualifier.is_lower:
        rounded = steps + (2 * rest >= share.denominator)
        steps = steps if steps < 100 * scale <= rounded else rounded
    whole_percent, decimals = divmod(steps, scale)
    shown = f"{decimals:0{places}d}" if places else ""
    if rest == 0:
        shown = shown.rstrip("0")
    return f"{whole_percent}.{shown}%" if shown else f"{whole_percent}%"


def goal_met(actual: Quantity, goal: Quantity) -> bool | None:
    """Whether `actual` fulfils `goal`; None when the qualifiers leave it open or the units differ.

    A goal without qualifier, with 左右 or with 以上 is met when the number is reached (30个以上 is met
    at 30); 超过 must be passed; 以内 and 不超过 must not be passed.
    """
    if actual.base_unit != goal.base_unit:
        return None
    if actual.qualifier is Qualifier.APPROX:
        return None
    value, mark = actual.base_value, goal.base_value
    strict_goal = goal.qualifier.is_strict
    if goal.qualifier.is_upper:
        value, mark = -value, -mark
        bounded_below, bounded_above = actual.qualifier.is_upper, actual.qualifier.is_lower
    else:
        bounded_below, bounded_above = actual.qualifier.is_lower, actual.qualifier.is_upper
    strict_actual = actual.qualifier.is_strict
    surely = value > mark or (value == mark and (not strict_goal or (bounded_below and strict_actual)))
    never = value < mark or (value == mark and (strict_goal or (bounded_above and strict_actual)))
    if not bounded_above and surely:
        return True
    if not bounded_below and never:
        return False
    return None
