"""Rows of the market tables as domain values, and an auction as the parameters that `record_auction` takes.

Parameters are written out one by one: `dataclasses.asdict` copies every value and took longer than all else that a
client does for an auction.
"""

from __future__ import annotations

from collections.abc import Sequence

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import as_json, storable
from bidding.domain.bids import Bid, Clearing, NoBid, Notice
from bidding.domain.errors import InvalidRequest
from bidding.domain.records import AuctionRecord, Award, BidRow, Completion, Outcome, Settlement
from bidding.domain.usage import Usage

Parameters = dict[str, object]
"""What goes into a call, by the names of the columns."""


def auction_parameters(record: AuctionRecord) -> Parameters:
    """The row of `auctions` with every answer: bids, absences, and notices where a winner was picked."""
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
        **_bids(record.bids),
        **_notices(record.bids, clearing),
        **_absences(record.no_bids),
    }


def award_parameters(award: Award | None) -> Parameters:
    """The row of `awards`; nulls where nobody won."""
    if award is None:
        return dict.fromkeys(_AWARD)
    return {
        "award_id": award.award_id,
        "seat_id": award.seat_id,
        "hold_id": award.hold_id,
        "hold_micros": award.hold_micros,
        "price_micros": award.price_micros,
        "propensity": award.propensity,
        "runners_up": text_list(award.runners_up),
    }


_AWARD = ("award_id", "seat_id", "hold_id", "hold_micros", "price_micros", "propensity", "runners_up")
_NOTICES = (
    *("reason", "quality_draw", "quality_micros", "price_term_micros", "delay_micros", "score", "propensity"),
    *("margin_micros", "price_to_win_micros", "quality_to_win"),
)


def _bids(bids: Sequence[Bid]) -> Parameters:
    demonstrations = [bid.demonstrations for bid in bids]
    return {
        "bidders": text_list([bid.seat_id for bid in bids]),
        "bid_price_micros": _integers([bid.price_micros for bid in bids]),
        "bid_price_upper_micros": _integers([bid.price_upper_micros for bid in bids]),
        "bid_hold_micros": _integers([bid.hold_micros for bid in bids]),
        "bid_quality_mean": _floats([bid.quality_mean for bid in bids]),
        "bid_quality_sd": _floats([bid.quality_sd for bid in bids]),
        "bid_latency_ms": _integers([bid.latency_ms for bid in bids]),
        "bid_latency_upper_ms": _integers([bid.latency_upper_ms for bid in bids]),
        "bid_input_tokens": _integers([bid.input_tokens for bid in bids]),
        "bid_output_tokens": _integers([bid.output_tokens for bid in bids]),
        "bid_failure_chance": _floats([bid.failure_chance for bid in bids]),
        "bid_listed_micros": _floats([bid.listed_micros for bid in bids]),
        "bid_listed_latency_ms": _floats([bid.listed_latency_ms for bid in bids]),
        "bid_demonstrations": as_json(demonstrations) if any(demonstrations) else None,
    }


def _notices(bids: Sequence[Bid], clearing: Clearing | None) -> Parameters:
    if clearing is None:
        return {f"notice_{name}": None for name in _NOTICES}
    told = {notice.seat_id: notice for notice in clearing.notices}
    notices = [told[bid.seat_id] for bid in bids]
    return {
        "notice_reason": text_list([notice.reason for notice in notices]),
        "notice_quality_draw": _floats([notice.quality_draw for notice in notices]),
        "notice_quality_micros": _floats([notice.quality_micros for notice in notices]),
        "notice_price_term_micros": _floats([notice.price_term_micros for notice in notices]),
        "notice_delay_micros": _floats([notice.delay_micros for notice in notices]),
        "notice_score": _floats([notice.score for notice in notices]),
        "notice_propensity": _floats([notice.propensity for notice in notices]),
        "notice_margin_micros": _floats([notice.margin_micros for notice in notices]),
        "notice_price_to_win_micros": _integers([notice.price_to_win_micros for notice in notices]),
        "notice_quality_to_win": _floats([notice.quality_to_win for notice in notices]),
    }


def _absences(no_bids: Sequence[NoBid]) -> Parameters:
    return {
        "absent": text_list([answer.seat_id for answer in no_bids]),
        "absent_reason": text_list([answer.reason for answer in no_bids]),
        "absent_detail": text_list([storable(answer.detail) for answer in no_bids]),
    }


def _integers(values: Sequence[int | None]) -> str | None:
    return _numbers([None if value is None else int(value) for value in values])


def _floats(values: Sequence[float | None]) -> str | None:
    return _numbers([None if value is None else float(value) for value in values])


def _numbers(values: Sequence[float | None]) -> str | None:
    """A list as PostgreSQL reads it; None where all in it is unknown. Raises InvalidRequest for what is not finite."""
    texts = ["NULL" if value is None else repr(value) for value in values]
    listed = "{" + ",".join(texts) + "}"
    if "n" in listed:  # of inf and nan
        raise InvalidRequest(f"the ledger cannot hold numbers that are not finite: {listed}")
    return None if texts and texts.count("NULL") == len(texts) else listed  # of no bids the list is empty, not unknown


def text_list(values: Sequence[str]) -> str:
    """A list of texts as PostgreSQL reads it."""
    return "{" + ",".join(['"' + value.replace("\\", r"\\").replace('"', r"\"") + '"' for value in values]) + "}"


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
