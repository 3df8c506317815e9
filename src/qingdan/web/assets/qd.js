// The script of every page. Everything essential works without it; it saves typing, clicks and surprises.
import { prepareForms, startForms } from "./forms.js";
import { startKeyboard } from "./keyboard.js";
import { startLive } from "./live.js";
import { startNotices } from "./notices.js";

startNotices();
startForms();
startKeyboard();
startLive();

function prepare(root) {
  // Things that only work with scripts are hidden until here.
  Array.from(root.querySelectorAll("[data-js][hidden]")).forEach((each) => each.removeAttribute("hidden"));
  // A box that scrolls can be reached and scrolled with the keyboard (engines before Chromium 130).
  Array.from(root.querySelectorAll(".qd-scroll:not([tabindex])")).forEach((box) => {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  });
  prepareForms(root);
}

document.documentElement.classList.add("qd-js");
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target));
