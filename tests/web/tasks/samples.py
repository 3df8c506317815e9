"""A sample month of work for the walk over every address: made through the services, with one unit in everything.

What carries `MARK` is business of ``world.unit`` and (as far as it is not also marked `ALONE`) of ``world.support``;
nobody else's page may show it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile

from qingdan.web.common import attachments, clock
from qingdan.web.tasks.models import (
    Campaign,
    EscalationRule,
    ExtensionRequest,
    ImportBatch,
    Item,
    ListEdition,
    Plan,
    Problem,
    ReportPeriod,
    ReportVersion,
    Tag,
    Task,
)
from qingdan.web.tasks.services import escalation, following, imports, lists, plans, reports
from qingdan.web.tasks.services.plans import TaskSpec
from qingdan.web.units.models import Role

MARK, ALONE = "样本甲", "样本乙"


@dataclass
class Work:
    """The objects that the samples name."""

    campaign: Campaign
    plan: Plan
    item: Item
    shared: Task
    alone: Task
    june: ListEdition
    july: ListEdition
    draft: ListEdition
    period: ReportPeriod
    version: ReportVersion
    problem: Problem
    extension: ExtensionRequest
    rule: EscalationRule
    batch: ImportBatch
    evidence: int
    draft_file: int


def work(world: Any) -> Work:
    """The sample month, made at the first call."""
    if "work" not in world.shared:
        world.shared["work"] = _make(world)
    return world.shared["work"]


def _make(world: Any) -> Work:
    head, officer = world.users["supervision_head"], world.users["supervisor"]
    reporter, signer, unit = world.users["reporter"], world.users["signer"], world.unit
    with clock.at(date(2017, 5, 31)):
        tag = plans.add_tag(officer, Tag.Kind.STRATEGY, f"{MARK}战略")
        source = plans.add_source(officer, kind="document", level="district", title=f"{MARK}文件")
        campaign = plans.add_campaign(officer, f"{MARK}攻坚月", date(2017, 6, 1), date(2017, 8, 31), [tag])
        plan = plans.add_plan(officer, f"{MARK}行动计划", leads=[unit], campaign=campaign)
        item = plans.add_item(officer, plan, f"{MARK}大项")
        reference = date(2017, 7, 1)
        shared = plans.add_task(officer, item, TaskSpec(
            f"{MARK}公寓624套", [unit], "7月31日前", supporters=[world.support], tags=[tag], sources=[source],
            reference=reference,
        ))  # fmt: skip
        alone = plans.add_task(
            officer, item, TaskSpec(f"{MARK}{ALONE}道路3公里", [unit], "7月15日前", key=True, reference=reference)
        )
        june = lists.issue(head, _drafted(officer, date(2017, 6, 1), campaign), approver="区委主要领导")
    with clock.at(date(2017, 6, 30)):
        july = lists.issue(head, _drafted(officer, date(2017, 7, 1), campaign), approver="区委主要领导")
    with clock.at(date(2017, 7, 3)):
        before = reports.open_period(officer, date(2017, 7, 3))
        _report(world, before, shared, progress=f"{MARK}主体完工")
        _report(world, before, alone, progress=f"{MARK}{ALONE}路基完工")
        reports.submit(signer, before, unit)
    with clock.at(date(2017, 7, 12)):
        period = reports.open_period(officer, date(2017, 7, 12))
        file = attachments.store(reporter, ContentFile(f"{MARK}佐证".encode(), name=f"{MARK}佐证.txt"))
        _report(world, period, shared, evidence=[file], progress=f"{MARK}正在装修", forecast="no",
                reason=f"{MARK}原因", advice=f"{MARK}建议", problem=f"{MARK}供水尚未接通")  # fmt: skip
        (version,) = reports.submit(signer, period, unit, [shared.pk])
        # The other task is still being written, with a file beside it.
        _report(world, period, alone, progress=f"{MARK}{ALONE}尚在草稿")
        other_file = attachments.store(reporter, ContentFile(f"{ALONE}草图".encode(), name=f"{ALONE}草图.txt"))
        reports.attach_evidence(reporter, period, shared, unit, [other_file])
        problem = Problem.objects.get(report=version)
        following.assign_problem(officer, problem, unit, date(2017, 7, 20), text=f"{MARK}请尽快答复")
        following.judge(officer, shared, forecast="unsure", note=f"{MARK}现场核查")
        following.override_light(officer, shared, light="near", reason=f"{MARK}材料未齐", expires_on=date(2017, 7, 31))
        extension = following.request_extension(
            reporter, shared, unit, deadline="2017年8月20日前", reason=f"{MARK}供水未通"
        )
        rule = escalation.set_rule(
            head, None, trigger="task", workdays=-5, name="提前提醒", recipient=Role.SIGNER, key_only=False, active=True
        )
        assert escalation.climb(), "no rung was reached: the sample is without an escalation notice"
        draft = _drafted(officer, date(2017, 8, 1), campaign)
        batch = imports.start_import(officer, _ledger(), reference=date(2017, 7, 1))
    return Work(
        campaign, plan, item, shared, alone, june, july, draft, period, version, problem, extension, rule, batch,
        file.pk, other_file.pk,
    )  # fmt: skip


def _drafted(officer: Any, month: date, campaign: Campaign) -> ListEdition:
    return lists.draft_edition(officer, month, title=f"{MARK}{month.month}月清单", campaign=campaign)


def _report(world: Any, period: ReportPeriod, task: Task, *, evidence: Any = None, **content: Any) -> None:
    reports.save_draft(
        world.users["reporter"], period, task, world.unit, {"forecast": "yes", **content}, evidence=evidence
    )  # fmt: skip


def _ledger() -> ContentFile:
    """A workbook with one new task of a unit that nobody knows."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("7月")
    for row, cells in enumerate([
        ["行动计划", "大项", "工作内容", "牵头单位", "完成时限"],
        [f"{MARK}行动计划", f"{MARK}大项", f"{MARK}导入的新工作", "示例未登记局", "7月31日前"],
    ]):  # fmt: skip
        sheet.write_row(row, 0, cells)
    book.close()
    return ContentFile(buffer.getvalue(), name=f"{MARK}台账.xlsx")


SAMPLES = {
    # the weekly report
    "period_id": lambda world: work(world).period.pk,
    "task_id": lambda world: work(world).shared.pk,
    "file_id": lambda world: work(world).draft_file,
    "version_id": lambda world: work(world).version.pk,
    "rule_id": lambda world: work(world).rule.pk,
    "common:attachment.pk": lambda world: work(world).evidence,
    # plans
    **{f"tasks:{name}.pk": lambda world: work(world).plan.pk for name in ("plan", "plan-edit", "item-new")},
    "tasks:task-new.pk": lambda world: work(world).item.pk,
    # tasks and what follows from them
    **{
        f"tasks:{name}.pk": lambda world: work(world).shared.pk
        for name in (
            "task", "task-edit", "subtask-new", "task-judge", "task-light", "task-light-end", "task-extend",
            "task-deadline", "task-close", "task-reopen",
        )
    },
    **{
        f"tasks:{name}.pk": lambda world: work(world).problem.pk
        for name in ("problem", "problem-assign", "problem-answer", "problem-solve")
    },
    "tasks:extension.pk": lambda world: work(world).extension.pk,
    # lists: reading an issued one, changing a draft
    **{
        f"tasks:{name}.pk": lambda world: work(world).july.pk
        for name in (
            "edition", "edition-diff", "edition-diff-file", "three-lists", "list-file", "booklet", "overview-of",
            "overview-rows", "overview-counts", "overview-file",
        )
    },
    **{
        f"tasks:{name}.pk": lambda world: work(world).draft.pk
        for name in ("edition-refresh", "edition-issue", "edition-drop", "line-new")
    },
    "tasks:line.pk": lambda world: work(world).draft.lines.get(task=work(world).shared).pk,
    "tasks:campaign.pk": lambda world: work(world).campaign.pk,
    "other": lambda world: work(world).june.pk,
    "tasks:booklet.kind": lambda world: "docx",
    "tasks:overview-file.kind": lambda world: "xlsx",
    # imports
    **{
        f"tasks:{name}.pk": lambda world: work(world).batch.pk
        for name in (
            "import", "import-rows", "import-columns", "import-units", "import-ask-units", "import-answers",
            "import-apply", "import-drop", "import-refused", "import-file",
        )
    },
}  # fmt: skip
