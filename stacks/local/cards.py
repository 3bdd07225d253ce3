"""What a person reads in the terminal: a card per task, the bids of a lot, the league of seats.

Everything that came from a mail or a model is escaped: it can carry neither markup nor terminal codes.
"""

from __future__ import annotations

import re

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bidding.domain.records import BidRow, LotHistory, RoundHistory, SeatStanding
from bidding.domain.seats import Seat
from bidding.services.explanation import explain
from schemas.tasks import LotResult
from stacks.local.reports import TaskReport

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COLOURS = {"done": "green", "refused": "yellow", "failed": "red", "in_progress": "cyan", "awaiting_approval": "cyan"}


def safe(value: object, limit: int = 300) -> Text:
    """Foreign text, made harmless and short."""
    text = " ".join(_CONTROL.sub(" ", str(value)).split())
    return Text(text if len(text) <= limit else f"{text[: limit - 1]}…")


def dollars(micros: int) -> str:
    """Micro-dollars for people."""
    return f"${micros / 1_000_000:.6f}"


def task_card(report: TaskReport) -> RenderableType:
    """What was done for one task, by which seat, why, and what it cost."""
    title = Text.assemble(safe(report.source, 80), "  ", (report.status, _COLOURS.get(report.status, "white")))
    parts: list[RenderableType] = []
    if report.reason:
        parts.append(safe(report.reason))
    if report.lots:
        parts.append(_answers(report.lots))
        parts.append(_lots(report.lots))
        parts.append(_bill(report))
    return Panel(Group(*parts), title=title, title_align="left", subtitle=report.task_id, subtitle_align="right")


def _answers(lots: tuple[LotResult, ...]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for lot in lots:
        if lot.output is not None:
            table.add_row(safe(_name(lot.kind, lot.part), 34), _answer(lot.output))
    return table


def _name(kind: str, part: str) -> str:
    return kind if part == "body" else f"{kind} {part}"


def _answer(output: dict[str, object]) -> Text:
    if "label" in output:
        sure = f" ({float(str(output['confidence'])):.0%} sure)"
        return safe(f"{output['label']}{sure}" if output["label"] else f"abstained{sure}")
    if "summary" in output or "body" in output:
        return safe(output.get("summary") or output.get("body"))
    found = [
        f"{name}: {', '.join(_fact(item) for item in items)}"
        for name, items in output.items()
        if isinstance(items, list) and items
    ]
    return safe("; ".join(found) or "nothing found")


def _fact(item: dict[str, object]) -> str:
    if "currency" in item:
        return f"{item['value']} {item['currency']}"
    return str(item.get("name") or item.get("date") or item.get("ask") or item.get("span"))


def _lots(lots: tuple[LotResult, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for header, justify in (("lot", "left"), ("kind", "left"), ("winner", "left"), ("chance", "right")):
        table.add_column(header, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for header in ("quoted", "paid", "reward"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("next in line", overflow="ellipsis", no_wrap=True)
    for lot in lots:
        table.add_row(
            lot.lot_id,
            lot.kind,
            lot.winner or Text(lot.reason or "failed", style="red"),
            "" if lot.propensity is None else f"{lot.propensity:.0%}",
            f"{lot.price_micros} µ$",
            f"{lot.cost_micros} µ$",
            "" if lot.reward is None else f"{lot.reward:.2f}",
            ", ".join(lot.runners_up[:2]),
        )
    return table


def _bill(report: TaskReport) -> Text:
    best = sum(lot.best_single_micros for lot in report.lots)
    saved = best - report.cost_micros
    compared = f"{dollars(abs(saved))} {'less' if saved >= 0 else 'more'} than the seats believed best"
    return Text(f"{dollars(report.cost_micros)} for {len(report.lots)} lots, {compared}; {report.seconds:.1f} s")


def lot_explanation(console: Console, history: LotHistory) -> None:
    """Print every bid of a lot with its score taken apart, and what each loser was told."""
    lot = history.lot
    console.print(
        Text(f"Lot {lot.lot_id}: {lot.kind} of "), safe(lot.part, 80), Text(f"for task {lot.task_id}"), sep=" "
    )
    console.print(
        f"worth {lot.value_micros} µ$, at most {lot.price_ceiling_micros} µ$, data class {lot.data_class}, "
        f"{lot.status}; score = worth × quality drawn - price - delay"
    )
    for past in history.rounds:
        console.print(_bids(past))
    for sentence in explain(history):
        console.print(Text("• ") + safe(sentence, 600))


def _bids(past: RoundHistory) -> Table:
    table = Table(title=f"attempt {past.attempt}, round {past.round}", title_justify="left")
    for header in ("seat", "price µ$", "quality", "drawn", "worth", "- price", "- delay", "= score", "chance"):
        table.add_column(header, justify="left" if header == "seat" else "right", no_wrap=True)
    table.add_column("told")
    ranked = sorted(past.bids, key=lambda row: -(row.notice.score if row.notice else float("-inf")))
    for row in ranked:
        table.add_row(*_bid_row(row))
    return table


def _bid_row(row: BidRow) -> list[str]:
    if row.bid is None or row.notice is None:
        told = row.no_bid.reason if row.no_bid else "no award"
        price = str(row.bid.price_micros) if row.bid else ""
        return [row.seat_id, price, *[""] * 7, told]
    bid, notice = row.bid, row.notice
    return [
        row.seat_id,
        str(bid.price_micros),
        f"{bid.quality_mean:.2f} ± {bid.quality_sd:.2f}",
        f"{notice.quality_draw:.2f}",
        f"{notice.quality_micros:.0f}",
        f"{notice.price_term_micros:.0f}",
        f"{notice.delay_micros:.0f}",
        f"{notice.score:.0f}",
        f"{notice.propensity:.1%}",
        notice.reason,
    ]


def seat_table(seats: list[Seat], standings: list[SeatStanding]) -> Table:
    """The registry with each seat's record per kind of lot."""
    table = Table()
    for header in ("seat", "kind", "runs", "bids", "wins", "failed", "paid / quoted", "reward", "promised", "status"):
        table.add_column(header, no_wrap=True, justify="left" if header in {"seat", "kind", "runs"} else "right")
    records = {(standing.seat_id, standing.kind): standing for standing in standings}
    for seat in seats:
        for kind in sorted(seat.kinds):
            table.add_row(seat.seat_id, kind, seat.location, *_record(records.get((seat.seat_id, kind))), seat.status)
    return table


def _record(standing: SeatStanding | None) -> list[str]:
    if standing is None:
        return ["0", "0", "0", "", "", ""]
    ratio = f"{standing.cost_micros / standing.quoted_micros:.2f}" if standing.quoted_micros else ""
    rewards = ["" if value is None else f"{value:.2f}" for value in (standing.mean_reward, standing.promised_reward)]
    return [str(standing.bids), str(standing.wins), str(standing.failures), ratio, *rewards]
