"""The demo's tasks as data: their words, units, deadlines, and how far each is on any day. All from one fixed seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from .district import LATE, LATE_PROBLEMS, NAMES, PLANS, SYNTHETIC, UNITS, ItemSeed
from .ledger import LedgerTask, full_width
from .texts import progress_text, work_text

OTHER_NAMES = {code: names for code, _name, _kind, names in UNITS}

# Deadlines as written, with their share in a hundred.
DEADLINES = (
    ("7月底前", 26), ("7月31日前", 16), ("2017年7月28日", 10), ("7月25日前", 8), ("8月中旬", 8), ("8月31日前", 8),
    ("三季度", 7), ("9月底前", 5), ("年内", 4), ("每月28日前", 4), ("持续推进", 4),
)  # fmt: skip

LATER = {
    "8月中旬": date(2017, 8, 14),
    "8月31日前": date(2017, 8, 28),
    "三季度": date(2017, 9, 20),
    "9月底前": date(2017, 9, 22),
    "年内": date(2017, 11, 30),
}


@dataclass(frozen=True)
class Work:
    """One task of the demo and its course.

    ``start`` is the percentage on 1 June, ``finish`` the day on which it is done; ``late`` marks the five that cannot
    be in time on 14 July; ``in_june``/``in_july`` say on which lists it stands.
    """

    plan: str
    item: str
    kind: str
    work: str
    lead: str
    others: tuple[str, ...]
    deadline: str
    key: bool
    start: int
    finish: date
    zone: int
    in_june: bool = True
    in_july: bool = True
    told: str = ""
    reason: str = ""
    advice: str = ""
    problem: str = ""
    removal: str = ""

    @property
    def late(self) -> bool:
        return bool(self.reason)

    def percent(self, day: date) -> int:
        """How far the task is on ``day``, in per cent; 100 from its day of finish on."""
        first = date(2017, 6, 1)
        if day >= self.finish:
            return 100
        share = max(0.0, (day - first).days / max(1, (self.finish - first).days))
        return min(97, self.start + round((97 - self.start) * share))

    def progress(self, day: date, *, unit: str = "") -> str:
        """The progress text of the week that ends on ``day``."""
        if self.told and day >= min(self.finish, date(2017, 7, 14)):
            return self.told
        rng = Random(f"{self.work}{unit}{day.isocalendar().week}")  # noqa: S311
        return progress_text(self.kind, self.percent(day), rng)


def all_work() -> list[Work]:
    """Every task of the demo in list order, the June-only ones included."""
    rng = Random(20170714)  # noqa: S311 - made-up texts, the same every time
    late = {(name, place): (reason, advice) for name, place, reason, advice in LATE}
    found = []
    for plan in PLANS:
        for item in plan.items:
            short = item.name.removeprefix(SYNTHETIC)
            for place in range(1, item.tasks + 1):
                made = _work(plan.name, item, place, rng)
                if (short, place) in late:
                    reason, advice = late[short, place]
                    made = replace(
                        made, deadline="7月31日前", finish=date(2017, 8, 25), reason=reason, advice=advice,
                        in_june=True, problem=LATE_PROBLEMS.get(short, ""), key=True,
                    )  # fmt: skip
                found.append(made)
            if not item.named and rng.random() < 0.16:
                found.append(_june_only(plan.name, item, rng, sum(not work.in_july for work in found)))
    return found


def _work(plan: str, item: ItemSeed, place: int, rng: Random) -> Work:
    others = _others(item.lead, rng)
    if place <= len(item.named):
        told = item.named[place - 1]
        finish = date(2017, 7, 13) if told.done else date(2017, 7, 31)
        return Work(
            plan, item.name, item.kind, told.work, told.unit, others, told.deadline, True, 55, finish, item.zone,
            told=told.progress,
        )  # fmt: skip
    deadline = rng.choices([d for d, _ in DEADLINES], [share for _, share in DEADLINES])[0]
    finish = _finish(deadline, rng)
    work = work_text(item.kind, place - 1, rng)
    return Work(
        plan, item.name, item.kind, work, item.lead, others, deadline, rng.random() < 0.2, rng.randint(8, 45), finish,
        item.zone, in_june=rng.random() > 0.11,
    )  # fmt: skip


def _finish(deadline: str, rng: Random) -> date:
    """The day on which a task is really finished: mostly in time, a few early, a few late in July."""
    if deadline in {"持续推进", "每月28日前"}:
        return date(2017, 12, 31)
    if deadline.startswith(("7月", "2017年7月")):
        draw = rng.random()
        if draw < 0.12:
            return date(2017, 7, rng.randint(10, 13))
        return date(2017, 8, 2) if draw > 0.97 else date(2017, 7, rng.randint(18, 25))
    return LATER[deadline]


def _june_only(plan: str, item: ItemSeed, rng: Random, number: int) -> Work:
    removal = ("done", "done", "merged", "cancelled", "done", "deferred")[number % 6]
    work = f"完成{work_text(item.kind, number, rng).removeprefix('完成')}（6月任务）"
    return Work(
        plan, item.name, item.kind, work, item.lead, (), "6月底前", False, 60, date(2017, 6, 27), item.zone,
        in_july=False, removal=removal,
    )  # fmt: skip


def _others(lead: str, rng: Random) -> tuple[str, ...]:
    pool = [
        code
        for code, _name, kind, _names in UNITS
        if kind in {"bureau", "town", "office"} and code not in {lead, "MDB"}
    ]
    return tuple(rng.sample(pool, rng.choice((0, 1, 1, 2, 2, 3))))


def as_typed(work: Work, rng: Random) -> LedgerTask:
    """The ledger row of a task as a clerk typed it: old names, mixed separators, leads repeated, full-width digits."""
    lead = _name(work.lead, rng)
    others = [_name(code, rng) for code in work.others]
    if others and rng.random() < 0.25:
        others.insert(0, lead)
    text = rng.choice(("、", "、", "，", "; ")).join(others)
    if not others:
        text = rng.choice(("", "无"))
    elif rng.random() < 0.15:
        text += "按职责分工负责"
    deadline = full_width(work.deadline) if rng.random() < 0.2 else work.deadline
    return LedgerTask(work.plan, work.item, work.work, lead, text, deadline, work.key)


def _name(code: str, rng: Random) -> str:
    return rng.choice((NAMES[code], NAMES[code], NAMES[code], *OTHER_NAMES[code][:1]))
