"""The auctions' own call, sent by pgbench: what the database does where the clients cost next to nothing.

Clients in Python share the machine with the server here, which they would not elsewhere. The call is the one that our
client sends, with the entry written into it as text; each client of pgbench has a lot of its own and
counts the attempts.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bidding.adapters.postgres.connection import Composite, register_composites
from bidding.adapters.postgres.entries import auction_entry
from bidding.adapters.postgres.market import RECORD_AUCTION
from bidding.domain.ids import LotId
from bidding.domain.records import AuctionRecord
from stacks.local.bench.ledger.clients import Load, Throughput
from stacks.local.bench.ledger.pgbench import timed_pgbench
from stacks.local.bench.made_up_auctions import auction, put_lots
from stacks.local.bench.scratch_server import AMPLE_MICROS, APP_ROLE, ScratchServer, connect, now_ms, open_ledger

_CLIENT_FROM, _NUMBER_FROM = 100, 10**11
"""So that a client has three digits in an id, and the number of its auction twelve."""
_SCRIPT = """\\set client {client_from} + :client_id
\\set attempt :attempt + 1
\\set number {number_from} + :attempt
{call};
"""
_ATTEMPT = 123_456_789
"""Stands for pgbench's variable until the statement is written out."""


def run_sql_alone(server: ScratchServer, load: Load) -> Throughput:
    """Auctions a second of `load.clients` clients of pgbench, each a call, as `run_load` measures them."""
    ledger = open_ledger(load.dsn)
    at_ms = now_ms()
    made_up, *_ = put_lots(ledger, load.tenant, 1, at_ms)
    time = made_up.lot_id[:13]  # an id begins with its time, and all ids of a lot share it
    lots = [
        replace(made_up, lot_id=LotId(f"{time}-7000-8{_CLIENT_FROM + client}-{0:012}"), position=1_000 + client)
        for client in range(load.clients)
    ]
    ledger.put_lots(load.tenant, lots)
    call = _script(load, auction(made_up), at_ms)
    ledger.close()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "auction.sql"
        script.write_text(call)
        return timed_pgbench(
            server,
            str(conninfo_to_dict(load.dsn)["dbname"]),
            load.clients,
            load.seconds,
            *(f"--file={script}", "--define=attempt=0", f"--username={APP_ROLE}"),
        )


def _script(load: Load, record: AuctionRecord, at_ms: int) -> str:
    """The call for `record`, with pgbench's variables in place of what differs between auctions."""
    award, time = record.award, record.request.lot.lot_id[:13]
    assert award is not None
    record = replace(record, request=replace(record.request, attempt=_ATTEMPT))
    entry = Composite(auction_entry(load.tenant, record, at_ms, AMPLE_MICROS, hold=True))
    with connect(load.dsn) as connection:
        register_composites(connection)
        ((text,),) = connection.execute("SELECT (%s::auction_entry)::text", (entry,)).fetchall()
        call = psycopg.ClientCursor(connection).mogrify(RECORD_AUCTION.encode(), {"entry": text})
    variables = {
        record.request.lot.lot_id: f"{time}-7000-8:client-{0:012}",
        record.request.auction_id: f"{time}-7001-8:client-:number",
        award.hold_id: f"{time}-7002-8:client-:number",
        award.award_id: f"{time}-7003-8:client-:number",
        str(_ATTEMPT): ":attempt",
    }
    for one, other in variables.items():
        call = call.replace(one, other)
    return _SCRIPT.format(client_from=_CLIENT_FROM, number_from=_NUMBER_FROM, call=" ".join(call.split()))
