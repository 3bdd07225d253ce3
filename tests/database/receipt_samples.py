"""A filled ledger with every kind of row, its notary, and ways to change the past that no honest program has."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bidding.adapters.anchors import FileAnchors
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.audit import PostgresAudit
from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.receipts import PostgresReceipts
from bidding.adapters.signing import KeyFileSigner, signed_by
from bidding.domain.policy import Policy
from bidding.domain.records import Demonstration, Settlement
from bidding.notary import Notary
from bidding.services.verification import Verification, verify_ledger
from tests.database.conftest import Connection
from tests.ledger_samples import LIMIT_MICROS, NOW, World, a_seat

HARD_TEXT = 'O\'Neil \\ \\x00 "ß" 漢字 \n\t{a,NULL,}'


@contextmanager
def a_notary(dsn: str, folder: Path) -> Iterator[Notary]:
    """The notary of a database, with key and anchors in `folder`. Seals as the market, reads as the auditor."""
    app, reader = make_conninfo(dsn, user="ledger_app"), make_conninfo(dsn, user="ledger_reader")
    databases = Database(app), Database(reader)
    ledger = PostgresLedger(reader, default_budget_micros=LIMIT_MICROS)
    audit = PostgresAudit(reader, databases[1], ledger)
    try:
        yield Notary(
            store=PostgresReceipts(*databases),
            audit=audit,
            signer=KeyFileSigner(folder / "keys" / "receipts.pem"),
            signed_by=signed_by,
            anchors=FileAnchors(folder / "anchors.jsonl"),
            clock=lambda: NOW + 30_000,
        )
    finally:
        for each in (audit, ledger, *databases):
            each.close()


def fill(ledger: PostgresLedger) -> World:
    """A tenant with rows in every ledger table, and columns of every kind: empty, absent, extreme."""
    world = World.of(ledger)
    won, failed, orphaned = world.lots(3)
    award = world.awarded(won)
    world.completed(award, output={"label": HARD_TEXT, "n": 0.1})
    world.settled(award)
    world.judged(award, "checks", 1 / 3)
    world.judged(award, "human", None, sequence="1")
    world.completed(world.awarded(failed), failed=True)
    orphan = world.auction(orphaned).award
    assert orphan is not None
    world.hold(orphan)
    ledger.settle(world.tenant, Settlement(orphan.hold_id, None, "voided", 0), NOW)
    shown = Demonstration(won.lot_id, "classify", "mail", HARD_TEXT, {"label": "x"}, "human", (0.6, 0.8))
    ledger.add_demonstration(world.tenant, shown, NOW)
    ledger.put_seat(a_seat(f"seat-{world.tenant}", kinds=frozenset({"classify"})), NOW)
    ledger.append(world.tenant, Policy(version=1), 1, NOW)
    return world


def filled(dsn: str) -> World:
    """A tenant with rows in every ledger table of a database."""
    ledger = PostgresLedger(make_conninfo(dsn, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    try:
        return fill(ledger)
    finally:
        ledger.close()


def audit(notary: Notary) -> Verification:
    """What an audit finds, with the notary's own key trusted."""
    return verify_ledger(notary, notary.signer.public_key())


@dataclass(frozen=True)
class Mutation:
    """A change of the past: what was done, and the table and key that an audit must name."""

    done: str
    table: str
    key: str


class Saboteur:
    """A superuser with triggers switched off. Every mutation can be undone."""

    def __init__(self, connection: Connection, rng: random.Random) -> None:
        self._connection = connection
        self._rng = rng
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE SCHEMA saved")
        for table in ("seat_prices", "demonstrations"):
            connection.execute(f"ALTER TABLE {table} ALTER seq DROP IDENTITY".encode())
        rows = connection.execute(
            "SELECT table_name, column_name, type, covered_by, key_position FROM ledger_columns ORDER BY 1, 2"
        ).fetchall()
        self.columns: dict[str, list[tuple[str, str]]] = {}
        self._keys: dict[str, list[tuple[int, str]]] = {}
        for table, column, kind, covered, position in rows:
            if covered or column == "personal_salt":
                self.columns.setdefault(table, []).append((column, kind))
            if position is not None:
                self._keys.setdefault(table, []).append((position, column))
        for table in list(self.columns):
            if self._one(f"SELECT count(*) FROM {table}") == (0,):  # nothing erased or archived: nothing to harm
                del self.columns[table]
        for table in (*self.columns, "receipts", "sealed_leaves"):
            connection.execute(f"CREATE TABLE saved.{table} AS SELECT * FROM {table}".encode())

    def undo(self, table: str) -> None:
        """Put back what was there."""
        with self._connection.transaction():
            self._connection.execute(f"DELETE FROM {table}".encode())
            self._connection.execute(
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM saved.{table}".encode()
            )

    def mutate(self) -> Mutation:
        """One random mutation."""
        moves = [self.flip] * 12 + [self.delete] * 3 + [self.swap] * 2 + [self.chain] * 6
        while True:
            try:
                with self._connection.transaction():
                    return self._rng.choice(moves)()
            except psycopg.IntegrityError:  # a constraint is in the way: an attacker tries elsewhere
                continue

    def flip(self) -> Mutation:
        """Change one column of one row."""
        table = self._rng.choice(sorted(self.columns))
        column, kind = self._rng.choice(self.columns[table])
        key, where = self._row(table)
        (old,) = self._one(f"SELECT {column}::text FROM {table} WHERE {where}")
        self._run(f"UPDATE {table} SET {column} = %s::text::{kind} WHERE {where}", (_flipped(old, kind, self._rng),))
        return Mutation(f"{column} of {table} {key}", table, key)

    def delete(self) -> Mutation:
        """Delete one row."""
        table = self._rng.choice(sorted(self.columns))
        key, where = self._row(table)
        self._run(f"DELETE FROM {table} WHERE {where}")
        return Mutation(f"{table} {key} deleted", table, key)

    def swap(self) -> Mutation:
        """Give two rows each other's values, their keys aside."""
        table = self._rng.choice(["awards", "completions", "holds", "outcomes"])
        (key, one), (_, other) = self._row(table), self._row(table)
        keys = {column for _, column in self._keys[table]}
        columns = [column for column, _ in self.columns[table] if column not in keys]
        pair = [
            self._one(f"SELECT {', '.join(f'{c}::text' for c in columns)} FROM {table} WHERE {w}") for w in (one, other)
        ]
        if pair[0] == pair[1]:
            return self.swap()
        kinds = dict(self.columns[table])
        changes = ", ".join(f"{column} = %s::text::{kinds[column]}" for column in columns)
        with self._connection.transaction():
            for where, values in ((one, pair[1]), (other, pair[0])):
                self._run(f"UPDATE {table} SET {changes} WHERE {where}", values)
        return Mutation(f"{table} {key} swapped", table, key)

    def chain(self) -> Mutation:
        """Harm a receipt, its place, or its list of leaves."""
        last = int(self._one("SELECT max(batch) FROM receipts")[0])
        one, other = self._rng.sample(range(1, last + 1), 2)
        first = min(one, other)
        match self._rng.randrange(5):
            case 0:
                self._run(f"DELETE FROM receipts WHERE batch = {one}")
                return Mutation(f"receipt {one} dropped", "receipts", f"[{one}]")
            case 1:
                self._run("UPDATE receipts SET batch = batch + 1000 WHERE batch IN (%s, %s)", (one, other))
                self._run("UPDATE receipts SET batch = %s - batch + 1000 WHERE batch > 1000", (one + other,))
                return Mutation(f"receipts {one} and {other} reordered", "receipts", f"[{first}]")
            case 2:
                self._run(
                    "UPDATE receipts AS r SET root = o.root FROM saved.receipts AS o "
                    "WHERE (r.batch, o.batch) IN ((%s, %s), (%s, %s))",
                    (one, other, other, one),
                )
                return Mutation(f"roots {one} and {other} swapped", "receipts", f"[{first}]")
            case 3:
                column = self._rng.choice(["root", "previous", "chain_hash", "signature"])
                at = self._rng.randrange(32)
                flipped = f"set_byte({column}, {at}, get_byte({column}, {at}) # 1)"
                self._run(f"UPDATE receipts SET {column} = {flipped} WHERE batch = {one}")
                return Mutation(f"{column} of receipt {one}", "receipts", f"[{one}]")
            case _:
                table, part = self._one("SELECT table_name, part FROM sealed_leaves ORDER BY random() LIMIT 1")
                (batch,) = self._one(
                    f"SELECT batch FROM sealed_leaves WHERE table_name = '{table}' ORDER BY random() LIMIT 1"
                )
                self._run(
                    "UPDATE sealed_leaves SET leaves = set_byte(leaves, 5, get_byte(leaves, 5) # 1) "
                    "WHERE (batch, table_name, part) = (%s, %s, %s)",
                    (batch, table, part),
                )
                return Mutation(f"leaves of {table} in {batch}", "sealed_leaves", json.dumps([batch, table]))

    def _row(self, table: str) -> tuple[str, str]:
        """A random row: its key, and a condition that finds it."""
        keys = [column for _, column in sorted(self._keys[table])]
        literals = ", ".join(f"quote_literal({column})" for column in keys)
        named = f"json_build_array({', '.join(keys)})::text, concat_ws(', ', {literals})"
        rows = self._connection.execute(f"SELECT {named} FROM {table} ORDER BY 1".encode()).fetchall()
        key, values = self._rng.choice(rows)
        return key, f"({', '.join(keys)}) = ({values})"

    def _one(self, query: str) -> tuple[str, ...]:
        row = self._connection.execute(query.encode()).fetchone()
        assert row is not None
        return row

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> None:
        with self._connection.transaction():
            self._connection.execute(statement.encode(), values)


def _flipped(old: str | None, kind: str, rng: random.Random) -> str:
    """Another value of a type, as near to the old one as it has."""
    if kind in {"integer", "bigint", "numeric", "xid8"}:
        return str(int(old or 0) ^ rng.randrange(1, 1 << 20))
    if kind in _FLIPS:
        return _FLIPS[kind](old, rng)
    if not old:
        return "x"
    at = rng.randrange(len(old))
    return old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :]


def _float(old: str | None, rng: random.Random) -> str:
    (bits,) = struct.unpack(">Q", struct.pack(">d", float(old or 0.5)))
    (changed,) = struct.unpack(">d", struct.pack(">Q", bits ^ 1 << rng.randrange(52)))
    return repr(changed)


def _time(old: str | None, _: random.Random) -> str:
    if old is None or old == "infinity":
        return "2030-01-01"
    return (datetime.fromisoformat(old) + timedelta(microseconds=1)).isoformat()


def _numbers(old: str | None, rng: random.Random) -> str:
    """One number of a list, one digit of it."""
    digits = [at for at, letter in enumerate(old or "") if letter.isdigit()]
    if old is None or not digits:
        return "{1}"
    at = rng.choice(digits)
    return old[:at] + str((int(old[at]) + 1) % 10) + old[at + 1 :]


def _texts(old: str | None, _: random.Random) -> str:
    if old is None or old[1] in '}"':
        return "{x}"
    return "{x" + old[1:]


def _list(old: str | None, _: random.Random) -> str:
    return "{00000000-0000-0000-0000-000000000001}" if old == "{}" else "{}"


_FLIPS: dict[str, Callable[[str | None, random.Random], str]] = {
    "boolean": lambda old, _: "false" if old == "true" else "true",
    "double precision": _float,
    "uuid": lambda old, rng: f"{int((old or '0').replace('-', ''), 16) ^ rng.randrange(1, 1 << 20):032x}",
    "timestamp with time zone": _time,
    "bytea": lambda old, _: (old or "")[:-1] + ("1" if (old or "").endswith("0") else "0"),
    "json": lambda old, _: (old or "{}") + " ",
    "bigint[]": _numbers,
    "double precision[]": _numbers,
    "text[]": _texts,
    "uuid[]": _list,
    "vector": lambda _, __: "[0.6,0.7]",
}
