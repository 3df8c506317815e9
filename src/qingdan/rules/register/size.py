"""Age, staff, revenue of several years, balance sheet: what a hidden size and a hidden inventiveness make of each.

All money in fen. Figures of years before the foundation are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qingdan.rules.compiler.columns import Flags, days
from qingdan.rules.register.block import WAN, Block, Floats, Ints
from qingdan.rules.register.places import KINDS, Seat
from qingdan.rules.values import months_before

YEARS_BACK = 4
"""For how many full years revenue is there."""

_ROUND_MONTHS = (12, 24, 36, 60, 120, 240)
_REVENUES = [
    each * WAN for each in (200, 300, 500, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 40_000, 50_000, 100_000)
]
_STAFF = [10, 20, 30, 50, 100, 300, 500, 1000]
_ASSETS = [each * WAN for each in (300, 2000, 5000, 20_000)]
_RATES = (100, 105, 110, 115, 120)
"""Growth exactly at a threshold: this many per cent of the year before."""

SIZES = ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class Reports:
    """What is known of each enterprise, by where it would be reported."""

    tax: Flags
    accounts: Flags
    staff: Flags
    statistics: Flags


@dataclass(frozen=True)
class Size:
    """What the other facts follow from. `revenue[0]` is that of the last full year, `existed` alike.

    `round`: the books are kept in whole 万元. `age` in years, `founded` in days since 1970. `inventive` is normally
    distributed, like `large`. `size`: place in `SIZES`.
    """

    age: Floats
    founded: Ints
    large: Floats
    inventive: Floats
    round: Flags
    employees: Ints
    revenue: list[Ints]
    existed: list[Flags]
    assets: Ints
    size: Ints
    above_scale: Flags
    reports: Reports


def draw(block: Block, seat: Seat) -> Size:
    founded = _founded(block)
    age = (block.today - founded) / 365.25
    large, inventive = block.normal() + 0.8 * seat.moved, block.normal()
    head = np.log(seat.of("head") * 0.75) + 0.3 * np.log(np.clip(age, 0.3, 40) / 6) + 1.2 * large + block.normal(0.45)
    employees = block.onto(np.clip(np.rint(np.exp(head)), 1, 80_000).astype(np.int64), _STAFF, 0.02)
    whole = block.chance(0.5)
    revenue, existed = _revenue(block, seat, employees, founded, large=large, inventive=inventive, whole=whole)
    assets = money(seat.of("assets") * np.maximum(revenue[0], 10 * WAN) * np.exp(block.normal(0.55)), whole)
    assets = block.onto(assets, _ASSETS, 0.02)
    size = _size_class(seat, employees, revenue[0], assets)
    scale = seat.of("scale").astype(np.int64) * WAN
    above = (revenue[0] >= scale) & (age > 1.5) & block.chance(0.95)
    # Those above scale report nearly everything, small ones often little.
    reports = Reports(
        tax=above | block.chance(0.94),
        accounts=(above & block.chance(0.995)) | block.chance(0.86),
        staff=(above & block.chance(0.995)) | block.chance(0.9),
        statistics=above & block.chance(0.98),
    )
    _put_years(block, revenue, existed, employees, reports)
    block.code("size_class", SIZES, size, existed[0] & (reports.tax | reports.accounts))
    _put_scale(block, seat, founded, revenue, scale=scale, above=above, reports=reports)
    block.flag("legal_person", ~block.chance(0.02))
    block.flag("resident", ~block.chance(0.003))
    block.number(
        "paid_in_capital", money(assets * block.between(0.05, 0.5), np.ones(block.rows, bool)), block.chance(0.9)
    )
    moved_in = founded + ((block.today - founded) * block.between(0, 1)).astype(np.int64)
    block.day("moved_in", moved_in, block.chance(0.08))
    return Size(
        age=age,
        founded=founded,
        large=large,
        inventive=inventive,
        round=whole,
        employees=employees,
        revenue=revenue,
        existed=existed,
        assets=assets,
        size=size,
        above_scale=above,
        reports=reports,
    )


def money(fen: Floats | Ints, whole: Flags) -> Ints:
    """Amounts as they are kept: in fen, or in whole 万元 where they come to that."""
    rough = np.rint(fen / WAN) * WAN
    return np.where(whole & (np.abs(rough) >= WAN), rough, np.rint(fen)).astype(np.int64)


def part_of(total: Ints, share: Floats, whole: Flags) -> Ints:
    """A share of amounts, never more than all of them however it is rounded."""
    return np.minimum(money(total * share, whole), total)


def _founded(block: Block) -> Ints:
    """Days of foundation, some of them exactly a number of years before the fact date, or a day off."""
    age = np.clip(block.rng.gamma(1.3, 5.5, block.rows) * 365.25, 20, 45 * 365).astype(np.int64)
    founded = block.today - age
    corners = np.array([days(months_before(block.fact_date, months)) for months in _ROUND_MONTHS], np.int64)
    beside = block.rng.choice(corners, block.rows) + block.rng.integers(-1, 2, block.rows)
    founded = np.where(block.chance(0.015), beside, founded)
    block.day("founded", founded)
    return founded


def years_of(day: Ints) -> Ints:
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def _revenue(
    block: Block, seat: Seat, employees: Ints, founded: Ints, *, large: Floats, inventive: Floats, whole: Flags
) -> tuple[list[Ints], list[Flags]]:
    """Revenue of the last full year and those before, and in which of them the enterprise existed.

    The growth of one year leans on that of the next. Some revenues, and some growths, lie exactly at a threshold.
    """
    year_founded = years_of(founded)
    each = 0.8 * seat.of("per_head") * WAN * np.exp(0.2 * large + block.normal(0.6))
    now = block.onto(money(employees * each, whole), _REVENUES, 0.04)
    now[block.chance(np.where(employees < 4, 0.12, 0.002))] = 0  # asleep
    revenue, existed = [now], [year_founded <= block.year]
    wave = block.normal()
    exact = whole & block.chance(0.03)
    rate = block.rng.choice(np.array(_RATES), block.rows)
    for back in range(1, YEARS_BACK):
        wave = 0.5 * wave + block.normal(0.87)
        young = np.clip(0.3 - 0.08 * (block.year - back - year_founded), 0, 0.3)
        later = revenue[-1]
        before = money(later / np.exp(0.03 + 0.06 * inventive + young + 0.2 * wave), whole)
        if back == 1:
            # The last year is made from the year before, so that the growth comes out exactly.
            revenue[0] = later = np.where(exact, before * rate // 100, later)
        revenue.append(before)
        existed.append(year_founded <= block.year - back)
    for back, in_year in enumerate(existed):
        first_year = year_founded == block.year - back
        start_of_next = (year_founded - 1969).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
        part = np.where(first_year, (start_of_next - founded) / 366, 1.0)
        revenue[back] = np.where(in_year, np.where(first_year, money(revenue[back] * part, whole), revenue[back]), 0)
    return revenue, existed


def _size_class(seat: Seat, employees: Ints, revenue: Ints, assets: Ints) -> Ints:
    """The class by the limits of the kind: an enterprise below one of a class's limits is of a lower class."""
    limits = np.array([kind.limits[::-1] for kind in KINDS], np.int64)[seat.kind]
    reached = [
        (employees >= limits[:, level, 0])
        & (revenue >= limits[:, level, 1] * WAN)
        & (assets >= limits[:, level, 2] * WAN)
        for level in range(3)
    ]
    return np.sum(reached, axis=0)


def _put_years(block: Block, revenue: list[Ints], existed: list[Flags], employees: Ints, reports: Reports) -> None:
    """Revenue, employees and the staff on a day."""
    known = reports.tax | reports.accounts
    for back, figures in enumerate(revenue):
        year = block.year - back
        block.number(f"revenue@{year}", figures, existed[back] & known)
        shrunk = np.sqrt(np.clip(figures / np.maximum(revenue[0], 1), 0.05, 4))
        mean = np.maximum(np.rint(employees * shrunk * block.between(0.93, 1.03)), 1)
        block.number(f"annual_employees@{year}", mean, existed[back] & (reports.statistics | (reports.staff & known)))
    block.number(f"employees@{block.year}-12-31", employees, existed[0] & reports.staff)
    middle = f"{block.fact_date.year}-06-30"
    if middle <= block.fact_date.isoformat():
        later = np.maximum(np.rint(employees * block.between(0.95, 1.08)), 1)
        block.number(f"employees@{middle}", later, reports.statistics & block.chance(0.5))


def _put_scale(
    block: Block, seat: Seat, founded: Ints, revenue: list[Ints], *, scale: Ints, above: Flags, reports: Reports
) -> None:
    """The list above scale and what goes with it: first years on it and output by month."""
    first = above & (revenue[1] < scale)
    block.flag("above_scale", above)
    block.flag("first_above_scale", first, reports.tax)
    block.flag("first_above_scale_now", ~above & (revenue[0] >= scale) & block.chance(0.5), reports.tax)
    earlier = founded + 400 + (np.maximum(block.today - founded - 800, 0) * block.between(0, 1)).astype(np.int64)
    last_year = days(block.fact_date.replace(year=block.year, month=1, day=1)) + block.rng.integers(0, 365, block.rows)
    since = np.where(first, np.maximum(founded, last_year), np.minimum(earlier, block.today))
    block.day("above_scale_since", since, above)
    over = (revenue[0] >= 10_000 * WAN) & (revenue[1] < 10_000 * WAN)
    block.flag("output_first_over_100m", over & seat.makes, reports.tax)
    listed = reports.statistics & seat.makes
    growth = revenue[0] / np.maximum(revenue[1], 1) - 1 + block.normal(0.03)
    block.number("output_increase", money((revenue[0] - revenue[1]) * 0.95, above), listed)
    steps = np.rint(np.clip(growth, -0.9, 3) * 10_000).astype(np.int64)
    block.number("output_growth", block.onto(steps, [1000, 1500], 0.03), listed)
    for back in range(6, 0, -1):
        month = months_before(block.fact_date.replace(day=1), back)
        output = money(revenue[0] / 12 * np.exp(block.normal(0.15)), above)
        block.number(f"monthly_output@{month:%Y-%m}", output, listed)
    peers = np.rint(20 + 200 * seat.of("weight"))
    block.number("growth_peers", peers, above)
    block.number("growth_rank", np.ceil(peers * block.between(0.001, 1)), above)
