"""A monotone circuit over bits of enterprises: literals below, and / or / at-least gates above, each built once.

A condition becomes four gates, its `Rails`: whether it can be met, unmet, left to a person, not applicable, given
what is missing. All four are monotone in the rails of its parts, so no gate is ever negated and unknown facts need
no special treatment above the literals (Kleene's logic as pairs of monotone functions).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from qingdan.rules.language.rule import State

FALSE, TRUE = 0, 1
"""The two constant gates."""


class Rails(NamedTuple):
    """The gates of one condition: which definite states it can have."""

    met: int
    unmet: int
    manual: int = FALSE
    not_applicable: int = FALSE

    @classmethod
    def always(cls, states: Iterable[State]) -> Rails:
        """The rails of a condition that can have just these states, whatever the enterprise."""
        found = set(states)
        return cls(*(TRUE if state in found else FALSE for state in STATES))


STATES = (State.MET, State.UNMET, State.MANUAL, State.NOT_APPLICABLE)
"""The states in the order of the rails; a state's bit in a mask is its place here."""


@dataclass
class Circuit:
    """Gates by number, 0 and 1 constant: `literals[n]`, or `gates[n] = (k, parts)`, at least `k` of the parts.

    `k` = 1 is *or*, `k` = number of parts is *and*. Parts always have lower numbers.
    """

    gates: dict[int, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    literals: dict[int, Any] = field(default_factory=dict)
    _known: dict[Any, int] = field(default_factory=dict)
    _negations: dict[int, int] = field(default_factory=dict)
    _count: int = 2

    def literal(self, key: Any) -> int:
        """The gate of a literal; equal keys share one."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._count
            self.literals[found] = key
            self._count += 1
        return found

    def at_least(self, k: int, parts: Iterable[int]) -> int:
        """At least `k` of the parts, a part counted as often as it stands."""
        rest = []
        for part in parts:
            if part == TRUE:
                k -= 1
            elif part != FALSE:
                rest.append(part)
        if k <= 0:
            return TRUE
        if k > len(rest):
            return FALSE
        if k in (1, len(rest)):
            rest = list(dict.fromkeys(rest))
            k = 1 if k == 1 else len(rest)
            if len(rest) == 1:
                return rest[0]
        rest.sort()
        key = (k, *rest)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._count
            self.gates[found] = (k, tuple(rest))
            self._count += 1
        return found

    def all(self, parts: Sequence[int]) -> int:
        return FALSE if FALSE in parts else self.at_least(len(parts), parts)

    def any(self, parts: Sequence[int]) -> int:
        return TRUE if TRUE in parts else self.at_least(1, parts)

    def negation(self, gate: int) -> int:
        """The gate that is set where another is not: not at least k of n is at least n - k + 1 of the negations."""
        if gate in (FALSE, TRUE):
            return TRUE if gate == FALSE else FALSE
        found = self._negations.get(gate)
        if found is None:
            if gate in self.literals:
                found = self.literal(self.literals[gate].negation)
            else:
                k, parts = self.gates[gate]
                found = self.at_least(len(parts) - k + 1, [self.negation(part) for part in parts])
            self._negations[gate] = found
        return found

    def below(self, wanted: Iterable[int]) -> list[int]:
        """The literals and gates that some wanted ones depend on, and they themselves, parts first."""
        marked = set(wanted)
        for gate in range(self._count - 1, TRUE, -1):
            if gate in marked and gate in self.gates:
                marked.update(self.gates[gate][1])
        return sorted(marked - {FALSE, TRUE})

    def __len__(self) -> int:
        return self._count
