// Answers that wait for a person.

import { get, post } from "./api.js";
import { el, link, status, table, when } from "./dom.js";

function waiting(approval, again) {
  const told = el("p", { role: "status" });
  const id = `answer-${approval.approval_id}`;
  const before = JSON.stringify(approval.output, null, 2) ?? "";
  const answer = el("textarea", { id, spellcheck: "true", oninput: () => answer.toggleAttribute("data-edited", answer.value !== before) });
  answer.value = before;
  const decide = async (verdict) => {
    try {
      const output = verdict === "edited" ? JSON.parse(answer.value) : null;
      await post(`approvals/${approval.approval_id}`, output ? { verdict, output } : { verdict });
      answer.removeAttribute("data-edited");
      again();
    } catch (problem) {
      told.textContent = problem instanceof SyntaxError ? `The edit is no JSON: ${problem.message}` : problem.message;
      told.className = "problem";
    }
  };
  const approve = () => decide(answer.value === before ? "approved" : "edited");
  return el("section", { class: "card", "aria-label": `${approval.kind} of ${approval.source}` },
    el("h2", {}, approval.kind, " of ", link(`#/task/${approval.task_id}`, approval.source)),
    el("p", {}, `${approval.category} · waits because of its ${approval.because.replaceAll("_", " ")} · until ${when(approval.expires_ms)} `,
      approval.overdue ? status("overdue") : "", " · ", link(`#/lot/${approval.lot_id}`, "why this answer")),
    el("label", { for: id }, "The answer; change it before you approve, if it should be otherwise"), answer,
    el("div", { class: "buttons" }, el("button", { class: "first", onclick: approve }, "Approve"),
      el("button", { onclick: () => decide("rejected") }, "Reject")), told);
}

export const approvals = {
  load: () => get("approvals"),
  show(found, again) {
    return [
      el("h1", {}, "Approvals"),
      found.open.length ? "" : el("p", { class: "quiet" }, "Nothing waits for you."),
      ...found.open.map((approval) => waiting(approval, again)),
      table("autonomy by category", [
        ["category", (each) => each.category],
        ["approved in a row", (each) => each.streak, true],
        ["lost", (each) => (each.lost_ms === null ? "never" : when(each.lost_ms))],
      ], found.autonomy, "nothing was approved yet"),
      table("decided", [
        ["document", (each) => link(`#/task/${each.task_id}`, each.source)],
        ["answer", (each) => each.category],
        ["verdict", (each) => status(each.verdict)],
        ["by", (each) => each.decided_by ?? "–"],
        ["when", (each) => (each.decided_ms === null ? "–" : when(each.decided_ms))],
      ], found.decided),
    ];
  },
};
