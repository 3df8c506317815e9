"""The present rules matched once with a register; edits, scenarios and near misses are asked of what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from qingdan.rules.errors import Place, RuleError, Words, unknown_name
from qingdan.rules.forms import from_data
from qingdan.rules.forms.text import read_json
from qingdan.rules.language.rule import Rule, StackingGroup
from qingdan.rules.match import Matcher
from qingdan.rules.store import Register
from qingdan.rules.store.register import catalogue_hash, write_json
from qingdan.rules.whatif.effects import Cell, Effect, cost_rows
from qingdan.rules.whatif.runs import Cost, Ground, RuleRun
from qingdan.rules.whatif.settling import hanging_together, settled_cost
from qingdan.rules.whatif.within_one import WithinOne, within_one
from qingdan.rules.whatif.words import cost_text


class WhatIf:
    """A register under the present rules, ready to be asked what an edit would change.

    The rules are matched once, when this is made; counts and the lists of those that meet a rule are kept, costs are
    worked out when first asked for. `groups`: awards that do not simply add up, for the costs of scenarios.
    RuleError as from `Matcher`, and for a rule that stands twice.
    """

    def __init__(
        self,
        register: Register,
        rules: Sequence[Rule],
        fact_date: date,
        *,
        groups: Sequence[StackingGroup] = (),
        threads: int = 1,
    ) -> None:
        _check_once(rules)
        matcher = Matcher(rules, register.catalogue, fact_date)
        self.ground = Ground(register, register.encoding(matcher.program, fact_date), threads)
        answers = self.ground.matched(matcher)
        self.present = {
            rule.id: RuleRun(self.ground, rule, place, answers, matcher.amounts[place])
            for place, rule in enumerate(rules)
        }
        self._groups = tuple(groups)
        self._costs: dict[tuple[str, ...], Cost] = {}

    def edit(self, rule: Rule) -> Effect:
        """What changes when `rule` takes the place of the present rule with its id.

        The conditions run again only when they differ, and only facts that the present rules do not ask for are
        encoded. RuleError for a rule that is not there, or that the evaluator would refuse.
        """
        before = self._run(rule.id)
        if rule.condition == before.rule.condition:
            return Effect(before, before.with_awards_of(rule))
        return Effect(before, RuleRun.of(rule, self.ground))

    def scenario(self, rules: Sequence[Rule], title: str = "") -> Scenario:
        """What several edits change together; each rule at most once."""
        _check_once(rules)
        effects = tuple(self.edit(rule) for rule in rules)
        edited = {effect.before.rule.id: effect.after for effect in effects}
        before = after = Cost()
        for together in self._sets:
            cost = self._present_cost(together)
            before += cost
            changed = any(rule in edited for rule in together)
            after += settled_cost({**self.present, **edited}, together, self._groups) if changed else cost
        return Scenario(title, self.ground, effects, before, after)

    def within_one(self, rule: Rule | str) -> WithinOne:
        """The enterprises that a single clause keeps out of a rule, present (by its id) or edited."""
        return within_one(self._run(rule).rule if isinstance(rule, str) else rule, self.ground)

    def _run(self, rule: str) -> RuleRun:
        if rule not in self.present:
            raise unknown_name(Words("政策规则", "rule"), rule, self.present)
        return self.present[rule]

    @cached_property
    def _sets(self) -> list[tuple[str, ...]]:
        return hanging_together(self.present, self._groups)

    def _present_cost(self, together: tuple[str, ...]) -> Cost:
        if together not in self._costs:
            self._costs[together] = settled_cost(self.present, together, self._groups)
        return self._costs[together]


def _check_once(rules: Iterable[Rule]) -> None:
    ids = [rule.id for rule in rules]
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice is not None:
        raise RuleError(
            Words("同一政策出现两个版本", "a programme stands twice"),
            Words("请只保留一个版本", "keep one version of it"),
            Place(path=twice),
        )


@dataclass(frozen=True)
class Scenario:
    """Several edits together.

    `cost_before`, `cost_after`: all rules of the study, edited or not, after the groups of awards (`settling`); the
    effects' own costs are those of each rule by itself.
    """

    title: str
    ground: Ground
    effects: tuple[Effect, ...]
    cost_before: Cost
    cost_after: Cost

    def as_text(self) -> str:
        """A line for each edited rule, and one for the costs of all rules together."""
        lines = [self.title] if self.title else []
        lines += [f"{each.before.rule.title}：{each.summary()}" for each in self.effects]
        return "\n".join([*lines, f"全部政策资金 {cost_text(self.cost_before)} → {cost_text(self.cost_after)}"])

    def as_rows(self) -> list[tuple[Cell, ...]]:
        """A table with a head; each row begins with the rule's title, the last rows are of all rules together."""
        rows: list[tuple[Cell, ...]] = []
        for effect in self.effects:
            head, *figures = effect.as_rows()
            rows = rows or [("政策", *head)]
            rows += [(effect.before.rule.title, *each) for each in figures]
        rows = rows or [("政策", "项目", "现行", "调整后", "变化")]
        return rows + [("全部政策合计", *each) for each in cost_rows(self.cost_before, self.cost_after)]

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON, with what it was made from; money in fen."""
        register = self.ground.register
        return {
            "title": self.title,
            "fact_date": self.ground.fact_date.isoformat(),
            "catalogue": catalogue_hash(self.ground.catalogue),
            "register": [[each.folder.name, each.rows, each.source_hash] for each in register.segments],
            "effects": [each.as_data() for each in self.effects],
            "cost_fen": [self.cost_before._asdict(), self.cost_after._asdict()],
        }

    def save(self, file: Path) -> None:
        """Write the data as JSON, all of it or nothing; `edited_rules` gives the edits back."""
        write_json(file, self.as_data())


def edited_rules(text: str, file: str = "") -> list[Rule]:
    """The edited rules of a saved scenario, for `WhatIf.scenario`. RuleError for anything that is not one."""
    data = read_json(text, file)
    effects = data.get("effects") if isinstance(data, dict) else None
    if not isinstance(effects, list) or not all(isinstance(each, dict) and "edited" in each for each in effects):
        raise RuleError(
            Words("这不是保存的测算方案", "this is no saved scenario"),
            Words("请用测算方案导出的 JSON 文件", "take the JSON file that a scenario was saved to"),
            Place(file),
        )
    return [from_data(Rule, each["edited"], file) for each in effects]
