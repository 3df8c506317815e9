"""Digits and spaces as they come out of Chinese workbooks, made plain for reading.

These functions serve reading and comparing. What a user wrote is stored as written, never replaced.
"""

import re
from decimal import Decimal

# Sentence punctuation stays Chinese; everything else of the full-width block becomes ASCII. One character
# always becomes one character, so a position in the result is a position in what was written.
_KEPT = set("，；：！？")
_HALF_WIDTH: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in _KEPT}
_HALF_WIDTH |= {0x3000: " ", 0x00A0: " ", 0x2212: "-", 0xFE63: "-", 0x2010: "-", 0x2011: "-", 0xFE6A: "%"}

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
_LINE_ENDS = re.compile(r"_x000[dD]_\n?|\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")

DIGITS = "〇零一二三四五六七八九"
_DIGIT_VALUES = {
    **{char: max(index - 1, 0) for index, char in enumerate(DIGITS)},
    **{char: index for index, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{"○": 0, "两": 2, "俩": 2},
}
_SMALL_SCALES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE_SCALES = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_SHORT_TENS = str.maketrans({"廿": "二十", "卅": "三十"})
_SCALE_SUFFIX = re.compile(r"([\d.,]+)((?:[十百千]?[万亿]|[百千])*)")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


def to_half_width(text: str) -> str:
    """Digits, letters and signs such as （）％．／ and the ideographic space in their ASCII form.

    Keeps ，；：！？ and 。、, which are not a matter of width in Chinese. The length never changes.
    """
    return text.translate(_HALF_WIDTH)


def clean_text(text: str) -> str:
    """Text without invisible characters, with single spaces, trimmed lines and at most one blank line.

    Line breaks stay (they separate things in ledger cells), in the one form "\\n". Idempotent.
    """
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    lines = (line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def chinese_to_int(text: str) -> int:
    """二十八 -> 28, 一百零五 -> 105, 两千三百万 -> 23000000, 二〇一七 -> 2017, 叁拾 -> 30.

    Raises ValueError for anything that is not wholly a Chinese number.
    """
    written = text.strip().translate(_SHORT_TENS)
    if not written:
        raise ValueError("没有数字")
    if all(char in _DIGIT_VALUES for char in written):
        return int("".join(str(_DIGIT_VALUES[char]) for char in written))
    total = section = 0  # section: what stands before the next 万 or 亿
    digit: int | None = None
    last_scale = 0
    for char in written:
        if char in _DIGIT_VALUES:
            if digit:
                raise ValueError(f"“{text}”不是中文数字")
            digit = _DIGIT_VALUES[char]
            if digit == 0:
                last_scale = 1  # 一百零五: the five is units, not tens
        elif char in _SMALL_SCALES:
            last_scale = _SMALL_SCALES[char]
            section += (1 if digit is None else digit or 1) * last_scale
            digit = None
        elif char in _LARGE_SCALES:
            last_scale = _LARGE_SCALES[char]
            section += digit or 0
            if section + total == 0:
                raise ValueError(f"“{text}”不是中文数字")
            # 一万亿: an 亿 multiplies the 万 before it as well
            if total and last_scale > 10**4:
                total, section = (total + section) * last_scale, 0
            else:
                total, section = total + section * last_scale, 0
            digit = None
        else:
            raise ValueError(f"“{text}”不是中文数字")
    if digit and last_scale >= 100:
        return total + section + digit * (last_scale // 10)  # 一百五 is 150, 三万五 is 35000
    return total + section + (digit or 0)


def int_to_chinese(number: int) -> str:
    """28 -> 二十八, 10 -> 十, 105 -> 一百零五; for 0 to 9999, as headings and list names count.

    Raises ValueError outside that range.
    """
    if not 0 <= number <= 9999:
        raise ValueError(f"只支持0到9999：{number}")
    if number == 0:
        return "零"
    text = ""
    gap = False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit + 1] + name
            gap = False
        else:
            gap = True
    return text[1:] if text.startswith("一十") else text


def parse_number(text: str) -> Decimal:
    """A number as written: "1,200" -> 1200, "1.2万" -> 12000, "３亿" -> 300000000, "二十八" -> 28.

    Raises ValueError when the text holds anything else.
    """
    plain = to_half_width(clean_text(text)).replace(" ", "")
    sign = -1 if plain.startswith("-") else 1
    body = plain[1:] if plain[:1] in ("+", "-") else plain
    if match := _SCALE_SUFFIX.fullmatch(body):
        digits, scales = match.groups()
        if not _PLAIN_NUMBER.fullmatch(digits):
            raise ValueError(f"“{text}”不是数字")
        return sign * Decimal(digits.replace(",", "")) * scale_value(scales)
    return sign * Decimal(chinese_to_int(body))


def scale_value(scales: str) -> Decimal:
    """万 -> 10000, 千万 -> 10000000, 万亿 -> 10**12, "" -> 1: the product of the scale words."""
    value = Decimal(1)
    for char in scales:
        value *= _SMALL_SCALES.get(char) or _LARGE_SCALES[char]
    return value
