"""What happens in the demo, day by day, each step by the person whose work it is and through the same services."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from qingdan.web.common import clock
from qingdan.web.common.calendar import seed_calendar
from qingdan.web.tasks.expected import expected_reports
from qingdan.web.tasks.imports.preview import preview_of
from qingdan.web.tasks.imports.rows import Action
from qingdan.web.tasks.models import (
    Campaign,
    Closure,
    ListEdition,
    ListLine,
    Plan,
    Problem,
    ReportPeriod,
    Source,
    Tag,
    Task,
)
from qingdan.web.tasks.services import following, imports, lists, plans, reports

from . import people as people_of
from .district import PLANS, STRATEGIES, ZONES
from .ledger import workbook
from .people import People
from .work import Work, all_work, as_typed

# Fridays with reports; the last week of July misses two units.
JUNE_FRIDAYS = (date(2017, 6, 16), date(2017, 6, 23), date(2017, 6, 30))
JULY_FRIDAYS = (date(2017, 7, 7), date(2017, 7, 14), date(2017, 7, 21), date(2017, 7, 28))
NOW = datetime(2017, 8, 3, 9, 0)
JUNE_TITLE = "“中优”“西控”战略6月行动计划任务清单"
JULY_TITLE = "“中优”“西控”战略7月行动计划新增任务"


@dataclass
class Told:
    """What the demo did, for the summary."""

    rows_in: int = 0
    tasks: int = 0
    reports: int = 0
    editions: list[ListEdition] = field(default_factory=list)


def load(say: Callable[[str], None]) -> Told:
    """Play the demo's summer into an empty database; ``say`` gets one line for each step."""
    told = Told()
    with transaction.atomic():
        with clock.at(date(2017, 5, 22)):
            seed_calendar(None)
            people = people_of.load(date(2017, 1, 1))
            say(f"单位、岗位和账号：{len(people.units)}个单位，{len(people.reporters)}个填报单位")
            campaign = _campaign(people)
        work = all_work()
        rng = Random(7)  # noqa: S311 - how a clerk types, the same every time
        june = [w for w in work if w.in_june or not w.in_july]
        with clock.at(datetime_of(date(2017, 5, 31), 9)):
            told.rows_in += _import(people, "6月行动计划任务台账.xlsx", JUNE_TITLE, june, month=6, rng=rng)
            _dress(people, campaign, work)
        with clock.at(datetime_of(date(2017, 5, 31), 16)):
            told.editions.append(_issue(people, date(2017, 6, 1), campaign))
        say(f"导入6月台账{told.rows_in}行，印发6月任务清单")
    for friday in JUNE_FRIDAYS:
        told.reports += _week(people, friday, work)
    with transaction.atomic():
        _close_of_june(people, work)
        with clock.at(datetime_of(date(2017, 6, 30), 10)):
            new = [w for w in work if w.in_july and not w.in_june]
            told.rows_in += _import(people, "7月新增任务.xlsx", JULY_TITLE, new, month=7, rng=rng)
            _dress(people, campaign, work)
        with clock.at(datetime_of(date(2017, 6, 30), 16)):
            told.editions.append(
                _issue(people, date(2017, 7, 1), campaign, [w.work for w in work if w.removal == "deferred"])
            )
    say("印发7月任务清单：76个大项")
    for friday in JULY_FRIDAYS:
        told.reports += _week(people, friday, work)
        _office(people, friday, work)
        say(f"{friday:%m-%d} 周报：累计{told.reports}份")
    with transaction.atomic(), clock.at(datetime_of(date(2017, 7, 31), 15)):
        told.editions.append(_issue(people, date(2017, 8, 1), campaign))
    say("印发8月任务清单")
    _this_week(people, work)
    told.tasks = Task.objects.count()
    return told


def datetime_of(day: date, hour: int, minute: int = 0) -> datetime:
    """A local moment of the demo."""
    return clock.local(day, datetime.min.time().replace(hour=hour, minute=minute))


def _campaign(people: People) -> Campaign:
    strategies = [plans.add_tag(people.officer, Tag.Kind.STRATEGY, name) for name in STRATEGIES]
    for name in ZONES:
        plans.add_tag(people.officer, Tag.Kind.ZONE, name)
    meeting, city = Source.Kind.MEETING, Source.Level.CITY
    for title, written in (
        ("成都国家中心城市产业发展大会", ""),
        ("市委“中优”工作部署", ""),
        ("“西控”专题会", "7月中旬"),
    ):
        plans.add_source(people.officer, kind=meeting, level=city, title=title, date_written=written)
    return plans.add_campaign(people.officer, "“中优”“西控”战略攻坚月", date(2017, 7, 1), date(2017, 7, 31), strategies)


def _import(people: People, name: str, title: str, work: list[Work], *, month: int, rng: Random) -> int:
    """A clerk's workbook, uploaded, read and applied by the office as any other."""
    data = workbook(title, [as_typed(w, rng) for w in work])
    file = SimpleUploadedFile(name, data)
    batch = imports.start_import(people.officer, file, reference=date(2017, month, 1))
    # Rows that resemble a task of the same item are asked about; here each is a task of its own.
    alike = {row.key: "new" for row in preview_of(batch).ordered if row.action is Action.ASK}
    if alike:
        imports.set_answers(people.officer, batch, matches=alike)
    imports.apply_import(people.officer, batch)
    return len(work)


def _dress(people: People, campaign: Campaign, work: list[Work]) -> None:
    """What a ledger does not carry: leads of plans, tags and sources of tasks."""
    units = people.units
    for seed in PLANS:
        plan = Plan.objects.get(name=seed.name)
        if not plan.plan_leads.exists():
            leads = [units[code] for code in seed.leads]
            plans.set_plan(people.officer, plan, name=plan.name, leads=leads, campaign=campaign)
    strategies = list(Tag.objects.filter(kind=Tag.Kind.STRATEGY).order_by("pk"))
    zones = list(Tag.objects.filter(kind=Tag.Kind.ZONE).order_by("pk"))
    sources = list(Source.objects.order_by("pk"))
    by_words = {(w.item, w.work): w for w in work}
    for task in Task.objects.filter(tags__isnull=True).select_related("item").prefetch_related("assignments__unit"):
        found = by_words[task.item.name, task.work]
        # The west is guarded, the middle is improved; every seventh task serves both.
        tags = [zones[found.zone], strategies[1 if found.zone in {0, 2} else 0]]
        if task.pk % 7 == 0:
            tags = [zones[found.zone], *strategies]
        spec = replace(plans.spec_of(task), tags=tags, sources=[sources[task.pk % len(sources)]])
        plans.change_task(people.officer, task, spec)


def _issue(people: People, month: date, campaign: Campaign, deferred: Iterable[str] = ()) -> ListEdition:
    draft = lists.draft_edition(people.officer, month, campaign=campaign)
    for line in draft.lines.filter(task__work__in=deferred).exclude(change=ListLine.Change.REMOVED):
        reason = "前置条件尚不具备，顺延至下期"
        lists.set_line(people.officer, line, change="removed", removal="deferred", reason=reason)
    return lists.issue(people.head, draft, approver="区委区政府分管领导")


def _week(people: People, friday: date, work: list[Work]) -> int:
    """One reporting week: reporters write on Thursday, signers submit on Friday."""
    by_words = {(w.item, w.work): w for w in work}
    with transaction.atomic():
        with clock.at(datetime_of(friday - timedelta(days=4), 8)):
            period = reports.open_period(people.officer, friday)
        owed = expected_reports_at(period, friday)
        tasks = Task.objects.select_related("item").in_bulk({task for task, _unit in owed})
        units = {unit.pk: unit for unit in people.units.values()}
        missing = {people.units["AJ"].pk, people.units["SJJ"].pk} if friday == JULY_FRIDAYS[-1] else set()
        wanted = [(task, unit) for task, unit in owed if unit not in missing]
        with clock.at(datetime_of(friday - timedelta(days=1), 15)):
            for task_id, unit_id in wanted:
                found = by_words[tasks[task_id].item.name, tasks[task_id].work]
                content = content_of(
                    found, friday, collective_member=units[unit_id].name if found.lead == "GZJ" else ""
                )
                reports.save_draft(people.reporters[unit_id], period, tasks[task_id], units[unit_id], content)
        count = 0
        with clock.at(datetime_of(friday, 10)):
            for unit_id in dict.fromkeys(unit for _task, unit in wanted):
                count += len(reports.submit(people.signers[unit_id], period, units[unit_id]))
    return count


def expected_reports_at(period: ReportPeriod, friday: date) -> list[tuple[int, int]]:
    """The (task, unit) pairs owed, as seen on that Friday."""
    with clock.at(datetime_of(friday, 9)):
        return [(pair.task_id, pair.unit_id) for pair in expected_reports(period)]


def content_of(work: Work, friday: date, *, collective_member: str = "") -> dict[str, object]:
    """What the unit reports of a task in the week that ends on ``friday``."""
    percent = work.percent(friday)
    content: dict[str, object] = {
        "progress": work.progress(friday, unit=collective_member),
        "percent": percent,
        "forecast": "yes",
        "reason": "",
        "advice": "",
        "problem": "",
        "claims_done": percent >= 100,
    }
    if work.late and friday >= date(2017, 7, 14):
        content |= {"forecast": "no", "reason": work.reason, "advice": work.advice, "problem": work.problem}
    elif friday >= date(2017, 7, 21) and percent < 80 and work.deadline.startswith("7月") and not work.told:
        content["forecast"] = "unsure"
    return content


def _close_of_june(people: People, work: list[Work]) -> None:
    with clock.at(datetime_of(date(2017, 6, 29), 11)):
        kinds = {"done": Closure.Kind.DONE, "merged": Closure.Kind.MERGED, "cancelled": Closure.Kind.WITHDRAWN}
        first = {w.item: w for w in reversed(work) if w.in_july and w.in_june}
        for found in work:
            if found.in_july or found.removal not in kinds:
                continue
            task = Task.objects.get(item__name=found.item, work=found.work)
            into = Task.objects.filter(item__name=found.item, work=first[found.item].work).first()
            following.close_task(
                people.officer,
                task,
                kind=kinds[found.removal],
                note={"done": "查阅资料核实", "merged": "与同类任务合并推进", "cancelled": "任务条件变化，经批准取消"}[
                    found.removal
                ],
                finished_on=date(2017, 6, 27),
                merged_into=into,
                document="目督〔2017〕示例12号" if found.removal == "cancelled" else "",
            )


@transaction.atomic
def _office(people: People, friday: date, work: list[Work]) -> None:
    """What the office and the leaders do at the end of a week: verify, answer, extend, judge."""
    with clock.at(datetime_of(friday, 15)):
        open_tasks = Task.objects.open_at().select_related("item")
        by_words = {(task.item.name, task.work): task for task in open_tasks}
        for found in work:
            task = by_words.get((found.item, found.work))
            if task and found.in_july and found.finish <= friday:
                following.close_task(
                    people.officer,
                    task,
                    kind=Closure.Kind.DONE,
                    note="现场查看并核对佐证材料",
                    finished_on=found.finish,
                )
    if friday == date(2017, 7, 14):
        _answer_problems(people)
    if friday == date(2017, 7, 21):
        _extend(people, [found for found in work if found.late])


def _answer_problems(people: People) -> None:
    with clock.at(datetime_of(date(2017, 7, 17), 9)):
        for problem in Problem.objects.all():
            owner = people.units["FGJ"] if "资金" in problem.text else people.units["GJJ"]
            following.assign_problem(people.leader, problem, owner, date(2017, 7, 24), text="请抓紧研究答复")
    with clock.at(datetime_of(date(2017, 7, 20), 16)):
        first = Problem.objects.order_by("pk").first()
        if first:
            following.answer_problem(people.leader, first, text="已召开专题会，同意增加两处备选点位")
            following.solve_problem(people.officer, first, text="点位已公布，恢复签约")


def _extend(people: People, late: Iterable[Work]) -> None:
    for number, found in enumerate(late):
        task = Task.objects.select_related("item").get(item__name=found.item, work=found.work)
        unit = people.units[found.lead]
        with clock.at(datetime_of(date(2017, 7, 24), 9 + number)):
            if number < 4:
                request = following.request_extension(
                    people.reporters[unit.pk], task, unit, deadline="8月31日前", reason=found.reason
                )
                if number < 3:
                    following.decide_extension(
                        people.head, request, approved=number < 2, reason="情况属实" if number < 2 else "理由不充分"
                    )
            following.judge(people.officer, task, forecast="no", note="现场核查，与单位预估一致")


@transaction.atomic
def _this_week(people: People, work: list[Work]) -> None:
    """The week the demo lives in: open, a third of the units have submitted, some have begun."""
    with clock.at(datetime_of(date(2017, 7, 31), 16)):
        period = reports.open_period(people.officer, date(2017, 8, 3))
    by_words = {(w.item, w.work): w for w in work}
    units = {unit.pk: unit for unit in people.units.values()}
    friday = date(2017, 8, 4)
    owed = expected_reports_at(period, date(2017, 8, 2))
    order = list(dict.fromkeys(unit for _task, unit in owed))
    quiet = {people.units["GJJ"].pk, people.units["JKJ"].pk}  # for the visitor to report
    with clock.at(datetime_of(date(2017, 8, 2), 15)):
        for task_id, unit_id in owed:
            place = order.index(unit_id) % 3
            if unit_id in quiet or place == 2:
                continue
            task = Task.objects.select_related("item").get(pk=task_id)
            member = units[unit_id].name if by_words[task.item.name, task.work].lead == "GZJ" else ""
            content = content_of(by_words[task.item.name, task.work], friday, collective_member=member)
            reports.save_draft(people.reporters[unit_id], period, task, units[unit_id], content)
    with clock.at(datetime_of(date(2017, 8, 2), 17)):
        for place, unit_id in enumerate(order):
            if place % 3 == 0 and unit_id not in quiet:
                reports.submit(people.signers[unit_id], period, units[unit_id])
