"""Sealing beside writers: nothing is skipped, nothing is sealed twice."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
from psycopg.conninfo import make_conninfo

from bidding.services.receipts import seal_receipts
from tests.database.receipt_samples import a_notary, audit, filled


def test_transaction_that_ends_late(fresh: str, tmp_path: Path) -> None:
    """Rows of a transaction that began before a sealing and ends after it are in the next receipt, and only there."""
    with (
        a_notary(fresh, tmp_path) as notary,
        psycopg.connect(make_conninfo(fresh, user="ledger_app")) as slow,
    ):
        slow.execute("SELECT place_hold('slow', %s, 1, 10, 0)", (str(uuid.uuid4()),))
        filled(fresh)
        assert seal_receipts(notary) == []
        tail = audit(notary).tail.rows
        slow.commit()
        (receipt,) = seal_receipts(notary)

        assert receipt.receipt.leaf_count == tail + 1
        assert audit(notary).findings == []


def test_sealing_beside_writers(fresh: str, tmp_path: Path) -> None:
    """Rows that concurrent transactions commit out of order, while two sealers run, are each sealed exactly once."""
    stop = Event()

    def write(number: int) -> None:
        rng = random.Random(number)
        with psycopg.connect(make_conninfo(fresh, user="ledger_app")) as writer:
            for _ in range(40):
                for _ in range(rng.randrange(1, 4)):
                    hold = str(uuid.UUID(int=rng.getrandbits(128)))
                    writer.execute("SELECT place_hold(%s, %s, 1, 1000000, 0)", (f"writer-{number}", hold))
                    stop.wait(rng.random() / 50)
                writer.rollback() if rng.random() < 0.1 else writer.commit()

    def seal() -> int:
        sealed = 0
        with a_notary(fresh, tmp_path) as notary:
            while not stop.is_set():
                sealed += len(seal_receipts(notary))
        return sealed

    with ThreadPoolExecutor(10) as threads:
        sealers = [threads.submit(seal) for _ in range(2)]
        for writer in [threads.submit(write, number) for number in range(8)]:
            writer.result()
        stop.set()
        sealed = sum(sealer.result() for sealer in sealers)

    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh) as connection:
        sealed += len(seal_receipts(notary))
        found = audit(notary)
        rows = connection.execute("SELECT json_build_array(tenant, hold_id)::text FROM holds").fetchall()
        parts = connection.execute("SELECT keys FROM sealed_leaves WHERE table_name = 'holds'").fetchall()
    keys = Counter(key for (part,) in parts for key in part.split("\n"))
    assert keys == Counter(key for (key,) in rows)
    assert (found.findings, found.receipts, found.tail.rows) == ([], sealed, 0)
    assert sealed > 5
