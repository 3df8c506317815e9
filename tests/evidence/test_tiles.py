"""A log read by tiles gives the same roots and proofs as the whole tree in memory."""

import random

import pytest

from qingdan.evidence import merkle, tiles

EDGES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 65_793, 131_072, 140_001]


def leaves(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(count)]


@pytest.fixture(scope="module")
def log() -> tiles.MemoryNodes:
    made = tiles.MemoryNodes()
    made.append(leaves(EDGES[-1]))
    return made


class Counting:
    """A store that notes what is read from it."""

    def __init__(self, nodes: tiles.MemoryNodes) -> None:
        self.nodes = nodes
        self.reads: list[tuple[int, int, int]] = []

    def read(self, level: int, start: int, stop: int) -> list[bytes]:
        self.reads.append((level, start, stop))
        return self.nodes.read(level, start, stop)


@pytest.mark.parametrize("size", [0, *EDGES])
def test_the_root_at_any_size_is_the_whole_trees(log: tiles.MemoryNodes, size: int) -> None:
    assert tiles.root_at(log, size) == merkle.root(leaves(size))


@pytest.mark.parametrize("size", EDGES)
def test_proofs_at_the_edges_are_the_whole_trees(log: tiles.MemoryNodes, size: int) -> None:
    hashes = leaves(size)
    whole = merkle.root(hashes)
    picked = {0, 1, size // 2, size - 1, *(edge + by for edge in EDGES for by in (-1, 0))}
    for index in sorted(each for each in picked if 0 <= each < size):
        path = tiles.inclusion(log, index, size)
        assert merkle.verify_inclusion(hashes[index], index, size, path, whole)
        first = index + 1
        path = tiles.consistency(log, first, size)
        assert merkle.verify_consistency(first, size, tiles.root_at(log, first), whole, path)
    for index in (0, size - 1):
        assert tiles.inclusion(log, index, size) == merkle.inclusion_path(index, hashes)
        assert tiles.consistency(log, index + 1, size) == merkle.consistency_path(index + 1, hashes)


@pytest.mark.parametrize("size", [1, 5, 256, 300, 600, 1030])
@pytest.mark.parametrize("hash", ["sha256", "sm3"])
def test_every_proof_of_small_logs_is_the_whole_trees(size: int, hash: str) -> None:
    hashes = leaves(size)
    small = tiles.MemoryNodes(hash)
    small.append(hashes)
    for index in range(0, size, 1 if size < 300 else 7):
        assert tiles.inclusion(small, index, size, hash) == merkle.inclusion_path(index, hashes, hash)
        assert tiles.consistency(small, index + 1, size, hash) == merkle.consistency_path(index + 1, hashes, hash)


@pytest.mark.parametrize(
    "batches",
    [[1] * 1_000, [255, 1, 257, 0, 256], [700, 65_000, 70_000], [65_536, 1, 65_535], [140_000]],
    ids=["singles", "around a row", "large", "exact", "at once"],
)
def test_the_nodes_that_become_full_do_not_depend_on_the_batches(log: tiles.MemoryNodes, batches: list[int]) -> None:
    grown = tiles.MemoryNodes()
    hashes = leaves(sum(batches))
    for count in batches:
        grown.append(hashes[grown.size : grown.size + count])
    for level, nodes in enumerate(grown.levels):
        assert len(nodes) == grown.size // 256**level
        assert nodes == log.levels[level][: len(nodes)]


def test_nodes_are_numbered_from_where_the_log_stood() -> None:
    hashes = leaves(1_000)
    log = tiles.MemoryNodes()
    log.append(hashes[:300])
    made = tiles.complete_nodes(log, 300, hashes[300:])
    assert made == [
        (1, 1, merkle.root(hashes[256:512])),
        (1, 2, merkle.root(hashes[512:768])),
    ]


def test_a_full_node_is_the_root_of_its_leaves(log: tiles.MemoryNodes) -> None:
    assert log.levels[1][3] == merkle.root(leaves(1_024)[768:])
    assert log.levels[2][1] == merkle.root(leaves(131_072)[65_536:])


def test_appending_reads_only_when_a_row_fills_and_then_the_open_row_alone() -> None:
    log = tiles.MemoryNodes()
    log.append(leaves(65_535))
    counting = Counting(log)
    assert tiles.complete_nodes(Counting(tiles.MemoryNodes()), 10, leaves(5)) == []
    assert [(level, index) for level, index, _ in tiles.complete_nodes(counting, 65_535, leaves(1))] == [
        (1, 255),
        (2, 0),
    ]
    assert counting.reads == [(0, 65_280, 65_535), (1, 0, 255)]


class Endless:
    """A store of any size whose node hashes are made up: what is read matters here, not the values."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, int, int]] = []

    def read(self, level: int, start: int, stop: int) -> list[bytes]:
        self.reads.append((level, start, stop))
        return [b"%02d%030d" % (level, index) for index in range(start, stop)]


def test_a_proof_in_ten_million_leaves_reads_five_rows() -> None:
    chance = random.Random(9162)
    for _ in range(20):
        size = 10_000_000 + chance.randrange(1_000)
        store = Endless()
        path = tiles.inclusion(store, chance.randrange(size), size)
        assert len(store.reads) <= 5
        assert all(stop - start <= 256 for _, start, stop in store.reads)
        assert len(set(store.reads)) == len(store.reads)
        assert len(path) in range(20, 25)
        store = Endless()
        tiles.consistency(store, 1 + chance.randrange(size), size)
        assert len(store.reads) <= 5


@pytest.mark.parametrize("index", [-1, 5])
def test_no_proof_for_a_leaf_that_is_not_there(log: tiles.MemoryNodes, index: int) -> None:
    with pytest.raises(ValueError, match=str(index)):
        tiles.inclusion(log, index, 5)


@pytest.mark.parametrize("first", [-1, 0, 6])
def test_no_consistency_from_a_size_out_of_range(log: tiles.MemoryNodes, first: int) -> None:
    with pytest.raises(ValueError, match=str(first)):
        tiles.consistency(log, first, 5)


def test_a_store_that_lacks_nodes_is_named() -> None:
    short = tiles.MemoryNodes()
    short.append(leaves(10))
    with pytest.raises(ValueError, match="level 0"):
        tiles.root_at(short, 11)
