"""Imports: a file taken in, its columns and open questions settled, and then applied whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qingdan.sheets import Field, Ledger
from qingdan.standards.weeks import week_label
from qingdan.web.common import attachments, clock
from qingdan.web.common.errors import DomainError, Stale
from qingdan.web.common.events import record
from qingdan.web.common.inbox import notify
from qingdan.web.common.rights import require
from qingdan.web.units.models import Role, Unit, User
from qingdan.web.units.rights import can_edit_units
from qingdan.web.units.roles import people_with
from qingdan.web.units.services.units import add_unit, learn_alias

from .. import rights
from ..imports import preview_of, reading, writing
from ..imports.news import LIMIT
from ..imports.rows import Action, Preview
from ..models import ColumnMapping, ImportBatch, ListEdition, ReportPeriod
from . import lists, reports

Kind = ImportBatch.Kind
DEFAULT_ITEM = "其他工作"


def start_import(
    actor: User, file: UploadedFile | IO[bytes], *, reference: date, kind: str = Kind.LEDGER,
    edition: ListEdition | None = None, period: ReportPeriod | None = None, unit: Unit | None = None,
) -> ImportBatch:  # fmt: skip
    """Take a file in: find its ledgers, guess or recall what the columns mean, keep the file.

    ``reference``: a day of the month that the ledger belongs to. ``edition``: the draft list to bring up to date
    afterwards. REPORTS needs ``period``, and ``unit`` where the file is one unit's. Raises DomainError with place,
    reason and remedy for a file that holds no ledger; nothing is stored then.
    """
    require(rights.may_manage_tasks(actor))
    if kind == Kind.REPORTS and period is None:
        raise DomainError(_("周次"), _("未选择。"), _("请选择这些报告属于哪一周。"), field="period")
    if period is not None and period.due_on is None:
        raise DomainError(week_label(period.monday), _("本周免报。"), _("请另选周次。"), field="period")
    if edition is not None and edition.is_issued:
        raise DomainError(edition.title, _("已印发，不得再改。"), _("请选择编制中的清单，或留空。"), field="edition")
    # Reading may take a second or two: it is done before the database is held.
    file.seek(0)
    data = file.read(attachments.MAX_BYTES + 1)
    name = str(getattr(file, "name", "") or "")
    if len(data) > attachments.MAX_BYTES:
        raise DomainError(name, _("文件超过 20 MB。"), _("请删去图片或拆分文件后再上传。"), field="file")
    book, ledgers = reading.read_file(data, name)
    with transaction.atomic():
        stored = attachments.store(actor, file)
        batch = ImportBatch.objects.create(
            kind=kind, file=stored, reference=reference.replace(day=1), edition=edition, period=period, unit=unit,
            sheet=ledgers[0].sheet[:100], mapping=_proposed(ledgers), created_by=actor, created_at=clock.now(),
        )  # fmt: skip
        record(
            actor, "tasks.start_import", batch, file=stored.sha256, kind=kind, reference=batch.reference,
            format=book.kind, ledgers=len(ledgers), edition=edition, period=period, unit=unit,
        )  # fmt: skip
    return batch


def _proposed(ledgers: Sequence[Ledger]) -> dict[str, Any]:
    """Columns as remembered for the same headers, else as guessed; plan and item where the ledger names none."""
    remembered = ColumnMapping.objects.in_bulk([ledger.fingerprint for ledger in ledgers])
    choices = []
    for ledger in ledgers:
        columns = reading.guessed(ledger)
        known = remembered.get(ledger.fingerprint)
        if known is not None:
            # Only what this version still knows, and only for columns that are there.
            usable = {c: f for c, f in known.mapping.items() if c in columns and (f is None or f in set(Field))}
            columns |= usable
            taken = {f for f in usable.values() if f}
            columns = {c: (None if c not in usable and f in taken else f) for c, f in columns.items()}
        choices.append({"use": True, "columns": columns, "remembered": known is not None})
    title = next((ledger.title for ledger in ledgers if ledger.title), "")
    return {"ledgers": choices, "default_plan": title[:100], "default_item": DEFAULT_ITEM}


def start_news(actor: User, text: str, *, reference: date) -> ImportBatch:
    """Take pasted text in (P-58); it makes no task before somebody chose and completed a proposal."""
    require(rights.may_manage_tasks(actor))
    text = text.replace("\x00", "").strip()
    if not text:
        raise DomainError(_("文字"), _("没有内容。"), _("请粘贴新闻或文字材料。"), field="text")
    if len(text) > LIMIT:
        raise DomainError(_("文字"), _("超过%d字。") % LIMIT, _("请分几次粘贴。"), field="text")
    file = io.BytesIO(text.encode())
    file.name = _("粘贴的文字") + f" {clock.today():%Y-%m-%d}.txt"
    with transaction.atomic():
        stored = attachments.store(actor, file)
        batch = ImportBatch.objects.create(
            kind=Kind.NEWS, file=stored, reference=reference.replace(day=1), created_by=actor, created_at=clock.now()
        )
        record(actor, "tasks.start_import", batch, file=stored.sha256, kind=Kind.NEWS, reference=batch.reference)
    return batch


@transaction.atomic
def set_mapping(
    actor: User, batch: ImportBatch, columns: Mapping[int, Mapping[int, str | None]], *, default_plan: str = "",
    default_item: str = "",
) -> ImportBatch:  # fmt: skip
    """Say what the columns mean: for each ledger used (its number in the file) the field of each column.

    Ledgers left out are not imported. The mapping is remembered for the next ledger with the same headers.
    """
    batch = _open_batch(actor, batch)
    _book, ledgers = reading.ledgers_of(batch.file)
    used = [number for number in columns if 0 <= number < len(ledgers)]
    if not used:
        raise DomainError(batch.file.name, _("没有选择任何一张表。"), _("请至少选择一张表。"))
    choices = []
    for number, ledger in enumerate(ledgers):
        chosen = reading.guessed(ledger)
        if number in columns:
            chosen |= {str(column): field or None for column, field in columns[number].items() if str(column) in chosen}
            wrong = [field for field in chosen.values() if field and field not in set(Field)]
            if wrong:
                raise DomainError(ledger.sheet, _("没有“%s”这个字段。") % wrong[0], _("请从列表中选择。"))
            if Field.TASK.value not in chosen.values() and Field.CODE.value not in chosen.values():
                raise DomainError(
                    f"“{ledger.sheet}”{ledger.header_place}", _("没有指明“工作内容”列。"), _("请指明哪一列是工作内容。")
                )
            reading.rows_of(ledger, chosen)
            ColumnMapping.objects.update_or_create(
                fingerprint=ledger.fingerprint,
                defaults={"mapping": chosen, "updated_by": actor, "updated_at": clock.now()},
            )
        choices.append({"use": number in columns, "columns": chosen, "remembered": number in columns})
    batch.mapping = {
        "ledgers": choices,
        "default_plan": " ".join(default_plan.split())[:100],
        "default_item": " ".join(default_item.split())[:300],
    }
    batch.sheet = "、".join(ledgers[number].sheet for number in used)[:100]
    batch.save()
    record(actor, "tasks.set_import_mapping", batch, mapping=batch.mapping)
    return batch


@transaction.atomic
def set_answers(
    actor: User, batch: ImportBatch, *, units: Mapping[str, Any] | None = None,
    matches: Mapping[str, int | str | None] | None = None, leave_out: Iterable[str] = (),
    take_in: Iterable[str] = (),
) -> ImportBatch:  # fmt: skip
    """Answer open questions; what is not mentioned stays as it is.

    ``units``: name as written -> ``{"unit": id}``, ``{"ignore": True}``, ``{"create": kind}`` (only who may keep
    units) or None to take an answer back. ``matches``: row -> a task's id, ``"new"``, or None.
    ``leave_out`` and ``take_in``: rows not to be imported, and those to be imported after all.
    """
    batch = _open_batch(actor, batch)
    answers = dict(batch.answers)
    known = dict(answers.get("units", {}))
    for name, given in (units or {}).items():
        answer = _unit_answer(actor, name, given)
        if answer is None:
            known.pop(name, None)
        else:
            known[name] = answer
    chosen = dict(answers.get("matches", {}))
    for key, match in (matches or {}).items():
        if match is None:
            chosen.pop(key, None)
        else:
            chosen[key] = match
    left = (set(answers.get("left_out", [])) | set(leave_out)) - set(take_in)
    batch.answers = answers | {"units": known, "matches": chosen, "left_out": sorted(left)}
    batch.save(update_fields=["answers"])
    record(actor, "tasks.set_import_answers", batch, units=units or {}, matches=matches or {},
           leave_out=sorted(leave_out), take_in=sorted(take_in))  # fmt: skip
    return batch


def _unit_answer(actor: User, name: str, given: Any) -> dict[str, Any] | None:
    if not given:
        return None
    if given.get("ignore"):
        return {"ignore": True}
    if kind := given.get("create"):
        return {"unit": add_unit(actor, name=name, kind=kind).pk}
    unit = Unit.objects.filter(pk=given.get("unit")).first()
    if unit is None:
        raise DomainError(name, _("没有这个单位。"), _("请从列表中选择。"))
    return {"unit": unit.pk}


@transaction.atomic
def set_proposals(actor: User, batch: ImportBatch, tasks: Sequence[Mapping[str, Any]]) -> ImportBatch:
    """Keep the tasks that a person chose from pasted text: work, plan, item, unit (id), deadline, line."""
    batch = _open_batch(actor, batch)
    if batch.kind != Kind.NEWS:
        raise DomainError(batch.file.name, _("不是粘贴的文字。"), _("请在预览页处理。"))
    names = ("work", "plan", "item", "unit", "deadline", "line")
    batch.answers = {"tasks": [{name: task.get(name) or "" for name in names} for task in tasks]}
    batch.save(update_fields=["answers"])
    record(actor, "tasks.set_import_answers", batch, tasks=batch.answers["tasks"])
    return batch


@transaction.atomic
def ask_for_units(actor: User, batch: ImportBatch) -> int:
    """Ask the system administrators to register the unknown units of a batch; return how many were told."""
    batch = _open_batch(actor, batch)
    names = [each.name for each in preview_of(batch).unknown]
    if not names:
        raise DomainError(batch.file.name, _("没有未登记的单位。"), _("请刷新页面。"))
    people = people_with(Role.SYSTEM_ADMIN)
    if not people:
        raise DomainError(_("系统管理员"), _("没有在岗的系统管理员。"), _("请先对应到已有单位。"))
    try:
        url = reverse("units:units")
    except NoReverseMatch:
        url = ""
    notify(
        people, key=f"tasks.import-units:{batch.pk}:{len(names)}", url=url,
        title=_("导入台账时有%d个单位未登记，请核实后登记") % len(names), body="、".join(names[:50]),
    )  # fmt: skip
    record(actor, "tasks.ask_for_units", batch, names=names)
    return len(people)


def _open_batch(actor: User, batch: ImportBatch) -> ImportBatch:
    require(rights.may_manage_tasks(actor))
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch.pk)
    if batch.applied_at is not None:
        raise Stale(batch.file.name, _("已经导入。"), _("请刷新页面；如需再次导入，请重新上传。"))
    return batch


@transaction.atomic
def apply_import(actor: User, batch: ImportBatch, *, seen: str = "", reason: str = "") -> ImportBatch:
    """Do what the preview shows, all of it or nothing.

    Everything is read anew inside the transaction; with ``seen`` (the preview's digest) it is refused when the
    outcome would no longer be what the person saw. ``reason`` stands beside every changed deadline. Names of units
    that were resolved by hand are remembered.
    """
    batch = _open_batch(actor, batch)
    preview = preview_of(batch, fresh=True)
    if seen and seen != preview.digest:
        raise Stale(
            batch.file.name, _("预览之后数据有变动，导入的结果会与您看到的不同。"), _("请重新核对预览后再导入。")
        )
    _refuse_open(batch, preview)
    if preview.changes_deadlines:
        require(rights.may_move_deadline(actor), _("完成时限"))
    if preview.changes_deadlines and not reason.strip():
        raise DomainError(_("理由"), _("台账调整了完成时限，须说明理由。"), _("请填写理由。"), field="reason")
    counts = {action.value: count for action, count in sorted(preview.counts.items())}
    if batch.kind == Kind.REPORTS:
        facts = _submit(actor, batch, preview)
    else:
        facts = writing.write_tasks(actor, batch, preview, reason=reason.strip())
    aliases = _remember_units(actor, batch)
    batch.applied_by, batch.applied_at = actor, clock.now()
    batch.result = {"counts": counts, **facts, "aliases": aliases, "refused": _left_rows(preview)}
    batch.save()
    record(actor, "tasks.apply_import", batch, file=batch.file.sha256, counts=counts, reason=reason, **facts)
    if batch.edition_id and batch.kind != Kind.REPORTS and batch.edition is not None:
        lists.refresh_draft(actor, batch.edition)
    return batch


def _refuse_open(batch: ImportBatch, preview: Preview) -> None:
    refused, asked = preview.counts[Action.REFUSE], preview.counts[Action.ASK]
    if refused or asked:
        first = next((row for row in preview.ordered if row.action in (Action.REFUSE, Action.ASK)), None)
        remark = next(iter([*first.problems, *first.notes]), None) if first else None
        raise DomainError(
            remark.place if remark else batch.file.name,
            _("还有%(refused)d行不能导入、%(asked)d行待确认；%(first)s")
            % {"refused": refused, "asked": asked, "first": remark.text if remark else ""},
            _("请逐行处理，或选为不导入；现在没有导入任何一行。"),
        )
    if not preview.work_count:
        raise DomainError(batch.file.name, _("没有需要新建、修改或代录的内容。"), _("无须导入。"))


def _submit(actor: User, batch: ImportBatch, preview: Preview) -> dict[str, Any]:
    if batch.period is None:
        raise DomainError(_("周次"), _("未选择。"), _("请重新上传并选择周次。"))
    by_unit: dict[int, dict[int, dict[str, Any]]] = {}
    for row in preview.rows:
        if row.action is Action.REPORT and row.unit_id and row.task_id:
            by_unit.setdefault(row.unit_id, {})[row.task_id] = row.content
    units = Unit.objects.in_bulk(by_unit)
    submitted = {}
    for unit_id, contents in by_unit.items():
        versions = reports.submit_on_behalf(actor, batch.period, units[unit_id], contents, file=batch.file)
        submitted[units[unit_id].name] = [version.task.code for version in versions]
    return {"reports": submitted}


def _remember_units(actor: User, batch: ImportBatch) -> dict[str, str]:
    learned = {}
    for name, answer in batch.answers.get("units", {}).items():
        unit = Unit.objects.filter(pk=answer.get("unit")).first()
        if unit is not None:
            learn_alias(actor, name, unit)
            learned[name] = unit.name
    return learned


def _left_rows(preview: Preview) -> list[dict[str, Any]]:
    """The rows that were left out, with what was wrong: kept with the result, for the file of refused rows."""
    return [
        {
            "sheet": row.sheet, "row": row.number, "work": row.work[:300], "action": row.action.value,
            "why": "；".join(str(remark) for remark in row.problems or row.notes)[:1000],
        }
        for row in preview.rows
        if row.action is Action.LEFT
    ]  # fmt: skip


@transaction.atomic
def drop_import(actor: User, batch: ImportBatch) -> None:
    """Give an import up that was not applied; the uploaded file stays on record."""
    batch = _open_batch(actor, batch)
    ImportBatch.objects.filter(pk=batch.pk).delete()
    record(actor, "tasks.drop_import", batch, file=batch.file.sha256)


def may_create_units(actor: User) -> bool:
    """Whether unknown units may be registered right here."""
    return bool(can_edit_units(actor))
