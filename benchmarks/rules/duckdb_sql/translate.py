"""Whole rules as one SQL query: every condition of every rule is a few columns, computed level by level."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.rules.duckdb_sql.clauses import clause_sql
from benchmarks.rules.duckdb_sql.figures import (
    Scope,
    Untranslatable,
    all_periods,
    need_width,
    open_starts,
    span_of,
    starts_in,
)
from benchmarks.rules.duckdb_sql.states import (
    NO,
    YES,
    Can,
    all_of,
    any_of,
    at_least,
    choice,
    every,
    negated,
    one_case,
    opposite,
    some,
    waived,
)
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.evaluate.conditions import figures_of
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure
from qingdan.rules.language.rule import Rule

AT_ONCE = 5
"""Rules in one query: planning takes the square of their number."""

MOST_TOTALS = 2000
"""Combinations of points that a score with items left to people may have."""


def possible_states(
    connection: Any, rules: Sequence[Rule], catalogue: Catalogue, fact_date: date, table: pa.Table
) -> np.ndarray:
    """The bits of the possible states, uint8 [rules, rows], of every rule for every enterprise of a register.

    `connection` is DuckDB's. Untranslatable with the rule's id for what has no SQL.
    """
    numbered = table.append_column("row number", pa.array(np.arange(len(table), dtype="int64")))
    connection.register("register", numbered)
    bits = np.empty((len(rules), len(table)), dtype="uint8")
    for first in range(0, len(rules), AT_ONCE):
        part = rules[first : first + AT_ONCE]
        found = connection.execute(query(part, catalogue, fact_date, table.column_names)).fetchnumpy()
        for index in range(len(part)):
            bits[first + index, found["row number"]] = found[f"rule {index}"]
    connection.unregister("register")
    return bits


def translatable(rule: Rule, catalogue: Catalogue, fact_date: date, columns: Iterable[str]) -> str:
    """Empty, or why a rule has no SQL."""
    try:
        query([rule], catalogue, fact_date, columns)
    except Untranslatable as reason:
        return str(reason)
    return ""


def query(rules: Sequence[Rule], catalogue: Catalogue, fact_date: date, columns: Iterable[str]) -> str:
    """One SELECT over the table `register` that gives "row number" and a column "rule 0", "rule 1", … of bits."""
    sheet = Sheet()
    scope = Scope(catalogue, frozenset(columns), fact_date)
    results = []
    for rule in rules:
        try:
            results.append(Translation(sheet, scope).of(rule.condition))
        except Untranslatable as reason:
            raise Untranslatable(f"{rule.id}: {reason}") from None
    shown = ", ".join(f'{found.can.bits} AS "rule {index}"' for index, found in enumerate(results))
    return f'SELECT "row number", {shown} FROM {sheet.source()}'


@dataclass(frozen=True)
class Found:
    """A condition's four expressions, over the columns of the levels below `level`."""

    can: Can
    level: int


@dataclass
class Sheet:
    """Named columns in levels; a column may use the register's and those of lower levels."""

    levels: list[dict[str, str]] = field(default_factory=list)

    def keep(self, expression: str, level: int) -> str:
        """The name of a column with this expression; constants stay as they are."""
        if expression in (YES, NO):
            return expression
        while len(self.levels) <= level:
            self.levels.append({})
        names = self.levels[level]
        return names.setdefault(expression, f'"{level}.{len(names)}"')

    def keep_all(self, can: Can, level: int) -> Found:
        return Found(Can(*(self.keep(each, level) for each in can.all)), level + 1)

    def source(self) -> str:
        source = "register"
        for names in self.levels:
            columns = ", ".join(f"{expression} AS {name}" for expression, name in names.items())
            source = f"(SELECT *, {columns} FROM {source})" if names else source
        return source


@dataclass(frozen=True)
class Translation:
    """Conditions of one scope, written onto a sheet."""

    sheet: Sheet
    scope: Scope

    def of(self, condition: c.Condition) -> Found:
        match condition:
            case c.Window():
                return self._window(condition)
            case c.Tiered():
                return self._tiered(condition)
            case c.Score():
                return self._score(condition)
        if not condition.parts:
            return self.sheet.keep_all(clause_sql(condition, self.scope), 0)
        parts = [self.of(part) for part in condition.parts]
        return self._combined(_combiner(condition), parts)

    def _combined(self, combine: Callable[[list[Can]], Can], parts: list[Found]) -> Found:
        return self.sheet.keep_all(combine([part.can for part in parts]), max(part.level for part in parts))

    def _moved(self, years: int) -> Translation:
        return replace(self, scope=replace(self.scope, back=self.scope.back + years))

    def _window(self, window: c.Window) -> Found:
        """Every number of years that can count; how many do is a matter of the row when `since` is a date."""
        years = [self._moved(index)._last_year(window.condition) for index in range(window.years)]
        assumed = dict(self.scope.starts)
        if not window.since:
            return self._years(window, window.years)
        if window.since in assumed:
            return self._years(window, _counted(years, assumed[window.since]))
        # A known day gives the number of years that count and the figures inside read the day themselves; a missing
        # one is tried in every year, in the figures inside too.
        start = self.scope.start_year(window.since)
        branches: list[tuple[str, Found]] = []
        limits = sorted({*years, max(years) + 1})
        for first in limits:
            sign = "<=" if first == limits[0] else ">=" if first == limits[-1] else "="
            branches.append((f"COALESCE({start} {sign} {first}, FALSE)", self._years(window, _counted(years, first))))
        this_year = self.scope.fact_date.year
        for first in range(min(years[0] - window.years + 1, this_year), this_year + 1):
            inner = replace(self, scope=self.scope.with_start(window.since, first))
            branches.append((f"({start} IS NULL)", inner._years(window, _counted(years, first))))
        level = max(found.level for _, found in branches)
        return self.sheet.keep_all(choice((applies, found.can) for applies, found in branches), level)

    def _years(self, window: c.Window, counted: int) -> Found:
        parts = [self._moved(index).of(window.condition) for index in range(counted)]
        if not parts:
            return Found(Can(manual=YES), 0)
        k = window.at_least
        return self._combined(all_of if k is None else lambda cans: at_least(k, cans), parts)

    def _last_year(self, condition: c.Condition) -> int:
        scope = self.scope
        years = [
            int(figure.period.resolve(scope.fact_date, scope.back)[:4])
            for figure in figures_of(condition)
            if figure.period and not figure.period.is_fixed
        ]
        return max(years, default=scope.fact_date.year - scope.back)

    def _tiered(self, tiered: c.Tiered) -> Found:
        rest = self.of(tiered.otherwise) if tiered.otherwise else Found(Can(skipped=YES), 0)
        for case in reversed(tiered.cases):
            rest = self._combined(lambda cans: one_case(*cans), [self.of(case.when), self.of(case.then), rest])
        return rest

    # ---- scores

    def _score(self, score: c.Score) -> Found:
        """Points as whole parts of a point: the best and worst total decide met and unmet; where people judge items,
        every combination of points that can lie on both sides of the threshold is asked for."""
        numbers = [band.points for item in score.items for band in item.bands]
        numbers += [
            each for item in score.items if item.per_piece for each in (item.per_piece.points, item.per_piece.cap)
        ]
        scale = math.lcm(*(Fraction(each).denominator for each in [*numbers, score.threshold]))
        bound = int(Fraction(score.threshold) * scale)
        items = [self._points(item, scale) for item in score.items]
        level = max(level for _, level in items)
        totals = {
            "least low": " + ".join(self._extreme(item, "LEAST", 0, level) for item, _ in items),
            "most low": " + ".join(self._extreme(item, "GREATEST", 0, level) for item, _ in items),
            "least high": " + ".join(self._extreme(item, "LEAST", 1, level) for item, _ in items),
            "most high": " + ".join(self._extreme(item, "GREATEST", 1, level) for item, _ in items),
        }
        good, bad = ("most low", "least high") if score.op.is_lower_bound else ("least high", "most low")
        met, unmet = (f"(({totals[name]}) {score.op.value} {bound})" for name in (good, bad))
        manual = self._straddling([item for item, _ in items], score.op.value, bound)
        return self.sheet.keep_all(Can(met, negated(unmet), manual), level + 1)

    def _points(self, item: c.ScoreItem, scale: int) -> tuple[Outcomes, int]:
        if item.per_piece:
            return self._piece_points(item.per_piece, scale), 1
        found = [self.of(band.when) for band in item.bands]
        rest: Outcomes = {(0, 0): YES}
        for band, when in reversed(list(zip(item.bands, found, strict=True))):
            points = int(Fraction(band.points) * scale)
            options = [((points, points), when.can.met)]
            options += [((min(points, low), max(points, high)), every([when.can.manual, holds]))
                        for (low, high), holds in rest.items()]  # fmt: skip
            options += [(pair, every([when.can.not_followed, holds])) for pair, holds in rest.items()]
            rest = _merged(options)
        return rest, max(each.level for each in found)

    def _piece_points(self, piece: c.PerPiece, scale: int) -> Outcomes:
        enough = piece.pieces_to_cap
        step = self.scope.catalogue.field(piece.figure.field).step
        least, most = (self.sheet.keep(each, 0) for each in self._pieces(piece, enough, step))
        worth = [int(min(Fraction(piece.cap), number * Fraction(piece.points)) * scale) for number in range(enough + 1)]
        return _merged(
            ((points, points), f"({least} <= {number} AND {number} <= {most})") for number, points in enumerate(worth)
        )

    def _pieces(self, piece: c.PerPiece, enough: int, step: Fraction) -> tuple[str, str]:
        """The least and the most whole units, no more than count. A missing first day here means no figure."""
        figure, scope = piece.figure, self.scope
        if not open_starts([figure], scope):
            return _whole_units(figure, scope, enough, step)
        years = [int(period) for period in all_periods(figure, scope)]
        classes = range(min(years), max(years) + 2)
        start = scope.start_year(figure.since)
        ends: tuple[list[str], list[str]] = ([], [])
        for year in classes:
            applies = f"({start} IS NOT NULL AND {starts_in(figure.since, year, classes, year, scope)})"
            for side, units in zip(
                ends, _whole_units(figure, scope.with_start(figure.since, year), enough, step), strict=True
            ):
                side.append(f"WHEN {applies} THEN {units}")
        return f"(CASE {' '.join(ends[0])} ELSE 0 END)", f"(CASE {' '.join(ends[1])} ELSE {enough} END)"

    def _extreme(self, outcomes: Outcomes, which: str, side: int, level: int) -> str:
        ends = ", ".join(f"CASE WHEN {holds} THEN {pair[side]}::HUGEINT END" for pair, holds in outcomes.items())
        return self.sheet.keep(f"{which}({ends})", level)

    def _straddling(self, items: list[Outcomes], op: str, bound: int) -> str:
        """Whether some choice of points leaves people the decision: satisfied at one end and not at the other."""
        if all(low == high for item in items for low, high in item):
            return NO
        if math.prod(len(item) for item in items) > MOST_TOTALS:
            raise Untranslatable(f"a score with more than {MOST_TOTALS} totals left to people")
        found = []
        for chosen in product(*(item.items() for item in items)):
            low, high = (sum(pair[side] for pair, _ in chosen) for side in (0, 1))
            if _satisfies(low, op, bound) != _satisfies(high, op, bound):
                found.append(every(holds for _, holds in chosen))
        return some(found)


Outcomes = dict[tuple[int, int], str]
"""The points of an item, from and to what people can give, and when they are possible."""


def _merged(options: Iterable[tuple[tuple[int, int], str]]) -> Outcomes:
    grouped: dict[tuple[int, int], list[str]] = {}
    for pair, holds in options:
        grouped.setdefault(pair, []).append(holds)
    return {pair: some(listed) for pair, listed in grouped.items() if some(listed) != NO}


def _satisfies(total: int, op: str, bound: int) -> bool:
    return {">=": total >= bound, ">": total > bound, "<=": total <= bound, "<": total < bound}[op]


def _combiner(condition: c.Condition) -> Callable[[list[Can]], Can]:
    """How the conditions directly below a node become the node's state."""
    match condition:
        case c.All():
            return all_of
        case c.Any():
            return any_of
        case c.NoneOf():
            return lambda cans: opposite(any_of(cans))
        case c.AtLeast():
            return lambda cans: at_least(condition.k, cans)
        case c.Exclusion():
            return lambda cans: opposite(cans[0])
        case c.Exemption():
            return lambda cans: waived(condition=cans[1], when=cans[0])
    raise Untranslatable(f"no SQL for '{condition.tag}'")


def _counted(years: list[int], first: int) -> int:
    """How many of these years, the latest first, count from the year `first` on."""
    before = [index for index, year in enumerate(years) if year < first]
    return before[0] if before else len(years)


def _whole_units(figure: Figure, scope: Scope, enough: int, step: Fraction) -> tuple[str, str]:
    span = span_of(figure, scope)
    if span.undefined:
        return "0", str(enough)
    times, divided = step.numerator, step.denominator * span.parts
    need_width(times, divided)
    least, most = (
        f"CASE WHEN {end} IS NULL THEN {if_open} ELSE LEAST({enough}, (GREATEST({end}, 0) * {times}) // {divided}) END"
        for end, if_open in ((span.low, 0), (span.high, enough))
    )
    return least, most
