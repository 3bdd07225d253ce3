"""What sealing and auditing need from the outside, as small protocols.

Sealing writes; auditing only reads, and trusts nothing that the database computed: it is given columns, keys and lists,
and makes every hash itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bidding.domain.archive import ArchivedTable
from bidding.domain.dataclass import dataclass
from bidding.domain.ids import LotId, TenantId
from bidding.domain.receipts import (
    Anchor,
    LeafPart,
    LotRow,
    PublicKey,
    RowImage,
    Signature,
    SignedReceipt,
    UnsealedTail,
)
from bidding.domain.records import Conservation
from bidding.ports.market import Clock
from bidding.ports.policy import PolicyStore

SignatureCheck = Callable[[PublicKey, Signature, bytes], bool]
"""Whether the key made this signature of these bytes."""


class Signer(Protocol):
    """Holds a private key that nobody who can write to the database can use."""

    def sign(self, message: bytes) -> Signature:
        """Sign. Raises SignerUnavailable."""

    def public_key(self) -> PublicKey:
        """The key that verifies. Raises SignerUnavailable."""


class Anchors(Protocol):
    """Remembers receipts where nobody who can write to the database can change or delete them.

    The newest anchor is enough to hold all before it in place: its hash stands for the whole chain.
    """

    def put(self, receipt: SignedReceipt) -> None:
        """Remember a receipt; a second call with it changes nothing. Raises AnchorsUnavailable."""

    def last(self) -> Anchor | None:
        """The newest anchor. Raises AnchorsUnavailable."""


class ReceiptStore(Protocol):
    """Where batches are kept. Raises LedgerUnavailable where the store does not answer."""

    def receipts(self, after_batch: int = 0) -> Iterator[SignedReceipt]:
        """Receipts behind `after_batch`, in their order."""

    def last_receipt(self) -> SignedReceipt | None:
        """The newest one."""

    def horizon(self, from_xact: int, rows_max: int) -> int:
        """Where a batch that begins at `from_xact` ends: the number of a transaction below which all have ended.

        At most `rows_max` rows lie between the two, unless a single transaction wrote more.
        """

    def leaves_between(self, from_xact: int, to_xact: int) -> Iterator[bytes]:
        """Leaves, as computed at the write, of rows written by transactions in [from, to), by table and key."""

    def append_receipt(self, receipt: SignedReceipt) -> bool:
        """Keep a receipt with the list of its leaves; False where it is not the next one."""

    def sealed(self, first_batch: int, last_batch: int) -> Iterator[LeafPart]:
        """The lists of leaves that were kept with these receipts, by batch, table and key."""


class LedgerAudit(Protocol):
    """The rows of the ledger as they are now, over all tenants. Raises LedgerUnavailable."""

    def tables(self) -> Sequence[str]:
        """Every ledger table, sorted."""

    def rows(self, table: str, from_xact: int, to_xact: int) -> Iterator[RowImage]:
        """The rows written by transactions in [from, to), in any order."""

    def tail(self, from_xact: int) -> UnsealedTail:
        """The rows behind all receipts."""

    def conservation(self) -> Iterator[tuple[TenantId, str, Conservation]]:
        """Every budget of every tenant, with its key, a JSON list."""

    def archived(self) -> Sequence[ArchivedTable]:
        """What went into archives, of months of which nothing is left here."""

    def learners(self) -> Sequence[TenantId]:
        """Every tenant with a policy, sorted."""

    @property
    def policies(self) -> PolicyStore:
        """Their policies, to read."""

    def rows_of_lot(self, tenant: TenantId, lot: LotId) -> list[LotRow]:
        """Every row about a lot, by table and key."""


@dataclass(frozen=True)
class Notary:
    """The ports that sealing, auditing and proving are given."""

    store: ReceiptStore
    audit: LedgerAudit
    signer: Signer
    signed_by: SignatureCheck
    anchors: Anchors
    clock: Clock
