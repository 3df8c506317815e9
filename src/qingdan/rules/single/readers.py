"""One enterprise's facts as rows of the network's table, one after the other, without arrays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date

from qingdan.rules.catalogue import Catalogue, FieldType, PeriodKind
from qingdan.rules.compiler.attributes import Attribute, NumberCodes, TreeCodes
from qingdan.rules.compiler.columns import EPOCH
from qingdan.rules.evaluate.facts import Fact
from qingdan.rules.single import possible
from qingdan.rules.single.possible import Known, Reader
from qingdan.rules.values import months_before


def reader_of(attribute: Attribute, rows: list[int], catalogue: Catalogue) -> Reader:
    """What gives an enterprise's row of an attribute; `rows` has that of each of its codes."""
    match attribute:
        case NumberCodes() if catalogue.field(attribute.column.field).type is FieldType.DATE:
            return _date_reader(attribute, rows)
        case NumberCodes():
            return _number_reader(attribute, rows)
        case TreeCodes():
            return _code_reader(attribute, rows, catalogue)
    states = possible.reader_of(attribute.derived, catalogue)
    return lambda known: rows[states(known)]


def _number_reader(attribute: NumberCodes, rows: list[int]) -> Reader:
    column, cuts, missing, known_rows = attribute.column, attribute.cuts, rows[0], rows[1:]

    def read(known: Known) -> int:
        number = known.get(column)
        return missing if number is None else known_rows[bisect_right(cuts, number)]

    return read


def _date_reader(attribute: NumberCodes, rows: list[int]) -> Reader:
    column, cuts, missing, known_rows = attribute.column, attribute.cuts, rows[0], rows[1:]

    def read(known: Known) -> int:
        day = known.get(column)
        return missing if day is None else known_rows[bisect_right(cuts, day.toordinal() - EPOCH)]

    return read


def _code_reader(attribute: TreeCodes, rows: list[int], catalogue: Catalogue) -> Reader:
    column, missing = attribute.column, rows[0]
    known_rows = dict(zip(catalogue.tree_of(column.field).places, rows[1:], strict=True))

    def read(known: Known) -> int:
        code = known.get(column)
        return missing if code is None else known_rows[code]

    return read


class AsOf:
    """Which fact counts on the fact date of fields as of a day: the latest until then, unless it is too old."""

    def __init__(self, fields: Iterable[str], catalogue: Catalogue, fact_date: date) -> None:
        self._today = fact_date.isoformat()
        self._oldest: dict[str, str] = {}
        for field in fields:
            spec = catalogue.field(field)
            if spec.period is PeriodKind.AS_OF:
                fresh = spec.fresh_months
                self._oldest[spec.name] = months_before(fact_date, fresh).isoformat() if fresh else ""

    def __contains__(self, field: str) -> bool:
        return field in self._oldest

    def put(self, known: dict[tuple[str, str], Fact], only: str = "") -> None:
        """Write the facts that count under the period ""; `only`: of this field."""
        latest: dict[str, str] = {}
        oldest, today = ({only: self._oldest[only]} if only else self._oldest), self._today
        for name, period in known:
            if name in oldest and oldest[name] <= period <= today and period > latest.get(name, ""):
                latest[name] = period
        for name in oldest:
            if name in latest:
                known[name, ""] = known[name, latest[name]]
            else:
                known.pop((name, ""), None)
