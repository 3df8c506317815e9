"""Private keys: kept for the owner alone, never written over, and their signatures hold."""

import stat
from pathlib import Path

import pytest
from sealed_log import JIWEI, LOG, SealedLog

from qingdan.evidence import signers, sm2
from qingdan.evidence.notes import Key, Note, NoteError, Verified, signature_line, verify_line
from qingdan.evidence.signers import Signer

needs_sm2 = pytest.mark.skipif(not sm2.available(), reason="no openssl with SM2 on this machine")


@pytest.mark.parametrize("signer", [LOG, JIWEI], ids=["log", "witness"])
def test_a_key_file_is_read_back_and_only_the_owners(signer: Signer, tmp_path: Path) -> None:
    file = tmp_path / "key"
    signer.save(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8").startswith(f"PRIVATE+KEY+{signer.key.name}+{signer.key.key_id.hex()}+")
    assert Signer.load(file).key == signer.key


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "key"
    LOG.save(file)
    with pytest.raises(FileExistsError):
        JIWEI.save(file)
    assert Signer.load(file).key == LOG.key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PRIVATE+KEY+", ""),
        ("qingdan", "qingdau"),
        ("+A", "+B"),
        ("4f\n", "4e\n"),
        ("\n", "\n\n"),
        ("example", "exa mple"),
    ],
)
def test_a_damaged_key_file_is_refused(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    LOG.save(file)
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(NoteError, match="key"):
        Signer.load(file)


def test_fresh_seeds_differ() -> None:
    assert len({signers.generate() for _ in range(20)}) == 20


@pytest.mark.parametrize(("seed", "kind"), [(bytes(31), "ed25519"), (bytes(32), "sm2"), (bytes(32), "")])
def test_a_signer_that_cannot_be_is_not_made(seed: bytes, kind: str) -> None:
    with pytest.raises(ValueError):
        Signer("name", seed, kind)


def test_logs_do_not_cosign_and_witnesses_do_not_sign() -> None:
    with pytest.raises(ValueError, match="not for that"):
        JIWEI.sign("text\n")
    with pytest.raises(ValueError, match="not for that"):
        LOG.cosign("text\n", 1)


@needs_sm2
def test_an_sm2_line_stands_beside_the_logs_own(tmp_path: Path) -> None:
    file = tmp_path / "sm2.pem"
    key = Key(LOG.key.name, "sm2", sm2.generate(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Key.parse(key.vkey) == key
    body = SealedLog(2, "sm3").body(2)
    note = Note.parse(Note(body, (LOG.sign(body), signature_line(key, sm2.sign(file, body.encode())))).text())
    assert verify_line(note, LOG.key) == Verified(None)
    assert verify_line(note, key) == Verified(None)
    assert verify_line(Note(body.replace("2017", "2018"), note.lines), key) is None


@needs_sm2
def test_an_sm2_signature_is_bound_to_key_and_message(tmp_path: Path) -> None:
    one, two = sm2.generate(tmp_path / "one"), sm2.generate(tmp_path / "two")
    signature = sm2.sign(tmp_path / "one", b"message")
    assert sm2.verify(one, b"message", signature)
    assert not sm2.verify(two, b"message", signature)
    assert not sm2.verify(one, b"massage", signature)
    assert not sm2.verify(one, b"message", signature[:-1])
    assert not sm2.verify(one[:-1], b"message", signature)


@needs_sm2
def test_an_sm2_key_is_never_written_over(tmp_path: Path) -> None:
    public = sm2.generate(tmp_path / "key")
    with pytest.raises(FileExistsError):
        sm2.generate(tmp_path / "key")
    assert sm2.public(tmp_path / "key") == public


@needs_sm2
def test_a_file_without_an_sm2_key_is_refused(tmp_path: Path) -> None:
    LOG.save(tmp_path / "ours")
    with pytest.raises(ValueError, match="openssl"):
        sm2.sign(tmp_path / "ours", b"message")


def test_without_openssl_sm2_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sm2.available.cache_clear()
    try:
        assert not sm2.available()
        with pytest.raises(sm2.Unavailable, match="openssl"):
            sm2.verify(bytes(65), b"", b"")
    finally:
        sm2.available.cache_clear()
