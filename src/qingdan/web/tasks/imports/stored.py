"""The tasks that are stored, and which of them a row of a file means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from ..models import Assignment, Task
from .reading import plain
from .rows import Candidate

# From this likeness of the words on, a row is asked about instead of made a new task.
NEAR = 90
_PARTS = {
    Assignment.Part.LEAD: "leads",
    Assignment.Part.RESPONSIBLE: "responsible",
    Assignment.Part.SUPPORT: "supporters",
}


@dataclass(slots=True)
class StoredTask:
    """What a row is compared with."""

    pk: int
    code: str
    work: str
    key: bool
    plan: str
    item: str
    closed: bool
    due_on: date | None
    due_written: str
    due_kind: str
    leads: list[int] = field(default_factory=list)
    responsible: list[int] = field(default_factory=list)
    supporters: list[int] = field(default_factory=list)


class Stored:
    """All top tasks, by code and by content; three queries."""

    def __init__(self) -> None:
        open_ids = set(Task.objects.open_at().values_list("pk", flat=True))
        tasks = Task.objects.with_deadline().values_list(  # type: ignore[misc]
            "pk", "code", "work", "key", "item__plan__name", "item__name", "due_on", "due_written", "due_kind"
        )
        self.by_id: dict[int, StoredTask] = {}
        for pk, code, work, key, plan, item, due_on, written, kind in tasks.order_by("pk"):
            self.by_id[pk] = StoredTask(
                pk, code, work, key, plan, item, pk not in open_ids, due_on, written or "", kind or ""
            )  # fmt: skip
        parts = Assignment.objects.order_by("part", "order").values_list("task_id", "part", "unit_id")
        for task_id, part, unit_id in parts:
            getattr(self.by_id[task_id], _PARTS[Assignment.Part(part)]).append(unit_id)
        self.by_code = {task.code: task for task in self.by_id.values()}
        self._same: dict[tuple[str, str, str], StoredTask] = {}
        self._in_plan: dict[str, dict[int, str]] = {}
        for task in self.by_id.values():
            # Of two tasks with the same words the open one is meant.
            key = (plain(task.plan), plain(task.item), plain(task.work))
            if key not in self._same or self._same[key].closed:
                self._same[key] = task
            self._in_plan.setdefault(key[0], {})[task.pk] = key[2]

    def same(self, plan: str, item: str, work: str) -> StoredTask | None:
        """The task whose plan, item and work are the same but for marks and blanks."""
        return self._same.get((plain(plan), plain(item), plain(work)))

    def near(self, plan: str, work: str, n: int = 3, *, without: Iterable[int] = ()) -> list[Candidate]:
        """Tasks of the same plan whose words are nearly the same, most alike first."""
        words = self._in_plan.get(plain(plan))
        if not words:
            return []
        left_out = set(without)
        found = process.extract(plain(work), words, scorer=fuzz.ratio, score_cutoff=NEAR, limit=n + len(left_out))
        return [self.candidate(pk, round(score)) for _, score, pk in found if pk not in left_out][:n]

    def candidate(self, pk: int, score: int = 100) -> Candidate:
        task = self.by_id[pk]
        return Candidate(pk, task.code, task.work, score)
