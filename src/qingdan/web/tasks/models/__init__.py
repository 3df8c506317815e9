"""What the task-list system stores, by theme: plans, lists, reports, and what follows from them."""

from .following import (
    Closure,
    EscalationNotice,
    EscalationRule,
    ExtensionDecision,
    ExtensionRequest,
    Judgement,
    LightOverride,
    Problem,
    ProblemStep,
)
from .lists import Campaign, ListEdition, ListLine
from .loading import ColumnMapping, ImportBatch
from .plans import (
    Assignment,
    DeadlineChange,
    Item,
    Plan,
    PlanLead,
    Source,
    Tag,
    Target,
    Task,
)
from .reports import (
    Forecast,
    ReportDraft,
    ReportEvidence,
    ReportPeriod,
    ReportReturn,
    ReportVersion,
)

__all__ = [
    "Assignment",
    "Campaign",
    "Closure",
    "ColumnMapping",
    "DeadlineChange",
    "EscalationNotice",
    "EscalationRule",
    "ExtensionDecision",
    "ExtensionRequest",
    "Forecast",
    "ImportBatch",
    "Item",
    "Judgement",
    "LightOverride",
    "ListEdition",
    "ListLine",
    "Plan",
    "PlanLead",
    "Problem",
    "ProblemStep",
    "ReportDraft",
    "ReportEvidence",
    "ReportPeriod",
    "ReportReturn",
    "ReportVersion",
    "Source",
    "Tag",
    "Target",
    "Task",
]
