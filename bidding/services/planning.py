"""Plans that a seat proposes: the lot that asks for one, and the lots that follow from its answer."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.domain.decomposition import follow_proposal
from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import PLAN_KIND, Lot, PlannedLot, TaskOptions
from bidding.domain.messages import Message
from bidding.ports.market import Market
from bidding.services.settlement import resume_lot


def is_unplanned(lots: Sequence[Lot]) -> bool:
    """Whether a task's only lot so far is the one that asks for its plan."""
    return [lot.kind for lot in lots] == [PLAN_KIND]


def plan_of(
    market: Market, asked: Lot, attempt: int, message: Message, options: TaskOptions, *, had_its_run: bool
) -> list[PlannedLot] | None:
    """The lots to follow from the answer of the lot that `asked`; None while an answer may come.

    Without an answer that can be followed it is the default plan, and the lot that asked is closed as failed: so the
    ledger says which of the two it was. What its run left open is resolved first.
    """
    if had_its_run and asked.status == "open":
        asked = resume_lot(market, asked.tenant, asked, attempt + 1)
    if asked.status == "open" and not had_its_run:
        return None
    proposal = market.ledger.outputs_of(asked.tenant, [asked.lot_id]).get(asked.lot_id)
    if asked.status == "done" and proposal is not None:
        try:
            return follow_proposal(message, options, proposal)
        except RefusedDocument:  # what was wanted has changed since it was answered
            pass
    market.ledger.close_lot(asked.tenant, asked.lot_id, "failed")
    return follow_proposal(message, options, None)
