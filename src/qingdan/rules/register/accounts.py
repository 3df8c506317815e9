"""Profit, tax and the balance sheet of the last years, consistent with revenue, and spending on this and that."""

from __future__ import annotations

import numpy as np

from qingdan.rules.register.block import WAN, Block, Floats
from qingdan.rules.register.places import Seat
from qingdan.rules.register.research import Research
from qingdan.rules.register.size import Size, money, part_of

_TAXABLE = [100 * WAN, 300 * WAN]
_DEBTS = [5500, 7000, 7500, 8000]


def draw(block: Block, seat: Seat, size: Size, research: Research) -> None:
    margin = seat.of("margin") + 0.01 * size.inventive + block.normal(0.05)
    debt = np.clip(0.52 - 0.03 * size.inventive + block.normal(0.22), 0.03, 1.6)
    main_share = np.where(
        block.chance(0.35), 1.0, np.clip(0.98 + 0.03 * size.inventive - np.abs(block.normal(0.16)), 0.05, 1)
    )
    main_share[block.chance(0.01)] = 0.9
    for back in range(3):
        year = block.year - back
        revenue, known = size.revenue[back], size.existed[back] & size.reports.accounts
        block.number(f"main_revenue@{year}", part_of(revenue, main_share, size.round), known)
        assets = size.assets if back == 0 else money(size.assets * block.between(0.75, 1.1) ** back, size.round)
        ratio = np.clip(debt + block.normal(0.03), 0.01, 3)
        rate = block.onto(np.rint(ratio * 10_000).astype(np.int64), _DEBTS, 0.03)
        block.number(f"liability_ratio@{year}", rate, known)
        block.number(f"total_assets@{year}", assets, size.existed[back] & (size.reports.tax | size.reports.accounts))
        block.number(f"net_assets@{year}", assets - assets * rate // 10_000, known)
        _put_results(block, size, research, back, margin + block.normal(0.02))
    _put_spending(block, seat, size, research)


def _put_results(block: Block, size: Size, research: Research, back: int, margin: Floats) -> None:
    """Profit and tax of a year. The R&D expense is deducted once more from the taxable income, never below nothing."""
    year, revenue, expense = block.year - back, size.revenue[back], research.expense[back]
    profit = money(revenue * margin - 0.5 * expense, size.round)
    taxable = block.onto(np.maximum(profit - research.deductible[back], 0), _TAXABLE, 0.06)
    small = (taxable <= 300 * WAN) & (size.employees <= 300) & (size.assets <= 5000 * WAN)
    income_tax = taxable * np.where(small, 5, np.where(research.qualified, 15, 25)) // 100
    turnover_tax = revenue * np.where(revenue < 500 * WAN, 1, 3) // 100
    block.number(f"net_profit@{year}", profit - income_tax, size.existed[back] & size.reports.accounts)
    block.number(f"total_cost@{year}", np.maximum(revenue - profit, 0), size.existed[back] & size.reports.accounts)
    block.number(f"taxable_income@{year}", taxable, size.existed[back] & size.reports.tax)
    block.number(f"tax_paid@{year}", income_tax + turnover_tax, size.existed[back] & size.reports.tax)
    share = (income_tax * 2 + turnover_tax * 3) // 10
    block.number(f"local_contribution@{year}", share, size.existed[back] & size.reports.tax & block.chance(0.9))


def _put_spending(block: Block, seat: Seat, size: Size, research: Research) -> None:
    """Investment, exports and the like: nothing for most, known of those that report to the statistics or apply."""
    reports = size.reports
    for back in range(2):
        year, revenue = block.year - back, size.revenue[back]
        told = size.existed[back] & (reports.statistics | research.applied)
        builds = block.chance(np.where(seat.makes, 0.4, 0.1))
        equipment = money(revenue * 0.08 * np.exp(block.normal(1.0)) * builds, size.round)
        fixed = equipment + money(revenue * 0.05 * np.exp(block.normal(1.2)) * block.chance(0.2), size.round)
        block.number(f"equipment_investment@{year}", block.onto(equipment, [500 * WAN], 0.1), told)
        block.number(f"fixed_investment@{year}", block.onto(fixed, [1000 * WAN], 0.1), told)
        sells = block.chance(np.where(seat.makes, 0.12, 0.02) * np.exp(0.3 * size.large))
        block.number(
            f"exports@{year}", money(revenue * block.between(0.02, 0.7) * sells, size.round), block.chance(0.95)
        )
        insured = np.maximum(np.rint(size.employees * 0.9), 0)
        premium = money(insured * 62_000.0 * block.between(0.8, 1.3), np.zeros(block.rows, bool))
        block.number(f"unemployment_premium@{year}", premium, size.existed[back] & reports.staff)
    interest = money(size.assets * 0.004 * np.exp(block.normal(1)) * block.chance(0.1), size.round)
    block.number(f"loan_interest@{block.year}", interest, research.applied)
    project = money(size.assets * 0.3 * np.exp(block.normal(1)), np.ones(block.rows, bool))
    planned = research.applied & block.chance(0.6)
    block.number("project_investment", block.onto(project, [500 * WAN, 2000 * WAN], 0.05), planned)
    completed = block.today + block.rng.integers(-1500, 500, block.rows)
    block.day("project_completed", completed, planned)
    area = np.rint(size.employees * 18 * np.exp(block.normal(0.5)) * 100)
    block.number("rented_area", np.minimum(area, 2e9), research.applied & block.chance(0.6))
    land = np.rint(size.employees * 0.12 * np.exp(block.normal(0.7)) * 100)
    block.number("land", np.minimum(land, 2e9), seat.makes & block.chance(0.5))
