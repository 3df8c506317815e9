"""Research: who does any, what it costs, who does it and what comes of it. Most enterprises do none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qingdan.rules.compiler.columns import Flags
from qingdan.rules.register.block import WAN, Block, Floats, Ints
from qingdan.rules.register.places import Seat
from qingdan.rules.register.size import YEARS_BACK, Size, money, part_of

_PER_CENT = (3, 4, 5, 6, 10)
"""Shares of revenue that programmes ask for."""

_EXPENSES = [100 * WAN, 600 * WAN, 1000 * WAN]


@dataclass(frozen=True)
class Research:
    """`expense[0]` is that of the last full year. `qualified`: has what a high-tech enterprise needs.

    `applied`: has applied for something lately, so that more is known of it. `inventions`: patents in force.
    `financed`: has raised equity in three years.
    """

    does: Flags
    expense: list[Ints]
    deductible: list[Ints]
    qualified: Flags
    applied: Flags
    inventions: Ints
    financed: Flags


def draw(block: Block, seat: Seat, size: Size) -> Research:
    share = np.log(seat.of("research") / (1 - seat.of("research"))) + 0.9 * size.large + 1.1 * size.inventive
    does = block.chance(1 / (1 + np.exp(-share)))
    reports = (
        (does & block.chance(0.85)) | (size.above_scale & block.chance(0.96)) | block.chance(0.3)
    ) & size.existed[0]
    expense = _put_expense(block, seat, size, does, reports)
    deductible = _put_parts(block, size, expense, does, reports)
    enough = np.select([size.revenue[0] <= 5000 * WAN, size.revenue[0] <= 20_000 * WAN], [5, 4], 3)
    invests = sum(expense[:3]) * 100 >= enough * sum(size.revenue[:3])
    many = _put_staff(block, size, does, reports)
    inventions, rights = _put_rights(block, seat, size, does, reports)
    qualified = does & invests & many & (rights > 0) & (size.age > 1)
    share_of_new = np.clip(np.where(qualified, 0.78, 0.3 * does) + block.normal(0.15) * does, 0, 1)
    share_of_new[block.chance(0.01) & does & size.round] = 0.6
    for back in range(2):
        sold = part_of(size.revenue[back], share_of_new, size.round)
        block.number(
            f"high_tech_revenue@{block.year - back}", sold, reports & size.existed[back] & (does | block.chance(0.5))
        )
    financed = _put_finance(block, size, does, reports)
    applied = (qualified & block.chance(0.75)) | (does & block.chance(0.4)) | block.chance(0.05)
    applied |= size.above_scale & block.chance(0.4)
    return Research(does, expense, deductible, qualified, applied, inventions, financed)


def _put_expense(block: Block, seat: Seat, size: Size, does: Flags, reports: Flags) -> list[Ints]:
    """The expense year by year: some exactly a share of revenue, some exactly an amount."""
    intensity = seat.of("intensity") * np.exp(0.35 * size.inventive + block.normal(0.55))
    exact = size.round & block.chance(0.06)
    per_cent = block.rng.choice(np.array(_PER_CENT), block.rows)
    expense = []
    for back in range(YEARS_BACK):
        base = np.maximum(size.revenue[back], 20 * WAN * (size.age < 5))
        drawn = money(base * np.clip(intensity * np.exp(block.normal(0.18)), 0, 1.5), size.round)
        drawn = block.onto(drawn, _EXPENSES, 0.03)
        spent = np.where(exact, size.revenue[back] * per_cent // 100, drawn) * (does & size.existed[back])
        expense.append(spent)
        block.number(f"rd_expense@{block.year - back}", spent, reports & size.existed[back])
    return expense


def _put_parts(block: Block, size: Size, expense: list[Ints], does: Flags, reports: Flags) -> list[Ints]:
    """Which part of the expense is domestic and which deductible, and how much more it is than the year before."""
    books = size.above_scale | size.reports.accounts & block.chance(0.9)
    block.flag("audited_collection", books, block.chance(0.97))
    block.flag("accounts_sound", books & ~block.chance(0.02), size.reports.tax)
    abroad = np.where(block.chance(0.06), block.between(0.1, 0.6), 0.0)
    allowed = block.between(0.75, 1.0)
    deductible = []
    for back in range(3):
        year, known = block.year - back, reports & size.existed[back]
        block.number(
            f"rd_expense_domestic@{year}",
            part_of(expense[back], 1 - abroad, size.round),
            known & (does | block.chance(0.5)),
        )
        part = part_of(expense[back], allowed * books, size.round)
        deductible.append(part)
        block.number(f"rd_deductible@{year}", part, size.existed[back] & size.reports.tax & block.chance(0.96))
        block.number(f"rd_increase@{year}", expense[back] - expense[back + 1], reports & size.existed[back + 1])
        services = money(
            np.maximum(expense[back], 5 * WAN) * block.between(0, 0.3) * (block.chance(0.3) & does), size.round
        )
        # The year that has begun is known as well.
        block.number(f"technology_services@{year + 1}", services, reports & (does | block.chance(0.5)))
    return deductible


def _put_staff(block: Block, size: Size, does: Flags, reports: Flags) -> Flags:
    """Staff by what it does, as of the end of the year. Returns where a tenth or more is technical."""
    employees = size.employees
    share = np.clip(0.22 + 0.05 * size.inventive + block.normal(0.12), 0, 0.95)
    technical = np.where(does, np.maximum(np.rint(employees * share), 1), np.rint(employees * share * 0.15)).astype(
        np.int64
    )
    tenth = does & block.chance(0.06) & (employees % 10 == 0)
    technical = np.minimum(np.where(tenth, employees // 10, technical), employees)
    researchers = np.minimum(np.rint(technical * block.between(0.5, 1.0)), technical) * does
    degree = np.minimum(np.rint(employees * np.clip(0.3 + share * 0.6 + block.normal(0.15), 0, 1)), employees)
    centre = np.rint(researchers * block.between(0.4, 1.0)) * block.chance(0.5)
    insured = np.minimum(np.rint(employees * np.clip(0.97 - np.abs(block.normal(0.15)), 0, 1)), employees)
    talents = block.rng.poisson(0.04 * researchers**0.5 * does)
    day = f"{block.year}-12-31"
    block.number(f"tech_staff@{day}", technical, reports)
    block.number(f"rd_staff@{day}", researchers, reports)
    block.number(f"degree_staff@{day}", degree, size.existed[0] & size.reports.staff & block.chance(0.6))
    block.number(f"centre_staff@{day}", centre, reports & (does | block.chance(0.3)))
    block.number(
        f"centre_engineers@{day}", np.rint(centre * block.between(0.4, 1.0)), reports & (does | block.chance(0.3))
    )
    block.number(f"insured_staff@{day}", insured, size.existed[0] & (size.above_scale | block.chance(0.95)))
    block.number(f"talents@{day}", talents, block.chance(0.95))
    for back in range(3):
        hired = block.rng.poisson(np.clip(employees * 0.05, 0, 200) * block.between(0.2, 1.8))
        known = block.chance(0.93) if back == 0 else size.existed[back - 1] & block.chance(0.93)
        block.number(f"new_hires@{block.fact_date.year - back}", hired, known)
    return technical * 10 >= employees


def _put_rights(block: Block, seat: Seat, size: Size, does: Flags, reports: Flags) -> tuple[Ints, Ints]:
    """Patents, software rights and the rest: more with the large and inventive. Returns inventions, and all of them."""
    rng = block.rng
    push = np.clip(np.exp(0.7 * size.large + 0.7 * size.inventive) * np.clip(size.age / 6, 0.1, 2.5), 0, 200)
    push = np.where(does, push, 0.03 * push)
    inventions = rng.poisson(seat.of("patents") * push * 0.8)
    models = rng.poisson(seat.of("patents") * push * 2.5)
    designs = rng.poisson(seat.of("patents") * push * 0.3)
    software = rng.poisson(seat.of("software") * push * 1.6)
    block.number("invention_patents", inventions)
    block.number("utility_models", models)
    block.number("designs", designs)
    block.number("software_rights", software, block.chance(0.97))
    new = rng.binomial(inventions, 0.22)
    block.number(f"new_invention_patents@{block.year}", new)
    block.number(f"new_invention_patents@{block.year - 1}", rng.binomial(inventions - new, 0.2))
    first = rng.binomial(inventions, 0.85)
    own = rng.binomial(first, 0.85)
    second = rng.binomial(models + software, 0.75)
    told = reports & (does | block.chance(0.6))
    block.number("class_one_rights", first, told)
    block.number("class_one_own", own, told)
    block.number("class_one_high_value", rng.binomial(own, 0.35), told & block.chance(0.95))
    block.number("class_two_rights", second, told)
    granted = rng.binomial(own, 0.7)
    block.number("core_rights_applied", granted + rng.poisson(push * 0.6 * does), told)
    block.number("core_rights_granted", granted, told)
    block.number("pct_applications", rng.poisson(push * 0.03 * does), block.chance(0.97))
    block.number("standards_led", rng.poisson(push * 0.05 * does), told)
    return inventions, inventions + second


def _put_finance(block: Block, size: Size, does: Flags, reports: Flags) -> Flags:
    """Equity raised in the last five years: rare, and large when it happens. Returns who raised any in three years."""
    draws = np.clip(0.02 * np.exp(0.6 * size.inventive + 0.3 * size.large), 0, 0.3) * does
    told = reports & (does | block.chance(0.6)) | block.chance(0.1)
    financed = np.zeros(block.rows, bool)
    for back in range(5):
        raised = block.chance(draws)
        amount = np.rint(np.exp(np.log(1500) + block.normal(1.0))) * WAN * raised
        amount = block.onto(amount.astype(np.int64), [500 * WAN, 1000 * WAN, 2000 * WAN, 6000 * WAN, 8000 * WAN], 0.2)
        existed = size.founded < block.today - 365 * back
        block.number(f"equity_financing@{block.year - back}", amount * existed, told & existed)
        financed |= raised & existed & (back < 3)
    return financed


def scores(block: Block, base: Floats) -> Ints:
    """Points of a hundred in tenths, some exactly at 50, 60 or 70."""
    points = np.clip(np.rint((base + block.normal(11)) * 10), 0, 1000).astype(np.int64)
    return block.onto(points, [500, 600, 700], 0.04)
