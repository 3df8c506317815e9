"""Scores as gates: every sum of points that the items leave open, from the last item to the first.

A gate for each item and sum so far says whether the rest can still give a state. Sums from which the rest cannot
change the state any more end at once, and equal sums share their gates, so a table of ten items takes a few
hundred gates.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from qingdan.rules.compiler.circuit import FALSE, TRUE, Circuit, Rails
from qingdan.rules.compiler.combine import one_of
from qingdan.rules.compiler.leaves import Leaves, assume, years_of
from qingdan.rules.evaluate.conditions import judged
from qingdan.rules.evaluate.numbers import Context, compare
from qingdan.rules.language import conditions as c

if TYPE_CHECKING:
    from qingdan.rules.compiler.conditions import Conditions

Points = tuple[Fraction, Fraction]
"""The least and the most points of an item that people still have to judge."""
Choices = dict[Points, int]
"""For each result of an item, the gate that says whether it is open."""
NONE: Points = (Fraction(), Fraction())


def score_rails(conditions: Conditions, score: c.Score, context: Context) -> Rails:
    """The rails of a score."""
    items = [
        _piece_choices(conditions, item.per_piece, context)
        if item.per_piece
        else _band_choices(conditions, item, context)
        for item in score.items
    ]
    return _Sums(conditions.circuit, score, items).rails(0, NONE)


class _Sums:
    def __init__(self, circuit: Circuit, score: c.Score, items: list[Choices]) -> None:
        self.circuit = circuit
        self.op, self.bound, self.items = score.op, Fraction(score.threshold), items
        self._known: dict[tuple[int, Points], Rails] = {}
        # The least and the most that the items from each on can add.
        self._least, self._most = [Fraction()], [Fraction()]
        for choices in reversed(items):
            self._least.insert(0, self._least[0] + min(low for low, _ in choices))
            self._most.insert(0, self._most[0] + max(high for _, high in choices))

    def rails(self, item: int, so_far: Points) -> Rails:
        """What the sum can come to when the items before `item` gave `so_far`."""
        found = self._known.get((item, so_far))
        if found is None:
            found = self._known[item, so_far] = self._make(item, so_far)
        return found

    def _make(self, item: int, so_far: Points) -> Rails:
        low, high = so_far
        if item == len(self.items):
            return Rails.always(judged(low, high, self.op, self.bound))
        outcome = compare(low + self._least[item], high + self._most[item], self.op, self.bound)
        if len(outcome) == 1:
            return Rails.always(outcome)
        choices = [(gate, self.rails(item + 1, (low + a, high + b))) for (a, b), gate in self.items[item].items()]
        return one_of(self.circuit, choices)


def _band_choices(conditions: Conditions, item: c.ScoreItem, context: Context) -> Choices:
    """The points of the first band met, or none; a band left to a person gives a range."""
    circuit = conditions.circuit
    rest: Choices = {NONE: TRUE}
    for band in reversed(item.bands):
        rails, points = conditions.rails(band.when, context), Fraction(band.points)
        skipped = circuit.any([rails.unmet, rails.not_applicable])
        found: dict[Points, list[int]] = {(points, points): [rails.met]}
        for (low, high), gate in rest.items():
            judged_points = min(points, low), max(points, high)
            found.setdefault(judged_points, []).append(circuit.all([rails.manual, gate]))
            found.setdefault((low, high), []).append(circuit.all([skipped, gate]))
        rest = _open_choices(circuit, found)
    return rest


def _piece_choices(conditions: Conditions, piece: c.PerPiece, context: Context) -> Choices:
    """The points of every number of pieces that the figure can reach; any number when no period counts."""
    figure, leaves = piece.figure, conditions.leaves
    if not figure.since or context.start_of(figure.since) is not None:
        return _open_choices(conditions.circuit, _pieces(leaves, piece, context))
    years = years_of(figure, context)
    found = {points: [leaves.unknown(figure.since)] for points in _all_points(piece)}
    for gate, choice in leaves.begun_in((figure.since,), range(min(years), max(years) + 2), None):
        for points, inner in _pieces(leaves, piece, assume(context, (figure.since,), choice)).items():
            found[points] += [conditions.circuit.all([gate, each]) for each in inner]
    return _open_choices(conditions.circuit, found)


def _pieces(leaves: Leaves, piece: c.PerPiece, context: Context) -> dict[Points, list[int]]:
    points, enough = _all_points(piece), piece.pieces_to_cap
    figure = leaves.figure(piece.figure, context)
    if figure is None:
        return {each: [TRUE] for each in points}
    one = figure.divisor / leaves.catalogue.field(piece.figure.field).step
    starts = [(number * one).__ceil__() for number in range(1, enough + 1)]
    ranges = zip([None, *starts], [*starts, None], strict=True)
    return {each: [leaves.within(figure, (ends,)).met] for each, ends in zip(points, ranges, strict=True)}


def _all_points(piece: c.PerPiece) -> list[Points]:
    totals = [min(Fraction(piece.cap), number * Fraction(piece.points)) for number in range(piece.pieces_to_cap + 1)]
    return [(total, total) for total in totals]


def _open_choices(circuit: Circuit, found: dict[Points, list[int]]) -> Choices:
    gates = {points: circuit.any(gates) for points, gates in found.items()}
    return {points: gate for points, gate in gates.items() if gate != FALSE}
