"""`atomic cost`: what so many lots a month would cost in the cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bidding.domain.errors import InvalidRequest
from stacks.local.commands.output import JsonOption, out, say
from stacks.local.cost.model import ORCHESTRATIONS, Line, Load, Orchestration, bill, price_table, total

_DEFAULT_MIX = ["amazon.nova-micro-v1:0=0.9", "amazon.nova-lite-v1:0=0.1"]


def cost(
    lots: Annotated[int, typer.Option(min=1, help="Lots a month.")] = 1_000_000,
    mix: Annotated[
        list[str] | None, typer.Option("--mix", help="MODEL=SHARE of the lots, one or more; shares add up to 1.")
    ] = None,
    lots_per_task: Annotated[int, typer.Option(min=1, help="Lots that a document is taken apart into.")] = 3,
    fallbacks: Annotated[float, typer.Option(min=0, max=1, help="Share of lots that need a second round.")] = 0.05,
    input_tokens: Annotated[int | None, typer.Option(min=0, help="Tokens a call reads; measured ones if not.")] = None,
    output_tokens: Annotated[int | None, typer.Option(min=0, help="Tokens a call writes.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what a month costs, line by line, for three ways to orchestrate the same functions.

    Counted from the state machines' definitions and the deployed functions; prices are list prices with their dates.
    """
    load = Load(
        lots=lots,
        mix=dict(_share(each) for each in mix or _DEFAULT_MIX),
        lots_per_task=lots_per_task,
        fallback_share=fallbacks,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )
    bills = {orchestration: bill(load, orchestration) for orchestration in ORCHESTRATIONS}
    if as_json:
        lines = {name: [asdict(line) for line in each] for name, each in bills.items()}
        totals = {name: total(each) for name, each in bills.items()}
        out.print_json(json.dumps({"load": asdict(load), "usd": totals, "lines": lines, "prices": price_table()}))
        return
    out.print(_table(lots, bills))
    table = price_table()
    say(f"List prices of {table['region']}, {table['as_of']}, without free tiers; each with its source in --json.")


def _table(lots: int, bills: Mapping[Orchestration, list[Line]]) -> Table:
    table = Table(title=f"US dollars a month, {lots:,} lots")
    table.add_column("line")
    table.add_column("amount (express)", justify="right")
    for way in bills:
        table.add_column(way.replace("_", " "), justify="right")
    names = list(dict.fromkeys(line.name for each in bills.values() for line in each))
    for name in names:
        found = {way: next((line for line in each if line.name == name), None) for way, each in bills.items()}
        shown = found["express"]
        amount = f"{shown.amount:,.0f}" if shown and shown.amount >= 10 else f"{shown.amount:.2f}" if shown else ""
        table.add_row(name, amount, *(f"{line.usd:,.2f}" if line else "" for line in found.values()))
    table.add_section()
    for label, fixed in (("grows with the lots", False), ("fixed", True), ("all", None)):
        table.add_row(label, "", *(f"{total(each, fixed=fixed):,.2f}" for each in bills.values()))
    return table


def _share(text: str) -> tuple[str, float]:
    model, _, share = text.rpartition("=")
    try:
        return model, float(share)
    except ValueError:
        raise InvalidRequest(f"{text!r} is no share of a model: write it as amazon.nova-micro-v1:0=0.9") from None
