"""A small world for tests of the ledger: tasks, lots, auctions and awards with believable values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bidding.domain import ids
from bidding.domain.bids import Bid, BidRequest, Clearing, LossReason, NoBid, Notice
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.pace import Pace
from bidding.domain.records import (
    AuctionRecord,
    Award,
    Completion,
    JsonObject,
    Outcome,
    OutcomeSource,
    Settlement,
)
from bidding.domain.seats import PriceList, Seat
from bidding.domain.usage import Usage
from bidding.ports.ledger import Ledger

NOW = 1_790_000_000_000
LIMIT_MICROS = 100_000
SEATS = (SeatId("large"), SeatId("medium"), SeatId("small"))


def a_seat(name: str = "large", **terms: object) -> Seat:
    """A hosted seat that serves two kinds."""
    seat = Seat(
        seat_id=SeatId(name),
        engine="bedrock",
        model=f"vendor.{name}-v1",
        kinds=frozenset({"classify", "extract"}),
        location="own_account",
        prices=PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000, source="price page, 2026-11"),
        prior_quality=0.7,
    )
    return replace(seat, **terms)  # type: ignore[arg-type]


def a_bid(seat: SeatId, rank: int = 0) -> Bid:
    """A quote; the higher the rank the cheaper and the worse."""
    return Bid(
        seat_id=seat,
        price_micros=400 - 40 * rank,
        hold_micros=1_000 - 40 * rank,
        quality_mean=0.9 - rank / 20,
        quality_sd=0.1 / 3,
        latency_ms=900,
        input_tokens=512,
        output_tokens=64,
        demonstrations=("00000000-0000-7000-8000-000000000001",),
        listed_micros=380.25,
        listed_latency_ms=850.5,
    )


def a_notice(bid: Bid, reason: LossReason) -> Notice:
    """What the bidder is told, with numbers that binary fractions cannot express."""
    won = reason == "won"
    return Notice(
        seat_id=bid.seat_id,
        reason=reason,
        quality_draw=bid.quality_mean + 0.1 / 7,
        quality_micros=1_000 / 3,
        price_term_micros=-0.0,
        delay_micros=1e-300,
        score=bid.quality_mean * 1_000 / 3,
        propensity=1 / 3,
        margin_micros=None if won else 100 / 3,
        price_to_win_micros=None if won else 7,
        quality_to_win=None if won else 2 / 3,
    )


@dataclass(frozen=True)
class World:
    """One tenant of one ledger; every call makes rows of its own."""

    ledger: Ledger
    tenant: TenantId

    @classmethod
    def of(cls, ledger: Ledger) -> World:
        """A tenant nobody used before."""
        return cls(ledger, TenantId(f"tenant-{uuid.uuid4().hex[:12]}"))

    def lots(self, number: int = 1, key: str | None = None, kind: str = "classify") -> list[Lot]:
        """A claimed task's lots, written."""
        claim = self.ledger.claim_task(
            self.tenant, key or uuid.uuid4().hex, "upload", "mail/1.eml", "owner-1", NOW, 60_000
        )
        lots = [
            Lot(
                lot_id=ids.lot_id(claim.task_id, position),
                task_id=claim.task_id,
                tenant=self.tenant,
                position=position,
                kind=kind,
                part="body",
                output=SchemaRef("classification.v1"),
                payload_key=f"payloads/{position}.json",
                data_class="confidential",
                value_micros=2_000,
                price_ceiling_micros=900,
                quality_floor=0.1,
                delay_micros_per_second=2,
                needs=tuple(ids.lot_id(claim.task_id, before) for before in range(position)),
            )
            for position in range(number)
        ]
        self.ledger.put_lots(self.tenant, lots)
        return lots

    def auction(
        self,
        lot: Lot,
        attempt: int = 1,
        round_: int = 1,
        seats: Sequence[SeatId] = SEATS,
        no_bids: Sequence[NoBid] = (NoBid(SeatId("absent"), "data_class_forbids", "runs abroad"),),
    ) -> AuctionRecord:
        """An auction that the first seat wins, not written."""
        auction = ids.auction_id(lot.lot_id, attempt, round_)
        bids = tuple(a_bid(seat, rank) for rank, seat in enumerate(seats))
        award = Award(
            award_id=ids.award_id(auction),
            auction_id=auction,
            lot_id=lot.lot_id,
            hold_id=ids.hold_id(auction),
            seat_id=seats[0],
            round=round_,
            price_micros=bids[0].price_micros,
            hold_micros=bids[0].hold_micros,
            propensity=1 / 3,
            runners_up=tuple(seats[1:]),
        )
        notices = tuple(a_notice(bid, "outscored" if rank else "won") for rank, bid in enumerate(bids))
        return AuctionRecord(
            request=BidRequest(
                auction, lot, attempt, policy_version=4, pace=Pace(low=0.1 + 0.2, high=1 / 3, high_share=0.7)
            ),
            round=round_,
            seed=2**64 - 1,
            bids=bids,
            no_bids=tuple(no_bids),
            clearing=Clearing(bids[0], 1 / 3, award.runners_up, notices, multiplier=1 / 3),
            award=award,
        )

    def hold(self, award: Award) -> bool:
        """Reserve what the award may cost."""
        return self.ledger.place_hold(self.tenant, award.hold_id, award.hold_micros, NOW)

    def awarded(self, lot: Lot, attempt: int = 1, round_: int = 1, seats: Sequence[SeatId] = SEATS) -> Award:
        """An auction held and recorded."""
        record = self.auction(lot, attempt, round_, seats)
        assert record.award is not None
        assert self.hold(record.award)
        self.ledger.record_auction(self.tenant, record, NOW)
        return record.award

    def completed(
        self, award: Award, cost_micros: int = 300, output: JsonObject | None = None, failed: bool = False
    ) -> Completion:
        """The award's call, claimed and ended."""
        assert self.ledger.claim_execution(self.tenant, award.award_id, NOW)
        completion = Completion(
            award_id=award.award_id,
            status="failed" if failed else "succeeded",
            reason="invalid" if failed else None,
            detail="no JSON object" if failed else "",
            usage=Usage(500, 60, 1_200, cache_read_tokens=40, cache_write_tokens=7),
            cost_micros=cost_micros,
            latency_ms=850,
            output=None if failed else output or {"label": "invoice"},
            road=None if failed else "strict",
            raw_key="raw/1.txt",
        )
        self.ledger.complete_execution(self.tenant, completion, NOW)
        return completion

    def settled(self, award: Award, amount_micros: int = 300) -> Settlement:
        """The award's hold, resolved at a cost."""
        settlement = Settlement(award.hold_id, award.award_id, "settled", amount_micros)
        self.ledger.settle(self.tenant, settlement, NOW)
        return settlement

    def judged(
        self, award: Award, source: OutcomeSource, reward: float | None, weight: float = 1.0, sequence: str = "0"
    ) -> Outcome:
        """A judgement of the award's work, written."""
        outcome = Outcome(
            outcome_id=ids.outcome_id(award.award_id, source, sequence),
            award_id=award.award_id,
            lot_id=award.lot_id,
            reward=reward,
            weight=weight,
            source=source,
            parts={"score": 0.0 if reward is None else reward},
        )
        self.ledger.record_outcome(self.tenant, outcome, NOW)
        return outcome
