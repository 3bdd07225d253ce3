"""What archiving needs from the outside: the months of the ledger, and a place to write them to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from bidding.domain.archive import ArchivedFile, Blockers
from bidding.domain.receipts import RowImage


class LedgerMonths(Protocol):
    """The ledger's months, for the owner of the installation, over all tenants."""

    def months_before(self, day: date) -> list[str]:
        """Months that ended by that day and are here, oldest first, such as `2026_01`."""

    def bounds(self, month: str) -> tuple[str, str]:
        """The first id of a month and the first one after it."""

    def blockers(self, month: str) -> Blockers:
        """What keeps a month here."""

    def receipts(self, month: str) -> tuple[int, int] | None:
        """First and last batch of receipts that seal its rows; None where there is none."""

    def export(self, month: str, folder: Path) -> list[ArchivedFile]:
        """Write every partition of a month into a folder, without its personal columns."""

    def verify(self, file: ArchivedFile, path: Path) -> None:
        """Read a file back and compare it with the rows. Raises ArchiveDiffers."""

    def drop(self, month: str, files: Sequence[ArchivedFile], manifest_sha256: str, now_ms: int) -> None:
        """Let a month go that was exported. Raises LedgerConflict where it changed since, or is still under way."""


class ArchiveTarget(Protocol):
    """Where archives are kept: a folder, or a bucket."""

    def write(self, name: str, path: Path) -> None:
        """Store a file under a slash-separated name."""

    def read(self, name: str, path: Path) -> None:
        """Fetch it back into `path`. Raises UnknownRecord."""


class ArchivedRows(Protocol):
    """The rows of archived months, to be audited. It trusts no hash in them: a row's leaf is made of its columns."""

    def faults(self, manifests: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
        """Files that are not what was exported, with what is wrong; `manifests` are SHA-256 by month. Call it first."""

    def rows(self, table: str, from_xact: int, to_xact: int) -> Iterator[RowImage]:
        """The rows written by transactions in [from, to), in any order."""
