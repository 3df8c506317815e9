"""How states combine. Every node has the set of definite states that the missing facts leave open.

One possible state: that is the state. Several: *unknown*. A combination takes every choice of its parts' possible
states, so *unknown* comes out only when the parts leave it open. This is exact as long as no missing fact is asked
for by two parts; otherwise it is on the safe side: the true state is always among the possible ones.

In a combination a part that does not apply counts for nothing, and a part left to a person (*manual*) leaves the
combination to a person unless the other parts decide it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import product

from qingdan.rules.language.rule import State

Possible = frozenset[State]
"""Definite states: met, unmet, manual, not applicable; never unknown, never empty."""

MET, UNMET, MANUAL, NOT_APPLICABLE = (
    frozenset({state}) for state in (State.MET, State.UNMET, State.MANUAL, State.NOT_APPLICABLE)
)
OPEN = MET | UNMET

_FIRST_IN_ALL = (State.UNMET, State.MANUAL, State.MET, State.NOT_APPLICABLE)
_FIRST_IN_ANY = (State.MET, State.MANUAL, State.UNMET, State.NOT_APPLICABLE)
_OPPOSITE = {State.MET: State.UNMET, State.UNMET: State.MET}


def state_of(possible: Possible) -> State:
    return next(iter(possible)) if len(possible) == 1 else State.UNKNOWN


def truth(met: bool, unmet: bool) -> Possible:
    """Possible states of a clause that can be met, unmet, or both."""
    return (MET if met else frozenset()) | (UNMET if unmet else frozenset())


def _fold(parts: Iterable[Possible], order: tuple[State, ...]) -> Possible:
    def two(left: Possible, right: Possible) -> Possible:
        return frozenset(min(pair, key=order.index) for pair in product(left, right))

    return reduce(two, parts, NOT_APPLICABLE)


def all_of(parts: Iterable[Possible]) -> Possible:
    return _fold(parts, _FIRST_IN_ALL)


def any_of(parts: Iterable[Possible]) -> Possible:
    return _fold(parts, _FIRST_IN_ANY)


def opposite(part: Possible) -> Possible:
    return frozenset(_OPPOSITE.get(state, state) for state in part)


def at_least(k: int, parts: Iterable[Possible]) -> Possible:
    """At least `k` met: by counting how many are met, left to a person, and applicable at all."""
    counts = {(0, 0, False)}
    for part in parts:
        counts = {
            (
                met + (state is State.MET),
                manual + (state is State.MANUAL),
                applies or state is not State.NOT_APPLICABLE,
            )
            for met, manual, applies in counts
            for state in part
        }
    return frozenset(_counted(k, *each) for each in counts)


def _counted(k: int, met: int, manual: int, applies: bool) -> State:
    if not applies:
        return State.NOT_APPLICABLE
    if met >= k:
        return State.MET
    return State.MANUAL if met + manual >= k else State.UNMET


def waived(condition: Possible, when: Possible) -> Possible:
    """A condition with its exemption: met when the exemption is, otherwise what the condition is."""
    return frozenset(_waive(*pair) for pair in product(condition, when))


def _waive(condition: State, when: State) -> State:
    if when is State.MET:
        return State.MET
    if when is State.MANUAL:
        return State.MET if condition is State.MET else State.MANUAL
    return condition


def first_case(cases: Iterable[tuple[Possible, Possible]], otherwise: Possible) -> Possible:
    """The state of the first case whose `when` is met. A `when` left to a person leaves the whole to a person,
    unless every case that can follow says the same."""
    rest = otherwise
    for when, then in reversed(list(cases)):
        found: set[State] = set()
        if State.MET in when:
            found |= then
        if when & {State.UNMET, State.NOT_APPLICABLE}:
            found |= rest
        if State.MANUAL in when:
            found |= {left if left is right else State.MANUAL for left, right in product(then, rest)}
        rest = frozenset(found)
    return rest
