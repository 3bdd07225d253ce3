// What was handed in, and how far it is.

import { get } from "./api.js";
import { dollars, el, link, micros, percent, status, table, when } from "./dom.js";

const FOLLOWED = 8;

function progressOf(lots) {
  const ended = lots.filter((lot) => lot.status !== "open" && lot.status !== "running").length;
  const said = `${ended} of ${lots.length} lots`;
  return el("span", {}, el("progress", { max: Math.max(lots.length, 1), value: ended, "aria-label": said }), ` ${said}`);
}

export const tasks = {
  async load() {
    const page = await get("tasks?limit=50");
    const followed = page.tasks.filter((task) => task.status === "running").slice(0, FOLLOWED);
    const details = await Promise.all(followed.map((task) => get(`tasks/${task.task_id}`)));
    const lots = Object.fromEntries(details.map((detail) => [detail.task_id, detail.lots]));
    return page.tasks.map((task) => ({ ...task, lots: lots[task.task_id] ?? null }));
  },
  show(found) {
    const running = found.filter((task) => task.status === "running").length;
    return [
      el("h1", {}, "Tasks"),
      table(`the last ${found.length}, ${running} under way`, [
        ["document", (task) => link(`#/task/${task.task_id}`, task.source)],
        ["status", (task) => status(task.status)],
        ["progress", (task) => (task.lots ? progressOf(task.lots) : task.reason ?? "")],
        ["since", (task) => when(task.created_ms)],
      ], found, "hand one in: atomic run PATH, or POST /mails"),
    ];
  },
};

export const task = {
  load: (id) => get(`tasks/${encodeURIComponent(id)}`),
  show(found) {
    const results = Object.fromEntries((found.result?.lots ?? []).map((lot) => [lot.lot_id, lot]));
    const lots = found.lots.map((lot) => ({ ...lot, result: results[lot.lot_id] ?? null }));
    return [
      el("h1", {}, found.source),
      el("p", {}, status(found.status), found.reason ? `: ${found.reason}` : "", " · ", progressOf(found.lots),
        found.result ? ` · ${dollars(found.result.cost_micros)}` : ""),
      table("lots", [
        ["kind", (lot) => link(`#/lot/${lot.lot_id}`, lot.kind)],
        ["status", (lot) => status(lot.status)],
        ["winner", (lot) => lot.result?.winner ?? "–"],
        ["chance", (lot) => percent(lot.result?.propensity ?? null), true],
        ["paid", (lot) => micros(lot.result?.cost_micros), true],
        ["answer", (lot) => (lot.result?.output ? el("pre", {}, JSON.stringify(lot.result.output, null, 2)) : lot.result?.reason ?? "")],
      ], lots),
    ];
  },
};
