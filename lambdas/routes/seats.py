"""Who may bid. Seats belong to the installation: its operator adds and retires them, every tenant sees them."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import TypeAdapter, ValidationError

from bidding.domain import seats as domain
from bidding.domain.errors import InvalidRequest, Misconfigured
from bidding.domain.ids import SeatId
from bidding.ports.market import Market
from lambdas.environment import market
from lambdas.routes.caller import caller, member
from schemas.api.answers import Seat, SeatList, SeatStanding
from schemas.api.requests import SeatStatusChange, SeatTerms
from schemas.problems import first_problem

router = Router()
_TAGS = ["seats"]


@router.get("/seats", tags=_TAGS, summary="The registry, with each seat's record")
def list_seats() -> SeatList:
    """Prices and status of every seat; the record is of this tenant's last thousand auctions."""
    who, of_market = member(), market()
    return SeatList(
        seats=tuple(_seat(of_market, seat) for seat in of_market.ledger.seats()),
        standings=tuple(SeatStanding.model_validate(each) for each in of_market.ledger.standings(who.tenant)),
    )


@router.post("/seats", tags=_TAGS, summary="Add a seat, or change its terms (operator)", status_code=201)
def put_seat(terms: Annotated[SeatTerms, Body()]) -> Seat:
    """It bids from the next auction on. A retired seat stays retired."""
    caller().must_be("operator")
    of_market = market()
    seat = _domain_seat(terms.model_dump(exclude_none=True))
    of_market.ledger.put_seat(seat, of_market.clock())
    return _known(of_market, seat.seat_id)


@router.patch("/seats", tags=_TAGS, summary="Retire or readmit a seat (operator)")
def change_seat(change: Annotated[SeatStatusChange, Body()]) -> Seat:
    """Its record stays. The seat is named in the body: ids of seats hold slashes."""
    caller().must_be("operator")
    of_market, name = market(), SeatId(change.seat_id)
    of_market.ledger.set_status(name, change.status)
    return _known(of_market, name)


def _domain_seat(terms: dict[str, Any]) -> domain.Seat:
    try:
        return TypeAdapter(domain.Seat).validate_python(terms)
    except ValidationError as error:
        raise InvalidRequest(first_problem(error)) from error


def _known(of_market: Market, seat_id: SeatId) -> Seat:
    return next(_seat(of_market, seat) for seat in of_market.ledger.seats() if seat.seat_id == seat_id)


def _seat(of_market: Market, seat: domain.Seat) -> Seat:
    try:
        missing = of_market.engines.engine_of(seat).unavailable_because(seat)
    except Misconfigured as error:
        missing = str(error)
    terms = {name: getattr(seat, name) for name in Seat.model_fields if name not in {"kinds", "unavailable"}}
    return Seat.model_validate(terms | {"kinds": sorted(seat.kinds), "unavailable": missing})
