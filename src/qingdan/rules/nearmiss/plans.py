"""Plans: what facts would have to be, what that costs, and the facts as they would then be.

A plan demands something of single facts: a number or day within limits, a code among several, a title held or a
record gone. Two plans go together when every fact that both demand something of can satisfy both.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, TypeVar

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.evaluate.facts import Fact, Facts
from qingdan.rules.language.conditions import Condition
from qingdan.rules.language.rule import Status

Item = None | str | Status | tuple[str, ...]


class Key(NamedTuple):
    """One thing that can change: a fact, or one member of a fact that is a set.

    `period` as in `Facts`; for fields as of a day it is the fact date. `item`: None for the whole fact; a code or a
    status that is in the set; or codes of which one is to be in the set (none given: of any kind).
    """

    field: str
    period: str = ""
    item: Item = None


class Kind(StrEnum):
    """Whose doing a change is."""

    CHANGEABLE = "changeable"  # the enterprise can do it
    FIXED = "fixed"  # nobody can: past years, days, records, and what the caller names
    ANSWER = "answer"  # the fact is missing: it may be so already
    DECISION = "decision"  # a person decides
    EVIDENCE = "evidence"  # it counts once the evidence is handed in

    @property
    def chinese(self) -> str:
        return {
            "changeable": "可改进",
            "fixed": "不可改变",
            "answer": "待补充",
            "decision": "待人工认定",
            "evidence": "须提供材料",
        }[self.value]

    @property
    def is_open(self) -> bool:
        return self in (Kind.ANSWER, Kind.DECISION, Kind.EVIDENCE)


class Way(StrEnum):
    """Which way an enterprise can change a fact; the last three are the same for facts that are not numbers."""

    NO = "no"
    UP = "up"
    DOWN = "down"
    ANY = "any"


_DO_NOT_CHANGE = (FieldType.DATE, FieldType.TEXT, FieldType.CODE, FieldType.CODES, FieldType.STATUSES)


@dataclass(frozen=True, kw_only=True)
class Changeable:
    """Which facts an enterprise can change.

    `fields` says it by name, for numbers with the direction: nobody lowers revenue to be entitled. What is not
    named: numbers and yes-or-no facts can be changed in any way; days, codes, titles and records cannot. Of any field
    only figures of the year `first_year` and later; None: of last year and later, for last year's figures are what
    an enterprise sees as lacking. For a year still to come, give that year.
    """

    fields: Mapping[str, Way] = field(default_factory=dict)
    first_year: int | None = None

    def covers(self, spec: Field, period: str, rises: bool, fact_date: date) -> bool:
        """Whether a fact of this field and period can be changed; `rises`: to a higher number."""
        way = self.fields.get(spec.name, Way.NO if spec.type in _DO_NOT_CHANGE else Way.ANY)
        if way is Way.NO or (spec.type.is_number and way is (Way.DOWN if rises else Way.UP)):
            return False
        first = fact_date.year - 1 if self.first_year is None else self.first_year
        return spec.period not in (PeriodKind.YEAR, PeriodKind.MONTH) or int(period[:4]) >= first


class Asked(NamedTuple):
    """A clause that asks for a change; inside a window, so many years back."""

    clause: Condition
    back: int = 0


@dataclass(frozen=True)
class Demand:
    """What a fact has to be: a number of steps or the ordinal of a day from `low` to `high` (None: without limit), or
    one of `choices`, the first that fits.

    `clauses` ask for it. `together`: the value hangs on other missing facts, any single
    value is only an example.
    """

    low: int | None = None
    high: int | None = None
    choices: tuple[Fact, ...] | None = None
    clauses: tuple[Asked, ...] = ()
    together: bool = False

    def both(self, other: Demand) -> Demand | None:
        """What satisfies both, None when nothing does."""
        clauses = self.clauses + tuple(each for each in other.clauses if each not in self.clauses)
        together = self.together or other.together
        if self.choices is not None and other.choices is not None:
            shared = tuple(each for each in self.choices if each in other.choices)
            return replace(self, choices=shared, clauses=clauses, together=together) if shared else None
        lows = [each for each in (self.low, other.low) if each is not None]
        highs = [each for each in (self.high, other.high) if each is not None]
        low, high = max(lows, default=None), min(highs, default=None)
        if low is not None and high is not None and low > high:
            return None
        return Demand(low=low, high=high, clauses=clauses, together=together)

    def nearest(self, now: Fact | None) -> Fact:
        """The value that satisfies it and is nearest to `now` (a number; a day as its ordinal)."""
        if self.choices is not None:
            return self.choices[0]
        if not isinstance(now, int):
            return next((each for each in (self.low, self.high) if each is not None), 0)
        if self.low is not None and now < self.low:
            return self.low
        return self.high if self.high is not None and now > self.high else now


Cost = tuple[int, int, int, Fraction]
"""What decides between plans, in this order: changes that nobody can make; missing facts, decisions and evidence;
changes; the sum of their relative sizes. Ties: the order in the rule."""

FREE: Cost = (0, 0, 0, Fraction())


@dataclass(frozen=True)
class Plan:
    """Demands that hold at the same time, and their cost."""

    demands: Mapping[Key, Demand] = field(default_factory=dict)
    cost: Cost = FREE


NOTHING_TO_DO = Plan()

Reached = TypeVar("Reached", bound=Hashable)
Left = TypeVar("Left", bound=Hashable)
Right = TypeVar("Right", bound=Hashable)

KEPT = 6
"""So many plans are kept for each state of a condition, the cheapest."""


def relative_size(before: Fact | None, after: Fact) -> Fraction:
    """A number's change against the greater of the two amounts; anything else counts as 1."""
    if isinstance(before, bool) or not isinstance(before, int) or not isinstance(after, int):
        return Fraction(1)
    return Fraction(abs(after - before), max(abs(after), abs(before), 1))


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where plans for one enterprise are priced, joined and applied.

    `facts` are those that plans start from; `origin` are the enterprise's own, which decide what a change is and
    what it costs. `base` is a plan already in force that led from `origin` to `facts`. `decisions` and `evidence`
    name the fields that a person decides and those that count only with evidence.
    """

    catalogue: Catalogue
    origin: Facts
    facts: Facts
    fact_date: date
    changeable: Changeable
    decisions: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    base: Plan = NOTHING_TO_DO

    # ---- facts

    def key(self, name: str, period: str = "") -> Key:
        """The key of a whole fact; a field as of a day is changed on the fact date."""
        spec = self.catalogue.field(name)
        return Key(name, self.fact_date.isoformat() if spec.period is PeriodKind.AS_OF else period)

    def now(self, key: Key, facts: Facts | None = None) -> Fact | None:
        """The value of a key, days as ordinals; of a member of a set, whether it is there. None: missing."""
        source = self.facts if facts is None else facts
        spec = self.catalogue.field(key.field)
        dated = spec.period in (PeriodKind.YEAR, PeriodKind.MONTH)
        found = source.get(spec, key.period) if dated else source.on(spec, self.fact_date)
        if found is None or key.item is None:
            return found.toordinal() if isinstance(found, date) else found
        # Whether one of several codes is held is known to the clause that asks; a change makes it so.
        return isinstance(found, tuple | frozenset) and not isinstance(key.item, tuple) and key.item in found

    def applied(self, values: Mapping[Key, Fact], facts: Facts | None = None) -> Facts:
        """The facts with these values in place of what there was."""
        changed = dict((self.facts if facts is None else facts).values)
        for key, value in values.items():
            spec = self.catalogue.field(key.field)
            place = (key.field, key.period)
            if key.item is not None:
                changed[place] = self._with_member(spec, changed.get(place), key.item, value is True)
            elif spec.type is FieldType.DATE and isinstance(value, int):
                changed[place] = date.fromordinal(value)
            else:
                changed[place] = value
        return Facts(changed)

    def _with_member(self, spec: Field, now: Fact | None, item: Item, held: bool) -> Fact:
        members = list(now) if isinstance(now, tuple | frozenset) else []
        if not held:
            members = [each for each in members if each != item]
        elif isinstance(item, tuple):
            code = item[0] if item else self.catalogue.tree(spec.tree).codes[0].code
            members.append(code if spec.type is FieldType.CODES else Status(code=code, start=self.fact_date))
        if spec.type is FieldType.CODES:
            return frozenset(each for each in members if isinstance(each, str))
        return tuple(each for each in members if isinstance(each, Status))

    def kind(self, key: Key, value: Fact) -> Kind:
        """Whose doing it is to bring `key` to `value`."""
        if key.field in self.decisions:
            return Kind.DECISION
        if key.field in self.evidence:
            return Kind.EVIDENCE
        before = self.now(key, self.origin)
        if before is None:
            return Kind.ANSWER
        rises = isinstance(before, int) and isinstance(value, int) and value > before
        spec = self.catalogue.field(key.field)
        can = self.changeable.covers(spec, key.period, rises, self.fact_date)
        return Kind.CHANGEABLE if can else Kind.FIXED

    # ---- plans

    def values(self, plan: Plan) -> dict[Key, Fact]:
        """For each fact that has to change, the value nearest to the enterprise's own."""
        found = {}
        for key, demand in plan.demands.items():
            before = self.now(key, self.origin)
            after = demand.nearest(before)
            if after != before or type(after) is not type(before):
                found[key] = after
        return found

    def cost_of(self, values: Mapping[Key, Fact]) -> Cost:
        """What the changes to these values cost; what `base` changes already is not counted twice."""
        kinds = [self.kind(key, value) for key, value in values.items() if key not in self.base.demands]
        size = sum((relative_size(self.now(key, self.origin), value) for key, value in values.items()), Fraction())
        return (kinds.count(Kind.FIXED), sum(kind.is_open for kind in kinds), len(kinds), size)

    def plan(self, demands: Mapping[Key, Demand]) -> Plan:
        return Plan(demands, self.cost_of(self.values(Plan(demands))))

    def join(self, left: Plan, right: Plan) -> Plan | None:
        """Both plans at once; None when they demand different things of one fact."""
        if not left.demands or not right.demands:
            return left if left.demands else right
        demands = dict(left.demands)
        for key, demand in right.demands.items():
            both = demands[key].both(demand) if key in demands else demand
            if both is None:
                return None
            demands[key] = both
        if len(demands) < len(left.demands) + len(right.demands):
            return self.plan(demands)
        a, b = left.cost, right.cost
        return Plan(demands, (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]))


def cheapest(plans: Iterable[Plan]) -> list[Plan]:
    """The cheapest plans, each once, without those that only add to another."""
    kept: list[Plan] = []
    for plan in sorted(plans, key=lambda each: each.cost):
        if len(kept) == KEPT:
            break
        if not any(each.demands.keys() < plan.demands.keys() or each.demands == plan.demands for each in kept):
            kept.append(plan)
    return kept


def combine(
    left: Mapping[Left, list[Plan]],
    right: Mapping[Right, list[Plan]],
    outcome: Callable[[Left, Right], Reached],
    desk: Desk,
) -> dict[Reached, list[Plan]]:
    """Every way to bring about one thing and another, by what `outcome` says they make together."""
    found: dict[Reached, list[Plan]] = {}
    # What is left alone comes first in `right`, so that of two equal plans the one changing the earlier part is first.
    for two, others in right.items():
        for one, plans in left.items():
            joined = [desk.join(plan, other) for other in others for plan in plans]
            found.setdefault(outcome(one, two), []).extend(plan for plan in joined if plan is not None)
    return {reached: cheapest(plans) for reached, plans in found.items() if plans}
