// The keyboard: / search, ? help, Ctrl+S save, Ctrl+Enter submit, arrows in tables marked data-keys.
import { saveNow } from "./forms.js";

const WRITING = "input, textarea, select, [contenteditable]";

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
}

function currentForm() {
  const active = document.activeElement;
  return (active && active.form) || document.querySelector("form[data-dirty], form[data-autosave]");
}

function submit(form) {
  const button = form.querySelector("[data-submit]") || form.querySelector("button:not([type=button]):not([data-save])");
  if (button) button.click();
}

// Rows are reached through their first link; Home and End jump, Enter opens as links do.
function moveInTable(event) {
  const row = event.target.closest("table[data-keys] tbody tr");
  if (!row || event.target.matches(WRITING)) return false;
  const links = Array.from(row.closest("table").querySelectorAll("tbody tr"))
    .map((each) => each.querySelector("a[href], button"))
    .filter(Boolean);
  const here = links.indexOf(row.querySelector("a[href], button"));
  const steps = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 };
  const next = links[steps[event.key]];
  if (!next) return false;
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
  return true;
}

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches && event.target.matches(WRITING);
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    let done = false;
    // isComposing: the key belongs to the input method, not to us.
    if (event.isComposing) return;
    if (command && event.key === "s") {
      const form = currentForm();
      done = Boolean(form && saveNow(form));
    } else if (command && event.key === "Enter") {
      const form = currentForm();
      if (form) submit(form);
      done = Boolean(form);
    } else if (!writing && !command && event.key === "/") {
      const search = document.querySelector("[data-search], input[type=search]");
      if (search) search.focus();
      done = Boolean(search);
    } else if (!writing && !command && event.key === "?") {
      openDialog("qd-keys");
      done = true;
    } else if (/^(Arrow(Up|Down)|Home|End)$/.test(event.key)) {
      done = moveInTable(event);
    } else if (event.key === "Escape") {
      Array.from(document.querySelectorAll("details.qd-menu[open]")).forEach((menu) => menu.removeAttribute("open"));
    }
    if (done) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) openDialog(opener.dataset.open);
    const closer = event.target.closest("dialog [data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.closest("[data-print]")) window.print();
    const back = event.target.closest("[data-back]");
    if (back && history.length > 1 && document.referrer.startsWith(location.origin)) {
      event.preventDefault();
      history.back();
    }
    Array.from(document.querySelectorAll("details.qd-menu[open]")).forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
  });
}
