"""What several rules cost together, with the groups of awards that do not simply add up.

Only those that meet a rule count: an award that is still open takes nothing away from another. Within a group that
leaves the choice to the enterprise, or that cuts several awards, each award may be anything from nothing to what it
was, so `low` and `high` lie further apart than what will be paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qingdan.rules.amounts import BulkSum, settle_bulk
from qingdan.rules.amounts.settled import aligned
from qingdan.rules.language.rule import StackingGroup
from qingdan.rules.match.results import cost_of
from qingdan.rules.whatif.runs import Cost, RuleRun


def hanging_together(rules: Iterable[str], groups: Sequence[StackingGroup]) -> list[tuple[str, ...]]:
    """Ids of rules in sets that no group reaches across; a rule without a group stands alone."""
    sets = [[rule] for rule in rules]
    for group in groups:
        inside = [each for each in sets if any(_has(group, rule) for rule in each)]
        if len(inside) > 1:
            sets = [each for each in sets if each not in inside] + [[rule for each in inside for rule in each]]
    return [tuple(each) for each in sets]


def _has(group: StackingGroup, rule: str) -> bool:
    """Whether an award of the rule may be a member."""
    return any(member.startswith(f"{rule}/") for member in group.members)


def settled_cost(runs: Mapping[str, RuleRun], together: Sequence[str], groups: Sequence[StackingGroup]) -> Cost:
    """What rules that hang together cost; `runs` by rule id."""
    inside = [runs[rule] for rule in runs if rule in together]
    touching = [group for group in groups if any(_has(group, rule) for rule in together)]
    total = Cost()
    if not touching:
        return sum((each.cost for each in inside), total)
    for segment in range(len(inside[0].answers)):
        payables = _payables(inside, segment)
        total += Cost(**cost_of(settle_bulk(payables, touching).values()))
    return total


def _payables(runs: Sequence[RuleRun], segment: int) -> dict[str, BulkSum]:
    """Every award by "rule id/award id", of all enterprises of a segment that meet one of the rules."""
    lists = [run.met(segment) for run in runs]
    rows = np.unique(np.concatenate(lists))
    payables = {}
    for run, places in zip(runs, lists, strict=True):
        where = np.searchsorted(rows, places)
        for award, each in zip(run.rule.awards, run.sums(segment, places), strict=True):
            payables[f"{run.rule.id}/{award.id}"] = aligned(len(rows), [(where, each)])
    return payables
