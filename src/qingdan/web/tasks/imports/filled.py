"""What importing filled report columns would do: reports entered on behalf of units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingdan.sheets import Cell, Field, Ledger, LedgerRow, RowKind
from qingdan.standards.numerals import to_half_width
from qingdan.web.common.errors import DomainError, Text

from ..expected import expected_reports
from ..models import Forecast, ImportBatch
from ..services.reports import check_content
from .preview import Pass, unused_columns
from .reading import choices_of, ledgers_of, plain, rows_of, squeeze, without_mark
from .rows import Action, Preview, Remark, Row
from .stored import StoredTask

IMPORTED = {
    Field.SERIAL, Field.CODE, Field.PLAN, Field.ITEM, Field.TASK, Field.LEAD, Field.PROGRESS, Field.PERCENT,
    Field.FORECAST, Field.REASON, Field.ADVICE, Field.PROBLEM, Field.STATUS,
}  # fmt: skip
_OF_TASK = gettext_lazy("任务本身的内容不随周报改动，只用来核对；如需调整请导入任务台账。")
_NOT_REPORTED: dict[Field, Text] = dict.fromkeys(
    (Field.RESPONSIBLE, Field.SUPPORT, Field.DEADLINE, Field.KEY, Field.STRATEGY, Field.ZONE, Field.TAGS,
     Field.TARGET), _OF_TASK,
)  # fmt: skip
_NOTHING = re.compile(r"(?:无|没有|暂无|[-—–/\\|.。、\s])*")
_FORECASTS = (
    (re.compile(r"不确定|待定|不好说|难以确定|unsure", re.I), Forecast.UNSURE),
    (re.compile(r"不能|不可以|否|无法|未能|不会|不$|no$", re.I), Forecast.NO),
    (re.compile(r"能|可以|是|会|已完成|yes$", re.I), Forecast.YES),
)
# 建议 at the start of a clause or before a colon; 上级建议暂缓 is no advice of the unit.
_ADVICE = re.compile(r"[；;。，,\s]+(?:工作)?(?:\d[、.．])?建议\s*[:：]?|^(?:工作)?建议|(?:工作)?建议\s*[:：]")
_DONE = re.compile(r"(已|全部|提前)?(办结|完成|完结)$|是$")


def read_forecast(text: str) -> str | None:
    """能 / 不能 / 不确定 as a forecast; '' for an empty cell, None for words that say none of them."""
    text = to_half_width(text).strip()
    if not text or _NOTHING.fullmatch(text):
        return ""
    return next((value for pattern, value in _FORECASTS if pattern.match(text)), None)


def read_percent(text: str) -> int | None:
    """``76%``, ``76`` or ``0.76`` as 76; None where it is no share from 0 to 100."""
    found = re.fullmatch(r"约?(\d+(?:\.\d+)?)\s*(%?)", to_half_width(text).strip())
    if not found:
        return None
    value = Decimal(found[1])
    if not found[2] and "." in found[1] and value <= 1:
        value *= 100
    return round(value) if value <= 100 else None


def split_reason(text: str) -> tuple[str, str]:
    """The column 原因及建议 apart at the word 建议: ``流标；建议改为谈判`` -> reason and advice."""
    found = _ADVICE.search(text)
    if not found or found.start() == 0:
        return text, ""
    reason = re.sub(r"^原因\s*[:：]\s*", "", text[: found.start()]).strip()
    return reason, text[found.end() :].strip()


def preview_reports(batch: ImportBatch) -> Preview:
    """The preview of a filled template, or of a past week's ledger with its report columns."""
    return _Filled(batch).preview()


class _Filled(Pass):
    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(batch)
        if batch.period is None:
            raise DomainError(batch.file.name, _("没有选定周次。"), _("请重新上传并选择周次。"))
        units = [batch.unit_id] if batch.unit_id else None
        self.owed: dict[int, list[int]] = {}
        for pair in expected_reports(batch.period, units=units):
            self.owed.setdefault(pair.task_id, []).append(pair.unit_id)
        self.by_words: dict[str, list[StoredTask]] = {}
        for pk in self.owed:
            task = self.stored.by_id[pk]
            self.by_words.setdefault(plain(task.work), []).append(task)

    def preview(self) -> Preview:
        book, ledgers = ledgers_of(self.batch.file)
        rows = [
            self._row(number, ledger, source)
            for number, (ledger, choice) in enumerate(zip(ledgers, choices_of(self.batch), strict=False))
            if choice["use"]
            for source in rows_of(ledger, choice["columns"])
        ]
        if not any(Field.PROGRESS.value in choice["columns"].values() for choice in choices_of(self.batch)):
            raise DomainError(
                self.batch.file.name, _("没有“进展情况”一列。"), _("请在“列对应”页指明，或改选“任务台账”导入。")
            )
        missing = [self.stored.by_id[pk] for pk in self.owed if pk not in self.taken]
        notes = list(book.notes)
        if missing:
            listed = "；".join(f"{task.code} {task.work[:20]}" for task in missing[:10])
            notes.append(
                _("文件中没有应报任务 %(n)d 项：%(listed)s。这些任务仍为未报。") % {"n": len(missing), "listed": listed}
            )
        return Preview(rows, [], unused_columns(self.batch, IMPORTED, _NOT_REPORTED), notes)

    def _row(self, number: int, ledger: Ledger, source: LedgerRow) -> Row:
        row = Row(f"{number}:{source.number}", ledger.sheet, source.number, source.place)
        if source.kind is not RowKind.DATA:
            row.action, row.text = Action.ASIDE, source.text
            row.notes.append(Remark(self.place(row, None), source.reason))
            return row
        cells = source.values
        row.plan, row.item = without_mark(source.plan or ""), without_mark(source.item or "")
        row.work = cells[Field.TASK].text if Field.TASK in cells else ""
        task = self._task(row, cells) if row.key not in self.left_out else None
        if row.key in self.left_out:
            row.action = Action.LEFT
        elif task is not None:
            self._report(row, task, cells)
        else:
            row.action = Action.REFUSE if row.problems else Action.ASK
        return row

    def _task(self, row: Row, cells: Mapping[Field, Cell]) -> StoredTask | None:
        code_cell, work_cell = cells.get(Field.CODE), cells.get(Field.TASK)
        code = squeeze(code_cell.text) if code_cell else ""
        task = self.stored.by_code.get(code) if code else None
        place = self.place(row, code_cell if code else work_cell)
        if code and task is None:
            row.problems.append(Remark(place, _("系统中没有编码为%s的任务。请勿改动模板中的编码。") % code))
            return None
        if task is None:
            task = self._by_words(row, place)
            if task is None:
                return None
        row.work = row.work or task.work
        if not self.take(row, task, place):
            return None
        units = self.owed.get(task.pk, [])
        if not units:
            who = self.batch.unit.name if self.batch.unit else _("任何单位")
            row.problems.append(
                Remark(place, _("任务%(code)s本周不由%(unit)s报送。请核对单位和周次，或选为不导入。")
                       % {"code": task.code, "unit": who})
            )  # fmt: skip
            return None
        if len(units) > 1:
            lead = cells.get(Field.LEAD)
            named = self.names.read(lead.text, place).all if lead and lead.text else ()
            units = [unit for unit in units if unit in named]
            if len(units) != 1:
                row.problems.append(
                    Remark(place, _("任务%s由几个单位分别报送。请按单位分别上传，并在上传时选定单位。") % task.code)
                )
                return None
        row.unit_id, row.unit_name = units[0], self.names.name(units[0])
        return task

    def _by_words(self, row: Row, place: str) -> StoredTask | None:
        answer = self.matches.get(row.key)
        if isinstance(answer, int) and answer in self.stored.by_id:
            return self.stored.by_id[answer]
        found = self.by_words.get(plain(row.work), [])
        if len(found) > 1:
            found = [task for task in found if plain(task.item) == plain(row.item)] or found
        if len(found) == 1:
            return found[0]
        if not row.work:
            row.problems.append(Remark(place, _("没有任务编码，工作内容也为空。请补写，或选为不导入。")))
        elif found:
            row.candidates = [self.stored.candidate(task.pk) for task in found]
            row.notes.append(Remark(place, _("有几项任务内容相同，请指明是哪一项。")))
        else:
            row.candidates = self.stored.near(row.plan, row.work)
            if row.candidates:
                row.notes.append(Remark(place, _("没有内容完全相同的应报任务，请指明是哪一项。")))
            else:
                row.problems.append(Remark(place, _("本周应报任务中没有这一项。请补写任务编码，或选为不导入。")))
        return None

    def _report(self, row: Row, task: StoredTask, cells: Mapping[Field, Cell]) -> None:
        def text(kind: Field) -> str:
            cell = cells.get(kind)
            return "" if cell is None or _NOTHING.fullmatch(cell.text) else cell.text

        def place(kind: Field) -> str:
            return self.place(row, cells.get(kind))

        content: dict[str, Any] = {
            "progress": text(Field.PROGRESS), "reason": text(Field.REASON), "advice": text(Field.ADVICE),
            "problem": text(Field.PROBLEM),
        }  # fmt: skip
        if content["reason"] and not content["advice"]:
            content["reason"], content["advice"] = split_reason(content["reason"])
        forecast = read_forecast(text(Field.FORECAST))
        if not any(content.values()) and not forecast:
            row.action = Action.LEFT
            row.notes.append(Remark(place(Field.PROGRESS), _("未填写，不导入。")))
            self.taken.pop(task.pk, None)
            return
        if forecast is None:
            row.problems.append(
                Remark(place(Field.FORECAST), _("读不懂“%s”。请填能、不能或不确定。") % text(Field.FORECAST)[:20])
            )
        content["forecast"] = forecast or ""
        share = text(Field.PERCENT)
        if share and (percent := read_percent(share)) is not None:
            content["percent"] = percent
        elif share:
            row.problems.append(Remark(place(Field.PERCENT), _("完成比例“%s”不是0至100的数。请核对。") % share[:20]))
        if _DONE.match(text(Field.STATUS)):
            content["claims_done"] = True
        row.content = content
        if not row.problems:
            self._check(row, task, cells)
        row.action = Action.REFUSE if row.problems else Action.REPORT

    def _check(self, row: Row, task: StoredTask, cells: Mapping[Field, Cell]) -> None:
        cell_of = {
            "progress": Field.PROGRESS, "forecast": Field.FORECAST, "reason": Field.REASON, "advice": Field.ADVICE,
        }  # fmt: skip
        try:
            check_content(row.content, task.work)
        except DomainError as error:
            kind = cell_of.get(error.field, Field.PROGRESS)
            if kind is Field.ADVICE and Field.ADVICE not in cells:
                kind = Field.REASON  # one column for both: 原因及建议
            here = self.place(row, cells.get(kind))
            row.problems.append(Remark(here, f"{error.reason}{error.remedy}"))
