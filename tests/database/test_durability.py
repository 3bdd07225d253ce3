"""The ledger keeps its word: small versions of `atomic bench durability`, and proof that its audit can fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bidding.domain.ids import TenantId
from stacks.local.bench.durability.audit import audit
from stacks.local.bench.durability.hammer import UNITS, hammer_budget
from stacks.local.bench.durability.kills import kill_and_audit
from stacks.local.bench.durability.writer import Promises, read_journals
from stacks.local.bench.made_up_auctions import auctions, award_auction, put_lots
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, now_ms, open_ledger

_TENANT = TenantId("audited")


@pytest.fixture
def scratch() -> Iterator[ScratchServer]:
    """A server that may be killed."""
    with ScratchServer() as server:
        yield server


def test_one_budget_hammered(postgres_dsn: str) -> None:
    """Of the holds that four processes try on one budget for three seconds exactly those that fit are granted."""
    hammered = hammer_budget(postgres_dsn, clients=4, seconds=3)

    assert (hammered.granted, hammered.faults) == (UNITS, ())


def test_killed_in_mid_load(scratch: ScratchServer) -> None:
    """After kill -9 of a client and of the server every acknowledged award and settlement stands, and money adds up."""
    survived = kill_and_audit(scratch, kills=1, clients=4, rng=random.Random(7))

    assert survived.faults == ()
    assert survived.awards > survived.settlements > 0


def test_audit_names_what_is_wrong(postgres_dsn: str) -> None:
    """A lost award, a lost settlement, an award without its hold, a torn auction and moved money are each named."""
    ledger = open_ledger(postgres_dsn)
    ledger.set_budget(_TENANT, AMPLE_MICROS)
    records = [record for record, _ in zip(auctions(put_lots(ledger, _TENANT, 1, now_ms())), range(3), strict=False)]
    for record in records:
        award_auction(ledger, _TENANT, record)
    ledger.close()
    lost, holdless, torn = (record.award for record in records)
    assert lost is not None
    assert holdless is not None
    assert torn is not None
    promises = Promises({lost.award_id: "001", holdless.award_id: "002"}, {torn.hold_id: "003"})
    assert audit(postgres_dsn, _TENANT, Promises(promises.awards)) == []

    with psycopg.connect(postgres_dsn) as tamperer:
        tamperer.execute("SET session_replication_role = replica")  # no trigger, no foreign key stands in the way
        tamperer.execute("DELETE FROM awards WHERE award_id = %s", (lost.award_id,))
        tamperer.execute("DELETE FROM auctions WHERE auction_id = %s", (lost.auction_id,))
        tamperer.execute("DELETE FROM holds WHERE hold_id = %s", (holdless.hold_id,))
        tamperer.execute("DELETE FROM awards WHERE award_id = %s", (torn.award_id,))

    faults = audit(postgres_dsn, _TENANT, promises)
    assert faults[:4] == [
        f"award {lost.award_id} was acknowledged to client 001 and is not in the ledger",
        f"settlement of hold {torn.hold_id} was acknowledged to client 003 and is not in the ledger",
        f"award {holdless.award_id} has no hold of its amount",
        f"auction {torn.auction_id} is not whole",
    ]
    assert [fault.split(" is ")[0] for fault in faults[4:]] == ["budget audited"]


def test_a_line_cut_off(tmp_path: Path) -> None:
    """A journal's last line that a kill cut off promises nothing; every whole line does."""
    (tmp_path / "001.journal").write_text("award a\nsettlement h\nplaced_again x\naward b")

    assert read_journals(tmp_path) == Promises({"a": "001"}, {"h": "001"}, placed_again=1)
