"""Receipts on a real database: what an audit finds when the past is changed, and that it finds nothing else."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import TypeAdapter

from bidding.adapters.postgres.migrations import MIGRATIONS, migrate
from bidding.adapters.signing import KeyFileSigner, signed_by
from bidding.domain.errors import LedgerRolledBack
from bidding.domain.receipts import LotProof, SignedReceipt
from bidding.notary import Notary
from bidding.services.proofs import check_proof, prove_lot
from bidding.services.receipts import seal_receipts
from schemas import receipts as wire
from tests.database.conftest import Connection
from tests.database.old_ledger import OldLedger
from tests.database.receipt_samples import Saboteur, a_notary, audit, fill, filled
from tests.ledger_samples import LIMIT_MICROS, NOW

MUTATIONS = 100


def sealed(notary: Notary) -> int:
    """Seal all rows; how many receipts that took. Other tests' transactions in the server may hold rows back."""
    receipts = 0
    for _ in range(100):
        receipts += len(seal_receipts(notary))
        if not audit(notary).tail.rows:
            return receipts
        time.sleep(0.05)
    pytest.fail("rows stay unsealed")


def test_honest_ledger(fresh: str, tmp_path: Path) -> None:
    """Rows of every table, sealed in several receipts, verify; so do rows that nobody has sealed yet."""
    with a_notary(fresh, tmp_path) as notary:
        receipts = 0
        for _ in range(3):
            filled(fresh)
            receipts += sealed(notary)
        filled(fresh)

        found = audit(notary)

    assert found.findings == []
    assert receipts >= 3
    assert (found.receipts, found.tenants, found.erased_rows, found.unanchored_receipts) == (receipts, 4, 0, 0)
    assert found.tail.rows * 3 == found.rows
    assert found.tail.oldest_ms == NOW


def test_random_mutations(fresh: str, tmp_path: Path) -> None:
    """A hundred random changes of sealed rows and receipts, by a superuser past all triggers, are found and named."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        for _ in range(3):
            filled(fresh)
            seal_receipts(notary)
        saboteur = Saboteur(connection, random.Random(20_261_123))
        done = Counter[str]()
        for _ in range(MUTATIONS):
            mutation = saboteur.mutate()
            found = audit(notary)
            named = [(finding.table, finding.key) for finding in found.findings]
            assert (mutation.table, mutation.key) in named, (mutation.done, found.findings)
            assert found.findings[0].table == mutation.table, (mutation.done, found.findings)
            done[mutation.table] += 1
            saboteur.undo(mutation.table)
        assert done.keys() >= {"auctions", "receipts", "sealed_leaves"}
        assert audit(notary).findings == []


def test_older_backup(fresh: str, tmp_path: Path) -> None:
    """A database that was put back to an older copy is told by its anchor, and nothing is sealed on top of it."""
    older = make_conninfo(fresh, dbname="receipts_older")
    with a_notary(fresh, tmp_path) as notary:
        filled(fresh)
        seal_receipts(notary)
    with psycopg.connect(make_conninfo(fresh, dbname="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE receipts_older TEMPLATE receipts_test_older_backup")
    with a_notary(fresh, tmp_path) as notary:
        filled(fresh)
        seal_receipts(notary)
        assert audit(notary).intact

    with a_notary(older, tmp_path) as notary:
        filled(older)
        found = audit(notary)
        with pytest.raises(LedgerRolledBack):
            seal_receipts(notary)

    assert [(finding.table, finding.key) for finding in found.findings] == [("receipts", "[2]")]


def test_rewritten_chain(fresh: str, tmp_path: Path) -> None:
    """Who has the signing key and rewrites rows and receipts alike is still told by the anchor."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        seal_receipts(notary)
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM outcomes")
        connection.execute("DELETE FROM sealed_leaves")
        connection.execute("DELETE FROM receipts")
        honest = notary.anchors
        (tmp_path / "anchors.jsonl").rename(tmp_path / "honest.jsonl")
        seal_receipts(notary)
        assert audit(notary).intact
        (tmp_path / "honest.jsonl").rename(tmp_path / "anchors.jsonl")

        found = audit(notary)

    assert honest.last() is not None
    assert [(finding.table, finding.key) for finding in found.findings] == [("receipts", "[1]")]


def test_erasure(fresh: str, tmp_path: Path) -> None:
    """Personal columns can be erased with their salt and every proof stays; changed under a kept salt they are told."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        seal_receipts(notary)
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE completions SET output = '{}', detail = '', personal_salt = NULL WHERE output IS NOT NULL"
        )
        connection.execute("UPDATE demonstrations SET output = NULL, text = '', embedding = NULL, personal_salt = NULL")

        erased = audit(notary)
        connection.execute("UPDATE completions SET detail = 'another' WHERE status = 'failed'")
        changed = audit(notary)

    assert (erased.findings, erased.erased_rows) == ([], 2)
    assert [finding.table for finding in changed.findings] == ["completions"]


def test_every_column_is_covered(connection: Connection) -> None:
    """Every append-only table has leaves, and every column of them is in the leaf or may be erased, but two."""
    covered = connection.execute("SELECT table_name, column_name, covered_by FROM ledger_columns").fetchall()
    append_only = connection.execute("""
        SELECT relname::text FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
        WHERE tgname = relname || '_append_only' AND NOT relispartition
    """).fetchall()
    columns = connection.execute("""
        SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public'
    """).fetchall()

    tables = {table for table, _, _ in covered}
    assert tables == {table for (table,) in append_only} - {"receipts", "sealed_leaves", "covered_columns"} | {"lots"}
    assert {(table, column) for table, column, _ in covered} == {each for each in columns if each[0] in tables}
    assert {(table, column) for table, column, by in covered if by is None} == {
        ("lots", "status"),
        ("lots", "personal_salt"),
        ("completions", "personal_salt"),
        ("demonstrations", "personal_salt"),
    }


def test_later_column(fresh: str, tmp_path: Path) -> None:
    """A migration that adds a column to a ledger table leaves old leaves as they were, and new rows cover it."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        seal_receipts(notary)
        connection.execute("SET ROLE ledger_owner")
        connection.execute("ALTER TABLE holds ADD COLUMN colour text")
        connection.execute("SELECT cover_with_leaf('holds')")
        connection.execute("RESET ROLE")
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        seal_receipts(notary)
        assert audit(notary).findings == []

        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE holds SET colour = 'red'")
        assert len(audit(notary).findings) == 6


def test_later_column_with_a_value(fresh: str, tmp_path: Path) -> None:
    """A new column with a default is refused where rows are sealed, and covered in rows that are not."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        connection.execute("SET ROLE ledger_owner")
        connection.execute("ALTER TABLE holds ADD COLUMN early integer NOT NULL DEFAULT 7")
        connection.execute("SELECT cover_with_leaf('holds')")
        seal_receipts(notary)
        assert audit(notary).findings == []

        connection.execute("ALTER TABLE holds ADD COLUMN late integer NOT NULL DEFAULT 7")
        with pytest.raises(psycopg.errors.RestrictViolation, match="late"):
            connection.execute("SELECT cover_with_leaf('holds')")


def test_ledger_before_receipts(postgres_dsn: str, tmp_path: Path) -> None:
    """Rows that were written before receipts existed are covered by the migration, personal columns too."""
    dsn = make_conninfo(postgres_dsn, dbname="receipts_before")
    with psycopg.connect(make_conninfo(postgres_dsn, dbname="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE receipts_before TEMPLATE template0")
    folder = tmp_path / "migrations"
    folder.mkdir()
    for file in MIGRATIONS.iterdir():
        if file.name < "0011":
            (folder / file.name).write_text(file.read_text())
    migrate(dsn, folder)
    ledger = OldLedger(make_conninfo(dsn, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    fill(ledger)
    ledger.close()

    migrate(dsn)

    with a_notary(dsn, tmp_path) as notary:
        seal_receipts(notary)
        found = audit(notary)
    assert (found.findings, found.rows) == ([], 30)


def test_roles(fresh: str, tmp_path: Path) -> None:
    """The market can neither change nor forge receipts by plain SQL, nor read the ids of all tenants in them."""
    with a_notary(fresh, tmp_path) as notary:
        filled(fresh)
        seal_receipts(notary)
    with psycopg.connect(make_conninfo(fresh, user="ledger_app"), autocommit=True) as connection:
        for statement in (
            "UPDATE receipts SET leaf_count = 1",
            "DELETE FROM receipts",
            "INSERT INTO receipts SELECT * FROM receipts",
            "SELECT * FROM sealed_leaves",
            "SELECT * FROM leaves_between(0, 1000000)",
            "SELECT cover_with_leaf('holds', '{amount_micros}')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_proof(fresh: str, tmp_path: Path) -> None:
    """A lot's proof holds without the database, covers all its rows, and no bit of it can be changed."""
    with a_notary(fresh, tmp_path) as notary, psycopg.connect(fresh, autocommit=True) as connection:
        filled(fresh)
        seal_receipts(notary)
        tenant, lot = connection.execute(
            "SELECT tenant, lot_id::text FROM awarded_lots JOIN outcomes USING (tenant, award_id) LIMIT 1"
        ).fetchone() or ("", "")
        proof = prove_lot(notary, tenant, lot)
        trusted = notary.signer.public_key()

    text = wire.LotProof.model_validate(proof).model_dump_json()
    copy = TypeAdapter(LotProof).validate_python(wire.LotProof.model_validate_json(text).model_dump(exclude={"format"}))
    assert copy == proof
    assert check_proof(copy, trusted, signed_by) == []
    assert Counter(row.table for row in copy.rows) == {
        "auctions": 1, "awards": 1, "completions": 1, "demonstrations": 1, "executions": 1, "holds": 1,
        "lots": 1, "outcomes": 2, "settlements": 1,
    }  # fmt: skip
    for at, row in enumerate(proof.rows):
        for place, (name, kind, value) in enumerate(row.fields):
            flipped = (name, kind, value[:-1] + bytes([value[-1] ^ 1])) if value else (name, kind, b"x")
            fields = (*row.fields[:place], flipped, *row.fields[place + 1 :])
            rows = (*proof.rows[:at], replace(row, fields=fields), *proof.rows[at + 1 :])
            assert check_proof(replace(proof, rows=rows), trusted, signed_by), name
    (signed,) = proof.receipts
    forged = replace(signed.receipt, sealed_at_ms=1)
    assert check_proof(replace(proof, receipts=(SignedReceipt(forged, forged.chain_hash, signed.signature),)), trusted,
                       signed_by)  # fmt: skip
    stranger = KeyFileSigner(tmp_path / "stranger.pem").public_key()
    assert check_proof(proof, stranger, signed_by)
