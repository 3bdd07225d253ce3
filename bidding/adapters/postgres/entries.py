"""An auction as the one value that `record_auction` takes, in binary form.

Values are named one by one: `dataclasses.asdict` copies each and took longer than all else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from bidding.adapters.postgres.binary import composite
from bidding.adapters.postgres.part import storable
from bidding.domain.bids import Bid, Clearing, NoBid
from bidding.domain.budgets import HOLD_LEASE_MS, MAIL
from bidding.domain.ids import TenantId
from bidding.domain.records import AuctionRecord

FIXED: Mapping[str, str] = {
    "now_ms": "bigint", "auction_id": "uuid", "lot_id": "uuid", "attempt": "integer", "round": "integer",
    "policy_version": "integer", "multiplier": "float8", "tmax_ms": "bigint", "pace_low": "float8",
    "pace_high": "float8", "pace_high_share": "float8", "uniform_share": "float8",
    "purse_micros": "bigint", "explored": "boolean", "hold": "boolean",
    "default_limit_micros": "bigint", "lease_ms": "bigint",
    "award_id": "uuid", "hold_id": "uuid", "hold_micros": "bigint", "price_micros": "bigint", "propensity": "float8",
    "bid_price_micros": "bigint[]", "bid_hold_micros": "bigint[]", "bid_quality_mean": "float8[]",
    "bid_quality_sd": "float8[]", "bid_latency_ms": "bigint[]", "bid_input_tokens": "bigint[]",
    "bid_output_tokens": "bigint[]", "bid_price_upper_micros": "bigint[]", "bid_latency_upper_ms": "bigint[]",
    "bid_failure_chance": "float8[]", "bid_listed_micros": "float8[]", "bid_listed_latency_ms": "float8[]",
    "notice_quality_draw": "float8[]", "notice_quality_micros": "float8[]", "notice_price_term_micros": "float8[]",
    "notice_delay_micros": "float8[]", "notice_score": "float8[]", "notice_propensity": "float8[]",
}  # fmt: skip
OTHERS: Mapping[str, str] = {
    "tenant": "text", "seed": "text", "scope": "text",
    "seat_id": "text", "runners_up": "text[]",
    "bid_seat_id": "text[]", "bid_demonstrations": "json",
    "notice_reason": "text[]", "notice_margin_micros": "float8[]", "notice_price_to_win_micros": "bigint[]",
    "notice_quality_to_win": "float8[]",
    "absent": "text[]", "absent_reason": "text[]", "absent_detail": "text[]",
}  # fmt: skip
"""The fields of `auction_entry` with their types, in its order, those first that `composite` calls fixed.

After `bid_` and `notice_` come the core's own names.
"""

_Column = tuple[Any, ...] | None
_written = composite(FIXED, OTHERS)


def _named(fields: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name in fields if name.startswith(prefix))


_BID = (*_named(FIXED, "bid_"), *_named(OTHERS, "bid_"))
_NOTICE = (*_named(FIXED, "notice_"), *_named(OTHERS, "notice_"))
_NOTICE_FIXED = len(_named(FIXED, "notice_"))
_OF_A_BID, _OF_A_NOTICE = attrgetter(*_BID), attrgetter(*_NOTICE)
_OF_AN_AWARD = attrgetter("award_id", "hold_id", "hold_micros", "price_micros", "propensity")
_NO_AWARD = (None,) * 5
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
    request, clearing, award = record.request, record.clearing, record.award
    pace = request.pace
    *bids, bidders, demonstrations = _columns(_OF_A_BID, record.bids) or ((),) * len(_BID)
    notices = _notices(record.bids, clearing)
    fixed = (
        now_ms,
        request.auction_id,
        request.lot.lot_id,
        request.attempt,
        record.round,
        request.policy_version,
        clearing.multiplier if clearing else pace.low,
        request.tmax_ms,
        pace.low,
        pace.high,
        pace.high_share,
        request.uniform_share,
        request.purse_micros,
        clearing.explored if clearing else False,
        hold,
        default_limit_micros,
        lease_ms,
        *(_OF_AN_AWARD(award) if award else _NO_AWARD),
        *bids,
        *notices[:_NOTICE_FIXED],
    )
    others = (
        tenant,
        str(record.seed),
        storable(scope),
        award.seat_id if award else None,
        award.runners_up if award else None,
        bidders,
        _DEMONSTRATIONS(demonstrations) if any(demonstrations or ()) else None,
        *notices[_NOTICE_FIXED:],
        *_absences(record.no_bids),
    )
    return _written(fixed, others)


def _notices(bids: Sequence[Bid], clearing: Clearing | None) -> Sequence[_Column]:
    if clearing is None:
        return (None,) * len(_NOTICE)
    told = {notice.seat_id: notice for notice in clearing.notices}
    return _columns(_OF_A_NOTICE, [told[bid.seat_id] for bid in bids]) or ((),) * len(_NOTICE)


def _columns(values_of: Callable[[Any], tuple[Any, ...]], rows: Sequence[object]) -> list[_Column]:
    """The values of all rows by column; a column without any is None."""
    columns = zip(*map(values_of, rows), strict=True)
    return [None if column[0] is None and column.count(None) == len(column) else column for column in columns]


def _absences(no_bids: Sequence[NoBid]) -> tuple[Sequence[str], ...]:
    if not no_bids:
        return (), (), ()
    return tuple(zip(*[(answer.seat_id, answer.reason, storable(answer.detail)) for answer in no_bids], strict=True))
