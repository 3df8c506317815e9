"""One million mutated proofs, none accepted.

A mutation changes a proof, or what it is about, into something untrue. Sizes are changed together with their roots, as
they stand in a checkpoint: a path alone does not bind the size (see the last test).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from qingdan.evidence import merkle

SHARES = 10
EACH = 100_000
SIZES = [*range(1, 34), 47, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256]


@dataclass(frozen=True)
class Inclusion:
    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes

    def holds(self, hash: str) -> bool:
        return merkle.verify_inclusion(self.leaf, self.index, self.size, self.path, self.root, hash)


@dataclass(frozen=True)
class Consistency:
    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: tuple[bytes, ...]

    def holds(self, hash: str) -> bool:
        return merkle.verify_consistency(self.first, self.second, self.first_root, self.second_root, self.path, hash)


Claim = Inclusion | Consistency


class Log:
    """A log's leaf hashes, roots and honest claims."""

    def __init__(self, name: bytes, hash: str) -> None:
        self.hash = hash
        self.leaves = [merkle.leaf_hash(b"%s %d" % (name, number), hash) for number in range(max(SIZES))]
        self.roots = [merkle.root(self.leaves[:size], hash) for size in range(max(SIZES) + 1)]

    def inclusion(self, index: int, size: int) -> Inclusion:
        path = tuple(merkle.inclusion_path(index, self.leaves[:size], self.hash))
        return Inclusion(self.leaves[index], index, size, path, self.roots[size])

    def consistency(self, first: int, second: int) -> Consistency:
        path = tuple(merkle.consistency_path(first, self.leaves[:second], self.hash))
        return Consistency(first, second, self.roots[first], self.roots[second], path)


class Mutator:
    """Draws honest claims of one log and changes each in one way; another log gives what does not belong."""

    def __init__(self, seed: int, hash: str) -> None:
        self.chance = random.Random(seed)
        self.log, self.other = Log(b"ours", hash), Log(b"theirs", hash)
        self.inclusions = [self.log.inclusion(self.below(size), size) for size in SIZES for _ in range(12)]
        self.consistencies = [self.log.consistency(1 + self.below(size), size) for size in SIZES for _ in range(12)]
        self.honest: set[Claim] = {*self.inclusions, *self.consistencies}
        self.on_paths: list[Callable[[Claim], Claim]] = [
            self.flip_in_a_node, self.drop_a_node, self.add_a_node, self.double_a_node, self.swap_nodes,
            self.foreign_node, self.cut_a_node, self.other_path, self.reverse,
        ]  # fmt: skip
        self.on_inclusions: list[Callable[[Inclusion], Claim]] = [
            self.flip_in_the_leaf, self.wrong_leaf, self.wrong_index, self.wrong_checkpoint, self.flip_in_the_root,
            self.wrong_root, self.inner_node_as_leaf, self.index_out_of_range,
        ]  # fmt: skip
        self.on_consistencies: list[Callable[[Consistency], Claim]] = [
            self.flip_in_a_root, self.swap_roots, self.wrong_first, self.wrong_second, self.forked_first,
            self.forked_second, self.sizes_turned, self.nothing_first,
        ]  # fmt: skip

    def below(self, end: int) -> int:
        """A number from 0 up to, not including, `end`; quicker than randrange."""
        return int(self.chance.random() * end)

    def pick(self, values: list) -> object:
        return values[self.below(len(values))]

    def draw(self) -> Claim:
        """A claim that is not true: one change to an honest one, drawn again when it changed nothing."""
        while True:
            if self.below(2):
                honest = self.pick(self.inclusions)
                change = self.pick(self.on_paths if self.below(2) else self.on_inclusions)
            else:
                honest = self.pick(self.consistencies)
                change = self.pick(self.on_paths if self.below(2) else self.on_consistencies)
            changed = change(honest)
            if changed != honest and changed not in self.honest:
                return changed

    def flipped(self, hash: bytes) -> bytes:
        bit = self.below(256)
        return (int.from_bytes(hash, "big") ^ (1 << bit)).to_bytes(32, "big")

    # ---- the path

    def flip_in_a_node(self, claim: Claim) -> Claim:
        if not claim.path:
            return claim
        at = self.below(len(claim.path))
        return replace(claim, path=(*claim.path[:at], self.flipped(claim.path[at]), *claim.path[at + 1 :]))

    def drop_a_node(self, claim: Claim) -> Claim:
        at = self.below(len(claim.path) or 1)
        return replace(claim, path=(*claim.path[:at], *claim.path[at + 1 :]))

    def add_a_node(self, claim: Claim) -> Claim:
        at = self.below(len(claim.path) + 1)
        node = self.pick([*self.log.roots[1:9], *self.log.leaves[:8], *claim.path])
        return replace(claim, path=(*claim.path[:at], node, *claim.path[at:]))

    def double_a_node(self, claim: Claim) -> Claim:
        if not claim.path:
            return claim
        at = self.below(len(claim.path))
        return replace(claim, path=(*claim.path[: at + 1], *claim.path[at:]))

    def swap_nodes(self, claim: Claim) -> Claim:
        if len(claim.path) < 2:
            return claim
        path = list(claim.path)
        one, two = self.below(len(path)), self.below(len(path))
        path[one], path[two] = path[two], path[one]
        return replace(claim, path=tuple(path))

    def foreign_node(self, claim: Claim) -> Claim:
        if not claim.path:
            return claim
        at = self.below(len(claim.path))
        node = self.pick(self.other.roots if self.below(2) else self.other.leaves)
        return replace(claim, path=(*claim.path[:at], node, *claim.path[at + 1 :]))

    def cut_a_node(self, claim: Claim) -> Claim:
        if not claim.path:
            return claim
        at = self.below(len(claim.path))
        return replace(claim, path=(*claim.path[:at], claim.path[at][: self.below(32)], *claim.path[at + 1 :]))

    def other_path(self, claim: Claim) -> Claim:
        return replace(claim, path=self.pick(self.inclusions if self.below(2) else self.consistencies).path)

    def reverse(self, claim: Claim) -> Claim:
        return replace(claim, path=claim.path[::-1])

    # ---- what an inclusion proof is about

    def flip_in_the_leaf(self, claim: Inclusion) -> Claim:
        return replace(claim, leaf=self.flipped(claim.leaf))

    def wrong_leaf(self, claim: Inclusion) -> Claim:
        return replace(claim, leaf=self.pick(self.log.leaves if self.below(2) else self.other.leaves))

    def wrong_index(self, claim: Inclusion) -> Claim:
        return replace(claim, index=self.below(claim.size))

    def wrong_checkpoint(self, claim: Inclusion) -> Claim:
        size = self.below(max(SIZES) + 1)
        return replace(claim, size=size, root=self.log.roots[size])

    def flip_in_the_root(self, claim: Inclusion) -> Claim:
        return replace(claim, root=self.flipped(claim.root))

    def wrong_root(self, claim: Inclusion) -> Claim:
        return replace(claim, root=self.pick(self.log.roots if self.below(2) else self.other.roots))

    def inner_node_as_leaf(self, claim: Inclusion) -> Claim:
        """Passing off an inner node's children as a leaf: leaves and nodes are hashed apart (RFC 9162, 2.1.5)."""
        if not claim.path:
            return claim
        ours, other = (claim.path[0], claim.leaf) if claim.index & 1 else (claim.leaf, claim.path[0])
        leaf = merkle.leaf_hash(ours + other, self.log.hash)
        return replace(claim, leaf=leaf, index=claim.index // 2, size=(claim.size + 1) // 2, path=claim.path[1:])

    def index_out_of_range(self, claim: Inclusion) -> Claim:
        return replace(claim, index=claim.size + self.below(3) if self.below(2) else -1 - self.below(3))

    # ---- what a consistency proof is about

    def flip_in_a_root(self, claim: Consistency) -> Claim:
        if self.below(2):
            return replace(claim, first_root=self.flipped(claim.first_root))
        return replace(claim, second_root=self.flipped(claim.second_root))

    def swap_roots(self, claim: Consistency) -> Claim:
        return replace(claim, first_root=claim.second_root, second_root=claim.first_root)

    def wrong_first(self, claim: Consistency) -> Claim:
        size = self.below(claim.second + 1)
        return replace(claim, first=size, first_root=self.log.roots[size])

    def wrong_second(self, claim: Consistency) -> Claim:
        size = self.below(max(SIZES) + 1)
        return replace(claim, second=size, second_root=self.log.roots[size])

    def forked_first(self, claim: Consistency) -> Claim:
        return replace(claim, first_root=self.other.roots[claim.first])

    def forked_second(self, claim: Consistency) -> Claim:
        return replace(claim, second_root=self.other.roots[claim.second])

    def sizes_turned(self, claim: Consistency) -> Claim:
        return Consistency(claim.second, claim.first, claim.second_root, claim.first_root, claim.path)

    def nothing_first(self, claim: Consistency) -> Claim:
        return replace(claim, first=0, first_root=self.log.roots[0])


@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutated_proof_is_accepted(share: int) -> None:
    hash = "sm3" if share == SHARES - 1 else "sha256"
    mutator = Mutator(share, hash)
    assert all(claim.holds(hash) for claim in mutator.honest)
    accepted = [claim for claim in (mutator.draw() for _ in range(EACH)) if claim.holds(hash)]
    assert accepted == []


def test_a_path_may_fit_another_size_so_size_and_root_come_from_one_checkpoint() -> None:
    log = Log(b"ours", "sha256")
    claim = log.inclusion(0, 3)
    assert replace(claim, size=4).holds("sha256")
    assert not replace(claim, size=4, root=log.roots[4]).holds("sha256")
