"""A rule: one version of one programme, with its conditions, awards, sources and tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.language.amounts import Amount
from qingdan.rules.language.conditions import Condition
from qingdan.rules.language.parts import Source
from qingdan.rules.values import Money


class ApplicationKind(StrEnum):
    """What an enterprise applies for; a version of a rule is for one kind or for any."""

    ANY = "any"
    FIRST = "first"
    RENEWAL = "renewal"

    @property
    def chinese(self) -> str:
        return {"any": "不限", "first": "首次", "renewal": "复核"}[self.value]


class State(StrEnum):
    """What a condition is for an enterprise."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"

    @property
    def chinese(self) -> str:
        return {
            "met": "符合",
            "unmet": "不符合",
            "unknown": "待补充",
            "manual": "待人工认定",
            "not_applicable": "不适用",
        }[self.value]


@dataclass(frozen=True, kw_only=True)
class Status:
    """A title or record with its days of validity, both included; no end: still valid. A record has one day."""

    code: str
    start: date
    end: date | None = None


Plain = None | bool | int | str | tuple[str, ...] | tuple[Status, ...]
"""A fact as written in a file: decimals, amounts and dates are text."""


@dataclass(frozen=True, kw_only=True)
class GivenFact:
    """A fact of a test: `key` is the field's name, with the period after @ ("revenue@2025")."""

    key: str
    value: Plain


@dataclass(frozen=True, kw_only=True)
class ExpectedAward:
    """What an award must come to in a test; None: no exact amount may come out."""

    award: str
    amount: Money | None


@dataclass(frozen=True, kw_only=True)
class Example:
    """A test beside the rule: these facts on this day give this state and, where named, these amounts."""

    name: str
    fact_date: date
    facts: tuple[GivenFact, ...]
    state: State
    awards: tuple[ExpectedAward, ...] = ()

    def __post_init__(self) -> None:
        keys = [fact.key for fact in self.facts]
        if len(set(keys)) < len(keys):
            raise RuleError(
                Words("同一事实写了两次", "a fact is given twice"), Words("请只保留一个", "keep one of them")
            )


@dataclass(frozen=True, kw_only=True)
class Award:
    """Something that the entitled get."""

    id: str
    title: str
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One version of a programme. It is in force from and to the given days, both included."""

    id: str
    title: str
    version: str
    valid_from: date
    valid_to: date | None = None
    application_kind: ApplicationKind = ApplicationKind.ANY
    sources: tuple[Source, ...] = ()
    note: str = ""
    condition: Condition
    awards: tuple[Award, ...] = ()
    tests: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise RuleError(
                Words("失效日早于生效日", "the rule ends before it begins"),
                Words("请更正 valid_from 和 valid_to", "correct valid_from and valid_to"),
            )
        names = [award.id for award in self.awards]
        if len(set(names)) < len(names):
            raise RuleError(
                Words("两项奖补的编号相同", "two awards have the same id"), Words("请各给一个编号", "give each its own")
            )

    def is_in_force(self, on: date, kind: ApplicationKind) -> bool:
        fits = ApplicationKind.ANY in (self.application_kind, kind) or self.application_kind is kind
        return fits and self.valid_from <= on <= (self.valid_to or date.max)


def choose_version(versions: Iterable[Rule], rule_date: date, kind: ApplicationKind = ApplicationKind.ANY) -> Rule:
    """The version in force on `rule_date` for this kind of application; facts are looked up on another day.

    RuleError when none is in force, or more than one (old and new texts may run side by side for different kinds).
    """
    fitting = [rule for rule in versions if rule.is_in_force(rule_date, kind)]
    if len(fitting) == 1:
        return fitting[0]
    names = "、".join(f"{rule.id} {rule.version}" for rule in fitting)
    if fitting:
        raise RuleError(
            Words(f"{rule_date} 有多个版本有效：{names}", f"several versions are in force on {rule_date}: {names}"),
            Words(
                "请写明申请类型，或更正版本的有效期", "name the kind of application, or correct the versions' validity"
            ),
        )
    raise RuleError(
        Words(f"{rule_date} 没有有效的{kind.chinese}申请版本", f"no version for '{kind}' is in force on {rule_date}"),
        Words("请换一个日期或补充版本", "choose another date or add the version"),
    )


class GroupMode(StrEnum):
    """What happens when an enterprise is entitled to several members of a group."""

    HIGHEST = "highest"  # 就高不重复
    EXCLUSIVE = "exclusive"  # one of them, the enterprise chooses
    CAPPED = "capped"  # together no more than the cap


@dataclass(frozen=True, kw_only=True)
class StackingGroup:
    """Awards of several rules that do not simply add up; members are "rule id/award id"."""

    id: str
    title: str
    mode: GroupMode
    members: tuple[str, ...]
    cap: Money | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        if (self.mode is GroupMode.CAPPED) != (self.cap is not None):
            raise RuleError(
                Words("只有限额组有限额，且必须有", "a capped group has a cap, and no other"),
                Words("请更正 mode 或 cap", "correct mode or cap"),
            )
