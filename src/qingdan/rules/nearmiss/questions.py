"""Which missing facts to ask one enterprise for first: those whose answers decide most rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from qingdan.rules.catalogue import Catalogue, FieldType, PeriodKind
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.facts import Fact, Facts
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Period
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.nearmiss.clauses import clause_ways, piece_ways
from qingdan.rules.nearmiss.lines import field_limits
from qingdan.rules.nearmiss.plans import Changeable, Demand, Desk, Key, Plan


@dataclass(frozen=True, kw_only=True)
class Question:
    """A missing fact, and what its answer would do; rules by "id version", in the order given.

    `decides`: rules that are no longer unknown whatever the answer. `may_decide`: rules that some answers decide and
    others do not. `asked_by`: every unknown rule that misses the fact.
    """

    field: str
    period: str
    label: str
    decides: tuple[str, ...]
    may_decide: tuple[str, ...]
    asked_by: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        return {
            "fact": "@".join(filter(None, (self.field, self.period))),
            "label": self.label,
            "decides": list(self.decides),
            "may_decide": list(self.may_decide),
            "asked_by": list(self.asked_by),
        }

    def chinese(self) -> str:
        """2025年度营业收入：可确定 12 项政策，另可能确定 3 项（共 20 项需要）."""
        more = f"，另可能确定 {len(self.may_decide)} 项" if self.may_decide else ""
        return f"{self.label}：可确定 {len(self.decides)} 项政策{more}（共 {len(self.asked_by)} 项需要）"


def questions(
    rules: Iterable[Rule], facts: Facts, catalogue: Catalogue, fact_date: date, *, limit: int = 3
) -> tuple[Question, ...]:
    """The `limit` missing facts whose answers decide most of `rules`, each asked alone, the best first.

    First counts how many rules the fact decides whatever the answer, then how many it may decide, then how many ask
    for it; ties in the order of the rules. An answer is tried on each side of every threshold that it can reach and
    at the ends of the field's range. RuleError for names that the catalogue does not have.
    """
    desk = Desk(catalogue=catalogue, origin=facts, facts=facts, fact_date=fact_date, changeable=Changeable())
    found: dict[Key, tuple[list[str], list[str], list[str]]] = {}
    for rule in rules:
        context = Context(catalogue, facts, fact_date)
        outcome = evaluate_condition(rule.condition, context)
        if outcome.state is not State.UNKNOWN:
            continue
        answers = _answers(rule.condition, context, desk)
        for name, period in outcome.all_missing():
            key = desk.key(name, period)
            decides, may_decide, asked_by = found.setdefault(key, ([], [], []))
            title = f"{rule.id} {rule.version}"
            asked_by.append(title)
            decided = [_is_decided(rule, key, answer, desk) for answer in answers.get(key, ())]
            if decided and all(decided):
                decides.append(title)
            elif any(decided):
                may_decide.append(title)
    ranked = sorted(found.items(), key=lambda each: [-len(names) for names in each[1]])
    return tuple(_question(key, lists, desk) for key, lists in ranked[:limit])


def _question(key: Key, lists: tuple[list[str], list[str], list[str]], desk: Desk) -> Question:
    spec = desk.catalogue.field(key.field)
    dated = spec.period in (PeriodKind.YEAR, PeriodKind.MONTH)
    decides, may_decide, asked_by = (tuple(names) for names in lists)
    return Question(
        field=key.field,
        period=key.period if dated else "",
        label=Period(key.period).chinese() + spec.chinese if dated else spec.chinese,
        decides=decides,
        may_decide=may_decide,
        asked_by=asked_by,
    )


def _is_decided(rule: Rule, key: Key, answer: tuple[Key, Fact], desk: Desk) -> bool:
    context = Context(desk.catalogue, desk.applied(dict([answer])), desk.fact_date)
    return evaluate_condition(rule.condition, context).state is not State.UNKNOWN


def _answers(condition: c.Condition, context: Context, desk: Desk) -> dict[Key, list[tuple[Key, Fact]]]:
    """Answers worth trying for each missing fact: to both sides of where some clause turns, and the range's ends."""
    found: dict[Key, dict[tuple[Key, Fact], None]] = {}
    for plan in _turning_points(condition, context, desk):
        values = desk.values(plan)
        for key, value in values.items():
            tried = found.setdefault(key._replace(item=None), {})
            if key.item is None and isinstance(value, int) and plan.demands[key].choices is None:
                edges = _edges(plan.demands[key]) if len(values) == 1 else set()
                tried |= {(key, number): None for number in _within_range(edges, key, desk)}
            elif len(values) == 1:
                tried[key, value] = None
    return {key: list(tried) for key, tried in found.items()}


def _edges(demand: Demand) -> set[int]:
    """Both sides of both limits."""
    lows = set() if demand.low is None else {demand.low - 1, demand.low}
    return lows if demand.high is None else lows | {demand.high, demand.high + 1}


def _within_range(numbers: set[int], key: Key, desk: Desk) -> list[int]:
    """Those that a fact of the field can be, and the ends of its range."""
    if desk.catalogue.field(key.field).type is FieldType.DATE:
        return sorted(each for each in numbers if 0 < each <= date.max.toordinal())
    low, high = field_limits(key, desk)
    ends = {each for each in (low, high) if each is not None}
    return sorted(each for each in numbers | ends if (low is None or each >= low) and (high is None or each <= high))


def _turning_points(condition: c.Condition, context: Context, desk: Desk) -> Iterator[Plan]:
    """What would bring each clause, and each item of points, to something definite."""
    if isinstance(condition, c.Window):
        for index in range(condition.years):
            moved = replace(context, back=context.back + index)
            yield from _turning_points(condition.condition, moved, desk)
        return
    if isinstance(condition, c.Score):
        for item in condition.items:
            if item.per_piece:
                for plans in piece_ways(item.per_piece, context, desk).values():
                    yield from plans
    for part in condition.parts:
        yield from _turning_points(part, context, desk)
    # A score of pieces alone has no parts and is no clause; a question that has no field is never missing.
    undecidable = isinstance(condition, c.Judgement) and not condition.field
    if not condition.parts and not undecidable and not isinstance(condition, c.Score):
        for plans in clause_ways(condition, context, desk).values():
            yield from plans
