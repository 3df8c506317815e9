"""Conditions to rails: the recursion of `evaluate.conditions`, done once for all enterprises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.circuit import Circuit, Rails
from qingdan.rules.compiler.combine import all_of, any_of, at_least, first_case, one_of, opposite, waived
from qingdan.rules.compiler.leaves import MANUAL, Leaves, assume, years_of
from qingdan.rules.compiler.scores import score_rails
from qingdan.rules.evaluate.conditions import last_year
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure
from qingdan.rules.language.rule import State

NOT_APPLICABLE = Rails.always([State.NOT_APPLICABLE])


class Conditions:
    """Makes the gates of conditions in one circuit; equal parts of different rules share theirs."""

    def __init__(self, catalogue: Catalogue, fact_date: date) -> None:
        self.circuit = Circuit()
        self.catalogue = catalogue
        self.leaves = Leaves(self.circuit, catalogue, fact_date)
        self.start = Context(catalogue, Facts(), fact_date)

    def rails(self, condition: c.Condition, context: Context | None = None) -> Rails:
        """The rails of a condition; RuleError for what the evaluator would refuse."""
        context = context or self.start
        match condition:
            case c.Window():
                return self._window(condition, context)
            case c.Score():
                return score_rails(self, condition, context)
            case c.Tiered():
                cases = [(self.rails(case.when, context), self.rails(case.then, context)) for case in condition.cases]
                otherwise = self.rails(condition.otherwise, context) if condition.otherwise else NOT_APPLICABLE
                return first_case(self.circuit, cases, otherwise)
        if not condition.parts:
            return self._leaf(condition, context)
        parts = [self.rails(part, context) for part in condition.parts]
        match condition:
            case c.All():
                return all_of(self.circuit, parts)
            case c.Any():
                return any_of(self.circuit, parts)
            case c.NoneOf():
                return opposite(any_of(self.circuit, parts))
            case c.AtLeast():
                return at_least(self.circuit, condition.k, parts)
            case c.Exclusion():
                return opposite(parts[0])
            case c.Exemption():
                return waived(self.circuit, condition=parts[1], when=parts[0])
        raise AssertionError(condition)

    def _leaf(self, clause: c.Condition, context: Context) -> Rails:
        figures = [each for each in vars(clause).values() if isinstance(each, Figure) and each.since]
        names = self._open({each.since for each in figures}, context)
        if not names:
            return self.leaves.rails(clause, context)
        years = [year for each in figures for year in years_of(each, context)]
        first = min(years)
        # Growth looks further back than the figure itself.
        earliest = first - (clause.years if isinstance(clause, c.Growth) else 0)
        return self._begun(names, range(earliest, max(years) + 2), first, context, clause)

    def _begun(
        self, names: tuple[str, ...], years: range, first: int, context: Context, condition: c.Condition
    ) -> Rails:
        """The condition for every choice of first years, each where it is open."""
        choices = []
        for gate, choice in self.leaves.begun_in(names, years, first):
            assumed = assume(context, names, choice)
            rails = (
                self._years_of(condition, assumed)
                if isinstance(condition, c.Window)
                else self.leaves.rails(condition, assumed)
            )
            choices.append((gate, rails))
        return one_of(self.circuit, choices)

    def _open(self, names: Iterable[str], context: Context) -> tuple[str, ...]:
        """The first days among `names` that are not assumed yet."""
        assumed = {name for name, _ in context.starts}
        return tuple(sorted(set(names) - assumed))

    def _window(self, window: c.Window, context: Context) -> Rails:
        names = self._open([window.since] if window.since else [], context)
        if not names:
            return self._years_of(window, context)
        first = last_year(window.condition, context) - window.years + 1
        earliest, latest = _all_years(window, context)
        years = range(min(first, earliest), max(last_year(window.condition, context), latest) + 2)
        return self._begun(names, years, first, context, window)

    def _years_of(self, window: c.Window, context: Context) -> Rails:
        """Each year is the condition with its years moved back, no further than the first year."""
        start = context.start_of(window.since) if window.since else None
        parts = []
        for index in range(window.years):
            moved = replace(context, back=context.back + index)
            if start is not None and last_year(window.condition, moved) < start.year:
                break
            parts.append(self.rails(window.condition, moved))
        if not parts:
            return MANUAL
        if window.at_least is None:
            return all_of(self.circuit, parts)
        return at_least(self.circuit, window.at_least, parts)


def _all_years(condition: c.Condition, context: Context) -> tuple[int, int]:
    """The earliest and the latest year that figures and windows with a first day below a condition can ask about."""
    years = [context.fact_date.year - context.back]
    for value in vars(condition).values():
        if isinstance(value, Figure) and value.since:
            back = condition.years if isinstance(condition, c.Growth) else 0
            years += [year - step for year in years_of(value, context) for step in (0, back)]
    if isinstance(condition, c.Score):
        pieces = [item.per_piece.figure for item in condition.items if item.per_piece]
        years += [year for figure in pieces if figure.since for year in years_of(figure, context)]
    contexts = [context]
    if isinstance(condition, c.Window):
        last = last_year(condition.condition, context)
        years += [last, last - condition.years + 1]
        contexts.append(replace(context, back=context.back + condition.years - 1))
    for part in condition.parts:
        for each in contexts:
            years += _all_years(part, each)
    return min(years), max(years)
