"""The acceptance rows of the task-list system: what each asks, and the page or command that shows it.

A place is the name of a page's address (``tasks:overview``), a command (``qd demo``), or a public function of a
library (``qingdan.sheets.read_ledgers``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row: its id, what it asks in a few words, where that is found; ``due`` when this system must show it."""

    id: str
    asks: str
    places: tuple[str, ...]
    due: bool = True


ROWS = (
    Row("P-01", "行动计划、大项、任务三级，由此生成任务清单", ("tasks:plans", "tasks:plan", "tasks:edition")),
    Row("P-02", "清单按月成版，印发即冻结", ("tasks:editions", "tasks:edition", "tasks:edition-issue")),
    Row("P-03", "工作内容、牵头单位、完成时限三项缺一不可印发", ("tasks:edition", "tasks:edition-issue")),
    Row("P-04", "每周报送：开放、截止、提醒、未报名单", ("tasks:periods", "tasks:missing", "tasks:my-reports")),
    Row("P-05", "进展情况，按周留存", ("tasks:report-edit", "tasks:task")),
    Row("P-06", "每周预估能否按时办结，事后可核对准不准", ("tasks:report-edit", "tasks:forecast-record")),
    Row("P-07", "预估不能的，原因和建议必填，服务器端检查", ("tasks:report-edit", "tasks:sign")),
    Row("P-08", "需要区委区政府解决的问题：单独建账，有承办、答复、状态", ("tasks:problems", "tasks:problem")),
    Row("P-09", "督查分日常、专项", ("tasks:task-edit", "tasks:task")),
    Row("P-10", "结果归入单位效能记录，可导出供考核", ("tasks:forecast-record", "tasks:unit-record-file")),
    Row("P-11", "战略标签，一项任务可属多项战略，可按战略汇总", ("tasks:task-edit", "tasks:overview")),
    Row("P-12", "任务来源：会议或文件、层级、日期，可追溯", ("tasks:source-new", "tasks:task")),
    Row("P-13", "计划与月份对照，任务可跨月延续", ("tasks:matrix",)),
    Row("P-14", "同一份数据出任务清单和工作台账", ("tasks:list-file", "tasks:overview-file")),
    Row("P-15", "牵头单位之外另有责任单位", ("tasks:task", "tasks:three-lists")),
    Row("P-16", "从周报汇集问题，逐周统计查摆和解决", ("tasks:problems", "tasks:problems-file")),
    Row("P-17", "四大功能区作为一个维度", ("tasks:task-edit", "tasks:overview")),
    Row("P-18", "十项计划只有三项有名，其余不编造名称", ("qd demo", "tasks:plans")),
    Row("P-19", "月末收集结果，由未完成和新增编出下月清单", ("tasks:edition-new", "tasks:edition")),
    Row("P-20", "每月一览表，每周状态均可调出", ("tasks:overview-of", "tasks:overview-file")),
    Row("P-21", "76个大项分页打印，表头重复，页码连续，约25页", ("tasks:overview-file", "qd demo")),
    Row("P-22", "一个大项含若干任务，导出时合并单元格", ("tasks:overview-of", "tasks:overview-file")),
    Row("P-23", "七列名称和次序在页面、Excel、Word、PDF中一致", ("tasks:overview-of", "tasks:overview-file")),
    Row("P-24", "一屏看清：总数、办结、按时、预警、逾期、待解决问题", ("home",)),
    Row("P-25", "逐月对照：新增、移出、调整、延续，有原因和批准人", ("tasks:edition-diff", "tasks:edition-diff-file")),
    Row("P-26", "移出原因：完成、合并、取消、顺延", ("tasks:line", "tasks:edition")),
    Row("P-27", "攻坚月有自己的统计", ("tasks:campaign",)),
    Row("P-28", "任一过去日期，重现当日报表", ("tasks:overview-of", "tasks:overview-file")),
    Row("P-29", "大项状态由其任务得出，“基本”不等于全部", ("tasks:overview-of", "home")),
    Row("P-30", "单位类型：局、办、委、镇街、公司、管委会", ("units:units", "units:unit")),
    Row("P-31", "量化目标、多步成果、没有终点的任务各有办结标准", ("tasks:task", "tasks:task-edit")),
    Row("P-32", "不能按时的任务逐项有原因和建议，缺一即提示", ("tasks:overview-of", "home")),
    Row("P-36", "每单位、每任务、每周一份有效周报，更正成新版", ("tasks:sign", "tasks:report", "tasks:report-return")),
    Row("P-37", "成效报告：前后对比全部出自数据", ("tasks:campaign",)),
    Row("P-48", "单位把任务分解为子任务和节点，逐级汇总", ("tasks:subtask-new", "tasks:task")),
    Row("P-49", "一项计划可有多个牵头单位", ("tasks:plan", "tasks:plan-edit")),
    Row("P-57", "每月一本任务清单汇编，Word和PDF", ("tasks:booklet",)),
    Row("P-58", "粘贴新闻时略去图片说明和下篇预告", ("tasks:import-text",)),
    Row("B-20", "由人改定规则所定事项的，逐项记录理由，按人计数，纪检可见", ("trust:hands", "trust:log")),
    Row("B-46", "谁看过受限材料有据可查（不打招呼检查的安排随督查一并做）", ("trust:log", "trust:history"), due=False),
    Row("B-44", "一事对应单位、岗位和职责", ("units:post", "tasks:three-lists")),
    Row("B-45", "任务清单、责任清单、进度清单是同一批行的三种视图", ("tasks:three-lists",)),
    Row("B-50", "指出雷同文字、连续无变化、重复填报", ("tasks:hints", "tasks:burden")),
    Row("B-51", "任务来源分中央、省、市、区", ("tasks:source-new", "tasks:task")),
    Row("B-57", "一个岗位同时有业务职责和廉政职责", ("units:post", "units:edit_post")),
    Row("B-39", "实际数是下限时，完成比例也写作下限（>50%）", ("qingdan.standards.quantities",), due=False),
    Row("B-58", "略去署名和客户端广告", ("tasks:import-text",), due=False),
    Row("P-55", "下限目标（30个以上），到30即达成", ("qingdan.standards.quantities",), due=False),
)
