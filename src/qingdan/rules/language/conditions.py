"""The closed set of conditions. Data only: nothing here decides anything, `evaluate` does.

A clause asks about facts; the others combine conditions. Every node may carry a `label` (its name on pages) and
its `source`. Bounds say themselves whether they are included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.language.parts import Figure, Node, Op, Source
from qingdan.rules.values import Value


@dataclass(frozen=True, kw_only=True)
class Condition(Node):
    """The base of all conditions."""

    label: str = ""
    source: Source | None = None

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions directly below."""
        return ()


# ---- clauses on numbers


class Undefined(StrEnum):
    """What a ratio or growth is whose base is zero or negative and known: no share can be stated.

    It is never *unknown*, for no further figure would settle it. The default leaves it to a person.
    """

    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"
    UNMET = "unmet"


@dataclass(frozen=True, kw_only=True)
class Compare(Condition):
    """A figure against a value: 上年度营业收入 >= 1500 万元."""

    tag: ClassVar = "compare"
    figure: Figure
    op: Op
    value: Value


@dataclass(frozen=True, kw_only=True)
class Between(Condition):
    """A figure between two values, each bound explicitly included or not."""

    tag: ClassVar = "between"
    figure: Figure
    low: Value
    low_included: bool
    high: Value
    high_included: bool


@dataclass(frozen=True, kw_only=True)
class Ratio(Condition):
    """`numerator` against `bound` times `denominator`, by cross-multiplication.

    `unit` gives the bound's unit when the two are measured differently: 20 with 万元/亩.
    """

    tag: ClassVar = "ratio"
    numerator: Figure
    denominator: Figure
    op: Op
    bound: Fraction
    unit: str = ""
    if_undefined: Undefined = Undefined.MANUAL

    def __post_init__(self) -> None:
        _check_bound(self.op)


def _check_bound(op: Op) -> None:
    if op in (Op.EQUAL, Op.DIFFERENT):
        raise RuleError(
            Words("此条件只能用上限或下限", "this condition takes an upper or lower bound only"),
            Words("请用 >=、>、<= 或 <", "use >=, >, <= or <"),
        )


@dataclass(frozen=True, kw_only=True)
class Growth(Condition):
    """Growth of a figure against the same figure `years` earlier.

    `yearly`: the bound is the mean yearly rate (年均复合增长率), otherwise the growth over the whole time.
    """

    tag: ClassVar = "growth"
    figure: Figure
    op: Op
    rate: Fraction
    years: int = 1
    yearly: bool = False
    if_undefined: Undefined = Undefined.MANUAL

    def __post_init__(self) -> None:
        if not 1 <= self.years <= 30 or self.rate <= -1:
            raise RuleError(
                Words(
                    "增长条件的年数须为 1 到 30，增长率须大于 -100%",
                    "growth needs 1 to 30 years and a rate above -100%",
                ),
                Words("请更正", "correct it"),
            )
        _check_bound(self.op)

    @property
    def factor(self) -> Fraction:
        """What the earlier figure is multiplied with: (1 + rate), to the power of the years for a yearly rate."""
        return (1 + self.rate) ** (self.years if self.yearly else 1)


@dataclass(frozen=True, kw_only=True)
class Window(Condition):
    """A condition on yearly figures in each of the last `years` years: all of them, or `at_least` of them.

    The condition is written for the last of these years; in the earlier ones its relative years move back.
    `since` as in `Figure`.
    """

    tag: ClassVar = "window"
    condition: Condition
    years: int
    at_least: int | None = None
    since: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.years <= 30 or not 1 <= (self.at_least or 1) <= self.years:
            raise RuleError(
                Words(
                    "年数须为 1 到 30，“at_least”不多于年数", "years are 1 to 30, and 'at_least' is no more than they"
                ),
                Words("请更正", "correct it"),
            )

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)


@dataclass(frozen=True, kw_only=True)
class Rank(Condition):
    """A rank, 1 the best: among the first `top`, or within the first `share` of `among` enterprises."""

    tag: ClassVar = "rank"
    figure: Figure
    top: int | None = None
    share: Fraction | None = None
    among: Figure | None = None

    def __post_init__(self) -> None:
        if (self.top is None) == (self.share is None) or (self.share is None) != (self.among is None):
            raise RuleError(
                Words("名次条件须写前几名，或前百分之几及总数", "a rank needs 'top', or 'share' with 'among'"),
                Words("请写 top，或同时写 share 和 among", "give top, or both share and among"),
            )


# ---- clauses on other facts


@dataclass(frozen=True, kw_only=True)
class Flag(Condition):
    """A yes-or-no fact that must be as expected."""

    tag: ClassVar = "flag"
    field: str
    expected: bool


@dataclass(frozen=True, kw_only=True)
class InCodes(Condition):
    """The field's code, or any of its codes, is one of `codes` or below one of them."""

    tag: ClassVar = "in_codes"
    field: str
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HoldsStatus(Condition):
    """A status or title among `codes`, or below one of them, is valid on the fact date."""

    tag: ClassVar = "holds_status"
    field: str
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecordFree(Condition):
    """No record among `codes` (none given: of any kind) within the last `months` months.

    A record reaches into the period when fewer than `months` full months have passed since its last day:
    on the anniversary itself it no longer counts.
    """

    tag: ClassVar = "record_free"
    field: str
    months: int
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 1200:
            raise RuleError(
                Words("无记录期间须为 1 到 1200 个月", "a record-free period is 1 to 1200 months"),
                Words("三年请写 36", "write 36 for three years"),
            )


@dataclass(frozen=True, kw_only=True)
class Age(Condition):
    """Months since a date field, on the fact date or on the fixed day `on`. Three years are 36.

    They are full on the day with the same number (`full_months`): "at least 36" is met from that day on, "more
    than 36" from the day after, "at most 36" up to that day, "less than 36" up to the day before.
    """

    tag: ClassVar = "age"
    field: str
    op: Op
    months: int
    on: date | None = None

    def __post_init__(self) -> None:
        _check_bound(self.op)
        if not 0 <= self.months <= 12_000:
            raise RuleError(
                Words("月数须为 0 到 12000", "months are 0 to 12000"), Words("三年请写 36", "write 36 for three years")
            )


@dataclass(frozen=True, kw_only=True)
class DateWindow(Condition):
    """A date field from `start` to `end`, both days included; None: without limit."""

    tag: ClassVar = "date_window"
    field: str
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start is None and self.end is None:
            raise RuleError(
                Words("日期条件没有起止日", "a date window needs a start or an end"),
                Words("请写 start 或 end", "give start or end"),
            )


@dataclass(frozen=True, kw_only=True)
class Attest(Condition):
    """A yes-or-no fact that counts only with evidence: `evidence` names what has to be handed in."""

    tag: ClassVar = "attest"
    field: str
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Judgement(Condition):
    """A question that a person decides. `field` holds the decision once it is made; before that it is *manual*."""

    tag: ClassVar = "judgement"
    question: str
    field: str = ""


# ---- combinations


@dataclass(frozen=True, kw_only=True)
class _Several(Condition):
    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.conditions:
            raise RuleError(
                Words("组合条件里没有条件", "a combination has no conditions"),
                Words("请至少写一个", "give at least one"),
            )

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.conditions


@dataclass(frozen=True, kw_only=True)
class All(_Several):
    """Every condition that applies."""

    tag: ClassVar = "all"


@dataclass(frozen=True, kw_only=True)
class Any(_Several):
    """At least one condition."""

    tag: ClassVar = "any"


@dataclass(frozen=True, kw_only=True)
class NoneOf(_Several):
    """Not one of the conditions."""

    tag: ClassVar = "none_of"


@dataclass(frozen=True, kw_only=True)
class AtLeast(_Several):
    """At least `k` of the conditions."""

    tag: ClassVar = "at_least"
    k: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.k <= len(self.conditions):
            raise RuleError(
                Words(
                    f"{len(self.conditions)} 个条件中不能要求满足 {self.k} 个",
                    f"{self.k} of {len(self.conditions)} conditions cannot be asked for",
                ),
                Words("请更正 k", "correct k"),
            )


@dataclass(frozen=True, kw_only=True)
class Exclusion(Condition):
    """A bar (一票否决): when `condition` is met, the enterprise is out."""

    tag: ClassVar = "exclusion"
    condition: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)


@dataclass(frozen=True, kw_only=True)
class Exemption(Condition):
    """`condition` is waived (豁免) for those who meet `when`: it then counts as met."""

    tag: ClassVar = "exemption"
    condition: Condition
    when: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.when, self.condition)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of a table of cases."""

    when: Condition
    then: Condition


@dataclass(frozen=True, kw_only=True)
class Tiered(Condition):
    """The first case whose `when` is met decides; without any, `otherwise`, or the clause does not apply."""

    tag: ClassVar = "tiered"
    cases: tuple[Case, ...]
    otherwise: Condition | None = None

    def __post_init__(self) -> None:
        if not self.cases:
            raise RuleError(
                Words("分档条件没有档", "a tiered condition has no cases"), Words("请至少写一档", "give at least one")
            )

    @property
    def parts(self) -> tuple[Condition, ...]:
        pairs = tuple(each for case in self.cases for each in (case.when, case.then))
        return pairs + ((self.otherwise,) if self.otherwise else ())


@dataclass(frozen=True, kw_only=True)
class Band:
    """Points for the first band that is met."""

    when: Condition
    points: Decimal


@dataclass(frozen=True, kw_only=True)
class PerPiece:
    """Points for each whole unit of a figure (发明专利每项5分), up to `cap` points."""

    figure: Figure
    points: Decimal
    cap: Decimal

    def __post_init__(self) -> None:
        if self.points <= 0 or self.cap <= 0 or self.pieces_to_cap > 1000:
            raise RuleError(
                Words(
                    "每项得分和上限须为正，上限不超过 1000 项",
                    "points and cap must be positive, for 1000 pieces at most",
                ),
                Words("扣分请用分档", "use bands for deductions"),
            )

    @property
    def pieces_to_cap(self) -> int:
        return (Fraction(self.cap) / Fraction(self.points)).__ceil__()


@dataclass(frozen=True, kw_only=True)
class ScoreItem:
    """One line of a score table: bands, or points for each piece."""

    label: str
    bands: tuple[Band, ...] = ()
    per_piece: PerPiece | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        if bool(self.bands) == bool(self.per_piece):
            raise RuleError(
                Words(
                    f"评分项“{self.label}”须写分档或按项计分之一", f"score item '{self.label}' needs bands or per_piece"
                ),
                Words("请写 bands 或 per_piece", "give bands or per_piece"),
            )


@dataclass(frozen=True, kw_only=True)
class Score(Condition):
    """The sum of the items' points against a threshold."""

    tag: ClassVar = "score"
    items: tuple[ScoreItem, ...]
    op: Op
    threshold: Decimal

    def __post_init__(self) -> None:
        if not self.items:
            raise RuleError(
                Words("评分条件没有评分项", "a score has no items"), Words("请至少写一项", "give at least one")
            )
        _check_bound(self.op)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return tuple(band.when for item in self.items for band in item.bands)


CONDITIONS: tuple[type[Condition], ...] = (
    *(Compare, Between, Ratio, Growth, Window, Rank),
    *(Flag, InCodes, HoldsStatus, RecordFree, Age, DateWindow, Attest, Judgement),
    *(All, Any, NoneOf, AtLeast, Exclusion, Exemption, Tiered, Score),
)
"""Every condition there is."""
