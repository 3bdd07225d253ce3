// Which view is shown, and that it stays fresh: it asks again every two seconds, also through API Gateway.

import { hold, holdsToken, Problem } from "./api.js";
import { el } from "./dom.js";
import { approvals } from "./approvals.js";
import { lot } from "./lot.js";
import { money, receipts, replays } from "./money.js";
import { seats } from "./seats.js";
import { task, tasks } from "./tasks.js";

// A view is { load: its data, show: elements of it }. Data that did not change is not shown anew.
const VIEWS = { tasks, task, lot, seats, money, approvals, replays, receipts };
const TABS = [["tasks", "Tasks"], ["seats", "Seats"], ["money", "Money"], ["approvals", "Approvals"], ["replays", "Replay"], ["receipts", "Receipts"]];
const EVERY_MS = 2000;

const main = document.getElementById("main");
const state = document.getElementById("state");
let shown = { hash: null, text: null };
let asked = 0;

function place() {
  const [name, argument] = location.hash.replace(/^#\/?/, "").split("/");
  return VIEWS[name] ? { name, argument, view: VIEWS[name] } : { name: "tasks", view: tasks };
}

function mark(name) {
  const tab = { task: "tasks", lot: "tasks" }[name] ?? name;
  document.getElementById("nav").replaceChildren(
    ...TABS.map(([key, title]) => el("a", { href: `#/${key}`, "aria-current": key === tab ? "page" : null }, title)));
  document.title = `Atomic · ${TABS.find(([key]) => key === tab)[1]}`;
}

function say(text, isProblem = false) {
  if (state.textContent === text) return;
  state.textContent = text;
  state.className = isProblem ? "problem" : "";
}

function askForToken() {
  const field = el("input", { type: "password", id: "token", autocomplete: "off" });
  const key = el("input", { type: "password", id: "key", autocomplete: "off" });
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); hold(field.value, key.value); refresh(true); } },
    el("h1", {}, "Sign in"), el("p", {}, el("label", { for: "token" }, "A token for this market: "), field),
    el("p", {}, el("label", { for: "key" }, "In the cloud, your tenant's API key too: "), key),
    el("button", { class: "first" }, "Go on"));
  main.replaceChildren(form);
  field.focus();
}

function isBusy() {
  return main.querySelector("[data-edited]") !== null || main.contains(document.activeElement?.closest("form, details") ?? null);
}

export async function refresh(anew = false) {
  const { name, argument, view } = place();
  const turn = ++asked;
  try {
    const data = await view.load(argument);
    if (turn !== asked) return;
    const text = JSON.stringify(data);
    const moved = shown.hash !== location.hash;
    if (anew || moved || (text !== shown.text && !isBusy())) {
      main.replaceChildren(...[view.show(data, () => refresh(true))].flat());
      if (moved && shown.hash !== null) main.focus();
      shown = { hash: location.hash, text };
      mark(name);
    }
    say(`as of ${new Date().toLocaleTimeString()}`);
  } catch (problem) {
    if (turn !== asked) return;
    if (problem instanceof Problem && (problem.status === 401 || (problem.status === 403 && !holdsToken()))) {
      if (!document.getElementById("token")) askForToken();
      say("sign in first", true);
    } else {
      if (shown.hash !== location.hash) main.replaceChildren(el("h1", {}, "Not here"), el("p", { class: "problem" }, problem.message));
      say(problem.message, true);
    }
  }
}

addEventListener("hashchange", () => refresh());
mark(place().name);
await refresh();
setInterval(() => document.visibilityState === "visible" && refresh(), EVERY_MS);
