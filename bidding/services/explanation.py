"""Why this seat was selected, in sentences with numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

from bidding.domain.bids import NO_BID_CODES, Clearing, NoBid, NoBidReason, Notice
from bidding.domain.lots import PLAN_KIND, Lot
from bidding.domain.records import LotHistory, RoundHistory
from bidding.domain.rewards import verdict_reasons


def explain(history: LotHistory, judgement: LotHistory | None = None) -> list[str]:
    """One paragraph per round: who won and why, what every loser was told, what came of it.

    `judgement` is the lot that asked for a verdict on this one's answer, where there is one.
    """
    sentences = [] if history.rounds else ["No auction was held for this lot yet."]
    sentences += [sentence for past in history.rounds for sentence in _round(past, history.lot)]
    if history.lot.kind == PLAN_KIND and history.lot.status == "failed":
        sentences.append("No proposed plan passed its check: the task followed the default plan.")
    return sentences + (_verdict(judgement) if judgement else [])


def explain_clearing(clearing: Clearing, lot: Lot) -> list[str]:
    """The same of one auction that no ledger has seen yet: who won, what it is paid, what every loser was told."""
    won = next(notice for notice in clearing.notices if notice.reason == "won")
    used = won.price_term_micros / (1 + clearing.multiplier)
    moved = [f"Its quote was moved to {used:.0f} µ$ by chance."] if used - clearing.winner.price_micros > 1e-3 else []
    sentences = [
        f"{_scored(won, lot.value_micros, clearing.multiplier)}; its chance to win was {won.propensity:.0%}.",
        *moved,
        *_how_safely(clearing.notices, used, lot.price_ceiling_micros, clearing.multiplier, explored=clearing.explored),
        _payment(clearing),
    ]
    return sentences + [why for notice in clearing.notices if (why := why_not(notice))]


def _round(past: RoundHistory, lot: Lot) -> list[str]:
    sentences = _award(past, lot) + _paced(past)
    sentences += [why for row in past.bids if row.notice and (why := why_not(row.notice))]
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


def _verdict(judgement: LotHistory) -> list[str]:
    """Who judged, for how much, and its reasons; or that nobody did."""
    given = next((past for past in reversed(judgement.rounds) if past.completion and past.completion.output), None)
    cost = sum(past.settlement.amount_micros for past in judgement.rounds if past.settlement)
    lot = judgement.lot.lot_id
    if given is None or given.award is None or given.completion is None or given.completion.output is None:
        return [f"It was put up for judging (lot {lot}, {cost} µ$): there is no verdict."]
    said = [f"{name} {score:.2f}: {reason}" for name, score, reason in verdict_reasons(given.completion.output)]
    return [f"Its judge was {given.award.seat_id} (lot {lot}, {cost} µ$): {'; '.join(said)}."]


def _award(past: RoundHistory, lot: Lot) -> list[str]:
    if past.award is None:
        return [f"Round {past.round}: nobody could be given the lot."]
    row = next((row for row in past.bids if row.notice and row.notice.reason == "won"), None)
    if row is None or row.notice is None or row.bid is None:
        return [f"Round {past.round}: {past.award.seat_id} won."]
    price = row.bid.price_micros
    # λ may have been drawn between two values: the winner's own price term tells which one it met.
    multiplier = row.notice.price_term_micros / price - 1 if price else past.multiplier
    first = (
        f"Round {past.round}: {_scored(row.notice, lot.value_micros, multiplier)}; "
        f"its chance to win this draw was {row.notice.propensity:.0%} under policy version {past.policy_version}."
    )
    notices = [other.notice for other in past.bids if other.notice]
    return [first, *_how_safely(notices, price, lot.price_ceiling_micros, multiplier, explored=past.explored)]


def _paced(past: RoundHistory) -> list[str]:
    """What the budget's pace did to this round; nothing where it did nothing."""
    sentences = []
    pace = past.pace
    if max(pace.low, pace.high) > 0:
        drawn = f"{past.multiplier:.3g} of {pace.low:.3g} or, at a chance of {pace.high_share:.0%}, {pace.high:.3g}"
        sentences.append(f"The budget's pace counted prices at 1 + λ: λ was {drawn}.")
    above = [row.bid for row in past.bids if row.bid and row.notice and row.notice.reason == "above_purse"]
    if above:
        uppers = ", ".join(f"{bid.seat_id} up to {bid.price_upper_micros or bid.price_micros} µ$" for bid in above)
        sentences.append(
            f"Its purse let one call come to {past.purse_micros} µ$: who may cost more was not let in ({uppers})."
        )
    return sentences


def _scored(won: Notice, value_micros: int, multiplier: float) -> str:
    pace = f" (λ {multiplier:.2f})" if multiplier > 5e-3 else ""
    return (
        f"{won.seat_id} won with a score of {won.score:.0f} = {value_micros} × quality {won.quality_draw:.2f} "
        f"- price {won.price_term_micros:.0f}{pace} - delay {won.delay_micros:.0f}"
    )


def _how_safely(
    notices: Sequence[Notice], price_micros: float, ceiling_micros: int, multiplier: float, *, explored: bool
) -> list[str]:
    """How far the winner's price could have risen, or that it was picked whatever its score."""
    margins = [notice.margin_micros for notice in notices if notice.margin_micros is not None]
    if not margins:
        return []
    least = min(margins)
    if explored:
        place = "behind" if least < 0 else "before"
        return [f"It was picked uniformly, to learn, {abs(least):.0f} µ$ {place} the best of the rest."]
    highest = min(ceiling_micros, price_micros + least / (1 + multiplier))
    return [f"At up to {math.floor(highest)} µ$ it would still have won."]


def _payment(clearing: Clearing) -> str:
    match clearing.mechanism:
        case "first_score":
            return "It is paid what its call costs (first_score)."
        case "second_score":
            return f"It is paid {clearing.payment_micros} µ$, the highest price that would have won (second_score)."
        case "learning":
            rebate = (clearing.payment_micros or 0) - clearing.winner.price_micros
            moved = f" and a rebate of {rebate} µ$, as its quote was moved" if rebate else ""
            return f"It is paid its quote of {clearing.winner.price_micros} µ${moved} (learning)."
    assert_never(clearing.mechanism)


def _stayed_away(no_bids: Sequence[NoBid]) -> list[str]:
    """One sentence per reason, naming the seats."""
    seats: dict[tuple[NoBidReason, str], list[str]] = {}
    for no_bid in no_bids:
        seats.setdefault((no_bid.reason, no_bid.detail), []).append(no_bid.seat_id)
    return [
        f"No bid from {', '.join(names)}: {reason} ({NO_BID_CODES[reason]}){f', {detail}' if detail else ''}."
        for (reason, detail), names in seats.items()
    ]


def why_not(notice: Notice) -> str | None:
    """What a losing bidder was told; None for the winner."""
    if notice.reason == "won":
        return None
    return f"{notice.seat_id} was {_told(notice)}; {_to_win(notice)}."


def _told(notice: Notice) -> str:
    margin = notice.margin_micros
    place = "" if margin is None else f", {abs(margin):.0f} µ$ {'behind' if margin >= 0 else 'ahead'}"
    return f"told {notice.reason} ({notice.code}), score {notice.score:.0f}{place}"


def _to_win(notice: Notice) -> str:
    if notice.reason != "outscored":
        return "it was not let in"
    ways = []
    if notice.price_to_win_micros is not None:
        ways.append(f"a price of {notice.price_to_win_micros} µ$ or less")
    if notice.quality_to_win is not None:
        ways.append(f"a quality of {notice.quality_to_win:.2f}")
    return f"{' or '.join(ways)} would have won" if ways else "no price and no quality alone would have won"
