"""`atomic migrate`: bring a database of your own to the current schema."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from bidding.adapters.postgres.provision import provision
from bidding.services.upkeep import MONTHS_AHEAD
from stacks.local.commands.output import out, say


def migrate(
    database_url: Annotated[
        str,
        typer.Option(
            "--database-url",
            envvar="ATOMIC_OWNER_DATABASE_URL",
            help="PostgreSQL, connected directly, as a role that may create roles.",
            show_default=False,
        ),
    ],
) -> None:
    """Apply the migrations that are missing, and make the partitions of the coming months.

    The embedded database of a home needs no such thing: every command migrates it. Afterwards the market connects as
    `ledger_app`, an auditor as `ledger_reader`.
    """
    applied, states = provision(database_url, time.time_ns() // 1_000_000, MONTHS_AHEAD)
    out.print("\n".join(applied) or "up to date")
    for each in states:
        if each.rows_in_default:
            say(f"[yellow]{each.table}[/yellow] keeps {each.rows_in_default} rows outside the months' partitions")
