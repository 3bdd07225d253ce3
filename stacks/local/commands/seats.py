"""`atomic seats`: who may bid."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.records import SeatStanding
from bidding.domain.seats import PriceList, Seat, SeatStatus
from schemas.api.requests import SeatTerms
from stacks.local.cards import seat_table
from stacks.local.commands.output import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    ProfileOption,
    existing,
    in_one_sentence,
    open_stack,
    out,
    say,
)
from stacks.local.remote.connect import connect

SeatArgument = Annotated[str, typer.Argument(help="A seat's id.", show_default=False)]
app = typer.Typer(help="Who may bid: prices, record and status of every seat; add and retire at run time.")


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """List the registry, with each seat's record per kind of lot."""
    if context.invoked_subcommand:
        return
    if profile:
        _show_remote(profile, home, as_json)
        return
    with open_stack(existing(home)) as stack:
        seats, standings = stack.ledger.seats(), stack.ledger.standings(stack.tenant)
        variants = stack.ledger.variants(stack.tenant)
        engines = stack.market.engines
        missing = {
            str(seat.seat_id): why for seat in seats if (why := engines.engine_of(seat).unavailable_because(seat))
        }
    if as_json:
        listed = [{**asdict(seat), "kinds": sorted(seat.kinds)} for seat in seats]
        out.print_json(
            json.dumps(
                {
                    "seats": listed,
                    "standings": [asdict(standing) for standing in standings],
                    "variants": [asdict(variant) for variant in variants],
                }
            )
        )
    else:
        out.print(seat_table(seats, standings, missing))
        for seat_id, why in missing.items():
            say(f"{seat_id}:", why)
        for variant in variants:
            trial = f"{variant.status} against {variant.base_seat_id}, {variant.spent_micros} of"
            say(f"{variant.seat_id}:", f"{trial} {variant.exploration_micros} µ$ spent; {variant.reason or 'on trial'}")


@app.command()
def add(
    definition: Annotated[Path, typer.Argument(help="JSON file of a seat; `atomic seats --json` shows the fields.")],
    home: HomeOption = DEFAULT_HOME,
    profile: ProfileOption = None,
) -> None:
    """Add a seat, or change the terms and prices of one. It bids from the next auction on."""
    try:
        described = definition.read_bytes()
        seat = TypeAdapter(Seat).validate_json(described)
        _refuse_unknown(json.loads(described))
    except (OSError, ValidationError, InvalidRequest) as error:
        raise typer.BadParameter(f"{definition} does not describe a seat: {in_one_sentence(error)}") from error
    if profile:
        with connect(profile, home) as api:
            added = api.post("/seats", {**_terms(seat)})
        out.print(f"{added['seat_id']} bids from the next auction on")
        return
    with open_stack(home) as stack:
        stack.ledger.put_seat(seat, stack.market.clock())
        missing = stack.market.engines.engine_of(seat).unavailable_because(seat)
    if missing:
        say(f"[yellow]until something changes {seat.seat_id} will make no bids:[/yellow]", missing)
        return
    out.print(f"{seat.seat_id} bids from the next auction on")


@app.command()
def retire(seat: SeatArgument, home: HomeOption = DEFAULT_HOME, profile: ProfileOption = None) -> None:
    """Let a seat bid no more. Its record stays."""
    _set_status(seat, "retired", home, profile)
    out.print(f"{seat} is retired")


@app.command()
def readmit(seat: SeatArgument, home: HomeOption = DEFAULT_HOME, profile: ProfileOption = None) -> None:
    """Let a retired seat bid again."""
    _set_status(seat, "active", home, profile)
    out.print(f"{seat} bids again from the next auction on")


def _set_status(seat: str, status: SeatStatus, home: Path, profile: str | None) -> None:
    if profile:
        with connect(profile, home) as api:
            api.patch("/seats", {"seat_id": seat, "status": status})
        return
    with open_stack(home) as stack:
        stack.ledger.set_status(SeatId(seat), status)


def _show_remote(profile: str, home: Path, as_json: bool) -> None:
    with connect(profile, home) as api:
        listed = api.get("/seats")
    if as_json:
        out.print_json(json.dumps(listed))
        return
    seats = [TypeAdapter(Seat).validate_python(_known_terms(seat)) for seat in listed["seats"]]
    standings = [SeatStanding(**each) for each in listed["standings"]]
    missing = {seat["seat_id"]: seat["unavailable"] for seat in listed["seats"] if seat["unavailable"]}
    out.print(seat_table(seats, standings, missing))


def _known_terms(seat: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in seat.items() if name != "unavailable"}


def _refuse_unknown(described: dict[str, Any]) -> None:
    """A misspelt price would be a price of 0. Raises InvalidRequest."""
    for place, given, known in (("", described, Seat), ("prices.", described["prices"], PriceList)):
        names = sorted(field.name for field in fields(known))
        for name in given:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                hint = f"did you mean {place}{near[0]}?" if near else f"there are {', '.join(names)}"
                raise InvalidRequest(f"{place}{name} is no field of a seat; {hint}")


def _terms(seat: Seat) -> dict[str, object]:
    """What the API takes of a seat: everything but its status."""
    terms = asdict(seat) | {"kinds": sorted(seat.kinds)}
    return {name: value for name, value in terms.items() if name in SeatTerms.model_fields and value is not None}
