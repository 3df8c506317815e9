"""What a deadline can be: kinds, periods, recurrences, and the days that follow from them."""

import calendar as month_lengths
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from qingdan.standards.workdays import WorkCalendar


class DeadlineKind(StrEnum):
    """How exactly a deadline is given."""

    DAY = "day"
    MONTH = "month"  # also 上旬, 中旬, 下旬
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    RECURRING = "recurring"
    RELATIVE = "relative"  # a period that starts with an event: 收文后5个工作日内
    OPEN = "open"  # 持续推进, 长期坚持
    UNREAD = "unread"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    DeadlineKind.DAY: "具体日期",
    DeadlineKind.MONTH: "月份",
    DeadlineKind.QUARTER: "季度",
    DeadlineKind.HALF_YEAR: "半年",
    DeadlineKind.YEAR: "年度",
    DeadlineKind.RECURRING: "周期",
    DeadlineKind.RELATIVE: "期间",
    DeadlineKind.OPEN: "长期",
    DeadlineKind.UNREAD: "未读懂",
}


class DayBasis(StrEnum):
    """What a period counts."""

    NATURAL = "natural"  # 日, 天: calendar days
    WORKING = "working"  # 工作日
    MONTH = "month"  # 个月: to the corresponding day (民法典 art. 202)


@dataclass(frozen=True)
class Period:
    """A length of time counted from an event, the day of the event not included (民法典 art. 201)."""

    count: int
    basis: DayBasis

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"期间至少为1：{self.count}")

    def display(self) -> str:
        unit = {DayBasis.NATURAL: "日", DayBasis.WORKING: "个工作日", DayBasis.MONTH: "个月"}[self.basis]
        return f"{self.count}{unit}内"


class RecurUnit(StrEnum):
    """The cycle of a recurring deadline."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


MONTHS_PER_CYCLE = {
    RecurUnit.MONTHLY: 1,
    RecurUnit.QUARTERLY: 3,
    RecurUnit.HALF_YEARLY: 6,
    RecurUnit.YEARLY: 12,
}
_CYCLE_NAMES = {
    RecurUnit.DAILY: "每日",
    RecurUnit.WEEKLY: "每周",
    RecurUnit.MONTHLY: "每月",
    RecurUnit.QUARTERLY: "每季度",
    RecurUnit.HALF_YEARLY: "每半年",
    RecurUnit.YEARLY: "每年",
}
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Recurrence:
    """A due day in every cycle.

    `month`: which month of the cycle, from 1 (quarter 1-3, half year 1-6, year 1-12), None for the last one.
    `day`: day of that month, or the weekday 1 (Monday) to 7 for WEEKLY; None for the last day of the cycle or month.
    A day that a month does not have means that month's last day.
    """

    unit: RecurUnit
    day: int | None = None
    month: int | None = None

    def __post_init__(self) -> None:
        span = MONTHS_PER_CYCLE.get(self.unit, 0)
        last_day = {RecurUnit.DAILY: 0, RecurUnit.WEEKLY: 7}.get(self.unit, 31)
        if self.day is not None and not 1 <= self.day <= last_day:
            raise ValueError(f"周期中没有第{self.day}天")
        if self.month is not None and (span < 2 or not 1 <= self.month <= span):
            raise ValueError(f"周期中没有第{self.month}个月")
        if self.month == span:
            object.__setattr__(self, "month", None)  # one way to say "the last month"

    def next_due(self, after: date) -> date:
        """The first due day later than `after`."""
        if self.unit is RecurUnit.DAILY:
            return after + timedelta(days=1)
        if self.unit is RecurUnit.WEEKLY:
            return after + timedelta(days=(((self.day or 7) - 1 - after.weekday() - 1) % 7) + 1)
        span = MONTHS_PER_CYCLE[self.unit]
        cycle_start = (after.month - 1) // span * span
        for first in (cycle_start, cycle_start + span):
            year_shift, month_index = divmod(first + (self.month or span) - 1, 12)
            due = day_in_month(after.year + year_shift, month_index + 1, self.day)
            if due > after:
                return due
        raise AssertionError("the next cycle always ends later")

    def display(self) -> str:
        name = _CYCLE_NAMES[self.unit]
        if self.unit is RecurUnit.DAILY:
            return name
        if self.unit is RecurUnit.WEEKLY:
            return name + (_WEEKDAYS[self.day - 1] if self.day else "末")
        if self.unit is RecurUnit.MONTHLY:
            return f"{name}{self.day}日前" if self.day else f"{name}底前"
        if self.month is None and self.day is None:
            return f"{name}末"
        if self.unit is RecurUnit.YEARLY:
            month = f"{self.month or 12}月"
        else:
            month = f"第{self.month or MONTHS_PER_CYCLE[self.unit]}个月"
        return f"{name}{month}{self.day}日前" if self.day else f"{name}{month}底前"


@dataclass(frozen=True)
class Deadline:
    """One reading of a deadline cell; `written` keeps the cell, `note` tells what was assumed or is wrong."""

    kind: DeadlineKind
    due: date | None
    written: str
    recur: Recurrence | None = None
    note: str = ""
    period: Period | None = None

    @property
    def reading(self) -> tuple[DeadlineKind, date | None, Recurrence | None, Period | None]:
        """What was understood, without the words it was understood from."""
        return self.kind, self.due, self.recur, self.period

    def next_due(self, after: date) -> date | None:
        """The first due day later than `after` for a recurring deadline; for the others simply `due`."""
        return self.recur.next_due(after) if self.recur else self.due

    def current_due(self, today: date) -> date | None:
        """The due day that counts today: `today` itself when a recurring deadline falls on it."""
        return self.recur.next_due(today - timedelta(days=1)) if self.recur else self.due

    def display(self) -> str:
        """The reading in plain words; reading them again gives the same reading. UNREAD shows the cell."""
        if self.kind is DeadlineKind.OPEN:
            return "持续推进"
        if self.recur:
            return self.recur.display()
        if self.period:
            return self.period.display()
        if self.due is None:
            return self.written
        year, month, day = self.due.year, self.due.month, self.due.day
        match self.kind:
            case DeadlineKind.MONTH if day in (10, 20):
                return f"{year}年{month}月{'上' if day == 10 else '中'}旬"
            case DeadlineKind.MONTH:
                return f"{year}年{month}月底前"
            case DeadlineKind.QUARTER:
                return f"{year}年第{'一二三四'[(month - 1) // 3]}季度"
            case DeadlineKind.HALF_YEAR:
                return f"{year}年{'上' if month <= 6 else '下'}半年"
            case DeadlineKind.YEAR:
                return f"{year}年底前"
        return f"{year}年{month}月{day}日"


def period_end(start: date, period: Period, calendar: WorkCalendar) -> date:
    """The last day of a period that begins with an event on `start`.

    The day of the event is not counted (民法典 art. 201); months end on the corresponding day, or the month's
    last day where there is none (art. 202); a last day of rest gives way to the next working day (art. 203).
    """
    if period.basis is DayBasis.WORKING:
        return calendar.add_workdays(start, period.count)
    try:
        if period.basis is DayBasis.MONTH:
            years, month_index = divmod(start.month - 1 + period.count, 12)
            end = day_in_month(start.year + years, month_index + 1, start.day)
        else:
            end = start + timedelta(days=period.count)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"从{start}起的{period.display()}超出了可以表示的日期") from error
    return calendar.roll_end(end)


def day_in_month(year: int, month: int, day: int | None) -> date:
    last = month_lengths.monthrange(year, month)[1]
    return date(year, month, min(day or last, last))
