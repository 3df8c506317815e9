// Notices at the corner of the page, and what htmx requests that failed say there.
import { csrfToken, word } from "./words.js";

const SECONDS = 12;

/** Show `content` (text, or an element made by the server) for a while; a click removes it. */
export function notify(content, kind = "error") {
  const corner = document.getElementById("qd-toast");
  if (!corner) return;
  let box = content;
  if (typeof content === "string") {
    box = document.createElement("div");
    box.className = `qd-alert qd-alert--${kind}`;
    box.textContent = content;
  }
  corner.replaceChildren ? corner.replaceChildren(box) : ((corner.textContent = ""), corner.appendChild(box));
  box.addEventListener("click", () => box.remove());
  setTimeout(() => box.remove(), SECONDS * 1000);
}

// A refusal (common/_error.html) is shown here and not swapped into the page: nothing typed is lost.
function showFault(xhr) {
  if (!xhr.responseText.includes("data-fault")) return false;
  const fault = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-fault]");
  if (!fault) return false;
  notify(document.importNode(fault, true));
  return true;
}

export function startNotices() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && showFault(xhr)) {
      event.detail.shouldSwap = false;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.target.closest("[data-live]")) notify(word("error", { code: event.detail.xhr.status }));
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.target.closest("[data-live]")) notify(word("offline"));
  });
}
