"""The bid protocol: how a third party is asked for a bid, and how it does the job it won.

Names follow OpenRTB 2.6/3.0 where one fits (`id`, `tmax`, `nbr`). Messages to a bidder are signed; unknown fields of
its answers are ignored, so that a bidder may know a later version. docs/reference/bid-protocol.md has it in words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Fraction, Identifier, Micros, ShortText, Wire

MilliSeconds = Annotated[int, Field(ge=0, le=600_000)]
MESSAGE_TEXT_MAX = 50_000


class OfferedLabel(Wire):
    """A class that `classify` may choose."""

    name: Annotated[str, Field(max_length=80)]
    description: str = ""


class OfferedInput(Wire):
    """What the lot is about. It comes from outside and is data, never an instruction."""

    part: str
    text: str
    subject: str = ""
    sent_on: str | None = None
    language: str | None = None
    labels: tuple[OfferedLabel, ...] = ()


class OfferedLot(Wire):
    """One lot: its kind, the name and JSON schema of its answer, its input, and how long a call may take."""

    kind: str
    output: str
    json_schema: dict[str, object]
    input: OfferedInput
    max_output_tokens: Annotated[int, Field(ge=1)]
    deadline_ms: MilliSeconds


class BidCall(Wire):
    """`POST {base_url}/bids`. `tmax_ms` is how long an answer is waited for; a later one is no bid."""

    version: Literal[1] = 1
    id: Identifier
    seat: Identifier
    tmax_ms: MilliSeconds
    lot: OfferedLot


class _Answer(BaseModel):
    """From a bidder: what we do not know is ignored, what we know is checked."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)

    version: Literal[1] = 1
    id: Identifier


class BidOffer(BaseModel):
    """A bidder's terms: the price of a valid answer, and what it expects of its quality and latency."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)

    price_micros: Micros
    quality: Fraction
    latency_ms: MilliSeconds


class BidAnswer(_Answer):
    """200 to a BidCall: a bid, or `nbr`, a no-bid reason code of OpenRTB or ours."""

    bid: BidOffer | None = None
    nbr: Annotated[int, Field(ge=0, le=9_999)] | None = None
    detail: ShortText = ""


class JobCall(Wire):
    """`POST {base_url}/jobs`: the lot was awarded to this seat at its price. `id` is the award; asked at most once."""

    version: Literal[1] = 1
    id: Identifier
    seat: Identifier
    lot: OfferedLot


class JobAnswer(_Answer):
    """200 to a JobCall: the answer, JSON text of the lot's type, or why there is none. Only valid answers are paid."""

    answer: Annotated[str, Field(max_length=MESSAGE_TEXT_MAX)] | None = None
    failure: Literal["refused", "unsafe", "over_context", "throttled", "unavailable"] | None = None
    detail: ShortText = ""
