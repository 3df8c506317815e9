"""Reading lists: the difference between two editions, the plan-by-month matrix, a campaign's course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.errors import Text
from qingdan.web.units.models import User

from .models import Campaign, ListEdition, ListLine, Plan

Change = ListLine.Change
# The printed words that a reader compares.
COMPARED: dict[str, Text] = {
    "plan_name": _("行动计划"),
    "item_name": _("大项"),
    "work": _("工作内容"),
    "leads": _("牵头单位"),
    "responsible": _("责任单位"),
    "supporters": _("配合单位"),
    "deadline": _("完成时限"),
    "key": _("重点"),
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a line that reads differently in the two editions."""

    name: str
    old: str
    new: str

    @property
    def label(self) -> Text:
        return COMPARED[self.name]


@dataclass(frozen=True, slots=True)
class LineDiff:
    """A task in two editions: ``old`` or ``new`` is None when it is only on the other."""

    kind: str
    old: ListLine | None
    new: ListLine | None
    changes: tuple[FieldChange, ...] = ()

    @property
    def line(self) -> ListLine:
        found = self.new or self.old
        assert found is not None  # noqa: S101 - one of the two is always there
        return found


@dataclass(slots=True)
class EditionDiff:
    """What changed from one edition to another (P-25)."""

    old: ListEdition
    new: ListEdition
    lines: list[LineDiff] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.kind for line in self.lines)

    def of_kind(self, kind: str) -> list[LineDiff]:
        return [line for line in self.lines if line.kind == kind]


def difference(user: User, old: ListEdition, new: ListEdition) -> EditionDiff:
    """Every task of either edition that ``user`` may see: added, removed, changed (field by field) or carried.

    Works between any two editions, neighbours or not. The reason and approver of a removal or addition are those of the
    newer edition's line where it has one.
    """
    before = {line.task_id: line for line in old.lines.standing_lines().visible_to(user)}
    after_all = {line.task_id: line for line in new.lines.visible_to(user)}
    after = {task: line for task, line in after_all.items() if line.change != Change.REMOVED}
    result = EditionDiff(old, new)
    for task, line in after.items():
        earlier = before.get(task)
        if earlier is None:
            result.lines.append(LineDiff(Change.NEW, None, line))
            continue
        changes = tuple(
            FieldChange(name, _shown(getattr(earlier, name)), _shown(getattr(line, name)))
            for name in COMPARED
            if getattr(earlier, name) != getattr(line, name)
        )
        result.lines.append(LineDiff(Change.CHANGED if changes else Change.CARRIED, earlier, line, changes))
    for task, line in before.items():
        if task not in after:
            result.lines.append(LineDiff(Change.REMOVED, line, after_all.get(task)))
    return result


def _shown(value: object) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else str(value or "")


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A plan in a month: the tasks on its list, and how they came there."""

    edition: ListEdition
    tasks: int
    items: int
    new: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A plan over the months; None where the month has no list or the plan no line."""

    plan: Plan
    cells: Sequence[MatrixCell | None]


def matrix(user: User, year: int) -> tuple[list[ListEdition], list[MatrixRow]]:
    """Plan x month of a year from the newest issued edition of each month (P-13)."""
    newest: dict[date, ListEdition] = {}
    for edition in ListEdition.objects.visible_to(user).issued().filter(month__year=year).order_by("month", "version"):
        newest[edition.month] = edition
    editions = list(newest.values())
    standing = ~Q(change=Change.REMOVED)
    rows = (
        ListLine.objects.visible_to(user)
        .filter(edition__in=editions)
        .order_by()
        .values("plan", "edition")
        .annotate(
            tasks=Count("pk", filter=standing),
            items=Count("item", filter=standing, distinct=True),
            new=Count("pk", filter=Q(change=Change.NEW)),
            changed=Count("pk", filter=Q(change=Change.CHANGED)),
            removed=Count("pk", filter=Q(change=Change.REMOVED)),
        )
    )
    by_id = {edition.pk: edition for edition in editions}
    cells: dict[tuple[int, int], MatrixCell] = {
        (row["plan"], row["edition"]): MatrixCell(
            by_id[row["edition"]], row["tasks"], row["items"], row["new"], row["changed"], row["removed"]
        )
        for row in rows
    }
    plans = Plan.objects.filter(pk__in={plan for plan, _edition in cells})
    return editions, [MatrixRow(plan, [cells.get((plan.pk, edition.pk)) for edition in editions]) for plan in plans]


@dataclass(frozen=True, slots=True)
class MonthOfCampaign:
    """One edition of a campaign in figures."""

    edition: ListEdition
    tasks: int
    items: int
    changes: Counter[str]


def campaign_months(user: User, campaign: Campaign) -> list[MonthOfCampaign]:
    """The issued editions of the campaign's plans, oldest first."""
    editions = ListEdition.objects.visible_to(user).issued().filter(campaign=campaign).order_by("month", "version")
    result = []
    for edition in editions:
        lines = edition.lines.visible_to(user)
        changes = Counter(lines.values_list("change", flat=True))
        standing = lines.standing_lines()
        items = standing.order_by().values("item").distinct().count()
        result.append(MonthOfCampaign(edition, standing.count(), items, changes))
    return result
