"""Reminders and the escalation ladder: rungs are data, counted in working days, each climbed once for a due date.

An approved extension gives a task a new due date and so a new ladder; a report or a closing ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from qingdan.standards.weeks import monday_of, week_label
from qingdan.web.common import clock, values
from qingdan.web.common.calendar import unpublished_banner, work_calendar
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.inbox import notify
from qingdan.web.common.models import Notification
from qingdan.web.common.rights import require
from qingdan.web.units.models import Post, Role, Unit, User
from qingdan.web.units.roles import UNIT_ROLES, people_with

from .. import rights
from ..expected import edition_in_force, reporting_by_unit
from ..models import EscalationNotice, EscalationRule, Problem, ProblemStep, ReportPeriod, Task
from ..overview import statistics

Trigger = EscalationRule.Trigger
# A due date longer ago than this many days is history: no new rung is climbed for it.
HORIZON_DAYS = 60


@dataclass(frozen=True)
class Matter:
    """Something due from a unit by a day: what a ladder stands on. ``name`` names it together with its due date."""

    name: str
    text: str
    unit: Unit
    due_on: date
    url: str
    key: bool = False
    task: Task | None = None
    period: ReportPeriod | None = None


def climb() -> list[EscalationNotice]:
    """Climb every rung that is reached today and tell its recipients; running it again adds nothing."""
    if not values.get("escalation"):
        return []
    made = []
    today = clock.today()
    matters = {
        Trigger.REPORT: list(_reports(today)),
        Trigger.TASK: list(_tasks(today)),
        Trigger.PROBLEM: list(_problems(today)),
    }
    for rule in EscalationRule.objects.filter(active=True):
        for matter in matters[Trigger(rule.trigger)]:
            if (matter.key or not rule.key_only) and _reached(rule, matter.due_on, today):
                try:
                    notice = _take_rung(rule, matter)
                except IntegrityError:
                    continue  # another worker climbed this rung at the same moment
                if notice:
                    made.append(notice)
    return made


def rung_day(due_on: date, workdays: int) -> date:
    """The day a rung is reached: ``workdays`` working days after the due date, or before it when negative."""
    calendar = work_calendar()
    return calendar.add_workdays(due_on, workdays) if workdays else due_on


def _reached(rule: EscalationRule, due_on: date, today: date) -> bool:
    day = rung_day(due_on, rule.workdays)
    # A reminder ahead of the date makes no sense after it.
    return day <= today <= due_on if rule.workdays < 0 else day <= today


@transaction.atomic
def _take_rung(rule: EscalationRule, matter: Matter) -> EscalationNotice | None:
    if EscalationNotice.objects.filter(rule=rule, matter=matter.name).exists():
        return None
    title = f"【{rule.name}】{matter.text}"
    duty = duty_of(matter.unit)
    text = (f"{title}。{duty}" if duty else title)[:500]
    notice = EscalationNotice.objects.create(
        rule=rule, rule_name=rule.name, unit=matter.unit, task=matter.task, period=matter.period, matter=matter.name,
        text=text, at=clock.now(),
    )  # fmt: skip
    about = matter.unit if rule.recipient in UNIT_ROLES else None
    kind = Notification.Kind.REMINDER if rule.workdays <= 0 else Notification.Kind.ESCALATION
    told = people_with(rule.recipient, about)
    notify(told, key=f"rung:{rule.pk}:{matter.name}", title=title, body=duty, url=matter.url, kind=kind)
    record(None, "tasks.escalate", notice, rule=rule.name, unit=matter.unit, matter=matter.name, told=len(told))
    return notice


def duty_of(unit: Unit) -> str:
    """Which posts of ``unit`` answer for its reports, and with what duty: a rung names the unit and the duty."""
    posts = Post.objects.filter(
        unit=unit, roles__role__in=UNIT_ROLES, closed_on__isnull=True, roles__until__isnull=True
    ).distinct()
    named = [f"{post.title}（{post.duty}）" if post.duty else post.title for post in posts]
    return _("责任岗位：%s") % "；".join(named) if named else ""


def _said(day: date | None) -> str:
    """A day counted in working days; one in a year not published yet says so."""
    remark = unpublished_banner(day.year) if day else ""
    return f"{day}（{remark}）" if remark else f"{day}"


def _reports(today: date) -> Iterator[Matter]:
    periods = ReportPeriod.objects.filter(
        due_on__isnull=False, monday__gte=today - timedelta(days=21), opens_on__lte=today
    )
    for period in periods:
        due = period.due_on
        assert due is not None  # noqa: S101 - filtered above
        for row in reporting_by_unit(period):
            if row.missing:
                text = _("%(unit)s%(week)s周报尚有%(n)d项未报送（截止%(day)s）") % {
                    "unit": row.unit.name, "week": week_label(period.monday), "n": row.missing, "day": _said(due),
                }  # fmt: skip
                name = f"report:{period.pk}:{row.unit.pk}:{due}"
                yield Matter(name, text, row.unit, due, reverse("tasks:my-reports"), period=period)


def _tasks(today: date) -> Iterator[Matter]:
    edition = edition_in_force(today)
    if edition is None:
        return
    lines = {line.task_id: line for line in edition.lines.standing_lines().select_related("lead_unit")}
    # The annotated columns are unknown to the type checker.
    tasks: QuerySet[Any] = Task.objects.open_at().with_deadline().filter(lines__edition=edition)
    near = tasks.filter(due_on__gte=today - timedelta(days=HORIZON_DAYS), due_on__lte=today + timedelta(days=30))
    for task in near.select_related("item"):
        line = lines.get(task.pk)
        if line is None or line.lead_unit is None:
            continue
        due = task.due_on
        text = _("%(unit)s“%(work)s”完成时限%(day)s") % {
            "unit": line.lead_unit.name, "work": task.work[:60], "day": due,
        }  # fmt: skip
        url = reverse("tasks:task", args=[task.pk])
        yield Matter(f"task:{task.pk}:{due}", text, line.lead_unit, due, url, key=task.key, task=task)


def _problems(today: date) -> Iterator[Matter]:
    last = ProblemStep.objects.filter(problem=OuterRef("pk")).order_by("-at", "-id")
    waiting = Problem.objects.annotate(last=Subquery(last.values("kind")[:1])).filter(
        last__in=(ProblemStep.Kind.ASSIGNED, ProblemStep.Kind.REOPENED)
    )
    for problem in waiting.select_related("task"):
        step = problem.steps.filter(owner__isnull=False).select_related("owner").order_by("-at", "-id").first()
        if step and step.owner and step.due_on and step.due_on >= today - timedelta(days=HORIZON_DAYS):
            text = _("%(unit)s承办的问题“%(text)s”答复期限%(day)s") % {
                "unit": step.owner.name, "text": problem.text[:60], "day": step.due_on,
            }  # fmt: skip
            url = reverse("tasks:problem", args=[problem.pk])
            name = f"problem:{problem.pk}:{step.due_on}"
            yield Matter(name, text, step.owner, step.due_on, url, key=True, task=problem.task)


@transaction.atomic
def set_rule(
    actor: User, rule: EscalationRule | None, *, trigger: str, workdays: int, name: str, recipient: str, key_only: bool,
    active: bool,
) -> EscalationRule:  # fmt: skip
    """Add a rung (``rule`` None) or change one. Rungs already climbed keep the words they were climbed with."""
    require(rights.may_decide(actor))
    if trigger not in Trigger.values or recipient not in Role.values or not name.strip():
        raise DomainError(_("升级规则"), _("起算、级别或通知对象为空。"), _("请补齐后保存。"))
    if not -30 <= workdays <= 60:
        raise DomainError(_("工作日"), _("须在提前30日至逾期60日之间。"), _("请核对天数。"), field="workdays")
    rule = rule or EscalationRule()
    rule.trigger, rule.workdays, rule.name, rule.recipient = trigger, workdays, name.strip(), recipient
    rule.key_only, rule.active = key_only, active
    rule.save()
    record(
        actor, "tasks.set_rule", rule, trigger=trigger, workdays=workdays, name=name, recipient=recipient, active=active
    )  # fmt: skip
    return rule


def tell_opening(period: ReportPeriod) -> int:
    """Tell reporters that the week is open and how many reports they owe; each is told once."""
    if period.opens_on is None or clock.today() < period.opens_on:
        return 0
    count = 0
    for row in reporting_by_unit(period):
        if row.missing:
            title = _("%(week)s周报已开放，贵单位应报%(n)d项，%(day)s前报送") % {
                "week": week_label(period.monday), "n": row.owed, "day": _said(period.due_on),
            }  # fmt: skip
            url = reverse("tasks:my-reports")
            count += notify(
                people_with(Role.REPORTER, row.unit), key=f"open:{period.pk}:{row.unit.pk}", title=title, url=url
            )
    return count


@transaction.atomic
def urge(actor: User, period: ReportPeriod, unit: Unit, *, note: str = "") -> int:
    """The office urges a unit that still owes reports: reporters and signers are told, once a day at most.

    Returns how many people were told now.
    """
    require(rights.may_verify(actor))
    row = next((row for row in reporting_by_unit(period, units=[unit.pk]) if row.missing), None)
    if row is None:
        raise DomainError(unit.name, _("该周已报齐，无需催报。"), _("请刷新页面。"))
    people = [*people_with(Role.REPORTER, unit), *people_with(Role.SIGNER, unit)]
    if not people:
        raise DomainError(unit.name, _("该单位没有填报人和签发人账号。"), _("请电话联系，并代为上传填好的模板。"))
    title = _("请尽快报送%(week)s周报，尚有%(n)d项未报（截止%(day)s）") % {
        "week": week_label(period.monday), "n": row.missing, "day": _said(period.due_on),
    }  # fmt: skip
    told = notify(
        people, key=f"urge:{period.pk}:{unit.pk}:{clock.today()}", title=title, body=note,
        url=reverse("tasks:my-reports"), kind=Notification.Kind.URGE,
    )  # fmt: skip
    record(actor, "tasks.urge", period, unit=unit, missing=row.missing, told=told, note=note)
    return told


def tell_leaders(day: date) -> int:
    """The week in one line for each leader, with the way to the overview; each is told once a week."""
    edition = edition_in_force(day)
    period = ReportPeriod.objects.filter(monday=monday_of(day), due_on__isnull=False).first()
    if edition is None or period is None:
        return 0
    rows = reporting_by_unit(period)
    owed, missing = sum(row.owed for row in rows), sum(row.missing for row in rows)
    count = 0
    for leader in people_with(Role.LEADER):
        counts = statistics(leader, edition)
        title = _(
            "%(week)s：任务%(tasks)d项，预估不能按时办结或已逾期%(no)d项，待解决问题%(problems)d个；周报应报%(owed)d项，未报%(missing)d项"
        ) % {
            "week": week_label(period.monday), "tasks": counts.tasks, "no": counts.not_in_time_tasks,
            "problems": counts.open_problems, "owed": owed, "missing": missing,
        }  # fmt: skip
        url = reverse("tasks:overview-of", args=[edition.pk])
        count += notify([leader], key=f"week:{period.pk}", title=title, url=url)
    return count
