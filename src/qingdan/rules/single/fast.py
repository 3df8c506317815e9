"""The network of one enterprise run by Numba."""

from __future__ import annotations

from qingdan.rules.kernel import single
from qingdan.rules.single.network import Index, Memory, Network


def evaluate(network: Network, rows: Index, memory: Memory) -> None:
    """Compute all bits, lacks and masks from the attributes' rows."""
    literals, gates = network.literals, network.gates
    single.evaluate(
        *(literals.places, literals.table, gates.needed, gates.part_ends, gates.parts, network.rails),
        *(rows, memory.bits, memory.lacks, memory.masks),
    )


def change(network: Network, memory: Memory, attributes: Index, rows: Index) -> Index:
    """Give some attributes other rows and update all that depends on them: see `Network`."""
    literals, uses = network.literals, network.uses
    found: Index = single.change(
        *(literals.places, literals.table, uses.ends, uses.found, network.root_count),
        *(memory.bits, memory.lacks, memory.masks, attributes, rows),
    )
    return found
