"""`atomic bench auction`: what a pick costs in time and memory, and what lying gains under each mechanism."""

from __future__ import annotations

from typing import Annotated

import typer

from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out
from stacks.local.commands.routers import PEERS, POLICIES


def auction(
    seats: Annotated[str, typer.Option(help="Numbers of seats, separated by commas.")] = "4,12,50,200",
    policy: Annotated[
        list[str] | None, typer.Option("--policy", help=f"Time these of our policies too, one or more: {POLICIES}.")
    ] = None,
    peer: Annotated[
        list[str] | None, typer.Option("--peer", help=f"Time these peers too, one or more: {PEERS}.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=100, help="Picks and updates of each subject.")] = 1_000,
    incentives: Annotated[bool, typer.Option("--incentives", help="Measure what lying gains instead.")] = False,
    markets: Annotated[int, typer.Option(min=10, help="Random markets to lie in.")] = 300,
    json_file: JsonFile = None,
) -> None:
    """Microseconds and memory of one pick with its explanation, against peers; or the gain from lying."""
    # Imported late, as in the other benches: `atomic` starts without them.
    from stacks.local.bench.auction import AuctionReport, measure_auction  # noqa: PLC0415
    from stacks.local.bench.auction_subjects import subjects  # noqa: PLC0415
    from stacks.local.bench.incentives import IncentiveReport, measure_incentives  # noqa: PLC0415

    report: AuctionReport | IncentiveReport
    if incentives:
        report = measure_incentives(markets)
    else:
        numbers = _numbers(seats)
        report = measure_auction(subjects(policy or (), peer or ()), numbers, rounds)
    out.print(report.table())
    write_figures(json_file, report.as_json())


def _numbers(seats: str) -> list[int]:
    numbers = [int(number) if number.strip().isdecimal() else 0 for number in seats.split(",")]
    if min(numbers) < 1:
        raise typer.BadParameter(f"numbers of seats are whole and from 1 up, as in 4,12,50, not {seats}")
    return numbers
