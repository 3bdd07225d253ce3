"""Judgements, and what happened to lots and seats, in memory."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean

from bidding.adapters.in_memory.tables import JudgedOutcome, TablesPart
from bidding.domain.bids import Bid
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.records import (
    STANDING_AUCTIONS,
    AuctionRecord,
    BidRow,
    Completion,
    LotHistory,
    Outcome,
    OutcomeSource,
    RoundHistory,
    SeatStanding,
)

_AUTHORITY: tuple[OutcomeSource, ...] = ("failure", "checks", "judge", "human")


class InMemoryHistory(TablesPart):
    """The judging and reading half of `MarketLedger`."""

    def record_outcome(self, tenant: TenantId, outcome: Outcome, now_ms: int) -> None:
        """Write a judgement. Raises UnknownRecord where there is no such award."""
        tables, key = self._tables, (tenant, outcome.outcome_id)
        with tables.lock:
            if (tenant, outcome.award_id) not in tables.awards:
                raise UnknownRecord(f"no award {outcome.award_id}")
            if key not in tables.outcomes:
                tables.outcomes[key] = _judged(outcome, tables.outcomes_of(tenant, outcome.award_id))

    def history(self, tenant: TenantId, lot: LotId) -> LotHistory:
        """Everything about a lot. Raises UnknownRecord."""
        with self._tables.lock:
            if (tenant, lot) not in self._tables.lots:
                raise UnknownRecord(f"no lot {lot}")
            records = self._tables.auctions_of(tenant, lot)
            rounds = tuple(self._round(tenant, record) for record in records)
            return LotHistory(self._tables.lots[tenant, lot], rounds)

    def _round(self, tenant: TenantId, record: AuctionRecord) -> RoundHistory:
        tables, request, award = self._tables, record.request, record.award
        return RoundHistory(
            auction_id=request.auction_id,
            attempt=request.attempt,
            round=record.round,
            policy_version=request.policy_version,
            pace=request.pace,
            multiplier=clearing.multiplier if (clearing := record.clearing) else request.pace.low,
            seed=record.seed,
            bids=_bid_rows(record),
            award=award,
            completion=tables.completions.get((tenant, award.award_id)) if award else None,
            settlement=tables.settlements.get((tenant, award.hold_id)) if award else None,
            outcomes=tuple(each.outcome for each in tables.outcomes_of(tenant, award.award_id)) if award else (),
            purse_micros=request.purse_micros,
            explored=bool(record.clearing and record.clearing.explored),
        )

    def standings(self, tenant: TenantId, auctions: int = STANDING_AUCTIONS) -> list[SeatStanding]:
        """Per seat × kind totals over the tenant's last `auctions` auctions."""
        groups: dict[tuple[SeatId, str], list[tuple[Bid, AuctionRecord]]] = defaultdict(list)
        with self._tables.lock:
            own = sorted(key for key in self._tables.auctions if key[0] == tenant)
            for record in (self._tables.auctions[key] for key in own[-auctions:]):
                for bid in record.bids:
                    groups[bid.seat_id, record.request.lot.kind].append((bid, record))
            return [self._standing(tenant, *group, groups[group]) for group in sorted(groups)]

    def _standing(
        self, tenant: TenantId, seat: SeatId, kind: str, answers: list[tuple[Bid, AuctionRecord]]
    ) -> SeatStanding:
        won = [(bid, record.award) for bid, record in answers if record.award and record.award.seat_id == seat]
        ended: list[tuple[Bid, Completion]] = []
        judged: list[tuple[Bid, float]] = []
        for bid, award in won:
            completion = self._tables.completions.get((tenant, award.award_id))
            if completion is not None:
                ended.append((bid, completion))
            standing = standing_of(self._tables.outcomes_of(tenant, award.award_id))
            if standing is not None and standing.reward is not None:
                judged.append((bid, standing.reward))
        return SeatStanding(
            seat_id=seat,
            kind=kind,
            bids=len(answers),
            wins=len(won),
            failures=sum(completion.status == "failed" for _, completion in ended),
            cost_micros=sum(completion.cost_micros for _, completion in ended),
            quoted_micros=sum(bid.price_micros for bid, _ in ended),
            mean_reward=fmean(reward for _, reward in judged) if judged else None,
            promised_reward=fmean(bid.quality_mean for bid, _ in judged) if judged else None,
        )


def _judged(outcome: Outcome, earlier: list[JudgedOutcome]) -> JudgedOutcome:
    before = standing_of(earlier)
    outranked = before is not None and _AUTHORITY.index(outcome.source) < _AUTHORITY.index(before.source)
    stands = not earlier or (outcome.reward is not None and not outranked)
    replaces = None
    if stands and before is not None and before.reward is not None:
        replaces = (before.reward, before.weight)
    return JudgedOutcome(outcome, first=not earlier, stands=stands, replaces=replaces)


def standing_of(judgements: list[JudgedOutcome]) -> Outcome | None:
    """The judgement with a reward that stands last."""
    standing = [each.outcome for each in judgements if each.stands and each.outcome.reward is not None]
    return standing[-1] if standing else None


def _bid_rows(record: AuctionRecord) -> tuple[BidRow, ...]:
    notices = {notice.seat_id: notice for notice in record.clearing.notices} if record.clearing else {}
    bids = [BidRow(bid.seat_id, bid, None, notices.get(bid.seat_id)) for bid in record.bids]
    no_bids = [BidRow(no_bid.seat_id, None, no_bid, None) for no_bid in record.no_bids]
    return tuple(sorted(bids + no_bids, key=lambda row: row.seat_id))
