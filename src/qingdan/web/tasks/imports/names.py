"""Unit lists of cells against the known units and the answers of the person importing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qingdan.standards.unit_lists import UnitList, read_units
from qingdan.web.units.models import Unit
from qingdan.web.units.resolve import UnitIndex

from .rows import UnknownUnit


@dataclass(frozen=True, slots=True)
class Reading:
    """The units of one cell by id, apart as marked, and the names that mean none."""

    all: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    supporters: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    shared_duty: bool = False
    open_ended: bool = False
    repeated: bool = False


EMPTY = Reading()


class Names:
    """Reads cells of units and remembers what it could not resolve.

    ``answers``: name as written -> ``{"unit": id}`` or ``{"ignore": True}``.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.index = UnitIndex.load()
        self.units = {unit.pk: unit for unit in Unit.objects.all()}
        self.answers = answers
        self.used_answers: set[str] = set()
        self._read: dict[str, Reading] = {}
        self._unknown: dict[str, UnknownUnit] = {}

    def read(self, text: str, place: str) -> Reading:
        """The units that a cell names; ``place`` is kept for the list of unknown names."""
        if not text:
            return EMPTY
        reading = self._read.get(text)
        if reading is None:
            reading = self._read[text] = self.resolve(read_units(text))
        return self._noted(reading, place)

    def resolve(self, units: UnitList, place: str = "") -> Reading:
        """The ids of a list that was read already."""
        found: list[int] = []
        leads: list[int] = []
        supporters: list[int] = []
        unknown: list[str] = []
        repeated = False
        for mention in units.mentions:
            unit_id = self._id(mention.name)
            if unit_id is None:
                unknown.append(mention.name)
                continue
            if unit_id == 0:
                continue
            repeated = repeated or unit_id in found
            if unit_id not in found:
                found.append(unit_id)
            if mention.leads and unit_id not in leads:
                leads.append(unit_id)
            if mention.supports and unit_id not in supporters:
                supporters.append(unit_id)
        reading = Reading(
            tuple(found), tuple(leads), tuple(supporters), tuple(dict.fromkeys(unknown)), units.shared_duty,
            units.open_ended, repeated,
        )  # fmt: skip
        return self._noted(reading, place) if place else reading

    def _id(self, name: str) -> int | None:
        """The unit's id; 0 for a name that is to be left out; None for one that is not known."""
        unit = self.index.find(name)
        if unit is not None:
            return unit.pk
        answer = self.answers.get(name)
        if not isinstance(answer, dict):
            return None
        if answer.get("ignore"):
            return 0
        if answer.get("unit") in self.units:
            self.used_answers.add(name)
            return int(answer["unit"])
        return None

    def _noted(self, reading: Reading, place: str) -> Reading:
        for name in reading.unknown:
            known = self._unknown.get(name)
            if known is None:
                known = self._unknown[name] = UnknownUnit(name, [], 0, [])
            known.count += 1
            if len(known.places) < 5:
                known.places.append(place)
        return reading

    def name(self, unit_id: int) -> str:
        return self.units[unit_id].name if unit_id in self.units else ""

    def join(self, ids: tuple[int, ...]) -> str:
        return "、".join(self.name(unit_id) for unit_id in ids)

    def unknown(self) -> list[UnknownUnit]:
        """The names that mean no unit, most frequent first, with what they may mean."""
        for each in self._unknown.values():
            each.suggestions = self.index.suggest(each.name)
        return sorted(self._unknown.values(), key=lambda each: -each.count)
