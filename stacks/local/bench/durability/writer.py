"""A client that can be killed at any moment: it writes down what the ledger promised it before it goes on."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.errors import LedgerConflict, LedgerUnavailable
from bidding.domain.ids import TenantId
from bidding.domain.records import AuctionRecord, Award, Completion, Settlement
from bidding.domain.usage import Usage
from stacks.local.bench.made_up_auctions import auctions, award_auction, put_lots
from stacks.local.bench.scratch_server import now_ms, open_ledger
from stacks.local.errors import LocalStackError
from stacks.local.postgres.server import PostgresServer

TENANT = TenantId("durable")
STOP = "stop"
"""Writers end when a file of this name appears beside their journals."""
_JOURNAL = ".journal"
_TASKS = 5
_TRIES_MAX = 30


@dataclass
class Promises:
    """What the ledger acknowledged to one client or to several. `placed_again` counts holds that a crash took away."""

    awards: dict[str, str] = field(default_factory=dict)
    settlements: dict[str, str] = field(default_factory=dict)
    placed_again: int = 0

    def __len__(self) -> int:
        return len(self.awards) + len(self.settlements)


def write_until_stopped(home: Path, folder: Path, client: str) -> None:
    """Auction after auction, every other one executed and settled; each acknowledgement goes to disk first."""
    with PostgresServer(home) as server, (folder / f"{client}{_JOURNAL}").open("a") as journal:
        ledger = open_ledger(server.acquire(), revive=server.ensure_running)
        for number, record in enumerate(_supply(ledger)):
            if (folder / STOP).exists():
                break
            award = _awarded(ledger, record, journal)
            _write_down(journal, "award", award.award_id)
            if number % 2:
                _settled(ledger, award)
                _write_down(journal, "settlement", award.hold_id)
        ledger.close()


def read_journals(folder: Path) -> Promises:
    """All that was promised; a last line cut off by a kill was never acted on, so it does not count."""
    promises = Promises()
    for journal in sorted(folder.glob(f"*{_JOURNAL}")):
        for line in journal.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                kind, _, name = line.strip().partition(" ")
                if kind == "award":
                    promises.awards[name] = journal.stem
                elif kind == "settlement":
                    promises.settlements[name] = journal.stem
                else:
                    promises.placed_again += 1
    return promises


def _supply(ledger: PostgresLedger) -> Iterator[AuctionRecord]:
    for attempt in itertools.count(1):
        try:
            return auctions(put_lots(ledger, TENANT, _TASKS, now_ms()))
        except (LedgerUnavailable, LocalStackError):
            if attempt == _TRIES_MAX:
                raise
    raise AssertionError("unreachable")


def _awarded(ledger: PostgresLedger, record: AuctionRecord, journal: TextIO) -> Award:
    """Try until the award stands. Holds commit asynchronously: one that a crash took away is placed anew."""
    assert record.award is not None
    for attempt in itertools.count(1):
        try:
            award_auction(ledger, TENANT, record)
            return record.award
        except LedgerConflict as conflict:
            if "awards_have_their_hold" not in str(conflict):
                raise
            _write_down(journal, "placed_again", record.award.hold_id)
        except (LedgerUnavailable, LocalStackError):
            if attempt == _TRIES_MAX:
                raise
    raise AssertionError("unreachable")


def _settled(ledger: PostgresLedger, award: Award) -> None:
    done = Completion(
        award_id=award.award_id,
        status="succeeded",
        reason=None,
        detail="",
        usage=Usage(500, 60, 0),
        cost_micros=award.price_micros,
        latency_ms=1,
        output={"label": "invoice"},
        road="strict",
        raw_key=None,
    )
    settlement = Settlement(award.hold_id, award.award_id, "settled", award.price_micros)
    for attempt in itertools.count(1):
        try:
            ledger.claim_execution(TENANT, award.award_id, now_ms())
            ledger.complete_execution(TENANT, done, now_ms())
            ledger.settle(TENANT, settlement, now_ms())
            return
        except (LedgerUnavailable, LocalStackError):
            if attempt == _TRIES_MAX:
                raise


def _write_down(journal: TextIO, kind: str, name: str) -> None:
    journal.write(f"{kind} {name}\n")
    journal.flush()
    os.fsync(journal.fileno())
