// Whether a bundle holds (docs/log-format.md, "Bundle"). No page, no network: text in, verdict out.
// Written apart from the library and from the stand-alone verifier on purpose; a test holds that all three agree.
import { Point } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { sm3 } from "./sm3.js";

const HASHES = { sha256, sm3 };
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const DECIMAL = /^(0|[1-9][0-9]{0,14})$/;
const HEX32 = /^[0-9a-f]{64}$/;
const TEXTS = {
  face: ["at", "object_id", "object_type", "rows", "verb"],
  who: ["actor", "actor_label", "post_label"],
  what: ["data", "object_label"],
};
const NOTE_BYTES = 65536;
const NOTE_LINES = 100;

/** Why a bundle does not hold: a code, and the place in the bundle. */
class Refusal extends Error {
  constructor(code, place = "") {
    super(`${code} ${place}`);
    this.code = code;
    this.place = place;
  }
}

function demand(condition, code, place) {
  if (!condition) throw new Refusal(code, place);
}

// ---------------------------------------------------------------- bytes
const encoder = new TextEncoder();
const utf8 = (text) => encoder.encode(text);
const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

function joined(...pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((offset, piece) => (all.set(piece, offset), offset + piece.length), 0);
  return all;
}

/** Base64 in its only form: standard alphabet, padded, unused bits zero. */
function unbase64(text, code, place) {
  demand(text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text), code, place);
  const binary = atob(text);
  demand(btoa(binary) === text, code, place);
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}

function littleEndian(bytes) {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
}

// ---------------------------------------------------------------- JSON
// JSON.parse takes the last of two equal keys without a word; a bundle must not read differently elsewhere.
// Bundles hold strings, lists and objects only, which makes a reader of our own short.
function readJson(text, code, place) {
  let at = 0;
  const refuse = () => demand(false, code, place);
  const skip = () => {
    while (" \t\n\r".includes(text[at] || "-")) at += 1;
    return text[at];
  };
  const take = (sign) => (skip() === sign ? (at += 1) : 0);
  const string = () => {
    if (skip() !== '"') refuse();
    const start = at;
    for (at += 1; text[at] !== '"'; at += text[at] === "\\" ? 2 : 1) if (at >= text.length) refuse();
    at += 1;
    try {
      const value = JSON.parse(text.slice(start, at));
      return /\p{Surrogate}/u.test(value) ? refuse() : value; // half of a surrogate pair is no text
    } catch (error) {
      return refuse();
    }
  };
  const list = (depth) => {
    const values = [];
    if (take("]")) return values;
    do values.push(value(depth));
    while (take(","));
    return take("]") ? values : refuse();
  };
  const object = (depth) => {
    const values = Object.create(null);
    if (take("}")) return values;
    do {
      const key = string();
      if (key in values || !take(":")) refuse();
      values[key] = value(depth);
    } while (take(","));
    return take("}") ? values : refuse();
  };
  const value = (depth) => {
    if (depth > 8) refuse();
    if (take("{")) return object(depth + 1);
    return take("[") ? list(depth + 1) : string();
  };
  const whole = value(0);
  if (skip() !== undefined) refuse();
  return whole;
}

const isObject = (value) => typeof value === "object" && !Array.isArray(value);

/** The object, which must have these keys and no others. */
function object(value, keys, place) {
  demand(isObject(value) && Object.keys(value).sort().join() === keys.slice().sort().join(), "form", place);
  return value;
}

function string(value, pattern, place) {
  demand(typeof value === "string" && pattern.test(value), "form", place);
  return value;
}

function strings(value, pattern, place) {
  demand(Array.isArray(value), "form", place);
  return value.map((each) => string(each, pattern, place));
}

// ---------------------------------------------------------------- signatures and proof
/** RFC 8032, 5.1.7 as [S]B = R + [k]A, strictly: S < L, points in their only form, no key of small order. */
function signatureHolds(key, message, signature) {
  if (signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  let point;
  try {
    point = Point.fromBytes(key, false);
  } catch (error) {
    return false;
  }
  if (s >= ORDER || point.isSmallOrder()) return false;
  const k = littleEndian(sha512(joined(r, key, message))) % ORDER;
  const found = Point.BASE.multiply(s, false).add(point.negate().multiply(k, false));
  return hex(found.toBytes()) === hex(r);
}

/** The root to which the proof leads from the leaf's hash; null when it fits no tree (RFC 9162, 2.1.3.2). */
function rootOf(hash, leaf, index, size, proof) {
  const one = Uint8Array.of(1);
  let [node, here, last] = [leaf, index, size - 1];
  const up = () => {
    here = Math.floor(here / 2);
    last = Math.floor(last / 2);
  };
  for (const other of proof) {
    if (last === 0) return null;
    if (here % 2 || here === last) {
      node = hash(joined(one, other, node));
      while (here && here % 2 === 0) up();
    } else {
      node = hash(joined(one, node, other));
    }
    up();
  }
  return last === 0 ? node : null;
}

// ---------------------------------------------------------------- keys and the checkpoint
/** The key of a text `name+id+base64`; `kind` is 1 for the log and 4 for a witness. */
function publicKey(text, kind, code, place) {
  const parts = /^([^ +\x00-\x1f]+)\+([0-9a-f]{8})\+([^ ]+)$/.exec(text); // eslint-disable-line no-control-regex
  demand(parts, code, place);
  const typed = unbase64(parts[3], code, place);
  demand(typed.length === 33 && typed[0] === kind, code, place);
  const id = hex(sha256(joined(utf8(`${parts[1]}\n`), typed)).subarray(0, 4));
  demand(id === parts[2], code, place);
  return { name: parts[1], id, bytes: typed.subarray(1) };
}

/** The signed note taken apart: its checkpoint, and its signature lines as {name, id, payload}. */
function readNote(note) {
  const gap = note.lastIndexOf("\n\n");
  const lines = note.slice(gap + 2).split("\n");
  demand(gap > 0 && lines.pop() === "" && lines.length <= NOTE_LINES, "note", "checkpoint");
  demand(!/[\x00-\x09\x0b-\x1f]/.test(note) && utf8(note).length <= NOTE_BYTES, "note", "checkpoint");
  const body = note.slice(0, gap + 1);
  const form =
    /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([^\n]+)\n(hash sm3\n)?time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n$/.exec(body);
  demand(form, "note", "checkpoint");
  const root = unbase64(form[3], "note", "checkpoint");
  demand(root.length === 32, "note", "checkpoint");
  const signatures = lines.map((line) => {
    const parts = /^\u2014 ([^ +]+) ([^ ]+)$/.exec(line);
    demand(parts, "note", "checkpoint");
    const data = unbase64(parts[2], "note", "checkpoint");
    demand(data.length >= 5, "note", "checkpoint");
    return { name: parts[1], id: hex(data.subarray(0, 4)), payload: data.subarray(4) };
  });
  return {
    body, origin: form[1], size: Number(form[2]), root, hash: form[4] ? "sm3" : "sha256", time: form[5], signatures,
  };
}

const isBy = (line, key) => line.name === key.name && line.id === key.id;

/** Refuses unless the log signed and every line by a listed witness holds; answers who cosigned, and when. */
function checkSignatures(note, log, witnesses) {
  const byLog = note.signatures.filter((line) => isBy(line, log));
  demand(byLog.length, "unsigned", "checkpoint");
  byLog.forEach((line) => demand(signatureHolds(log.bytes, utf8(note.body), line.payload), "signature", log.name));
  const cosigned = [];
  witnesses.forEach((witness) =>
    note.signatures.filter((line) => isBy(line, witness)).forEach((line) => {
      demand(line.payload.length === 72, "cosignature", witness.name);
      const seconds = BigInt(`0x${hex(line.payload.subarray(0, 8))}`);
      const message = utf8(`cosignature/v1\ntime ${seconds}\n${note.body}`);
      demand(signatureHolds(witness.bytes, message, line.payload.subarray(8)), "cosignature", witness.name);
      cosigned.push({ name: witness.name, seconds: Number(seconds) });
    }),
  );
  return cosigned;
}

// ---------------------------------------------------------------- the bundle
/** The commitment of a part in hex; what a disclosed part says goes into `found`. */
function commitment(part, name, hash, found) {
  if (name !== "face" && isObject(part) && "commitment" in part) {
    found[name] = null;
    return string(object(part, ["commitment"], name).commitment, HEX32, name);
  }
  object(part, ["salt", "text"], name);
  const salt = unhex(string(part.salt, /^[0-9a-f]{32}$/, name));
  const said = object(readJson(string(part.text, /^/, name), "form", name), TEXTS[name], name);
  const canonical = Object.create(null);
  TEXTS[name].forEach((key) => {
    canonical[key] = string(said[key], /^/, name);
  });
  demand(JSON.stringify(canonical) === part.text, "form", name);
  found[name] = said;
  return hex(hash(joined(Uint8Array.of(2), salt, utf8(part.text))));
}

function checkAll(text, pinnedKey, found) {
  const bundle = readJson(text, "json", "");
  object(bundle, ["format", "origin", "hash", "index", "parts", "proof", "checkpoint", "keys"], "");
  string(bundle.format, /^qingdan-bundle\/1$/, "format");
  const hash = HASHES[string(bundle.hash, /^(sha256|sm3)$/, "hash")];
  found.index = Number(string(bundle.index, DECIMAL, "index"));
  object(bundle.parts, Object.keys(TEXTS), "parts");
  const proof = strings(bundle.proof, HEX32, "proof").map(unhex);
  string(bundle.origin, /^/, "origin");
  string(bundle.checkpoint, /^/, "checkpoint");
  object(bundle.keys, ["log", "witnesses"], "keys");
  string(bundle.keys.log, /^/, "keys.log");
  strings(bundle.keys.witnesses, /^/, "keys.witnesses");
  const leaf = Object.keys(TEXTS).map((name) => `${name} ${commitment(bundle.parts[name], name, hash, found)}\n`);

  const log = publicKey(bundle.keys.log, 1, "key", "keys.log");
  found.fingerprint = hex(sha256(log.bytes)).match(/..../g).join(" ");
  if (pinnedKey) {
    publicKey(pinnedKey, 1, "given", "");
    demand(pinnedKey === bundle.keys.log, "pinned", "keys.log");
    found.pinned = true;
  }
  const listed = Array.from(new Set(bundle.keys.witnesses));
  const witnesses = listed.map((each) => publicKey(each, 4, "key", "keys.witnesses"));
  const note = readNote(bundle.checkpoint);
  found.size = note.size;
  found.time = note.time;
  found.cosigned = checkSignatures(note, log, witnesses);
  found.unknown = note.signatures.filter((line) => ![log, ...witnesses].some((key) => isBy(line, key)));
  demand(bundle.origin === log.name && note.origin === log.name, "origin", "origin");
  demand(note.hash === bundle.hash, "hash", "hash");
  demand(found.index < note.size, "index", "index");
  const leafHash = hash(joined(Uint8Array.of(0), utf8(`qingdan event v1\n${leaf.join("")}`)));
  const root = rootOf(hash, leafHash, found.index, note.size, proof);
  demand(root && hex(root) === hex(note.root), "proof", "proof");
}

/**
 * Whether a bundle holds.
 *
 * `source`: its text, or its bytes (UTF-8); `pinnedKey`: the log's public key if known from elsewhere, else "".
 * Returns {ok, code, place, face, who, what, index, size, time, cosigned: [{name, seconds}], unknown, fingerprint,
 * pinned}. `code` is empty or says why not; then the rest is what was read up to there, a claim and no more. `who` and
 * `what` are null when withheld or erased.
 */
export function check(source, pinnedKey) {
  const found = { pinned: false };
  try {
    let text = source;
    if (typeof source !== "string") {
      try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source);
      } catch (error) {
        throw new Refusal("json");
      }
    }
    checkAll(text, (pinnedKey || "").trim(), found);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...found, ok: false, code: error.code, place: error.place };
  }
  return { ...found, ok: true, code: "", place: "" };
}
