"""The tests beside a rule: facts, and the state and amounts that must come out."""

from __future__ import annotations

from dataclasses import dataclass

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.evaluate.rules import RuleOutcome, explain
from qingdan.rules.language.rule import Example, Rule
from qingdan.rules.values import money_text


@dataclass(frozen=True)
class ExampleResult:
    """What a test gave; `differences` in Chinese, none when it passed."""

    example: Example
    outcome: RuleOutcome
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_examples(rule: Rule, catalogue: Catalogue) -> list[ExampleResult]:
    """Run every test of the rule; RuleError when its facts do not fit the catalogue."""
    return [_run(rule, example, catalogue) for example in rule.tests]


def _run(rule: Rule, example: Example, catalogue: Catalogue) -> ExampleResult:
    facts = Facts.given(catalogue, example.facts)
    outcome = explain(rule, facts, catalogue, example.fact_date)
    differences = []
    if outcome.state is not example.state:
        differences.append(f"应为“{example.state.chinese}”，得到“{outcome.state.chinese}”")
    payable = {each.award.id: each.payable for each in outcome.awards}
    for expected in example.awards:
        if expected.award not in payable:
            differences.append(f"没有编号为“{expected.award}”的奖补")
        elif payable[expected.award].exact != expected.amount:
            wanted = "不确定的金额" if expected.amount is None else money_text(expected.amount)
            differences.append(f"“{expected.award}”应为 {wanted}，得到 {payable[expected.award].chinese()}")
    return ExampleResult(example, outcome, tuple(differences))
