"""Auctions of believable size, without seats to ask: eight bids each, cleared by the real auction."""

from __future__ import annotations

import functools
import itertools
import uuid
from collections.abc import Iterator

import numpy as np

from bidding.domain import ids
from bidding.domain.auction import seed
from bidding.domain.bids import Bid, BidRequest, Clearing
from bidding.domain.clearing import clear
from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.pace import Pace
from bidding.domain.records import AuctionRecord, Award
from bidding.domain.seats import PriceList, Seat
from bidding.ports.ledger import Ledger
from stacks.local.bench.scratch_server import now_ms

BIDDERS = 8
LOTS_OF_A_TASK = 4
_DRAWS = 32


def made_up_seats() -> list[Seat]:
    """The seats that bid."""
    prices = PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000)
    return [
        Seat(SeatId(f"model-{n}/zero"), "scripted", "any", frozenset({"classify"}), "on_host", prices)
        for n in range(BIDDERS)
    ]


def put_lots(ledger: Ledger, tenant: TenantId, tasks: int, last_ms: int) -> list[Lot]:
    """Write fresh tasks of four lots each, a millisecond apart, the last one now."""
    lots: list[Lot] = []
    for age_ms in range(tasks):
        claim = ledger.claim_task(
            tenant, uuid.uuid4().hex, "bench", "inbox/1.eml", "bench", last_ms - age_ms, 3_600_000
        )
        of_task = [
            _lot(tenant, ids.lot_id(claim.task_id, position), claim.task_id, position)
            for position in range(LOTS_OF_A_TASK)
        ]
        ledger.put_lots(tenant, of_task)
        lots += of_task
    return lots


def auctions(lots: list[Lot]) -> Iterator[AuctionRecord]:
    """An endless supply: one auction of each lot, then their second attempts, and so on."""
    for attempt in itertools.count(1):
        for lot in lots:
            yield auction(lot, attempt)


def auction(lot: Lot, attempt: int = 1, draw: int = 0) -> AuctionRecord:
    """One auction with its award, not written. `draw` chooses who wins."""
    request = BidRequest(ids.auction_id(lot.lot_id, attempt, 1), lot, attempt, policy_version=7, pace=Pace(low=0.25))
    draws_seed = seed(request.auction_id, 1, request.policy_version)
    clearing = _cleared(draw % _DRAWS)
    award = Award(
        award_id=ids.award_id(request.auction_id),
        auction_id=request.auction_id,
        lot_id=lot.lot_id,
        hold_id=ids.hold_id(request.auction_id),
        seat_id=clearing.winner.seat_id,
        round=1,
        price_micros=clearing.winner.price_micros,
        hold_micros=clearing.winner.hold_micros,
        propensity=clearing.propensity,
        runners_up=clearing.runners_up,
    )
    return AuctionRecord(request, 1, draws_seed, _BIDS, (), clearing, award)


def award_auction(ledger: Ledger, tenant: TenantId, record: AuctionRecord) -> None:
    """What `clear_auction` asks of the ledger for one award: the hold, request, bids and award."""
    answer = ledger.award_auction(tenant, record, now_ms())
    if answer != "recorded":
        raise LedgerConflict(f"a made-up auction is new and its budget ample, and yet the answer was {answer}")


def _lot(tenant: TenantId, lot: ids.LotId, task: ids.TaskId, position: int) -> Lot:
    return Lot(
        lot_id=lot,
        task_id=task,
        tenant=tenant,
        position=position,
        kind="classify",
        part="body",
        output=SchemaRef("classification.v1"),
        payload_key=f"tenants/{tenant}/tasks/{task}/payloads/{position}.json",
        data_class="internal",
        value_micros=2_000,
        price_ceiling_micros=1_000,
        delay_micros_per_second=2,
    )


def _bid(seat: SeatId, rank: int) -> Bid:
    return Bid(
        seat_id=seat,
        price_micros=400 - 40 * rank,
        hold_micros=900 - 80 * rank,
        quality_mean=0.9 - rank / 20,
        quality_sd=0.1 / 3,
        latency_ms=900 - 50 * rank,
        input_tokens=512 + rank,
        output_tokens=64,
        demonstrations=tuple(str(uuid.UUID(int=n)) for n in range(4)),
    )


_BIDS = tuple(_bid(seat.seat_id, rank) for rank, seat in enumerate(made_up_seats()))


@functools.cache
def _cleared(draw: int) -> Clearing:
    """The market's own answer to these bids; it does not depend on the lot."""
    nobody = _lot(TenantId(""), ids.LotId(""), ids.TaskId(""), 0)
    request = BidRequest(ids.AuctionId(""), nobody, 1, policy_version=7, pace=Pace(low=0.25))
    return clear(request, _BIDS, np.random.default_rng(draw))
