"""The conditions of a rule in the order of its explanation, each with its gates.

The evaluator shows a condition once for each year of a window, and of a table of cases only those that can still
apply. So each condition here also has a gate that says whether it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.circuit import TRUE, Rails
from qingdan.rules.compiler.columns import Column, days
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.compiler.literals import InNumbers
from qingdan.rules.evaluate.conditions import last_year
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import conditions as c


@dataclass(frozen=True)
class Branch:
    """A condition where it stands: `depth` levels below its rule, its relative years moved `back` by windows.

    `rails` and `shown` are gates of the circuit.
    """

    condition: c.Condition
    depth: int
    back: int
    rails: Rails
    shown: int


class Trees(Conditions):
    """Makes gates like its base and keeps which it made, so that every condition of a tree can be asked for again.

    The rules have to live as long as this.
    """

    def __init__(self, catalogue: Catalogue, fact_date: date) -> None:
        super().__init__(catalogue, fact_date)
        self._made: dict[tuple[int, int, tuple[tuple[str, date], ...]], Rails] = {}

    def rails(self, condition: c.Condition, context: Context | None = None) -> Rails:
        context = context or self.start
        key = (id(condition), context.back, context.starts)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = super().rails(condition, context)
        return found

    def branches(self, condition: c.Condition) -> list[Branch]:
        """A condition and everything below it, each before its parts; RuleError for what the evaluator would refuse."""
        return list(self._walk(condition, self.start, 0, TRUE))

    def _walk(self, condition: c.Condition, context: Context, depth: int, shown: int) -> Iterator[Branch]:
        yield Branch(condition, depth, context.back, self.rails(condition, context), shown)
        match condition:
            case c.Window():
                for moved, year_shown in self._years(condition, context):
                    gate = self.circuit.all([shown, year_shown])
                    yield from self._walk(condition.condition, moved, depth + 1, gate)
            case c.Tiered():
                for part, part_shown in self._cases(condition, context):
                    gate = self.circuit.all([shown, part_shown])
                    yield from self._walk(part, context, depth + 1, gate)
            case _:
                for part in condition.parts:
                    yield from self._walk(part, context, depth + 1, shown)

    def _years(self, window: c.Window, context: Context) -> Iterator[tuple[Context, int]]:
        """Years before the first day's year are not shown; all of them are where the day is missing."""
        for index in range(window.years):
            moved = replace(context, back=context.back + index)
            shown = TRUE
            if window.since:
                end = days(date(last_year(window.condition, moved), 12, 31)) + 1
                shown = self.circuit.literal(InNumbers(Column(window.since, ""), ((None, end),), missing=True))
            yield moved, shown

    def _cases(self, tiered: c.Tiered, context: Context) -> Iterator[tuple[c.Condition, int]]:
        """A case is shown when it can apply and none before it certainly does."""
        reached = TRUE
        for case in tiered.cases:
            when = self.rails(case.when, context)
            shown = self.circuit.all([reached, self.circuit.any([when.met, when.manual])])
            yield case.when, shown
            yield case.then, shown
            skipped = self.circuit.any([when.unmet, when.manual, when.not_applicable])
            reached = self.circuit.all([reached, skipped])
        if tiered.otherwise:
            yield tiered.otherwise, reached
