"""Ed25519 verification: the RFC's vectors, another implementation, and the tricks that strict verifiers refuse.

Both of ours are asked: the plain one, and the quick one by OpenSSL.
"""

import random
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qingdan.evidence import ed25519, signers
from qingdan.evidence.ed25519 import L, P

# RFC 8032, 7.1, all but the longest: public key, message, signature.
VECTORS = {
    "1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
        "4655141438e7a100b",
    ),
    "2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
        "eb00d291612bb0c00",
    ),
    "3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28"
        "dc027beceea1ec40a",
    ),
    "SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
        "2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17"
        "ad9bef1177331a704",
    ),
}
# The eight points of small order: order 1, 2, 4, 4 and four of order 8.
SMALL_ORDER = {
    "order 1": "0100000000000000000000000000000000000000000000000000000000000000",
    "order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "order 4": "0000000000000000000000000000000000000000000000000000000000000000",
    "order 4, x odd": "0000000000000000000000000000000000000000000000000000000000000080",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, x odd": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, other y": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "order 8, other y, x odd": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}
# y >= p, and x = 0 with its sign set: other spellings of points, which 5.1.3 refuses.
OTHER_SPELLINGS = {
    "y = p": P.to_bytes(32, "little").hex(),
    "y = p + 1": (P + 1).to_bytes(32, "little").hex(),
    "y = 2^255 - 1": (2**255 - 1).to_bytes(32, "little").hex(),
    "x = -0, y = 1": "0100000000000000000000000000000000000000000000000000000000000080",
    "x = -0, y = -1": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
}


Verify = Callable[[bytes, bytes, bytes], bool]


@pytest.fixture(params=[ed25519.verify, signers.verify], ids=["plain", "quick"])
def verify(request: pytest.FixtureRequest) -> Verify:
    return request.param


def openssl_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("name", VECTORS)
def test_the_rfcs_signatures_hold(name: str, verify: Verify) -> None:
    public, message, signature = map(bytes.fromhex, VECTORS[name])
    assert verify(public, message, signature)
    assert not verify(public, message + b"\0", signature)


def test_random_signatures_hold_and_mutated_ones_are_judged_as_openssl_does(verify: Verify) -> None:
    chance = random.Random(8032)
    refused = 0
    for _ in range(60):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = private.public_key().public_bytes_raw()
        message = chance.randbytes(chance.randrange(200))
        signature = private.sign(message)
        assert verify(public, message, signature)
        for _ in range(6):
            parts = [bytearray(public), bytearray(message or b"\0"), bytearray(signature)]
            part = chance.choice([each for each in parts if each])
            part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
            mutated = [bytes(each) for each in parts]
            answer = verify(*mutated)
            assert answer == openssl_accepts(*mutated)
            refused += not answer
    assert refused >= 350


def test_adding_the_order_to_s_gives_no_second_signature(verify: Verify) -> None:
    public, message, signature = map(bytes.fromhex, VECTORS["3"])
    s = int.from_bytes(signature[32:], "little")
    for times in range(1, (2**256 - s) // L + 1):
        assert not verify(public, message, signature[:32] + (s + times * L).to_bytes(32, "little"))


@pytest.mark.parametrize("name", SMALL_ORDER)
def test_a_key_of_small_order_verifies_nothing(name: str, verify: Verify) -> None:
    # S = 0 and R = [k](-A) is one of eight points: under such a key some R fits every message.
    public = bytes.fromhex(SMALL_ORDER[name])
    for r in SMALL_ORDER.values():
        assert not verify(public, b"anything", bytes.fromhex(r) + bytes(32))


@pytest.mark.parametrize("name", OTHER_SPELLINGS)
def test_points_have_one_spelling(name: str, verify: Verify) -> None:
    odd = bytes.fromhex(OTHER_SPELLINGS[name])
    public, message, signature = map(bytes.fromhex, VECTORS["2"])
    assert not verify(odd, message, signature)
    assert not verify(public, message, odd + signature[32:])


def test_a_key_that_is_no_point_verifies_nothing(verify: Verify) -> None:
    _, message, signature = map(bytes.fromhex, VECTORS["2"])
    assert not verify((2).to_bytes(32, "little"), message, signature)


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65, 128])
def test_keys_and_signatures_of_another_length_are_refused(length: int, verify: Verify) -> None:
    public, message, signature = map(bytes.fromhex, VECTORS["2"])
    assert not verify((public * 4)[:length], message, signature)
    assert not verify(public, message, (signature * 2)[:length])
