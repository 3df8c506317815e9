"""The gates of all rules as arrays of small numbers: what one enterprise's bits are computed with.

Bits are numbered: 0 is false, 1 true, then the literals attribute by attribute, then the gates, parts before those
that use them. Nodes are the conditions of the rules, equal ones once; first those that are a rule's whole condition,
the roots. A node's mask has bit `i` where the condition can be in the `i`-th of `STATES`.

Lists of lists are kept as one array and the ends of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler.attributes import Attribute, StateBits, attribute_for, by_fact
from qingdan.rules.compiler.circuit import FALSE, STATES, TRUE, Circuit, Rails

Index = npt.NDArray[np.int32]
Bits = npt.NDArray[np.uint32]
"""Numbers of bits. Without a sign, for Numba looks at every place with one whether it counts from the end."""
Bytes = npt.NDArray[np.uint8]
FIRST_LITERAL = 2


class Literals(NamedTuple):
    """`places`: for each attribute the bit of its first literal, the number of its literals, and where its part of
    `table` begins: rows with the truth of all its literals."""

    places: Index
    table: Bytes


class Gates(NamedTuple):
    """Each gate is set when at least `needed` of its parts are."""

    needed: Index
    part_ends: Index
    parts: Bits


class Uses(NamedTuple):
    """What depends on each bit: the gates that it is a part of (as often as it is), and as -1 - (4 x node + state)
    the nodes that it is a rail of."""

    ends: Index
    found: Index


class Memory(NamedTuple):
    """One enterprise: every bit, how many more parts each gate needs (0 or less: it is set), and the nodes' masks."""

    bits: Bytes
    lacks: Index
    masks: Bytes


@dataclass(frozen=True)
class Network:
    """`rows`: for each code of an attribute its row of the literals' table. `bit_of`: the bit of each gate of the
    circuit; `node_of`: the node of each rails. `levels`: ends of runs of gates that do not depend on one another.
    `rails`: the four bits of each node.

    Two modules run it, `fast` and `plain`. Their `evaluate` fills a memory from the attributes' rows;
    their `change` gives attributes other rows and has (n, 3): roots with another mask, the masks before and after.
    """

    attributes: tuple[Attribute, ...]
    rows: tuple[list[int], ...]
    bit_of: dict[int, int]
    node_of: dict[Rails, int]
    levels: tuple[int, ...]
    literals: Literals
    gates: Gates
    rails: Bits
    uses: Uses
    root_count: int

    @property
    def first_gate(self) -> int:
        """The bit of the first gate."""
        return FIRST_LITERAL + int(self.literals.places[:, 1].sum())

    def memory(self) -> Memory:
        """Room for an enterprise, nothing computed yet."""
        gates = len(self.gates.needed)
        bits = np.empty(len(self.uses.ends), np.uint8)
        return Memory(bits, np.empty(gates, np.int32), np.empty(len(self.rails), np.uint8))


def build(
    circuit: Circuit, roots: Sequence[Rails], rails: Iterable[Rails], shown: Iterable[int], catalogue: Catalogue
) -> Network:
    """The network for the conditions of rules, `roots`, and all below them, `rails`, and for further gates, `shown`."""
    node_of = {each: place for place, each in enumerate(dict.fromkeys([*roots, *rails]))}
    needed = circuit.below([*shown, *(gate for each in node_of for gate in each)])
    groups = list(by_fact({gate: circuit.literals[gate] for gate in needed if gate in circuit.literals}).values())
    literals = [gate for group in groups for gate in group]
    gates, levels = _in_levels(circuit, [gate for gate in needed if gate in circuit.gates])
    bit_of = {gate: bit for bit, gate in enumerate([FALSE, TRUE, *literals, *gates])}
    attributes = tuple(attribute_for(group.values(), catalogue) for group in groups)
    tables = [_table(attribute, group.values()) for attribute, group in zip(attributes, groups, strict=True)]
    widths = [len(group) for group in groups]
    firsts, starts = np.cumsum([FIRST_LITERAL, *widths])[:-1], np.cumsum([0, *(table.size for table, _ in tables)])[:-1]
    parts = [[bit_of[part] for part in circuit.gates[gate][1]] for gate in gates]
    part_ends, all_parts = _lists(parts)
    bits_of_nodes = [[bit_of[gate] for gate in each] for each in node_of]
    return Network(
        attributes=attributes,
        rows=tuple(rows for _, rows in tables),
        bit_of=bit_of,
        node_of=node_of,
        levels=levels,
        literals=Literals(
            places=_index(np.stack([firsts, widths, starts], axis=1)),
            table=np.concatenate([np.zeros(0, np.uint8), *(table.ravel() for table, _ in tables)]),
        ),
        gates=Gates(_index([circuit.gates[gate][0] for gate in gates]), part_ends, all_parts.astype(np.uint32)),
        rails=np.array(bits_of_nodes, np.uint32).reshape(-1, len(STATES)),
        uses=Uses(*_uses(parts, bits_of_nodes, len(bit_of))),
        root_count=len(set(roots)),
    )


def _table(attribute: Attribute, literals: Iterable[Any]) -> tuple[Bytes, list[int]]:
    """[rows, literals], the truth of each literal, and each code's row; the codes of derived facts are masks.

    Codes that no literal tells apart share a row: of a large tree of codes rules name but a few branches.
    """
    if isinstance(attribute, StateBits):
        masks = np.arange(1 << len(STATES))
        columns = [masks >> literal.state & 1 for literal in literals]
    else:
        columns = [_as_array(attribute.codes_of(literal), attribute.highest + 1) for literal in literals]
    truth = np.stack(columns, axis=1).astype(np.uint8)
    _, first, rows = np.unique(np.packbits(truth, axis=1), axis=0, return_index=True, return_inverse=True)
    return truth[first], rows.ravel().tolist()


def _as_array(bits: int, count: int) -> Bytes:
    raw = np.frombuffer(bits.to_bytes(-(-count // 8), "little"), np.uint8)
    return np.unpackbits(raw, count=count, bitorder="little")


def _in_levels(circuit: Circuit, gates: list[int]) -> tuple[list[int], tuple[int, ...]]:
    """The gates level by level, in a level those with equally many parts together, and the levels' ends."""
    depth: dict[int, int] = {}
    for gate in gates:
        depth[gate] = 1 + max(depth.get(part, 0) for part in circuit.gates[gate][1])
    ordered = sorted(gates, key=lambda gate: (depth[gate], len(circuit.gates[gate][1]), gate))
    return ordered, tuple(np.cumsum(np.bincount(list(depth.values()) or [0])).tolist())


def _uses(parts: list[list[int]], rails: list[list[int]], bits: int) -> tuple[Index, Index]:
    pairs = [(gate, part) for gate, each in enumerate(parts) for part in each]
    pairs += [(~(node * len(STATES) + side), bit) for node, each in enumerate(rails) for side, bit in enumerate(each)]
    return _inverted(pairs, bits)


def _inverted(pairs: Iterable[tuple[int, int]], count: int) -> tuple[Index, Index]:
    """For each second number, from 0 to `count`, the first numbers."""
    found: list[list[int]] = [[] for _ in range(count)]
    for first, second in pairs:
        found[second].append(first)
    return _lists(found)


def _lists(rows: list[list[int]]) -> tuple[Index, Index]:
    return _index(np.cumsum([len(row) for row in rows])), _index([each for row in rows for each in row])


def _index(numbers: Any) -> Index:
    return np.asarray(numbers, np.int32)
