"""A witness against a log that is honest, lies, forgets, or falls silent."""

from __future__ import annotations

import fcntl
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from simulated_log import ORIGIN, START, Bench, grown, history, proof, refuses, seed

from qingdan.evidence import merkle
from qingdan.evidence.notes import Checkpoint, Key, Note, verify_line
from qingdan.evidence.signers import Signer
from qingdan.witness import Answer, Unreachable, Witness, WitnessError, folder


# ------------------------------------------------------------------ honest growth
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("hash", "largest"), [("sha256", 40), ("sm3", 8)])
def test_honest_growth_between_any_two_sizes_is_cosigned(tmp_path: Path, hash: str, largest: int) -> None:
    for first in range(largest + 1):
        bench = grown(tmp_path / str(first), first, hash)
        memory = bench.memory()
        for second in range(first, largest + 1):
            (bench.folder / "state.json").write_bytes(memory)
            bench.log.leaves = history(second, hash=hash)
            done = bench.start().round()
            assert done.result == ("cosigned" if second > first else "same"), (first, second)
            assert bench.log.taken[-1][0] == second and not done.waiting


def test_the_cosignature_holds_for_the_checkpoint_and_says_when(tmp_path: Path) -> None:
    bench = grown(tmp_path, 5)
    (size, line), note = bench.log.taken[0], Note.parse(bench.log.note())
    held = verify_line(Note(note.body, (*note.lines, line)), bench.signer.key)
    assert size == 5 and held and held.seconds == START


def test_nothing_new_asks_for_nothing_and_signs_nothing(tmp_path: Path) -> None:
    bench = grown(tmp_path, 5)
    made, asked = len(bench.signer.made), len(bench.log.asked)
    assert bench.witness.round().result == "same"
    assert len(bench.signer.made) == made and bench.log.asked[asked:] == ["/log/checkpoint"]


def test_a_log_without_a_checkpoint_is_waited_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    bench.log.lies["/log/checkpoint"] = lambda path: Answer(404, b"")
    assert bench.witness.round().result == "empty"
    bench.log.lies.clear()
    assert bench.witness.round().result == "cosigned"


# ------------------------------------------------------------------ forks, with the true key
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_a_rewritten_history_of_the_same_size_is_a_fork(tmp_path: Path, size: int) -> None:
    bench = grown(tmp_path, size)
    for forked_at in range(size):
        bench.log.leaves = history(size, forked_at)
        place = refuses(bench, "fork")
        offered, held = (Note.parse((place / name).read_bytes()) for name in ("note.txt", "held.txt"))
        # Both carry the log's own signature, and the held one this witness's too: proof for anybody.
        assert verify_line(offered, bench.log.signer.key) and verify_line(held, bench.log.signer.key)
        assert verify_line(held, bench.signer.key)
        one, other = Checkpoint.parse(offered.body), Checkpoint.parse(held.body)
        assert one.size == other.size and one.root != other.root


def forged(first: int, leaves: tuple[bytes, ...], true: tuple[bytes, ...]) -> dict[str, list[bytes]]:
    """Every kind of wrong proof that a forked log could give."""
    own = merkle.consistency_path(first, leaves)
    rng = random.Random(first * 1000 + len(leaves))
    made = {
        "its own": own,
        "of the true history": merkle.consistency_path(first, true),
        "none": [],
        "cut": own[:-1],
        "without its start": own[1:],
        "one more": [*own, own[-1] if own else leaves[0]],
        "doubled": own + own,
        "reversed": own[::-1],
        "the held root first": [merkle.root(true[:first]), *own],
        "the roots": [merkle.root(true[:first]), merkle.root(leaves)],
        "the next root": [merkle.root(leaves)],
        "noise": [rng.randbytes(32) for _ in own],
        "zeros": [bytes(32) for _ in own],
        "from another size": merkle.consistency_path(max(1, first - 1), leaves),
        "an inclusion proof": merkle.inclusion_path(first - 1, leaves),
    }
    for at, node in enumerate(own):
        made[f"bit flipped in {at}"] = [*own[:at], bytes([node[0] ^ 1, *node[1:]]), *own[at + 1 :]]
    return made


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 3), (3, 4), (4, 8), (6, 7), (7, 19), (8, 9), (8, 16)])
def test_no_proof_makes_a_rewritten_longer_history_pass(tmp_path: Path, first: int, second: int) -> None:
    bench = grown(tmp_path, first)
    for forked_at in sorted({0, first // 2, first - 1}):
        for name, path in forged(first, history(second, forked_at), history(second)).items():
            # Another branch each time, so that each is an offer of its own.
            bench.log.leaves = history(second, forked_at, name)
            if name == "its own":
                path = merkle.consistency_path(first, bench.log.leaves)
            bench.log.lies["/log/consistency"] = lambda asked, path=path: proof(first, second, path)
            place = refuses(bench, "fork")
            assert json.loads((place / "proof.json").read_bytes())["to"] == str(second)
    bench.log.lies.clear()
    bench.log.leaves = history(second)
    assert bench.witness.round().result == "cosigned"  # the true history still goes on


@pytest.mark.parametrize("size", [1, 2, 8, 12])
def test_a_smaller_log_is_a_rollback(tmp_path: Path, size: int) -> None:
    bench = grown(tmp_path, 13)
    for forked_at in dict.fromkeys((None, 0, size - 1)):
        bench.log.leaves = history(size, forked_at)
        refuses(bench, "rollback")


def test_a_log_that_became_empty_is_a_rollback(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    bench.log.leaves = ()
    refuses(bench, "rollback")


@pytest.mark.parametrize("size", [1, 3])
def test_another_hash_function_is_a_fork(tmp_path: Path, size: int) -> None:
    bench = grown(tmp_path, size)
    bench.log.hash = "sm3"  # over one event both have the same root
    refuses(bench, "fork")


def test_an_empty_log_has_only_one_root(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    body = Checkpoint(ORIGIN, 0, bytes(32), "sha256", "").body()
    note = Note(body, (bench.log.signer.sign(body),)).text().encode()
    bench.log.lies["/log/checkpoint"] = lambda path: Answer(200, note)
    refuses(bench, "form")


# ------------------------------------------------------------------ another log, another key, no log at all
def test_another_origin_is_refused_even_with_the_true_key(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    bench.log.origin = "elsewhere.example.cn"
    refuses(bench, "origin")


def test_another_key_is_refused_once_one_is_pinned(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    bench.log.signer = Signer(bench.log.origin, seed("another key"))
    bench.log.leaves = history(4)
    refuses(bench, "key")


def test_a_given_key_is_pinned_and_no_other_is_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    true = bench.log.signer
    bench.log.signer = Signer(bench.log.origin, seed("another key"))
    bench.witness = Witness(tmp_path, bench.signer, bench.log, true.key, now=bench.clock)
    place = refuses(bench, "key")
    assert not (place / "held.txt").exists()
    bench.log.signer = true
    assert bench.witness.round().result == "cosigned" and "/log/keys" not in bench.log.asked
    with pytest.raises(WitnessError, match="pinned"):
        Witness(tmp_path, bench.signer, bench.log, Signer("log.example.cn", seed("third")).key).round()


def test_the_key_of_the_first_contact_is_pinned_and_its_fingerprint_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    assert bench.log.signer.key.fingerprint in bench.witness.round().text
    bench.log.lies["/log/keys"] = lambda path: Answer(200, f"{Key('x', 'ed25519', bytes(32)).vkey}\n".encode())
    bench.log.leaves = history(4)
    assert bench.start().round().result == "cosigned"


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", "jiwei".encode("utf-16")], ids=["empty", "words", "binary"])
def test_without_a_key_to_pin_nothing_is_signed(tmp_path: Path, answer: bytes) -> None:
    bench = Bench(tmp_path, 3)
    bench.log.lies["/log/keys"] = lambda path: Answer(200, answer)
    done = bench.witness.round()
    assert done.result == "unreachable" and "--log-key" in done.text and not bench.signer.made


def garbage(true: bytes) -> dict[str, bytes]:
    body, _, signature = true.partition(b"\n\n")
    lines = body.split(b"\n")
    return {
        "nothing": b"",
        "a page": b"<html><body>502 Bad Gateway</body></html>",
        "zeros": bytes(500),
        "noise": random.Random(7).randbytes(3000),
        "not UTF-8": b"\xff\xfe" + true,
        "half": true[: len(true) // 2],
        "no line feed at the end": true[:-1],
        "no signature": body + b"\n\n",
        "leading zero": b"\n".join([lines[0], b"03", *lines[2:]]) + b"\n\n" + signature,
        "huge size": b"\n".join([lines[0], b"9" * 5000, *lines[2:]]) + b"\n\n" + signature,
        "Windows line ends": true.replace(b"\n", b"\r\n"),
        "escape codes": b"\x1b[2J" + true,
        "many signatures": body + b"\n\n" + signature * 500,
        "too long": true + b"\n" * 2_000_000,
    }


def test_what_is_no_checkpoint_is_refused_and_kept(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    for name, body in garbage(bench.log.note()).items():
        bench.log.lies["/log/checkpoint"] = lambda path, body=body: Answer(200, body)
        place = refuses(bench, "form")
        assert (place / "note.txt").read_bytes() == body[: 64 * 1024], name


@pytest.mark.usefixtures("quick")
def test_every_flipped_bit_of_a_signed_checkpoint_is_noticed(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    bench.log.leaves = history(4)
    note, made = bench.log.note(), len(bench.signer.made)
    for at in range(0, len(note) * 8, 5):
        flipped = bytearray(note)
        flipped[at // 8] ^= 1 << at % 8
        bench.log.lies["/log/checkpoint"] = lambda path, body=bytes(flipped): Answer(200, body)
        assert bench.witness.round().result == "refused", at
    assert len(bench.signer.made) == made


BAD_PROOFS = {
    "not JSON": Answer(200, b"<html>"),
    "cut": Answer(200, b'{"from": "3", "to": "5", "pro'),
    "a list": Answer(200, b"[]"),
    "a number": Answer(200, b"7"),
    "deep": Answer(200, b"[" * 100_000),
    "numbers for sizes": Answer(200, b'{"from": 3, "to": 5, "proof": []}'),
    "other sizes": Answer(200, b'{"from": "3", "to": "6", "proof": []}'),
    "a key too many": Answer(200, b'{"from": "3", "to": "5", "proof": [], "more": ""}'),
    "no proof": Answer(200, b'{"from": "3", "to": "5"}'),
    "null": Answer(200, b'{"from": "3", "to": "5", "proof": null}'),
    "no hex": Answer(200, b'{"from": "3", "to": "5", "proof": ["zz"]}'),
    "upper case": Answer(200, b'{"from": "3", "to": "5", "proof": ["' + b"AB" * 32 + b'"]}'),
    "numbers for nodes": Answer(200, b'{"from": "3", "to": "5", "proof": [7]}'),
    "endless": Answer(200, b'{"from": "3", "to": "5", "proof": [' + b'"00",' * 400_000),
    "too many": proof(3, 5, [bytes(32)] * 129),
    "not found": Answer(404, b"not here"),
    "bad request": Answer(400, b""),
}


@pytest.mark.parametrize("name", BAD_PROOFS)
def test_without_a_usable_proof_nothing_is_signed(tmp_path: Path, name: str) -> None:
    bench = grown(tmp_path, 3)
    bench.log.leaves = history(5)
    bench.log.lies["/log/consistency"] = lambda path: BAD_PROOFS[name]
    place = refuses(bench, "unproven")
    assert (place / "proof.json").read_bytes() == BAD_PROOFS[name].body[: 1024 * 1024]
    bench.log.lies.clear()
    assert bench.witness.round().result == "cosigned"


# ------------------------------------------------------------------ silence is no evidence
def silent(path: str) -> Answer:
    raise Unreachable(path, "no answer", "try again")


@pytest.mark.parametrize("where", ["/log/checkpoint", "/log/consistency"])
@pytest.mark.parametrize("lie", [silent, lambda path: Answer(503, b"")], ids=["silent", "busy"])
def test_silence_is_told_and_kept_against_nobody(tmp_path: Path, where: str, lie: Callable[[str], Answer]) -> None:
    bench = grown(tmp_path, 3)
    bench.log.leaves = history(5)
    bench.log.lies[where] = lie
    memory = bench.memory()
    done = bench.witness.round()
    assert done.result == "unreachable" and "\n" not in done.text
    assert bench.memory() == memory and not bench.evidence()
    bench.log.lies.clear()
    assert bench.witness.round().result == "cosigned"


@pytest.mark.parametrize("status", [404, 400, 503])
def test_a_cosignature_is_offered_until_it_is_taken(tmp_path: Path, status: int) -> None:
    bench = Bench(tmp_path, 3)
    bench.log.lies["/log/cosign"] = lambda path: Answer(status, b"no such\nwitness\x1b[2J")
    for done in (bench.witness.round(), bench.start().round()):
        assert done.waiting and bench.signer.key.vkey in done.text
        assert "no such witness" in done.text and done.text.isprintable()
    bench.log.lies["/log/cosign"] = silent
    bench.clock.seconds += 500
    assert bench.start().round().waiting
    bench.log.lies.clear()
    assert not bench.start().round().waiting
    bench.start().round()
    # Taken once; and however often it was made, it was one and the same.
    assert len(bench.log.taken) == 1 and list(bench.signer.made) == [bench.log.taken[0][1]]


def test_a_log_that_takes_nothing_is_followed_all_the_same(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    bench.log.lies["/log/cosign"] = silent
    bench.witness.round()
    bench.log.leaves = history(9)
    done = bench.witness.round()
    assert done.result == "cosigned" and done.waiting
    bench.log.leaves = history(9, 4)
    refuses(bench, "fork")


# ------------------------------------------------------------------ evidence
def test_the_same_offence_is_kept_once_and_told_every_time(tmp_path: Path) -> None:
    bench = grown(tmp_path, 5)
    bench.log.leaves = history(5, 2)
    place = refuses(bench, "fork")
    before = sorted(bench.folder.rglob("*"))
    for _ in range(3):
        again = bench.start().round()
        assert again.result == "refused" and again.evidence is None and str(place) in again.text
        assert "\n" not in again.text
    assert sorted(bench.folder.rglob("*")) == before


def test_evidence_fills_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "KEPT_PER_KIND", 3)
    bench = grown(tmp_path, 5)
    for branch in range(6):
        bench.log.leaves = history(5, 2, f"branch {branch}")
        assert bench.witness.round().result == "refused"
    assert len(bench.evidence()) == 3
    bench.log.leaves = history(2)
    refuses(bench, "rollback")  # another kind has room of its own


def test_a_full_disk_makes_no_refusal_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = grown(tmp_path, 5)
    bench.log.leaves = history(5, 2)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder.Folder, "keep", full)
    done = bench.witness.round()
    assert done.result == "refused" and "No space left" in done.text


def test_what_a_log_says_reaches_the_screen_without_its_escape_codes(tmp_path: Path) -> None:
    bench = grown(tmp_path, 5)
    bench.log.origin = "evil\x7f\x9b2J\u202e.example"
    done = bench.witness.round()
    assert done.result == "refused" and done.text.isprintable()


# ------------------------------------------------------------------ memory and time
def test_the_time_never_goes_back(tmp_path: Path) -> None:
    bench = grown(tmp_path, 3)
    bench.clock.seconds -= 86400
    bench.log.leaves = history(4)
    bench.start().round()
    bench.clock.seconds += 86460
    bench.log.leaves = history(5)
    bench.start().round()
    assert [seconds for _, seconds in bench.signer.made.values()] == [START, START, START + 60]


@pytest.mark.parametrize("change", ["gone", "empty", "cut", "not JSON", "other signature", "other format"])
def test_without_its_memory_a_witness_signs_nothing(tmp_path: Path, change: str) -> None:
    bench = grown(tmp_path, 3)
    file = tmp_path / "state.json"
    text = file.read_text("utf-8")
    if change == "gone":
        file.unlink()
    else:
        note = bench.log.note().decode()
        file.write_text(
            {
                "empty": "",
                "cut": text[:50],
                "not JSON": "null",
                "other signature": json.dumps(json.loads(text) | {"note": note.replace("\n3\n", "\n2\n")}),
                "other format": text.replace("qingdan-witness/1", "qingdan-witness/2"),
            }[change],
            "utf-8",
        )
    bench.log.leaves, made = history(4), len(bench.signer.made)
    with pytest.raises(WitnessError) as told:
        bench.start().round()
    assert "state.json" in told.value.place and told.value.remedy and len(bench.signer.made) == made


def test_the_memory_is_on_the_disk_before_the_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, 3)
    done: list[str] = []
    for call in ("fsync", "replace"):
        true = getattr(folder.os, call)
        monkeypatch.setattr(folder.os, call, lambda *args, call=call, true=true: (done.append(call), true(*args))[1])
    sign = bench.signer.cosign

    def cosign(body: str, seconds: int) -> str:
        assert json.loads(bench.memory())["note"].startswith(body)
        done.append("sign")
        return sign(body, seconds)

    monkeypatch.setattr(bench.signer, "cosign", cosign)
    bench.witness.round()
    # The file, its name, then the signature.
    assert done[:4] == ["fsync", "replace", "fsync", "sign"]


def test_a_round_holds_the_folder_against_a_second_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    tried: list[str] = []

    def second(path: str, limit: int, form: Mapping[str, str] | None = None) -> Answer:
        with open(tmp_path / "lock", "ab") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tried.append(path)
        return bench.log(path, limit, form)

    Witness(tmp_path, bench.signer, second, now=bench.clock).round()
    assert len(tried) == 3
    with open(tmp_path / "lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
