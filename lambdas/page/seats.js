// Who bids, what they promise, and what they keep.

import { get, picture } from "./api.js";
import { el, fixed, micros, percent, status, table, tiles } from "./dom.js";

function drift(value) {
  if (value === null || value === undefined) return "–";
  return `${value > 0 ? "+" : ""}${fixed(value)}`;
}

export const seats = {
  async load() {
    const [registry, lately] = await Promise.all([get("seats"), get("statistics")]);
    const known = Object.fromEntries(lately.seats.map((seat) => [seat.seat_id, seat]));
    return { lately, seats: registry.seats.map((seat) => ({ ...seat, lately: known[seat.seat_id] ?? null })) };
  },
  show({ lately, seats: all }) {
    const ranked = [...all].sort((one, other) => (other.lately?.wins ?? -1) - (one.lately?.wins ?? -1));
    return [
      el("h1", {}, "Seats"),
      tiles([["auctions counted", lately.auctions], ["concentration of wins", fixed(lately.concentration)],
        ["seats that may bid", all.filter((seat) => seat.status === "active" && !seat.unavailable).length]]),
      table("the registry, and the last auctions", [
        ["seat", (seat) => seat.seat_id],
        ["status", (seat) => status(seat.unavailable ? "absent" : seat.status)],
        ["where", (seat) => seat.location.replaceAll("_", "\u00a0")],
        ["bids", (seat) => seat.lately?.bids ?? 0, true],
        ["wins", (seat) => percent(seat.lately?.win_share ?? null), true],
        ["mean quote", (seat) => micros(seat.lately?.mean_price_micros), true],
        ["promised", (seat) => fixed(seat.lately?.promised), true],
        ["kept", (seat) => fixed(seat.lately?.rewarded), true],
        ["drift", (seat) => drift(seat.lately?.drift), true],
        ["note", (seat) => seat.unavailable ?? ""],
      ], ranked),
      el("div", { class: "pictures" },
        picture("statistics/picture?name=shares", "who wins how much; the table above has the numbers"),
        picture("statistics/picture?name=calibration", "quality promised against reward; the table below has the numbers")),
      table("calibration", [
        ["promised", (bin) => fixed(bin.promised)],
        ["kept", (bin) => fixed(bin.rewarded), true],
        ["answers", (bin) => bin.answers, true],
      ], lately.calibration, "no answer was judged yet"),
    ];
  },
};
