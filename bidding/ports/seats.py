"""What the market needs of the registry of seats: who may bid, how their providers stand, what they claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from bidding.domain.bids import NoBid
from bidding.domain.claims import CallForBid, Claim, ClaimHistory
from bidding.domain.ids import AwardId, LotId, SeatId, TenantId
from bidding.domain.records import JsonObject
from bidding.domain.seats import Seat, SeatStatus


class SeatRegistry(Protocol):
    """Who may bid."""

    def seats(self) -> list[Seat]:
        """All seats with their current prices, by id."""

    def put_seat(self, seat: Seat, now_ms: int) -> None:
        """Add a seat, or set its terms and prices anew."""

    def set_status(self, seat: SeatId, status: SeatStatus) -> None:
        """Retire or readmit. Raises UnknownRecord."""

    def admit_call(self, seat: SeatId, award: AwardId, places: int | None, lease_ms: int, now_ms: int) -> bool:
        """Whether a call may go ahead: the circuit is not open, and one of `places` (None: any number) is free.

        Its place is given back by `report_call`, or after `lease_ms` where the caller died. Needed only for a seat with
        a limit or a circuit that is not closed.
        """

    def report_call(self, seat: SeatId, award: AwardId, well: bool | None, now_ms: int) -> None:
        """Give a call's place back, and tell whether its provider is well; None where it says nothing.

        A second report of the same failure counts once. See `bidding.domain.circuits`.
        """


class ClaimBook(Protocol):
    """What bidders said of themselves, and what came of it."""

    def record_claims(self, tenant: TenantId, lot: LotId, attempt: int, claims: Sequence[Claim], now_ms: int) -> None:
        """Write down what was claimed for a lot. The first claim of a seat for an attempt stands."""

    def claim_records(self, tenant: TenantId) -> dict[SeatId, ClaimHistory]:
        """Per seat, its latest claims beside the rewards that stand for those of its awards."""


class JudgeBook(Protocol):
    """What judge seats said of answers, beside what others found them worth."""

    def verdicts_of(self, tenant: TenantId, seat: SeatId, kind: str) -> list[tuple[JsonObject, float]]:
        """A judge's latest verdicts on answers of a kind, newest first, each with the reward by checks or a person.

        The person's counts before that of checks; verdicts on answers that neither could tell of are left out,
        and so are erased ones.
        See `bidding.domain.judging`.
        """


@runtime_checkable
class Bidder(Protocol):
    """An engine whose seats speak for themselves: asked for their terms, lot by lot."""

    def solicit(self, seat: Seat, call: CallForBid) -> Claim | NoBid:
        """What the seat asks and claims, within `call.tmax_ms`. Never raises for what a bidder says or fails to say."""
