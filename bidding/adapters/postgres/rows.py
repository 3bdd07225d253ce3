"""Rows of the market tables as domain values."""

from __future__ import annotations

from bidding.adapters.postgres.connection import Row
from bidding.domain.bids import Bid, NoBid, Notice
from bidding.domain.records import Award, BidRow, Completion, Outcome, Settlement
from bidding.domain.usage import Usage


def award_from(row: Row) -> Award:
    """From a row of `awarded_lots`."""
    return Award(
        award_id=row["award_id"],
        auction_id=row["auction_id"],
        lot_id=row["lot_id"],
        hold_id=row["hold_id"],
        seat_id=row["seat_id"],
        round=row["round"],
        price_micros=row["price_micros"],
        hold_micros=row["hold_micros"],
        propensity=row["propensity"],
        runners_up=tuple(row["runners_up"]),
    )


def completion_from(row: Row) -> Completion | None:
    """From a row of `completions`, or None where an outer join found none."""
    if row["status"] is None:
        return None
    usage = None
    if row["input_tokens"] is not None:
        cached = (row["cache_read_tokens"] or 0, row["cache_write_tokens"] or 0)
        usage = Usage(row["input_tokens"], row["output_tokens"], row["cpu_ms"], *cached)
    return Completion(
        award_id=row["award_id"],
        status=row["status"],
        reason=row["reason"],
        detail=row["detail"],
        usage=usage,
        cost_micros=row["cost_micros"],
        latency_ms=row["latency_ms"],
        output=row["output"],
        road=row["road"],
        raw_key=row["raw_key"],
        tries=row["tries"] or 1,
    )


def settlement_from(row: Row) -> Settlement:
    """From a row of `settlements`."""
    return Settlement(
        hold_id=row["hold_id"], award_id=row["award_id"], kind=row["kind"], amount_micros=row["amount_micros"]
    )


def outcome_from(row: Row) -> Outcome:
    """From a row of `outcomes` with the lot of its award."""
    return Outcome(
        outcome_id=row["outcome_id"],
        award_id=row["award_id"],
        lot_id=row["lot_id"],
        reward=row["reward"],
        weight=row["weight"],
        source=row["source"],
        parts=row["parts"],
    )


_OF_A_BID = {
    **{
        f"bid_{name}": name
        for name in (
            *("price_micros", "price_upper_micros", "hold_micros", "quality_mean", "quality_sd", "latency_ms"),
            *("latency_upper_ms", "input_tokens", "output_tokens", "failure_chance", "listed_micros"),
            *("listed_latency_ms", "demonstrations"),
        )
    },
    **{
        f"notice_{name}": name
        for name in (
            *("quality_draw", "quality_micros", "price_term_micros", "delay_micros", "score", "propensity"),
            *("margin_micros", "price_to_win_micros", "quality_to_win"),
        )
    },
    "notice_reason": "loss_reason",
}
"""The lists of `auctions` that say something of each bid, and what a row of `bids` calls it."""


def bid_rows_from(auction: Row) -> list[BidRow]:
    """Every bid and every absence in a row of `auctions`; none where its bids have rows of their own."""
    rows = []
    for place, seat in enumerate(auction["bidders"] or ()):
        bid = {name: auction[many][place] if auction[many] is not None else None for many, name in _OF_A_BID.items()}
        bid["demonstrations"] = bid["demonstrations"] or ()
        rows.append(bid_row_from(bid | {"seat_id": seat, "no_bid_reason": None}))
    absences = zip(*(auction[name] or () for name in ("absent", "absent_reason", "absent_detail")), strict=True)
    rows += [
        BidRow(seat, bid=None, no_bid=NoBid(seat, reason, detail), notice=None) for seat, reason, detail in absences
    ]
    return rows


def bid_row_from(row: Row) -> BidRow:
    """From a row of `bids`."""
    seat = row["seat_id"]
    if row["no_bid_reason"] is not None:
        no_bid = NoBid(seat, row["no_bid_reason"], row["no_bid_detail"] or "")
        return BidRow(seat_id=seat, bid=None, no_bid=no_bid, notice=None)
    bid = Bid(
        seat_id=seat,
        price_micros=row["price_micros"],
        hold_micros=row["hold_micros"],
        quality_mean=row["quality_mean"],
        quality_sd=row["quality_sd"],
        latency_ms=row["latency_ms"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        demonstrations=tuple(row["demonstrations"]),
        price_upper_micros=row["price_upper_micros"],
        latency_upper_ms=row["latency_upper_ms"],
        failure_chance=row["failure_chance"],
        listed_micros=row["listed_micros"],
        listed_latency_ms=row["listed_latency_ms"],
    )
    return BidRow(seat_id=seat, bid=bid, no_bid=None, notice=_notice_from(row))


def _notice_from(row: Row) -> Notice | None:
    if row["loss_reason"] is None:
        return None
    return Notice(
        seat_id=row["seat_id"],
        reason=row["loss_reason"],
        quality_draw=row["quality_draw"],
        quality_micros=row["quality_micros"],
        price_term_micros=row["price_term_micros"],
        delay_micros=row["delay_micros"],
        score=row["score"],
        propensity=row["propensity"],
        margin_micros=row["margin_micros"],
        price_to_win_micros=row["price_to_win_micros"],
        quality_to_win=row["quality_to_win"],
    )
