"""Pages of imports: upload, columns, preview, result, and tasks out of pasted text."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qingdan.sheets import Field, Group, ItemBlock, LedgerSheet, OutColumn, write_ledger
from qingdan.web.common import attachments, clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import XLSX, MadeFile, send
from qingdan.web.common.forms import put_back
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Unit

from .. import rights
from ..forms.imports import NewsForm, ProposalFormSet, UploadForm
from ..imports import Action, Preview, Row, preview_of, reading
from ..imports.news import paragraphs_of
from ..imports.preview import IMPORTED
from ..models import ImportBatch, Plan, Task
from ..services import imports as services

CHUNK = 100
MAX_SHEETS_SHOWN = 50


def _batch(request: HttpRequest, pk: int) -> ImportBatch:
    found = ImportBatch.objects.visible_to(actor_of(request)).select_related(
        "file", "edition", "period", "unit", "created_by", "applied_by"
    )
    return get_object_or_404(found, pk=pk)


@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """Who imported what, when, and what came of it."""
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor))
    found = ImportBatch.objects.visible_to(actor).select_related("file", "created_by", "period", "unit")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "tasks/imports/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file in; what is wrong with it is said beside the field."""
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor))
    status = 200
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            given = form.cleaned_data
            try:
                batch = services.start_import(
                    actor, given["file"], reference=given["reference"], kind=given["kind"], edition=given["edition"],
                    period=given["period"], unit=given["unit"],
                )  # fmt: skip
                return redirect("tasks:import-columns", batch.pk)
            except DomainError as error:
                if error.status == 403:
                    raise
                place = f"{error.place}：" if error.place else ""
                form.add_error(
                    error.field if error.field in form.fields else "file",
                    f"{place}{error.reason}{error.remedy}",
                )
        status = 422
    else:
        form = UploadForm(initial={name: request.GET.get(name) for name in ("kind", "period", "unit", "edition")
                                   if request.GET.get(name)})  # fmt: skip
    return render(request, "tasks/imports/upload.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """Take pasted text in."""
    actor = actor_of(request)
    require(rights.may_manage_tasks(actor))
    form = NewsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = services.start_news(actor, form.cleaned_data["text"], reference=form.cleaned_data["reference"])
            return redirect("tasks:import", batch.pk)
        except DomainError as error:
            put_back(form, error)
    return render(request, "tasks/imports/paste.html", {"form": form}, status=422 if form.errors else 200)


# ------------------------------------------------------------------------------------------- columns
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """What the columns mean: guessed, shown, corrected here, and remembered."""
    actor, batch = actor_of(request), _batch(request, pk)
    if batch.applied_at or batch.kind == ImportBatch.Kind.NEWS:
        return redirect("tasks:import", pk)
    error = None
    if request.method == "POST":
        try:
            services.set_mapping(
                actor, batch, _posted_columns(request), default_plan=request.POST.get("default_plan", ""),
                default_item=request.POST.get("default_item", ""),
            )  # fmt: skip
            return redirect("tasks:import", pk)
        except DomainError as raised:
            if raised.status != 422:
                raise
            error = raised
    context = {
        "batch": batch, "error": error, "ledgers": _ledger_forms(request, batch), "plans": Plan.objects.all(),
        "default_plan": request.POST.get("default_plan", batch.mapping.get("default_plan", "")),
        "default_item": request.POST.get("default_item", batch.mapping.get("default_item", "")),
    }  # fmt: skip
    return render(request, "tasks/imports/columns.html", context, status=422 if error else 200)


def _posted_columns(request: HttpRequest) -> dict[int, dict[int, str | None]]:
    used = {int(number) for number in request.POST.getlist("use") if number.isdecimal() and len(number) < 6}
    found: dict[int, dict[int, str | None]] = {number: {} for number in used}
    for name, value in request.POST.items():
        match = re.fullmatch(r"c-(\d{1,5})-(\d{1,5})", name)
        if match and int(match[1]) in used:
            found[int(match[1])][int(match[2])] = str(value) or None
    return found


def _ledger_forms(request: HttpRequest, batch: ImportBatch) -> list[dict[str, Any]]:
    _book, ledgers = reading.ledgers_of(batch.file)
    posted = request.method == "POST"
    shown = []
    for number, (ledger, choice) in enumerate(zip(ledgers, reading.choices_of(batch), strict=False)):
        rows = []
        for column in ledger.columns:
            name = f"c-{number}-{column.index}"
            chosen = request.POST.get(name, "") if posted else choice["columns"].get(str(column.index)) or ""
            rows.append(
                {
                    "name": name, "header": column.header or _("（无表头）"), "samples": column.samples[:3],
                    "chosen": chosen, "sure": round(column.confidence * 100) if column.field else 0,
                    "guessed": column.field.value if column.field else "",
                }
            )  # fmt: skip
        shown.append(
            {
                "number": number, "sheet": ledger.sheet, "title": ledger.title, "place": ledger.header_place,
                "use": str(number) in request.POST.getlist("use") if posted else choice["use"],
                "remembered": choice["remembered"], "columns": rows, "fields": _field_choices(batch),
            }
        )  # fmt: skip
    return shown[:MAX_SHEETS_SHOWN]


def _field_choices(batch: ImportBatch) -> list[tuple[str, str, bool]]:
    """Fields by value, label and whether this kind of import uses them."""
    from ..imports.filled import IMPORTED as REPORTED

    used = REPORTED if batch.kind == ImportBatch.Kind.REPORTS else IMPORTED
    return [(field.value, field.label, field in used) for field in Field]


# ------------------------------------------------------------------------------------ preview, result
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The import as it stands: its result once applied, else its preview; pasted text with its proposals."""
    found = _batch(request, pk)
    if found.applied_at:
        return _result(request, found)
    if found.kind == ImportBatch.Kind.NEWS:
        return _news(request, found)
    return _preview(request, found)


def _preview(request: HttpRequest, found: ImportBatch, error: DomainError | None = None) -> HttpResponse:
    try:
        preview = preview_of(found)
    except DomainError as raised:
        return render(request, "tasks/imports/unreadable.html", {"batch": found, "error": raised}, status=422)
    action = request.GET.get("action", "")
    page = _page(request, preview, action)
    context = {
        "batch": found, "preview": preview, "error": error, "action": action, "page": page,
        "rows": _shown(page.object_list), "tiles": _tiles(preview), "units": _units_context(request, preview),
        "reason": request.POST.get("reason", _("按导入台账“%s”调整") % found.file.name[:80]),
        "many_new": sum(1 for row in preview.rows if row.asks_match and row.action is Action.ASK),
    }  # fmt: skip
    return render(request, "tasks/imports/preview.html", context, status=error.status if error else 200)


def _page(request: HttpRequest, preview: Preview, action: str) -> Page[Row]:
    return Paginator(preview.of(action), CHUNK).get_page(request.GET.get("page"))


def _tiles(preview: Preview) -> list[dict[str, Any]]:
    looks = {Action.REFUSE: "warning", Action.ASK: "near", Action.CREATE: "normal", Action.REPORT: "normal",
             Action.CHANGE: "accent"}  # fmt: skip
    return [
        {"action": action.value, "label": action.label, "count": preview.counts[action], "look": looks.get(action, "")}
        for action in Action
        if preview.counts[action] or action in (Action.REFUSE, Action.ASK)
    ]


def _shown(rows: Any) -> list[dict[str, Any]]:
    """Rows with the names of their units, for one page."""
    rows = list(rows)
    parts = ("leads", "responsible", "supporters")
    ids = {unit for row in rows for part in parts for unit in getattr(row, part)}
    names = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [
        {"row": row} | {part: "、".join(names.get(unit, "") for unit in getattr(row, part)) for part in parts}
        for row in rows
    ]


def _units_context(request: HttpRequest, preview: Preview) -> dict[str, Any]:
    if not preview.unknown:
        return {}
    return {
        "unknown": preview.unknown[:200],
        "all": list(Unit.objects.open_on(clock.today()).values_list("pk", "name")),
        "kinds": Unit.Kind.choices if services.may_create_units(actor_of(request)) else [],
    }


@require_safe
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The next hundred rows of a preview, for htmx."""
    found = _batch(request, pk)
    action = request.GET.get("action", "")
    page = _page(request, preview_of(found), action)
    context = {"batch": found, "action": action, "page": page, "rows": _shown(page.object_list)}
    return render(request, "tasks/imports/_rows.html", context)


def _result(request: HttpRequest, found: ImportBatch) -> HttpResponse:
    result = found.result
    codes = [*result.get("created", []), *result.get("changed", {})]
    page = Paginator(codes, CHUNK).get_page(request.GET.get("page"))
    here = list(page.object_list)
    tasks = {task.code: task for task in Task.objects.filter(code__in=here).select_related("item__plan")}
    labels = {
        "work": _("工作内容"), "leads": _("牵头单位"), "responsible": _("责任单位"), "supporters": _("配合单位"),
        "deadline": _("完成时限"), "key": _("重点"),
    }  # fmt: skip
    changed = result.get("changed", {})
    lines = [
        {"code": code, "task": tasks.get(code), "new": code not in changed,
         "changes": [(labels.get(name, name), old, new) for name, old, new in changed.get(code, [])]}
        for code in here
    ]  # fmt: skip
    counts = Counter(result.get("counts", {}))
    tiles = [
        {"label": action.label, "count": counts[action.value]} for action in Action if counts[action.value]
    ]  # fmt: skip
    return render(
        request, "tasks/imports/result.html", {"batch": found, "lines": lines, "page": page, "tiles": tiles}
    )  # fmt: skip


# ------------------------------------------------------------------------------------------- answers
@require_POST
def units(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which units the unknown names mean."""
    found = _batch(request, pk)
    given: dict[str, Any] = {}
    for name, value in request.POST.items():
        if not name.startswith("unit-") or not value:
            continue
        written = request.POST.get(f"name-{name[5:]}", "")
        if value == "ignore":
            given[written] = {"ignore": True}
        elif str(value).startswith("create:"):
            given[written] = {"create": str(value)[7:]}
        elif str(value).isdecimal() and len(str(value)) < 19:
            given[written] = {"unit": int(str(value))}
    services.set_answers(actor_of(request), found, units=given)
    messages.success(request, _("已指明%d个单位，预览已更新。导入后将记为别名。") % len(given))
    return redirect("tasks:import", pk)


@require_POST
def ask_units(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the system administrators to register the unknown units."""
    told = services.ask_for_units(actor_of(request), _batch(request, pk))
    messages.success(request, _("已提请%d名系统管理员登记，登记后刷新本页即可。") % told)
    return redirect("tasks:import", pk)


@require_POST
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm matches, leave rows out, take them in again."""
    actor, found = actor_of(request), _batch(request, pk)
    matches: dict[str, int | str | None] = {}
    leave_out, take_in = set(request.POST.getlist("leave")), set(request.POST.getlist("take"))
    for name, given in request.POST.items():
        if not name.startswith("match-") or not given:
            continue
        key, value = name[6:], str(given)
        if value == "leave":
            leave_out.add(key)
        elif value == "new":
            matches[key] = "new"
        elif value.isdecimal() and len(value) < 19:
            matches[key] = int(value)
    bulk = request.POST.get("bulk", "")
    if bulk:
        more_matches, more_left, more_taken = _in_bulk(preview_of(found), bulk)
        matches |= more_matches
        leave_out |= more_left
        take_in |= more_taken
    services.set_answers(actor, found, matches=matches, leave_out=leave_out, take_in=take_in)
    messages.success(request, _("已更新，请继续核对。"))
    action = request.POST.get("action", "")
    target = redirect("tasks:import", pk)
    if action in set(Action) and preview_of(_batch(request, pk)).of(action):
        target["Location"] += f"?action={action}"
    return target


def _in_bulk(preview: Preview, bulk: str) -> tuple[dict[str, int | str | None], set[str], set[str]]:
    """One button for many rows: leave all refused ones out, take all in, confirm all matches, or make all new."""
    asked = [row for row in preview.rows if row.action is Action.ASK and row.asks_match]
    if bulk == "leave-refused":
        return {}, {row.key for row in preview.rows if row.action is Action.REFUSE}, set()
    if bulk == "take-all":
        return {}, set(), {row.key for row in preview.rows if row.action is Action.LEFT}
    if bulk == "match-same":
        return {row.key: row.candidates[0].task_id for row in asked if row.candidates}, set(), set()
    if bulk == "all-new":
        return {row.key: "new" for row in asked}, set(), set()
    return {}, set(), set()


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Import, all or nothing; a refusal comes back on the preview with its place."""
    actor, found = actor_of(request), _batch(request, pk)
    try:
        services.apply_import(
            actor, found, seen=request.POST.get("seen", ""), reason=request.POST.get("reason", "")
        )  # fmt: skip
    except DomainError as error:
        if error.status == 403 or found.applied_at:
            raise
        if found.kind == ImportBatch.Kind.NEWS:
            return _news(request, found, error)
        return _preview(request, found, error)
    messages.success(request, _("导入完成。"))
    return redirect("tasks:import", pk)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an import up before it was applied."""
    services.drop_import(actor_of(request), _batch(request, pk))
    messages.success(request, _("已放弃本次导入，没有任何任务受影响。"))
    return redirect("tasks:imports")


# -------------------------------------------------------------------------------------- pasted text
def _news(request: HttpRequest, found: ImportBatch, error: DomainError | None = None) -> HttpResponse:
    """Paragraphs by kind, and the proposals out of the body to choose and complete."""
    paragraphs, candidates = paragraphs_of(found.file)
    status = error.status if error else 200
    if request.method == "POST" and error is None:
        formset = ProposalFormSet(request.POST, prefix="p")
        if formset.is_valid():
            chosen = [form.cleaned_data for form in formset if form.cleaned_data.get("chosen")]
            services.set_proposals(
                actor_of(request), found,
                [given | {"unit": given["unit"].pk if given["unit"] else None} for given in chosen],
            )  # fmt: skip
            return redirect("tasks:import", found.pk)
        status = 422
    else:
        formset = ProposalFormSet(prefix="p", initial=_proposals(found, candidates))
    preview = preview_of(found)
    context = {
        "batch": found, "paragraphs": paragraphs, "formset": formset, "preview": preview, "error": error,
        "plans": Plan.objects.all(), "kinds": Counter(paragraph.kind for paragraph in paragraphs),
    }  # fmt: skip
    return render(request, "tasks/imports/news.html", context, status=status)


def _proposals(found: ImportBatch, candidates: Any) -> list[dict[str, Any]]:
    """The tasks chosen so far, then the candidates not chosen, then room for two of one's own."""
    chosen = [given | {"chosen": True} for given in found.answers.get("tasks", [])]
    known = {(given["line"], given["work"]) for given in chosen}
    from qingdan.web.units.resolve import UnitIndex

    index = UnitIndex.load()
    for candidate in candidates[:100]:
        if (candidate.line, candidate.task) in known:
            continue
        unit = index.find(candidate.unit)
        chosen.append({"work": candidate.task, "line": candidate.line, "unit": unit.pk if unit else None})
    return [*chosen, {}, {}]


# -------------------------------------------------------------------------------------------- files
@require_safe
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows not imported, each with its place and reason, as a workbook."""
    found = _batch(request, pk)
    if found.applied_at:
        lines = [
            {"sheet": line["sheet"], "row": line["row"], "work": line["work"], "action": Action(line["action"]).label,
             "why": line["why"]} for line in found.result.get("refused", [])
        ]  # fmt: skip
    else:
        lines = [
            {"sheet": row.sheet, "row": row.number, "work": row.work or row.text, "action": row.action.label,
             "why": "；".join(str(remark) for remark in row.problems or row.notes)}
            for row in preview_of(found).ordered
            if row.action in (Action.REFUSE, Action.ASK, Action.LEFT)
        ]  # fmt: skip
    sheet = LedgerSheet(
        title=_("未导入的行"),
        subtitle=found.file.name,
        columns=[
            OutColumn("sheet", _("工作表"), 12), OutColumn("row", _("行"), 8, "center"),
            OutColumn("work", _("工作内容"), 40), OutColumn("action", _("处理"), 12, "center"),
            OutColumn("why", _("位置与原因"), 60),
        ],
        groups=[Group("", [ItemBlock({}, [line | {"action": str(line["action"]), "why": line["why"][:3000]}])
                           for line in lines])],
        freeze_columns=0,
    )  # fmt: skip
    return send(MadeFile(_("未导入的行") + ".xlsx", XLSX, write_ledger(sheet, clock.now())))


@require_safe
def file(request: HttpRequest, pk: int) -> FileResponse:
    """The file as it was uploaded."""
    found = _batch(request, pk)
    return FileResponse(
        attachments.open_attachment(found.file), as_attachment=True, filename=found.file.name,
        content_type=found.file.content_type,
    )  # fmt: skip
