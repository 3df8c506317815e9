"""How many attacks of each kind, and by whom they were found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .world import Refused, Target, World

Attack = Callable[[World, Any, Random], None]
# A tenth of all attacks, always the same ones, unless all are asked for.
SHARE = 1 if os.environ.get("QD_ATTACKS") == "all" else 10
DRAWS = 400


@dataclass
class Tally:
    """``redrawn`` changed nothing that the log claims, or were refused by the database, and another was drawn;
    ``alone`` were found by the log itself, ``by_holders`` only with a checkpoint that somebody else holds."""

    name: str
    attacks: int = 0
    redrawn: int = 0
    alone: int = 0
    by_holders: int = 0
    undetected: list[str] = field(default_factory=list)


def run(target: Target, name: str, attack: Attack, numbers: Iterable[int]) -> Tally:
    """Make these attacks of a kind and see who finds them."""
    tally = Tally(name)
    for number in numbers:
        tally.attacks += 1
        for draw in range(DRAWS):
            if _counted(target, tally, attack, f"{name} {number} {draw}"):
                break
            tally.redrawn += 1
        else:
            raise AssertionError(f"{name} {number}: no attack in {DRAWS} draws")
    return tally


def _counted(target: Target, tally: Tally, attack: Attack, seed: str) -> bool:
    """Make one attack and count it; False when it was none."""
    try:
        with target.hit(attack, Random(seed)) as database:
            if not target.world.check(database).ok:
                tally.alone += 1
            elif (dump := target.dump(database)) == target.honest:
                return False
            elif not target.world.check(database, held=True).ok:
                tally.by_holders += 1
            else:
                tally.undetected.append(f"{seed}: {_difference(target.honest, dump)}")
    except Refused:
        return False
    return True


def _difference(before: Sequence[Any], after: Sequence[Any]) -> str:
    """Where two dumps part: salts and keys are never the same again, and neither is this attack."""
    one, other = next((str(a), str(b)) for a, b in zip(before, after, strict=True) if a != b)
    parted = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    place = max(0, parted - 80)
    return f"{one[place : place + 160]!r} became {other[place : place + 160]!r}"
