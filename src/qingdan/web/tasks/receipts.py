"""Which event of the log stands behind a report, a step of a problem, an extension: the way to its receipt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from django.db.models import Model, Q

from qingdan.web.common.models import Event
from qingdan.web.trust.inspection import receipts_visible_to
from qingdan.web.units.models import User

from .models import ExtensionRequest, ProblemStep, ReportVersion


def add_to_versions(user: User, versions: Sequence[ReportVersion]) -> None:
    """Set ``receipt`` of each version to the event that submitted it, None where ``user`` may not have the receipt.

    The versions come with their task.
    """
    found = _events(
        user,
        Q(verb__in=("tasks.submit", "tasks.submit_on_behalf"), object_type="tasks.reportperiod")
        & Q(object_id__in={str(version.period_id) for version in versions})
        & Q(actor__in={version.signed_by_id for version in versions}),
        # One signature submits several reports.
        lambda event, facts: [
            (facts["unit"]["id"], event.object_id, report["task"], report["version"]) for report in facts["reports"]
        ],
    )
    _add(versions, found, lambda v: (v.unit_id, str(v.period_id), v.task.code, v.version))


def add_to_steps(user: User, steps: Sequence[ProblemStep]) -> None:
    """The same for the steps of problems. Steps with the same words by the same person have the receipt of the last."""
    found = _events(
        user,
        Q(verb__startswith="tasks.problem_", object_type="tasks.problem")
        & Q(object_id__in={str(step.problem_id) for step in steps}),
        lambda event, facts: [(event.object_id, event.verb, event.actor_id, facts["text"].strip())],
    )
    _add(steps, found, lambda s: (str(s.problem_id), f"tasks.problem_{s.kind}", s.by_id, s.text))


def add_to_extensions(user: User, requests: Sequence[ExtensionRequest]) -> None:
    """The same for requests of an extension, and ``decision_receipt`` for their decisions."""
    of_tasks = Q(object_type="tasks.task", object_id__in={str(request.task_id) for request in requests})
    found = _events(
        user,
        Q(verb="tasks.request_extension") & of_tasks,
        lambda event, facts: [(event.object_id, event.actor_id, facts["new"].strip(), facts["reason"].strip())],
    )
    _add(requests, found, lambda r: (str(r.task_id), r.by_id, r.written, r.reason))
    decided = _events(
        user,
        Q(verb="tasks.decide_extension") & of_tasks,
        lambda event, facts: [(event.object_id, event.actor_id, facts["new"], facts["reason"].strip())],
    )
    for request in requests:
        decision = getattr(request, "decision", None)
        key = (str(request.task_id), decision.by_id, request.written, decision.reason) if decision else None
        request.decision_receipt = decided.get(key)  # type: ignore[attr-defined]


def _events(
    user: User, which: Q, keys: Callable[[Event, dict[str, Any]], Iterable[Hashable]]
) -> dict[Hashable | None, int]:
    """The events that ``user`` may have receipts of, by what they are about. Erased ones lead nowhere any more."""
    found: dict[Hashable | None, int] = {}
    for event in receipts_visible_to(user).filter(which, leaf__isnull=False).exclude(what_salt="").order_by("id"):
        found.update(dict.fromkeys(keys(event, event.facts), event.pk))
    return found


def _add(rows: Sequence[Model], found: dict[Hashable | None, int], key: Callable[[Any], Hashable]) -> None:
    for row in rows:
        row.receipt = found.get(key(row))  # type: ignore[attr-defined]
