"""One rule for one enterprise: the state with its explanation, and the awards; several rules settled together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.evaluate.amounts import NOTHING, AmountState, Sum, evaluate_amount
from qingdan.rules.evaluate.conditions import evaluate_condition
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.numbers import Context, Missing
from qingdan.rules.evaluate.result import Outcome, as_data, as_html, as_text
from qingdan.rules.language.rule import ApplicationKind, Award, GroupMode, Rule, StackingGroup, State, choose_version
from qingdan.rules.values import Money, money_text
from qingdan.rules.versions import content_hash


@dataclass(frozen=True, kw_only=True)
class AwardOutcome:
    """An award: what it is for whoever is entitled, and what is payable in this enterprise's state."""

    award: Award
    if_met: Sum
    payable: Sum


@dataclass(frozen=True, kw_only=True)
class RuleOutcome:
    """The explanation of one rule for one enterprise."""

    rule: Rule
    fact_date: date
    outcome: Outcome
    awards: tuple[AwardOutcome, ...]

    @property
    def state(self) -> State:
        return self.outcome.state

    def as_data(self) -> dict[str, Any]:
        return {
            "rule": self.rule.id,
            "version": self.rule.version,
            "hash": content_hash(self.rule),
            "fact_date": self.fact_date.isoformat(),
            "state": self.state.value,
            "outcome": as_data(self.outcome),
            "awards": [
                {"id": each.award.id, "if_met": each.if_met.as_data(), "payable": each.payable.as_data()}
                for each in self.awards
            ],
        }

    def as_text(self) -> str:
        lines = [f"{self.rule.title}（{self.rule.version}）：{self.state.chinese}", as_text(self.outcome)]
        lines += [f"{each.award.title}：{_award_text(each, self.state)}" for each in self.awards]
        return "\n".join(lines)

    def as_html(self) -> str:
        """A piece of a page: every text escaped, classes only, no style and no script."""
        awards = "".join(
            f"<dt>{escape(each.award.title)}</dt><dd>{escape(_award_text(each, self.state))}</dd>"
            for each in self.awards
        )
        return (
            f'<section class="rule-explanation rule-{self.state.value}"><h3>{escape(self.rule.title)}'
            f"（{escape(self.rule.version)}）：{self.state.chinese}</h3>{as_html(self.outcome)}"
            + (f'<dl class="rule-awards">{awards}</dl>' if awards else "")
            + "</section>"
        )


def _award_text(award: AwardOutcome, state: State) -> str:
    """What is paid, or would be if the conditions were met."""
    if state is State.MET:
        return award.payable.chinese()
    return f"符合时 {award.if_met.chinese()}"


def explain(rule: Rule, facts: Facts, catalogue: Catalogue, fact_date: date) -> RuleOutcome:
    """Evaluate one version of a rule with the facts as of `fact_date`, every condition explained."""
    context = Context(catalogue, facts, fact_date)
    outcome = evaluate_condition(rule.condition, context)
    awards = []
    for award in rule.awards:
        if_met = evaluate_amount(award.amount, context)
        awards.append(AwardOutcome(award=award, if_met=if_met, payable=_payable(if_met, outcome)))
    return RuleOutcome(rule=rule, fact_date=fact_date, outcome=outcome, awards=tuple(awards))


def explain_version(
    versions: Iterable[Rule],
    facts: Facts,
    catalogue: Catalogue,
    *,
    rule_date: date,
    fact_date: date,
    kind: ApplicationKind = ApplicationKind.ANY,
) -> RuleOutcome:
    """The same for the version in force on `rule_date` for this kind of application."""
    return explain(choose_version(versions, rule_date, kind), facts, catalogue, fact_date)


def _payable(if_met: Sum, outcome: Outcome) -> Sum:
    if outcome.state is State.MET:
        return if_met
    if outcome.state in (State.UNMET, State.NOT_APPLICABLE) or if_met.high == 0:
        return NOTHING
    state = AmountState.MANUAL if outcome.state is State.MANUAL else AmountState.UNKNOWN
    missing = tuple(dict.fromkeys(outcome.all_missing() + if_met.missing))
    return Sum(state=state, low=Money(0), high=if_met.high, text=if_met.text, missing=missing)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """An award after its groups: what remains payable, and why something was taken away."""

    rule: str
    award: str
    payable: Sum
    note: str = ""

    @property
    def key(self) -> str:
        return f"{self.rule}/{self.award}"


def settle(outcomes: Iterable[RuleOutcome], groups: Iterable[StackingGroup]) -> list[Settled]:
    """The awards of one enterprise with 就高不重复, mutual exclusion and common caps applied, group by group.

    Where missing facts decide which award is the highest, where the enterprise has to choose, or where a cap cuts
    several awards, no award of the group stays exact: each can be anything from nothing to what it was.
    """
    settled = [
        Settled(rule=outcome.rule.id, award=each.award.id, payable=each.payable)
        for outcome in outcomes
        for each in outcome.awards
    ]
    rules = {GroupMode.HIGHEST: _highest, GroupMode.EXCLUSIVE: _one_only, GroupMode.CAPPED: _capped}
    for group in groups:
        inside = [each for each in settled if each.key in group.members and each.payable.high != 0]
        changed = {each.key: each for each in rules[group.mode](group, inside)}
        settled = [changed.get(each.key, each) for each in settled]
    return settled


def _highest(group: StackingGroup, inside: list[Settled]) -> list[Settled]:
    if len(inside) < 2:
        return inside
    best = max(inside, key=lambda each: each.payable.low)
    others = [each for each in inside if each is not best]
    if all(each.payable.high is not None and each.payable.high <= best.payable.low for each in others):
        return [best] + [replace(each, payable=NOTHING, note=f"就高不重复：{group.title}") for each in others]
    missing = tuple(dict.fromkeys(name for each in inside for name in each.payable.missing))
    state = AmountState.UNKNOWN if missing else AmountState.MANUAL
    return [_open(each, f"就高不重复，尚不能确定：{group.title}", state, missing) for each in inside]


def _one_only(group: StackingGroup, inside: list[Settled]) -> list[Settled]:
    if len(inside) < 2:
        return inside
    return [_open(each, f"只能选一项：{group.title}", AmountState.MANUAL, each.payable.missing) for each in inside]


def _capped(group: StackingGroup, inside: list[Settled]) -> list[Settled]:
    cap = group.cap or Money(0)
    highs = [each.payable.high for each in inside if each.payable.high is not None]
    if len(highs) == len(inside) and sum(highs) <= cap:
        return inside
    note = f"合计不超过限额 {money_text(cap)}：{group.title}"
    cut = [replace(each, payable=_at_most(each.payable, cap), note=note) for each in inside]
    if len(cut) == 1:
        return cut
    return [_open(each, note, AmountState.MANUAL, each.payable.missing) for each in cut]


def _at_most(amount: Sum, cap: Money) -> Sum:
    low, high = min(amount.low, cap), cap if amount.high is None else min(amount.high, cap)
    state = AmountState.EXACT if low == high else amount.state
    # The instalments were those of the whole amount.
    return replace(amount, state=state, low=low, high=high, payments=() if high != amount.high else amount.payments)


def _open(settled: Settled, note: str, state: AmountState, missing: Missing) -> Settled:
    """The award may fall away: from nothing to what it was."""
    payable = replace(settled.payable, state=state, low=Money(0), missing=missing, payments=())
    return replace(settled, payable=payable, note=note)
