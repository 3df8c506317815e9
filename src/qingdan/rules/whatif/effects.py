"""What the edit of one rule changes: how many, who, at what cost, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qingdan.rules.catalogue import FieldType
from qingdan.rules.codes import CodeTree
from qingdan.rules.compiler.columns import Column, Flags, Numbers
from qingdan.rules.errors import RuleError, Words
from qingdan.rules.forms import to_data
from qingdan.rules.kernel.answers import Places
from qingdan.rules.language.rule import State
from qingdan.rules.versions import content_hash, diff
from qingdan.rules.whatif.runs import Cost, RuleRun
from qingdan.rules.whatif.words import changes_text, cost_text, counts_text

Cell = str | int | Decimal
"""A cell of a table for printing or a spreadsheet."""


@dataclass(frozen=True)
class CodeRow:
    """The enterprises under one code, before and after. `code` is "" where the register does not say."""

    code: str
    label: str
    met_before: int
    met_after: int
    gained: int
    lost: int
    cost_before: Cost
    cost_after: Cost


@dataclass(frozen=True)
class Effect:
    """A rule as it is and as edited, both over the same register.

    `before` and `after` have the counts by state, the costs of the rule by itself, and lists; see `RuleRun`.
    """

    before: RuleRun
    after: RuleRun

    # ---- who

    def _new_in(self, this: RuleRun, other: RuleRun, segment: int) -> Places:
        """The rows of those that meet the rule in `this` and not in `other`."""
        if this.answers is other.answers:
            return np.zeros(0, np.int64)
        flags = np.zeros(this.answers[segment].enterprises, bool)
        flags[this.met(segment)] = True
        flags[other.met(segment)] = False
        return np.flatnonzero(flags)

    def _number_new_in(self, this: RuleRun, other: RuleRun) -> int:
        return sum(len(self._new_in(this, other, segment)) for segment in range(len(this.answers)))

    def _codes_new_in(self, this: RuleRun, other: RuleRun) -> Iterator[pa.Array]:
        for segment in range(len(this.answers)):
            yield this.ground.codes(segment, self._new_in(this, other, segment))

    @cached_property
    def gained(self) -> int:
        """How many meet the edited rule and did not meet the present one."""
        return self._number_new_in(self.after, self.before)

    @cached_property
    def lost(self) -> int:
        return self._number_new_in(self.before, self.after)

    def gained_codes(self) -> Iterator[pa.Array]:
        """Their codes, segment by segment."""
        return self._codes_new_in(self.after, self.before)

    def lost_codes(self) -> Iterator[pa.Array]:
        return self._codes_new_in(self.before, self.after)

    # ---- where

    def by(self, key: str, level: int = 1) -> list[CodeRow]:
        """The met and the costs by a code of the enterprises: "district", "industry", "size_class".

        `level`: how deep in the tree codes are told apart, 1 for those at its top; a code that lies higher stands
        for itself. Rows in the order of the tree, without those where nobody is met; last those of whom the register
        does not say. RuleError for a field that does not hold one code.
        """
        name, _, period = key.partition("@")
        catalogue = self.before.ground.catalogue
        spec = catalogue.field(name)
        if spec.type is not FieldType.CODE or level < 1:
            raise RuleError(
                Words(f"不能按“{spec.chinese}”第 {level} 级分组", f"there is no level {level} of '{name}' to group by"),
                Words("请用代码类字段，级次从 1 起", "take a field of one code, and levels from 1"),
            )
        tree = catalogue.tree_of(name)
        missing = len(tree.places)
        group_of = _groups(tree, level, self.before)
        before, after = _Grouped(missing + 1), _Grouped(missing + 1)
        gained, lost = np.zeros(missing + 1, np.int64), np.zeros(missing + 1, np.int64)
        for segment in range(len(self.before.answers)):
            block = self.before.ground.block(segment)
            found = block.values(Column(name, period))
            groups = np.full(block.rows, missing)
            if found is not None:
                known = slice(None) if found.valid is None else found.valid
                groups[known] = group_of[found.values[known]]
            before.add(self.before, segment, groups)
            after.add(self.after, segment, groups)
            gained += np.bincount(groups[self._new_in(self.after, self.before, segment)], minlength=missing + 1)
            lost += np.bincount(groups[self._new_in(self.before, self.after, segment)], minlength=missing + 1)
        day = self.before.ground.fact_date
        names = [*((code, tree.find(code, day).label) for code in tree.places), ("", "未知")]
        return [
            CodeRow(
                code=code,
                label=label,
                met_before=int(before.met[group]),
                met_after=int(after.met[group]),
                gained=int(gained[group]),
                lost=int(lost[group]),
                cost_before=before.cost(group),
                cost_after=after.cost(group),
            )
            for group, (code, label) in enumerate(names)
            if before.met[group] or after.met[group]
        ]

    # ---- in words and tables

    def summary(self) -> str:
        """门槛由 1500 万元 改为 1200 万元：符合 1,234 → 1,410 家（新增 176，减少 0），资金 2.47 亿元 → 2.82 亿元"""
        changes = changes_text(self.before.rule, self.after.rule, self.before.ground.catalogue)
        met_before, met_after = self.before.counts[State.MET], self.after.counts[State.MET]
        text = f"{changes}：{counts_text(met_before, met_after, self.gained, self.lost)}"
        if self.before.rule.awards or self.after.rule.awards:
            text += f"，资金 {cost_text(self.before.cost)} → {cost_text(self.after.cost)}"
        return text

    def as_rows(self) -> list[tuple[Cell, ...]]:
        """A table: a head, then the figures before and after and what lies between; money in yuan."""
        runs = (self.before, self.after)
        rows: list[tuple[Cell, ...]] = [("项目", "现行", "调整后", "变化")]
        for state in State:
            rows.append(_row(f"{state.chinese}（家）", *(each.counts[state] for each in runs)))
        rows.append(_row("至多符合（家，待补充者均符合时）", *(each.at_most for each in runs)))
        rows += [("新增（家）", "", "", self.gained), ("减少（家）", "", "", self.lost)]
        return rows + cost_rows(*(each.cost for each in runs))

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON; money in fen. `edited` is the edited rule whole, so that the edit can be made again."""
        runs = (self.before, self.after)
        return {
            "rule": self.before.rule.id,
            "hashes": [content_hash(each.rule) for each in runs],
            "edited": to_data(self.after.rule),
            "changes": [asdict(each) for each in diff(self.before.rule, self.after.rule)],
            "summary": self.summary(),
            "counts": {state.value: [each.counts[state] for each in runs] for state in State},
            "at_most": [each.at_most for each in runs],
            "gained": self.gained,
            "lost": self.lost,
            "cost_fen": [each.cost._asdict() for each in runs],
        }


def code_rows(rows: list[CodeRow]) -> list[tuple[Cell, ...]]:
    """The rows of `Effect.by` as a table with a head; money in yuan."""
    head = ("代码", "名称", "现行符合（家）", "调整后符合（家）", "新增（家）", "减少（家）")
    money = ("现行资金下限（元）", "现行资金上限（元）", "调整后资金下限（元）", "调整后资金上限（元）")
    table: list[tuple[Cell, ...]] = [(*head, *money)]
    for each in rows:
        numbers = (each.met_before, each.met_after, each.gained, each.lost)
        ends = (_yuan(fen) for cost in (each.cost_before, each.cost_after) for fen in cost[:2])
        table.append((each.code, each.label, *numbers, *ends))
    return table


def cost_rows(before: Cost, after: Cost) -> list[tuple[Cell, ...]]:
    """Costs as rows of a table; the last says whether the upper end leaves out awards without a limit."""
    return [
        _row("资金下限（元）", _yuan(before.low), _yuan(after.low)),
        _row("资金上限（元）", _yuan(before.high), _yuan(after.high)),
        ("另有不设上限的奖励", *("是" if each.unlimited else "否" for each in (before, after)), ""),
    ]


def _row(name: str, before: int | Decimal, after: int | Decimal) -> tuple[Cell, ...]:
    return name, before, after, after - before


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _groups(tree: CodeTree, level: int, run: RuleRun) -> npt.NDArray[np.int64]:
    """For each place of a tree the place of the code `level` levels below the top under which it lies."""
    places = {code: place for place, code in enumerate(tree.places)}
    groups = []
    for code in tree.places:
        above = tree.ancestors(tree.find(code, run.ground.fact_date))
        groups.append(places[above[max(0, len(above) - level)].code])
    return np.array(groups, np.int64)


class _Grouped:
    """The met and the costs of one rule, group by group."""

    def __init__(self, groups: int) -> None:
        self.met = np.zeros(groups, np.int64)
        self._unlimited = np.zeros(groups, bool)
        self._low, self._high = [0] * groups, [0] * groups

    def add(self, run: RuleRun, segment: int, group_of: npt.NDArray[np.int64]) -> None:
        places = run.met(segment)
        groups = group_of[places]
        self.met += np.bincount(groups, minlength=len(self.met))
        for each in run.sums(segment, places):
            self._unlimited |= _any_by(each.no_high, groups, len(self.met))
            for total, part in ((self._low, each.low), (self._high, each.high)):
                total[:] = [*map(int.__add__, total, _sums_by(part, groups, len(total)))]

    def cost(self, group: int) -> Cost:
        return Cost(self._low[group], self._high[group], bool(self._unlimited[group]))


def _any_by(flags: Flags, groups: npt.NDArray[np.int64], count: int) -> Flags:
    found: Flags = np.bincount(groups[flags], minlength=count) > 0
    return found


def _sums_by(numbers: Numbers, groups: npt.NDArray[np.int64], count: int) -> list[int]:
    """The sums of each group, exact: upper and lower halves apart, so that 64 bits hold what is added up."""
    if numbers.dtype.hasobject:
        sums = [0] * count
        for number, group in zip(numbers.tolist(), groups.tolist(), strict=True):
            sums[group] += number
        return sums
    upper, lower = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(upper, groups, numbers >> 32)
    np.add.at(lower, groups, numbers & 0xFFFF_FFFF)
    return [(high << 32) + low for high, low in zip(upper.tolist(), lower.tolist(), strict=True)]
