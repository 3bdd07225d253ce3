"""What a person reads in the terminal: a card per task, the bids of a lot, the league of seats.

Everything that came from a mail or a model is escaped: it can carry neither markup nor terminal codes.
"""

from __future__ import annotations

import re

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bidding.domain.records import LotHistory, RoundHistory, SeatStanding
from bidding.domain.seats import Seat
from bidding.services.explanation import explain
from schemas.results import LotResult
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
        parts += [_lot(lot) for lot in report.lots]
        parts.append(_bill(report))
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=f"task {report.task_id}" if report.task_id else None,
        subtitle_align="right",
    )


def _lot(lot: LotResult) -> Table:
    """One lot: what was asked, what came of it, and who did it for how much."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=10, no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    about = [] if lot.part == "body" else [Text.assemble(("of ", "dim"), safe(lot.part, 70))]
    answer = _answer(lot.output) if lot.output is not None else Text(lot.reason or "failed", style="red")
    table.add_row(
        lot.kind, Group(*about, answer, Text(_deal(lot), style="dim"), Text(f"lot {lot.lot_id}", style="dim cyan"))
    )
    return table


def _deal(lot: LotResult) -> str:
    """Who won at what chance, what it quoted and was paid, what it earned, who was next in line."""
    if lot.winner is None or lot.propensity is None:
        return f"nobody, after {lot.rounds} rounds and {lot.cost_micros} µ$"
    paid = f"paid {lot.cost_micros} of {lot.price_micros} µ$ quoted"
    if lot.rounds > 1:
        paid = f"paid {lot.cost_micros} µ$ over {lot.rounds} rounds"
    words = [f"{lot.winner} won at a chance of {lot.propensity:.0%}", paid]
    if lot.reward is not None:
        words.append(f"checks gave {lot.reward:.2f}")
    if lot.runners_up:
        words.append(f"ahead of {lot.runners_up[0]}")
    return ", ".join(words)


def _answer(output: dict[str, object]) -> Text:
    if "label" in output:
        sure = f" (says it is {float(str(output['confidence'])):.0%} sure)"
        return safe(f"{output['label']}{sure}" if output["label"] else f"abstained{sure}")
    if "summary" in output or "body" in output:
        return safe(output.get("summary") or output.get("body"))
    if "lots" in output:
        return safe(_planned(output))
    if not all(isinstance(value, list) and all(isinstance(each, dict) for each in value) for value in output.values()):
        return safe("; ".join(f"{name}: {value}" for name, value in output.items()))  # a type that its job declared
    found = [
        f"{name}: {', '.join(_fact(item) for item in items)}"
        for name, items in output.items()
        if isinstance(items, list) and items
    ]
    return safe("; ".join(found) or "nothing found")


def _planned(output: dict[str, object]) -> str:
    steps = output["lots"] if isinstance(output["lots"], list) else []
    return ", then ".join(f"{step.get('kind')} section {step.get('section')}" for step in steps)


def _fact(item: dict[str, object]) -> str:
    if "currency" in item:
        return f"{item['value']} {item['currency']}"
    return str(item.get("name") or item.get("date") or item.get("ask") or item.get("span"))


def _bill(report: TaskReport) -> Text:
    best = sum(lot.best_single_micros for lot in report.lots)
    saved = best - report.cost_micros
    count = "1 lot" if len(report.lots) == 1 else f"{len(report.lots)} lots"
    compared = f"{dollars(abs(saved))} {'less' if saved >= 0 else 'more'} than the seats believed best"
    return Text(f"{dollars(report.cost_micros)} for {count}, {compared}; {report.seconds:.1f} s")


def lot_explanation(console: Console, history: LotHistory, judgement: LotHistory | None = None) -> None:
    """Print every bid of a lot with its score taken apart, what each loser was told, and what a judge said."""
    lot = history.lot
    console.print(Text.assemble(f"Lot {lot.lot_id}: {lot.kind} of ", safe(lot.part, 80), f", task {lot.task_id}"))
    console.print(
        f"worth {lot.value_micros} µ$, at most {lot.price_ceiling_micros} µ$, data class {lot.data_class}, "
        f"{lot.status}, answered as {lot.output}; score = worth × quality drawn - price - delay"
    )
    for past in history.rounds:
        console.print(_bids(past))
    for sentence in explain(history, judgement):
        console.print(Text("• ") + safe(sentence, 600))


def _bids(past: RoundHistory) -> Table:
    """The bids of a round, best score first; why others made none is told in sentences."""
    title = f"attempt {past.attempt}, round {past.round}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("seat", no_wrap=True)
    for header in ("price", "quality", "draw", "worth", "-price", "-wait", "=score", "odds"):
        table.add_column(header, justify="right", no_wrap=True)
    scored = [(row.bid, row.notice) for row in past.bids if row.bid and row.notice]
    for bid, notice in sorted(scored, key=lambda pair: -pair[1].score):
        table.add_row(
            bid.seat_id,
            str(bid.price_micros),
            f"{bid.quality_mean:.2f}±{bid.quality_sd:.2f}",
            f"{notice.quality_draw:.2f}",
            f"{notice.quality_micros:.0f}",
            f"{notice.price_term_micros:.0f}",
            f"{notice.delay_micros:.0f}",
            f"{notice.score:.0f}",
            f"{notice.propensity:.0%}",
            style="bold" if notice.reason == "won" else None,
        )
    return table


def seat_table(seats: list[Seat], standings: list[SeatStanding], missing: dict[str, str]) -> Table:
    """The registry with each seat's record per kind of lot. `missing` says why a seat cannot run here, by id."""
    table = Table(box=None, pad_edge=False)
    table.add_column("seat and kind", no_wrap=True)
    for header in ("bids", "wins", "failed", "ratio", "reward", "promise"):
        table.add_column(header, justify="right")
    records = {(standing.seat_id, standing.kind): standing for standing in standings}
    for seat in seats:
        status = "" if seat.status == "active" else f" ({seat.status})"
        status += " (not installed)" if seat.seat_id in missing else ""
        table.add_row(Text(seat.seat_id + status, style="bold"))
        for kind in sorted(seat.kinds):
            table.add_row(f"  {kind}", *_record(records.get((seat.seat_id, kind))))
    return table


def _record(standing: SeatStanding | None) -> list[str]:
    if standing is None:
        return ["0", "0", "0", "", "", ""]
    ratio = f"{standing.cost_micros / standing.quoted_micros:.2f}" if standing.quoted_micros else ""
    rewards = ["" if value is None else f"{value:.2f}" for value in (standing.mean_reward, standing.promised_reward)]
    return [str(standing.bids), str(standing.wins), str(standing.failures), ratio, *rewards]
