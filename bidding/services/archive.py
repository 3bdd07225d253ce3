"""Move old months of the ledger out: export, read back, and only then drop."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

from bidding.domain.archive import Manifest
from bidding.domain.errors import ArchiveDiffers, InvalidRequest
from bidding.ports.archive import ArchiveTarget, LedgerMonths
from bidding.ports.market import Clock

MANIFEST = "manifest.json"


def archive(ledger: LedgerMonths, target: ArchiveTarget, before: date, clock: Clock) -> list[Manifest]:
    """Archive and drop every month that ended by `before`, oldest first.

    A month that is still under way stops it: nothing of that month is written or dropped. Raises InvalidRequest with
    what is in the way, ArchiveDiffers where a file read back is not what the ledger has.
    """
    return [archive_month(ledger, target, month, clock()) for month in ledger.months_before(before)]


def archive_month(ledger: LedgerMonths, target: ArchiveTarget, month: str, now_ms: int) -> Manifest:
    """Export one month, verify what was written, then drop it."""
    if reason := ledger.blockers(month).sentence:
        raise InvalidRequest(f"{month} cannot be archived yet: {reason}")
    from_id, to_id = ledger.bounds(month)
    with tempfile.TemporaryDirectory() as scratch:
        files = ledger.export(month, Path(scratch))
        manifest = Manifest(month, from_id, to_id, ledger.receipts(month), tuple(files), now_ms)
        document = json.dumps(asdict(manifest), indent=2).encode() + b"\n"
        written = Path(scratch, MANIFEST)
        written.write_bytes(document)
        for file in files:
            target.write(f"{month}/{file.file}", Path(scratch, file.file))
        target.write(f"{month}/{MANIFEST}", written)
        _verify(ledger, target, manifest, document, Path(scratch, "back"))
    ledger.drop(month, files, hashlib.sha256(document).hexdigest(), now_ms)
    return manifest


def _verify(ledger: LedgerMonths, target: ArchiveTarget, manifest: Manifest, document: bytes, back: Path) -> None:
    """What lies at the target is what the ledger has: same bytes as hashed, same rows as there."""
    target.read(f"{manifest.month}/{MANIFEST}", back)
    if back.read_bytes() != document:
        raise ArchiveDiffers(f"the manifest of {manifest.month} came back changed")
    for file in manifest.files:
        target.read(f"{manifest.month}/{file.file}", back)
        with back.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                raise ArchiveDiffers(f"{file.file} of {manifest.month} came back changed")
        ledger.verify(file, back)
