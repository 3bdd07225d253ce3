"""The receipts of the ledger, for whoever wants to hold us to them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from bidding.domain.receipts import SignedReceipt
from lambdas.environment import receipts
from lambdas.routes.caller import member
from schemas.api.proofs import Receipt, ReceiptPage

router = Router()


@router.get("/receipts", tags=["receipts"], summary="Receipts, oldest first")
def list_receipts(
    after: Annotated[int, Query(ge=0, description="the `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ReceiptPage:
    """Roots, links and signatures: they tell nothing of what was sealed, so every tenant may keep them."""
    member()
    found = [_receipt(signed) for signed in islice(receipts().receipts(after), limit + 1)]
    following = found[limit - 1].batch if len(found) > limit else None
    return ReceiptPage(receipts=tuple(found[:limit]), next=following)


def _receipt(signed: SignedReceipt) -> Receipt:
    return Receipt(
        batch=signed.receipt.batch,
        leaf_count=signed.receipt.leaf_count,
        root=signed.receipt.root.hex(),
        previous=signed.receipt.previous.hex(),
        chain_hash=signed.chain_hash.hex(),
        sealed_ms=signed.receipt.sealed_at_ms,
        algorithm=signed.signature.algorithm,
        key_id=signed.signature.key_id,
    )
