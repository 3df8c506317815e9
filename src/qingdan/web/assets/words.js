// Texts of the scripts. They come from <template id="qd-words" data-…> in the page, so that the catalogue
// of the server translates them too.

/** The text `name`, with `{key}` replaced by `values.key`. */
export function word(name, values = {}) {
  const source = document.getElementById("qd-words");
  const text = (source && source.dataset[name]) || "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

/** The time of day as people write it: 09:05. */
export function clock(date = new Date()) {
  const two = (n) => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The token Django wants with every change. */
export function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return meta ? meta.content : "";
}
