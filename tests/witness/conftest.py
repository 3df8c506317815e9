"""Fixtures for the tests of the witness."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from qingdan.witness import folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """For many rounds: no waiting for the disk, signatures checked by OpenSSL. Both are tested elsewhere."""

    def verify(public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    monkeypatch.setattr(folder.os, "fsync", lambda handle: None)
    monkeypatch.setattr("qingdan.evidence.notes.ed25519.verify", verify)
