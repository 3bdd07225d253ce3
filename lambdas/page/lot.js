// One lot: its auction as a picture, in numbers and in sentences, and what came of it.

import { get, picture, post } from "./api.js";
import { el, fixed, link, micros, percent, status, table } from "./dom.js";

function toWin(notice) {
  if (notice.reason !== "outscored") return "";
  const ways = [];
  if (notice.price_to_win_micros !== null) ways.push(`price ≤ ${micros(notice.price_to_win_micros)}`);
  if (notice.quality_to_win !== null) ways.push(`quality ≥ ${fixed(notice.quality_to_win)}`);
  return ways.join(" or ") || "nothing alone";
}

function auction(lot, round) {
  const bids = round.bids.filter((row) => row.bid);
  const absent = round.bids.filter((row) => row.no_bid);
  const told = (row) => row.notice ? status(row.notice.reason) : "–";
  return el("section", { "aria-label": `round ${round.round}` },
    el("h2", {}, `Attempt ${round.attempt}, round ${round.round}`),
    picture(`lots/${lot.lot_id}/auction?round=${round.round}`, "bids on the price-quality plane; the table below has the numbers"),
    table("bids: score = worth − price − delay", [
      ["seat", (row) => row.seat_id],
      ["told", told],
      ["price", (row) => micros(row.bid.price_micros), true],
      ["quality", (row) => `${fixed(row.bid.quality_mean)} ± ${fixed(row.bid.quality_sd)}`, true],
      ["drawn", (row) => fixed(row.notice?.quality_draw), true],
      ["worth", (row) => micros(row.notice?.quality_micros), true],
      ["− price", (row) => micros(row.notice?.price_term_micros), true],
      ["− delay", (row) => micros(row.notice?.delay_micros), true],
      ["= score", (row) => micros(row.notice?.score), true],
      ["chance", (row) => percent(row.notice?.propensity ?? null), true],
      ["would have won at", (row) => (row.notice ? toWin(row.notice) : "")],
    ], bids, "nobody bid"),
    absent.length ? table("did not bid", [
      ["seat", (row) => row.seat_id],
      ["reason", (row) => row.no_bid.reason.replaceAll("_", " ")],
      ["", (row) => row.no_bid.detail],
    ], absent) : null,
    round.completion?.output ? [el("h2", {}, "Answer"), el("pre", {}, JSON.stringify(round.completion.output, null, 2))] : null);
}

function judge(lot, again) {
  const field = el("input", { type: "number", min: 0, max: 1, step: 0.05, value: 1, id: "reward", required: true });
  const told = el("span", { role: "status" });
  const send = async (event) => {
    event.preventDefault();
    try {
      await post(`lots/${lot.lot_id}/feedback`, { reward: Number(field.value) });
      again();
    } catch (problem) {
      told.textContent = ` ${problem.message}`;
    }
  };
  return el("form", { onsubmit: send }, el("label", { for: "reward" }, "How good was the answer, from 0 to 1? "), field, " ",
    el("button", { class: "first" }, "Judge"), told);
}

export const lot = {
  load: (id) => get(`lots/${encodeURIComponent(id)}`),
  show(found, again) {
    const of = found.lot;
    return [
      el("h1", {}, `Why this seat? ${of.kind} of ${of.part}`),
      el("p", {}, link(`#/task/${of.task_id}`, "its task"), " · ", status(of.status),
        ` · worth ${micros(of.value_micros)}, at most ${micros(of.price_ceiling_micros)}, data class ${of.data_class}`),
      el("ul", {}, found.sentences.map((sentence) => el("li", {}, sentence))),
      ...found.rounds.map((round) => auction(of, round)),
      el("h2", {}, "Judge it"), judge(of, again),
    ];
  },
};
