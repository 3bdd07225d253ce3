// Money, what other policies would have made of it, and the receipts for it.

import { get, picture, post, Problem } from "./api.js";
import { dollars, el, fixed, micros, table, tiles, when } from "./dom.js";

export const money = {
  async load() {
    const [now, lately] = await Promise.all([get("money"), get("statistics")]);
    return { now, lately };
  },
  show({ now, lately }) {
    const { pace } = now, saved = lately.savings;
    const paced = pace.allowance_micros === null ? "not paced" : `${micros(pace.allowance_micros)} per lot`;
    return [
      el("h1", {}, "Money"),
      tiles([
        ["spent on the last auctions", dollars(saved.spent_micros)],
        ["saved against the seats believed best", dollars(saved.best_single_micros - saved.spent_micros)],
        ["reward per lot", fixed(saved.reward)],
        ["the best fixed mix at this spend", fixed(saved.mix_reward)],
        ["pace", paced],
        ["λ", pace.low === pace.high ? fixed(pace.low, 3) : `${fixed(pace.low, 3)} or ${fixed(pace.high, 3)}`],
      ]),
      table("budgets", [
        ["for", (budget) => `${budget.scope || "everything"}${budget.window ? ` per ${budget.window}` : ""}`],
        ["limit", (budget) => dollars(budget.limit_micros), true],
        ["held", (budget) => dollars(budget.held_micros), true],
        ["spent", (budget) => dollars(budget.spent_micros), true],
        ["left", (budget) => dollars(budget.left_micros), true],
      ], now.budgets),
      el("div", { class: "pictures" },
        picture("statistics/picture?name=spending", "money spent so far beside what the seats believed best would have cost")),
    ];
  },
};

function measured(measure, digits) {
  if (measure.reason) return `no estimate: ${measure.detail}`;
  return `${fixed(measure.dr.mean, digits)} [${fixed(measure.dr.low, digits)}, ${fixed(measure.dr.high, digits)}]`;
}

export const replays = {
  async load() {
    try {
      return await get("replays/latest");
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 404) return { policies: [] };
      throw problem;
    }
  },
  show(report) {
    const told = el("p", { role: "status" });
    const start = async () => {
      try {
        await post("replays", { policies: ["cheapest", "greedy", "random"] });
        told.textContent = "Under way: the report appears here.";
      } catch (problem) {
        told.textContent = problem.message;
      }
    };
    return [
      el("h1", {}, "What would another policy have earned?"),
      el("p", { class: "quiet" }, "Doubly robust estimates per lot, with 95 % intervals, from the logged chances."),
      table("the last replay", [
        ["policy", (each) => each.policy],
        ["reward", (each) => measured(each.reward, 3)],
        ["cost, µ$", (each) => measured(each.cost, 1)],
      ], report.policies, "none was finished"),
      el("div", { class: "buttons" }, el("button", { onclick: start }, "Replay cheapest, greedy and random")), told,
    ];
  },
};

export const receipts = {
  load: () => get("receipts?limit=100"),
  show(page) {
    return [
      el("h1", {}, "Receipts"),
      el("p", { class: "quiet" }, "Every row of the ledger is sealed in a batch; check them with atomic verify."),
      table("sealed batches", [
        ["batch", (one) => one.batch],
        ["sealed", (one) => when(one.sealed_ms)],
        ["rows", (one) => one.leaf_count, true],
        ["root", (one) => one.root],
        ["key", (one) => one.key_id],
      ], page.receipts),
    ];
  },
};
