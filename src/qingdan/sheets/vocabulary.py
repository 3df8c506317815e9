"""What the columns of ledgers are called, and how sure a header is.

The seven columns of the overview (工作内容 ... 需要区委区政府解决的问题) come first; the other names are those
of published ledgers of districts and counties.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache


class Field(StrEnum):
    """What a column means. The value is stable and may be stored; ``label`` is what people read."""

    SERIAL = "serial"
    CODE = "code"
    PLAN = "plan"
    ITEM = "item"
    TASK = "task"
    LEAD = "lead"
    RESPONSIBLE = "responsible"
    SUPPORT = "support"
    LEADER = "leader"
    PERSON = "person"
    CONTACT = "contact"
    DEADLINE = "deadline"
    START = "start"
    PROGRESS = "progress"
    PERCENT = "percent"
    NEXT_STEP = "next_step"
    STATUS = "status"
    FORECAST = "forecast"
    REASON = "reason"
    ADVICE = "advice"
    PROBLEM = "problem"
    TARGET = "target"
    MEASURES = "measures"
    SOURCE = "source"
    STRATEGY = "strategy"
    ZONE = "zone"
    TAGS = "tags"
    KEY = "key"
    REMARK = "remark"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: dict[Field, str] = {
    Field.SERIAL: "序号",
    Field.CODE: "任务编码",
    Field.PLAN: "行动计划",
    Field.ITEM: "大项",
    Field.TASK: "工作内容",
    Field.LEAD: "牵头单位",
    Field.RESPONSIBLE: "责任单位",
    Field.SUPPORT: "配合单位",
    Field.LEADER: "责任领导",
    Field.PERSON: "责任人",
    Field.CONTACT: "联系电话",
    Field.DEADLINE: "完成时限",
    Field.START: "开始时间",
    Field.PROGRESS: "进展情况",
    Field.PERCENT: "完成比例",
    Field.NEXT_STEP: "下步打算",
    Field.STATUS: "完成情况",
    Field.FORECAST: "预估是否能够按时办结",
    Field.REASON: "预估不能按时办结的原因及建议",
    Field.ADVICE: "工作建议",
    Field.PROBLEM: "需要区委区政府解决的问题",
    Field.TARGET: "量化指标",
    Field.MEASURES: "工作举措",
    Field.SOURCE: "任务来源",
    Field.STRATEGY: "战略",
    Field.ZONE: "功能区",
    Field.TAGS: "标签",
    Field.KEY: "重点",
    Field.REMARK: "备注",
}

# Names that mean the field and nothing else. 牵头/配合 alone occur below a merged 责任单位.
_EXACT: dict[Field, str] = {
    Field.SERIAL: "序号 编号 序 项次 No",
    Field.CODE: "任务编码 编码 任务编号 稳定编码 系统编码",
    Field.PLAN: "行动计划 类别 计划 所属计划 行动计划名称 专项行动 分类 领域 板块 工作类别 任务类别",
    Field.ITEM: "大项 大项工作 项目 事项 工作事项 项目名称 重点事项 任务名称 事项名称 工作大项 主要任务 "
    "工作项目 重点任务",
    Field.TASK: "工作内容 重点工作 任务内容 目标任务 具体工作 具体任务 具体内容 工作任务 主要工作 "
    "主要内容 任务 内容 任务清单 重点工作内容 具体工作任务 具体工作内容 工作内容及要求 "
    "工作目标 年度目标任务 工作要点 整改任务 督办事项 督查事项",
    Field.LEAD: "牵头单位 牵头部门 主责单位 主责部门 牵头 牵头责任单位 主办单位 主办部门 主要责任单位 "
    "汇总单位 牵头科室",
    Field.RESPONSIBLE: "责任单位 责任部门 责任主体 承办单位 落实单位 责任科室 承办部门 单位 责任",
    Field.SUPPORT: "配合单位 协办单位 配合部门 协助单位 参与单位 协同单位 配合 协办 协办部门 配合责任单位 参加单位",
    Field.LEADER: "责任领导 分管领导 牵头领导 包抓领导 分管负责人 区领导 市领导 县领导 挂联领导 联系领导",
    Field.PERSON: "责任人 具体责任人 负责人 经办人 联系人 承办人 具体负责人",
    Field.CONTACT: "联系电话 联系方式 电话",
    Field.DEADLINE: "完成时限 时限要求 完成时间 时间节点 办结时限 完成期限 时限 期限 计划完成时间 "
    "要求完成时间 办理时限 完成时间节点 截止时间 截止日期 整改时限 完成日期 时间要求",
    Field.START: "开始时间 起始时间 启动时间 开始日期",
    Field.PROGRESS: "进展情况 目前进展 工作进展 进展 推进情况 工作进展情况 目前进展情况 具体进展 进展成效 "
    "落实情况 办理情况 本周进展 本周进展情况 工作动态 最新进展 推进落实情况 工作推进情况 "
    "当前进展",
    Field.PERCENT: "完成比例 完成率 进度 完成进度 完成百分比 工作进度",
    Field.NEXT_STEP: "下步打算 下一步打算 下一步工作 下步工作 下周计划 下一步工作计划 下一步举措 下步措施 "
    "下一步工作打算",
    Field.STATUS: "完成情况 状态 办结情况 是否完成 完成状态 是否办结 办理状态",
    Field.FORECAST: "预估是否能够按时办结 能否按时完成 能否按时办结 是否能按时完成 是否能够按时办结 "
    "预估能否按时办结 是否能够按时完成 预计能否按时完成 能否如期完成 预估是否能按时办结 "
    "是否能按时办结",
    Field.REASON: "预估不能按时办结的原因及建议 原因及建议 存在的困难 不能按时办结的原因及建议 "
    "不能按时完成的原因及建议 未完成原因 存在的困难或问题 存在困难 存在问题 存在的问题 原因 "
    "滞后原因 存在困难及问题 困难和问题 不能按时完成的原因 未按时完成原因",
    Field.ADVICE: "工作建议 建议 意见建议 对策建议 解决建议",
    Field.PROBLEM: "需要区委区政府解决的问题 需要区委区政府解决问题 需协调解决的问题 需要协调解决的问题 "
    "需要解决的问题 需解决的问题 需要市委市政府解决的问题 需要县委县政府解决的问题 需协调事项 "
    "需协调的问题 需要协调事项 需区领导协调解决的问题 提请解决的问题",
    Field.TARGET: "量化指标 目标值 指标 目标 年度目标 量化目标 指标值 目标任务数",
    Field.MEASURES: "工作举措 工作措施 具体措施 具体举措 举措 措施 推进措施 整改措施",
    Field.SOURCE: "来源 任务来源 文件依据 依据 事项来源 交办来源 会议文件",
    Field.STRATEGY: "战略 战略标签 所属战略",
    Field.ZONE: "功能区 所属功能区 区域",
    Field.TAGS: "标签",
    Field.KEY: "重点 是否重点 重点标识 重点工作标识",
    Field.REMARK: "备注 说明 备考 其他",
}

# Longer headers that contain a telling word; the first match wins, so the telling ones come first.
_CONTAINS: tuple[tuple[str, Field, float], ...] = (
    (r"编码", Field.CODE, 0.7),
    (r"(能否|是否).{0,6}(按时|如期|按期)", Field.FORECAST, 0.9),
    (r"原因.{0,4}建议|不能.{0,8}原因|(未|滞后).{0,6}原因", Field.REASON, 0.9),
    (r"(需|提请).{0,12}(解决|协调)", Field.PROBLEM, 0.9),
    (r"困难|存在.{0,4}问题", Field.REASON, 0.8),
    (r"建议", Field.ADVICE, 0.7),
    (r"下(一)?(步|周|月)", Field.NEXT_STEP, 0.8),
    (r"牵头.{0,4}领导|(责任|分管|包抓|联系).{0,2}领导", Field.LEADER, 0.8),
    (r"牵头|主责|主办", Field.LEAD, 0.8),
    (r"配合|协办|协助|协同", Field.SUPPORT, 0.8),
    (r"责任人|负责人|联系人|经办人", Field.PERSON, 0.8),
    (r"(责任|承办|落实).{0,4}(单位|部门|科室)", Field.RESPONSIBLE, 0.8),
    (r"(完成|办结|办理|截止|整改).{0,4}(时限|时间|期限|日期)|时限|时间节点", Field.DEADLINE, 0.8),
    (r"进展|推进情况|落实情况", Field.PROGRESS, 0.8),
    (r"完成情况|办结情况", Field.STATUS, 0.7),
    (r"完成(率|比例)", Field.PERCENT, 0.7),
    (r"(指标|目标)值|量化", Field.TARGET, 0.7),
    (r"举措|措施", Field.MEASURES, 0.7),
    (r"行动计划", Field.PLAN, 0.7),
    (r"具体.{0,4}(工作|任务|内容)|(工作|任务|督办|整改)内容|目标任务", Field.TASK, 0.8),
    (r"大项|事项|项目名称", Field.ITEM, 0.7),
    (r"重点工作|工作任务|重点任务", Field.TASK, 0.7),
    (r"来源", Field.SOURCE, 0.7),
    (r"备注", Field.REMARK, 0.8),
)

_BY_NAME: dict[str, Field] = {}
for _field, _names in _EXACT.items():
    for _name in _names.split():
        _BY_NAME[_name.upper()] = _field

_NOT_WORD = re.compile(r"[\s\W_]+")
_PATTERNS = [(re.compile(pattern), kind, confidence) for pattern, kind, confidence in _CONTAINS]


@lru_cache(maxsize=8192)
def normalise_header(text: str) -> str:
    """Full width to half width, no blanks and no punctuation: 完成 时限： -> 完成时限."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text)).upper()


@lru_cache(maxsize=8192)
def guess_field(header: str) -> tuple[Field | None, float]:
    """The field a header names and how sure that is, 0 to 1. Headers of 40 characters or more name none."""
    name = normalise_header(header)
    if not name or len(header) > 60 or len(name) >= 40:
        return None, 0.0
    if name in _BY_NAME:
        return _BY_NAME[name], 1.0
    bare = normalise_header(re.sub(r"[（(【\[][^）)】\]]*[）)】\]]", "", header))
    bare = re.sub(r"^(20\d\d年)?(截至)?\d{1,2}月(\d{1,2}日)?(第.周)?", "", bare)
    if bare in _BY_NAME:
        return _BY_NAME[bare], 0.95
    if len(name) <= 24:
        for pattern, kind, confidence in _PATTERNS:
            if pattern.search(name):
                return kind, confidence
    return None, 0.0


# Nearly every cell of a large ledger is told from a header by its first and last character alone.
_FIRST = frozenset(name[0] for name in _BY_NAME) | frozenset("0123456789截（(【[N n".replace(" ", ""))
_LAST = frozenset(name[-1] for name in _BY_NAME) | frozenset("：:）)】]*＊o.")


def is_header_name(text: str) -> bool:
    """True when the text is, as a whole, a known column name."""
    if len(text) > 30:
        return False
    text = text.strip()
    return bool(text) and text[0] in _FIRST and text[-1] in _LAST and guess_field(text)[1] >= 0.95
