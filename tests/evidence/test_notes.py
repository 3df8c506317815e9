"""Keys, checkpoints and signed notes: one form each, read back as written, refused when changed."""

import hashlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sealed_log import CAIZHENG, JIWEI, LOG, ORIGIN, SECONDS, STRANGER, TIME, SealedLog

from qingdan.evidence import notes
from qingdan.evidence.notes import Checkpoint, Key, Line, Note, NoteError, Verified, verify_line

EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
BODY = f"{ORIGIN}\n0\n{EMPTY_ROOT}\ntime {TIME}\n"

names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=" +"), min_size=1, max_size=20)
keys = st.one_of(
    st.builds(Key, names, st.sampled_from(["ed25519", "cosignature"]), st.binary(min_size=32, max_size=32)),
    st.builds(Key, names, st.just("sm2"), st.binary(min_size=65, max_size=65)),
)
checkpoints = st.builds(
    Checkpoint,
    names,
    st.integers(0, 10**15 - 1),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(["sha256", "sm3"]),
    st.one_of(st.just(""), st.datetimes().map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20))),
)
lines = st.builds(notes.signature_line, keys, st.binary(min_size=1, max_size=80))
steady = settings(derandomize=True, deadline=None, max_examples=100)


@steady
@given(keys)
def test_a_key_is_read_back_as_written(key: Key) -> None:
    assert Key.parse(key.vkey) == key


@steady
@given(checkpoints)
def test_a_checkpoint_is_read_back_as_written(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.body()) == checkpoint


@steady
@given(checkpoints, st.lists(lines, min_size=1, max_size=5))
def test_a_note_is_read_back_as_written(checkpoint: Checkpoint, signed: list[str]) -> None:
    note = Note(checkpoint.body(), tuple(signed))
    assert Note.parse(note.text()) == Note.parse(note.text().encode()) == note
    assert [Line.parse(each).name for each in signed] == [each.split(" ")[1] for each in signed]


@steady
@given(st.data())
def test_a_note_with_one_character_changed_no_longer_holds(data: st.DataObject) -> None:
    text = SealedLog(3).note(3)
    at = data.draw(st.integers(0, len(text)))
    left = data.draw(st.sampled_from([at, at + 1]))
    put = data.draw(st.sampled_from(["", "\n", " ", "0", "A", "+", "=", "—", "\r", "\ufeff", "\x00", "é"]))
    changed = text[:at] + put + text[left:]
    assume(changed != text)
    try:
        note = Note.parse(changed)
        Checkpoint.parse(note.body)
    except NoteError:
        return
    assert verify_line(note, LOG.key) is None


def test_a_checkpoint_is_lines_for_origin_size_root_and_time() -> None:
    checkpoint = Checkpoint(ORIGIN, 0, hashlib.sha256().digest(), "sha256", TIME)
    assert checkpoint.body() == BODY
    assert Checkpoint.parse(BODY) == checkpoint


def test_an_sm3_log_says_so_in_its_checkpoint() -> None:
    body = Checkpoint(ORIGIN, 7, bytes(32), "sm3", TIME).body()
    assert body.split("\n")[3:] == ["hash sm3", f"time {TIME}", ""]
    assert Checkpoint.parse(body).hash == "sm3"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ORIGIN, ""),
        (ORIGIN, "a b"),
        (ORIGIN, "a+b"),
        ("\n0\n", "\n00\n"),
        ("\n0\n", "\n-1\n"),
        ("\n0\n", "\n+1\n"),
        ("\n0\n", "\n１\n"),
        ("\n0\n", "\n1_0\n"),
        ("\n0\n", "\n1000000000000000\n"),
        (EMPTY_ROOT, EMPTY_ROOT[:-1]),
        (EMPTY_ROOT, EMPTY_ROOT[:-2] + "V="),
        (EMPTY_ROOT, EMPTY_ROOT.replace("+", "-").replace("/", "_")),
        (EMPTY_ROOT, "AAAA"),
        ("time ", "hash sha256\ntime "),
        ("time ", "hash sm3\nhash sm3\ntime "),
        ("time ", "other x\ntime "),
        (f"time {TIME}\n", f"time {TIME}\nhash sm3\n"),
        ("time ", "Time "),
        ("Z\n", "+00:00\n"),
        ("Z\n", "Z"),
        ("Z\n", "Z\n\n"),
        ("2017", "２０１７"),
    ],
)
def test_a_checkpoint_of_another_form_is_refused(old: str, new: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(BODY.replace(old, new, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        BODY,
        BODY + "\n",
        BODY + "\n\n",
        BODY + "\n" + LOG.sign(BODY),
        BODY + "\n" + LOG.sign(BODY).replace("—", "-") + "\n",
        BODY + "\n" + LOG.sign(BODY) + " \n",
        BODY + "\n" + LOG.sign(BODY).replace(" ", "  ") + "\n",
        BODY + "\n" + f"— {ORIGIN} AAAAAA==\n",
        BODY + "\n" + f"— {ORIGIN} \n",
        BODY + "\n" + LOG.sign(BODY) + "\r\n",
        BODY + "\n" + LOG.sign(BODY) + "\n\ntrailing\n",
        BODY.replace("\n", "\r\n") + "\r\n" + LOG.sign(BODY) + "\r\n",
        BODY + "\n" + (LOG.sign(BODY) + "\n") * 101,
        BODY + "\n" + (f"— {'n' * 900} {'A' * 100}\n") * 70,
        b"\xff" + BODY.encode(),
        "\ud800" + BODY,
    ],
    ids=[
        "nothing", "line feed", "two line feeds", "no signatures", "empty signatures", "only gaps", "open end",
        "hyphen", "space at end", "two spaces", "short", "no signature", "carriage return", "text behind", "windows",
        "too many lines", "too long", "no UTF-8", "half a character",
    ],
)  # fmt: skip
def test_a_note_of_another_form_is_refused(text: str | bytes) -> None:
    with pytest.raises(NoteError):
        Note.parse(text)


def test_a_refusal_speaks_chinese_and_english() -> None:
    with pytest.raises(NoteError) as refused:
        Note.parse("nothing")
    assert refused.value.chinese in str(refused.value) and refused.value.english in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda vkey: vkey.replace("qingdan", "qingdau"),
        lambda vkey: vkey.replace("+", " "),
        lambda vkey: vkey[:-1],
        lambda vkey: vkey + "\n",
        lambda vkey: vkey.upper(),
        lambda vkey: vkey.split("+", 1)[0],
        lambda vkey: "",
        lambda vkey: "+" + vkey.split("+", 1)[1],
    ],
    ids=["name", "no plus", "cut", "line feed", "capitals", "only name", "nothing", "no name"],
)
def test_a_key_of_another_form_is_refused(change: object) -> None:
    with pytest.raises(NoteError):
        Key.parse(change(LOG.key.vkey))  # type: ignore[operator]


def test_a_key_of_an_unknown_type_is_refused() -> None:
    typed = b"\x02" + LOG.key.public
    name = "example"
    identity = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    with pytest.raises(NoteError, match="kind"):
        Key.parse(f"{name}+{identity}+{notes._encoded(typed)}")


def test_the_key_id_and_fingerprint_are_those_of_the_format() -> None:
    key = JIWEI.key
    assert key.key_id == hashlib.sha256("纪检\n".encode() + b"\x04" + key.public).digest()[:4]
    assert key.fingerprint.replace(" ", "") == hashlib.sha256(key.public).hexdigest()
    assert {len(group) for group in key.fingerprint.split(" ")} == {4}


def test_a_known_signature_of_the_reference_implementation_holds() -> None:
    # The example of golang.org/x/mod/sumdb/note.
    key = Key.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = Note.parse(
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert verify_line(note, key) == Verified(None)


def test_each_key_finds_its_own_line() -> None:
    note = Note.parse(SealedLog(3).note(3, JIWEI))
    assert verify_line(note, LOG.key) == Verified(None)
    assert verify_line(note, JIWEI.key) == Verified(SECONDS)
    assert verify_line(note, CAIZHENG.key) is None
    assert verify_line(note, STRANGER.key) is None


def test_of_several_cosignatures_the_newest_counts_and_all_must_hold() -> None:
    older, newer = JIWEI.cosign(BODY, 5), JIWEI.cosign(BODY, 9)
    assert verify_line(Note(BODY, (newer, older)), JIWEI.key) == Verified(9)
    bad = JIWEI.cosign(BODY.replace("2017", "2018"), 7)
    assert verify_line(Note(BODY, (newer, bad)), JIWEI.key) is None


def test_a_cosignature_is_bound_to_its_time() -> None:
    line = Line.parse(JIWEI.cosign(BODY, SECONDS))
    moved = notes.signature_line(JIWEI.key, (SECONDS + 1).to_bytes(8, "big") + line.payload[8:])
    assert verify_line(Note(BODY, (moved,)), JIWEI.key) is None
    cut = notes.signature_line(JIWEI.key, line.payload[8:])
    assert verify_line(Note(BODY, (cut,)), JIWEI.key) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("size", -1), ("size", 10**15), ("root", bytes(31)), ("hash", "md5"), ("origin", "a b"), ("time", "now")],
)
def test_a_checkpoint_that_cannot_be_is_not_made(field: str, value: object) -> None:
    good = {"origin": ORIGIN, "size": 1, "root": bytes(32), "hash": "sha256", "time": TIME}
    with pytest.raises(NoteError):
        Checkpoint(**{**good, field: value})  # type: ignore[arg-type]
