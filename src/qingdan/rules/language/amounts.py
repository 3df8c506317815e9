"""The closed set of amounts of money, in whole fen. Rates are exact fractions; how a result is rounded is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from qingdan.rules.errors import RuleError, Words
from qingdan.rules.language.conditions import Condition
from qingdan.rules.language.parts import Figure, Node, Source
from qingdan.rules.values import Money, Value


class Rounding(StrEnum):
    """How a computed amount becomes payable: to the fen or yuan, half up; or down to yuan or 万元."""

    FEN_HALF_UP = "fen_half_up"
    YUAN_HALF_UP = "yuan_half_up"
    YUAN_DOWN = "yuan_down"
    WAN_DOWN = "wan_down"

    @property
    def chinese(self) -> str:
        return {
            "fen_half_up": "四舍五入到分",
            "yuan_half_up": "四舍五入到元",
            "yuan_down": "舍去元以下",
            "wan_down": "舍去万元以下",
        }[self.value]

    def apply(self, fen: Fraction) -> Money:
        """A rounded amount that is not negative."""
        unit = {"fen": 1, "yuan": 100, "wan": 1_000_000}[self.value.partition("_")[0]]
        half = Fraction(1, 2) if self.value.endswith("half_up") else 0
        return Money(max(0, (fen / unit + half).__floor__() * unit))


@dataclass(frozen=True, kw_only=True)
class Amount(Node):
    """The base of all amounts."""

    label: str = ""
    source: Source | None = None


def _check_limits(floor: int | None, cap: int | None) -> None:
    if (floor or 0) < 0 or (cap or 0) < 0 or (floor is not None and cap is not None and floor > cap):
        raise RuleError(
            Words("下限高于上限，或金额为负", "the floor exceeds the cap, or an amount is negative"),
            Words("请更正 floor 和 cap", "correct floor and cap"),
        )


@dataclass(frozen=True, kw_only=True)
class Fixed(Amount):
    """A sum of money."""

    tag: ClassVar = "fixed"
    amount: Money

    def __post_init__(self) -> None:
        _check_limits(self.amount, None)


@dataclass(frozen=True, kw_only=True)
class PerUnit(Amount):
    """`amount` for each `per` of a figure: 100 元 per 1 亩. `whole`: only full units count."""

    tag: ClassVar = "per_unit"
    figure: Figure
    per: Value
    amount: Money
    whole: bool
    cap: Money | None = None
    rounding: Rounding = Rounding.FEN_HALF_UP

    def __post_init__(self) -> None:
        _check_limits(self.amount, self.cap)
        if self.per.number <= 0:
            raise RuleError(
                Words("“per”须大于零", "'per' must be positive"), Words("请写如 1 亩", "write for example 1 亩")
            )


@dataclass(frozen=True, kw_only=True)
class Rate(Amount):
    """A share of a figure of money, not less than `floor`, not more than `cap`."""

    tag: ClassVar = "rate"
    base: Figure
    rate: Fraction
    floor: Money | None = None
    cap: Money | None = None
    rounding: Rounding = Rounding.FEN_HALF_UP

    def __post_init__(self) -> None:
        _check_limits(self.floor, self.cap)
        _check_rate(self.rate)


@dataclass(frozen=True, kw_only=True)
class ShareOfContribution(Amount):
    """A share of what the enterprise contributed to local revenue (地方财政贡献).

    Apart from `Rate`: such awards are restricted by law and have to be found (公平竞争审查条例, 2024).
    """

    tag: ClassVar = "share_of_contribution"
    contribution: Figure
    share: Fraction
    cap: Money | None = None
    rounding: Rounding = Rounding.FEN_HALF_UP

    def __post_init__(self) -> None:
        _check_limits(None, self.cap)
        _check_rate(self.share)


def _check_rate(rate: Fraction) -> None:
    if rate < 0:
        raise RuleError(Words("比例为负", "the rate is negative"), Words("请更正", "correct it"))


@dataclass(frozen=True, kw_only=True)
class SlabBand:
    """What applies to the whole when the figure lies below `upto` (None: above all others)."""

    upto: Value | None
    upto_included: bool
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class Slab(Amount):
    """The band in which a figure lies decides the whole amount."""

    tag: ClassVar = "slab"
    figure: Figure
    bands: tuple[SlabBand, ...]

    def __post_init__(self) -> None:
        _check_bands([band.upto for band in self.bands])


@dataclass(frozen=True, kw_only=True)
class MarginalBand:
    """The rate on the part of the base between the band before and `upto`."""

    upto: Money | None
    rate: Fraction


@dataclass(frozen=True, kw_only=True)
class Marginal(Amount):
    """Each part of a figure of money at its own rate (超额累进)."""

    tag: ClassVar = "marginal"
    base: Figure
    bands: tuple[MarginalBand, ...]
    cap: Money | None = None
    rounding: Rounding = Rounding.FEN_HALF_UP

    def __post_init__(self) -> None:
        _check_limits(None, self.cap)
        _check_bands([None if band.upto is None else Value.parse(band.upto) for band in self.bands])
        for band in self.bands:
            _check_rate(band.rate)


def _check_bands(bounds: list[Value | None]) -> None:
    """Bounds ascend, and only the last may be open."""
    if not bounds or None in bounds[:-1]:
        raise _bands_error()
    known = [bound.base for bound in bounds if bound is not None]
    if any(low[0] >= high[0] or low[1] != high[1] for low, high in pairwise(known)):
        raise _bands_error()


def _bands_error() -> RuleError:
    return RuleError(
        Words(
            "各档上限须逐档升高、单位一致，只有末档可不设上限",
            "the bands' upper ends must rise in one unit; only the last is open",
        ),
        Words("请更正各档的 upto", "correct upto of the bands"),
    )


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """A share of an amount and when it is paid, in words."""

    share: Fraction
    when: str


@dataclass(frozen=True, kw_only=True)
class Instalments(Amount):
    """An amount paid in parts; each is rounded down to the fen and the last takes the rest."""

    tag: ClassVar = "instalments"
    amount: Amount
    parts: tuple[Instalment, ...]

    def __post_init__(self) -> None:
        if sum(part.share for part in self.parts) != 1 or any(part.share <= 0 for part in self.parts):
            raise RuleError(
                Words("各期比例须为正，合计须为 100%", "the shares must be positive and make 100%"),
                Words("请更正各期的 share", "correct the shares"),
            )


@dataclass(frozen=True, kw_only=True)
class AmountCase:
    """One row of a table of amounts."""

    when: Condition
    then: Amount


@dataclass(frozen=True, kw_only=True)
class ByCase(Amount):
    """The first case that is met gives the amount (by region, by title); without any `otherwise`, or nothing."""

    tag: ClassVar = "by_case"
    cases: tuple[AmountCase, ...]
    otherwise: Amount | None = None

    def __post_init__(self) -> None:
        if not self.cases:
            raise RuleError(
                Words("分情形金额没有情形", "an amount by case has no cases"),
                Words("请至少写一种", "give at least one"),
            )


@dataclass(frozen=True, kw_only=True)
class Negotiated(Amount):
    """一事一议: decided by people, within a range when the policy gives one."""

    tag: ClassVar = "negotiated"
    low: Money | None = None
    high: Money | None = None

    def __post_init__(self) -> None:
        _check_limits(self.low, self.high)


AMOUNTS: tuple[type[Amount], ...] = (
    *(Fixed, PerUnit, Rate, ShareOfContribution, Slab, Marginal),
    *(Instalments, ByCase, Negotiated),
)
"""Every amount there is."""
