"""进展情况一览表: the seven-column overview of a list of tasks, items merged over their tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .model import (
    Align,
    Cell,
    CellLike,
    Col,
    Orientation,
    PageNumbers,
    Paper,
    Table,
    TableGroup,
    TableItem,
    TableSpec,
)

OVERVIEW_HEADERS = (
    "工作内容",
    "牵头单位",
    "完成时限",
    "进展情况",
    "预估是否能够按时办结",
    "预估不能按时办结的原因及建议",
    "需要区委区政府解决的问题",
)
_COLUMNS = (
    Col("序号", 3.0, Align.CENTER),
    Col("大项", 8.0, Align.CENTER),
    Col(OVERVIEW_HEADERS[0], 25.0),
    Col(OVERVIEW_HEADERS[1], 7.5, Align.CENTER),
    Col(OVERVIEW_HEADERS[2], 10.0, Align.CENTER),
    Col(OVERVIEW_HEADERS[3], 25.0),
    Col(OVERVIEW_HEADERS[4], 5.0, Align.CENTER),
    Col(OVERVIEW_HEADERS[5], 9.0),
    Col(OVERVIEW_HEADERS[6], 7.5),
)


@dataclass(frozen=True)
class OverviewTask:
    """One task's line, one field per column; a field may be a `Cell` with a pill or a crossed-out value."""

    content: CellLike
    lead: CellLike
    deadline: CellLike
    progress: CellLike = ""
    forecast: CellLike = ""
    reason: CellLike = ""
    problem: CellLike = ""


@dataclass(frozen=True)
class OverviewItem:
    """A major item (大项) with its number and tasks. No tasks: the item is printed with an empty line."""

    number: str
    name: CellLike
    tasks: tuple[OverviewTask, ...] = ()


@dataclass(frozen=True)
class OverviewPlan:
    """A plan heading over its items; an empty heading prints none."""

    heading: str
    items: tuple[OverviewItem, ...]


def overview_paper(
    title: str,
    plans: Sequence[OverviewPlan],
    *,
    as_of: str = "",
    created: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    author: str = "",
    orientation: Orientation = Orientation.LANDSCAPE,
    font_size: float = 10.5,
) -> Paper:
    """The overview as a landscape paper, header repeated and pages counted n/N.

    `as_of` is the line below the title (截至2017年7月14日). `created` goes into the file's properties.
    With `Orientation.BOUND` the sheets are made to be bound into a portrait document (GB/T 9704-2012
    clause 8) and carry its page number instead of n/N.
    """
    groups = tuple(TableGroup(plan.heading or None, tuple(_item(item) for item in plan.items)) for plan in plans)
    bound = orientation is Orientation.BOUND
    return Paper(
        title=title,
        subtitle=as_of,
        blocks=(Table(TableSpec(_COLUMNS, groups, font_size), orientation),),
        created=created,
        author=author,
        orientation=orientation,
        page_numbers=PageNumbers.OFFICIAL if bound else PageNumbers.COUNTED,
    )


def _item(item: OverviewItem) -> TableItem:
    name = item.name if isinstance(item.name, Cell) else Cell(item.name)
    rows = tuple((t.content, t.lead, t.deadline, t.progress, t.forecast, t.reason, t.problem) for t in item.tasks)
    return TableItem({0: item.number, 1: name}, rows or (("",) * 7,))
