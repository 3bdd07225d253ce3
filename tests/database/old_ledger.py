"""The write path as it was before an auction became one row, for schemas of that time."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Json

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.ids import TenantId
from bidding.domain.records import AuctionRecord, Completion

_RECORD_AUCTION = "SELECT record_auction(%(tenant)s, %(record)s, %(now_ms)s)"
_QUOTE = (
    *("seat_id", "price_micros", "hold_micros", "quality_mean", "quality_sd", "latency_ms", "input_tokens"),
    *("output_tokens", "demonstrations"),
)
_NOTICE = (
    *("quality_draw", "quality_micros", "price_term_micros", "delay_micros", "score", "propensity", "margin_micros"),
    *("price_to_win_micros", "quality_to_win"),
)
_AWARD = ("award_id", "seat_id", "hold_id", "hold_micros", "price_micros", "propensity", "runners_up")
_COMPLETE_EXECUTION = """
SELECT complete_execution(
    %(tenant)s, %(award)s, %(status)s, %(reason)s, %(detail)s, %(input_tokens)s, %(output_tokens)s, %(cpu_ms)s,
    %(cost_micros)s, %(latency_ms)s, %(output)s, %(road)s, %(raw_key)s, %(now_ms)s
)
"""


class OldLedger(PostgresLedger):
    """A ledger that writes auctions as migrations up to 0013 expect them, a row per bid."""

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """As then."""
        parameters = {"tenant": tenant, "record": Json(documents(record)), "now_ms": now_ms}
        return bool(self._database.value(_RECORD_AUCTION, parameters))

    def complete_execution(self, tenant: TenantId, completion: Completion, now_ms: int) -> None:
        """As then: without cached tokens and tries."""
        usage = completion.usage
        self._database.value(
            _COMPLETE_EXECUTION,
            {
                **_chosen(completion, ("status", "reason", "detail", "cost_micros", "latency_ms", "road", "raw_key")),
                "tenant": tenant,
                "award": completion.award_id,
                "input_tokens": usage.input_tokens if usage else None,
                "output_tokens": usage.output_tokens if usage else None,
                "cpu_ms": usage.cpu_ms if usage else None,
                "output": None if completion.output is None else Json(completion.output),
                "now_ms": now_ms,
            },
        )


def documents(record: AuctionRecord) -> dict[str, Any]:
    """An auction that somebody won, as the one document of that time."""
    request, clearing, award = record.request, record.clearing, record.award
    assert clearing is not None
    assert award is not None
    bids: list[dict[str, Any]] = [
        _chosen(bid, _QUOTE) | _chosen(notice, _NOTICE) | {"loss_reason": notice.reason}
        for bid, notice in zip(record.bids, clearing.notices, strict=True)
    ]
    bids += [
        {"seat_id": answer.seat_id, "no_bid_reason": answer.reason, "no_bid_detail": answer.detail}
        for answer in record.no_bids
    ]
    auction = {
        "auction_id": request.auction_id,
        "lot_id": request.lot.lot_id,
        "attempt": request.attempt,
        "round": record.round,
        "seed": record.seed,
        "policy_version": request.policy_version,
        "multiplier": clearing.multiplier,
        "tmax_ms": request.tmax_ms,
    }
    return {"auction": auction, "bids": bids, "awards": [_chosen(award, _AWARD)]}


def _chosen(source: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}
