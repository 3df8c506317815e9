"""The awards of one rule for many enterprises: made once, used for many blocks."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from qingdan.rules.amounts.figures import BulkFigure
from qingdan.rules.amounts.growing import Growth, Part, Progressive, Proportional, WholeUnits
from qingdan.rules.amounts.integers import Places
from qingdan.rules.amounts.nodes import NOTHING, Always, Band, Banded, ByCondition, Growing, Node
from qingdan.rules.amounts.rows import Rows
from qingdan.rules.amounts.sums import BulkSum, nothing
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler import compile_conditions
from qingdan.rules.compiler.columns import Block
from qingdan.rules.compiler.conditions import Conditions
from qingdan.rules.errors import Place, RuleError
from qingdan.rules.evaluate.amounts import AmountState, evaluate_amount
from qingdan.rules.language import amounts as a
from qingdan.rules.language.parts import Figure
from qingdan.rules.language.rule import Rule
from qingdan.rules.values import FEN_PER_YUAN


class AmountProgram:
    """The awards of a rule as of `fact_date`; RuleError with the rule's name for what the evaluator would refuse."""

    def __init__(self, rule: Rule, catalogue: Catalogue, fact_date: date) -> None:
        maker = _Maker(catalogue, fact_date)
        try:
            self._awards = [maker.node(award.amount) for award in rule.awards]
        except RuleError as error:
            raise error.at(Place(path=f"{rule.id} {rule.version}".strip())) from None

    def of(self, block: Block, rows: Places) -> list[BulkSum]:
        """What each award comes to, when its conditions are met, for the enterprises in these rows of a block.

        One `BulkSum` for each award of the rule, its arrays aligned with `rows` (row numbers from 0, any order).
        The amounts are those of `evaluate_amount`. RuleError for a column that does not fit the catalogue.
        """
        if not len(rows):
            return [nothing(0) for _ in self._awards]
        some = Rows(block, rows)
        return [award.of(some) for award in self._awards]


class _Maker:
    """Amounts to nodes."""

    def __init__(self, catalogue: Catalogue, fact_date: date) -> None:
        self.catalogue, self.fact_date = catalogue, fact_date
        self.made = Conditions(catalogue, fact_date)

    def node(self, amount: a.Amount) -> Node:
        match amount:
            case a.Fixed():
                return Always(AmountState.EXACT, amount.amount, amount.amount)
            case a.Negotiated():
                state = AmountState.MANUAL if amount.low is None and amount.high is None else AmountState.RANGE
                return Always(state, amount.low or 0, amount.high)
            case a.Instalments():
                return self.node(amount.amount)
            case a.Slab():
                return self._banded(amount)
            case a.ByCase():
                whens = [case.when for case in amount.cases]
                return ByCondition(
                    whens=compile_conditions(whens, self.catalogue, self.fact_date),
                    thens=tuple(self.node(case.then) for case in amount.cases),
                    otherwise=self.node(amount.otherwise) if amount.otherwise else NOTHING,
                )
        # The evaluator refuses a figure that does not fit, in its own words, whatever the facts.
        evaluate_amount(amount, self.made.start)
        match amount:
            case a.PerUnit():
                return self._growing(amount.figure, self._per_unit(amount), None, amount.cap, amount.rounding)
            case a.Rate():
                each = Proportional(self._fen(amount.base) * amount.rate)
                return self._growing(amount.base, each, amount.floor, amount.cap, amount.rounding)
            case a.ShareOfContribution():
                each = Proportional(self._fen(amount.contribution) * amount.share)
                return self._growing(amount.contribution, each, None, amount.cap, amount.rounding)
            case a.Marginal():
                return self._growing(amount.base, self._progressive(amount), None, amount.cap, amount.rounding)
        raise AssertionError(amount)

    def _banded(self, amount: a.Slab) -> Node:
        spec = self.catalogue.field(amount.figure.field)
        bands = (
            Band(
                upto=None if band.upto is None else spec.steps(band.upto),
                included=band.upto_included,
                amount=self.node(band.amount),
            )
            for band in amount.bands
        )
        return Banded(BulkFigure.of(amount.figure, self.made), tuple(bands))

    def _growing(
        self, figure: Figure, growth: Growth, floor: int | None, cap: int | None, rounding: a.Rounding
    ) -> Node:
        return Growing(BulkFigure.of(figure, self.made), growth, floor, cap, rounding)

    def _fen(self, figure: Figure) -> Fraction:
        """Fen in a step of a figure in 元."""
        return self.catalogue.field(figure.field).step * FEN_PER_YUAN

    def _per_unit(self, amount: a.PerUnit) -> Growth:
        steps = self.catalogue.field(amount.figure.field).steps(amount.per)
        return WholeUnits(steps, amount.amount) if amount.whole else Proportional(amount.amount / steps)

    def _progressive(self, amount: a.Marginal) -> Growth:
        starts = [0, *(max(0, band.upto) for band in amount.bands if band.upto is not None)]
        parts = (Part(start, band.upto, band.rate) for start, band in zip(starts, amount.bands, strict=False))
        return Progressive(self._fen(amount.base), tuple(parts))
