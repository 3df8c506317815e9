"""Report weeks: Monday to Sunday, named within the month that holds their Thursday.

The Thursday rule is ISO 8601 (GB/T 7408) carried over from years to months: a week belongs where most of
its days are. It makes 10 to 16 July 2017 the second week of July, as the district's own reports call it.
"""

from datetime import date, timedelta


def monday_of(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def week_of_month(day: date) -> tuple[int, int, int]:
    """Year, month and number (from 1) of the week that holds `day`."""
    thursday = monday_of(day) + timedelta(days=3)
    return thursday.year, thursday.month, (thursday.day - 1) // 7 + 1


def week_label(day: date) -> str:
    """'2017年7月第2周' for any day of that week."""
    year, month, number = week_of_month(day)
    return f"{year}年{month}月第{number}周"


def weeks_of_month(month: date) -> list[date]:
    """The Mondays of the four or five weeks that belong to the month of `month`."""
    first = monday_of(month.replace(day=1))
    mondays = (first + timedelta(weeks=offset) for offset in range(6))
    return [monday for monday in mondays if week_of_month(monday)[:2] == (month.year, month.month)]
