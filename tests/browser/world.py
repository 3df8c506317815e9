"""The made-up district that the browser tests look at; run in the installation's own process.

``python world.py people``: units, and one person for each role, all with the password ``PASSWORD``. ``python
world.py work``: on top of them plans, an issued list, three report weeks and what followed from them, with long names
where a page could break. Prints JSON: ids, and one session per person.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bulk import SINCE, session, told
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from qingdan.web.common import clock
from qingdan.web.common.calendar import seed_calendar
from qingdan.web.tasks.models import ListEdition, Problem, ReportVersion, Tag, Task
from qingdan.web.tasks.services import following, imports, lists, plans, reports
from qingdan.web.tasks.services.plans import TaskSpec
from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User

PASSWORD = "Shown-in-2017"
LONG = "区现代农业与新型城镇化融合发展示范园区（川菜产业化功能区）管理委员会办公室"
PEOPLE = {
    "officer": (Role.SUPERVISOR, "区目督办"),
    "head": (Role.SUPERVISION_HEAD, "区目督办"),
    "leader": (Role.LEADER, "区委区政府"),
    "reporter": (Role.REPORTER, "区住建局"),
    "signer": (Role.SIGNER, "区住建局"),
    "reporter2": (Role.REPORTER, LONG),
    "signer2": (Role.SIGNER, LONG),
    "discipline": (Role.DISCIPLINE, "区纪委监察局"),
    "embedded": (Role.EMBEDDED, "区住建局"),
    "sysadmin": (Role.SYSTEM_ADMIN, "区政务信息中心"),
    "secadmin": (Role.SECURITY_ADMIN, "区政务信息中心"),
    "auditor": (Role.AUDIT_ADMIN, "区政务信息中心"),
}


@transaction.atomic
def people() -> dict[str, Any]:
    """Units and people."""
    # A dozen accounts with one public password: a slow hash would protect nothing.
    PBKDF2PasswordHasher.iterations = 1000
    seed_calendar(None)
    for name in ("区农林局", "区规建局", "郫筒街道办事处"):
        _unit(name)
    made = {}
    for username, (role, about) in PEOPLE.items():
        home = _unit("派驻纪检监察组") if role == Role.EMBEDDED else _unit(about)
        post = Post.objects.create(unit=home, title=f"{role.label}岗", duty="按职责办理", integrity_duty="如实填报")
        watched = _unit(about) if role == Role.EMBEDDED else None
        PostRole.objects.create(post=post, role=role, since=SINCE, unit=watched)
        user = User.objects.create_user(
            username, PASSWORD, name=f"{role.label}甲", must_change_password=False, password_changed_at=clock.now()
        )
        Holding.objects.create(post=post, user=user, since=SINCE)
        made[username] = session(user)
    told()
    return {"sessions": made}


def _unit(name: str) -> Unit:
    unit, _ = Unit.objects.get_or_create(name=name, defaults={"code": f"U{Unit.objects.count():03}"})
    return unit


@contextmanager
def on(day: date) -> Any:
    """Within it is that day; people's rights are read anew, as for each request."""
    with clock.at(day):
        yield {name: User.objects.get(username=name) for name in PEOPLE}


def work() -> dict[str, Any]:
    """Plans, lists, reports and what followed."""
    bureau, park = _unit("区住建局"), _unit(LONG)
    with on(date(2017, 5, 31)) as by:
        officer = by["officer"]
        campaign = plans.add_campaign(officer, "“中优”“西控”战略攻坚月", date(2017, 7, 1), date(2017, 7, 31))
        tag = plans.add_tag(officer, Tag.Kind.STRATEGY, "“西控”")
        made: list[Task] = []
        for number, lead in enumerate((bureau, park), 1):
            name = f"第{number}项国家中心城市西部生态功能区绿色发展和产业转型升级行动计划"
            plan = plans.add_plan(officer, name, leads=[lead], campaign=campaign)
            for one in range(1, 4):
                item = plans.add_item(officer, plan, f"大项{number}-{one}：加快推进重大基础设施和公共服务设施建设")
                for each in range(1, 4):
                    words = f"完成第{number}{one}{each}号人才公寓及配套道路、管网、绿化{each * 60}套的施工并交付使用"
                    spec = TaskSpec(
                        work=words, leads=[lead], responsible=[_unit("区农林局"), _unit("区规建局")], key=each == 1,
                        supporters=[_unit("郫筒街道办事处")], deadline=("7月31日前", "7月10日前", "8月底前")[each - 1],
                        reference=date(2017, 6, 1), tags=[tag],
                    )  # fmt: skip
                    made.append(plans.add_task(officer, item, spec))
    _issue(date(2017, 5, 31), date(2017, 6, 1))
    _issue(date(2017, 6, 30), date(2017, 7, 1))
    for monday in (date(2017, 6, 26), date(2017, 7, 3), date(2017, 7, 10)):
        _week(monday, bureau, park, made)
    with on(date(2017, 7, 11)) as by:
        head, officer = by["head"], by["officer"]
        following.override_light(
            officer, made[2], light="normal", reason="现场核实，进度正常", expires_on=date(2017, 7, 28)
        )
        following.judge(officer, made[0], forecast="no", note="资金缺口未落实，预计不能按时")
        following.request_extension(by["signer"], made[0], bureau, deadline="8月15日前", reason="设计变更，重新招标")
        problem = Problem.objects.first()
        assert problem is not None
        following.assign_problem(officer, problem, _unit("区规建局"), date(2017, 7, 20), text="请限期研究")
        closed = following.close_task(
            officer, made[5], kind="done", note="现场核实已交付", finished_on=date(2017, 7, 8)
        )
        version = ReportVersion.objects.filter(period__monday=date(2017, 7, 3)).first()
        assert version is not None
        draft = lists.draft_edition(officer, date(2017, 8, 1), campaign=campaign)
    with on(date(2017, 7, 12)) as by:
        batch = imports.start_import(by["officer"], _ledger(), reference=date(2017, 7, 1))
        edition = ListEdition.objects.get(month=date(2017, 7, 1))
        assert head and closed
        return {
            "task": made[0].pk, "plan": made[0].item.plan_id, "edition": edition.pk, "draft": draft.pk,
            "previous": ListEdition.objects.get(month=date(2017, 6, 1)).pk, "batch": batch.pk,
            "period": version.period_id + 1, "version": version.pk, "problem": problem.pk, "unit": bureau.pk,
            "campaign": campaign.pk, "extension": made[0].extensions.get().pk,
        }  # fmt: skip


def _issue(day: date, month: date) -> None:
    with on(day) as by:
        lists.issue(by["head"], lists.draft_edition(by["officer"], month), approver="区委主要领导")


def _week(monday: date, bureau: Unit, park: Unit, tasks: list[Task]) -> None:
    """Most tasks are reported; the newest week is written in part and signed in part."""
    newest = monday == date(2017, 7, 10)
    with on(monday) as by:
        period = reports.open_period(by["officer"], monday)
    day = date(2017, 7, 12) if newest else date.fromordinal(monday.toordinal() + 3)
    with on(day) as by:
        for number, task in enumerate(tasks):
            unit, who = (bureau, "reporter") if number < len(tasks) // 2 else (park, "reporter2")
            if number % 5 == 4 or (newest and number % 2):
                continue
            cannot = number % 3 == 0
            reports.save_draft(
                by[who], period, task, unit,
                {"progress": f"{monday:%m-%d}当周：完成主体结构{number * 5}%，正在安装管线，" * 2, "percent": number,
                 "forecast": "no" if cannot else "yes", "reason": "资金未到位" if cannot else "",
                 "advice": "建议区财政局优先保障" if cannot else "",
                 "problem": "请协调电力迁改" if number == 0 else "无"},
            )  # fmt: skip
        if not newest:
            reports.submit(by["signer"], period, bureau)
            reports.submit(by["signer2"], period, park)


def _ledger() -> SimpleUploadedFile:
    return SimpleUploadedFile("7月台账.xlsx", ledger())


def ledger() -> bytes:
    """A small messy workbook: a title, merged items, a sub-total, a date in words, a unit that nobody knows."""
    import io

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("7月")
    rows: list[list[Any]] = [
        ["“中优”“西控”战略7月行动计划任务清单"],
        ["填报单位：区目督办", None, None, None, None, "截至2017年7月"],
        ["序号", "大项", "工作内容", "牵头单位", "责任单位", "完成时限"],
        ["人才安居行动计划"],
        [1, "人才公寓建设", "建成人才公寓624套", "区住建局", "区规建局", "7月31日前"],
        [2, None, "完成配套道路3.2公里", "区住建局", "区农林局、区规建局", "7月 底前"],
        ["小计", None, "2项"],
        [3, "园区招商", "签约亿元以上项目3个", "区招商办", "区农林局", "8月15日前"],
    ]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value)
    sheet.merge_range(0, 0, 0, 5, rows[0][0])
    sheet.merge_range(3, 0, 3, 5, rows[3][0])
    sheet.merge_range(4, 1, 5, 1, rows[4][1])
    book.close()
    return buffer.getvalue()


if __name__ == "__main__":
    print(json.dumps({"people": people, "work": work}[sys.argv[1]]()))
