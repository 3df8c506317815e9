"""What importing a ledger would do, row by row."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingdan.sheets import Cell, Field, Ledger, LedgerRow, RowKind
from qingdan.standards.deadlines import DeadlineKind
from qingdan.standards.unit_lists import split_inline
from qingdan.web.common import clock
from qingdan.web.common.errors import Text
from qingdan.web.common.events import canonical
from qingdan.web.common.models import Event

from ..models import ImportBatch, Item, Plan, Tag
from .names import EMPTY, Names, Reading
from .reading import choices_of, ledgers_of, plain, quantities_in, read_due, rows_of, squeeze, without_mark
from .rows import Action, Change, Preview, Remark, Row, Unused
from .stored import Stored, StoredTask

IMPORTED = {
    Field.SERIAL, Field.CODE, Field.PLAN, Field.ITEM, Field.TASK, Field.LEAD, Field.RESPONSIBLE, Field.SUPPORT,
    Field.DEADLINE, Field.KEY, Field.STRATEGY, Field.ZONE, Field.TAGS, Field.TARGET,
}  # fmt: skip
_REPORTED = gettext_lazy("进展由各单位周报报送，不随台账导入；历史周报请选“周报模板（代录）”导入。")
_NO_PLACE = gettext_lazy("系统中没有对应的登记项，不导入；原文件保留在导入记录中。")
NOT_IMPORTED: dict[Field, Text] = dict.fromkeys(
    (Field.PROGRESS, Field.PERCENT, Field.NEXT_STEP, Field.STATUS, Field.FORECAST, Field.REASON, Field.ADVICE,
     Field.PROBLEM), _REPORTED,
)  # fmt: skip
NOT_IMPORTED[Field.SOURCE] = gettext_lazy("任务来源须写明类型、层级和文号，请导入后在任务页登记。")
NOT_IMPORTED[Field.LEADER] = NOT_IMPORTED[Field.PERSON] = NOT_IMPORTED[Field.CONTACT] = gettext_lazy(
    "责任落实到单位和岗位，不登记个人，不导入。"
)
_YES = re.compile(r"是|重点|√|✓|★|☆|Y|y|yes|1|对")
_NOTHING = re.compile(r"(?:无|没有|暂无|待定|[-—–/\\|.。、，,;；\s])*")
_MANY = re.compile(r"[、，,；;\s]+")
_LIMITS = {"plan": 100, "item": 300, "deadline": 60, "code": 24}

_kept: OrderedDict[tuple[Any, ...], Preview] = OrderedDict()
_KEEP = 4


def preview_of(batch: ImportBatch, *, fresh: bool = False) -> Preview:
    """The preview of a batch as things stand now.

    Kept while nothing changes: every change of state writes an event, so the newest event's number tells whether
    anything did. ``fresh`` reads all anew.
    """
    stamp = Event.objects.aggregate(last=Max("pk"))["last"]
    key = (batch.pk, batch.file.sha256, canonical(batch.mapping), canonical(batch.answers), stamp, clock.today())
    if not fresh and key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    if batch.kind == ImportBatch.Kind.REPORTS:
        from .filled import preview_reports

        preview = preview_reports(batch)
    elif batch.kind == ImportBatch.Kind.NEWS:
        from .news import preview_news

        preview = preview_news(batch)
    else:
        preview = _Ledgers(batch).preview()
    if not fresh:
        _kept[key] = preview
        while len(_kept) > _KEEP:
            _kept.popitem(last=False)
    return preview


def forget() -> None:
    """Drop the previews kept; for a database that was put back to an earlier state."""
    _kept.clear()


def unused_columns(batch: ImportBatch, imported: set[Field], why: Mapping[Field, Text]) -> list[Unused]:
    """The columns of the used ledgers that are not imported, with the reason."""
    _book, ledgers = ledgers_of(batch.file)
    found = []
    for ledger, choice in zip(ledgers, choices_of(batch), strict=False):
        if not choice["use"]:
            continue
        for column in ledger.columns:
            name = choice["columns"].get(str(column.index))
            header = column.header or _("（无表头的列）")
            if name is None:
                found.append(Unused(ledger.sheet, header, _("列对应中选为不导入。")))
            elif Field(name) not in imported:
                found.append(Unused(ledger.sheet, header, why.get(Field(name), _NO_PLACE)))
    return found


class Pass:
    """One walk over the rows of a batch: what is stored, the answers, and the preview being made."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.names = Names(batch.answers.get("units", {}))
        self.stored = Stored()
        self.matches: dict[str, Any] = batch.answers.get("matches", {})
        self.left_out: set[str] = set(batch.answers.get("left_out", []))
        self.taken: dict[int, str] = {}

    def place(self, row: Row, cell: Cell | None) -> str:
        return f"“{row.sheet}”{cell.place if cell else row.place}"

    def take(self, row: Row, task: StoredTask, place: str) -> bool:
        """Give the row its task; a task may be meant by one row only."""
        first = self.taken.get(task.pk)
        if first is not None:
            row.problems.append(
                Remark(place, _("与%(first)s是同一项任务%(code)s。请只保留一行，或将本行选为不导入。")
                       % {"first": first, "code": task.code})
            )  # fmt: skip
            return False
        self.taken[task.pk] = place
        row.task_id, row.code = task.pk, task.code
        return True

    def ask(self, row: Row, tasks: list[Any]) -> StoredTask | None:
        """Which of the candidates the person said; None when asked or said to be new."""
        answer = self.matches.get(row.key)
        if isinstance(answer, int) and answer in self.stored.by_id:
            return self.stored.by_id[answer]
        row.candidates = tasks
        row.asks_match = answer != "new"
        return None

    def settle(self, row: Row) -> None:
        """The action that follows from problems, questions and changes."""
        if row.key in self.left_out:
            row.action = Action.LEFT
        elif row.problems:
            row.action = Action.REFUSE
        elif row.unknown or row.asks_match:
            row.action = Action.ASK
        elif row.task_id is None:
            row.action = Action.CREATE
        else:
            row.action = Action.CHANGE if row.changes else Action.SAME


class _Ledgers(Pass):
    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(batch)
        self.default_plan = str(batch.mapping.get("default_plan", ""))
        self.default_item = str(batch.mapping.get("default_item", ""))
        self.plan_names = {plain(plan.name): plan.name for plan in Plan.objects.all()}
        self.item_names = {
            (plain(plan), plain(name)): name for plan, name in Item.objects.values_list("plan__name", "name")
        }
        self.tag_names = {plain(tag.name): tag for tag in Tag.objects.all()}
        self.tag_made: dict[tuple[str, str], str] = {}
        self.seen: dict[tuple[str, str, str], str] = {}
        self.codes: dict[str, str] = {}
        self.plan_leads: dict[str, tuple[int, ...]] = {}
        self._plans: dict[str, tuple[str, Reading]] = {}

    def preview(self) -> Preview:
        book, ledgers = ledgers_of(self.batch.file)
        rows: list[Row] = []
        notes = list(book.notes)
        for number, (ledger, choice) in enumerate(zip(ledgers, choices_of(self.batch), strict=False)):
            if not choice["use"]:
                continue
            notes += [f"“{ledger.sheet}”{note}" for note in ledger.notes]
            self.mapped = {Field(name) for name in choice["columns"].values() if name}
            for source in rows_of(ledger, choice["columns"]):
                rows.append(self._row(number, ledger, source))
        unused = unused_columns(self.batch, IMPORTED, NOT_IMPORTED)
        return Preview(rows, self.names.unknown(), unused, notes, self.plan_leads)

    def _row(self, number: int, ledger: Ledger, source: LedgerRow) -> Row:
        row = Row(f"{number}:{source.number}", ledger.sheet, source.number, source.place)
        if source.kind is not RowKind.DATA:
            row.action, row.text = Action.ASIDE, source.text
            row.notes.append(Remark(self.place(row, None), source.reason))
            return row
        for note in source.notes:  # each begins with its cell: "A9：..."
            cell, _mark, words = note.partition("：")
            row.notes.append(Remark(f"“{ledger.sheet}”{cell}", words))
        cells = source.values
        leads_in_work = self._words(row, source)
        self._units(row, cells, leads_in_work)
        self._deadline(row, cells.get(Field.DEADLINE))
        self._marks(row, cells)
        task = None
        if row.key not in self.left_out:
            task = self._match(row, cells.get(Field.CODE), cells.get(Field.TASK))
        if task is not None:
            self._compare(row, task, cells)
        elif not row.problems:
            self._warn_missing(row, cells)
        self.settle(row)
        return row

    # ------------------------------------------------------------------------------------------ words
    def _words(self, row: Row, source: LedgerRow) -> tuple[Reading, Reading] | None:
        """Plan, item and work; the units of a bracket at the end of the work where no column names any."""
        cells = source.values
        task = cells.get(Field.TASK)
        row.work = task.text if task else ""
        if not row.work:
            row.problems.append(Remark(self.place(row, task), _("工作内容为空。请补写，或将本行选为不导入。")))
        inline = None
        duties = [cells.get(kind) for kind in (Field.LEAD, Field.RESPONSIBLE)]
        if row.work.rstrip("。.;； ").endswith((")", "）")) and not any(cell and cell.text for cell in duties):
            duty = split_inline(row.work)
            if duty.leads or duty.supporters:
                place = self.place(row, task)
                row.work = duty.work
                inline = self.names.resolve(duty.leads, place), self.names.resolve(duty.supporters, place)
                row.notes.append(Remark(place, _("句末括号内的单位已读作牵头、配合单位。")))
        row.plan = self._plan(row, source)
        item = source.item or (self.default_item if Field.ITEM not in self.mapped or self.default_item else "")
        name = without_mark(item)
        row.item = self.item_names.get((plain(row.plan), plain(name)), name)
        if not row.item:
            row.problems.append(
                Remark(self.place(row, cells.get(Field.ITEM)), _("没有大项。请补写，或在“列对应”页填写默认大项。"))
            )
        elif len(row.item) > _LIMITS["item"]:
            row.problems.append(Remark(self.place(row, cells.get(Field.ITEM)), _("大项名称超过300字。请缩短。")))
        return inline

    def _plan(self, row: Row, source: LedgerRow) -> str:
        """The plan's name without mark and leads; a stored plan's own spelling where it is the same."""
        text = source.plan or self.default_plan
        cell = source.values.get(Field.PLAN)
        if text not in self._plans:
            duty = split_inline(without_mark(text))
            name = " ".join(duty.work.split()).rstrip("：:")
            reading = self.names.resolve(duty.leads) if duty.leads else EMPTY
            self._plans[text] = self.plan_names.get(plain(name), name), reading
        name, reading = self._plans[text]
        if reading.all:
            self.plan_leads.setdefault(name, reading.all)
        if not name:
            row.problems.append(
                Remark(self.place(row, cell), _("没有行动计划。请补写，或在“列对应”页填写默认行动计划。"))
            )
        elif len(name) > _LIMITS["plan"]:
            row.problems.append(Remark(self.place(row, cell), _("行动计划名称超过100字。请缩短。")))
        return name

    # ------------------------------------------------------------------------------------------ units
    def _units(self, row: Row, cells: Mapping[Field, Cell], inline: tuple[Reading, Reading] | None) -> None:
        """Who leads, who is responsible, who supports; a lead is not repeated below."""
        readings = {}
        for kind in (Field.LEAD, Field.RESPONSIBLE, Field.SUPPORT):
            cell = cells.get(kind)
            place = self.place(row, cell)
            reading = self.names.read(cell.text, place) if cell and cell.text else EMPTY
            readings[kind] = reading
            for name in reading.unknown:
                row.unknown.append(name)
                row.notes.append(Remark(place, _("没有登记“%s”这个单位，请在上方指明。") % name))
            if reading.shared_duty:
                row.notes.append(Remark(place, _("“按职责分工负责”不是单位，未读作单位。")))
            if reading.repeated:
                row.notes.append(Remark(place, _("同一单位重复，只取一次。")))
            if reading.open_ended:
                row.notes.append(Remark(place, _("“等”之后的单位没有写明，只取写明的单位。")))
        lead, responsible, support = readings.values()
        leads, duty, helpers = list(lead.all), list(responsible.all), list(support.all)
        if inline is not None:
            leads, helpers = list(inline[0].all), [*inline[1].all, *helpers]
            row.unknown += [*inline[0].unknown, *inline[1].unknown]
        if lead.supporters:
            leads = [unit for unit in leads if unit not in lead.supporters]
            helpers = [*lead.supporters, *helpers]
        if responsible.supporters:
            duty = [unit for unit in duty if unit not in responsible.supporters]
            helpers = [*responsible.supporters, *helpers]
        if not leads and Field.LEAD not in self.mapped and duty:
            leads = list(responsible.leads) or duty[:1]
            duty = [unit for unit in duty if unit not in leads]
            if not responsible.leads:
                place = self.place(row, cells.get(Field.RESPONSIBLE))
                row.notes.append(
                    Remark(place, _("没有写牵头单位，以首个责任单位“%s”为牵头单位。") % self.names.name(leads[0]))
                )
        repeated = [unit for unit in dict.fromkeys([*duty, *helpers]) if unit in leads]
        if repeated:
            place = self.place(row, cells.get(Field.SUPPORT) or cells.get(Field.RESPONSIBLE))
            row.notes.append(Remark(place, _("“%s”已是牵头单位，不再重复列入。") % self.names.join(tuple(repeated))))
        row.leads = tuple(dict.fromkeys(leads))
        row.responsible = tuple(unit for unit in dict.fromkeys(duty) if unit not in row.leads)
        used = {*row.leads, *row.responsible}
        row.supporters = tuple(unit for unit in dict.fromkeys(helpers) if unit not in used)
        row.units_text = self.names.join(row.leads)

    # --------------------------------------------------------------------------------------- deadline
    def _deadline(self, row: Row, cell: Cell | None) -> None:
        row.deadline = cell.text if cell else ""
        if not row.deadline or _NOTHING.fullmatch(row.deadline):
            row.deadline = ""
            return
        place = self.place(row, cell)
        if len(row.deadline) > _LIMITS["deadline"]:
            row.problems.append(Remark(place, _("完成时限超过60字。请只写时限，说明写入工作内容。")))
            return
        try:
            reading, row.due = read_due(row.deadline, self.batch.reference)
        except ValueError as error:
            row.problems.append(
                Remark(place, _("完成时限“%(text)s”：%(why)s。") % {"text": row.deadline, "why": error})
            )
            return
        row.deadline_kind, row.deadline_label = reading.kind, reading.kind.label
        if reading.kind is DeadlineKind.UNREAD:
            row.problems.append(
                Remark(place, _("读不懂完成时限“%s”。请写成如“7月20日前”“7月底前”“三季度”“每月28日前”“持续推进”。")
                       % row.deadline)
            )  # fmt: skip
        elif reading.note:
            row.notes.append(Remark(place, reading.note))

    # ------------------------------------------------------------------------------ key, tags, targets
    def _marks(self, row: Row, cells: Mapping[Field, Cell]) -> None:
        key = cells.get(Field.KEY)
        row.key_task = bool(key and key.text and _YES.match(key.text))
        tags = []
        for kind, field in ((Tag.Kind.STRATEGY, Field.STRATEGY), (Tag.Kind.ZONE, Field.ZONE)):
            cell = cells.get(field)
            if cell and cell.text and not _NOTHING.fullmatch(cell.text):
                for part in _MANY.split(re.sub(r"[“”\"‘’]+", "、", cell.text)):
                    if plain(part):
                        known = self.tag_names.get(plain(part))
                        name = known.name if known and known.kind == kind else part.strip('“”"')[:60]
                        tags.append((kind.value, self.tag_made.setdefault((kind, plain(name)), name)))
        cell = cells.get(Field.TAGS)
        if cell and cell.text:
            for part in _MANY.split(cell.text):
                if known := self.tag_names.get(plain(part)):
                    tags.append((known.kind, known.name))
                elif plain(part):
                    row.notes.append(Remark(self.place(row, cell), _("没有标签“%s”，未导入；请先登记标签。") % part))
        row.tags = tuple(dict.fromkeys(tags))
        row.quantities = list(quantities_in(row.work))
        target = cells.get(Field.TARGET)
        if target and target.text:
            more = [one for one in quantities_in(target.text) if one.written not in row.work]
            row.quantities += more
            if not more and not quantities_in(target.text):
                row.notes.append(Remark(self.place(row, target), _("量化指标中没有读到数量，未导入。")))

    # --------------------------------------------------------------------------------------- matching
    def _match(self, row: Row, code_cell: Cell | None, work_cell: Cell | None) -> StoredTask | None:
        """The stored task that the row means: by its code, else by its content once confirmed."""
        code = squeeze(code_cell.text) if code_cell else ""
        if code:
            return self._by_code(row, code, self.place(row, code_cell))
        if row.problems:
            return None
        place = self.place(row, work_cell)
        words = (plain(row.plan), plain(row.item), plain(row.work))
        first = self.seen.setdefault(words, place)
        if first != place and self.matches.get(row.key) != "new":
            row.asks_match = True
            row.notes.append(
                Remark(place, _("与%s内容相同。确是另一项任务的，选“作为新任务”；否则选“不导入”。") % first)
            )
            return None
        same = self.stored.same(row.plan, row.item, row.work)
        if same is not None and same.pk not in self.taken:
            if self._differences(row, same) == [] or self.matches.get(row.key) == same.pk:
                return same if self.take(row, same, place) else None
            chosen = self.ask(row, [self.stored.candidate(same.pk)])
            if row.asks_match:
                row.notes.append(Remark(place, _("与任务%s内容相同，请确认是否同一项任务。") % same.code))
        else:
            near = self.stored.near(row.plan, row.work, without=self.taken)
            if not near:
                return None
            chosen = self.ask(row, near)
            if row.asks_match:
                row.notes.append(Remark(place, _("与任务%s内容相近，请确认是否同一项任务。") % near[0].code))
        if chosen is not None:
            return chosen if self.take(row, chosen, place) else None
        return None

    def _by_code(self, row: Row, code: str, place: str) -> StoredTask | None:
        row.code = code
        if len(code) > _LIMITS["code"]:
            row.problems.append(Remark(place, _("任务编码超过24个字符。请核对。")))
            return None
        first = self.codes.setdefault(code, place)
        if first != place:
            row.problems.append(
                Remark(place, _("编码%(code)s与%(first)s重复。请核对。") % {"code": code, "first": first})
            )
            return None
        task = self.stored.by_code.get(code)
        if task is not None:
            return task if self.take(row, task, place) else None
        if row.problems:
            return None
        chosen = self.ask(row, self.stored.near(row.plan, row.work, without=self.taken))
        if chosen is not None:
            return chosen if self.take(row, chosen, place) else None
        if row.asks_match:
            row.notes.append(
                Remark(place, _("系统中没有编码为%s的任务。确是新任务的，选“作为新任务”（沿用此编码）。") % code)
            )
        return None

    # -------------------------------------------------------------------------------------- comparing
    def _compare(self, row: Row, task: StoredTask, cells: Mapping[Field, Cell]) -> None:
        row.changes = self._differences(row, task)
        place = self.place(row, None)
        if task.closed:
            row.notes.append(Remark(place, _("任务%s已办结。") % task.code))
        if plain(row.plan) != plain(task.plan) or plain(row.item) != plain(task.item):
            row.notes.append(
                Remark(place, _("系统中属于“%(plan)s”的“%(item)s”，导入不移动任务；如需调整请在计划页办理。")
                       % {"plan": task.plan, "item": task.item})
            )  # fmt: skip
        for kind, had in ((Field.LEAD, task.leads), (Field.DEADLINE, task.due_written)):
            cell = cells.get(kind)
            if cell is not None and had and (not cell.text or _NOTHING.fullmatch(cell.text)):
                row.notes.append(Remark(self.place(row, cell), _("%s为空，保留系统中的内容。") % kind.label))

    def _differences(self, row: Row, task: StoredTask) -> list[Change]:
        changes = []
        if squeeze(row.work) != squeeze(task.work):
            changes.append(Change("work", _("工作内容"), task.work, row.work))
        parts = (
            ("leads", _("牵头单位"), task.leads, row.leads),
            ("responsible", _("责任单位"), task.responsible, row.responsible),
            ("supporters", _("配合单位"), task.supporters, row.supporters),
        )
        mapped = {"leads": Field.LEAD, "responsible": Field.RESPONSIBLE, "supporters": Field.SUPPORT}
        for name, label, old, new in parts:
            written = mapped[name] in self.mapped or bool(new)
            if not written or (name == "leads" and not new) or list(new) == old:
                continue
            changes.append(Change(name, label, self.names.join(tuple(old)), self.names.join(new)))
        if row.deadline and not self._same_deadline(row, task):
            changes.append(Change("deadline", _("完成时限"), task.due_written, row.deadline))
        if Field.KEY in self.mapped and row.key_task != task.key:
            words = {True: _("是"), False: _("否")}
            changes.append(Change("key", _("重点"), words[task.key], words[row.key_task]))
        return changes

    @staticmethod
    def _same_deadline(row: Row, task: StoredTask) -> bool:
        """The same day, however written, is the same deadline."""
        if squeeze(row.deadline) == squeeze(task.due_written):
            return True
        both_days = row.due is not None and row.due == task.due_on
        return both_days and DeadlineKind.RECURRING not in (row.deadline_kind, task.due_kind)

    def _warn_missing(self, row: Row, cells: Mapping[Field, Cell]) -> None:
        if not row.leads and not row.unknown:
            row.notes.append(Remark(self.place(row, cells.get(Field.LEAD)), _("没有牵头单位，印发清单前须补齐。")))
        if not row.deadline:
            row.notes.append(Remark(self.place(row, cells.get(Field.DEADLINE)), _("没有完成时限，印发清单前须补齐。")))
