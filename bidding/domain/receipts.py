"""Receipts: leaves of rows, batches of leaves, and the signed chain of their roots.

Everything here can be computed from a row and published bytes alone; docs/reference/receipts.md is the same in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.merkle import HASH_BYTES, leaf_hash

Algorithm = Literal["ed25519", "ecdsa-p256-sha256"]
PersonalState = Literal["intact", "erased", "changed"]
Field = tuple[bytes, bytes | None]
"""A column's head, see `field_head`, and its value; None for NULL."""

NO_HASH = bytes(HASH_BYTES)
"""What stands for the receipt before the first."""
_CHAIN = b"atomic receipt 1\n"


def field_head(column: str) -> bytes:
    """What precedes the length of a column's value: the length of its name in one byte, and its name."""
    name = column.encode()
    return bytes([len(name)]) + name


def encode_fields(fields: Iterable[Field]) -> bytes:
    """Fields one after another, those without a value left out. The caller sorts them by name."""
    return b"".join([head + len(value).to_bytes(4, "big") + value for head, value in fields if value is not None])


def row_leaf(table: str, fields: Iterable[Field]) -> bytes:
    """The leaf of a row."""
    return leaf_hash(field_head(table) + encode_fields(fields))


def personal_digest(salt: bytes, fields: Iterable[Field]) -> bytes:
    """What a row's leaf covers in the place of columns that may be erased."""
    return hashlib.sha256(salt + encode_fields(fields)).digest()


@dataclass(frozen=True)
class Receipt:
    """A batch: all rows whose transaction lies in [from_xact, to_xact), under one Merkle root, after `previous`.

    `batch` counts from 1 without gaps. Times are Unix milliseconds.
    """

    batch: int
    from_xact: int
    to_xact: int
    leaf_count: int
    root: bytes
    sealed_at_ms: int
    previous: bytes

    @property
    def message(self) -> bytes:
        """What is hashed into the chain, and signed."""
        numbers = (self.batch, self.from_xact, self.to_xact, self.leaf_count, self.sealed_at_ms)
        return _CHAIN + self.previous + b"".join(number.to_bytes(8, "big") for number in numbers) + self.root

    @cached_property
    def chain_hash(self) -> bytes:
        """Stands for this receipt and all before it."""
        return hashlib.sha256(self.message).digest()


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and the key that made it; see `key_id_of`."""

    algorithm: Algorithm
    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it is kept. `chain_hash` is the one that was written down, to be compared with the receipt's own."""

    receipt: Receipt
    chain_hash: bytes
    signature: Signature


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is remembered of a receipt outside the database."""

    batch: int
    chain_hash: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifying key, as a DER SubjectPublicKeyInfo (RFC 5280)."""

    der: bytes

    @property
    def key_id(self) -> str:
        """Its name: the first 16 bytes of its SHA-256, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class LeafPart:
    """A stretch of a batch's leaves: up to 4,096 rows of one table, with their keys, by key."""

    batch: int
    table: str
    keys: tuple[str, ...]
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RowImage:
    """A ledger row as it is now: the transaction that wrote it, its key, and the leaf that its columns have.

    `personal` tells whether the columns that may be erased are those that were written, were erased, or neither.
    """

    xact: int
    key: str
    leaf: bytes
    personal: PersonalState = "intact"


@dataclass(frozen=True, slots=True)
class LotRow:
    """A row about a lot: the transaction that wrote it, and its covered columns, sorted by name, with their types."""

    table: str
    key: str
    xact: int
    fields: tuple[tuple[str, str, bytes], ...]

    @property
    def leaf(self) -> bytes:
        """The leaf that these columns have."""
        return row_leaf(self.table, ((field_head(name), value) for name, _, value in self.fields))


@dataclass(frozen=True, slots=True)
class UnsealedTail:
    """Rows that no receipt covers yet. `oldest_ms` is the time that the oldest of them names, Unix milliseconds.

    `from_the_future` counts rows that name a transaction which has not begun.
    """

    rows: int
    oldest_ms: int | None
    from_the_future: int = 0


@dataclass(frozen=True, slots=True)
class ProvenRow:
    """A row, the batch it was sealed in, its place there from 0, and the way from its leaf to the batch's root."""

    table: str
    key: str
    fields: tuple[tuple[str, str, bytes], ...]
    batch: int
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LotProof:
    """Everything that is needed to check a lot's rows without the database. `unsealed` names tables and keys."""

    tenant: str
    lot_id: str
    public_key: bytes
    receipts: tuple[SignedReceipt, ...]
    rows: tuple[ProvenRow, ...]
    unsealed: tuple[tuple[str, str], ...]
