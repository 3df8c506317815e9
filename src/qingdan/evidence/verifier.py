"""Checks Qingdan bundles (receipts with proof) without Qingdan: 清单回执独立核对程序.

    python verifier.py [--key PUBLIC_KEY] [--checkpoint FILE] BUNDLE.json ...      (- reads standard input)

One file, Python 3.8 or later, nothing to install, no network. It repeats on purpose what the library and the page in
the browser do: three programs written apart that must agree are harder to get wrong, or to bend, than one.
Exit status: 0 all hold, 1 one does not, 2 something could not be used (a file, the key).
Sources: RFC 8032, 5.1; RFC 9162, 2.1; GB/T 32905-2016 (SM3); C2SP signed-note, tlog-checkpoint, tlog-cosignature."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

REASONS = {
    "json": "不是 UTF-8 的 JSON 文本，或有重复的键 (not JSON in UTF-8, or a key stands twice)",
    "form": "格式与 qingdan-bundle/1 不符 (not of the form qingdan-bundle/1)",
    "key": "公钥格式不对 (not a public key of the right kind)",
    "pinned": "日志公钥与您给出的不同 (the log's key is not the one you gave)",
    "note": "检查点格式不对 (malformed checkpoint)",
    "origin": "来源名称或散列算法不一致 (the names of the log, or of the hash, differ)",
    "unsigned": "检查点没有日志的签名 (the checkpoint is not signed by the log)",
    "signature": "日志的签名不成立 (the log's signature does not hold)",
    "cosignature": "见证签名不成立 (a witness's signature does not hold)",
    "index": "序号不在日志范围内 (the index lies outside the log)",
    "proof": "内容与日志不符，证明到不了根 (the proof does not lead from these contents to the root)",
    "fork": "与您持有的检查点矛盾：大小相同，根不同 (contradicts the checkpoint you hold: same size, other root)",
}
TEXTS = {
    "face": {"at": "时间 at", "object_id": "编号 id", "object_type": "类别 type", "rows": "行 rows", "verb": "事 verb"},
    "who": {"actor": "账号编号 account", "actor_label": "经办人 person", "post_label": "岗位 post"},
    "what": {"data": "内容 data", "object_label": "对象 object"},
}  # fmt: skip
# The form: strings are patterns, a list holds any number of the one shape, a tuple names alternatives.
PART, WITHHELD = {"salt": "[0-9a-f]{32}", "text": ".*"}, {"commitment": "[0-9a-f]{64}"}
BUNDLE = {
    "format": "qingdan-bundle/1", "origin": ".+", "hash": "sha256|sm3", "index": "0|[1-9][0-9]{0,14}",
    "parts": {"face": PART, "who": (PART, WITHHELD), "what": (PART, WITHHELD)}, "proof": ["[0-9a-f]{64}"],
    "checkpoint": ".+", "keys": {"log": ".+", "witnesses": [".+"]},
}  # fmt: skip
BODY = (
    "(.+)\n(0|[1-9][0-9]{0,14})\n([^\n=]{43}=)\n(hash sm3\n)?time ([0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}Z)"
)


def demand(condition: object, code: str, place: str = "") -> Any:
    if not condition:
        raise ValueError(f"{REASONS[code]} {place}".strip())


# ---------------------------------------------------------------- Ed25519 (RFC 8032, 5.1)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def decoded(data: bytes) -> tuple[int, int, int, int] | None:
    """The point of 32 bytes as (X, Y, Z, T), 5.1.3; None when it is none or not in its only form."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def added(p: Any, q: Any) -> tuple[int, int, int, int]:
    """The sum of two points, 5.1.4; also of a point with itself."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """5.1.7 with [S]B = R + [k]A, strictly: S < L, points in their only form, no key of small order."""
    key, s = decoded(public), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or s >= L:
        return False
    fourfold = added(twice := added(key, key), twice)
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus, base = (P - key[0], key[1], 1, P - key[3]), decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    total, choice = (0, 1, 1, 0), (None, base, minus, added(base, minus))
    for bit in range(252, -1, -1):
        total, step = added(total, total), choice[(s >> bit & 1) + 2 * (k >> bit & 1)]
        total = added(total, step) if step else total
    x, y = (each * pow(total[2], -1, P) % P for each in total[:2])
    small = added(fourfold, fourfold)[0] == 0
    return not small and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---------------------------------------------------------------- hashes and proof
def turned(x: int, n: int) -> int:
    return (x << n % 32 | x >> -n % 32) & 0xFFFFFFFF


def sm3(data: bytes) -> bytes:
    """GB/T 32905-2016, for a Python whose OpenSSL lacks SM3."""
    message = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = bytes.fromhex("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e")
    for start in range(0, len(message), 64):
        w = [int.from_bytes(message[i : i + 4], "big") for i in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15)
            w.append(x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = (int.from_bytes(state[i : i + 4], "big") for i in range(0, 32, 4))
        for j in range(64):
            first = turned(turned(a, 12) + e + turned(0x79CC4519 if j < 16 else 0x7A879D8A, j) & 0xFFFFFFFF, 7)
            ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
            one = ff + d + (first ^ turned(a, 12)) + (w[j] ^ w[j + 4]) & 0xFFFFFFFF
            two = gg + h + first + w[j] & 0xFFFFFFFF
            a, b, c, d = one, a, turned(b, 9), c
            e, f, g, h = two ^ turned(two, 9) ^ turned(two, 17), e, turned(f, 19), g
        mixed = b"".join(x.to_bytes(4, "big") for x in (a, b, c, d, e, f, g, h))
        state = bytes(old ^ new for old, new in zip(state, mixed))  # noqa: B905 - Python 3.8 has no strict
    return state


def digest(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data).digest() if name in hashlib.algorithms_available else sm3(data)


def root_of(name: str, leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root to which the proof leads from the leaf's hash; None when it fits no tree (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for node in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            leaf = digest(name, b"\x01" + node + leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = digest(name, b"\x01" + leaf + node)
        index, last = index >> 1, last >> 1
    return leaf if last == 0 else None


# ---------------------------------------------------------------- the form
def unbase64(text: str, code: str, place: str) -> bytes:
    fitting = len(text) % 4 == 0 and re.fullmatch("[A-Za-z0-9+/]+={0,2}", text)
    data = demand(fitting, code, place) or base64.b64decode(text)
    demand(base64.b64encode(data).decode() == text, code, place)
    return data


def loaded(text: str | bytes, code: str, place: str = "") -> Any:
    """The JSON value; doubled keys and halves of surrogate pairs are refused."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, object_pairs_hook=lambda x: demand(len(dict(x)) == len(x), code, place) or dict(x))
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError):
        return demand(False, code, place)


def fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, str):
        return isinstance(value, str) and re.fullmatch(shape, value, re.DOTALL) is not None
    if isinstance(shape, tuple):
        return any(fits(value, each) for each in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    return isinstance(value, dict) and value.keys() == shape.keys() and all(fits(value[k], shape[k]) for k in shape)


def public_key(text: str, kind: int, place: str) -> tuple[str, bytes, bytes]:
    """(name, key id, 32 bytes) of `name+id+base64`; kind is 1 for the log and 4 for a witness."""
    parts: Any = re.fullmatch(r"([^ +\x00-\x1f]+)\+([0-9a-f]{8})\+([^ ]+)", text)
    data = unbase64(parts[3] if parts else "", "key", place)
    demand(data[:1] == bytes([kind]) and len(data) == 33, "key", place)
    demand(hashlib.sha256(parts[1].encode() + b"\n" + data).hexdigest()[:8] == parts[2], "key", place)
    return parts[1], bytes.fromhex(parts[2]), data[1:]


def checkpoint(note: str, log: Any, witnesses: list[Any], details: dict[str, Any]) -> tuple[str, str, int, bytes]:
    """(origin, hash, size, root) of a signed note, once the log's line and those of the witnesses hold."""
    body, _, signatures = note.rpartition("\n\n")
    found: Any = re.fullmatch(BODY, body)
    demand(found and signatures.endswith("\n") and not re.search("[\x00-\x09\x0b-\x1f]", note), "note")
    demand(len(note.encode()) <= 65536 and signatures.count("\n") <= 100, "note")
    root, logged = unbase64(found[3], "note", "root"), False
    details.update(size=int(found[2]), time=found[5], cosigned=[], unknown=[])
    for line in signatures[:-1].split("\n"):
        parts: Any = re.fullmatch("\u2014 ([^ +]+) ([^ ]+)", line)
        name, data = parts[1] if parts else "", unbase64(parts[2] if parts else "", "note", line[:40])
        demand(len(data) >= 5, "note", line[:40])
        known = [each[2] for each in witnesses if each[:2] == (name, data[:4])]
        if by_log := (name, data[:4]) == log[:2]:
            logged = signature_holds(log[2], body.encode() + b"\n", data[4:])
            demand(logged, "signature", name)
        for public in known:
            seconds = int.from_bytes(data[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n{body}\n".encode()
            demand(signature_holds(public, message, data[12:]), "cosignature", name)
            details["cosigned"].append((name, seconds))
        details["unknown"] += [] if known or by_log else [name]
    demand(logged, "unsigned", log[0])
    return found[1], "sm3" if found[4] else "sha256", int(found[2]), root


def check(text: str | bytes, key: str | None = None, held: str | None = None) -> tuple[bool, str, dict[str, Any]]:
    """Whether a bundle (str or bytes) holds: ``(bool, reason, details)``; the reason in Chinese and English.

    ``key``: the log's public key if known from elsewhere; ``held``: a checkpoint to compare with. ``details`` is what
    was read: face, who, what (None: withheld), index, size, time, fingerprint, cosigned, unknown, compared."""
    details: dict[str, Any] = {}
    try:
        bundle = loaded(text, "json")
        for name, shape in BUNDLE.items():
            demand(isinstance(bundle, dict) and fits(bundle.get(name), shape), "form", name)
        demand(len(bundle) == len(BUNDLE), "form")
        leaf, algorithm, index = "qingdan event v1\n", bundle["hash"], int(bundle["index"])
        for name, labels in TEXTS.items():
            part, said = bundle["parts"][name], None
            if "text" in part:
                said = loaded(part["text"], "form", name)
                canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
                demand(fits(said, dict.fromkeys(labels, ".*")) and canonical == part["text"], "form", name)
                salted = b"\x02" + bytes.fromhex(part["salt"]) + part["text"].encode()
                part = {"commitment": digest(algorithm, salted).hex()}
            details[name] = said
            leaf += f"{name} {part['commitment']}\n"
        log = public_key(bundle["keys"]["log"], 1, "keys.log")
        details.update(index=index, fingerprint=" ".join(re.findall("....", hashlib.sha256(log[2]).hexdigest())))
        demand(key is None or key.strip() == bundle["keys"]["log"], "pinned", "keys.log")
        witnesses = [public_key(each, 4, "keys.witnesses") for each in set(bundle["keys"]["witnesses"])]
        origin, said, size, root = checkpoint(bundle["checkpoint"], log, witnesses, details)
        demand(origin == bundle["origin"] == log[0] and said == algorithm, "origin")
        demand(index < size, "index")
        proof = [bytes.fromhex(node) for node in bundle["proof"]]
        demand(root_of(algorithm, digest(algorithm, b"\0" + leaf.encode()), index, size, proof) == root, "proof")
        if held is not None:
            their_origin, _, their_size, their_root = checkpoint(held, log, [], {})
            demand(their_origin == origin, "origin", "--checkpoint")
            demand(their_size != size or their_root == root, "fork")
            details["compared"] = their_size == size
    except ValueError as refusal:
        return False, str(refusal), details
    return True, "", details


# ---------------------------------------------------------------- for people
def say(label: str, value: object) -> None:
    """One line, without characters that could move the cursor or turn the line round."""
    print(f"  {label}:", "".join(c if c.isprintable() else "\ufffd" for c in str(value)))


def report(name: str, good: bool, reason: str, details: dict[str, Any], pinned: str | None) -> None:
    say(name, "成立 HOLDS" if good else "不成立 DOES NOT HOLD: " + reason)
    if not good:
        say("处理 remedy", "勿采信下列内容，向出具方索取新的回执 (do not rely on it, ask the issuer for a new one)")
    for part in (name for name in TEXTS if name in details):
        for key, value in (details[part] or {part: "未公开或已删除 withheld or erased"}).items():
            say(TEXTS[part].get(key, key), value)
    if "size" in details:
        say("序号，日志大小，时间 index, tree size, checkpoint of", "{index}, {size}, {time}".format(**details))
        for witness, seconds in details["cosigned"]:
            say("见证 cosigned (UTC)", f"{witness} {datetime(1970, 1, 1) + timedelta(seconds=min(seconds, 2**37))}")
        for other in details["unknown"]:
            say("此处不核对的签名 line not checked here (SM2, or an unknown key)", other)
    if details.get("compared") is False:
        say("注意 note", "与您持有的检查点大小不同，未比较 (your checkpoint has another size: not compared)")
    if "fingerprint" in details and not pinned:
        say("请核对日志公钥指纹 compare the key's fingerprint", details["fingerprint"])


def main() -> int:
    parser = argparse.ArgumentParser(description="核对清单回执 (checks Qingdan bundles)")
    parser.add_argument("--key", help="日志公钥，取自别处 (the log's public key, known from elsewhere)")
    parser.add_argument("--checkpoint", help="您持有的检查点文件 (file with a checkpoint that you hold)")
    parser.add_argument("files", nargs="+", metavar="FILE", help="回执文件，- 为标准输入 (bundles, - for stdin)")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        asked.key is None or public_key(asked.key.strip(), 1, "--key")
        held = Path(asked.checkpoint).read_bytes().decode() if asked.checkpoint else None
        demand(held is None or re.match(BODY + "\n\n", held), "note", "--checkpoint")
        texts = [sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes() for name in asked.files]
    except (OSError, ValueError) as error:
        parser.error(f"无法使用 cannot be used: {error}")
    results = [check(text, asked.key, held) for text in texts]
    for name, result in zip(asked.files, results):  # noqa: B905 - Python 3.8 has no strict
        report(name, *result, asked.key)
    return 0 if all(good for good, _, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
