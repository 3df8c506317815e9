"""The stand-alone verifier as an inspector uses it: one file, old Python, a command with an exit status."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sealed_log import JIWEI, LOG, ORIGIN, STRANGER, SealedLog

from qingdan.evidence import commitment, verifier
from qingdan.evidence.notes import Key, signature_line

SOURCE = Path(verifier.__file__)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with the verifier alone and some bundles, as on a stick."""
    shutil.copy(SOURCE, tmp_path / "verifier.py")
    log = SealedLog(9)
    for name, bundle in {"good": log.bundle(3, 9), "withheld": log.bundle(3, 9, ("who", "what"))}.items():
        (tmp_path / f"{name}.json").write_text(bundle.text(), "utf-8")
    changed = log.bundle(3, 9).text().replace("王芳", "李强")
    (tmp_path / "changed.json").write_text(changed, "utf-8")
    (tmp_path / "checkpoint").write_text(log.note(9, JIWEI), "utf-8")
    (tmp_path / "older").write_text(log.note(5), "utf-8")
    (tmp_path / "fork").write_text(SealedLog(9, "sm3").note(9), "utf-8")
    return tmp_path


def run(stick: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    """Exit status and everything written, with nothing of ours importable."""
    command = [sys.executable, "-I", "verifier.py", *arguments]
    done = subprocess.run(command, cwd=stick, input=stdin, capture_output=True, check=False, env={"PYTHONUTF8": "1"})
    return done.returncode, (done.stdout + done.stderr).decode()


def test_it_is_one_short_file_for_python_3_8_with_the_standard_library_alone() -> None:
    text = SOURCE.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    tree = ast.parse(text, feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported <= sys.stdlib_module_names


def test_a_good_bundle_holds_and_is_told(stick: Path) -> None:
    status, said = run(stick, "good.json")
    assert status == 0
    for told in (
        "成立 HOLDS",
        "王芳",
        "tasks.submit_report",
        "1亿元",
        "纪检",
        "2017-08-03T01:00:00Z",
        LOG.key.fingerprint,
    ):
        assert told in said


def test_withheld_parts_are_named_and_stay_provable(stick: Path) -> None:
    status, said = run(stick, "withheld.json")
    assert status == 0 and said.count("未公开或已删除") == 2 and "王芳" not in said


def test_one_bad_bundle_among_good_ones_gives_status_1_with_the_reason(stick: Path) -> None:
    status, said = run(stick, "good.json", "changed.json", "withheld.json")
    assert status == 1 and said.count("成立 HOLDS") == 2
    assert "DOES NOT HOLD: 内容与日志不符" in said and "勿采信" in said


def test_a_given_key_is_the_only_one_taken(stick: Path) -> None:
    status, said = run(stick, "--key", LOG.key.vkey, "good.json")
    assert status == 0 and LOG.key.fingerprint not in said
    other = Key(ORIGIN, "ed25519", STRANGER.key.public).vkey
    status, said = run(stick, "--key", other, "good.json")
    assert status == 1 and "not the one you gave" in said


def test_a_bundle_comes_from_standard_input(stick: Path) -> None:
    assert run(stick, "-", stdin=(stick / "good.json").read_bytes())[0] == 0
    assert run(stick, "-", stdin=b"\xef\xbb\xbf" + (stick / "good.json").read_bytes())[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [["absent.json"], ["--key", "x", "good.json"], ["--key", JIWEI.key.vkey, "good.json"], [],
     ["--checkpoint", "absent", "good.json"], ["--checkpoint", "good.json", "good.json"]],
    ids=["no-file", "no-key", "not-a-logs-key", "nothing", "no-checkpoint", "not-a-checkpoint"],
)  # fmt: skip
def test_what_cannot_be_used_gives_status_2(stick: Path, arguments: list[str]) -> None:
    status, said = run(stick, *arguments)
    assert status == 2 and "HOLD" not in said


def test_a_held_checkpoint_shows_a_fork(stick: Path) -> None:
    assert run(stick, "--checkpoint", "checkpoint", "good.json")[0] == 0
    status, said = run(stick, "--checkpoint", "older", "good.json")
    assert status == 0 and "not compared" in said
    status, said = run(stick, "--checkpoint", "fork", "good.json")
    assert status == 1 and "same size, other root" in said


def test_lines_by_unknown_keys_are_named_and_not_believed(stick: Path) -> None:
    log = SealedLog(3)
    line = signature_line(Key(ORIGIN, "sm2", b"\x04" + bytes(64)), bytes(70))
    (stick / "sm2.json").write_text(log.bundle(0, 3, note=log.note(3) + line + "\n").text(), "utf-8")
    status, said = run(stick, "sm2.json")
    assert status == 0 and "not checked here" in said and "见证 cosigned" not in said


def test_what_a_bundle_says_cannot_move_the_cursor() -> None:
    log = SealedLog(1)
    said: list[str] = []

    class Keep(list[str]):
        def write(self, text: str) -> None:
            said.append(text)

    form: dict[str, Any] = json.loads(log.bundle(0, 1).text())
    texts = {**json.loads(form["parts"]["what"]["text"]), "object_label": "a\x1b[2K\u202eb\nc"}
    form["parts"]["what"]["text"] = commitment.canonical(texts)
    good, reason, details = verifier.check(json.dumps(form))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", Keep())
        verifier.report("a.json", good, reason, details, None)
    told = "".join(said)
    assert "a\ufffd[2K\ufffdb\ufffdc" in told and "\x1b" not in told


def test_sm3_without_openssl_is_that_of_the_standard() -> None:
    # GB/T 32905-2016, A.1 and A.2; then every length around the blocks against OpenSSL.
    assert verifier.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert verifier.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    for length in range(200):
        assert verifier.sm3(bytes(range(length))) == hashlib.new("sm3", bytes(range(length))).digest()


def test_an_sm3_bundle_holds_where_openssl_lacks_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SealedLog(6, "sm3").bundle(2, 6).text()
    monkeypatch.setattr(hashlib, "algorithms_available", {"sha256", "sha512"})
    assert verifier.check(text)[0]
    assert not verifier.check(text.replace("王芳", "李强"))[0]


# RFC 8032, 7.1: public key, message, signature.
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=["1", "2", "3"])
def test_the_vectors_of_rfc_8032_hold_and_nothing_near_them(vector: tuple[str, str, str]) -> None:
    key, message, signature = map(bytes.fromhex, vector)
    assert verifier.signature_holds(key, message, signature)
    assert not verifier.signature_holds(key, message + b"\0", signature)
    for bit in range(0, 512, 7):
        changed = int.from_bytes(signature, "big") ^ 1 << bit
        assert not verifier.signature_holds(key, message, changed.to_bytes(64, "big"))
