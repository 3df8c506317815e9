"""Where the enterprises are and what they do: weights of districts and industries, and how one leans on the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.columns import Flags
from qingdan.rules.register.block import Block, Floats, Ints
from qingdan.rules.register.credit import credit_codes

CITY = 510100


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Industries that behave alike.

    `divisions`: two-digit codes. `weight`: share of enterprises. `head`: median employees. `per_head`: revenue of one
    of them, 万元. `research`: share that does any, and the median `intensity` of those (of revenue). `margin`: profit
    before tax of revenue. `assets`: to revenue. `scale`: revenue from which one is above scale, 万元. `limits`: from
    which employees, revenue and assets (万元) on an enterprise is large, medium and small (0: does not count).
    `patents`, `software`: inventions and software rights to one who does research.
    """

    name: str
    divisions: str
    weight: float
    head: float
    per_head: float
    research: float
    intensity: float
    margin: float
    assets: float
    scale: int
    limits: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    patents: float = 0.5
    software: float = 0.5


_MAKING = ((1000, 40000, 0), (300, 2000, 0), (20, 300, 0))
_SERVICE = ((300, 0, 0), (100, 0, 0), (10, 0, 0))

# The limits are those of 统计上大中小微型企业划分办法（2017）; the other figures are rough guesses that look right.
KINDS = (
    Kind(
        name="farming", divisions="01 02 03 04 05", weight=2.5, head=6, per_head=22, research=0.02, intensity=0.02,
        margin=0.06, assets=1.4, scale=500, limits=((0, 20000, 0), (0, 500, 0), (0, 50, 0)), software=0.05,
    ),
    Kind(
        name="mining", divisions="06 07 08 09 10 11", weight=0.1, head=25, per_head=70, research=0.08, intensity=0.015,
        margin=0.08, assets=1.5, scale=2000, limits=_MAKING, software=0.1,
    ),
    Kind(
        name="food", divisions="13 14 15", weight=1.5, head=14, per_head=55, research=0.12, intensity=0.015,
        margin=0.06, assets=0.9, scale=2000, limits=_MAKING, patents=0.4, software=0.1,
    ),
    Kind(
        name="light", divisions="17 18 19 20 21 22 23 24 41", weight=2.2, head=13, per_head=40, research=0.07,
        intensity=0.018, margin=0.05, assets=0.8, scale=2000, limits=_MAKING, patents=0.4, software=0.1,
    ),
    Kind(
        name="chemistry", divisions="25 26 28 29", weight=0.8, head=18, per_head=75, research=0.3, intensity=0.028,
        margin=0.07, assets=1.1, scale=2000, limits=_MAKING, patents=1.0, software=0.2,
    ),
    Kind(
        name="medicine", divisions="27", weight=0.5, head=30, per_head=70, research=0.55, intensity=0.06,
        margin=0.11, assets=1.6, scale=2000, limits=_MAKING, patents=1.8, software=0.3,
    ),
    Kind(
        name="materials", divisions="30 31 32 33", weight=2.2, head=15, per_head=60, research=0.14, intensity=0.022,
        margin=0.05, assets=0.9, scale=2000, limits=_MAKING, patents=0.6, software=0.2,
    ),
    Kind(
        name="machinery", divisions="34 35 38 42 43", weight=3.2, head=16, per_head=52, research=0.35, intensity=0.038,
        margin=0.07, assets=1.1, scale=2000, limits=_MAKING, patents=1.4, software=0.8,
    ),
    Kind(
        name="vehicles", divisions="36 37", weight=0.8, head=30, per_head=75, research=0.38, intensity=0.035,
        margin=0.06, assets=1.0, scale=2000, limits=_MAKING, patents=1.5, software=0.6,
    ),
    Kind(
        name="electronics", divisions="39 40", weight=1.4, head=20, per_head=62, research=0.5, intensity=0.055,
        margin=0.07, assets=1.1, scale=2000, limits=_MAKING, patents=2.2, software=1.6,
    ),
    Kind(
        name="utilities", divisions="44 45 46", weight=0.4, head=18, per_head=95, research=0.06, intensity=0.01,
        margin=0.08, assets=2.5, scale=2000, limits=_MAKING,
    ),
    Kind(
        name="building", divisions="47 48 49 50", weight=9.0, head=9, per_head=42, research=0.05, intensity=0.02,
        margin=0.035, assets=0.9, scale=2000, limits=((0, 80000, 80000), (0, 6000, 5000), (0, 300, 300)),
    ),
    Kind(
        name="wholesale", divisions="51", weight=16.0, head=5, per_head=110, research=0.015, intensity=0.012,
        margin=0.025, assets=0.45, scale=2000, limits=((200, 40000, 0), (20, 5000, 0), (5, 1000, 0)),
    ),
    Kind(
        name="retail", divisions="52", weight=17.0, head=4, per_head=32, research=0.01, intensity=0.01,
        margin=0.025, assets=0.4, scale=500, limits=((300, 20000, 0), (50, 500, 0), (10, 100, 0)),
    ),
    Kind(
        name="transport", divisions="53 54 55 56 58 59 60", weight=2.8, head=9, per_head=45, research=0.02,
        intensity=0.012, margin=0.04, assets=0.8, scale=2000,
        limits=((1000, 30000, 0), (300, 3000, 0), (20, 200, 0)), patents=0.2,
    ),
    Kind(
        name="hospitality", divisions="61 62", weight=4.5, head=9, per_head=14, research=0.003, intensity=0.008,
        margin=0.03, assets=0.6, scale=200, limits=((300, 10000, 0), (100, 2000, 0), (10, 100, 0)), patents=0.1,
    ),
    Kind(
        name="software", divisions="63 64 65", weight=8.5, head=8, per_head=30, research=0.45, intensity=0.11,
        margin=0.08, assets=1.0, scale=2000, limits=((300, 10000, 0), (100, 1000, 0), (10, 50, 0)), patents=0.8,
        software=5.0,
    ),
    Kind(
        name="finance", divisions="66 67 68 69", weight=0.6, head=10, per_head=75, research=0.02, intensity=0.02,
        margin=0.15, assets=4.0, scale=2000, limits=_SERVICE,
    ),
    Kind(
        name="estate", divisions="70", weight=3.0, head=9, per_head=45, research=0.003, intensity=0.01,
        margin=0.06, assets=2.5, scale=1000, limits=((0, 200000, 10000), (0, 1000, 5000), (0, 100, 2000)),
    ),
    Kind(
        name="business", divisions="71 72", weight=13.0, head=5, per_head=20, research=0.04, intensity=0.03,
        margin=0.05, assets=1.0, scale=1000, limits=((300, 0, 120000), (100, 0, 8000), (10, 0, 100)),
    ),
    Kind(
        name="science", divisions="73 74 75", weight=6.5, head=7, per_head=28, research=0.32, intensity=0.09,
        margin=0.07, assets=1.0, scale=2000, limits=_SERVICE, patents=1.2, software=1.5,
    ),
    Kind(
        name="environment", divisions="76 77 78", weight=0.7, head=10, per_head=30, research=0.08, intensity=0.025,
        margin=0.06, assets=1.3, scale=2000, limits=_SERVICE,
    ),
    Kind(
        name="households", divisions="80 81 82", weight=3.2, head=5, per_head=14, research=0.006, intensity=0.01,
        margin=0.04, assets=0.6, scale=500, limits=_SERVICE, patents=0.1,
    ),
    Kind(
        name="learning", divisions="83 84 85", weight=1.6, head=14, per_head=17, research=0.02, intensity=0.015,
        margin=0.05, assets=0.9, scale=1000, limits=_SERVICE,
    ),
    Kind(
        name="culture", divisions="86 87 88 89 90", weight=3.0, head=5, per_head=18, research=0.03, intensity=0.03,
        margin=0.04, assets=0.9, scale=500, limits=_SERVICE, software=0.8,
    ),
)  # fmt: skip

MAKING = frozenset({"food", "light", "chemistry", "medicine", "materials", "machinery", "vehicles", "electronics"})
"""The kinds of manufacturing."""

DISTRICTS = {
    "510100-gaoxin": 16.0, "510107": 9.0, "510106": 8.0, "510104": 7.0, "510105": 7.0, "510108": 6.5,
    "510116": 6.5, "510100-tianfu": 6.5, "510114": 4.8, "510112": 4.5, "510117": 4.3, "510115": 3.0,
    "510113": 2.2, "510121": 2.2, "510181": 2.0, "510182": 2.0, "510184": 2.0, "510185": 2.0,
    "510118": 1.8, "510183": 1.6, "510129": 1.5, "510100-dongbu": 1.2, "510131": 0.9,
}  # fmt: skip
"""The 23 county-level divisions and functional districts of Chengdu, with their shares of the enterprises."""

ELSEWHERE = {
    "110000": 1.8, "330100": 1.2, "511622": 0.4, "510923": 0.4, "210000": 0.4, "440112": 0.3, "420106": 0.3,
    "350502": 0.2,
}  # fmt: skip
"""Enterprises first registered in Chengdu that have moved their seat away: so the programmes of other places that the
library has find somebody too. These are more than they would be in truth."""

_LEANINGS: dict[str, dict[str, float]] = {
    "510100-gaoxin": {
        "software": 2.6,
        "electronics": 1.8,
        "medicine": 2.2,
        "science": 1.6,
        "farming": 0.1,
        "food": 0.2,
    },
    "510100-tianfu": {"software": 1.7, "science": 1.7, "business": 1.2, "farming": 0.4},
    "510107": {"science": 1.3, "software": 1.2, "business": 1.2, "farming": 0.1},
    "510104": {"finance": 2.5, "business": 1.6, "retail": 1.2, "farming": 0.1, "machinery": 0.2},
    "510105": {"vehicles": 1.3, "business": 1.3, "culture": 1.5, "farming": 0.1},
    "510106": {"wholesale": 1.6, "transport": 1.3, "farming": 0.1},
    "510108": {"electronics": 1.2, "culture": 1.3, "farming": 0.1},
    "510112": {"vehicles": 6.0, "machinery": 1.8, "chemistry": 1.3},
    "510117": {"electronics": 4.5, "food": 2.5, "machinery": 1.6},
    "510115": {"medicine": 6.0, "farming": 1.5},
    "510116": {"transport": 1.8, "electronics": 2.0, "machinery": 1.4},
    "510114": {"machinery": 2.2, "transport": 1.8, "vehicles": 2.0, "wholesale": 1.2},
    "510113": {"transport": 2.5, "materials": 3.5, "chemistry": 2.0},
    "510118": {"materials": 2.5, "machinery": 1.8, "farming": 1.8},
    "510121": {"light": 2.0, "environment": 2.5, "farming": 3.0},
    "510129": {"light": 2.5, "machinery": 1.5, "farming": 3.0},
    "510131": {"food": 3.5, "medicine": 2.0, "farming": 4.5},
    "510181": {"hospitality": 2.5, "culture": 1.5, "farming": 2.5},
    "510182": {"chemistry": 5.0, "medicine": 2.5, "farming": 3.0},
    "510183": {"food": 5.0, "chemistry": 2.0, "farming": 3.5},
    "510184": {"light": 4.0, "electronics": 1.5, "farming": 3.0},
    "510185": {"food": 2.5, "materials": 2.0, "farming": 3.5},
    "510100-dongbu": {"machinery": 1.5, "building": 1.5, "farming": 2.5},
}

_MOVED = {"software": 3.0, "electronics": 4.0, "machinery": 3.0, "medicine": 3.0, "science": 2.0, "retail": 0.5}
"""It is rather the inventive that move away; they are larger as well."""

_OWNERS = {"173": 68.0, "159": 17.0, "171": 5.0, "174": 2.0, "160": 2.0, "172": 3.0, "151": 0.6, "110": 0.3,
           "120": 0.3, "200": 0.9, "300": 0.9}  # fmt: skip
"""Types of registration."""


@dataclass(frozen=True)
class Seat:
    """Each enterprise's kind (place in `KINDS`), whether it makes goods, and whether it has moved away."""

    kind: Ints
    makes: Flags
    moved: Flags

    def of(self, name: str) -> Floats:
        """A figure of each enterprise's kind."""
        return np.array([getattr(kind, name) for kind in KINDS], np.float64)[self.kind]

    def is_kind(self, *names: str) -> Flags:
        return np.array([kind.name in names for kind in KINDS])[self.kind]


def draw(block: Block) -> Seat:
    """The keys, the districts, industries and types of registration."""
    districts = DISTRICTS | ELSEWHERE
    place = _pick(block, np.array(list(districts.values())))
    leaves, kinds, shares = _leaves(block.catalogue)
    # One line of ascending shares for all districts: each district's own lies between its place and the next.
    leaf = np.searchsorted(shares, place + block.rng.random(block.rows), side="right") - place * len(leaves)
    leaf = np.minimum(leaf, len(leaves) - 1)  # a number just below 1 may have been rounded up
    divisions = np.array([CITY if "-" in code or code not in DISTRICTS else int(code) for code in districts])
    block.columns["code"] = credit_codes(block.first, divisions[place], block.seed)
    block.code("district", list(districts), place)
    block.code("industry", leaves, leaf)
    block.code("registration_type", list(_OWNERS), _pick(block, np.array(list(_OWNERS.values()))))
    kind = kinds[leaf]
    return Seat(kind, np.array([each.name in MAKING for each in KINDS])[kind], place >= len(DISTRICTS))


def _pick(block: Block, weights: Floats) -> Ints:
    shares = np.cumsum(weights / weights.sum())
    return np.searchsorted(shares[:-1], block.rng.random(block.rows), side="right")


@cache
def _leaves(catalogue: Catalogue) -> tuple[list[str], Ints, Floats]:
    """The finest codes of the industries that occur, their kinds, and their ascending shares district by district.

    A kind's weight lies evenly on its divisions and a division's on its codes.
    """
    tree = catalogue.tree_of("industry")
    parents = {each.parent for each in tree.codes}
    leaves: list[str] = []
    kinds: list[int] = []
    weights: list[float] = []
    for place, kind in enumerate(KINDS):
        divisions = kind.divisions.split()
        for division in divisions:
            codes = [each.code for each in tree.codes if each.parent == division] if division in parents else [division]
            leaves += codes
            kinds += [place] * len(codes)
            weights += [kind.weight / len(divisions) / len(codes)] * len(codes)
    table = np.tile(np.array(weights), (len(DISTRICTS) + len(ELSEWHERE), 1))
    for row, district in enumerate([*DISTRICTS, *ELSEWHERE]):
        leaning = _LEANINGS[district] if district in DISTRICTS else _MOVED
        factors = [leaning.get(kind.name, 1.0) for kind in KINDS]
        table[row] *= np.array(factors)[kinds]
    shares: Floats = np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)
    shares[:, -1] = 1.0
    line: Floats = (shares + np.arange(len(table))[:, None]).ravel()
    return leaves, np.array(kinds, np.int64), line
