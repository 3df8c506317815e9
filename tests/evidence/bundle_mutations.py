"""Bundles that were changed or forged: each way in MUTATIONS makes one that must be refused, from a seeded source.

Random damage is done to bare bundles, in which nothing is without meaning: the log's signature is the only line, and no
witness is listed. There every change counts unless the JSON value stays the same.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

from bundle_cases import (
    BASE,
    LOG,
    ORDER_8,
    ORIGIN,
    SECRET,
    SM2_KEY,
    STRANGER,
    WITNESSES,
    Case,
    HandMade,
    as_json,
    encoded,
    log_secret,
    multiple,
    sealed,
)

from qingdan.evidence import commitment, verifier
from qingdan.evidence.notes import Key, signature_line
from qingdan.evidence.signers import Signer

THIEF = Signer(ORIGIN, bytes(range(1, 33)))
MUTATIONS: dict[str, Callable[[Random], Case]] = {}


def mutation(make: Callable[[Random], Case]) -> Callable[[Random], Case]:
    MUTATIONS[make.__name__] = make
    return make


def on_bytes(change: Callable[[Random, bytearray], None]) -> None:
    """Random damage to the file; done again while the JSON value is still the same."""

    def make(rng: Random) -> Case:
        value = sealed(rng).value(rng)
        data = as_json(value)
        while True:
            damaged = bytearray(data)
            change(rng, damaged)
            if not same_value(bytes(damaged), value):
                return bytes(damaged), None

    MUTATIONS[change.__name__] = make


def same_value(data: bytes, value: Any) -> bool:
    try:
        return bool(verifier.loaded(data, "json") == value)
    except ValueError:
        return False


def on_value(change: Callable[[Random, Any], None]) -> None:
    """A change of one bare bundle's JSON value."""

    def make(rng: Random) -> Case:
        value = sealed(rng).value(rng)
        before = as_json(value)
        change(rng, value)
        assert as_json(value) != before, change.__name__
        return as_json(value), None

    MUTATIONS[change.__name__] = make


@on_bytes
def a_bit_flipped(rng: Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


@on_bytes
def a_byte_dropped(rng: Random, data: bytearray) -> None:
    del data[rng.randrange(len(data))]


@on_bytes
def a_byte_put_in(rng: Random, data: bytearray) -> None:
    data.insert(rng.randrange(len(data) + 1), rng.randrange(256))


@on_bytes
def a_byte_replaced(rng: Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] = rng.choice(b'0123456789abcdefABCDEF"{}[],:\\ +/=')


@on_bytes
def two_bytes_swapped(rng: Random, data: bytearray) -> None:
    one, two = rng.randrange(len(data)), rng.randrange(len(data))
    data[one], data[two] = data[two], data[one]


@on_bytes
def cut_short(rng: Random, data: bytearray) -> None:
    del data[rng.randrange(len(data)) :]


@on_bytes
def not_utf_8(rng: Random, data: bytearray) -> None:
    place = rng.randrange(len(data))
    data[place:place] = rng.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])


@on_bytes
def other_encoding(rng: Random, data: bytearray) -> None:
    data[:] = rng.choice([b"\xef\xbb\xbf" + data, data.decode().encode("utf-16"), data.decode().encode("utf-32-le")])


@on_bytes
def a_key_twice(rng: Random, data: bytearray) -> None:
    text = data.decode()
    again = rng.choice(['"index": "0", ', '"origin": "x", ', '"\\u0069ndex": "1", '])
    data[:] = text.replace('"index"', again + again + '"index"', 1).encode()


@on_bytes
def something_behind(rng: Random, data: bytearray) -> None:
    data += rng.choice([b"{}", b"x", b",", b"\0", b"]", b"}", b"\xc2\xa0", b"\x0c", b"//"])


@on_bytes
def not_a_bundle(rng: Random, data: bytearray) -> None:
    others = [b"", b"[]", b"{}", b"null", b'"x"', b"[" * 100_000, b'{"a":' * 5000, b"NaN", b"1e999", b"9" * 5000]
    data[:] = rng.choice(others)


def objects(value: Any) -> list[dict[str, Any]]:
    return [value, value["parts"], value["keys"], *value["parts"].values()]


@on_value
def a_key_too_many(rng: Random, value: Any) -> None:
    rng.choice(objects(value))[rng.choice(["note", "", "__proto__", "constructor", "commitment", "index "])] = "x"


@on_value
def a_key_missing(rng: Random, value: Any) -> None:
    place = rng.choice(objects(value))
    del place[rng.choice(sorted(place))]


@on_value
def a_value_of_another_kind(rng: Random, value: Any) -> None:
    place = rng.choice(objects(value))
    name = rng.choice(sorted(place))
    place[name] = rng.choice([None, True, 1, 0.5, [place[name]], {"": place[name]}, int(value["index"]), [], {}])


@on_value
def an_index_written_otherwise(rng: Random, value: Any) -> None:
    index = value["index"]
    forms = ["0" + index, "+" + index, " " + index, index + "\n", "-" + index, index + ".0", "", "1e0", "0x1", "1_0"]
    value["index"] = rng.choice([*forms, chr(0xFF10 + int(index) % 10), "٣", "1" + "0" * 15, "9" * 5000])


@on_value
def another_index(rng: Random, value: Any) -> None:
    size = int(value["checkpoint"].split("\n")[1])
    here = int(value["index"])
    value["index"] = str(rng.choice([each for each in (here - 1, here + 1, here ^ 1, size, 2**32 + here) if each >= 0]))


@on_value
def another_hash(rng: Random, value: Any) -> None:
    other = {"sha256": "sm3", "sm3": "sha256"}[value["hash"]]
    value["hash"] = rng.choice([other, "SHA256", "sha-256", "md5", "", "sha256\n", "constructor"])


@on_value
def another_format(rng: Random, value: Any) -> None:
    value["format"] = rng.choice(
        ["qingdan-bundle/2", "qingdan-bundle/1 ", "", "QINGDAN-BUNDLE/1", "qingdan-bundle/1\n"]
    )


@on_value
def another_origin(rng: Random, value: Any) -> None:
    value["origin"] = rng.choice(["", value["origin"] + "/2", value["origin"].upper(), value["origin"] + " ", "日志"])


@on_value
def a_changed_text(rng: Random, value: Any) -> None:
    part = rng.choice([part for part in value["parts"].values() if "text" in part])
    said = json.loads(part["text"])
    key = rng.choice(sorted(said))
    said[key] = rng.choice([said[key] + "0", said[key][:-1], "改", said[key] + "\u200b"])
    part["text"] = commitment.canonical(said)


@on_value
def a_changed_salt(rng: Random, value: Any) -> None:
    part = rng.choice([part for part in value["parts"].values() if "salt" in part])
    part["salt"] = rng.choice([rng.randbytes(16).hex(), part["salt"][:-2], part["salt"] + "00", "G" * 32, "", "é" * 32])


@on_value
def hex_in_capitals(rng: Random, value: Any) -> None:
    if rng.random() < 0.5:
        value["parts"]["face"]["salt"] = value["parts"]["face"]["salt"].upper().replace("0", "A")
    else:
        value["proof"][0] = value["proof"][0].upper() if not value["proof"][0].isdigit() else "A" * 64


@on_value
def parts_swapped(rng: Random, value: Any) -> None:
    one, two = rng.sample(sorted(value["parts"]), 2)
    value["parts"][one], value["parts"][two] = value["parts"][two], value["parts"][one]


@on_value
def a_part_of_another_event(rng: Random, value: Any) -> None:
    name = rng.choice(sorted(value["parts"]))
    value["parts"][name] = sealed(rng).value(rng)["parts"][name]


@on_value
def a_part_withheld_wrongly(rng: Random, value: Any) -> None:
    face = value["parts"]["face"]
    right = commitment.commit(face["salt"], face["text"], value["hash"])
    name = rng.choice(["face", "who", "what"])
    value["parts"][name] = {"commitment": right if name == "face" else rng.randbytes(32).hex()}


@on_value
def a_changed_proof(rng: Random, value: Any) -> None:
    proof = value["proof"]
    place = rng.randrange(len(proof))
    node = proof[place]
    changes = [
        proof[:-1], proof[1:], [*proof, node], [*proof, rng.randbytes(32).hex()], [], proof * 2,
        [*proof[:place], rng.randbytes(32).hex(), *proof[place + 1 :]], [*proof[:place], node[2:], *proof[place + 1 :]],
        [*proof[:place], node + " ", *proof[place + 1 :]], [*proof, ""], [node[:-1] + "g", *proof[1:]],
    ]  # fmt: skip
    value["proof"] = rng.choice([each for each in changes if each != proof])


@on_value
def a_changed_checkpoint(rng: Random, value: Any) -> None:
    note = value["checkpoint"]
    origin, size, root, *_ = note.split("\n")
    body, _, lines = note.partition("\n\n")
    changes = [
        note.replace(size, str(int(size) + 1), 1), note.replace(f"\n{size}\n", f"\n0{size}\n", 1),
        note[:-1], note + "\n",
        note.replace(root, base64.b64encode(rng.randbytes(32)).decode()), note.replace("2017-08", "2017-09"),
        note.replace("\n", "\r\n"), note.replace("\n\n", "\n"), body + "\n", body + "\n\n", "", "\n\n",
        note + lines[:20],
        note.replace("\u2014", "-"), note.replace("\u2014 ", "\u2014  "), note.replace(origin, origin + "2", 1),
        note.replace("\n\n", "\nextra line\n\n"), note.replace("time ", "Time "), "\n" + note, note + "\u2014 x\n",
        note.replace("Z\n", "Z\t\n"), note.replace("\n\n", "\n\n\n"), body + "\n\n" + "\u2014 x AAAAAAA=\n",
        note + "\u2014 x AAAAAAA=\n" * 100, note + "\u2014 x " + "A" * 65536 + "\n", note + "\u2014 x AAAA\n",
        note + "\u2014 a+b AAAAAAA=\n", note + "\u2014 x AAAAAAB=\n", note + "\u2014 x AAAAAAA\n",
    ]  # fmt: skip
    value["checkpoint"] = rng.choice([each for each in changes if each != note])


@on_value
def a_changed_signature(rng: Random, value: Any) -> None:
    body, _, line = value["checkpoint"][:-1].partition("\n\n")
    dash, name, coded = line.split(" ")
    data = base64.b64decode(coded)
    s = int.from_bytes(data[36:], "little")
    place = rng.randrange(len(data))
    changes = [
        data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :], data[:-1], data + b"\0",
        data[:36] + (s + verifier.L).to_bytes(32, "little"), data[:4] + bytes(64), data[:4], data[:36] + bytes(32),
    ]  # fmt: skip
    forms = [base64.b64encode(each).decode() for each in changes]
    forms += [
        coded.rstrip("="),
        coded + "=",
        coded[:10] + "\n" + coded[10:],
        coded.replace(coded[5], "-"),
        coded[:-2] + "A=",
    ]
    value["checkpoint"] = f"{body}\n\n{dash} {name} {rng.choice([each for each in forms if each != coded])}\n"


@on_value
def a_changed_key(rng: Random, value: Any) -> None:
    vkey = value["keys"]["log"]
    name, key_id, coded = vkey.split("+", 2)
    forms = [
        THIEF.key.vkey, f"{name}+{key_id}+{coded[:-4]}AAA=", f"{name}+00000000+{coded}", f"{name}2+{key_id}+{coded}",
        f"{name}+{key_id.upper()}+{coded}" if key_id.upper() != key_id else "", vkey + " ", f"{name}+{coded}", "",
        Key(name, "cosignature", LOG.key.public).vkey, SM2_KEY.vkey, vkey + "=", vkey.rstrip("="),
        f"{name}+{key_id}+{base64.urlsafe_b64encode(base64.b64decode(coded)).decode()}".replace("+" + coded, "+"),
    ]  # fmt: skip
    value["keys"]["log"] = rng.choice([each for each in forms if each != vkey])


@on_value
def a_listed_witness_that_is_none(rng: Random, value: Any) -> None:
    vkey = WITNESSES[0].key.vkey
    forms = ["", "x", LOG.key.vkey, vkey[:-2] + "==", vkey.replace("+", " ", 1), vkey + "\n", SM2_KEY.vkey]
    value["keys"]["witnesses"] = [rng.choice(forms)]


@mutation
def half_a_character(rng: Random) -> Case:
    """Half of a surrogate pair, escaped or as bytes that are no UTF-8."""
    value = sealed(rng).value(rng)
    half = rng.choice(["\ud800", "\udfff", "\udc00\ud800"])
    place, key = rng.choice([(value["parts"]["face"], "text"), (value, "origin"), (value, "checkpoint")])
    place[key] = half + place[key]
    if rng.random() < 0.5:
        return json.dumps(value).encode(), None
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), None


# ---------------------------------------------------------------- logged and signed, and still not of the form
@mutation
def a_text_not_canonical_in_the_log(rng: Random) -> Case:
    made = sealed(rng)
    name = rng.choice(commitment.PARTS)
    made.withheld = ()
    text = made.texts[name]
    said = json.loads(text)
    first = min(said)
    forms = [
        json.dumps(said, ensure_ascii=False, sort_keys=True),
        json.dumps(dict(sorted(said.items())[::-1]), separators=(",", ":")),
        text + " ", text.replace('"', '"\\u0041', 1), commitment.canonical({**said, "more": ""}), "[]", '"x"', "", "{}",
        commitment.canonical({key: said[key] for key in said if key != first}), text[:-1] + f',"{first}":""}}', "null",
        json.dumps({**said, first: 1}, ensure_ascii=False, sort_keys=True, separators=(",", ":")), "\ufeff" + text,
        text.replace("/", "\\/") if "/" in text else text + "\n",
    ]  # fmt: skip
    made.texts[name] = rng.choice(forms)
    return as_json(made.value(rng)), None


@mutation
def a_checkpoint_not_of_the_form_but_signed(rng: Random) -> Case:
    made = sealed(rng)
    other_line = {"sha256": "hash sm3\n", "sm3": ""}[made.hash]
    own_line = {"sha256": "", "sm3": "hash sm3\n"}[made.hash]
    time = made.time
    edit = rng.choice([
        lambda body: body.replace(own_line + time, other_line + time), lambda body: body + "more\n",
        lambda body: body.replace(own_line + time, "hash sha256\n" + time), lambda body: body.replace(time, ""),
        lambda body: body.replace(own_line + time, time + "hash sm3\n"), lambda body: body.replace("T01", " 01"),
        lambda body: body.replace("\n" + str(made.size), "\n0" + str(made.size), 1),
        lambda body: body.replace("2017", "２０１７"),
        lambda body: body.replace(str(made.size) + "\n", str(made.size) + " \n", 1),
        lambda body: body.replace("Z", "+08:00"),
        lambda body: body.replace(ORIGIN, ORIGIN + "2", 1), lambda body: body.replace("=\n", "==\n", 1),
        lambda body: "\n" + body, lambda body: body.replace("\n", "\n\n", 1),
        lambda body: body.replace("=\n", "=\u2028\n", 1),
    ])  # fmt: skip
    return as_json(made.value(rng, edit)), None


@mutation
def an_older_checkpoint(rng: Random) -> Case:
    """Signed, and of the same log, from before the event."""
    made = sealed(rng)
    made.index = made.size - 1
    return as_json(made.value(rng, lambda body: body.replace(f"\n{made.size}\n", f"\n{made.index}\n", 1))), None


@mutation
def a_bad_cosignature(rng: Random) -> Case:
    made = sealed(rng, bare=False)
    made.listed, made.cosigners = WITNESSES[:], []
    witness = rng.choice(WITNESSES)
    at = made.seconds

    def cosign(body: str) -> str:
        right = base64.b64decode(witness.cosign(body, at).split(" ")[2])[4:]
        place = rng.randrange(len(right))
        payload = rng.choice([
            right[:place] + bytes([right[place] ^ 1 << rng.randrange(8)]) + right[place + 1 :],
            right[:-1], right + b"\0",
            ((at + 1) % 2**64).to_bytes(8, "big") + right[8:], right[8:], b"\0",
            base64.b64decode(witness.cosign(body + "x\n", at).split(" ")[2])[4:],
            base64.b64decode(STRANGER.cosign(body, at).split(" ")[2])[4:],
            right[:40] + (int.from_bytes(right[40:], "little") + verifier.L).to_bytes(32, "little"),
        ])  # fmt: skip
        good_line = witness.cosign(body, at)
        lines = [LOG.sign(body), signature_line(witness.key, payload), *([good_line] if rng.random() < 0.3 else [])]
        return "\n".join(lines)

    return as_json(made.value(rng, sign=cosign)), None


@mutation
def two_lines_by_the_log_one_bad(rng: Random) -> Case:
    made = sealed(rng)
    made.more_lines = [signature_line(LOG.key, rng.randbytes(64))]
    return as_json(made.value(rng)), None


@mutation
def signed_by_another_key(rng: Random) -> Case:
    """The thief's key is given as the log's and a real one is known, or the log's key is shown and the thief signed."""
    made = sealed(rng)
    if rng.random() < 0.5:
        made.log = THIEF
        return as_json(made.value(rng)), LOG.key.vkey
    return as_json(
        made.value(rng, sign=lambda body: signature_line(LOG.key, base64.b64decode(THIEF.sign(body).split(" ")[2])[4:]))
    ), None


@mutation
def a_key_that_is_none(rng: Random) -> Case:
    """Keys of small order, under which one signature fits any text, and keys or R outside their only form."""
    made = sealed(rng)
    order = rng.choice([1, 2, 4, 8])
    small = encoded(multiple(8 // order, ORDER_8))
    made.log = rng.choice([
        HandMade(small, 0),
        HandMade((verifier.P + 1).to_bytes(32, "little"), 0),
        HandMade(bytes([1]) + bytes(30) + b"\x80", 0),
        HandMade(LOG.key.public, log_secret(), 0, (verifier.P + 1).to_bytes(32, "little")),
        HandMade(LOG.key.public, log_secret(), 0, bytes([1]) + bytes(30) + b"\x80"),
        HandMade(LOG.key.public, log_secret(), rng.randrange(1, verifier.L), more_s=verifier.L),
        HandMade(bytes([2]) + bytes(31), 1),
    ])  # fmt: skip
    return as_json(made.value(rng)), None


@mutation
def a_signature_that_holds_only_eightfold(rng: Random) -> Case:
    """A key with a part of small order: [8][S]B = [8]R + [8][k]A holds and [S]B = R + [k]A does not."""
    made = sealed(rng)
    mixed = encoded(verifier.added(multiple(SECRET, BASE), ORDER_8))
    while True:
        made.log = HandMade(mixed, SECRET, rng.randrange(1, verifier.L))
        value = made.value(rng)
        if made.log.k(value["checkpoint"].partition("\n\n")[0] + "\n") % 8:
            return as_json(value), None


@mutation
def another_key_is_wanted(rng: Random) -> Case:
    wanted = rng.choice([THIEF.key, Key("other", "ed25519", LOG.key.public)])
    return as_json(sealed(rng, bare=False).value(rng)), wanted.vkey
