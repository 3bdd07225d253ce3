"""`atomic worker`: do lots of a market somewhere else with a model on this machine."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from bidding.domain.errors import InvalidRequest
from bidding.domain.seats import Seat
from stacks.local.commands.output import in_one_sentence, say


def worker(
    serve: Annotated[
        list[str], typer.Option(help="Seats of the market whose lots are done here, one or more.", show_default=False)
    ],
    engine: Annotated[
        str, typer.Option(help="What does them: a local seat's id, or the JSON file of a seat.", show_default=False)
    ],
    url: Annotated[str, typer.Option(help="Address of the API.", envvar="ATOMIC_API_URL")] = "http://127.0.0.1:8080",
    token: Annotated[
        str | None, typer.Option(help="Its token for workers; none: signed with IAM.", envvar="ATOMIC_API_TOKEN")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="This worker's own name; the same one again goes on where it was.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder for unpacked model weights.")] = Path(".atomic/cache"),
) -> None:
    """Poll for lots until Ctrl-C, do them with a model of this machine, answer. Only this side opens connections."""
    from bidding.adapters.embeddings import MiniLmEmbedder  # noqa: PLC0415  --help should not wait for models
    from bidding.adapters.engines import EngineShop  # noqa: PLC0415
    from stacks.local.remote.client import Api, http_client  # noqa: PLC0415
    from stacks.local.remote.connect import auth_for  # noqa: PLC0415
    from stacks.local.worker import Worker  # noqa: PLC0415

    seat = _engine_seat(engine)
    shop = EngineShop(MiniLmEmbedder(), cache)
    own_name = name or f"{socket.gethostname()}:{seat.seat_id.replace('/', '.')}"
    try:
        if why := shop.engine_of(seat).unavailable_because(seat):
            raise typer.BadParameter(f"{seat.seat_id} cannot work here: {why}")
        with http_client(url, auth_for(url, token)) as http:
            say("[green]working[/green]", f"as {own_name} for {', '.join(serve)} with {seat.seat_id}; {url}")
            Worker(Api(http), own_name, serve, seat, shop.engine_of(seat)).run(
                lambda: False, lambda line: say("", line)
            )
    finally:
        shop.close()


def _engine_seat(named: str) -> Seat:
    from stacks.local.seats import LOCAL_SEATS  # noqa: PLC0415

    for seat in LOCAL_SEATS:
        if seat.seat_id == named:
            return seat
    try:
        seat = TypeAdapter(Seat).validate_json(Path(named).read_bytes())
    except (OSError, ValidationError, InvalidRequest) as error:
        raise typer.BadParameter(
            f"{named} is neither a local seat nor the file of one: {in_one_sentence(error)}"
        ) from error
    if seat.deferred:
        raise typer.BadParameter(f"{named} answers later itself: name what does the work")
    return seat
