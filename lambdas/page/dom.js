// Elements from data. Text is only ever text: nothing here parses markup.

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function link(hash, text) {
  return el("a", { href: hash }, text);
}

// `columns` are [heading, cell of a row, is a number]; the first cell heads its row.
export function table(caption, columns, rows, empty = "nothing yet") {
  if (!rows.length) return el("p", { class: "quiet" }, `${caption}: ${empty}`);
  const heads = columns.map(([title, , number]) => el("th", { scope: "col", class: number && "number" }, title));
  const body = rows.map((row) =>
    el("tr", {}, columns.map(([, cell, number], at) =>
      el(at ? "td" : "th", { scope: at ? null : "row", class: number && "number" }, cell(row)))));
  const made = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body));
  return el("div", { class: "scroll" }, made);
}

export function tiles(entries) {
  return el("ul", { class: "tiles" }, entries.map(([name, value]) => el("li", {}, el("b", {}, value), el("span", {}, name))));
}

export const status = (word) => el("span", { class: word }, word.replaceAll("_", " "));
export const percent = (share) => (share === null ? "–" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`);
export const fixed = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits));
export const micros = (value) => (value === null || value === undefined ? "–" : `${Math.round(value).toLocaleString("en")} µ$`);
export const dollars = (value) => `$${(value / 1e6).toFixed(6)}`;
export const when = (ms) => new Date(ms).toLocaleString();
