"""The Merkle tree of RFC 9162, section 2.1: hashes, roots, proofs and their verification.

Everywhere `hash` is one of `hashing.HASHES` and every hash is 32 bytes. Functions that make something raise ValueError
for arguments out of range; functions that verify answer True or False.

A proof does not bind the size of the tree: the same path can fit two sizes of the same shape. Size and root therefore
come together from one signed checkpoint, and never from the proof.
"""

from collections.abc import Sequence

from .hashing import DIGEST_BYTES, constructor


def leaf_hash(leaf: bytes, hash: str = "sha256") -> bytes:
    """The hash of a leaf's bytes (RFC 9162, 2.1.1)."""
    return constructor(hash)(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes, hash: str = "sha256") -> bytes:
    """The hash of an inner node from those of its two children (RFC 9162, 2.1.1)."""
    return constructor(hash)(b"\x01" + left + right).digest()


def empty_root(hash: str = "sha256") -> bytes:
    """The root of the tree without leaves (RFC 9162, 2.1.1)."""
    return constructor(hash)(b"").digest()


def parents(level: Sequence[bytes], hash: str = "sha256") -> list[bytes]:
    """The next level up: pairs are hashed, an odd last node goes up as it is.

    This gives the RFC's tree: its split at the largest power of two leaves every left subtree full.
    """
    new = constructor(hash)
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [new(b"\x01" + left + right).digest() for left, right in pairs]
    if len(level) % 2:
        above.append(level[-1])
    return above


def root(hashes: Sequence[bytes], hash: str = "sha256") -> bytes:
    """The root over the leaf hashes, in order: MTH of RFC 9162, 2.1.1."""
    if not hashes:
        return empty_root(hash)
    level = hashes
    while len(level) > 1:
        level = parents(level, hash)
    return level[0]


def inclusion_path(index: int, hashes: Sequence[bytes], hash: str = "sha256") -> list[bytes]:
    """The proof that leaf `index` (from 0) is in the tree over these leaf hashes: PATH of RFC 9162, 2.1.3.1."""
    if not 0 <= index < len(hashes):
        raise ValueError(f"没有第 {index} 片叶子 (no leaf {index} in a tree of {len(hashes)})")
    path = []
    level = hashes
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = parents(level, hash)
        index >>= 1
    return path


def consistency_path(first: int, hashes: Sequence[bytes], hash: str = "sha256") -> list[bytes]:
    """The proof that the tree of the first `first` leaves is a prefix of the whole: PROOF of RFC 9162, 2.1.4.1.

    That proof is the path of the largest full subtree that ends the first tree, preceded by its own hash unless that
    subtree is the whole first tree.
    """
    if not 0 < first <= len(hashes):
        raise ValueError(f"一致性证明的起点越界 (no consistency proof from {first} to {len(hashes)})")
    if first == len(hashes):
        return []
    index = first - 1
    level = hashes
    while index & 1:
        level = parents(level, hash)
        index >>= 1
    path = inclusion_path(index, level, hash)
    return [level[index], *path] if index else path


def verify_inclusion(  # noqa: PLR0917
    leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, hash: str = "sha256"
) -> bool:
    """Whether the path leads from the leaf's hash at `index` to the root of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _well_formed(leaf_hash, root, *path):
        return False
    new = constructor(hash)
    node, here, last = leaf_hash, index, size - 1
    for other in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = new(b"\x01" + other + node).digest()
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            node = new(b"\x01" + node + other).digest()
        here >>= 1
        last >>= 1
    return last == 0 and node == root


def verify_consistency(  # noqa: PLR0917
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes], hash: str = "sha256"
) -> bool:
    """Whether the tree of `second` leaves continues that of `first` leaves (RFC 9162, 2.1.4.2).

    Equal sizes need equal roots and an empty path. Nothing is proved about an empty first tree: refused.
    """
    if not 0 < first <= second or not _well_formed(first_root, second_root, *path):
        return False
    if first == second:
        return not path and first_root == second_root
    new = constructor(hash)
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    if not nodes:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old = now = nodes[0]
    for other in nodes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old = new(b"\x01" + other + old).digest()
            now = new(b"\x01" + other + now).digest()
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            now = new(b"\x01" + now + other).digest()
        here >>= 1
        last >>= 1
    return last == 0 and old == first_root and now == second_root


def _well_formed(*hashes: bytes) -> bool:
    return all(len(each) == DIGEST_BYTES for each in hashes)
