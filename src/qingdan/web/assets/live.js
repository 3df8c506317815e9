// Parts of a page that refresh themselves (hx-trigger="every 30s"): an indicator .qd-live inside, or named by
// data-live="#id", says when it was last fresh and when the line is down.
import { clock, word } from "./words.js";

function indicator(event) {
  const part = event.target.closest("[data-live]");
  if (!part) return null;
  return part.dataset.live ? document.querySelector(part.dataset.live) : part.querySelector(".qd-live");
}

function show(event, state, text) {
  const place = indicator(event);
  if (!place) return;
  place.classList.toggle("is-busy", state === "busy");
  place.classList.toggle("is-lost", state === "lost");
  if (text) place.textContent = text;
}

export function startLive() {
  document.addEventListener("htmx:beforeRequest", (event) => show(event, "busy", ""));
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = event.detail;
    const fresh = xhr && ((xhr.status >= 200 && xhr.status < 300) || xhr.status === 304);
    if (fresh) show(event, "fresh", `${word("live")} ${clock()}`);
    else show(event, "lost", word("lost"));
  });
}
