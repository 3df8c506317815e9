"""Reads a "完成时限" cell into a `Deadline`; the rules are told on the page of the package."""

import calendar as month_lengths
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from qingdan.standards.deadlines.kinds import (
    DayBasis,
    Deadline,
    DeadlineKind,
    Period,
    Recurrence,
    RecurUnit,
    day_in_month,
)
from qingdan.standards.numerals import chinese_to_int, clean_text, to_half_width


class _Unreadable(Exception):
    """Carries the reason, in words for the user."""


_HINT = "请写成“2017年7月31日”“7月底前”“每月28日前”或“持续推进”这样的形式"
_INCLUDES_DAY = "“前”含当日"
_EXCEL_EPOCH = date(1899, 12, 30)  # serial 60 (the 29 February 1900 that never was) is long past
_SERIALS = (36526, 73050)  # 2000-01-01 to 2099-12-31: no other number is taken for a date
_YEARS = (1949, 2200)  # anything else is a slip of the pen

_LONGEST_CELL = 300  # a deadline is short; the patterns below are not made for pasted pages

_CN = "〇零○一二两三四五六七八九十廿卅"
_CN_NUMBER = re.compile(rf"[{_CN}]+(?=个?(?:年(?!级)|月|日|号|天|季度|季|工作日|周|星期|自然日))")
_CN_QUARTER = re.compile(r"[Qq]([1-4])")
_REMARK = re.compile(r"\((?:周|星期|礼拜)[一二三四五六日天]\)")
_CLOCK = re.compile(
    r"(?<=[\d日号 T])[T ]*(?:上午|下午|中午|晚上|晚|凌晨)?\s*"
    r"(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d+)?|\d{1,2}[时点](?:\d{1,2}分|半|整)?)"
)
_DAY_PART = re.compile(r"(?<=[日号])(?:下班|上午|下午|中午|晚上|当天|当日)")
_LEAD = re.compile(
    r"^(?:力争|确保|争取|计划|预计|预期|原则上|暂定|拟定|拟|须|需|应|必须|务必|于|在|到|至|截至|截止到?|时限为?|完成时[限间]为?|[:：])+"
)
_TAIL = re.compile(
    r"(?:全部|全面|基本|力争|确保)*(?:完成|办结|完工|建成|竣工|到位|落实|报送|上报|投产|结束|开工|验收|交付|投用)*(?:工作|任务)?[。.;；,，、]*$"
)
_BEFORE = re.compile(r"(?:之前|以前|前|止|为止|之内|以内|内)$")
_OPEN_WORDS = re.compile(r"持续|长期|常态|常年|贯穿|不断|经常性|日常工作|长效")
_NOTHING = re.compile(r"[/\\\-—–－无.。]*")

_YEAR = r"(?:(?P<year>\d{4}|\d{2})年|(?P<yearword>今年|本年度?|当年|明年|次年|来年|去年))"
_FORMS: list[tuple[str, re.Pattern[str]]] = [
    ("day", re.compile(rf"{_YEAR}?(?P<month>\d{{1,2}}|本|当)月(?P<day>\d{{1,2}})[日号]?")),
    ("day", re.compile(r"(?P<year>\d{4}|\d{2})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})[日号.]?")),
    ("day", re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")),
    ("day", re.compile(r"(?P<month>\d{1,2})[./](?P<day>\d{1,2})[日号]?")),
    ("day", re.compile(r"(?P<month>\d{1,2})-(?P<day>1[3-9]|2\d|3\d)[日号]?")),
    ("day", re.compile(r"(?P<day>\d{1,2})[日号]")),
    ("month", re.compile(rf"{_YEAR}?(?P<month>\d{{1,2}}|本|当)月(?P<part>上旬|中旬|下旬|初|中|底|末|份|份底)?")),
    ("month", re.compile(r"(?P<year>\d{4})[./-](?P<month>\d{1,2})(?:月)?")),
    ("month", re.compile(r"(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])")),
    ("month", re.compile(r"(?P<part>月内|月底|月末)")),
    ("quarter", re.compile(rf"{_YEAR}?第?(?P<quarter>[1-4]|本)季度?(?:末|底)?")),
    ("half", re.compile(rf"{_YEAR}?(?P<half>[上下])半年(?:末|底)?")),
    ("half", re.compile(rf"{_YEAR}?年?(?P<half>中)")),
    ("year", re.compile(rf"{_YEAR}(?:度|全年|年?底|年?末|年?终|内|度内)?")),
    ("year", re.compile(r"(?P<year>20\d{2})")),
    ("year", re.compile(r"(?P<whole>全年|年度|年底|年末|年终|年)")),
]
_PERIOD = re.compile(
    r"(?:(?:自|从|于|在)?.{0,20}?(?:之日起|之后|以后|后|起|之日))?(?P<count>\d{1,4}|半)(?P<each>个)?(?P<unit>工作日|自然日|日历天|日|天|周|星期|月|年)"
    r"(?:时间)?(?P<within>之内|以内|内)?"
)
_CYCLES = [
    (RecurUnit.DAILY, r"(?:每日|每天|每个?工作日|逐日|按日)"),
    (RecurUnit.WEEKLY, r"(?:每个?(?:周|星期|礼拜)|逐周|按周)"),
    (RecurUnit.QUARTERLY, r"(?:每个?季度?|逐季度?|按季度?)"),
    (RecurUnit.HALF_YEARLY, r"(?:每半年)"),
    (RecurUnit.MONTHLY, r"(?:每个?月份?|逐月|按月|次月)"),
    (RecurUnit.YEARLY, r"(?:每个?年度?|逐年|按年)"),
]
_CYCLE_FORMS = [(unit, re.compile(pattern + r"(?P<rest>.*)")) for unit, pattern in _CYCLES]
_RANGE = re.compile(
    r"(?P<left>.*?\d(?:[年月日号]|季度?|月份)?|.*?半年)(?:-|~|—+|–|至|到)(?P<right>(?:次年|来年|明年|今年|当年|本年)?\d.*)"
)
_SEVERAL = re.compile(r"[,，;；。\n]|(?<=[日号月前])、")
_DATE_WITHIN = re.compile(
    r"(?<![每隔\d./-])(?:(?:\d{4}年|今年|本年度?|明年|次年|去年)?"
    r"(?:\d{1,2}月(?:\d{1,2}[日号]?|上旬|中旬|下旬|底|末|份)?|第?[1-4]季度(?:末|底)?|[上下]半年)"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}|(?:\d{4}|今|明|本)?年(?:底|内|末)|\d{4}年|本?月底|\d{1,2}[日号])(?:之前|以前|前)?"
)


def read_deadline(raw: str | date | datetime | int | float | None, *, reference: date) -> Deadline:
    """One cell of the column 完成时限, as text, date or Excel number, read against the list's month or day.

    Never raises for bad content: what cannot be read comes back as UNREAD with the reason and the remedy
    in `note`. Several dates in one cell give the last one, a span (7月1日至20日) gives its end, both with a note.
    """
    if raw is None:
        return Deadline(DeadlineKind.UNREAD, None, "", note=f"没有填写完成时限，{_HINT}")
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        return Deadline(DeadlineKind.DAY, raw, f"{raw.year}年{raw.month}月{raw.day}日")
    written = raw.strip() if isinstance(raw, str) else f"{raw}"
    try:
        if isinstance(raw, str):
            return _read_text(raw, written, reference)
        return _read_number(raw, written, reference)
    except _Unreadable as reason:
        return Deadline(DeadlineKind.UNREAD, None, written, note=f"{reason}，{_HINT}")


def _read_number(raw: int | float, written: str, reference: date) -> Deadline:
    """A number cell: an Excel serial day, 20170731, 201707, 2017, or 7.31 typed as a decimal."""
    if isinstance(raw, bool):
        raise _Unreadable("完成时限不能是逻辑值")
    number = Decimal(repr(raw))
    if not number.is_finite():
        raise _Unreadable(f"“{written}”不是日期")
    if _SERIALS[0] <= number < _SERIALS[1] + 1:
        return Deadline(
            DeadlineKind.DAY, _EXCEL_EPOCH + timedelta(days=int(number)), written, note="按表格日期序号读取"
        )
    if number == number.to_integral_value():
        text = f"{int(number)}"
        if len(text) in (4, 6, 8):
            return _read_text(text, written, reference)
        raise _Unreadable(f"数字“{written}”看不出是哪一天")
    month, _, day = f"{number:f}".partition(".")
    if len(day) == 1 and day in "123" and number < 13:
        raise _Unreadable(f"“{written}”可能是{month}月{day}日，也可能是{month}月{day}0日")
    return _read_text(f"{month}.{day}", written, reference)


def _read_text(text: str, written: str, reference: date) -> Deadline:
    if len(text) > _LONGEST_CELL:
        raise _Unreadable(f"完成时限有{len(text)}个字，超过{_LONGEST_CELL}个字")
    plain = _normalise(text)
    if not plain or _NOTHING.fullmatch(plain):
        raise _Unreadable("没有填写完成时限")
    if re.fullmatch(r"\d{5}(?:\.\d+)?", plain) and _SERIALS[0] <= Decimal(plain) < _SERIALS[1] + 1:
        return _read_number(int(Decimal(plain)), written, reference)
    if reading := _read_single(plain, written, reference):
        return reading
    if any(pattern.search(plain) for _, pattern in _CYCLE_FORMS) and not re.search(
        r"\d(?:月|季度|/)|年(?:内|底)", plain
    ):
        raise _Unreadable(f"读不懂完成时限“{written}”")  # 每月5日、20日: the days are not dates
    parts = [part.strip() for part in _SEVERAL.split(plain) if part.strip()]
    readings = [reading for part in parts if (reading := _read_part(part, written, reference))]
    dated = [reading for reading in readings if reading.due]
    if dated:
        last = max(dated, key=lambda reading: reading.due or date.min)
        several = len({reading.due for reading in dated}) > 1
        note = "原文有多个时间，按最后一个读取" if several else "只读取了原文中的时间"
        return Deadline(last.kind, last.due, written, note="；".join(filter(None, [note, last.note])))
    if len(readings) == 1 and len(parts) == 1:
        return readings[0]
    if _OPEN_WORDS.search(plain) and not re.search(r"\d", plain):
        return Deadline(DeadlineKind.OPEN, None, written)
    raise _Unreadable(f"读不懂完成时限“{written}”")


def _normalise(text: str) -> str:
    """One line, half-width, Chinese numbers as digits, without clock times, weekdays in brackets and spaces."""
    plain = to_half_width(clean_text(text)).strip("“”\"' ")
    plain = _CN_NUMBER.sub(lambda match: _digits(match[0]), plain)
    plain = _CN_QUARTER.sub(r"\1季度", plain)
    plain = _DAY_PART.sub("", _CLOCK.sub("", _REMARK.sub("", plain)))
    return re.sub(r"[ \t]+", "", plain)


def _digits(chinese: str) -> str:
    try:
        return str(chinese_to_int(chinese))
    except ValueError:
        return chinese


def _read_part(part: str, written: str, reference: date) -> Deadline | None:
    """A clause with other words around its date: 方案于7月20日前完成并送审."""
    if reading := _read_single(part, written, reference):
        return reading
    match = _DATE_WITHIN.search(part)
    return _read_single(match[0], written, reference) if match else None


def _read_single(plain: str, written: str, reference: date) -> Deadline | None:
    core = _TAIL.sub("", _LEAD.sub("", plain.replace("\n", "")))
    if not core:
        return None
    for unit, pattern in _CYCLE_FORMS:
        if match := pattern.fullmatch(core):
            recurrence = _read_cycle(unit, match["rest"])
            if recurrence is None:
                return None
            return Deadline(DeadlineKind.RECURRING, None, written, recurrence)
    before = _BEFORE.search(core)
    stem = core[: before.start()] if before else core
    if (match := _PERIOD.fullmatch(core)) and (period := _read_period(match)):
        return Deadline(DeadlineKind.RELATIVE, None, written, period=period)
    if point := _read_point(stem, reference) or _read_point(core, reference):
        kind, due, note = point
        if before and before[0].endswith("前") and kind is DeadlineKind.DAY:
            note = "；".join(filter(None, [note, _INCLUDES_DAY]))
        return Deadline(kind, due, written, note=note)
    if (match := _RANGE.fullmatch(stem)) and (point := _read_range_end(match["left"], match["right"], reference)):
        kind, due, note = point
        return Deadline(kind, due, written, note="；".join(filter(None, ["按起止时间的截止日读取", note])))
    if _OPEN_WORDS.search(core) and not re.search(r"\d", core):
        return Deadline(DeadlineKind.OPEN, None, written)
    return None


def _read_cycle(unit: RecurUnit, rest: str) -> Recurrence | None:
    rest = _BEFORE.sub("", rest)
    rest = re.sub(r"^(?:的|1次|一次)|(?:报送?|调度|通报|更新|1次|一次)+$", "", rest)
    rest = _BEFORE.sub("", rest)
    if rest in ("", "末", "底", "终"):
        return Recurrence(unit)
    if unit is RecurUnit.WEEKLY:
        if re.fullmatch(r"[1-7一二三四五六日天]", rest):
            weekday = int(rest) if rest.isdigit() else "一二三四五六日天".index(rest) + 1
            return Recurrence(unit, min(weekday, 7))
        return None
    if unit is RecurUnit.DAILY:
        return None
    match = re.fullmatch(
        r"(?:(?:第?(?P<nth>\d{1,2})个?月|(?P<first>首月|第一个月)|(?P<last>末月|最后1?一?个月))(?:份)?)?"
        r"(?:(?P<day>\d{1,2})[日号]?|(?P<part>上旬|中旬|下旬|初|中|底|末))?",
        rest,
    )
    if not match:
        return None
    month = int(match["nth"]) if match["nth"] else 1 if match["first"] else None
    day = int(match["day"]) if match["day"] else _PARTS.get(match["part"] or "")
    named_month = match["nth"] or match["first"] or match["last"]
    if named_month and unit is RecurUnit.MONTHLY:
        return None
    if not named_month and unit is not RecurUnit.MONTHLY:
        return None  # 每季度10日前: which month of the quarter is not said
    try:
        return Recurrence(unit, day, month)
    except ValueError as error:
        raise _Unreadable(str(error)) from error


_PARTS = {"上旬": 10, "初": 10, "中旬": 20, "中": 20}


def _read_period(match: re.Match[str]) -> Period | None:
    count_text, unit = match["count"], match["unit"]
    anchored = match.start("count") > match.start()
    counted = bool(match["each"]) or count_text == "半" or unit in ("工作日", "自然日", "日历天")
    if not (match["within"] or anchored or counted):
        return None
    # 30日内 is a period, but 5月内 and 2017年内 are dates
    if unit in ("年", "月") and not (anchored or counted) and not (unit == "年" and len(count_text) == 1):
        return None
    if count_text == "半":
        return Period(15, DayBasis.NATURAL) if unit == "月" else Period(6, DayBasis.MONTH) if unit == "年" else None
    count = int(count_text)
    if count < 1:
        return None
    if unit == "工作日":
        return Period(count, DayBasis.WORKING)
    if unit in ("周", "星期"):
        return Period(count * 7, DayBasis.NATURAL)
    if unit == "月":
        return Period(count, DayBasis.MONTH)
    if unit == "年":
        return Period(count * 12, DayBasis.MONTH)
    return Period(count, DayBasis.NATURAL)


_Point = tuple[DeadlineKind, date, str]


def _read_point(text: str, reference: date, year: int | None = None, month: int | None = None) -> _Point | None:
    """One date, month, quarter, half or year. `year` and `month` come from the start of a span."""
    for form, pattern in _FORMS:
        match = pattern.fullmatch(text)
        if not match:
            continue
        groups = match.groupdict()
        known_year = _year_of(groups, reference) or year
        if form == "day":
            return _day_point(groups, known_year, month, reference)
        if form == "month":
            return _month_point(groups, known_year, reference)
        if form == "quarter":
            number = (reference.month + 2) // 3 if groups["quarter"] == "本" else int(groups["quarter"])
            known_year = reference.year if groups["quarter"] == "本" else known_year
            return DeadlineKind.QUARTER, _with_year(known_year, number * 3, None, reference), ""
        if form == "half":
            number = 12 if groups["half"] == "下" else 6
            note = "“年中”按6月30日" if groups["half"] == "中" else ""
            return DeadlineKind.HALF_YEAR, _with_year(known_year, number, None, reference), note
        return DeadlineKind.YEAR, date(known_year or reference.year, 12, 31), ""
    return None


def _day_point(groups: dict[str, str | None], year: int | None, month: int | None, reference: date) -> _Point | None:
    written_month = groups.get("month")
    if written_month in ("本", "当"):
        year, number = reference.year, reference.month
    elif written_month:
        number = int(written_month)
    elif month:
        number = month
    else:
        year, number = reference.year, reference.month
    note = "" if written_month or month else f"没有写月份，按{number}月"
    return DeadlineKind.DAY, _with_year(year, number, int(groups["day"] or 0), reference), note


def _month_point(groups: dict[str, str | None], year: int | None, reference: date) -> _Point:
    written_month, part = groups.get("month"), groups.get("part") or ""
    if written_month is None or written_month in ("本", "当"):
        year, number = reference.year, reference.month
    else:
        number = int(written_month)
    note = {"初": "“月初”按上旬（10日）", "中": "“月中”按中旬（20日）"}.get(part, "")
    return DeadlineKind.MONTH, _with_year(year, number, _PARTS.get(part), reference), note


def _year_of(groups: dict[str, str | None], reference: date) -> int | None:
    if written := groups.get("year"):
        year = int(written) + (2000 if len(written) == 2 else 0)
        if not _YEARS[0] <= year < _YEARS[1]:
            raise _Unreadable(f"年份“{written}”不合理")
        return year
    if word := groups.get("yearword"):
        return reference.year + {"明": 1, "次": 1, "来": 1, "去": -1}.get(word[0], 0)
    return None


def _with_year(year: int | None, month: int, day: int | None, reference: date) -> date:
    """The date, or the month's last day without `day`; a missing year by the rule of the package's docstring."""
    if not 1 <= month <= 12:
        raise _Unreadable(f"没有{month}月")
    if year is None:
        shift, index = divmod(reference.month - 7, 12)
        earliest = day_in_month(reference.year + shift, index + 1, reference.day)
        years = range(earliest.year, earliest.year + 3)
        year = next(y for y in years if day_in_month(y, month, day) >= earliest)
    last = month_lengths.monthrange(year, month)[1]
    if day is not None and not 1 <= day <= last:
        raise _Unreadable(f"{year}年{month}月没有{day}日")
    return date(year, month, day or last)


def _read_range_end(left: str, right: str, reference: date) -> _Point | None:
    """7月10日-20日, 2017年6-12月, 2017.7-2017.12, 10-12月, 二至四季度: the end, with the start's year and month."""
    start = re.fullmatch(
        r"(?:(?P<year>\d{4}|\d{2})(?:年|[./](?=\d)))?(?:第?(?P<month>\d{1,2})(?:月份?|季度?|[./])?)?(?:\d{1,2}[日号]?)?|.*半年",
        left,
    )
    if not start or (left.isdigit() and right.isdigit()):
        return None  # 7-9 may be a day or two months
    groups = start.groupdict()
    year, month = _year_of(groups, reference), int(groups["month"] or 0) or None
    if re.fullmatch(r"\d{1,2}", right):
        right += "日" if "月" in left else "月"
    if next_year := re.match(r"次年|来年", right):
        first = _with_year(year, month, None, reference).year if month else year or reference.year
        return _read_point(right[next_year.end() :], reference, first + 1, month)
    end = _read_point(right, reference, year, month)
    if end and year and not re.match(r"\d{4}|\d{2}年", right) and month and end[1].month < month:
        end = _read_point(right, reference, year + 1, month)
    return end
