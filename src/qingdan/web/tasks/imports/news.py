"""Pasted text: its paragraphs by kind, the work it names, and what the chosen proposals would make."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from qingdan.sheets import NewsCandidate, Paragraph, news_candidates, read_news
from qingdan.standards.deadlines import DeadlineKind
from qingdan.web.common.attachments import open_attachment
from qingdan.web.common.models import Attachment

from ..models import ImportBatch
from .preview import Pass
from .reading import quantities_in, read_due
from .rows import Action, Preview, Remark, Row

LIMIT = 200_000  # characters of one pasted text


def text_of(file: Attachment) -> str:
    """The pasted text as it was kept."""
    with open_attachment(file) as opened:
        return opened.read().decode("utf-8-sig", errors="replace")


def paragraphs_of(file: Attachment) -> tuple[list[Paragraph], list[NewsCandidate]]:
    """Every paragraph with its kind and reason, and the work named in the body."""
    paragraphs = read_news(text_of(file))
    return paragraphs, news_candidates(paragraphs)


def preview_news(batch: ImportBatch) -> Preview:
    """The proposals that a person chose, checked; the text alone makes no task."""
    return _News(batch).preview()


class _News(Pass):
    def preview(self) -> Preview:
        rows = [self._row(number, given) for number, given in enumerate(self.batch.answers.get("tasks", []), start=1)]
        return Preview(rows)

    def _row(self, number: int, given: dict[str, Any]) -> Row:
        line = int(given.get("line") or 0)
        place = _("第%d行") % line if line else _("补充的第%d项") % number
        row = Row(f"n:{number}", _("粘贴的文字"), line, place)
        row.plan, row.item, row.work = given.get("plan", ""), given.get("item", ""), given.get("work", "")
        for name, label in (("plan", _("行动计划")), ("item", _("大项")), ("work", _("工作内容"))):
            if not getattr(row, name).strip():
                row.problems.append(Remark(place, _("%s为空。请填写后再建立任务。") % label))
        if len(row.plan) > 100 or len(row.item) > 300:
            row.problems.append(Remark(place, _("行动计划超过100字或大项超过300字。请缩短。")))
        if given.get("unit") in self.names.units:
            row.leads = (given["unit"],)
            row.units_text = self.names.join(row.leads)
        else:
            row.problems.append(Remark(place, _("没有选牵头单位。请选择。")))
        row.deadline = given.get("deadline", "").strip()
        self._deadline(row, place)
        row.quantities = list(quantities_in(row.work))
        same = self.stored.same(row.plan, row.item, row.work)
        if same is not None:
            row.problems.append(Remark(place, _("与任务%s内容相同。请不要重复建立。") % same.code))
        row.action = Action.REFUSE if row.problems else Action.CREATE
        return row

    def _deadline(self, row: Row, place: str) -> None:
        if not row.deadline:
            row.problems.append(Remark(place, _("没有完成时限。请填写。")))
            return
        try:
            reading, row.due = read_due(row.deadline, self.batch.reference)
        except ValueError as error:
            row.problems.append(Remark(place, str(error)))
            return
        row.deadline_kind, row.deadline_label = reading.kind, reading.kind.label
        if reading.kind is DeadlineKind.UNREAD or len(row.deadline) > 60:
            row.problems.append(
                Remark(place, _("读不懂完成时限“%s”。请写成如“7月20日前”“7月底前”“持续推进”。") % row.deadline[:60])
            )
