"""MaintainLedger: what schedules ask of the ledger, over all tenants."""

from __future__ import annotations

from bidding.ports.market import Market
from bidding.services.upkeep import maintain, measure_market, sweep_recent
from lambdas.wire import state
from schemas.upkeep import UpkeepReport, UpkeepRequest


@state(UpkeepRequest)
def handler(market: Market, request: UpkeepRequest) -> UpkeepReport:
    """Resolve expired holds, and measure; once a day resolve all, after making room for the coming months."""
    measure_market(market)  # before the sweep: a hold that stays open shows
    swept, partitions = maintain(market) if request.duty == "daily" else (sweep_recent(market), [])
    stranded = sum(each.rows_in_default for each in partitions)
    return UpkeepReport(voided=swept.voided, settled=swept.settled, rows_in_default=stranded)
