"""Rows of the market tables as domain values, and an auction as the document that `record_auction` takes."""

from __future__ import annotations

from dataclasses import asdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import storable
from bidding.domain.bids import Bid, NoBid, Notice
from bidding.domain.records import AuctionRecord, Award, BidRow, Completion, Outcome, Settlement
from bidding.domain.usage import Usage


def auction_document(record: AuctionRecord) -> dict[str, object]:
    """The auction as JSON, keys named as the columns."""
    request = record.request
    notices = {notice.seat_id: notice for notice in record.clearing.notices} if record.clearing else {}
    bids = [_bid_document(bid, notices.get(bid.seat_id)) for bid in record.bids]
    no_bids = [
        {"seat_id": answer.seat_id, "no_bid_reason": answer.reason, "no_bid_detail": storable(answer.detail)}
        for answer in record.no_bids
    ]
    return {
        "auction": {
            "auction_id": request.auction_id,
            "lot_id": request.lot.lot_id,
            "attempt": request.attempt,
            "round": record.round,
            "seed": record.seed,
            "policy_version": request.policy_version,
            "multiplier": record.clearing.multiplier if record.clearing else request.pace.low,
            "pace_low": request.pace.low,
            "pace_high": request.pace.high,
            "pace_high_share": request.pace.high_share,
            "uniform_share": request.uniform_share,
            "purse_micros": request.purse_micros,
            "explored": record.clearing.explored if record.clearing else False,
            "tmax_ms": request.tmax_ms,
        },
        "bids": bids + no_bids,
        "awards": [asdict(record.award)] if record.award else [],
    }


def _bid_document(bid: Bid, notice: Notice | None) -> dict[str, object]:
    document = asdict(bid)
    if notice is not None:
        document |= asdict(notice)
        document["loss_reason"] = document.pop("reason")
    return document


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
        usage = Usage(row["input_tokens"], row["output_tokens"], row["cpu_ms"])
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
