"""What a condition can be, as four SQL expressions, and how conditions combine (`qingdan.rules.evaluate.states`).

The library folds sets of states; here each of the four questions has its own closed formula, so that the two do not
share a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

YES, NO = "TRUE", "FALSE"
MET, UNMET, MANUAL, NOT_APPLICABLE = 1, 2, 4, 8
"""The bits of a result: the states that the missing facts leave open."""


def every(expressions: Iterable[str]) -> str:
    """All of several boolean expressions; none of them may be NULL."""
    parts = [each for each in dict.fromkeys(expressions) if each != YES]
    if NO in parts:
        return NO
    return f"({' AND '.join(parts)})" if len(parts) > 1 else (parts[0] if parts else YES)


def some(expressions: Iterable[str]) -> str:
    """At least one of several boolean expressions; none of them may be NULL."""
    parts = [each for each in dict.fromkeys(expressions) if each != NO]
    if YES in parts:
        return YES
    return f"({' OR '.join(parts)})" if len(parts) > 1 else (parts[0] if parts else NO)


def negated(expression: str) -> str:
    return {YES: NO, NO: YES}.get(expression, f"(NOT {expression})")


def count(expressions: Iterable[str]) -> str:
    """How many of several boolean expressions hold."""
    parts = list(expressions)
    fixed = parts.count(YES)
    return "(" + " + ".join([str(fixed)] + [f"{each}::INTEGER" for each in parts if each not in (YES, NO)]) + ")"


@dataclass(frozen=True)
class Can:
    """Whether a condition can be met, unmet, left to a person, not applicable: SQL booleans, never NULL."""

    met: str = NO
    unmet: str = NO
    manual: str = NO
    skipped: str = NO

    @property
    def all(self) -> tuple[str, str, str, str]:
        return (self.met, self.unmet, self.manual, self.skipped)

    @property
    def not_followed(self) -> str:
        """A case whose `when` this is can be passed over."""
        return some([self.unmet, self.skipped])

    @property
    def bits(self) -> str:
        weights = zip(self.all, (MET, UNMET, MANUAL, NOT_APPLICABLE), strict=True)
        return "(" + " + ".join(f"{weight} * {each}::INTEGER" for each, weight in weights) + ")::UTINYINT"


def choice(options: Iterable[tuple[str, Can]]) -> Can:
    """Whatever any of several conditions can be whose own expression holds."""
    listed = list(options)
    names = [field.name for field in fields(Can)]
    return Can(**{name: some(every([holds, getattr(can, name)]) for holds, can in listed) for name in names})


def opposite(part: Can) -> Can:
    return Can(part.unmet, part.met, part.manual, part.skipped)


def all_of(parts: Sequence[Can]) -> Can:
    return opposite(any_of([opposite(part) for part in parts]))


def any_of(parts: Sequence[Can]) -> Can:
    """One met part decides; else one left to a person; else one unmet; else nothing applies."""
    met = some(part.met for part in parts)
    not_met = [some([part.unmet, part.manual, part.skipped]) for part in parts]
    passed = [part.not_followed for part in parts]
    return Can(
        met=met,
        unmet=every([some(part.unmet for part in parts), *passed]),
        manual=every([some(part.manual for part in parts), *not_met]),
        skipped=every(part.skipped for part in parts),
    )


def at_least(k: int, parts: Sequence[Can]) -> Can:
    """At least `k` parts met, of those that apply.

    Unmet can be when the parts that cannot be passed over are fewer than `k` and one applies. Left to a person can
    be when fewer than `k` have to be met, and `k` can be met or left to a person with at most `k` - 1 met.
    """
    can_meet = count(part.met for part in parts)
    must_count = count(negated(part.not_followed) for part in parts)
    applies = [f"{must_count} >= 1", some(part.unmet for part in parts)]
    if k >= 2:
        applies += [some([part.met, part.manual]) for part in parts]
    must_meet = count(negated(some([part.unmet, part.manual, part.skipped])) for part in parts)
    meets_only = count(every([part.met, negated(part.manual)]) for part in parts)
    by_person = count(part.manual for part in parts)
    has_manual = some(part.manual for part in parts)
    reach = f"LEAST({meets_only}, {k - 1}) + {by_person} >= {k}"
    return Can(
        met=f"({can_meet} >= {k})",
        unmet=every([f"({must_count} < {k})", some(applies)]),
        manual=NO if has_manual == NO else every([f"({must_meet} < {k})", f"({reach})"]),
        skipped=every(part.skipped for part in parts),
    )


def waived(condition: Can, when: Can) -> Can:
    goes_on = when.not_followed
    others = some([condition.unmet, condition.manual, condition.skipped])
    return Can(
        met=some([when.met, condition.met]),
        unmet=every([goes_on, condition.unmet]),
        manual=some([every([when.manual, others]), every([goes_on, condition.manual])]),
        skipped=every([goes_on, condition.skipped]),
    )


def one_case(when: Can, then: Can, rest: Can) -> Can:
    """`then` when `when` is met, `rest` when it is not; a person's `when` decides unless both say the same."""
    found = choice([(when.met, then), (when.not_followed, rest)])
    same = Can(*(every([when.manual, left, right]) for left, right in zip(then.all, rest.all, strict=True)))
    differ = some(
        every([left, right])
        for here, left in enumerate(then.all)
        for there, right in enumerate(rest.all)
        if here != there
    )
    return Can(
        met=some([found.met, same.met]),
        unmet=some([found.unmet, same.unmet]),
        manual=some([found.manual, same.manual, every([when.manual, differ])]),
        skipped=some([found.skipped, same.skipped]),
    )
