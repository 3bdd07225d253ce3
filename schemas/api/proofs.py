"""What clients are answered about receipts."""

from __future__ import annotations

from schemas.base import Wire


class Receipt(Wire):
    """A sealed batch of the ledger; hashes in hexadecimal."""

    batch: int
    leaf_count: int
    root: str
    previous: str
    chain_hash: str
    sealed_ms: int
    algorithm: str
    key_id: str


class ReceiptPage(Wire):
    """Receipts, oldest first."""

    receipts: tuple[Receipt, ...]
    next: int | None
