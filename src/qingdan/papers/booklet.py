"""任务清单: the month's task list as a booklet, with cover, contents, a chapter per plan, statistics, changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .model import (
    Align,
    Attachment,
    Block,
    CellLike,
    Chapter,
    Col,
    Cover,
    Orientation,
    PageBreak,
    Paper,
    Paragraph,
    Table,
    TableGroup,
    TableItem,
    TableSpec,
    Toc,
)

_COLUMNS = (
    Col("序号", 7, Align.CENTER),
    Col("大项", 19, Align.CENTER),
    Col("工作内容", 55),
    Col("牵头单位", 19, Align.CENTER),
    Col("责任单位", 25),
    Col("完成时限", 20, Align.CENTER),
    Col("变动", 12, Align.CENTER),
)
_CHANGE_COLUMNS = (
    Col("序号", 7, Align.CENTER),
    Col("变动", 12, Align.CENTER),
    Col("所属计划", 26, Align.CENTER),
    Col("工作内容", 55),
    Col("原因", 34),
    Col("批准", 22, Align.CENTER),
)


@dataclass(frozen=True)
class BookletTask:
    """One task's line; `change` is the word of its change against last month (新增、调整 ...) or empty."""

    content: CellLike
    lead: CellLike
    responsible: CellLike
    deadline: CellLike
    change: CellLike = ""


@dataclass(frozen=True)
class BookletItem:
    number: str
    name: CellLike
    tasks: tuple[BookletTask, ...] = ()


@dataclass(frozen=True)
class BookletPlan:
    """A chapter: its title, an optional introduction, its items."""

    title: str
    items: tuple[BookletItem, ...]
    intro: str = ""


@dataclass(frozen=True)
class BookletChange:
    """A line of the changes appendix."""

    kind: CellLike
    plan: CellLike
    content: CellLike
    reason: CellLike
    approver: CellLike


@dataclass(frozen=True)
class Statistics:
    """The statistics page: a plain grid and a note below it. Every row is as long as `headers`."""

    headers: tuple[str, ...]
    rows: tuple[tuple[CellLike, ...], ...]
    note: str = ""


def booklet_paper(
    title: str,
    plans: Sequence[BookletPlan],
    *,
    issuer: str,
    date: str,
    edition: str = "",
    statistics: Statistics | None = None,
    changes: Sequence[BookletChange] = (),
    changes_note: str = "",
    created: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    orientation: Orientation = Orientation.PORTRAIT,
    font_size: float = 10.5,
) -> Paper:
    """The booklet as a paper. `title` may hold newlines (one line of the cover each); `edition` is such as
    第7期. `orientation` is that of the chapters' tables: `BOUND` turns them as GB/T 9704-2012 clause 8 says.
    """
    blocks: list[Block] = [Cover(tuple(title.split("\n")), issuer, date, edition), Toc()]
    for plan in plans:
        blocks += [PageBreak(), Chapter(plan.title)]
        if plan.intro:
            blocks.append(Paragraph(plan.intro))
        if plan.items:
            spec = TableSpec(_COLUMNS, (TableGroup(None, tuple(map(_item, plan.items))),), font_size)
            blocks.append(Table(spec, orientation))
        else:
            blocks.append(Paragraph("本月无任务。"))
    if statistics:
        blocks += [PageBreak(), Chapter("统计表"), _statistics(statistics, font_size)]
        if statistics.note:
            blocks.append(Paragraph(statistics.note))
    if changes or changes_note:
        blocks += [Attachment("附件"), Chapter("任务变动情况表")]
        if changes_note:
            blocks.append(Paragraph(changes_note))
        if changes:
            blocks.append(_changes(changes, font_size))
    return Paper(
        title=title,
        blocks=tuple(blocks),
        created=created,
        author=issuer,
        show_title=False,
    )


def _item(item: BookletItem) -> TableItem:
    rows = tuple((t.content, t.lead, t.responsible, t.deadline, t.change) for t in item.tasks)
    return TableItem({0: item.number, 1: item.name}, rows or (("",) * 5,))


def _statistics(statistics: Statistics, font_size: float) -> Table:
    columns = tuple(
        Col(header, 24 if number == 0 else 12, Align.LEFT if number == 0 else Align.CENTER)
        for number, header in enumerate(statistics.headers)
    )
    rows = tuple(TableItem({}, (row,)) for row in statistics.rows)
    return Table(TableSpec(columns, (TableGroup(None, rows),), font_size))


def _changes(changes: Sequence[BookletChange], font_size: float) -> Table:
    items = tuple(
        TableItem({}, ((str(number), c.kind, c.plan, c.content, c.reason, c.approver),))
        for number, c in enumerate(changes, 1)
    )
    return Table(TableSpec(_CHANGE_COLUMNS, (TableGroup(None, items),), font_size))
