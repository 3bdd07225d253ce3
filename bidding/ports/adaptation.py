"""What adaptation needs of the ledger: see `bidding.ports` for errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.jobs import Job
from bidding.domain.records import Award, Demonstration
from bidding.domain.seats import Seat
from bidding.domain.variants import Trial, Variant, Verdict
from bidding.domain.weighed_lots import WeighedLot


class LabelChances(Protocol):
    """What seats said of labels, and what turned out to be right."""

    def record_label_chances(
        self, tenant: TenantId, award: Award, scope: str, chances: Mapping[str, float], now_ms: int
    ) -> None:
        """Remember the chances an award's seat gave to the labels of its lot. The first word on an award stands."""

    def weighed_lots(self, tenant: TenantId, seat: SeatId, scope: str) -> list[WeighedLot]:
        """What a seat said of its last lots in this scope, oldest first, each with the label verified since.

        At most WINDOW_LOTS of them.
        """


class VariantStore(Protocol):
    """Variants of a tenant, and their trials."""

    def put_variant(self, tenant: TenantId, variant: Variant, now_ms: int) -> None:
        """Register a variant of a known seat, which from then on bids for this tenant alone.

        Raises LedgerConflict where the seat is unknown or another tenant's.
        """

    def variants(self, tenant: TenantId) -> list[Variant]:
        """All of the tenant's, by seat."""

    def trial(self, tenant: TenantId, variant: Variant) -> Trial:
        """What challenger and base earned at this kind by the judgements that stand, and what the challenger cost."""

    def review_variant(self, tenant: TenantId, seat: SeatId, spent_micros: int, verdict: Verdict, now_ms: int) -> None:
        """Write down a trial's state. A decision over a challenger is final; one that is retired bids no more."""

    def verified(self, tenant: TenantId, kind: str, limit: int) -> list[Demonstration]:
        """The last demonstrations of a kind that are in force, oldest first."""


class VariantCompiler(Protocol):
    """Searches for a prompt that answers verified lots better. Never used where lots are answered."""

    def compile(self, seat: Seat, examples: Sequence[SolvedJob], optimizer: str) -> Compiled:
        """Raises Misconfigured where what it needs is not installed, InvalidRequest for an unknown optimizer."""


@dataclass(frozen=True, slots=True)
class SolvedJob:
    """A job with its verified answer."""

    job: Job
    solved: Demonstration


@dataclass(frozen=True, slots=True)
class Compiled:
    """The best prompt found: its instruction, empty for the usual one, and the lots it shows.

    `right` and `base_right` are mean agreements with the verified answers over `examined` jobs that it was not made of.
    """

    instruction: str
    demonstrations: tuple[LotId, ...]
    right: float
    base_right: float
    examined: int
