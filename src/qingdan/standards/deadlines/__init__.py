"""The "完成时限" cell of a ledger, read into a typed deadline; and periods counted from an event.

`due` is always the last day on which the thing is still in time. Law settles 以内 and 届满 (they include the
number, 民法典 art. 1259); for 前 and 底前 this package follows the usage of government lists, where "7月20日前"
means by the end of 20 July: the day itself is included, and the note of the reading says so.

A date without a year gets the first year that puts its last day no more than six months before `reference`
(the month or day of the list the ledger belongs to): a July list reads 1月底 as last January, 12月 as this December,
a November list reads 3月底 as next March. 年内, 年底 and 全年 mean the year of `reference`.
"""

from qingdan.standards.deadlines.kinds import (
    DayBasis,
    Deadline,
    DeadlineKind,
    Period,
    Recurrence,
    RecurUnit,
    period_end,
)
from qingdan.standards.deadlines.reading import read_deadline

__all__ = [
    "DayBasis",
    "Deadline",
    "DeadlineKind",
    "Period",
    "RecurUnit",
    "Recurrence",
    "period_end",
    "read_deadline",
]
