"""Everything known of one task, for its page: a constant number of queries however long its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from qingdan.web.common.models import Event
from qingdan.web.common.wording import verb_label
from qingdan.web.units.models import User

from . import receipts, rights
from .facts import TaskFacts, facts_of
from .light import Light, worst
from .models import (
    Assignment,
    Closure,
    DeadlineChange,
    EscalationNotice,
    ExtensionRequest,
    Forecast,
    Judgement,
    LightOverride,
    ListLine,
    Problem,
    ReportPeriod,
    ReportVersion,
    Task,
)
from .wording import MAIN_FACTS

# As many rows of a history as a page shows at once.
SHOWN = 60


@dataclass(frozen=True)
class Week:
    """The versions that were submitted for one week, newest first; the first not sent back counts."""

    period: ReportPeriod
    versions: Sequence[ReportVersion]


@dataclass(frozen=True)
class SubtaskLine:
    """A sub-task with its node and its light."""

    task: Task
    deadline: str
    facts: TaskFacts


@dataclass(frozen=True)
class Dossier:
    """One task as its page shows it."""

    task: Task
    facts: TaskFacts
    parts: list[tuple[str, list[Assignment]]]
    deadlines: list[DeadlineChange]
    weeks: list[Week]
    more_weeks: bool
    judgements: list[Judgement]
    overrides: list[LightOverride]
    extensions: list[ExtensionRequest]
    closures: list[Closure]
    problems: list[Problem]
    subtasks: list[SubtaskLine]
    lines: list[ListLine]
    notices: list[EscalationNotice]
    events: list[dict[str, Any]] | None

    @property
    def subtasks_done(self) -> int:
        return sum(not line.facts.is_open for line in self.subtasks)

    @property
    def subtasks_light(self) -> Light:
        """The roll-up: the worst light below."""
        return worst([line.facts.shown.light for line in self.subtasks])


def dossier(user: User, task: Task, *, all_weeks: bool = False) -> Dossier:
    """Read the dossier of ``task``, which ``user`` may see (the caller asked `visible_to`)."""
    extensions = list(task.extensions.select_related("unit", "by", "decision", "decision__by")[:SHOWN])
    receipts.add_to_extensions(user, extensions)
    subtasks = list(Task.objects.visible_to(user).filter(parent=task).with_deadline().order_by("sort", "pk"))
    facts = facts_of([task.pk, *(sub.pk for sub in subtasks)])
    assignments = list(task.assignments.select_related("unit"))
    parts = [
        (str(part.label), [each for each in assignments if each.part == part])
        for part in (Assignment.Part.LEAD, Assignment.Part.RESPONSIBLE, Assignment.Part.SUPPORT)
    ]
    versions = (
        ReportVersion.objects.filter(task=task)
        .select_related("period", "unit", "written_by", "signed_by", "returned", "returned__by")
        .prefetch_related("evidence__attachment")
        .order_by("-period__monday", "unit__sort", "unit_id", "-version")
    )
    shown = list(versions if all_weeks else versions[: SHOWN + 1])
    more = not all_weeks and len(shown) > SHOWN
    for version in shown:
        version.task = task
    receipts.add_to_versions(user, shown)
    weeks = [
        Week(found[0].period, found)
        for _monday, rows in groupby(shown[:SHOWN] if more else shown, key=lambda v: v.period_id)
        for found in [list(rows)]
    ]
    return Dossier(
        task=task,
        facts=facts[task.pk],
        parts=[(label, found) for label, found in parts if found],
        deadlines=list(task.deadlines.select_related("by")),
        weeks=weeks,
        more_weeks=more,
        judgements=list(task.judgements.select_related("by").order_by("-at", "-pk")[:SHOWN]),
        overrides=list(task.overrides.select_related("by").order_by("-at", "-pk")[:SHOWN]),
        extensions=extensions,
        closures=list(task.closures.select_related("by", "merged_into").order_by("-at", "-pk")),
        problems=list(Problem.objects.filter(task=task).with_state().select_related("unit")[:SHOWN]),
        subtasks=[SubtaskLine(sub, getattr(sub, "due_written", "") or "", facts[sub.pk]) for sub in subtasks],
        lines=list(
            task.lines.filter(edition__issued_at__isnull=False)
            .select_related("edition", "merged_into")
            .order_by("-edition__month", "-edition__version")
        ),
        notices=list(task.escalations.select_related("unit")[:SHOWN]),
        events=_events(task) if rights.may_read_history(user) else None,
    )


def _events(task: Task) -> list[dict[str, Any]]:
    found = Event.objects.filter(object_type=task._meta.label_lower, object_id=str(task.pk))
    return [
        {
            "at": event.at,
            "who": event.actor_label,
            "post": event.post_label,
            "what": verb_label(event.verb),
            "facts": _words(event.facts),
            # Whoever reads this history sees the task, and so has receipts of it.
            "receipt": event.pk,
        }
        for event in found.order_by("-pk")[:SHOWN]
    ]


def _words(facts: dict[str, Any]) -> list[tuple[Any, str]]:
    codes: dict[str, dict[str, Any]] = {"light": dict(Light.choices), "forecast": dict(Forecast.choices)}
    return [
        (word, str(codes.get(name, {}).get(facts[name], facts[name]))[:200])
        for name, word in MAIN_FACTS.items()
        if facts.get(name)
    ]
