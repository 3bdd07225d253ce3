"""What a fold sees of an outcome."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.numbers import name, number

WEIGHT_MAX = 1e6
MEASURE_MAX = 1e15
"""Most that a number of tokens, a time or a sum of money may be."""


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """A bid that the pace chose from: the value of its drawn quality less its delay, and its price, in micro-dollars.

    Of one above the purse it is the value of its expected quality: without it no λ would ever save for the seat.
    `listed_micros` is what its price list says before anything was learnt, 0 where it has none.
    """

    seat_id: SeatId
    value_micros: float
    price_micros: float
    listed_micros: float = 0.0


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
        name("the seat of an event", self.seat_id)
        name("the kind of an event", self.kind)
        judged = [(self.reward, self.weight)]
        if self.replaces is not None:
            if not (isinstance(self.replaces, tuple | list) and len(self.replaces) == len(("reward", "weight"))):
                raise InvalidRequest(f"what an event replaces is a reward and its weight, not {self.replaces!r}")
            judged.append(self.replaces)
        for reward, weight in judged:
            if reward is not None:
                number("a reward", reward, 0, 1)
            number("the weight of a reward", weight, 0, WEIGHT_MAX)
        for what in _MEASURED:
            number(f"{what} of an event", getattr(self, what), 0, MEASURE_MAX)
        for offer in self.offers:
            number("the price of an offer", offer.price_micros, 0, MEASURE_MAX)
            number("the list of an offer", offer.listed_micros, 0, MEASURE_MAX)
            number("the value of an offer", offer.value_micros, -MEASURE_MAX, MEASURE_MAX)


_MEASURED = (
    *("input_tokens", "output_tokens", "quoted_output_tokens"),
    *("latency_ms", "quoted_latency_ms", "listed_latency_ms"),
    *("cost_micros", "quoted_micros", "listed_micros"),
)
