"""Commitments and leaves: computed as the format says, strict to read."""

import hashlib

import pytest

from qingdan.evidence import commitment

SALT = "000102030405060708090a0b0c0d0e0f"


@pytest.mark.parametrize("hash", ["sha256", "sm3"])
def test_a_commitment_is_the_hash_of_two_salt_and_text(hash: str) -> None:
    expected = hashlib.new(hash, b"\x02" + bytes(range(16)) + "清单".encode()).hexdigest()
    assert commitment.commit(SALT, "清单", hash) == expected


def test_salts_are_16_bytes_and_never_the_same() -> None:
    salts = {commitment.new_salt() for _ in range(100)}
    assert len(salts) == 100 and all(len(bytes.fromhex(each)) == 16 for each in salts)


@pytest.mark.parametrize("salt", ["", "00", SALT + "00", SALT.upper(), SALT[:-1] + "g", SALT + "\n"])
def test_a_salt_of_another_form_is_refused(salt: str) -> None:
    with pytest.raises(ValueError, match="salt"):
        commitment.commit(salt, "x")


def test_a_leaf_is_four_lines_and_read_back() -> None:
    made = commitment.leaf("a" * 64, "b" * 64, "c" * 64)
    assert made == f"qingdan event v1\nface {'a' * 64}\nwho {'b' * 64}\nwhat {'c' * 64}\n".encode()
    assert commitment.parse_leaf(made) == ("a" * 64, "b" * 64, "c" * 64)


@pytest.mark.parametrize("wrong", ["a" * 63, "A" * 64, "a" * 64 + "\n", ""])
def test_a_leaf_takes_nothing_but_commitments(wrong: str) -> None:
    with pytest.raises(ValueError, match="64"):
        commitment.leaf("a" * 64, wrong, "c" * 64)


@pytest.mark.parametrize(
    "change",
    [
        lambda leaf: leaf[:-1],
        lambda leaf: leaf + b"\n",
        lambda leaf: leaf.replace(b"v1", b"v2"),
        lambda leaf: leaf.replace(b"\n", b"\r\n"),
        lambda leaf: leaf.replace(b"a" * 64, b"A" * 64),
        lambda leaf: b"\xef\xbb\xbf" + leaf,
    ],
    ids=["cut", "longer", "version", "line ends", "capitals", "mark"],
)
def test_a_leaf_of_another_form_is_refused(change: object) -> None:
    with pytest.raises(ValueError, match="qingdan event v1"):
        commitment.parse_leaf(change(commitment.leaf("a" * 64, "b" * 64, "c" * 64)))  # type: ignore[operator]


def test_canonical_json_is_sorted_tight_and_unescaped() -> None:
    assert commitment.canonical({"乙": '引"号\n', "a": "1"}) == '{"a":"1","乙":"引\\"号\\n"}'


@pytest.mark.parametrize("values", [{"a": 1}, {"a": None}, {1: "a"}, {"a": "\ud800"}], ids=repr)
def test_canonical_json_takes_only_strings(values: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        commitment.canonical(values)
