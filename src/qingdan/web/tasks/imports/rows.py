"""What a preview consists of."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from qingdan.standards.quantities import Quantity
from qingdan.web.common.errors import Text
from qingdan.web.common.events import canonical
from qingdan.web.units.resolve import Suggestion


class Action(StrEnum):
    """What would happen to one row."""

    REFUSE = "refuse"
    ASK = "ask"
    CREATE = "create"
    CHANGE = "change"
    REPORT = "report"
    SAME = "same"
    LEFT = "left"
    ASIDE = "aside"

    @property
    def label(self) -> Text:
        return LABELS[self]


LABELS: dict[Action, Text] = {
    Action.REFUSE: _("不能导入"),
    Action.ASK: _("待确认"),
    Action.CREATE: _("新建"),
    Action.CHANGE: _("修改"),
    Action.REPORT: _("代录"),
    Action.SAME: _("无变化"),
    Action.LEFT: _("不导入"),
    Action.ASIDE: _("非任务行"),
}
# What keeps a batch from being applied.
OPEN = (Action.REFUSE, Action.ASK)


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one cell or row: its place (``“7月”D7``) and the words."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}：{self.text}"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a task that the file would change."""

    field: str
    label: Text
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored task that a row may mean; ``score`` 0 to 100 for the likeness of the words."""

    task_id: int
    code: str
    work: str
    score: int


@dataclass(slots=True)
class Row:
    """One row of the file: where it stands, what was read, and what would happen.

    ``key`` names it in answers (``ledger:row``). Units are ids in the written order. ``due`` is the reading of
    ``deadline`` as written. ``content`` holds a report's fields.
    """

    key: str
    sheet: str
    number: int
    place: str
    action: Action = Action.CREATE
    plan: str = ""
    item: str = ""
    work: str = ""
    code: str = ""
    task_id: int | None = None
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    # Whether the question is about which task is meant (then it may be answered "a new one").
    asks_match: bool = False
    unknown: list[str] = field(default_factory=list)
    leads: tuple[int, ...] = ()
    responsible: tuple[int, ...] = ()
    supporters: tuple[int, ...] = ()
    units_text: str = ""
    deadline: str = ""
    deadline_kind: str = ""
    deadline_label: Text = ""
    due: date | None = None
    key_task: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    quantities: list[Quantity] = field(default_factory=list)
    unit_id: int | None = None
    unit_name: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def facts(self) -> list[Any]:
        """What matters of the row between the preview seen and the import done."""
        changes = [[change.field, change.old, change.new] for change in self.changes]
        units = [self.leads, self.responsible, self.supporters, self.unit_id]
        return [self.key, self.action, self.task_id, changes, units, self.plan, self.item, self.work, self.due]


@dataclass(slots=True)
class UnknownUnit:
    """A name that no unit bears: where it stands, how often, and what it may mean."""

    name: str
    places: list[str]
    count: int
    suggestions: list[Suggestion]


@dataclass(frozen=True, slots=True)
class Unused:
    """A column that is not imported, and why."""

    sheet: str
    header: str
    reason: Text


@dataclass
class Preview:
    """All that an import would do."""

    rows: list[Row]
    unknown: list[UnknownUnit] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Leads of plans as their headings name them, by the plan's name: only for plans that are new.
    plan_leads: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def counts(self) -> Counter[Action]:
        return Counter(row.action for row in self.rows)

    @property
    def open_count(self) -> int:
        """How many rows still stand in the way."""
        return sum(self.counts[action] for action in OPEN)

    @property
    def work_count(self) -> int:
        """How many rows would do something."""
        return self.counts[Action.CREATE] + self.counts[Action.CHANGE] + self.counts[Action.REPORT]

    @cached_property
    def ordered(self) -> list[Row]:
        """Problems first, then as in the file."""
        first = {Action.REFUSE: 0, Action.ASK: 1}
        return sorted(self.rows, key=lambda row: first.get(row.action, 2))

    def of(self, action: str) -> list[Row]:
        """The rows of one action; all for an empty one, without those that hold no task."""
        if not action:
            return [row for row in self.ordered if row.action is not Action.ASIDE]
        return [row for row in self.ordered if row.action == action]

    @cached_property
    def digest(self) -> str:
        """Tells whether what a person saw is still what would happen."""
        facts = [row.facts for row in self.rows if row.action is not Action.ASIDE]
        return hashlib.sha256(canonical(facts).encode()).hexdigest()

    @property
    def changes_deadlines(self) -> bool:
        return any(change.field == "deadline" and change.old for row in self.rows for change in row.changes)
