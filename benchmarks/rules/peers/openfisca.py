"""OpenFisca-Core: a variable for every fact and for every rule, vectorised by its own simulation.

It has no unknown: the rules are computed twice, with every missing fact against the rule and with every missing fact
for it. A fact is two variables, its value and whether it is known. Its numbers have 32 bits, so money goes in in 万元,
exactly: facts and thresholds of the workload are whole 万元.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from openfisca_core.entities import Entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.rules.peers.numpy_each import Truth, at_least, leaf_holds
from benchmarks.rules.peers.plain import Column, Count, Not, Plain, Reaches, Task, leaves

YEAR = "2026"
WAN = 1_000_000


def prepare(task: Task) -> OpenFisca:
    return OpenFisca(task.plain(), task.arrays())


class OpenFisca:
    def __init__(self, rules: list[Plain], columns: dict[str, Column]) -> None:
        self.rules = rules
        asked = {leaf.column for rule in rules for leaf in leaves(rule)}
        self.facts = {name: _in_32_bits(column) for name, column in columns.items() if name in asked}
        self.missing = {name: column.missing for name, column in columns.items() if name in asked}
        self.size = len(next(iter(columns.values())).values)
        entity = Entity("enterprise", "enterprises", "", "")
        self.system = TaxBenefitSystem([entity])
        for name in asked:
            self._add(entity, f"value of {name}", int)
            self._add(entity, f"missing {name}", bool)
        for index, rule in enumerate(rules):
            for possible in (False, True):
                self._add(entity, f"rule {index} {possible}", bool, _formula(rule, possible))

    def _add(self, entity: Entity, name: str, kind: type, formula: Any = None) -> None:
        more = {"formula": formula} if formula else {}
        parts = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR, "label": name, **more}
        self.system.add_variable(type(name, (Variable,), parts))

    def _sides(self) -> Any:
        """For every rule the two arrays."""
        simulation = SimulationBuilder().build_default_simulation(self.system, count=self.size)
        for name, values in self.facts.items():
            simulation.set_input(f"value of {name}", YEAR, values)
            simulation.set_input(f"missing {name}", YEAR, self.missing[name])
        for index in range(len(self.rules)):
            yield tuple(simulation.calculate(f"rule {index} {possible}", YEAR) for possible in (False, True))

    def counts(self) -> npt.NDArray[np.int64]:
        counted = [(np.count_nonzero(sure), np.count_nonzero(possible)) for sure, possible in self._sides()]
        return np.array([(sure, possible - sure) for sure, possible in counted], "int64")

    def rows(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        return [(np.flatnonzero(sure), np.flatnonzero(possible & ~sure)) for sure, possible in self._sides()]


def _in_32_bits(column: Column) -> npt.NDArray[np.int32]:
    values = column.values
    if values.dtype == np.int64:
        assert not (values % WAN).any()
        values = values // WAN
    return values.astype("int32")


def _formula(rule: Plain, possible: bool) -> Any:
    def formula(enterprise: Any, period: Any) -> Truth:
        return _holds(rule, enterprise, period, possible, False)

    return formula


def _holds(node: Plain, enterprise: Any, period: Any, possible: bool, negated: bool) -> Truth:
    if isinstance(node, Not):
        return _holds(node.part, enterprise, period, possible, not negated)
    if isinstance(node, Count):
        parts = [_holds(part, enterprise, period, possible, negated) for part in node.parts]
        return at_least(len(parts) - node.k + 1 if negated else node.k, parts)
    if isinstance(node, Reaches) and node.value % WAN == 0 and node.value:
        node = Reaches(node.column, node.value // WAN)
    holds = leaf_holds(node, enterprise(f"value of {node.column}", period))
    missing = enterprise(f"missing {node.column}", period)
    holds = ~holds if negated else holds
    return holds | missing if possible else holds & ~missing
