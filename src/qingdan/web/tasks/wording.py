"""What readers of the log need of this app: the Chinese names of its verbs, objects and facts, who sees which object,
and which of its verbs put a person's decision in the place of a rule's."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.errors import Text
from qingdan.web.common.wording import ObjectName, register_facts, register_objects, register_verbs
from qingdan.web.trust.hands import by_hand
from qingdan.web.trust.readers import register_readers
from qingdan.web.units.models import User

from .light import Light
from .models import (
    Closure,
    EscalationRule,
    Forecast,
    ImportBatch,
    ListLine,
    Problem,
    ReportPeriod,
    ReportVersion,
    Source,
    Tag,
    Task,
)

PLANS = {
    "tasks.add_campaign": _("新增攻坚行动"),
    "tasks.add_tag": _("新增标签"),
    "tasks.add_source": _("新增任务来源"),
    "tasks.add_plan": _("新增行动计划"),
    "tasks.set_plan": _("修改行动计划"),
    "tasks.add_item": _("新增大项"),
    "tasks.add_task": _("新增任务"),
    "tasks.add_subtask": _("增加子任务"),
    "tasks.change_task": _("修改任务"),
    "tasks.change_deadline": _("调整时限"),
}
LISTS = {
    "tasks.draft_edition": _("编制清单草稿"),
    "tasks.refresh_draft": _("更新清单草稿"),
    "tasks.set_line": _("确定清单行的去留"),
    "tasks.add_line": _("手工列入清单"),
    "tasks.issue": _("印发清单"),
    "tasks.drop_draft": _("放弃清单草稿"),
}
REPORTS = {
    "tasks.open_period": _("开放填报"),
    "tasks.save_draft": _("保存周报草稿"),
    "tasks.attach_evidence": _("添加佐证材料"),
    "tasks.detach_evidence": _("去掉佐证材料"),
    "tasks.submit": _("签发并报送周报"),
    "tasks.submit_on_behalf": _("代录周报"),
    "tasks.return_report": _("退回周报"),
    "tasks.urge": _("催报"),
}
FOLLOWING = {
    "tasks.problem_assigned": _("交办问题"),
    "tasks.problem_answered": _("答复问题"),
    "tasks.problem_solved": _("确认问题解决"),
    "tasks.problem_reopened": _("重新交办问题"),
    "tasks.request_extension": _("申请延期"),
    "tasks.decide_extension": _("审批延期"),
    "tasks.close_task": _("办结"),
    "tasks.reopen_task": _("重新打开"),
    "tasks.judge": _("研判"),
    "tasks.override_light": _("调整灯号"),
    "tasks.end_override": _("恢复系统灯号"),
    "tasks.escalate": _("触发升级通知"),
    "tasks.set_rule": _("修改升级规则"),
    "tasks.seed_rungs": _("写入内置升级规则"),
}
FILES = {
    "tasks.start_import": _("上传台账"),
    "tasks.set_import_mapping": _("确定导入列"),
    "tasks.set_import_answers": _("裁定导入疑问"),
    "tasks.ask_for_units": _("请求登记单位"),
    "tasks.apply_import": _("导入台账"),
    "tasks.drop_import": _("放弃导入"),
    "tasks.export": _("导出文件"),
}

OBJECTS = {
    "tasks.campaign": ObjectName(_("攻坚行动"), "tasks:campaign"),
    "tasks.escalationnotice": ObjectName(_("升级通知")),
    "tasks.escalationrule": ObjectName(_("升级规则")),
    "tasks.importbatch": ObjectName(_("导入批次")),
    "tasks.item": ObjectName(_("大项")),
    "tasks.listedition": ObjectName(_("任务清单"), "tasks:edition"),
    "tasks.listline": ObjectName(_("清单行")),
    "tasks.plan": ObjectName(_("行动计划"), "tasks:plan"),
    "tasks.problem": ObjectName(_("问题"), "tasks:problem"),
    "tasks.reportdraft": ObjectName(_("周报草稿")),
    "tasks.reportperiod": ObjectName(_("周报周次"), "tasks:missing"),
    "tasks.reportversion": ObjectName(_("周报"), "tasks:report"),
    "tasks.source": ObjectName(_("任务来源")),
    "tasks.tag": ObjectName(_("标签")),
    "tasks.task": ObjectName(_("任务"), "tasks:task"),
}

# The facts that the history on a task's page shows.
MAIN_FACTS: dict[str, Text] = {
    "reason": _("理由"), "note": _("说明"), "new": _("新时限"), "old": _("原时限"), "deadline": _("完成时限"),
    "work": _("工作内容"), "light": _("灯号"), "expires_on": _("有效至"), "forecast": _("研判"),
    "finished_on": _("完成日期"), "document": _("文号"),
}  # fmt: skip
FACTS: dict[str, Text] = {
    # A report in the order in which it is written.
    "unit": _("单位"), "task": _("任务"), "version": _("版次"), "late": _("迟报"), "no_change": _("本周无变化"),
    "progress": _("进展情况"), "percent": _("完成比例（%）"), "quantity": _("已完成数量"),
    "claims_done": _("申请办结"), "forecast": _("预估"), "reason": _("理由"), "advice": _("建议"),
    "problem": _("需要区委区政府解决的问题"), "reports": _("周报"),
    # A task and its list.
    "work": _("工作内容"), "leads": _("牵头单位"), "responsible": _("责任单位"), "supporters": _("配合单位"),
    "deadline": _("完成时限"), "old": _("原时限"), "new": _("新时限"), "moved_from": _("此前时限"), "key": _("重点"),
    "tags": _("标签"), "sources": _("任务来源"), "change": _("变动"), "removal": _("移出原因"),
    "approver": _("批准人"), "plan": _("行动计划"), "edition": _("任务清单"), "previous": _("上期清单"),
    "month": _("月份"), "lines": _("行数"), "added": _("新增行数"), "dropped": _("去掉行数"), "closed": _("随之办结"),
    "level": _("层级"), "starts_on": _("开始日期"), "ends_on": _("结束日期"),
    # What follows.
    "light": _("灯号"), "expires_on": _("有效至"), "finished_on": _("完成日期"), "document": _("文号"),
    "owner": _("承办单位"), "due_on": _("截止日"), "opens_on": _("开放日"), "skipped": _("免报原因"),
    "rule": _("升级规则"), "trigger": _("起算"), "workdays": _("工作日"), "recipient": _("通知对象"),
    "active": _("启用"), "matter": _("事项"), "missing": _("未报项数"), "told": _("通知人数"), "note": _("说明"),
    # Files.
    "names": _("名称"), "files": _("文件"), "file": _("文件校验值"), "reference": _("所属月份"), "period": _("周次"),
    "units": _("单位"), "matches": _("对应的任务"), "tasks": _("任务"), "leave_out": _("不导入的行"),
    "take_in": _("恢复导入的行"), "counts": _("行数统计"), "conditions": _("条件"), "revision": _("保存次数"),
    "digest": _("内容校验值"),
}  # fmt: skip
CODES: dict[str, dict[str, Text]] = {
    "change": dict(ListLine.Change.choices), "forecast": dict(Forecast.choices), "light": dict(Light.choices),
    "removal": dict(ListLine.Removal.choices), "trigger": dict(EscalationRule.Trigger.choices),
    "kind": {
        **dict(Closure.Kind.choices), **dict(ImportBatch.Kind.choices), **dict(Source.Kind.choices),
        **dict(Tag.Kind.choices),
    },
    "level": dict(Source.Level.choices),
}  # fmt: skip


def periods(user: User) -> QuerySet[Any]:
    """What is recorded of a week holds every report submitted with it: for those who see all of them."""
    return ReportPeriod.objects.all() if user.standing.sees_all else ReportPeriod.objects.none()


def register() -> None:
    """Called once when the app is ready."""
    register_verbs("tasks.plans", _("计划与任务"), PLANS)
    register_verbs("tasks.lists", _("任务清单"), LISTS)
    register_verbs("tasks.reports", _("周报"), REPORTS)
    register_verbs("tasks.following", _("督查"), FOLLOWING)
    register_verbs("tasks.files", _("导入导出"), FILES)
    register_objects(OBJECTS)
    register_facts(FACTS, CODES)
    register_readers("tasks.task", Task.objects.visible_to)
    register_readers("tasks.problem", Problem.objects.visible_to)
    register_readers("tasks.reportversion", ReportVersion.objects.visible_to)
    register_readers("tasks.reportperiod", periods)
    _by_hand()


def _by_hand() -> None:
    by_hand("tasks.override_light", _("灯号由时限和周报计算得出"), "reason")
    by_hand("tasks.end_override", _("灯号由时限和周报计算得出"), "reason")
    by_hand("tasks.change_deadline", _("完成时限按清单执行，延期须由单位申请"), "reason")
    by_hand("tasks.change_task", _("完成时限按清单执行，延期须由单位申请"), "reason", only_with="moved_from")
    by_hand("tasks.apply_import", _("完成时限按清单执行，延期须由单位申请"), "reason", only_with="reason")
    by_hand("tasks.set_line", _("下月清单由未办结和新增任务自动编出"), "reason")
    by_hand("tasks.add_line", _("下月清单由未办结和新增任务自动编出"), "reason")
    by_hand("tasks.set_import_answers", _("台账各行由系统对应到单位和任务"))
    by_hand("tasks.set_rule", _("提醒和升级按规则逐级触发"))
