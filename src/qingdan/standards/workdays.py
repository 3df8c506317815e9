"""Working days in China: ordinary weeks, statutory holidays and make-up weekend days (补班).

The State Council publishes the arrangement of each year late in the year before. A year without a
published arrangement is computed by weekends alone, and `unpublished_note` says so in words.
Periods are counted as the Civil Code counts them: the day of the event is not counted (民法典 art. 201),
and a period whose last day is a day of rest ends on the next working day (art. 203).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate

_FIRST_ORDINAL = date.min.toordinal()  # 0001-01-01, a Monday
_LAST_ORDINAL = date.max.toordinal()


class DayKind(StrEnum):
    """What a day is, as the State Council's yearly notice sorts days."""

    WORKDAY = "workday"
    RESTDAY = "restday"  # an ordinary weekend day
    HOLIDAY = "holiday"  # a day off by the notice, weekday or weekend
    MAKEUP = "makeup"  # a weekend day that is worked (补班)

    @property
    def is_worked(self) -> bool:
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    DayKind.WORKDAY: "工作日",
    DayKind.RESTDAY: "周末",
    DayKind.HOLIDAY: "放假",
    DayKind.MAKEUP: "补班",
}


class UnpublishedYear(ValueError):
    """The holiday arrangement of the year is not known. `year` holds it; the text is for users."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年放假安排尚未公布或未收录，请在工作日历中维护")
        self.year = year


class WorkCalendar:
    """Answers every question about working days; immutable, and O(log n) whatever the distance.

    `days` holds the days that differ from the plain week (it may also repeat plain days);
    `published_years` are the years whose arrangement is complete.
    """

    __slots__ = ("_days", "_ordinals", "_published", "_shifts")

    def __init__(self, days: Mapping[date, DayKind], published_years: Collection[int]) -> None:
        self._days: dict[date, DayKind] = {day: DayKind(kind) for day, kind in sorted(days.items())}
        self._published = frozenset(published_years)
        # Working days up to a date = weekdays up to it (arithmetic) + sum of the shifts up to it.
        changes = [
            (day.toordinal(), int(kind.is_worked) - int(_plain_kind(day).is_worked)) for day, kind in self._days.items()
        ]
        self._ordinals = [ordinal for ordinal, _ in changes]
        self._shifts = [0, *accumulate(shift for _, shift in changes)]

    @classmethod
    def seeded(cls, years: Iterable[int] | None = None) -> "WorkCalendar":
        """A calendar of the built-in arrangements: of `years`, or of all that are known."""
        chosen = published_years() if years is None else tuple(years)
        days: dict[date, DayKind] = {}
        for year in chosen:
            days |= seed_days(year)
        return cls(days, chosen)

    def __repr__(self) -> str:
        return f"<WorkCalendar {len(self._days)} days, published {sorted(self._published)}>"

    def kind(self, day: date) -> DayKind:
        """The kind of the day: as published, else by weekday."""
        return self._days.get(day) or _plain_kind(day)

    def is_workday(self, day: date) -> bool:
        return self.kind(day).is_worked

    def is_published(self, year: int) -> bool:
        return year in self._published

    def unpublished_years(self, start: date, end: date) -> tuple[int, ...]:
        """The years from `start` to `end` (both included, in any order) without an arrangement."""
        first, last = sorted((start.year, end.year))
        return tuple(year for year in range(first, last + 1) if year not in self._published)

    def add_workdays(self, start: date, n: int) -> date:
        """The n-th working day after `start`, or before it when `n` is negative; `start` for 0.

        The day of the event is not counted (民法典 art. 201), whether it is a working day or not.
        Raises ValueError when the answer lies outside the years 1 to 9999.
        """
        if n == 0:
            return start
        origin = start.toordinal()
        target = self._count(origin) + n if n > 0 else self._count(origin - 1) + n + 1
        if target < 1 or target > self._count(_LAST_ORDINAL):
            raise ValueError(f"从{start}起推算{n}个工作日，超出了可以表示的日期")
        # The first day up to which `target` days are worked. Holidays are far less than half of any
        # stretch, so a bound close by nearly always holds; the ends of time are the fallback.
        low, high = (origin + 1, origin + 2 * n + 40) if n > 0 else (origin + 2 * n - 40, origin - 1)
        low, high = max(low, _FIRST_ORDINAL), min(high, _LAST_ORDINAL)
        if self._count(high) < target:
            high = _LAST_ORDINAL
        if low > _FIRST_ORDINAL and self._count(low - 1) >= target:
            low = _FIRST_ORDINAL
        while low < high:
            middle = (low + high) // 2
            if self._count(middle) >= target:
                high = middle
            else:
                low = middle + 1
        return date.fromordinal(low)

    def workdays_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and including `b`; negative when `b` is before `a`."""
        return self._count(b.toordinal()) - self._count(a.toordinal())

    def next_workday(self, day: date) -> date:
        """`day` itself when it is worked, else the first working day after it."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def previous_workday(self, day: date) -> date:
        """`day` itself when it is worked, else the last working day before it."""
        return day if self.is_workday(day) else self.add_workdays(day, -1)

    def week_workdays(self, monday: date) -> list[date]:
        """The worked days of the seven days from `monday` on; empty in a week that is all holiday."""
        week = (monday + timedelta(days=offset) for offset in range(7))
        return [day for day in week if self.is_workday(day)]

    def roll_end(self, day: date) -> date:
        """The last day of a statutory period: a day of rest gives way to the next working day.

        民法典 art. 203.
        """
        return self.next_workday(day)

    def _count(self, ordinal: int) -> int:
        """Working days from 0001-01-01 up to and including the day of this ordinal."""
        weeks, rest = divmod(ordinal, 7)
        return 5 * weeks + min(rest, 5) + self._shifts[bisect_right(self._ordinals, ordinal)]


def _plain_kind(day: date) -> DayKind:
    return DayKind.WORKDAY if day.weekday() < 5 else DayKind.RESTDAY


def published_years() -> tuple[int, ...]:
    """The years whose arrangement chinesecalendar knows, ascending."""
    from chinese_calendar import constants

    return tuple(sorted({day.year for day in constants.holidays}))


def seed_days(year: int) -> dict[date, DayKind]:
    """The days of `year` that the State Council's arrangement singles out: days off and make-up days.

    Raises UnpublishedYear for a year that chinesecalendar does not know.
    """
    from chinese_calendar import constants

    if year not in published_years():
        raise UnpublishedYear(year)
    days = {day: DayKind.HOLIDAY for day in constants.holidays if day.year == year}
    days |= {day: DayKind.MAKEUP for day in constants.workdays if day.year == year}
    return dict(sorted(days.items()))


def unpublished_note(calendar: WorkCalendar, start: date, end: date) -> str:
    """The remark owed to the reader of a date computed between `start` and `end`.

    Empty when every year touched is published, else "2027年放假安排尚未公布，暂按周末推算".
    """
    years = calendar.unpublished_years(start, end)
    if not years:
        return ""
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        named = f"{years[0]}年至{years[-1]}年"
    else:
        named = "、".join(f"{year}年" for year in years)
    return f"{named}放假安排尚未公布，暂按周末推算"
