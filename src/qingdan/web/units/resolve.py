"""Which unit a name means, as ledgers write names: aliases, former names, width, spaces, with or without the district.

index = UnitIndex.load()
index.find("郫都区 住建局")      # the unit named 区住建局
index.find("国土局")            # by its former name
index.suggest("区住建据")       # the nearest, for a person to choose from
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F
from rapidfuzz import fuzz, process, utils

from qingdan.web.common import clock

from .models import Unit

_SPACE = re.compile(r"[\s\u200b\u200c\u200d\ufeff]+")
_EDGE = "。.；;，,、:：|/*"
_BETWEEN = re.compile(r"[、，,；;\n\r]+")
# Levels of government that a later name of a list takes from the one before it: 省科技厅、工业和信息化厅.
_LEVELS = ("省", "市", "区", "县")


def normalise(name: str) -> str:
    """``name`` in half width, without spaces and marks at its ends: the spelling under which names are equal."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", name))
    return text.strip(_EDGE).casefold()


def district_names() -> tuple[str, ...]:
    """What may stand before a unit's name or be left out (QD_DISTRICT, comma separated), longest first."""
    names = {normalise(part) for part in settings.QD_DISTRICT.split(",")} - {""}
    return tuple(sorted(names | {"区"}, key=len, reverse=True))


@dataclass(frozen=True)
class Suggestion:
    """A unit that a name may mean: ``written`` is the name that resembles it, ``score`` from 0 to 100."""

    unit: Unit
    written: str
    score: float


class UnitIndex:
    """All units by all their names; read once, then asked any number of times."""

    def __init__(self, named: Iterable[tuple[str, Unit]], today: date) -> None:
        self._prefixes = district_names()
        self._exact: dict[str, Unit] = {}
        self._loose: dict[str, Unit | None] = {}
        self._written: dict[str, tuple[str, Unit]] = {}
        # A unit still open goes before one that is closed, its own name before another's alias.
        for name, unit in sorted(named, key=lambda pair: (_is_closed(pair[1], today), pair[0] != pair[1].name)):
            key = normalise(name)
            self._exact.setdefault(key, unit)
            self._written.setdefault(key, (name, unit))
            short = self._shorten(key)
            held = self._loose.setdefault(short, unit)
            if held is not None and held.pk != unit.pk and not _is_closed(unit, today):
                self._loose[short] = None  # two open units share this short form: it names neither

    @classmethod
    def load(cls) -> UnitIndex:
        """The index of what is stored now; one query."""
        rows = Unit.objects.annotate(other=F("names__name")).order_by()
        named: dict[tuple[str, int], Unit] = {}
        for unit in rows:
            named.setdefault((unit.name, unit.pk), unit)
            if unit.other:
                named.setdefault((unit.other, unit.pk), unit)
        return cls(((name, unit) for (name, _), unit in named.items()), clock.today())

    def _shorten(self, key: str) -> str:
        for prefix in self._prefixes:
            if key.startswith(prefix) and len(key) - len(prefix) >= 2:
                return key[len(prefix) :]
        return key

    def exact(self, name: str) -> Unit | None:
        """The unit of exactly this name, apart from width, spaces and marks at the ends."""
        return self._exact.get(normalise(name))

    def find(self, name: str) -> Unit | None:
        """The unit that ``name`` means, or None when it means none or could mean several."""
        key = normalise(name)
        return self._exact.get(key) or self._loose.get(self._shorten(key))

    def find_list(self, text: str) -> list[tuple[str, Unit | None]]:
        """Each name of a list such as ``省科技厅、工业和信息化厅`` with its unit or None.

        A name that means nothing alone is tried with the level of government of the name before it.
        """
        found: list[tuple[str, Unit | None]] = []
        level = ""
        for part in _BETWEEN.split(text):
            if not (key := normalise(part)):
                continue
            unit = self.find(part)
            if unit is None and level:
                unit = self.find(level + key)
            level = next((p for p in (*self._prefixes, *_LEVELS) if key.startswith(p)), level)
            found.append((part.strip(), unit))
        return found

    def suggest(self, name: str, n: int = 3) -> list[Suggestion]:
        """Up to ``n`` units whose names resemble ``name`` most, best first; names without likeness are left out."""
        key = self._shorten(normalise(name))
        keys = {known: self._shorten(known) for known in self._written}
        near = process.extract(
            key, keys, scorer=fuzz.WRatio, processor=utils.default_process, limit=n * 4, score_cutoff=45
        )
        best: dict[int, Suggestion] = {}
        for _, score, known in near:
            written, unit = self._written[known]
            best.setdefault(unit.pk, Suggestion(unit, written, score))
        return list(best.values())[:n]


def _is_closed(unit: Unit, today: date) -> bool:
    return unit.closed_on is not None and unit.closed_on <= today
