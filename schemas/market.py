"""Wire types of the market. Names follow OpenRTB 2.6/3.0 where one fits; see docs/glossary.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.awards import Quality, Round, Seats
from schemas.base import Fraction, Identifier, Micros, ShortText, Wire
from schemas.tasks import Lot


class Pace(Wire):
    """The budget pacer's λ: `high` with chance `high_share`, else `low`."""

    low: Annotated[float, Field(ge=0.0)]
    high: Annotated[float, Field(ge=0.0)]
    high_share: Fraction


class BidRequest(Wire):
    """The call for bids on one lot."""

    version: Literal[1] = 1
    auction_id: Identifier
    lot: Lot
    attempt: Annotated[int, Field(ge=1)]
    policy_version: Annotated[int, Field(ge=0)]
    pace: Pace
    purse_micros: Micros | None = None
    uniform_share: Fraction = 0.0
    tmax_ms: Annotated[int, Field(ge=1, le=60_000)]


class Bid(Wire):
    """A seat's quote for this lot: expected price, worst case, predicted quality and latency."""

    version: Literal[1] = 1
    seat_id: Identifier
    price_micros: Micros
    hold_micros: Micros
    quality_mean: Quality
    quality_sd: Annotated[float, Field(ge=0.0, le=2.0)]
    latency_ms: Annotated[int, Field(ge=0)]
    input_tokens: Annotated[int, Field(ge=0)]
    output_tokens: Annotated[int, Field(ge=0)]
    demonstrations: Annotated[tuple[Identifier, ...], Field(max_length=128)] = ()
    price_upper_micros: Micros | None = None
    latency_upper_ms: Annotated[int, Field(ge=0)] | None = None
    failure_chance: Fraction | None = None
    listed_micros: Annotated[float, Field(ge=0.0)] | None = None
    listed_latency_ms: Annotated[float, Field(ge=0.0)] | None = None
    wait_s: Annotated[int, Field(ge=1)] | None = None


class NoBid(Wire):
    """A seat's answer that it will not serve this lot; `code` as in OpenRTB, ours from 500."""

    version: Literal[1] = 1
    seat_id: Identifier
    reason: Identifier
    detail: ShortText = ""


class Quotes(Wire):
    """Answer of OpenAuction: all that the seats said."""

    version: Literal[1] = 1
    request: BidRequest
    bids: Annotated[tuple[Bid, ...], Field(max_length=200)]
    no_bids: Annotated[tuple[NoBid, ...], Field(max_length=200)]


class LossNotice(Wire):
    """What one bidder is told. `code` as in OpenRTB, ours from 500; all money in micro-dollars."""

    version: Literal[1] = 1
    seat_id: Identifier
    reason: Identifier
    code: int
    quality_draw: float
    quality_micros: float
    price_term_micros: float
    delay_micros: float
    score: float
    propensity: Fraction
    margin_micros: float | None
    price_to_win_micros: Micros | None
    quality_to_win: float | None


class OpenRequest(Wire):
    """Input of OpenAuction, and of `run_lot`; `round` and `failed` count on where deferred seats failed before."""

    version: Literal[1] = 1
    tenant: Identifier
    lot_id: Identifier
    attempt: Annotated[int, Field(ge=1)]
    round: Round = 1
    failed: Seats = ()


class ClearRequest(Wire):
    """Input of ClearAuction. `failed` are seats that already failed this lot."""

    version: Literal[1] = 1
    quotes: Quotes
    round: Round
    failed: Seats = ()
