"""The Merkle tree against RFC 9162, 2.1."""

import hashlib
from functools import cache

import pytest

from qingdan.evidence import hashing, merkle

# The tree of RFC 6962's reference implementation, whose roots and proofs every implementation shows.
LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Naive:
    """MTH, PATH and PROOF written as RFC 9162 defines them, over the leaves `first .. last - 1`."""

    def __init__(self, hash: str, count: int) -> None:
        self.hash = hash
        self.hashes = [self.digest(b"\x00leaf %d" % number) for number in range(count)]
        self.mth = cache(self.mth)  # type: ignore[method-assign]

    def digest(self, data: bytes) -> bytes:
        return hashlib.new(self.hash, data).digest()

    def mth(self, first: int, last: int) -> bytes:
        if first == last:
            return self.digest(b"")
        if last - first == 1:
            return self.hashes[first]
        k = split(last - first)
        return self.digest(b"\x01" + self.mth(first, first + k) + self.mth(first + k, last))

    def path(self, m: int, first: int, last: int) -> list[bytes]:
        n = last - first
        if n == 1:
            return []
        k = split(n)
        if m < k:
            return [*self.path(m, first, first + k), self.mth(first + k, last)]
        return [*self.path(m - k, first + k, last), self.mth(first, first + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        return self.subproof(m, 0, n, True)

    def subproof(self, m: int, first: int, last: int, whole: bool) -> list[bytes]:
        n = last - first
        if m == n:
            return [] if whole else [self.mth(first, last)]
        k = split(n)
        if m <= k:
            return [*self.subproof(m, first, first + k, whole), self.mth(first + k, last)]
        return [*self.subproof(m - k, first + k, last, False), self.mth(first, first + k)]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_known_tree(size: int) -> None:
    assert merkle.root([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_inclusion_paths_are_those_of_the_known_tree(index: int, size: int, path: list[str]) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    made = merkle.inclusion_path(index, hashes)
    assert [each.hex() for each in made] == path
    assert merkle.verify_inclusion(hashes[index], index, size, made, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        (1, 1, []),
        (
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_consistency_paths_are_those_of_the_known_tree(first: int, second: int, path: list[str]) -> None:
    made = merkle.consistency_path(first, [merkle.leaf_hash(leaf) for leaf in LEAVES[:second]])
    assert [each.hex() for each in made] == path
    assert merkle.verify_consistency(first, second, *(bytes.fromhex(ROOTS[size]) for size in (first, second)), made)


def test_sm3_is_that_of_the_standard() -> None:
    # GB/T 32905-2016, appendix A.1 and A.2.
    sm3 = hashing.constructor("sm3")
    assert sm3(b"abc").hexdigest() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hexdigest() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_an_unknown_hash_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="md5"):
        merkle.root([], "md5")


# Every size by remainder: the processes of a test run share the work.
@pytest.mark.parametrize("share", range(4))
def test_every_proof_up_to_256_leaves_is_the_definitions(share: int) -> None:
    every_proof_is_the_definitions("sha256", range(1 + share, 257, 4))


def test_every_proof_of_a_sample_of_sizes_is_the_definitions_with_sm3() -> None:
    every_proof_is_the_definitions("sm3", (1, 2, 3, 7, 8, 33, 100))


def every_proof_is_the_definitions(hash: str, sizes: range | tuple[int, ...]) -> None:
    naive = Naive(hash, max(sizes))
    for size in sizes:
        hashes = naive.hashes[:size]
        whole = naive.mth(0, size)
        assert merkle.root(hashes, hash) == whole
        for index in range(size):
            path = merkle.inclusion_path(index, hashes, hash)
            assert path == naive.path(index, 0, size)
            assert merkle.verify_inclusion(hashes[index], index, size, path, whole, hash)
        for first in range(1, size + 1):
            path = merkle.consistency_path(first, hashes, hash)
            assert path == naive.proof(first, size)
            assert merkle.verify_consistency(first, size, naive.mth(0, first), whole, path, hash)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert merkle.root([]) == merkle.empty_root() == hashlib.sha256().digest()


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_no_path_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(ValueError, match=str(index)):
        merkle.inclusion_path(index, [bytes(32)] * 3)


@pytest.mark.parametrize("first", [-1, 0, 4])
def test_no_consistency_proof_from_a_size_out_of_range(first: int) -> None:
    with pytest.raises(ValueError, match=str(first)):
        merkle.consistency_path(first, [bytes(32)] * 3)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_nodes_of_another_length_are_refused(length: int) -> None:
    leaf, odd = merkle.leaf_hash(b"a"), bytes(length)
    whole = hashlib.sha256(b"\x01" + leaf + odd).digest()
    assert not merkle.verify_inclusion(leaf, 0, 2, [odd], whole)
    assert not merkle.verify_consistency(1, 2, leaf, whole, [odd])
    assert not merkle.verify_inclusion(odd, 0, 1, [], odd)
    assert not merkle.verify_consistency(1, 1, odd, odd, [])


def test_equal_sizes_need_equal_roots_and_no_path() -> None:
    here, other = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.verify_consistency(5, 5, here, here, [])
    assert not merkle.verify_consistency(5, 5, here, other, [])
    assert not merkle.verify_consistency(5, 5, here, here, [other])


def test_nothing_is_proved_about_an_empty_or_a_larger_first_tree() -> None:
    leaf = merkle.leaf_hash(b"a")
    assert not merkle.verify_consistency(0, 1, merkle.empty_root(), leaf, [])
    assert not merkle.verify_consistency(0, 0, merkle.empty_root(), merkle.empty_root(), [])
    assert not merkle.verify_consistency(2, 1, leaf, leaf, [])
    assert not merkle.verify_inclusion(leaf, 0, 0, [], leaf)


@pytest.mark.parametrize("size", [5, 8, 100])
def test_a_path_too_short_for_the_size_is_refused_though_it_leads_to_the_root(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:3]]
    two, three = merkle.root(hashes[:2]), merkle.root(hashes)
    path = merkle.inclusion_path(0, hashes)
    assert merkle.verify_inclusion(hashes[0], 0, 3, path, three)
    assert not merkle.verify_inclusion(hashes[0], 0, size, path, three)
    path = merkle.consistency_path(2, hashes)
    assert merkle.verify_consistency(2, 3, two, three, path)
    assert not merkle.verify_consistency(2, size, two, three, path)


def test_a_node_is_the_hash_of_its_two_children_after_one_byte() -> None:
    left, right = merkle.leaf_hash(b""), merkle.leaf_hash(b"\x00")
    assert merkle.node_hash(left, right) == merkle.root([left, right])
    assert merkle.node_hash(left, right) == hashlib.sha256(b"\x01" + left + right).digest()
