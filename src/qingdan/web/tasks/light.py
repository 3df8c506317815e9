"""The light: what a task's dates and reports say about it today, with the reason in words. Pure; stores nothing.

Three facts stay apart: the unit's forecast (an input here), this light, and the office's judgement (not an input).
The levels follow common practice in local supervision offices (normal, near the limit, at risk, late); which days
count as near is the task's own tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingdan.standards.deadlines import DeadlineKind, read_deadline
from qingdan.standards.workdays import WorkCalendar, unpublished_note


class Light(models.TextChoices):
    """The levels, from settled to late."""

    DONE = "done", gettext_lazy("已办结")
    NORMAL = "normal", gettext_lazy("正常")
    NEAR = "near", gettext_lazy("临期")
    WARN = "warn", gettext_lazy("预警")
    LATE = "late", gettext_lazy("逾期")
    OPEN = "open", gettext_lazy("未设期限")

    @property
    def css(self) -> str:
        """The light's name in the stylesheet and in charts."""
        return {"warn": "warning", "open": "none"}.get(self.value, self.value)


# Worst first: how an item's light follows from its tasks'.
SEVERITY = (Light.LATE, Light.WARN, Light.NEAR, Light.OPEN, Light.NORMAL, Light.DONE)


@dataclass(frozen=True, slots=True)
class LightFacts:
    """What the light is computed from, as it stood on one day.

    ``due_written`` is read again only for recurring deadlines; ``expected_since`` is the day from which reports were
    expected (the issue of the first list with the task), None when none is expected.
    """

    due_on: date | None = None
    due_kind: str = ""
    due_written: str = ""
    closed: str = ""
    closed_label: str = ""
    finished_on: date | None = None
    forecast: str = ""
    reported_on: date | None = None
    expected_since: date | None = None
    tolerance_days: int | None = None
    override: str = ""
    override_reason: str = ""
    override_until: date | None = None


@dataclass(frozen=True, slots=True)
class LightReading:
    """A light with its reason."""

    light: Light
    reason: str


def read_light(
    facts: LightFacts, today: date, calendar: WorkCalendar, *, near_days: int = 7, stale_weeks: int = 2
) -> LightReading:
    """The light of a task on ``today``. ``near_days`` is the office's default tolerance in natural days,
    ``stale_weeks`` after how many weeks without a report a task is at risk."""
    if facts.override and facts.override_until and today <= facts.override_until:
        reason = _("目督办调整：%(reason)s（有效至%(day)s）")
        return LightReading(
            Light(facts.override), reason % {"reason": facts.override_reason, "day": _day(facts.override_until)}
        )
    if facts.closed:
        return LightReading(Light.DONE, _closed_reason(facts))
    due = facts.due_on
    if facts.due_kind == DeadlineKind.RECURRING:
        due = read_deadline(facts.due_written, reference=today).current_due(today)
    if due is not None and today > due:
        days = (today - due).days
        return LightReading(Light.LATE, _("已超过完成时限%(day)s %(n)d天") % {"day": _day(due), "n": days})
    if facts.forecast == "no":
        return LightReading(Light.WARN, _("责任单位预估不能按时办结"))
    last = facts.reported_on or facts.expected_since
    if last is not None and (today - last).days > stale_weeks * 7:
        return LightReading(Light.WARN, _("已%(n)d天未报送进展") % {"n": (today - last).days})
    if due is None:
        return LightReading(Light.OPEN, facts.due_written or _("未设完成时限"))
    left = (due - today).days
    near = left <= (near_days if facts.tolerance_days is None else facts.tolerance_days)
    if facts.forecast == "unsure":
        level = Light.WARN if near else Light.NEAR
        return LightReading(level, _("责任单位不确定能否按时办结，距时限%(n)d天") % {"n": left})
    remark = unpublished_note(calendar, today, due)
    workdays = calendar.workdays_between(today, due)
    reason = _("距完成时限%(day)s还有%(n)d天（%(w)d个工作日）") % {"day": _day(due), "n": left, "w": workdays}
    return LightReading(Light.NEAR if near else Light.NORMAL, f"{reason}；{remark}" if remark else reason)


def worst(lights: list[Light]) -> Light:
    """The light of an item over its tasks: the worst of them; without tasks it is open."""
    return min(lights, key=SEVERITY.index, default=Light.OPEN)


def _closed_reason(facts: LightFacts) -> str:
    if facts.closed != "done" or facts.finished_on is None:
        return facts.closed_label
    text = _("%(day)s办结") % {"day": _day(facts.finished_on)}
    if facts.due_on and facts.finished_on > facts.due_on:
        return text + _("，超过时限%(n)d天") % {"n": (facts.finished_on - facts.due_on).days}
    return text + _("，按时") if facts.due_on else text


def _day(day: date) -> str:
    return _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}
