"""Wire types of receipts: what is anchored, what proves a lot's rows, and the sealing function's input and output.

Bytes are lower-case hexadecimal.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.base import Wire

Number = Annotated[int, Field(ge=0, lt=2**64)]
Name = Annotated[str, Field(min_length=1, max_length=63)]


class _Hex(Wire):
    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")


class Receipt(_Hex):
    """A batch of rows under one root; see docs/reference/receipts.md."""

    batch: Number
    from_xact: Number
    to_xact: Number
    leaf_count: Number
    root: bytes
    sealed_at_ms: Number
    previous: bytes


class Signature(_Hex):
    """Whose signature, and of which kind."""

    algorithm: Literal["ed25519", "ecdsa-p256-sha256"]
    key_id: str
    value: bytes


class SignedReceipt(_Hex):
    """A receipt as it is anchored, one per line or object."""

    receipt: Receipt
    chain_hash: bytes
    signature: Signature


class ProvenRow(_Hex):
    """A row's covered columns, each with name, type and value, and the way from its leaf to the root of its batch."""

    table: Name
    key: str
    fields: tuple[tuple[Name, str, bytes], ...]
    batch: Number
    index: Number
    path: tuple[bytes, ...]


class LotProof(_Hex):
    """Everything that is needed to check a lot's rows without the database. `unsealed` names rows not yet sealed."""

    format: Literal["atomic receipt 1"] = "atomic receipt 1"
    tenant: str
    lot_id: str
    public_key: bytes
    receipts: tuple[SignedReceipt, ...]
    rows: tuple[ProvenRow, ...]
    unsealed: tuple[tuple[str, str], ...]


class SealRequest(Wire):
    """Input of SealReceipts: nothing, it seals for the whole installation."""

    version: Literal[1] = 1


class SealedReceipts(Wire):
    """How many receipts were made, over how many rows."""

    version: Literal[1] = 1
    receipts: Number
    rows: Number
