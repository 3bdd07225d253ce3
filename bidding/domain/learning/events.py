"""What a fold sees of an outcome."""

from __future__ import annotations

import math

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId

WEIGHT_MAX = 1e6
MEASURE_MAX = 1e15
"""Most that a number of tokens, a time or a sum of money may be."""


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

    Raises InvalidRequest where a number is none or out of its range: one such event would spoil all that was learnt.
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

    def __post_init__(self) -> None:
        for reward, weight in ((self.reward, self.weight), self.replaces or (None, 0.0)):
            if not (reward is None or 0 <= reward <= 1) or not 0 <= weight <= WEIGHT_MAX:
                raise InvalidRequest(
                    f"a reward lies in [0, 1] and its weight from 0 to {WEIGHT_MAX:g}, not {reward} and {weight}"
                )
        measured = (
            *(self.input_tokens, self.output_tokens, self.quoted_output_tokens),
            *(self.latency_ms, self.quoted_latency_ms, self.listed_latency_ms),
            *(self.cost_micros, self.quoted_micros, self.listed_micros),
            *(offer.price_micros for offer in self.offers),
        )
        if not all(0 <= number <= MEASURE_MAX for number in measured):
            raise InvalidRequest(
                f"tokens, times and money of a call are numbers from 0 to {MEASURE_MAX:g}, not {measured}"
            )
        if not all(math.isfinite(offer.value_micros) for offer in self.offers):
            raise InvalidRequest("the value of an offer is a number")
