"""An auction as the one value that `record_auction` takes, in binary form.

Values are written out one by one: `dataclasses.asdict` copies each and took longer than all else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter

from bidding.adapters.postgres.binary import composite
from bidding.adapters.postgres.part import storable
from bidding.domain.bids import Bid, Clearing, NoBid
from bidding.domain.budgets import HOLD_LEASE_MS, MAIL
from bidding.domain.ids import TenantId
from bidding.domain.records import AuctionRecord, Award

FIELDS: Mapping[str, str] = {
    "tenant": "text", "now_ms": "bigint", "auction_id": "uuid", "lot_id": "uuid", "attempt": "integer",
    "round": "integer", "seed": "text", "policy_version": "integer", "multiplier": "float8", "tmax_ms": "bigint",
    "pace_low": "float8", "pace_high": "float8", "pace_high_share": "float8", "uniform_share": "float8",
    "purse_micros": "bigint", "explored": "boolean",
    "bidders": "text[]", "bid_price_micros": "bigint[]", "bid_price_upper_micros": "bigint[]",
    "bid_hold_micros": "bigint[]", "bid_quality_mean": "float8[]", "bid_quality_sd": "float8[]",
    "bid_latency_ms": "bigint[]", "bid_latency_upper_ms": "bigint[]", "bid_input_tokens": "bigint[]",
    "bid_output_tokens": "bigint[]", "bid_failure_chance": "float8[]", "bid_listed_micros": "float8[]",
    "bid_listed_latency_ms": "float8[]", "bid_demonstrations": "json",
    "notice_reason": "text[]", "notice_quality_draw": "float8[]", "notice_quality_micros": "float8[]",
    "notice_price_term_micros": "float8[]", "notice_delay_micros": "float8[]", "notice_score": "float8[]",
    "notice_propensity": "float8[]", "notice_margin_micros": "float8[]", "notice_price_to_win_micros": "bigint[]",
    "notice_quality_to_win": "float8[]",
    "absent": "text[]", "absent_reason": "text[]", "absent_detail": "text[]",
    "award_id": "uuid", "seat_id": "text", "hold_id": "uuid", "hold_micros": "bigint", "price_micros": "bigint",
    "propensity": "float8", "runners_up": "text[]",
    "hold": "boolean", "default_limit_micros": "bigint", "scope": "text", "lease_ms": "bigint",
}  # fmt: skip
"""The fields of `auction_entry` with their types, in its order; `bid_` and `notice_` before the core's own names."""

_written = composite(FIELDS)
_BID = tuple(name.removeprefix("bid_") for name in FIELDS if name.startswith("bid_"))
_OF_A_BID = attrgetter("seat_id", *_BID)
_BID_COLUMNS = 1 + len(_BID)
_NOTICE = tuple(name.removeprefix("notice_") for name in FIELDS if name.startswith("notice_"))
_OF_A_NOTICE = attrgetter(*_NOTICE)
_NOTICE_COLUMNS = len(_NOTICE)
_DEMONSTRATIONS = json.JSONEncoder(separators=(",", ":")).encode


def auction_entry(
    tenant: TenantId,
    record: AuctionRecord,
    now_ms: int,
    default_limit_micros: int,
    *,
    hold: bool,
    scope: str = MAIL,
    lease_ms: int = HOLD_LEASE_MS,
) -> bytes:
    """The entry of one auction; with `hold`, its award's hold is to be placed with it.

    Raises what `composite` raises.
    """
    request, clearing = record.request, record.clearing
    values = (
        tenant,
        now_ms,
        request.auction_id,
        request.lot.lot_id,
        request.attempt,
        record.round,
        str(record.seed),
        request.policy_version,
        clearing.multiplier if clearing else request.pace.low,
        request.tmax_ms,
        request.pace.low,
        request.pace.high,
        request.pace.high_share,
        request.uniform_share,
        request.purse_micros,
        clearing.explored if clearing else False,
        *_bids(record.bids),
        *_notices(record.bids, clearing),
        *_absences(record.no_bids),
        *_award(record.award),
        hold,
        default_limit_micros,
        storable(scope),
        lease_ms,
    )
    return _written(values)


def _bids(bids: Sequence[Bid]) -> tuple[object, ...]:
    *columns, demonstrations = zip(*map(_OF_A_BID, bids), strict=True) if bids else ((),) * _BID_COLUMNS
    return (*columns, _DEMONSTRATIONS(demonstrations) if any(demonstrations) else None)


def _notices(bids: Sequence[Bid], clearing: Clearing | None) -> tuple[object, ...]:
    if clearing is None:
        return (None,) * _NOTICE_COLUMNS
    told = {notice.seat_id: notice for notice in clearing.notices}
    notices = [told[bid.seat_id] for bid in bids]
    return tuple(zip(*map(_OF_A_NOTICE, notices), strict=True)) if notices else ((),) * _NOTICE_COLUMNS


def _absences(no_bids: Sequence[NoBid]) -> tuple[object, ...]:
    return (
        [answer.seat_id for answer in no_bids],
        [answer.reason for answer in no_bids],
        [storable(answer.detail) for answer in no_bids],
    )


def _award(award: Award | None) -> tuple[object, ...]:
    if award is None:
        return (None,) * 7
    return (
        award.award_id,
        award.seat_id,
        award.hold_id,
        award.hold_micros,
        award.price_micros,
        award.propensity,
        award.runners_up,
    )
