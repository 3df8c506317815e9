"""A campaign's effect (P-37): before and after, from data alone, each figure with the formula it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from qingdan.standards.weeks import monday_of
from qingdan.web.common import clock
from qingdan.web.units.models import User

from .expected import reporting_by_unit
from .models import Campaign, Problem, ProblemStep, ReportPeriod
from .overview import statistics


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure before and after, with how it was counted. None: there is no data to count."""

    name: str
    before: str | None
    after: str | None
    formula: str


@dataclass(frozen=True, slots=True)
class Effect:
    """The report: from which day to which, and the figures."""

    start: date
    end: date
    figures: list[Figure]


def effect_of(user: User, campaign: Campaign) -> Effect | None:
    """What the data says about ``campaign`` between the first and the last report day of it; None before any list."""
    edition = campaign.editions.issued().filter(month__lte=campaign.ends_on, month__gte=campaign.starts_on).first()
    if edition is None:
        return None
    first, last = campaign.starts_on, min(campaign.ends_on, clock.today())
    one_week = min(last, monday_of(first) + timedelta(days=6))
    early, late = statistics(user, edition, one_week), statistics(user, edition, last)
    raised = Problem.objects.visible_to(user).filter(
        raised_at__lte=clock.end_of(last), raised_at__gte=clock.local(first)
    )
    solved = ProblemStep.objects.filter(
        problem__in=raised, kind=ProblemStep.Kind.SOLVED, at__lte=clock.end_of(last)
    ).values("problem").distinct()  # fmt: skip
    figures = [
        Figure(
            _("已办结任务"),
            _share(early.done, early.tasks),
            _share(late.done, late.tasks),
            _("清单中经目督办核实办结的任务数 ÷ 清单任务总数"),
        ),
        Figure(
            _("不能按时办结的任务"),
            _share(early.not_in_time_tasks, early.tasks),
            _share(late.not_in_time_tasks, late.tasks),
            _("未办结且单位预估“不能”或已逾期的任务数 ÷ 清单任务总数"),
        ),
        Figure(
            _("涉及不能按时办结任务的大项"),
            _share(early.not_in_time_items, early.items),
            _share(late.not_in_time_items, late.items),
            _("含有上述任务的大项数 ÷ 大项总数（与任务分母不同，不相加）"),
        ),
        Figure(_("按期报送率"), *_punctuality(first, last), _("截止时刻前报送的周报份数 ÷ 应报份数，首周与末周")),
        Figure(
            _("提请区委区政府解决的问题"),
            _("发现 %d 个") % raised.count(),
            _("解决 %d 个") % solved.count(),
            _("期间周报提出的问题数；其中经目督办确认解决的问题数"),
        ),
    ]
    return Effect(first, last, figures)


def _share(part: int, whole: int) -> str | None:
    return f"{part} / {whole}（{part / whole:.1%}）" if whole else None


def _punctuality(first: date, last: date) -> tuple[str | None, str | None]:
    # A week still running says nothing yet.
    periods = list(
        ReportPeriod.objects.filter(monday__gte=first, due_on__lt=clock.today(), due_on__lte=last).order_by("monday")
    )
    if not periods:
        return None, None
    return _in_time(periods[0]), _in_time(periods[-1])


def _in_time(period: ReportPeriod) -> str | None:
    owed = sum(row.owed for row in reporting_by_unit(period))
    in_time = period.versions.filter(late=False).values("unit", "task").distinct().count()
    return _share(in_time, owed)
