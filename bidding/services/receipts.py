"""Seal: take all rows committed since the last receipt into a Merkle tree, chain and sign its root, anchor it."""

from __future__ import annotations

from bidding.domain.errors import LedgerRolledBack
from bidding.domain.merkle import MerkleFrontier
from bidding.domain.receipts import NO_HASH, Receipt, SignedReceipt
from bidding.notary import Notary

ROWS_MAX = 100_000
"""Of one batch, so that whoever checks it later needs little memory."""


def seal_receipts(notary: Notary) -> list[SignedReceipt]:
    """Seal all that is committed; the new receipts, none where there was nothing to seal or somebody else just did.

    Safe to run twice and concurrently: the store takes each receipt once, and only as the next one. A receipt that an
    interrupted call kept but did not anchor is anchored first.
    Raises LedgerRolledBack where the ledger is not the one that was anchored; nothing is sealed then.
    """
    _anchor_missing(notary)
    sealed: list[SignedReceipt] = []
    while (signed := _next(notary)) is not None and notary.store.append_receipt(signed):
        notary.anchors.put(signed)
        sealed.append(signed)
    return sealed


def _next(notary: Notary) -> SignedReceipt | None:
    last = notary.store.last_receipt()
    from_xact = last.receipt.to_xact if last else 0
    to_xact = notary.store.horizon(from_xact, ROWS_MAX)
    if to_xact <= from_xact:
        return None
    tree = MerkleFrontier()
    for leaf in notary.store.leaves_between(from_xact, to_xact):
        tree.push(leaf)
    if not tree.count:
        return None
    receipt = Receipt(
        batch=last.receipt.batch + 1 if last else 1,
        from_xact=from_xact,
        to_xact=to_xact,
        leaf_count=tree.count,
        root=tree.root(),
        sealed_at_ms=notary.clock(),
        previous=last.chain_hash if last else NO_HASH,
    )
    return SignedReceipt(receipt, receipt.chain_hash, notary.signer.sign(receipt.message))


def _anchor_missing(notary: Notary) -> None:
    anchored = notary.anchors.last()
    after = 0
    if anchored is not None:
        after = anchored.batch
        same = next(notary.store.receipts(after - 1), None)
        if same is None or (same.receipt.batch, same.chain_hash) != (anchored.batch, anchored.chain_hash):
            raise LedgerRolledBack(f"receipt {after} was anchored and is not in the ledger: see `atomic verify`")
    for receipt in notary.store.receipts(after):
        notary.anchors.put(receipt)
