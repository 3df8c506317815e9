"""Standing: titles and records with their days, research platforms, certificates, and what offices confirmed."""

from __future__ import annotations

import numpy as np

from qingdan.rules.compiler.columns import Flags, days
from qingdan.rules.register.block import WAN, Block, Entries
from qingdan.rules.register.places import Seat
from qingdan.rules.register.research import Research, scores
from qingdan.rules.register.size import SIZES, Size
from qingdan.rules.values import months_before

_BOARDS = ("unlisted", "main", "star", "chinext", "bse", "abroad", "neeq")


def draw(block: Block, seat: Seat, size: Size, research: Research) -> None:
    titles = _titles(block, seat, size, research)
    records = _records(block, seat, size)
    block.lists("titles", titles, block.chance(0.995))
    block.lists("records", records, block.chance(0.98))
    _put_flags(block, seat, size, research, titles=titles, records=records)
    _put_platforms(block, seat, size, research)
    _put_listing(block, size, research)


def _held(block: Block, size: Size, code: str, holders: Flags, months: int, *, lapsed: float = 0.12) -> Entries:
    """A title that lasts some months, begun within them; this share has run out since and was not renewed."""
    rows = np.flatnonzero(holders)
    length = block.today - days(months_before(block.fact_date, months))
    age = block.rng.integers(0, length, len(rows)) + length * (block.rng.random(len(rows)) < lapsed)
    age[block.rng.random(len(rows)) < 0.01] = length  # the fact date is the first day after
    starts = np.maximum(block.today - age, size.founded[rows])
    return Entries(code, rows, starts, starts + length - 1)


def _for_ever(block: Block, size: Size, code: str, holders: Flags, months: int) -> Entries:
    """A title without end, given within some months."""
    rows = np.flatnonzero(holders)
    starts = np.maximum(block.today - block.rng.integers(0, months * 30, len(rows)), size.founded[rows])
    return Entries(code, rows, starts, np.full(len(rows), -1))


def _once(block: Block, size: Size, code: str, who: Flags, months: int) -> Entries:
    """Something that happened on one day within some months; now and then exactly three years ago."""
    rows = np.flatnonzero(who)
    starts = block.today - block.rng.integers(0, months * 30, len(rows))
    starts = np.where(block.rng.random(len(rows)) < 0.03, days(months_before(block.fact_date, 36)), starts)
    starts = np.maximum(starts, size.founded[rows])
    return Entries(code, rows, starts, starts)


def _titles(block: Block, seat: Seat, size: Size, research: Research) -> list[Entries]:
    """Titles follow from what the enterprise is; a small share holds one that it should not, or no longer."""
    chance, makes, does = block.chance, seat.makes, research.does
    revenue = size.revenue[0]
    sme = size.size < SIZES.index("large")
    high_tech = (research.qualified & chance(0.72)) | (does & chance(0.03))
    tech_sme = does & sme & (size.employees <= 500) & (revenue <= 20_000 * WAN) & chance(0.45)
    innovative = sme & does & (size.age > 2) & (high_tech | chance(0.2)) & chance(0.45)
    invests = research.expense[0] >= 100 * WAN
    specialised = sme & invests & (revenue >= 1000 * WAN) & ((innovative & chance(0.8)) | chance(0.06))
    strong = (revenue > size.revenue[1] * 1.05) & (size.inventive > 0.5)
    little = specialised & (revenue >= 4000 * WAN) & (research.inventions > 0) & chance(np.where(strong, 0.8, 0.15))
    growing = revenue > size.revenue[1] * 1.25
    big = revenue >= 20_000 * WAN
    science = does & chance(0.004 * np.exp(0.6 * size.inventive))
    start_up = does & (size.age < 8)
    return [
        _held(block, size, "high_tech", high_tech, 36),
        _held(block, size, "tech_sme", tech_sme, 12, lapsed=0.25),
        _held(block, size, "innovative_sme", innovative, 36),
        _held(block, size, "tech_innovative_sme", sme & does & chance(0.03), 6),
        _held(block, size, "specialised_sme", specialised, 36),
        _held(block, size, "little_giant", little, 36),
        _held(block, size, "key_little_giant", little & chance(0.3), 36),
        _held(block, size, "gazelle", high_tech & growing & (revenue > 1000 * WAN) & chance(0.2), 36),
        _for_ever(block, size, "unicorn", research.financed & big & chance(0.1), 60),
        _held(block, size, "champion_national", makes & big & does & chance(0.03), 36),
        _held(block, size, "champion_province", makes & big & does & chance(0.1), 36),
        _for_ever(block, size, "technology_centre_city", does & (revenue > 3000 * WAN) & chance(0.15), 120),
        _for_ever(block, size, "technology_centre_province", does & big & chance(0.2), 120),
        _for_ever(block, size, "technology_centre_national", does & (revenue > 100_000 * WAN) & chance(0.12), 120),
        _for_ever(block, size, "rd_centre_city", high_tech & chance(0.06), 96),
        _for_ever(block, size, "rd_centre_province", high_tech & chance(0.02), 96),
        _for_ever(block, size, "green_factory_city", makes & size.above_scale & chance(0.06), 60),
        _for_ever(block, size, "green_factory_province", makes & size.above_scale & chance(0.035), 60),
        _for_ever(block, size, "green_factory_national", makes & size.above_scale & chance(0.015), 60),
        _held(block, size, "first_set_province", makes & does & invests & chance(0.06), 36),
        _held(block, size, "first_set_national", makes & does & invests & chance(0.025), 36),
        _held(block, size, "first_set_world", makes & does & invests & chance(0.004), 36),
        _for_ever(block, size, "headquarters", (revenue >= 50_000 * WAN) & chance(0.25), 60),
        _for_ever(block, size, "patent_pilot", (research.inventions > 2) & chance(0.06), 84),
        _for_ever(block, size, "patent_model", (research.inventions > 5) & chance(0.04), 84),
        _held(block, size, "ip_advantage", (research.inventions > 5) & chance(0.06), 36),
        _once(block, size, "science_award_national", science & chance(0.15), 96),
        _once(block, size, "science_award_province", science, 96),
        _once(block, size, "national_project", does & chance(0.012), 72),
        _for_ever(block, size, "incubator", seat.is_kind("business", "science", "estate") & chance(0.003), 60),
        _held(block, size, "innovation_model", big & does & chance(0.01), 36),
        _once(block, size, "contest_first", start_up & chance(0.003), 72),
        _once(block, size, "contest_second", start_up & chance(0.005), 72),
        _once(block, size, "contest_third", start_up & chance(0.008), 72),
        _once(block, size, "contest_top500", start_up & chance(0.006), 72),
        _held(block, size, "new_eagle", start_up & high_tech & chance(0.01), 36),
    ]


_ONE_DAY = {
    "safety_accident": 0.0008, "quality_accident": 0.0004, "environment_serious": 0.0008, "environment_minor": 0.006,
    "tax_evasion": 0.002, "tax_fraud": 0.0005, "research_dishonesty": 0.0002, "false_papers": 0.0003,
    "data_security": 0.0002, "labour": 0.005, "ordinary": 0.03,
}  # fmt: skip
"""Share of enterprises with such a record within eight years."""


def _records(block: Block, seat: Seat, size: Size) -> list[Entries]:
    """Records are rare, oftener with makers and builders; those of lists have ended again or stand."""
    entries = []
    heavy = np.where(seat.makes | seat.is_kind("building", "mining", "chemistry"), 2.0, 0.8)
    for code, share in _ONE_DAY.items():
        entries.append(_once(block, size, code, block.chance(share * heavy), 96))
    for code, share in {"abnormal": 0.05, "serious_dishonesty": 0.004}.items():
        rows = np.flatnonzero(block.chance(np.where(size.employees < 10, share, share / 4)))
        starts = np.maximum(block.today - block.rng.integers(0, 5 * 365, len(rows)), size.founded[rows])
        ends = starts + block.rng.integers(20, 900, len(rows))
        standing = (block.rng.random(len(rows)) < 0.3) | (ends > block.today)
        entries.append(Entries(code, rows, starts, np.where(standing, -1, ends)))
    return entries


def _current(block: Block, entries: list[Entries], *codes: str) -> Flags:
    """Who has one of these codes on the fact date."""
    found = np.zeros(block.rows, bool)
    for each in entries:
        if each.code in codes and each.ends is not None:
            found[each.rows[(each.ends < 0) | (each.ends >= block.today)]] = True
    return found


def _put_flags(
    block: Block, seat: Seat, size: Size, research: Research, *, titles: list[Entries], records: list[Entries]
) -> None:
    """Yes and no; what an office or experts confirm is known of those only that applied and were looked at."""
    chance, applied = block.chance, research.applied
    good = np.clip(0.5 + 0.2 * size.inventive + 0.25 * research.qualified, 0.03, 0.97)
    block.flag("in_park", chance(np.where(seat.makes, 0.55, 0.15)))
    block.flag("dishonest", _current(block, records, "serious_dishonesty") | chance(0.004), chance(0.985))
    block.flag("sector_bad_credit", chance(0.006), chance(0.9))
    block.flag("industry_allowed", ~chance(0.015), applied | chance(0.75))
    paid = ~chance(np.where(size.above_scale, 0.02, 0.1))
    block.flag("social_insurance_paid", paid, chance(0.94))
    block.flag("unemployment_insured", paid & ~chance(0.03) & (size.age > 1), chance(0.94))
    block.flag("same_item_funded", chance(0.05), applied)
    block.flag("supported_recently", chance(0.12), applied | chance(0.5))
    block.flag("commitment", chance(0.9), applied & chance(0.7))
    looked_at = applied & research.does & chance(0.75)
    for name in ("core_ip_confirmed", "field_confirmed"):
        block.flag(name, research.does & chance(good), looked_at | (research.qualified & chance(0.5)))
    for name in ("strategic_industry", "market_position_confirmed", "chain_position_confirmed", "process_confirmed"):
        block.flag(name, chance(good), looked_at)
    for name in ("gap_product_confirmed", "new_product_confirmed"):
        block.flag(name, chance(good * 0.6), looked_at)
    block.flag("review_passed", chance(good), applied & chance(0.65))
    block.flag("group_checked", ~chance(0.08), _current(block, titles, "specialised_sme") & chance(0.8))
    for name, share in {
        "local_industry_confirmed": 0.7, "cultivation_listed": 0.3, "old_factory_listed": 0.04,
        "built_in_three_years": 0.85, "insurance_kind_confirmed": 0.8, "leading_project": 0.03,
        "supporting_project": 0.08, "major_project": 0.01,
    }.items():  # fmt: skip
        block.flag(name, chance(share), applied & chance(0.55))
    _put_sales(block, _current(block, titles, "first_set_province", "first_set_national", "first_set_world"))
    _put_market(block, size, research)


def _put_sales(block: Block, holders: Flags) -> None:
    """What the holders of first-set products sold, and paid to insure them."""
    amount = np.rint(np.exp(np.log(400) + block.normal(1.3))) * WAN * (holders & block.chance(0.85))
    sold = block.onto(amount.astype(np.int64), [100 * WAN, 1000 * WAN, 10_000 * WAN], 0.1)
    known = (holders & block.chance(0.8)) | block.chance(0.4)
    block.number(f"first_set_sales@{block.year}", sold, known)
    block.number(f"first_set_premium@{block.year}", sold // 40 * block.chance(0.6), known)


def _put_market(block: Block, size: Size, research: Research) -> None:
    """The niche, its market, scores, the rate of lay-offs, days of application and recognition."""
    told = research.applied & (research.does | block.chance(0.4))
    niche = size.founded + ((block.today - size.founded) * block.between(0, 0.5)).astype(np.int64)
    beside = np.array([days(months_before(block.fact_date, months)) for months in (24, 36, 48, 60, 120)])
    corner = np.maximum(block.rng.choice(beside, block.rows), size.founded)
    block.day("niche_since", np.where(block.chance(0.03), corner, niche), told)
    place = np.log(300) + 0.7 * size.large + 0.5 * size.inventive + block.normal(0.8)
    share = np.clip(np.rint(np.exp(place)), 1, 9900).astype(np.int64)
    for back in range(2):
        block.number(f"market_share@{block.year - back}", block.onto(share, [1000], 0.05), told)
    rank = np.clip(np.rint(60 / np.sqrt(share) * np.exp(block.normal(0.8))), 1, 500)
    block.number("market_rank", rank, told & block.chance(0.85))
    block.number("world_rank", np.rint(rank * block.between(1, 6)), told & block.chance(0.4))
    block.number("innovation_score", scores(block, 52 + 18.0 * research.qualified + 4 * size.inventive), told)
    special = 45 + 17.0 * research.qualified + 4 * size.large + 4 * size.inventive
    block.number("specialised_score", scores(block, special), told)
    for back in range(2):
        rate = np.where(block.chance(0.5), 0, np.rint(np.clip(np.exp(np.log(350) + block.normal(1.1)), 0, 9000)))
        rate = block.onto(rate.astype(np.int64), [550, 2000], 0.05)
        block.number(f"layoff_rate@{block.year - back}", rate, size.existed[back] & block.chance(0.9))
    recognised = block.today - block.rng.integers(0, 8 * 365, block.rows)
    corner = days(months_before(block.fact_date, 60)) + block.rng.integers(-1, 2, block.rows)
    recognised = np.where(block.chance(0.01), corner, recognised)
    block.day("recognised", recognised, told | block.chance(0.02))
    block.day("applied", block.today - block.rng.integers(0, 180, block.rows), research.applied)


def _put_platforms(block: Block, seat: Seat, size: Size, research: Research) -> None:
    """Research platforms and certified systems: the larger, the oftener."""
    push = np.clip(np.exp(0.6 * size.large + 0.4 * size.inventive), 0, 20)
    platforms = {
        "national_laboratory": 0.0004, "national_engineering": 0.0006, "province_laboratory": 0.002,
        "province_engineering": 0.006, "city": 0.02, "academician": 0.003, "postdoctoral": 0.002,
    }  # fmt: skip
    certificates = {
        "quality": 0.12, "environment": 0.06, "safety": 0.06, "energy": 0.008, "intellectual_property": 0.015,
        "information_security": 0.01,
    }  # fmt: skip
    found = [
        Entries(code, np.flatnonzero(research.does & block.chance(share * push))) for code, share in platforms.items()
    ]
    block.lists("platforms", found, block.chance(0.9))
    works = np.where(seat.makes | seat.is_kind("building", "software", "science"), push, 0.3 * push)
    found = [Entries(code, np.flatnonzero(block.chance(share * works))) for code, share in certificates.items()]
    block.lists("certificates", found, size.above_scale | block.chance(0.85))


def _put_listing(block: Block, size: Size, research: Research) -> None:
    """Where the few large ones are listed, and since when."""
    revenue = size.revenue[0]
    listed = (revenue > 20_000 * WAN) & block.chance(0.06)
    place = np.where(listed, 1 + block.rng.integers(0, 5, block.rows), 0)
    place = np.where(~listed & research.does & (revenue > 3000 * WAN) & block.chance(0.03), 6, place)
    block.code("board", _BOARDS, place)
    since = size.founded + ((block.today - size.founded) * block.between(0.3, 1)).astype(np.int64)
    block.day("listed_on", since, place > 0)
