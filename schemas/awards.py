"""Wire types of an award: what ClearAuction hands on, and all that the steps after it need of the auction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Identifier, Micros, Wire

Seats = Annotated[tuple[Identifier, ...], Field(max_length=200)]
Round = Annotated[int, Field(ge=1, le=3)]
Quality = Annotated[float, Field(ge=-2.0, le=3.0, description="posterior of a reward, which lies in [0, 1]")]


class Award(Wire):
    """Who won an auction, under which hold, and how likely that was."""

    version: Literal[1] = 1
    award_id: Identifier
    auction_id: Identifier
    lot_id: Identifier
    hold_id: Identifier
    seat_id: Identifier
    round: Round
    price_micros: Micros
    hold_micros: Micros
    propensity: Fraction
    runners_up: Seats


class AwardNotice(Wire):
    """Answer of ClearAuction, and input of the steps after it.

    `task_id`, `kind` and `promised_quality`, what the winner is believed to give, are for who watches those steps.
    `wait_s` is how long to wait for a seat that answers later, null for one that is called.
    """

    version: Literal[1] = 1
    tenant: Identifier
    award: Award
    task_id: Identifier | None = None
    kind: Identifier | None = None
    promised_quality: Quality | None = None
    demonstrations: Annotated[tuple[Identifier, ...], Field(max_length=128)] = ()
    wait_s: Annotated[int, Field(ge=1)] | None = None


class DeferRequest(Wire):
    """Input of DeferLot: an award whose seat answers later, and the token under which the task waits."""

    version: Literal[1] = 1
    notice: AwardNotice
    token: Annotated[str, Field(min_length=1, max_length=2_048)]


class DeferredLot(Wire):
    """Answer of DeferLot; the state machine waits for its token, not for this."""

    version: Literal[1] = 1
    award_id: Identifier
    expires_ms: int
