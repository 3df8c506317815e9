"""What remains payable to many enterprises: by the state of the rule, and after the groups of awards.

These are `evaluate.rules._payable` and `settle` on arrays. Which facts are missing is not kept for many enterprises,
so an award of a group 就高不重复 that stays open counts as *unknown* when some award of the group is, else as
*manual*; least and most are the evaluator's in every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from qingdan.rules.amounts.integers import Places, added, at_most, full, narrow, put
from qingdan.rules.amounts.sums import CODES, BulkSum, OneOf, nothing
from qingdan.rules.compiler.columns import Flags, Numbers
from qingdan.rules.evaluate.amounts import AmountState
from qingdan.rules.language.rule import GroupMode, StackingGroup, State

_EXACT, _UNKNOWN, _MANUAL = (
    np.uint8(CODES[state]) for state in (AmountState.EXACT, AmountState.UNKNOWN, AmountState.MANUAL)
)


def payable(state: State, if_met: BulkSum) -> BulkSum:
    """What is payable to enterprises for which the rule is in `state`, from what is when it is met."""
    rows = len(if_met.state)
    if state is State.MET:
        return if_met
    if state in (State.UNMET, State.NOT_APPLICABLE):
        return nothing(rows)
    code = _MANUAL if state is State.MANUAL else _UNKNOWN
    return if_met._replace(state=np.where(_inside(if_met), code, _EXACT), low=full(rows, 0))


def aligned(rows: int, parts: Iterable[tuple[Places, BulkSum]]) -> BulkSum:
    """An award of `rows` enterprises from its parts: row numbers, ascending, with their amounts; nothing elsewhere."""
    found = OneOf(rows)
    for places, part in parts:
        found.add(places, part)
    return found.sum()


def settle_bulk(payables: Mapping[str, BulkSum], groups: Iterable[StackingGroup]) -> dict[str, BulkSum]:
    """Awards with 就高不重复, mutual exclusion and common caps applied, group by group, as in `evaluate.rules.settle`.

    `payables`: what is payable by "rule id/award id", in the order of the rules; all arrays are aligned with the
    same enterprises. Groups may name awards that are not there. The arrays given are not changed.
    """
    settled = dict(payables)
    rules = {GroupMode.HIGHEST: _highest, GroupMode.EXCLUSIVE: _one_only, GroupMode.CAPPED: _capped}
    for group in groups:
        members = [key for key in settled if key in group.members]
        if members:
            changed = rules[group.mode](group, [settled[key] for key in members])
            settled.update(zip(members, changed, strict=True))
    return settled


def _inside(award: BulkSum) -> Flags:
    """Where the award is anything but nothing."""
    inside: Flags = award.no_high | (award.high != 0)
    return inside


def _several(awards: list[BulkSum]) -> Flags:
    """Where more than one award is anything but nothing."""
    several: Flags = np.sum([_inside(award) for award in awards], axis=0) > 1
    return several


def _opened(award: BulkSum, where: Flags, state: np.uint8 | npt.NDArray[np.uint8]) -> BulkSum:
    """There the award may fall away: from nothing to what it was."""
    return award._replace(state=np.where(where, state, award.state), low=np.where(where, 0, award.low))


def _highest(group: StackingGroup, awards: list[BulkSum]) -> list[BulkSum]:
    several, inside = _several(awards), [_inside(award) for award in awards]
    # The first with the greatest least amount, among those that are anything.
    best = np.full(len(several), -1)
    least: Numbers = np.full(len(several), -1)
    for place, (award, here) in enumerate(zip(awards, inside, strict=True)):
        better = here & (award.low > least)
        best[better] = place
        least = put(least, better, award.low[better])
    decided = several.copy()
    unknown = np.zeros(len(several), bool)
    for place, (award, here) in enumerate(zip(awards, inside, strict=True)):
        decided &= ~here | (best == place) | (~award.no_high & (award.high <= least))
        unknown |= here & (award.state == _UNKNOWN)
    state = np.where(unknown, _UNKNOWN, _MANUAL)
    return [
        _opened(_without(award, decided & here & (best != place)), several & ~decided & here, state)
        for place, (award, here) in enumerate(zip(awards, inside, strict=True))
    ]


def _without(award: BulkSum, where: Flags) -> BulkSum:
    """There nothing remains of the award."""
    return BulkSum(
        state=np.where(where, _EXACT, award.state),
        low=np.where(where, 0, award.low),
        high=np.where(where, 0, award.high),
        no_high=award.no_high & ~where,
    )


def _one_only(group: StackingGroup, awards: list[BulkSum]) -> list[BulkSum]:
    several = _several(awards)
    return [_opened(award, several & _inside(award), _MANUAL) for award in awards]


def _capped(group: StackingGroup, awards: list[BulkSum]) -> list[BulkSum]:
    cap = group.cap or 0
    total, no_limit = full(len(awards[0].state), 0), np.zeros(len(awards[0].state), bool)
    for award in awards:
        total = added(total, award.high)
        no_limit |= award.no_high
    beyond, several = no_limit | (total > cap), _several(awards)
    return [
        _opened(_cut(award, cap, beyond & _inside(award)), beyond & several & _inside(award), _MANUAL)
        for award in awards
    ]


def _cut(award: BulkSum, cap: int, where: Flags) -> BulkSum:
    """There the award is no more than the cap."""
    low = np.where(where, at_most(award.low, cap), award.low)
    high = np.where(where, np.where(award.no_high, cap, at_most(award.high, cap)), award.high)
    state = np.where(where & (low == high), _EXACT, award.state)
    return BulkSum(state, narrow(low), narrow(high), award.no_high & ~where)
