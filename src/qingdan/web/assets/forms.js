// Forms: confirmation, unsaved changes, drafts, fields that depend on another, counters, file names.
import { clock, csrfToken, word } from "./words.js";

const AUTOSAVE_PAUSE = 1500;

// ---------------------------------------------------------------- confirmation
// <button data-confirm="…"> or <form data-confirm="…">: asks once, then goes on as if nothing had happened.
let confirmed = null;

function ask(text, goOn) {
  const dialog = document.getElementById("qd-confirm");
  if (!dialog || !dialog.showModal) {
    if (window.confirm(text)) goOn();
    return;
  }
  document.getElementById("qd-confirm-text").textContent = text;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && goOn(), { once: true });
  dialog.showModal();
}

function startConfirm() {
  // In the capture phase, so that htmx's own handlers do not see the event before the answer.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-confirm]:not(form)");
      if (!button || button === confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button.dataset.confirm, () => {
        confirmed = button;
        button.click();
        confirmed = null;
      });
    },
    true,
  );
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.confirm || form === confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form.dataset.confirm, () => {
        confirmed = form;
        if (form.requestSubmit) form.requestSubmit(event.submitter);
        else form.submit();
        confirmed = null;
      });
    },
    true,
  );
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });
}

// ---------------------------------------------------------------- unsaved changes and drafts
const isDirty = (form) => form.dataset.changed === "yes";

function startDirty() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && (form.dataset.dirty !== undefined || form.dataset.autosave)) form.dataset.changed = "yes";
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) delete event.target.dataset.changed;
  });
  // A form that htmx sent is clean again once the server took it.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form && event.detail.successful) delete form.dataset.changed;
  });
  window.addEventListener("beforeunload", (event) => {
    if (Array.from(document.forms).some(isDirty)) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
}

function showSaving(form, state, text) {
  const place = document.querySelector(form.dataset.savedIn || "[data-saved]");
  if (!place) return;
  place.dataset.state = state;
  place.textContent = text;
}

async function saveDraft(form) {
  const sent = new FormData(form);
  // A draft carries no files; they go with the submission itself.
  Array.from(form.querySelectorAll('input[type="file"]')).forEach((input) => sent.delete(input.name));
  const mark = String(Date.now());
  form.dataset.sending = mark;
  showSaving(form, "saving", word("saving"));
  try {
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      body: sent,
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "XMLHttpRequest" },
    });
    // A session that ended answers with the sign-in page: that is no success.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    if (form.dataset.sending === mark) {
      delete form.dataset.changed;
      showSaving(form, "saved", `${word("saved")} ${clock()}`);
    }
  } catch (error) {
    showSaving(form, "failed", word("failed"));
  }
}

function startAutosave() {
  const timers = new WeakMap();
  const later = (event) => {
    const form = event.target.form;
    if (!form || !form.dataset.autosave || event.target.type === "file") return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => saveDraft(form), AUTOSAVE_PAUSE));
    form.dataset.sending = "";
  };
  document.addEventListener("input", later);
  document.addEventListener("change", later);
  document.addEventListener("submit", (event) => clearTimeout(timers.get(event.target)));
}

/** Save the form now, as Ctrl+S: the draft, or its button marked data-save. */
export function saveNow(form) {
  const button = form.querySelector("[data-save]");
  if (form.dataset.autosave) saveDraft(form);
  else if (button) button.click();
  else return false;
  return true;
}

// ---------------------------------------------------------------- fields that depend on another
// data-requires="forecast=cannot": required (and marked) while the field `forecast` has that value.
// data-shows="…": the same, and hidden otherwise. Several values: forecast=cannot|unsure.
function valueOf(form, name) {
  const control = form.elements[name];
  if (!control) return "";
  if (control.type === "checkbox") return control.checked ? control.value : "";
  return control.value;
}

function applyConditions(form) {
  Array.from(form.querySelectorAll("[data-requires], [data-shows]")).forEach((place) => {
    const [name, wanted] = (place.dataset.requires || place.dataset.shows).split("=");
    const holds = wanted.split("|").includes(valueOf(form, name));
    if (place.dataset.shows) place.hidden = !holds;
    Array.from(place.querySelectorAll("input:not([type=hidden]), select, textarea")).forEach((input) => {
      if (place.dataset.requires) input.required = holds;
      if (place.dataset.shows) input.disabled = !holds;
    });
    const label = place.querySelector("label, legend");
    let mark = label && label.querySelector("[data-mark]");
    if (label && !mark && place.dataset.requires) {
      mark = document.createElement("span");
      mark.className = "qd-required";
      mark.dataset.mark = "";
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = "*";
      label.appendChild(mark);
    }
    if (mark) mark.hidden = !holds;
  });
}

// ---------------------------------------------------------------- counters, files, selection
function count(input) {
  const place = document.getElementById(input.dataset.counter);
  if (!place) return;
  const used = Array.from(input.value).length;
  const limit = Number(input.dataset.limit || input.getAttribute("maxlength") || 0);
  const over = limit && used > limit;
  place.textContent = over ? word("over", { n: used - limit }) : limit ? `${used} / ${limit}` : String(used);
  place.classList.toggle("is-over", Boolean(over));
}

function nameFiles(input) {
  const place = input.parentElement.querySelector(".qd-file__name");
  if (!place) return;
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  const files = Array.from(input.files);
  const names = files.map((file) => `${file.name} (${size(file.size)})`).join("  ");
  place.textContent = files.length > 1 ? `${word("files", { n: files.length })}  ${names}` : names;
  place.hidden = !files.length;
}

function startFileDrop() {
  const zone = (event) => event.target.closest && event.target.closest(".qd-file");
  ["dragover", "dragleave", "drop"].forEach((kind) =>
    document.addEventListener(kind, (event) => {
      const place = zone(event);
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("is-over", kind === "dragover");
      const input = place.querySelector('input[type="file"]');
      if (kind !== "drop" || !input || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }),
  );
}

// <input type="checkbox" data-select-all="name"> ticks every box of that name in the same form or table.
function selectAll(box) {
  const scope = box.form || box.closest("table") || document;
  const wanted = box.checked; // each change below sets the box itself anew
  Array.from(scope.querySelectorAll(`input[type="checkbox"][name="${box.dataset.selectAll}"]`)).forEach((each) => {
    if (!each.disabled && each.checked !== wanted) {
      each.checked = wanted;
      each.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

function showSelected(box) {
  const scope = box.form || box.closest("table") || document;
  const all = Array.from(scope.querySelectorAll(`input[type="checkbox"][name="${box.name}"]:not([disabled])`));
  const ticked = all.filter((each) => each.checked).length;
  const master = scope.querySelector(`[data-select-all="${box.name}"]`);
  const figure = scope.querySelector(`[data-selected="${box.name}"]`);
  const row = box.closest("tr");
  if (row) row.classList.toggle("is-selected", box.checked);
  if (figure) figure.textContent = ticked;
  if (!master) return;
  master.checked = ticked > 0 && ticked === all.length;
  master.indeterminate = ticked > 0 && ticked < all.length;
}

/** Set up what a new piece of page needs at once: counters and conditions. */
export function prepareForms(root) {
  Array.from(root.querySelectorAll("[data-counter]")).forEach(count);
  const forms = root.matches && root.matches("form") ? [root] : Array.from(root.querySelectorAll("form"));
  forms.forEach(applyConditions);
  if (root.closest && root.closest("form")) applyConditions(root.closest("form"));
  const focus = root.querySelector("[data-focus]");
  if (focus) focus.focus();
}

export function startForms() {
  startConfirm();
  startDirty();
  startAutosave();
  startFileDrop();
  document.addEventListener("input", (event) => {
    if (event.target.dataset.counter) count(event.target);
  });
  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.form) applyConditions(target.form);
    if (target.dataset.file !== undefined) nameFiles(target);
    if (target.dataset.selectAll) selectAll(target);
    else if (target.type === "checkbox") showSelected(target);
    // A filter that applies at once: <select data-submit-on-change>; without scripts its button does it.
    if (target.dataset.submitOnChange !== undefined && target.form) target.form.submit();
  });
  document.addEventListener("reset", (event) => setTimeout(() => prepareForms(event.target)));
  // One click, one submission.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    if (event.target.dataset.submitted === "yes") {
      event.preventDefault();
      return;
    }
    if (event.target.method === "post" && !event.target.target && !event.target.dataset.download) {
      event.target.dataset.submitted = "yes";
      setTimeout(() => delete event.target.dataset.submitted, 8000);
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) Array.from(document.forms).forEach((form) => delete form.dataset.submitted);
  });
}

