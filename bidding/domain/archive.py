"""What an archive of old months holds, and what keeps a month from being archived."""

from __future__ import annotations

from datetime import UTC, datetime

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import created_ms


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One partition as a Parquet file. `left_out` are its personal columns: an archive must not outlive an erasure."""

    table: str
    partition: str
    file: str
    rows: int
    bytes: int
    sha256: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One month of the ledger: `month` is such as `2026_01`; ids run from `from_id` to below `to_id`.

    `receipts` are the first and the last batch that seal its rows, None where the installation makes no receipts.
    """

    month: str
    from_id: str
    to_id: str
    receipts: tuple[int, int] | None
    files: tuple[ArchivedFile, ...]
    created_at_ms: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class Blockers:
    """Why a month must stay: what of it is still under way. Zero of everything means that it may go."""

    open_holds: int
    unfolded_outcomes: int
    running_tasks: int
    unsealed_rows: int

    @property
    def sentence(self) -> str:
        """What is in the way, in words; empty where nothing is."""
        found = {
            "open holds": self.open_holds,
            "outcomes that no policy has folded": self.unfolded_outcomes,
            "running tasks": self.running_tasks,
            "rows that no receipt seals": self.unsealed_rows,
        }
        return ", ".join(f"{count} {what}" for what, count in found.items() if count)


@dataclass(frozen=True, slots=True)
class ArchivedTable:
    """What went of one tenant's rows of a table with a month; `manifest_sha256` is that of the month's manifest."""

    tenant: str
    month: str
    table: str
    rows: int
    manifest_sha256: bytes


def month_of(identifier: str) -> str:
    """The month of what carries this id, such as `2026_01`. Raises ValueError where it is no id, or has no time."""
    return f"{datetime.fromtimestamp(created_ms(identifier) / 1_000, UTC):%Y_%m}"
