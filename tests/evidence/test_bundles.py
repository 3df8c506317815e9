"""Bundles: every sentence of "It holds when" of the format, and nothing changed goes through."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sealed_log import CAIZHENG, JIWEI, LOG, ORIGIN, SECONDS, STRANGER, TIME, SealedLog

from qingdan.evidence import commitment, merkle
from qingdan.evidence.bundle import Bundle, BundleError, check
from qingdan.evidence.notes import Checkpoint, Key, Note, NoteError, signature_line
from qingdan.evidence.signers import Signer

steady = settings(derandomize=True, deadline=None, max_examples=150)
COSIGNED = (("纪检", SECONDS), ("caizheng.example", SECONDS))


@cache
def log(hash: str = "sha256") -> SealedLog:
    return SealedLog(40, hash)


@cache
def good() -> str:
    return log().bundle(5, 40, withheld=("what",)).text()


@pytest.mark.parametrize("hash", ["sha256", "sm3"])
@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 40), (39, 40), (5, 7), (6, 7)])
@pytest.mark.parametrize("withheld", [(), ("who",), ("what",), ("who", "what")], ids="+".join)
def test_an_honest_bundle_holds(hash: str, index: int, size: int, withheld: tuple[str, ...]) -> None:
    bundle = log(hash).bundle(index, size, withheld)
    assert Bundle.parse(bundle.text()) == bundle
    result = check(bundle.text().encode())
    assert result.ok and result.code == ""
    assert (result.index, result.size, result.time, result.cosigned_by) == (index, size, TIME, COSIGNED)
    assert result.face["object_id"] == str(index)
    assert (result.who is None, result.what is None) == ("who" in withheld, "what" in withheld)
    assert not result.pinned and result.key_fingerprint == LOG.key.fingerprint


def test_a_bundle_with_the_known_key_is_pinned() -> None:
    result = check(good(), LOG.key.vkey + "\n")
    assert result.ok and result.pinned


def test_a_bundle_by_another_log_of_the_same_name_is_refused_when_the_key_is_known() -> None:
    impostor = Signer(ORIGIN, bytes(range(1, 33)))
    body = log().body(40)
    note = Note(body, (impostor.sign(body),)).text()
    forged = replace(Bundle.parse(good()), checkpoint=note, log_key=impostor.key.vkey)
    assert check(forged).ok and check(forged).key_fingerprint != LOG.key.fingerprint
    assert check(forged, LOG.key.vkey).code == "pinned"


def test_a_given_key_that_cannot_be_read_is_not_the_bundles_fault() -> None:
    with pytest.raises(NoteError):
        check(good(), "no key")


def test_a_missing_witness_is_told_and_a_stranger_passed_over() -> None:
    result = check(log().bundle(5, 40, note=log().note(40, JIWEI, STRANGER)))
    assert result.ok and result.cosigned_by == (("纪检", SECONDS),)
    assert check(log().bundle(5, 40, note=log().note(40))).cosigned_by == ()


def test_a_witness_that_is_listed_or_signs_twice_counts_once() -> None:
    doubled = replace(log().bundle(5, 40, note=log().note(40, JIWEI, JIWEI)), witness_keys=(JIWEI.key.vkey,) * 3)
    assert check(doubled).cosigned_by == (("纪检", SECONDS),)


def test_a_bundle_of_an_sm3_log_may_carry_lines_that_this_reader_does_not_know() -> None:
    line = signature_line(Key(ORIGIN, "sm2", bytes(65)), b"DER")
    assert check(log("sm3").bundle(5, 40, note=log("sm3").note(40, JIWEI, CAIZHENG) + line + "\n")).ok


Change = Callable[[dict[str, Any]], object]


def renote(**changes: Any) -> Change:
    """Put in a checkpoint that says something else and is properly signed by the log."""

    def change(form: dict[str, Any]) -> None:
        said = Checkpoint.parse(Note.parse(form["checkpoint"]).body)
        body = replace(said, **changes).body()
        form["checkpoint"] = Note(body, (LOG.sign(body),)).text()

    return change


def rename(form: dict[str, Any]) -> None:
    """Another origin in the bundle, which the log's key and checkpoint do not bear."""
    form["origin"] = "other.example"


def relog(form: dict[str, Any]) -> None:
    """A key of another name that signs this log's checkpoint."""
    other = Signer("other.example", bytes(32))
    body = Note.parse(form["checkpoint"]).body
    form["checkpoint"], form["keys"]["log"] = Note(body, (other.sign(body),)).text(), other.key.vkey


def retext(part: str, text: str) -> Change:
    """Another text in a part, with leaf, tree and checkpoint made to fit: only the form can be wrong."""

    def change(form: dict[str, Any]) -> None:
        form["parts"][part] = {"salt": "00" * 16, "text": text}
        commitments = [
            each.get("commitment") or commitment.commit(each["salt"], each["text"]) for each in form["parts"].values()
        ]
        hashes = [merkle.leaf_hash(commitment.leaf(*commitments))]
        form["index"], form["proof"] = "0", []
        renote(size=1, root=merkle.root(hashes))(form)

    return change


def put(value: Any, *path: str) -> Change:
    def change(form: dict[str, Any]) -> None:
        for step in path[:-1]:
            form = form[step]
        form[path[-1]] = value

    return change


def edit(old: str, new: str) -> Change:
    """Replace within the checkpoint."""

    def change(form: dict[str, Any]) -> None:
        assert old in form["checkpoint"]
        form["checkpoint"] = form["checkpoint"].replace(old, new, 1)

    return change


def bad_cosignature(form: dict[str, Any]) -> None:
    note = Note.parse(form["checkpoint"])
    bad = JIWEI.cosign(note.body.replace("2017", "2018"), SECONDS)
    form["checkpoint"] = Note(note.body, (note.lines[0], bad)).text()


WHO = '{"actor":"5","actor_label":"王芳","post_label":"经办岗"}'
REFUSED: dict[str, tuple[str, Change]] = {
    "another format": ("form", put("qingdan-bundle/2", "format")),
    "a key more": ("form", put("", "extra")),
    "a key less": ("form", lambda form: form.pop("proof")),
    "a number as index": ("form", put(5, "index")),
    "a leading zero": ("form", put("05", "index")),
    "a sign": ("form", put("+5", "index")),
    "a full-width digit": ("form", put("５", "index")),
    "sixteen digits": ("form", put("1" * 16, "index")),
    "an unknown hash": ("form", put("md5", "hash")),
    "a hash of another type": ("form", put(["sha256"], "hash")),
    "no origin": ("form", put(None, "origin")),
    "no list as proof": ("form", put("00", "proof")),
    "a node in capitals": ("form", lambda form: put([form["proof"][0].upper(), *form["proof"][1:]], "proof")(form)),
    "a short node": ("form", lambda form: put([form["proof"][0][:-2], *form["proof"][1:]], "proof")(form)),
    "a part less": ("form", lambda form: form["parts"].pop("who")),
    "a part more": ("form", put({"commitment": "0" * 64}, "parts", "why")),
    "the face withheld": ("form", put({"commitment": "0" * 64}, "parts", "face")),
    "a part both ways": ("form", put("0" * 64, "parts", "who", "commitment")),
    "a short salt": ("form", put("00", "parts", "who", "salt")),
    "a commitment in capitals": ("form", put("A" * 64, "parts", "what", "commitment")),
    "witnesses missing": ("form", lambda form: form["keys"].pop("witnesses")),
    "a witness that is no text": ("form", put([1], "keys", "witnesses")),
    "a part with a key more": ("form", retext("who", WHO[:-1] + ',"z":""}')),
    "a part with a key less": ("form", retext("who", '{"actor":"5","actor_label":"王芳"}')),
    "a part with a number": ("form", retext("who", WHO.replace('"5"', "5"))),
    "a part with a space": ("form", retext("who", WHO.replace(":", ": ", 1))),
    "a part with an escape": ("form", retext("who", WHO.replace("王", "\\u738b"))),
    "a part out of order": ("form", retext("who", '{"actor_label":"王芳","actor":"5","post_label":""}')),
    "a part with a key twice": ("form", retext("who", WHO.replace("{", '{"actor":"6",'))),
    "a part that is a list": ("form", retext("who", "[]")),
    "a part that is no JSON": ("form", retext("who", "{")),
    "a log key that is none": ("key", put("key", "keys", "log")),
    "a witness as log": ("key", put(JIWEI.key.vkey, "keys", "log")),
    "a log as witness": ("key", put([LOG.key.vkey], "keys", "witnesses")),
    "a witness miscopied": ("key", put([JIWEI.key.vkey[:-1]], "keys", "witnesses")),
    "a note that is none": ("note", put("note", "checkpoint")),
    "a note without time": ("note", renote(time="")),
    "a note with a size miswritten": ("note", edit("\n40\n", "\n040\n")),
    "a note not signed by the log": ("unsigned", edit(f"— {ORIGIN} ", "— other ")),
    "another size": ("signature", edit("\n40\n", "\n41\n")),
    "another time": ("signature", edit("2017", "2018")),
    "a bad cosignature": ("cosignature", bad_cosignature),
    "another origin": ("origin", rename),
    "another name of the key": ("origin", relog),
    "a checkpoint of another log": ("origin", renote(origin="other.example")),
    "the other hash": ("hash", put("sm3", "hash")),
    "a checkpoint of the other hash": ("hash", renote(hash="sm3")),
    "an index out of the log": ("index", put("40", "index")),
    "another index": ("proof", put("6", "index")),
    "another root": ("proof", renote(root=bytes(32))),
    "an older checkpoint": ("proof", lambda form: renote(size=39, root=merkle.root(log().hashes[:39]))(form)),
    "another salt": ("proof", put("00" * 16, "parts", "face", "salt")),
    "another commitment": ("proof", put("00" * 32, "parts", "what", "commitment")),
    "another person": ("proof", put(WHO.replace("王芳", "李娜"), "parts", "who", "text")),
    "a node less": ("proof", lambda form: form["proof"].pop()),
    "a node more": ("proof", lambda form: form["proof"].append("00" * 32)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_changed_bundle_is_refused_with_its_reason(name: str) -> None:
    code, change = REFUSED[name]
    form = json.loads(good())
    change(form)
    result = check(json.dumps(form))
    assert (result.ok, result.code) == (False, code)
    assert result.chinese and result.english


def test_a_part_of_the_right_form_passes_the_same_way() -> None:
    form = json.loads(good())
    retext("who", WHO)(form)
    assert check(json.dumps(form)).ok


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode() + b"\xff",
        lambda text: "\ufeff" + text,
        lambda text: text[:-3],
        lambda text: text + "{}",
        lambda text: text.replace('"index"', '"index": "5", "index"'),
        lambda text: text.replace("王芳", "\\ud800"),
        lambda text: "[" * 100_000,
        lambda text: "",
    ],
    ids=["mark", "utf-16", "bytes", "mark in text", "cut", "more", "twice", "surrogate", "deep", "nothing"],
)
def test_what_is_no_json_is_refused(spoil: Callable[[str], str | bytes]) -> None:
    assert check(spoil(good())).code == "json"


def test_reading_a_bundle_of_another_form_names_the_place() -> None:
    with pytest.raises(BundleError, match="who") as refused:
        Bundle.parse(good().replace('"text": "{\\"actor', '"words": "{\\"actor'))
    assert refused.value.code == "form"


@steady
@given(st.data())
def test_a_bundle_with_one_character_changed_is_refused_or_says_the_same(data: st.DataObject) -> None:
    text, honest = good(), check(good())
    at = data.draw(st.integers(0, len(text) - 1))
    left = data.draw(st.sampled_from([at, at + 1]))
    changed = text[:at] + data.draw(st.one_of(st.just(""), st.characters())) + text[left:]
    assume(changed != text)
    result = check(changed)
    # White space between the values says nothing; a witness whose line is renamed is one that did not sign.
    if result.ok:
        assert set(result.cosigned_by) < set(honest.cosigned_by) or Bundle.parse(changed) == Bundle.parse(text)
        assert replace(result, cosigned_by=honest.cosigned_by) == honest


@steady
@given(
    hash=st.sampled_from(["sha256", "sm3"]),
    index=st.integers(0, 39),
    more=st.integers(0, 39),
    withheld=st.lists(st.sampled_from(["who", "what"]), unique=True),
)
def test_every_bundle_is_read_back_as_written_and_holds(hash: str, index: int, more: int, withheld: list[str]) -> None:
    bundle = log(hash).bundle(index, max(index + 1, more), tuple(withheld))
    assert Bundle.parse(bundle.text()) == bundle
    assert check(bundle, LOG.key.vkey).ok
