"""Receipts in PostgreSQL; see `schemas/migrations/0011_receipts.sql`."""

from __future__ import annotations

from collections.abc import Iterator

from bidding.adapters.postgres.connection import Database, Row
from bidding.domain.merkle import HASH_BYTES
from bidding.domain.receipts import LeafPart, Receipt, Signature, SignedReceipt

_COLUMNS = """
SELECT batch, from_xact::text::numeric AS from_xact, to_xact::text::numeric AS to_xact, leaf_count, root,
       round(extract(epoch FROM sealed_at) * 1000)::bigint AS sealed_at_ms, previous, chain_hash, algorithm, key_id,
       signature
FROM receipts
"""
_PAGE = _COLUMNS + "WHERE batch > %(after)s ORDER BY batch LIMIT 500"
_LAST = _COLUMNS + "ORDER BY batch DESC LIMIT 1"
_HORIZON = "SELECT batch_end(%(from_xact)s, %(rows_max)s)"
_LEAVES = "SELECT leaves_to_seal(%(from_xact)s, %(to_xact)s) AS leaves"
_SEALED = """
SELECT batch, table_name, keys, leaves
FROM sealed_leaves
WHERE batch BETWEEN %(first)s AND %(last)s
ORDER BY batch, table_name COLLATE "C", part
"""
_APPEND = """
SELECT append_receipt(%(batch)s, %(from_xact)s, %(to_xact)s, %(leaf_count)s, %(root)s, %(sealed_at_ms)s, %(previous)s,
                      %(chain_hash)s, %(algorithm)s, %(key_id)s, %(signature)s)
"""


class PostgresReceipts:
    """See `ReceiptStore`. `database` is for the role that seals, `auditor` for one that may read lists of leaves.

    The two look across tenants: they are for the owner of the installation.
    """

    def __init__(self, database: Database, auditor: Database) -> None:
        self._database = database
        self._auditor = auditor

    def receipts(self, after_batch: int = 0) -> Iterator[SignedReceipt]:
        """Receipts behind `after_batch`, in their order; read page by page."""
        while page := self._database.rows(_PAGE, {"after": after_batch}):
            yield from (_receipt(row) for row in page)
            after_batch = page[-1]["batch"]

    def last_receipt(self) -> SignedReceipt | None:
        """The newest one."""
        row = self._database.row(_LAST, {})
        return _receipt(row) if row else None

    def horizon(self, from_xact: int, rows_max: int) -> int:
        """Where a batch that begins at `from_xact` ends."""
        return int(self._database.value(_HORIZON, {"from_xact": from_xact, "rows_max": rows_max}))

    def leaves_between(self, from_xact: int, to_xact: int) -> Iterator[bytes]:
        """Leaves, as computed at the write, of rows written by transactions in [from, to), by table and key."""
        for row in self._database.rows(_LEAVES, {"from_xact": from_xact, "to_xact": to_xact}):
            yield from _split(row["leaves"])

    def append_receipt(self, receipt: SignedReceipt) -> bool:
        """Keep a receipt with the list of its leaves; False where it is not the next one.

        Raises LedgerConflict where the leaves are not as many as were signed.
        """
        this, signature = receipt.receipt, receipt.signature
        parameters = {
            "batch": this.batch,
            "from_xact": this.from_xact,
            "to_xact": this.to_xact,
            "leaf_count": this.leaf_count,
            "root": this.root,
            "sealed_at_ms": this.sealed_at_ms,
            "previous": this.previous,
            "chain_hash": receipt.chain_hash,
            "algorithm": signature.algorithm,
            "key_id": signature.key_id,
            "signature": signature.value,
        }
        return bool(self._database.value(_APPEND, parameters))

    def sealed(self, first_batch: int, last_batch: int) -> Iterator[LeafPart]:
        """The lists of leaves that were kept with these receipts, by batch, table and key."""
        return map(_part, self._auditor.rows(_SEALED, {"first": first_batch, "last": last_batch}))


def _receipt(row: Row) -> SignedReceipt:
    receipt = Receipt(
        batch=row["batch"],
        from_xact=int(row["from_xact"]),
        to_xact=int(row["to_xact"]),
        leaf_count=row["leaf_count"],
        root=row["root"],
        sealed_at_ms=row["sealed_at_ms"],
        previous=row["previous"],
    )
    signature = Signature(row["algorithm"], row["key_id"], row["signature"])
    return SignedReceipt(receipt, row["chain_hash"], signature)


def _part(row: Row) -> LeafPart:
    return LeafPart(
        batch=row["batch"],
        table=row["table_name"],
        keys=tuple(row["keys"].split("\n")),
        leaves=tuple(_split(row["leaves"])),
    )


def _split(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))
