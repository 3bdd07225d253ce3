"""What a fold sees of an outcome."""

from __future__ import annotations

from dataclasses import dataclass

from bidding.domain.ids import SeatId


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """A bid that was let in: the value of its drawn quality less its delay, and its price, in micro-dollars."""

    seat_id: SeatId
    value_micros: float
    price_micros: float


@dataclass(frozen=True, slots=True)
class Event:
    """One outcome. `reward` None means unchecked: it teaches cost and time, not quality.

    `replaces` is the (reward, weight) this event takes the place of, where a later judgement corrects one.
    `first` is False for a later judgement, whose call was counted before. What was quoted, and what price list and
    throughput said before anything was learnt (`listed_…`), are of the winning bid; 0 where that is not known.
    `offers` are the bids of its auction, for the pacer; they may be left out where nothing is paced.
    """

    seat_id: SeatId
    kind: str
    reward: float | None
    weight: float
    replaces: tuple[float, float] | None = None
    first: bool = True
    answered: bool = True
    input_tokens: int = 1
    output_tokens: int = 0
    quoted_output_tokens: int = 0
    latency_ms: int = 0
    quoted_latency_ms: int = 0
    listed_latency_ms: float = 0.0
    cost_micros: int = 0
    quoted_micros: int = 0
    listed_micros: float = 0.0
    offers: tuple[OfferSeen, ...] = ()
