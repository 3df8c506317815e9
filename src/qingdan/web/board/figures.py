"""The figures of the leaders' page, as of a day, over what the reader may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from qingdan.standards.weeks import monday_of
from qingdan.web.common import clock
from qingdan.web.tasks import overview
from qingdan.web.tasks.expected import edition_in_force, expected_reports
from qingdan.web.tasks.facts import period_of
from qingdan.web.tasks.light import Light
from qingdan.web.tasks.models import (
    Campaign,
    ExtensionRequest,
    Forecast,
    ListEdition,
    Plan,
    Problem,
    ProblemStep,
    ReportPeriod,
    ReportVersion,
    Tag,
    Task,
)
from qingdan.web.tasks.overview import Filters, Row, Statistics
from qingdan.web.units.models import Role, Unit, User

KEY_SHOWN = 10
UNITS_SHOWN = 12
OWN_SHOWN = 100


@dataclass(frozen=True)
class Asked:
    """Which list on which day. ``day`` None: now."""

    user: User
    edition: ListEdition | None
    day: date | None
    campaign: Campaign | None

    @property
    def on(self) -> date:
        return self.day or clock.today()

    def link(self, **conditions: object) -> str:
        """The overview with ``conditions``, as of the same day."""
        if self.edition is None:
            return reverse("tasks:overview")
        given = {"day": self.day.isoformat() if self.day else "", **conditions}
        text = urlencode({key: value for key, value in given.items() if value})
        address = reverse("tasks:overview-of", args=[self.edition.pk])
        return f"{address}?{text}" if text else address


def has_business(user: User) -> bool:
    """Whether the person sees any task at all; administrators do not."""
    standing = user.standing
    return standing.sees_all or bool(standing.units(Role.REPORTER, Role.SIGNER, Role.EMBEDDED))


def campaigns(user: User) -> list[Campaign]:
    """The campaigns that have an issued list."""
    issued = ListEdition.objects.visible_to(user).issued().exclude(campaign=None)
    return list(Campaign.objects.filter(pk__in=issued.order_by().values("campaign")))


def asked(user: User, day: date | None, campaign: Campaign | None) -> Asked:
    """The list in force on ``day``; with a campaign the newest of its lists by then."""
    on = day or clock.today()
    visible = ListEdition.objects.visible_to(user).issued()
    if campaign is not None:
        edition = (
            visible.filter(campaign=campaign, issued_at__lte=clock.end_of(on)).order_by("-month", "-version").first()
        )
    else:
        in_force = edition_in_force(on)
        edition = visible.filter(pk=in_force.pk).first() if in_force else None
    return Asked(user, edition, day, campaign)


def figures(wanted: Asked) -> dict[str, Any]:
    """Everything that the page shows of ``wanted``; its edition is not None."""
    edition = wanted.edition
    assert edition is not None  # noqa: S101 - the caller asked
    counts = overview.statistics(wanted.user, edition, wanted.day)
    plans = _by_plan(wanted, counts)
    trend = _trend(wanted)
    return {
        "counts": counts,
        "tiles": _tiles(wanted, counts),
        "plans": plans,
        "plan_chart": _chart_of_lights(_("各行动计划任务灯号"), plans, horizontal=True),
        "units": _by_unit(wanted, counts),
        "tags": _by_tag(wanted, counts),
        "trend": trend,
        "trend_chart": {
            "kind": "bar", "title": _("各周预估"), "stacked": True, "labels": [each["label"] for each in trend],
            "series": [
                {"name": _("能"), "data": [each["yes"] for each in trend], "light": "normal"},
                {"name": _("不确定"), "data": [each["unsure"] for each in trend], "light": "near"},
                {"name": _("不能"), "data": [each["no"] for each in trend], "light": "warning"},
            ],
            "links": [each["url"] for each in trend],
        },
        "key_late": _key_late(wanted),
        "key_url": wanted.link(key="on", cannot="on"),
        # What waits for approval is a matter of today; a past day's page does not speak of it.
        "pending_extensions": 0 if wanted.day else _pending_extensions(wanted.user),
    }  # fmt: skip


def _pending_extensions(user: User) -> int:
    return ExtensionRequest.objects.visible_to(user).filter(decision=None).count()


def _tiles(wanted: Asked, counts: Statistics) -> list[dict[str, Any]]:
    of = _("大项 %(n)d / %(all)d")

    def tile(css: str, label: str, value: int, note: str, **conditions: object) -> dict[str, Any]:
        return {"css": css, "label": label, "value": value, "note": note, "url": wanted.link(**conditions)}

    def light(each: Light, label: str, note: str = "") -> dict[str, Any]:
        items = of % {"n": counts.item_lights[each], "all": counts.items}
        return tile(each.css, label, counts.task_lights[each], f"{items}{note}", light=each.value)

    problems = problem_counts(wanted)
    why = (
        _("；%d项未说明原因或建议") % counts.without_reason_or_advice
        if counts.without_reason_or_advice
        else (_("；均有原因和建议") if counts.not_in_time_tasks else "")
    )
    return [
        tile("accent", _("任务"), counts.tasks, _("大项 %d 个") % counts.items),
        light(Light.DONE, _("已办结"), _("；按时 %d") % counts.finished_in_time),
        light(Light.NORMAL, _("正常推进")),
        light(Light.NEAR, _("临期")),
        light(Light.WARN, _("预警")),
        light(Light.LATE, _("逾期")),
        tile("warning", _("不能按时办结"), counts.not_in_time_tasks,
             of % {"n": counts.not_in_time_items, "all": counts.items} + why, cannot="on"),
        {"css": "near", "label": _("需要解决的问题"), "value": problems["open"],
         "note": _("待交办 %(new)d，逾期未答复 %(overdue)d") % problems,
         "url": reverse("tasks:problems") + "?state=open"},
        tile("none", _("本周未报"), counts.unreported, _("未办结任务中"), unreported="on"),
    ]  # fmt: skip


def problem_counts(wanted: Asked) -> dict[str, int]:
    """The problems open on the day: all, without owner, with a late answer."""
    moment = clock.end_of(wanted.on)
    seen: Any = Problem.objects.visible_to(wanted.user).filter(raised_at__lte=moment).with_state(moment)
    found = [(problem.state, problem.answer_due) for problem in seen.order_by()]
    waiting = {ProblemStep.Kind.ASSIGNED, ProblemStep.Kind.REOPENED}
    return {
        "open": sum(state != ProblemStep.Kind.SOLVED for state, _due in found),
        "new": sum(not state for state, _due in found),
        "overdue": sum(state in waiting and due is not None and due < wanted.on for state, due in found),
    }


def _line(name: str, counter: Counter[str], url: str) -> dict[str, Any]:
    tasks = counter["tasks"]
    return {
        "name": name,
        "url": url,
        "tasks": tasks,
        "items": counter["items"],
        "lights": [
            {"css": light.css, "label": light.label, "n": counter[light], "share": 100 * counter[light] / tasks}
            for light in Light
        ],
        "done": counter[Light.DONE],
        "late": counter[Light.LATE],
        "not_in_time": counter["not_in_time"],
    }


def _by_plan(wanted: Asked, counts: Statistics) -> list[dict[str, Any]]:
    ids = dict(Plan.objects.filter(name__in=counts.by_plan).values_list("name", "pk"))
    return [_line(name, found, wanted.link(plan=ids.get(name, ""))) for name, found in counts.by_plan.items()]


def _by_unit(wanted: Asked, counts: Statistics) -> list[dict[str, Any]]:
    ids = dict(Unit.objects.filter(name__in=counts.by_unit).values_list("name", "pk"))
    ordered = sorted(
        counts.by_unit.items(), key=lambda pair: (-pair[1]["not_in_time"], -pair[1][Light.LATE], -pair[1]["tasks"])
    )
    return [_line(name, found, wanted.link(unit=ids.get(name, ""))) for name, found in ordered]


def _by_tag(wanted: Asked, counts: Statistics) -> list[dict[str, Any]]:
    found = []
    for kind in Tag.Kind:
        lines = [
            _line(tag.name, counts.by_tag[tag.name], wanted.link(tag=tag.pk))
            for tag in Tag.objects.filter(kind=kind)
            if tag.name in counts.by_tag
        ]
        if lines:
            found.append({"label": kind.label, "lines": lines})
    return found


def _chart_of_lights(title: str, lines: list[dict[str, Any]], *, horizontal: bool) -> dict[str, Any]:
    return {
        "kind": "bar", "title": title, "stacked": True, "horizontal": horizontal, "unit": _("项"),
        "labels": [line["name"] for line in lines],
        "series": [
            {"name": str(light.label), "light": light.css, "data": [line["lights"][n]["n"] for line in lines]}
            for n, light in enumerate(Light)
            if any(line["lights"][n]["n"] for line in lines)
        ],
        "links": [line["url"] for line in lines],
    }  # fmt: skip


def _trend(wanted: Asked) -> list[dict[str, Any]]:
    """The forecasts as they stood at the due day of each report week of the list's month, up to the day."""
    edition = wanted.edition
    assert edition is not None  # noqa: S101
    last = min(wanted.on, edition.month_end + timedelta(days=7))
    weeks = ReportPeriod.objects.filter(due_on__gte=edition.month, monday__lte=last).order_by("monday")
    found = []
    for week in weeks:
        day = min(week.due_on or week.sunday, wanted.on)
        counts = overview.statistics(wanted.user, edition, None if day == clock.today() else day)
        found.append(
            {
                "day": day,
                "label": _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day},
                "yes": counts.forecasts[Forecast.YES],
                "no": counts.forecasts[Forecast.NO],
                "unsure": counts.forecasts[Forecast.UNSURE],
                "silent": counts.forecasts[""],
                "done": counts.done,
                "late": counts.late,
                "url": Asked(wanted.user, edition, day if day < clock.today() else None, None).link(),
            }
        )
    return found


def _key_late(wanted: Asked) -> list[Row]:
    assert wanted.edition is not None  # noqa: S101
    return overview.rows(wanted.user, wanted.edition, wanted.day, Filters(key=True, cannot=True), limit=KEY_SHOWN)


def own_work(user: User) -> dict[str, Any] | None:
    """What a unit's own people owe this week; None for people without a unit's role."""
    units = user.standing.reporting_units
    if not units:
        return None
    period = period_of(clock.today())
    if period is not None and period.monday < monday_of(clock.today()):
        period = None
    owed = expected_reports(period, units=units) if period else []
    accepted = set(
        ReportVersion.objects.not_returned().filter(period=period, unit__in=units).values_list("unit_id", "task_id")
        if period
        else ()
    )
    missing = [pair.task_id for pair in owed if (pair.unit_id, pair.task_id) not in accepted]
    return {
        "period": period,
        "writes": bool(user.standing.units(Role.REPORTER)),
        "owed": len(owed),
        "missing": len(missing),
        "missing_tasks": Task.objects.visible_to(user).filter(pk__in=missing).with_deadline()[:OWN_SHOWN],
    }
