"""The outcome of a condition as a tree, and the same as data, Chinese text and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any

from qingdan.rules.catalogue import fraction_text
from qingdan.rules.evaluate.numbers import Missing
from qingdan.rules.evaluate.states import Possible, state_of
from qingdan.rules.forms import to_data
from qingdan.rules.language.conditions import Condition, Exclusion
from qingdan.rules.language.parts import Source
from qingdan.rules.language.rule import State

_MARKS = {State.MET: "✓", State.UNMET: "✗", State.UNKNOWN: "？", State.MANUAL: "☐", State.NOT_APPLICABLE: "－"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one condition is for one enterprise, with everything below it.

    `possible`: the states that the missing facts leave open. `distance` in `unit`, signed: below zero what is
    lacking. `note`: for example what evidence is needed, or that a condition is waived.
    """

    condition: Condition
    text: str
    possible: Possible
    value: str = ""
    threshold: str = ""
    distance: Fraction | None = None
    unit: str = ""
    missing: Missing = ()
    note: str = ""
    parts: tuple[Outcome, ...] = ()

    @property
    def state(self) -> State:
        return state_of(self.possible)

    @property
    def source(self) -> Source | None:
        return self.condition.source

    def all_missing(self) -> Missing:
        """Every missing fact that was asked for, each once."""
        return tuple(dict.fromkeys(each for outcome in self.walk() for each in outcome.missing))

    def walk(self) -> Iterator[Outcome]:
        yield self
        for part in self.parts:
            yield from part.walk()

    def distance_text(self) -> str:
        """差 38 万元, 多 2 人; nothing when there is no distance."""
        if self.distance is None or (self.distance == 0 and self.state is State.MET):
            return ""
        if self.distance == 0:
            return "恰在界线上"
        amount = abs(self.distance)
        unit = self.unit
        if unit == "元" and amount >= 10_000:
            amount, unit = amount / 10_000, "万元"
        return f"{'差' if self.distance < 0 else '多'} {fraction_text(amount)} {unit}".strip()


def as_data(outcome: Outcome) -> dict[str, Any]:
    """The tree as plain data for JSON; exact distances are text."""
    data: dict[str, Any] = {"kind": outcome.condition.tag, "text": outcome.text, "state": outcome.state.value}
    for key in ("value", "threshold", "unit", "note"):
        if getattr(outcome, key):
            data[key] = getattr(outcome, key)
    if outcome.distance is not None:
        data["distance"] = str(outcome.distance)
    if outcome.missing:
        data["missing"] = ["@".join(filter(None, each)) for each in outcome.missing]
    if outcome.source:
        data["source"] = to_data(outcome.source)
    if outcome.parts:
        data["parts"] = [as_data(part) for part in outcome.parts]
    return data


def _state_words(outcome: Outcome) -> str:
    """The state in words; a bar is not met but pulled or not, since its label names what must not be."""
    if isinstance(outcome.condition, Exclusion):
        words = {State.MET: "未触发", State.UNMET: "已触发"}
        return words.get(outcome.state, outcome.state.chinese)
    return outcome.state.chinese


def _details(outcome: Outcome) -> str:
    parts = []
    if outcome.value:
        parts.append(f"企业：{outcome.value}")
    if outcome.threshold:
        parts.append(f"要求：{outcome.threshold}")
    # The question of a judgement is its text already.
    parts += [each for each in (outcome.distance_text(), outcome.note) if each and each not in outcome.text]
    return "；".join(parts)


def as_text(outcome: Outcome, depth: int = 0) -> str:
    """The tree in Chinese, one line for each condition."""
    details = _details(outcome)
    line = f"{'  ' * depth}{_MARKS[outcome.state]} {_state_words(outcome)}：{outcome.text}"
    lines = [line + (f"（{details}）" if details else "")]
    if outcome.source and outcome.source.quote:
        lines.append(f"{'  ' * (depth + 1)}「{outcome.source.quote}」{outcome.source.document}{outcome.source.clause}")
    return "\n".join(lines + [as_text(part, depth + 1) for part in outcome.parts])


def as_html(outcome: Outcome) -> str:
    """The tree as nested lists; every text escaped, no style and no script, classes only."""
    return f'<ul class="rule-outcome">{_item(outcome)}</ul>'


def _item(outcome: Outcome) -> str:
    state = outcome.state
    html = (
        f'<li class="rule-{state.value}"><span class="rule-state">{_MARKS[state]} {_state_words(outcome)}</span> '
        f'<span class="rule-text">{escape(outcome.text)}</span>'
    )
    if details := _details(outcome):
        html += f' <span class="rule-details">{escape(details)}</span>'
    if outcome.source and outcome.source.quote:
        cite = escape(outcome.source.document + outcome.source.clause)
        html += f"<blockquote>{escape(outcome.source.quote)}<footer>{cite}</footer></blockquote>"
    if outcome.parts:
        html += f"<ul>{''.join(_item(part) for part in outcome.parts)}</ul>"
    return html + "</li>"
