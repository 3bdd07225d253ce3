"""HTML of the dashboard's widget. Whatever comes from the ledger is escaped here, and nowhere else is HTML made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bidding.domain.records import LotHistory, RoundHistory, SeatStanding
from bidding.domain.seats import Seat
from bidding.services.explanation import explain

DESCRIPTION = """\
The market's own views.

- `view: seats`: every seat with its bids, wins, win share, failures, price and calibration.
- `view: lot`: type a lot's id and read why its seat was selected.
- `tenant`: whose, by default `default`.
"""
_HEADERS = ("seat", "kind", "bids", "wins", "win share", "failed", "paid / quoted", "promised", "scored", "status")
_BID_HEADERS = ("seat", "price µ$", "quality", "drawn", "score", "odds", "told")


def page(body: str) -> str:
    """A whole widget."""
    return f"<style>td, th {{ text-align: right; padding: 0 .6em }} td:first-child {{ text-align: left }}</style>{body}"


def said(sentence: str) -> str:
    """One sentence."""
    return f"<p>{escape(sentence)}</p>"


def league_table(seats: Sequence[Seat], standings: Sequence[SeatStanding]) -> str:
    """Every seat's record per kind, most wins first."""
    status = {seat.seat_id: seat.status for seat in seats}
    all_wins = {kind: sum(each.wins for each in standings if each.kind == kind) for kind in {s.kind for s in standings}}
    ranked = sorted(standings, key=lambda each: (each.kind, -each.wins, each.seat_id))
    return _table(_HEADERS, [_record(each, all_wins[each.kind], status.get(each.seat_id, "gone")) for each in ranked])


def lot_form(lot: str, endpoint: str) -> str:
    """Where a lot's id is typed."""
    typed = escape(lot, quote=True)
    return (
        f'<form><input name="lot_id" size="40" placeholder="lot id" value="{typed}"></form>'
        f'<a class="btn">Explain</a><cwdb-action action="call" endpoint="{escape(endpoint, quote=True)}"></cwdb-action>'
    )


def lot_page(history: LotHistory) -> str:
    """Why a lot's seat was selected: the bids of each round, then sentences."""
    lot = history.lot
    head = said(f"Lot {lot.lot_id}: {lot.kind}, worth {lot.value_micros} µ$, {lot.status}; task {lot.task_id}")
    rounds = "".join(_round(past) for past in history.rounds)
    return f"{head}{rounds}<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in explain(history))}</ul>"


def _record(standing: SeatStanding, all_wins: int, status: str) -> tuple[str, ...]:
    share = f"{standing.wins / all_wins:.0%}" if all_wins else ""
    ratio = f"{standing.cost_micros / standing.quoted_micros:.2f}" if standing.quoted_micros else ""
    return (
        standing.seat_id,
        standing.kind,
        str(standing.bids),
        str(standing.wins),
        share,
        str(standing.failures),
        ratio,
        _quality(standing.promised_reward),
        _quality(standing.mean_reward),
        status,
    )


def _round(past: RoundHistory) -> str:
    scored = sorted(
        ((row.bid, row.notice) for row in past.bids if row.bid and row.notice), key=lambda pair: -pair[1].score
    )
    rows = [
        (
            bid.seat_id,
            str(bid.price_micros),
            f"{bid.quality_mean:.2f} ± {bid.quality_sd:.2f}",
            f"{notice.quality_draw:.2f}",
            f"{notice.score:.0f}",
            f"{notice.propensity:.0%}",
            notice.reason,
        )
        for bid, notice in scored
    ]
    return said(f"Attempt {past.attempt}, round {past.round}") + _table(_BID_HEADERS, rows)


def _quality(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
