"""What learning needs of the ledger: versions of the learner's state, and the outcomes they are folded from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bidding.domain.ids import TenantId
from bidding.domain.records import OutcomeBatch

if TYPE_CHECKING:
    from bidding.domain.policy import PastFold, Policy


class PolicyStore(Protocol):
    """Versions of the learner's state."""

    def current(self, tenant: TenantId) -> Policy:
        """The latest version; version 0, empty, where there is none."""

    def pending(self, tenant: TenantId) -> OutcomeBatch:
        """Outcomes that no version has folded yet, in their order."""

    def append(self, tenant: TenantId, policy: Policy, watermark: int, now_ms: int) -> None:
        """Write the next version. Raises PolicyMoved where that version exists."""

    def past_fold(self, tenant: TenantId, version: int) -> PastFold:
        """What a version took in, as its fold saw it, and what it was written as. Raises UnknownRecord."""

    def archived_version(self, tenant: TenantId) -> int:
        """The last version that took in outcomes of a month that was archived since; 0 where all are here."""
