"""How the rails of parts become the rails of a combination: `evaluate.states`, function by function, as gates.

Each definite state of the combination is possible exactly when some choice of its parts' possible states gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from qingdan.rules.compiler.circuit import FALSE, Circuit, Rails


def all_of(circuit: Circuit, parts: Sequence[Rails]) -> Rails:
    """Unmet comes before manual, manual before met, met before not applicable."""
    unmet, manual, met, nothing = _first_in(circuit, [(p.unmet, p.manual, p.met, p.not_applicable) for p in parts])
    return Rails(met, unmet, manual, nothing)


def any_of(circuit: Circuit, parts: Sequence[Rails]) -> Rails:
    """Met comes before manual, manual before unmet, unmet before not applicable."""
    met, manual, unmet, nothing = _first_in(circuit, [(p.met, p.manual, p.unmet, p.not_applicable) for p in parts])
    return Rails(met, unmet, manual, nothing)


def _first_in(circuit: Circuit, parts: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """One part can have the state, and every other part can have it or one that comes later."""
    rails = []
    for order in range(4):
        someone = circuit.any([part[order] for part in parts])
        if someone == FALSE or order == 0:
            rails.append(someone)
            continue
        everyone = [circuit.any(part[order:]) for part in parts]
        # Where no part can have a later state, every part having this one includes that someone has.
        later = any(each != FALSE for part in parts for each in part[order + 1 :])
        rails.append(circuit.all([someone, *everyone] if later else everyone))
    return rails


def opposite(part: Rails) -> Rails:
    return Rails(part.unmet, part.met, part.manual, part.not_applicable)


def at_least(circuit: Circuit, k: int, parts: Sequence[Rails]) -> Rails:
    """At least `k` met; a person's decisions may still make it so; with no part that applies it does not either.

    * met    : `k` parts can be met
    * manual : `k` parts can be met or manual, one of them manual, and not more than `k` - 1 have to be met
    * unmet  : all but `k` - 1 parts can be unmet or not apply, and one part applies
    """
    spare = len(parts) - k + 1
    mets, manuals = [p.met for p in parts], [p.manual for p in parts]
    met = circuit.at_least(k, mets)
    nothing = circuit.all([p.not_applicable for p in parts])
    away = [circuit.any([p.unmet, p.not_applicable]) for p in parts]
    unmet = circuit.at_least(spare, away)
    if any(p.not_applicable != FALSE for p in parts):
        applies = circuit.any([p.unmet for p in parts] + ([*mets, *manuals] if k > 1 else []))
        unmet = circuit.all([unmet, applies])
    manual = FALSE
    if any(each != FALSE for each in manuals):
        reach = circuit.at_least(k, [circuit.any([p.met, p.manual]) for p in parts])
        below = circuit.at_least(spare, [circuit.any([p.unmet, p.manual, p.not_applicable]) for p in parts])
        manual = circuit.all([circuit.any(manuals), reach, below])
    return Rails(met, unmet, manual, nothing)


def waived(circuit: Circuit, condition: Rails, when: Rails) -> Rails:
    """Met when the exemption is; when a person decides on it, open unless the condition is met; else the condition."""
    stands = circuit.any([when.unmet, when.not_applicable])
    not_met = circuit.any([condition.unmet, condition.manual, condition.not_applicable])
    return Rails(
        met=circuit.any([when.met, condition.met]),
        unmet=circuit.all([condition.unmet, stands]),
        manual=circuit.any([circuit.all([when.manual, not_met]), circuit.all([condition.manual, stands])]),
        not_applicable=circuit.all([condition.not_applicable, stands]),
    )


def first_case(circuit: Circuit, cases: Sequence[tuple[Rails, Rails]], otherwise: Rails) -> Rails:
    """The first case whose `when` is met; a `when` left to a person leaves all to a person unless both ways agree."""
    rest = otherwise
    for when, then in reversed(cases):
        skipped = circuit.any([when.unmet, when.not_applicable])
        differ = [circuit.all([left, right]) for left, right in _different(then, rest)]
        agreed = [
            circuit.any(
                [
                    circuit.all([when.met, yes]),
                    circuit.all([skipped, no]),
                    circuit.all([when.manual, yes, no]),
                ]
            )
            for yes, no in zip(then, rest, strict=True)
        ]
        met, unmet, manual, nothing = agreed
        rest = Rails(met, unmet, circuit.any([manual, circuit.all([when.manual, circuit.any(differ)])]), nothing)
    return rest


def _different(left: Rails, right: Rails) -> list[tuple[int, int]]:
    return [(left[here], right[there]) for here, there in permutations(range(4), 2)]


def one_of(circuit: Circuit, choices: Sequence[tuple[int, Rails]]) -> Rails:
    """Whatever the choices that are open allow: pairs of the gate that says a choice is open and its rails."""
    return Rails(
        *(circuit.any([circuit.all([is_open, rails[side]]) for is_open, rails in choices]) for side in range(4))
    )
