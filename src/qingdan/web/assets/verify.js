// The page that verifies bundles: reads files in the browser, sends nothing. All words stand in its template.
import { check } from "./bundle_check.js";

const LARGEST = 4 * 1024 * 1024; // bytes; bundles are a few thousand

/** ISO 8601 text or seconds since 1970, as Beijing time; what is no time stays as it is. */
function beijing(moment) {
  const at = new Date(typeof moment === "number" ? moment * 1000 : moment);
  if (Number.isNaN(at.getTime()) || at.getTime() > 8.6e15) return String(moment);
  const there = new Date(at.getTime() + 8 * 3600 * 1000).toISOString();
  return `${there.slice(0, 10)} ${there.slice(11, 19)} (UTC+8)`;
}

/** JSON text with line breaks, for reading. */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch (error) {
    return text;
  }
}

function each(root, selector, act) {
  Array.from(root.querySelectorAll(selector)).forEach(act);
}

/** Where the page stands for it: a value by its path in the result, such as "face.verb". */
function valueAt(result, path) {
  const [part, key] = path.split(".");
  const value = key ? result[part] && result[part][key] : result[part];
  if (value === undefined || value === null || value === "") return "";
  if (path === "face.at" || path === "time") return beijing(value);
  return path === "what.data" ? readable(value) : String(value);
}

/** The result as an element: the template `verify-result`, filled. */
function drawn(name, result) {
  const made = document.importNode(document.getElementById("verify-result").content, true).firstElementChild;
  made.dataset.ok = result.ok ? "yes" : "no";
  const shown = {
    good: result.ok,
    bad: !result.ok,
    doubt: !["given", "unreadable"].includes(result.code),
    read: Boolean(result.face),
    claimed: !result.ok && Boolean(result.face),
    pinned: Boolean(result.pinned),
    keyed: Boolean(result.fingerprint),
    sealed: result.size !== undefined,
    cosigned: Boolean(result.cosigned && result.cosigned.length),
    alone: Boolean(result.cosigned && !result.cosigned.length),
    others: Boolean(result.unknown && result.unknown.length),
    who: Boolean(result.who),
    "no-who": result.who === null,
    what: Boolean(result.what),
    "no-what": result.what === null,
  };
  each(made, "[data-when]", (place) => {
    place.hidden = !shown[place.dataset.when];
  });
  each(made, "[data-reason]", (place) => {
    place.hidden = place.dataset.reason !== result.code;
  });
  each(made, "[data-value]", (place) => {
    place.textContent = valueAt({ ...result, name }, place.dataset.value) || "—";
  });
  each(made, "[data-list]", (list) => {
    (result[list.dataset.list] || []).forEach((line) => {
      const item = document.createElement("li");
      item.textContent = line.seconds === undefined ? line.name : `${line.name} · ${beijing(line.seconds)}`;
      list.appendChild(item);
    });
  });
  return made;
}

function start(form) {
  const results = document.getElementById("verify-results");
  const { files, text, key } = form.elements;
  let last = [];

  // `last` keeps what was read, so that another key can be tried without choosing the files again.
  function show() {
    results.textContent = "";
    last.forEach(({ name, source }) => {
      const result = source === null ? { ok: false, code: "unreadable", place: "" } : check(source, key.value);
      results.appendChild(drawn(name, result));
    });
  }

  async function read(file) {
    if (file.size > LARGEST) return { name: file.name, source: null };
    try {
      return { name: file.name, source: new Uint8Array(await file.arrayBuffer()) };
    } catch (error) {
      return { name: file.name, source: null };
    }
  }

  async function readFiles() {
    last = await Promise.all(Array.from(files.files).map(read));
    show();
  }

  files.addEventListener("change", readFiles);
  key.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim()) {
      last = [{ name: text.dataset.name, source: text.value }];
      show();
    } else if (files.files.length) readFiles();
    else text.focus();
  });
}

const form = document.getElementById("verify-form");
if (form) start(form);
// For people who want to ask from the console, and for the test that compares the three checkers.
window.qingdanCheck = check;
