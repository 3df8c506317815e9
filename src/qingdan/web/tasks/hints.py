"""Pointing out reports that look like forms filled for form's sake (整治形式主义): copied text, long runs without
change, a claim of done without evidence. Hints are reasons to look, never verdicts; the comparison is shown with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz.distance import Indel

from qingdan.standards.numerals import clean_text, to_half_width
from qingdan.web.common import values
from qingdan.web.units.models import User

from .models import ReportDraft, ReportPeriod, ReportVersion

# Shorter texts are alike by nature ("正在施工").
SHORT = 12


class HintKind(models.TextChoices):
    COPIED_SELF = "copied_self", gettext_lazy("与上期雷同")
    COPIED_OTHER = "copied_other", gettext_lazy("与他处雷同")
    NO_CHANGE = "no_change", gettext_lazy("连续无变化")
    DONE_WITHOUT_EVIDENCE = "no_evidence", gettext_lazy("称已办结无佐证")


@dataclass(frozen=True)
class Hint:
    """A reason to look at a report: what was noticed, and what it was compared with."""

    kind: HintKind
    report: ReportVersion
    text: str
    other: ReportVersion | None = None
    similarity: float = 0.0


@dataclass(frozen=True)
class DraftHint:
    """What a unit may want to look at in its own draft before it is signed; ``compared`` is the text beside it."""

    kind: HintKind
    text: str
    compared: str = ""


def plain(text: str) -> str:
    """A text as compared: half-width, without spaces and full stops."""
    return "".join(clean_text(to_half_width(text)).split()).rstrip("。.;；")


def hints_of(user: User, period: ReportPeriod, *, units: Collection[int] | None = None) -> list[Hint]:
    """The hints on the accepted reports of ``period`` that ``user`` may see, in order of unit and task."""
    found: list[Hint] = []
    current = list(_accepted(ReportVersion.objects.visible_to(user).filter(period=period), units))
    before = _before(current, period)
    threshold = float(values.get("similarity_threshold"))
    first_with: dict[str, ReportVersion] = {}
    runs = _no_change_runs(current, period)
    for report in current:
        last, text = before.get((report.task_id, report.unit_id)), plain(report.progress)
        if report.no_change:
            run = runs.get((report.task_id, report.unit_id), 1)
            if run >= 2:
                found.append(Hint(HintKind.NO_CHANGE, report, _("已连续%d周报“本周无变化”") % run, last))
        elif last is not None and len(text) >= SHORT:
            alike = Indel.normalized_similarity(text, plain(last.progress))
            if alike >= threshold:
                words = _("与上期文字相似度%(n)d%%，未标记“本周无变化”") % {"n": round(alike * 100)}
                found.append(Hint(HintKind.COPIED_SELF, report, words, last, alike))
        if len(text) >= SHORT:
            other = first_with.setdefault(text, report)
            if other is not report:
                words = _("与%(unit)s的另一项任务文字相同") % {"unit": other.unit.name}
                found.append(Hint(HintKind.COPIED_OTHER, report, words, other, 1.0))
        if report.claims_done and not report.evidence_count:  # type: ignore[attr-defined]
            found.append(Hint(HintKind.DONE_WITHOUT_EVIDENCE, report, _("申请办结，未附佐证材料")))
    return found


def hints_on_drafts(
    drafts: Iterable[ReportDraft], before: Mapping[int, ReportVersion], *, evidence: Mapping[int, int]
) -> dict[int, list[DraftHint]]:
    """The same hints on one unit's drafts, by task id, before anything is submitted.

    ``before``: last week's report by task; ``evidence``: how many files each draft has, by draft id.
    """
    found: dict[int, list[DraftHint]] = {}
    threshold = float(values.get("similarity_threshold"))
    first_with: dict[str, ReportDraft] = {}
    for draft in drafts:
        hints = found.setdefault(draft.task_id, [])
        last, text = before.get(draft.task_id), plain(draft.progress)
        if last is not None and not draft.no_change and len(text) >= SHORT:
            alike = Indel.normalized_similarity(text, plain(last.progress))
            if alike >= threshold:
                words = _("与上期文字相似度%(n)d%%。如确无变化，请改用“本周无变化”。") % {"n": round(alike * 100)}
                hints.append(DraftHint(HintKind.COPIED_SELF, words, last.progress))
        if not draft.no_change and len(text) >= SHORT:
            other = first_with.setdefault(text, draft)
            if other is not draft:
                words = _("与本单位另一项任务“%(work)s”文字相同。") % {"work": other.task.work[:20]}
                hints.append(DraftHint(HintKind.COPIED_OTHER, words, other.progress))
        if draft.claims_done and not evidence.get(draft.pk):
            hints.append(DraftHint(HintKind.DONE_WITHOUT_EVIDENCE, _("申请办结，尚未附佐证材料。")))
    return found


def _accepted(versions: QuerySet[ReportVersion], units: Collection[int] | None) -> QuerySet[ReportVersion]:
    later = ReportVersion.objects.not_returned().filter(
        period=OuterRef("period"), task=OuterRef("task"), unit=OuterRef("unit")
    )
    newest = versions.filter(returned__isnull=True).annotate(
        _newest=Subquery(later.order_by("-version").values("pk")[:1])
    )
    if units is not None:
        newest = newest.filter(unit__in=units)
    return (
        newest.filter(pk=models.F("_newest"))
        .annotate(evidence_count=models.Count("evidence"))
        .select_related("unit", "task__item")
        .order_by("unit__sort", "unit_id", "task__sort", "task_id")
    )


def _before(current: Collection[ReportVersion], period: ReportPeriod) -> dict[tuple[int, int], ReportVersion]:
    """The report of the week before for each, newest first per task and unit."""
    previous = ReportPeriod.objects.filter(monday__lt=period.monday, due_on__isnull=False).order_by("-monday").first()
    if previous is None:
        return {}
    tasks = {report.task_id for report in current}
    versions = (
        ReportVersion.objects.not_returned().filter(period=previous, task__in=tasks).select_related("unit", "period")
    )
    return {(v.task_id, v.unit_id): v for v in versions.order_by("version")}


def _no_change_runs(current: Collection[ReportVersion], period: ReportPeriod) -> dict[tuple[int, int], int]:
    """For each report without change: how many weeks in a row up to this one."""
    wanted = {(r.task_id, r.unit_id) for r in current if r.no_change}
    if not wanted:
        return {}
    weeks: dict[tuple[int, int], dict[object, bool]] = {}
    history = ReportVersion.objects.not_returned().filter(
        task__in={task for task, _unit in wanted}, period__monday__lte=period.monday
    )
    rows = history.order_by("-period__monday", "-version").values_list(
        "task_id", "unit_id", "period__monday", "no_change"
    )
    for task, unit, monday, no_change in rows:
        if (task, unit) in wanted:
            weeks.setdefault((task, unit), {}).setdefault(monday, no_change)
    runs = {}
    for pair, by_week in weeks.items():
        states = list(by_week.values())
        runs[pair] = states.index(False) if False in states else len(states)
    return runs
