"""What a refusal of the database means to the core.

Constraint names are the interface: each names the invariant it holds. A partition's index carries the month, or
`default`, in its name: `awards_2026_11_one_per_hold` is `awards_one_per_hold`.
"""

from __future__ import annotations

import re

import psycopg
from psycopg.errors import (
    DataError,
    ForeignKeyViolation,
    InsufficientPrivilege,
    IntegrityError,
    InvalidTextRepresentation,
    UniqueViolation,
)

from bidding.domain.errors import AtomicError, InvalidRequest, LedgerConflict, Misconfigured, UnknownRecord

_PARTITION = re.compile(r"_(\d{4}_\d{2}|default)(?=_)")

_MONEY_REFERENCES = {
    "awards_have_their_hold": "the award's hold was not placed, was lost in a crash, or has another amount",
    "awards_go_to_a_bidder": "an award goes to a seat that made a bid",
    "settlements_of_its_award": "the award does not belong to this hold",
    "settlements_of_a_hold": "the hold was not placed",
}
_INVARIANTS = {
    "auctions_one_per_round": "this round of the lot has an auction already, under another id",
    "awards_one_per_auction": "the auction has an award already",
    "awards_one_per_hold": "the hold is under another award already",
    "awards_hold_is_open": "the award's hold is resolved already",
    "budgets_never_overspent": "more is spent or held than the limit allows",
    "lots_one_per_position": "the task has another lot at this position",
    "settlements_need_an_award": "only an award can be settled",
    "settlements_void_is_free": "a voided hold costs nothing",
    "settlements_void_only_unclaimed": "the award was claimed, so its call may have been billed",
    "settlements_within_hold": "a settlement is at most its hold",
}


class WrittenBefore(LedgerConflict):
    """A row with this key is there already: perhaps an earlier try's, or that of another one at the same time."""


def translated(error: psycopg.Error) -> AtomicError | None:
    """The core's error for the database's, or None where the fault is in our own SQL."""
    constraint = constraint_of(error)
    if isinstance(error, ForeignKeyViolation) and constraint not in _MONEY_REFERENCES:
        return UnknownRecord(f"{constraint}: {error.diag.message_detail}")
    if isinstance(error, IntegrityError):
        reason = _MONEY_REFERENCES.get(constraint) or _INVARIANTS.get(constraint) or error.diag.message_primary
        kind = WrittenBefore if isinstance(error, UniqueViolation) else LedgerConflict
        return kind(f"{constraint}: {reason}")
    if isinstance(error, InvalidTextRepresentation) and "type uuid" in str(error):
        return not_an_id((error.diag.message_primary or "").partition(": ")[2])
    if isinstance(error, DataError):
        return InvalidRequest(f"the ledger cannot hold this value: {error.diag.message_primary or error}")
    if isinstance(error, InsufficientPrivilege):
        return Misconfigured(f"the database refuses: {error.diag.message_primary}")
    return None


def not_an_id(quoted: str) -> UnknownRecord:
    """What is given as an id and looks like none names no record. `quoted` is the value in quotes."""
    return UnknownRecord(f"not an id: {quoted}; one looks like 0b5cd14e-8a77-5f9a-9a0c-6d1f3c0d2a41")


def constraint_of(error: psycopg.Error) -> str:
    """The invariant that refused, whichever partition it was met in."""
    return _PARTITION.sub("", error.diag.constraint_name or "")
