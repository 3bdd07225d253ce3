"""Why this seat was selected, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.domain.bids import NO_BID_CODES, NoBid, NoBidReason, Notice
from bidding.domain.records import BidRow, LotHistory, RoundHistory


def explain(history: LotHistory) -> list[str]:
    """One paragraph per round: who won and why, what every loser was told, what came of it."""
    if not history.rounds:
        return ["No auction was held for this lot yet."]
    return [sentence for past in history.rounds for sentence in _round(past, history.lot.value_micros)]


def _round(past: RoundHistory, value_micros: int) -> list[str]:
    sentences = [_award(past, value_micros)]
    sentences += [why for row in past.bids if row.no_bid is None and (why := why_not(row))]
    sentences += _stayed_away([row.no_bid for row in past.bids if row.no_bid])
    if past.completion:
        completion = past.completion
        how = "answered" if completion.status == "succeeded" else f"failed ({completion.reason}: {completion.detail})"
        billed = past.settlement.amount_micros if past.settlement else completion.cost_micros
        sentences.append(f"It {how} in {completion.latency_ms} ms and was paid {billed} µ$.")
    for outcome in past.outcomes:
        parts = ", ".join(f"{name} {value:.2f}" for name, value in sorted(outcome.parts.items()))
        worth = "nobody could tell its quality yet" if outcome.reward is None else f"reward {outcome.reward:.2f}"
        sentences.append(f"Judged by {outcome.source}: {worth}{f' ({parts})' if parts else ''}.")
    return sentences


def _award(past: RoundHistory, value_micros: int) -> str:
    if past.award is None:
        return f"Round {past.round}: nobody could be given the lot."
    won = next((row.notice for row in past.bids if row.notice and row.notice.reason == "won"), None)
    if won is None:
        return f"Round {past.round}: {past.award.seat_id} won."
    return (
        f"Round {past.round}: {won.seat_id} won with a score of {won.score:.0f} = {value_micros} × quality "
        f"{won.quality_draw:.2f} - price {won.price_term_micros:.0f} - delay {won.delay_micros:.0f}; "
        f"its chance to win this draw was {won.propensity:.0%} under policy version {past.policy_version}."
    )


def _stayed_away(no_bids: Sequence[NoBid]) -> list[str]:
    """One sentence per reason, naming the seats."""
    seats: dict[tuple[NoBidReason, str], list[str]] = {}
    for no_bid in no_bids:
        seats.setdefault((no_bid.reason, no_bid.detail), []).append(no_bid.seat_id)
    return [
        f"No bid from {', '.join(names)}: {reason} ({NO_BID_CODES[reason]}){f', {detail}' if detail else ''}."
        for (reason, detail), names in seats.items()
    ]


def why_not(row: BidRow) -> str | None:
    """What a losing bidder was told; None for the winner and for who made no bid."""
    notice = row.notice
    if notice is None or notice.reason == "won":
        return None
    return f"{row.seat_id} was {_told(notice)}; {_to_win(notice)}."


def _told(notice: Notice) -> str:
    behind = f", {notice.margin_micros:.0f} µ$ behind" if notice.margin_micros is not None else ""
    return f"told {notice.reason} ({notice.code}), score {notice.score:.0f}{behind}"


def _to_win(notice: Notice) -> str:
    if notice.reason != "outscored":
        return "it was not let in"
    ways = []
    if notice.price_to_win_micros is not None:
        ways.append(f"a price of {notice.price_to_win_micros} µ$ or less")
    if notice.quality_to_win is not None:
        ways.append(f"a quality of {notice.quality_to_win:.2f}")
    return f"{' or '.join(ways)} would have won" if ways else "no price and no quality alone would have won"
