"""Rows of the market tables as domain values, and an auction as the documents that `record_auction` takes.

Documents are written out key by key, in the order of the columns in the migration that reads them: `dataclasses.asdict`
copies every value and took longer than all else that a client does for an auction.
"""

from __future__ import annotations

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import storable
from bidding.domain.bids import Bid, NoBid, Notice
from bidding.domain.records import AuctionRecord, Award, BidRow, Completion, Outcome, Settlement
from bidding.domain.usage import Usage

Document = dict[str, object]
"""One row as JSON, keys named as the columns; a column that is left out is null."""


def auction_document(record: AuctionRecord) -> Document:
    """The row of `auctions`."""
    request, clearing = record.request, record.clearing
    return {
        "auction_id": request.auction_id,
        "lot_id": request.lot.lot_id,
        "attempt": request.attempt,
        "round": record.round,
        "seed": record.seed,
        "policy_version": request.policy_version,
        "multiplier": clearing.multiplier if clearing else request.pace.low,
        "tmax_ms": request.tmax_ms,
        "pace_low": request.pace.low,
        "pace_high": request.pace.high,
        "pace_high_share": request.pace.high_share,
        "uniform_share": request.uniform_share,
        "purse_micros": request.purse_micros,
        "explored": clearing.explored if clearing else False,
    }


def bid_documents(record: AuctionRecord) -> list[Document]:
    """The rows of `bids`: every answer, those that bid with the notice they were given."""
    notices = {notice.seat_id: _notice(notice) for notice in record.clearing.notices} if record.clearing else {}
    bids = [_without_null(_quote(bid) | notices.get(bid.seat_id, {})) for bid in record.bids]
    return bids + [_no_bid(answer) for answer in record.no_bids]


def award_document(award: Award) -> Document:
    """The row of `awards`."""
    return {
        "award_id": award.award_id,
        "seat_id": award.seat_id,
        "hold_id": award.hold_id,
        "hold_micros": award.hold_micros,
        "price_micros": award.price_micros,
        "propensity": award.propensity,
        "runners_up": award.runners_up,
    }


def _quote(bid: Bid) -> Document:
    return {
        "seat_id": bid.seat_id,
        "price_micros": bid.price_micros,
        "hold_micros": bid.hold_micros,
        "quality_mean": bid.quality_mean,
        "quality_sd": bid.quality_sd,
        "latency_ms": bid.latency_ms,
        "input_tokens": bid.input_tokens,
        "output_tokens": bid.output_tokens,
        "demonstrations": bid.demonstrations,
        "price_upper_micros": bid.price_upper_micros,
        "latency_upper_ms": bid.latency_upper_ms,
        "failure_chance": bid.failure_chance,
        "listed_micros": bid.listed_micros,
        "listed_latency_ms": bid.listed_latency_ms,
    }


def _notice(notice: Notice) -> Document:
    return {
        "loss_reason": notice.reason,
        "quality_draw": notice.quality_draw,
        "quality_micros": notice.quality_micros,
        "price_term_micros": notice.price_term_micros,
        "delay_micros": notice.delay_micros,
        "score": notice.score,
        "propensity": notice.propensity,
        "margin_micros": notice.margin_micros,
        "price_to_win_micros": notice.price_to_win_micros,
        "quality_to_win": notice.quality_to_win,
    }


def _no_bid(answer: NoBid) -> Document:
    return {"seat_id": answer.seat_id, "no_bid_reason": answer.reason, "no_bid_detail": storable(answer.detail)}


def _without_null(document: Document) -> Document:
    """Shorter by a third where little was stated; both ends read every byte."""
    return {key: value for key, value in document.items() if value is not None}


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
